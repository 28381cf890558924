"""What an inbox can do, and the one pure function that says whether a message may be sent.

Capabilities sit on the inbox row as data; no other code asks which channel it is talking about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from unibox_tui.domain.words import Author

HOUR = 3_600_000


@dataclass(frozen=True, slots=True)
class SendRule:
    """One row of a channel's reply policy: within `within_ms` after an event of `opened_by`, these kinds may be sent."""

    name: str
    within_ms: int | None = None  # None: no clock
    kinds: tuple[str, ...] = ("text",)  # text, attachment, template
    opened_by: tuple[str, ...] = ("message",)
    human_only: bool = False
    tag: str = ""
    price: int = 0  # in the currency's smallest unit as commonly written (₫: dong)
    currency: str = ""
    max_answers: int | None = None  # answers free since the last inbound message
    valid_from: int = 0  # epoch ms
    valid_until: int | None = None


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an inbox can receive and send now."""

    version: int = 1
    text_limit: int | None = None  # characters in one message
    attachments: bool = False
    attachment_limit: int = 0  # bytes each
    attachment_types: tuple[str, ...] = ()  # empty: any
    subject: bool = False
    cc: bool = False
    quotes: bool = False  # may answer one message by reference
    edit: bool = False
    typing: bool = False
    seen: bool = False
    receipts: tuple[str, ...] = ()  # of sent, delivered, read: which the channel can tell
    idempotent: bool = False  # the provider takes one client_ref once, so a resend is harmless
    starts: bool = False  # we may speak first
    address_kind: str = ""  # what it reaches people by when we do: email, phone
    rules: tuple[SendRule, ...] = (SendRule("always", None, ("text", "attachment")),)
    undo_send_ms: int = 5_000
    extra: Mapping[str, Any] = field(default_factory=dict)


class Verdict(StrEnum):
    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Decision:
    verdict: Verdict
    rule: SendRule | None = None
    closes_at: int | None = None  # when the rule's window ends
    reason: str = ""  # a message id of the catalogue: window_closed, no_attachments …
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def allowed(self) -> bool:
        return self.verdict is Verdict.YES


def decide(
    capabilities: Capabilities,
    windows: Mapping[str, int],
    *,
    kind: str,
    author: Author,
    now: int,
    answers_since: int = 0,
    text: str = "",
    attachment_sizes: Sequence[int] = (),
) -> Decision:
    """Whether `kind` (text, attachment, template) by `author` may leave now.

    `windows`: event kind -> epoch ms of its latest occurrence for this identity. The first rule that fits wins, cheapest
    first as the policy lists them.
    """
    if text and capabilities.text_limit is not None and len(text) > capabilities.text_limit:
        return Decision(Verdict.NO, reason="too_long", detail={"limit": capabilities.text_limit, "length": len(text)})
    if attachment_sizes and not capabilities.attachments:
        return Decision(Verdict.NO, reason="no_attachments")
    too_big = [
        size for size in attachment_sizes if capabilities.attachment_limit and size > capabilities.attachment_limit
    ]
    if too_big:
        return Decision(
            Verdict.NO,
            reason="attachment_too_big",
            detail={"limit": capabilities.attachment_limit, "size": max(too_big)},
        )
    closed_at: int | None = None
    for rule in capabilities.rules:
        if (
            kind not in rule.kinds
            or not rule.valid_from <= now
            or (rule.valid_until is not None and now >= rule.valid_until)
        ):
            continue
        if rule.human_only and author is not Author.AGENT:
            continue
        if rule.max_answers is not None and answers_since >= rule.max_answers:
            continue
        if rule.within_ms is None:
            return Decision(Verdict.YES, rule)
        opened = max((windows[event] for event in rule.opened_by if event in windows), default=None)
        if opened is None:
            continue
        closes = opened + rule.within_ms
        if now < closes:
            return Decision(Verdict.YES, rule, closes_at=closes)
        closed_at = max(closed_at or 0, closes)
    return Decision(Verdict.NO, closes_at=closed_at, reason="window_closed" if closed_at else "not_allowed")
