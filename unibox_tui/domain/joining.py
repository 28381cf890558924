"""Which conversation an inbound message joins: a pure decision over what the store found.

Scope is the inbox group (a brand); candidates of other groups must not be handed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from unibox_tui.domain.words import MessageKind, Status

DAY = 86_400_000
REOPEN_LIMIT_MS = 14 * DAY
MAIL_JOIN_MS = 72 * 3_600_000


class MailJoin(StrEnum):
    """The workspace's choice for a mail with a subject of its own."""

    JOIN = "join"
    ASK = "ask"  # stands alone, with a line naming the other; one key joins, one keeps apart
    NEW = "new"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A conversation of the same group. `touched_at`: last message; `resolved_at` only when resolved. `own`: it stays with who
    writes when merges are taken back."""

    id: int
    status: Status
    touched_at: int
    resolved_at: int | None = None
    shares_code: bool = False
    own: bool = True


@dataclass(frozen=True, slots=True)
class Placement:
    """`conversation` None: a new one. `suggest`: the conversation a line should offer to join. `reopen`: it was resolved."""

    conversation: int | None
    reopen: bool = False
    suggest: int | None = None
    why: str = "new"  # answers, open_chat, reopened, mail_joined, new


def place(
    kind: MessageKind,
    *,
    answered: Candidate | None,
    of_contact: Sequence[Candidate],
    now: int,
    has_subject: bool = False,
    mail_join: MailJoin = MailJoin.ASK,
    reopen_limit_ms: int = REOPEN_LIMIT_MS,
    mail_join_ms: int = MAIL_JOIN_MS,
) -> Placement:
    """`answered`: the conversation of the message it refers to; `of_contact`: the contact's conversations in the group."""

    def fresh(candidate: Candidate) -> bool:
        return candidate.status is not Status.RESOLVED or now - (candidate.resolved_at or 0) < reopen_limit_ms

    if answered is not None and fresh(answered):
        return Placement(answered.id, reopen=answered.status is Status.RESOLVED, why="answers")

    open_ones = sorted(
        (c for c in of_contact if c.status is not Status.RESOLVED), key=lambda c: (not c.own, -c.touched_at)
    )
    if kind in (MessageKind.CHAT, MessageKind.CALL, MessageKind.FORM) and not (
        kind is MessageKind.FORM and has_subject
    ):
        if open_ones:
            return Placement(open_ones[0].id, why="open_chat")
        recent = sorted(
            (c for c in of_contact if c.status is Status.RESOLVED and fresh(c)),
            key=lambda c: (not c.own, -(c.resolved_at or 0)),
        )
        if recent:
            return Placement(recent[0].id, reopen=True, why="reopened")
        return Placement(None)

    if mail_join is MailJoin.NEW:
        return Placement(None)
    coded = [c for c in open_ones if c.shares_code]
    near = [c for c in open_ones if now - c.touched_at < mail_join_ms]
    other = coded[0] if coded else near[0] if len(open_ones) == 1 and near else None
    if other is None:
        return Placement(None)
    if mail_join is MailJoin.JOIN:
        return Placement(other.id, why="mail_joined")
    return Placement(None, suggest=other.id)
