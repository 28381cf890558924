"""From a connector's facts to rows, in the transaction of the caller.

Everything is idempotent: a fact that is here already changes nothing but the places where it was seen. `inert` facts
(import, back-fill, replay) never notify, wake, set unread or waiting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from unibox_tui.domain.inbound import (
    CallChanged,
    ConversationChanged,
    CustomerChanged,
    MessageEdited,
    MessageReceived,
    MessageUnsent,
    NoteReceived,
    ProfileSeen,
    Reaction,
    Receipt,
    StandingTold,
    TagsChanged,
    VisitorLeft,
    WindowOpened,
)
from unibox_tui.domain.words import Author
from unibox_tui.store import (
    contacts,
    conversations,
    events,
    inboxes,
    recognising,
    search,
    standing,
)
from unibox_tui.store.database import Tx
from unibox_tui.store.inboxes import InboxRow
from unibox_tui.sync import arriving, calls, known_people, mirrored, receipts, told_of
from unibox_tui.sync.facts import PROFILE, Outcome, Prepared, Rules
from unibox_tui.sync.leaving import renew


@dataclass
class Ingest:
    """One transaction's worth of facts of one inbox; `finish` brings the touched conversations up to date."""

    tx: Tx
    inbox: InboxRow
    rules: Rules
    inert: bool = False
    cause: str = ""
    touched: set[int] = field(default_factory=set)
    to_index: list[search.Entry] = field(default_factory=list)

    def apply(self, prepared: Prepared) -> Outcome:
        event = prepared.event
        match event:
            case MessageReceived():
                return arriving.message(self, event, prepared)
            case Receipt():
                return receipts.receipt(self, event)
            case MessageEdited() | MessageUnsent() | Reaction():
                return receipts.change(self, event)
            case WindowOpened() | ProfileSeen():
                return self._person(event)
            case StandingTold() | TagsChanged():
                return told_of.take(self, event)
            case VisitorLeft():
                return self._left(event)
            case ConversationChanged() | CustomerChanged():
                return mirrored.changed(self, event)
            case NoteReceived():
                return mirrored.note(self, event)
            case CallChanged():
                return calls.changed(self, event, prepared)

    def mark(self) -> tuple[set[int], list[search.Entry]]:
        """Where `back_to` returns to, when the caller rolls the transaction back to here."""
        return set(self.touched), list(self.to_index)

    def back_to(self, mark: tuple[set[int], list[search.Entry]]) -> None:
        self.touched, self.to_index = mark

    def finish(self) -> None:
        self.index()
        for conversation in sorted(self.touched):
            conversations.refresh(self.tx, conversation)
        self.touched.clear()

    def index(self) -> None:
        search.put_all(self.tx, self.to_index)
        self.to_index.clear()

    def _person(self, event: WindowOpened | ProfileSeen) -> Outcome:
        like = recognising.verified_holder(self.tx.db, event.person, self.inbox.region)
        identity, contact, _ = contacts.identity_for(self.tx, self.inbox, event.person, at=event.at, like=like)
        if not self.inert:
            contact = recognising.automatic(self.tx, contact, self.cause)
            recognising.suggest(self.tx, contact, cause=self.cause)
        if isinstance(event, WindowOpened):
            contacts.window(self.tx, identity, event.what, event.at)
            standing.did(self.tx, identity, event.what)
            renew(self.tx, identity)
        elif event.person.tags is not None:
            told_of.tags(self, identity, contact, event.person.tags)
        if isinstance(event, ProfileSeen) and self.cause != PROFILE:
            source = event.source or self.inbox.title
            known_people.handed_over(self.tx, identity, contact, event.person, source, event.at, whole=True)
        return Outcome("applied")

    def _left(self, event: VisitorLeft) -> Outcome:
        identity = contacts.find_identity(self.tx.db, self.inbox.id, event.person_address)
        if identity is None:
            return Outcome("ignored")
        waiting = conversations.candidates(self.tx.db, identity["contact_id"], self.inbox.group_name, [], limit=1)
        conversation = waiting[0].id if waiting else None
        since = conversations.get(self.tx.db, conversation)["waiting_since"] if conversation is not None else None
        self.record(
            "visitor.left",
            conversation,
            identity["contact_id"],
            data={"waited_ms": max(event.at - since, 0)} if since is not None else {},
        )
        return Outcome("applied", None, conversation)

    def record(
        self,
        kind: str,
        conversation: int | None,
        contact: int | None,
        *,
        message: int | None = None,
        data: dict[str, Any] | None = None,
        author: Author | None = None,
    ) -> None:
        if self.inert:
            return
        who = author or (Author.CONTACT if kind.startswith(("message", "visitor")) else Author.SYSTEM)
        events.record(
            self.tx,
            events.Actor(who, None, self.cause),
            kind,
            conversation=conversation,
            contact=contact,
            inbox=self.inbox.id,
            message=message,
            data=data,
        )


def ingest(
    tx: Tx, inbox_id: int, facts: Sequence[Prepared], rules: Rules, *, inert: bool = False, cause: str = ""
) -> list[Outcome]:
    """Apply facts of one inbox in this transaction."""
    work = Ingest(tx, inboxes.by_id(tx.db, inbox_id), rules, inert, cause)
    outcomes = [work.apply(fact) for fact in facts]
    work.finish()
    return outcomes
