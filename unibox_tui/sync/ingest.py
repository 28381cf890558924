"""From a connector's facts to rows, in the transaction of the caller.

Everything is idempotent: a fact that is here already changes nothing but the places where it was seen. `inert` facts
(import, back-fill, replay) never notify, wake, set unread or waiting.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from unibox_tui.domain.inbound import (
    ARRIVAL,
    CallChanged,
    ConversationChanged,
    CustomerChanged,
    InboundAttachment,
    InboundEvent,
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
from unibox_tui.domain.joining import MAIL_JOIN_MS, REOPEN_LIMIT_MS, Candidate, MailJoin, Placement, place
from unibox_tui.domain.words import Author, DeliveryState, Direction, MessageKind, Status
from unibox_tui.store import (
    contacts,
    conversations,
    events,
    inboxes,
    merging,
    messages,
    outbox,
    recognising,
    risk,
    search,
    standing,
    tallies,
)
from unibox_tui.store.asked import ASKED
from unibox_tui.store.database import Row, Tx
from unibox_tui.store.inboxes import InboxRow
from unibox_tui.store.messages import NewMessage, StoredFile
from unibox_tui.sync import calls, echoes, gaps, groups, known_people, mirrored, receipts, told_of
from unibox_tui.sync.leaving import renew
from unibox_tui.text.found import find_codes
from unibox_tui.text.keys import transfer_codes
from unibox_tui.text.language import guess_language

PROFILE = "profile"
"""The cause of facts that we asked the provider for."""
PutMedia = Callable[[bytes], tuple[str, int]]
"""Keeps bytes by their hash, durably, before any row names them; returns (sha256, size)."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The workspace's choices for joining, and what an order code looks like there."""

    reopen_limit_ms: int = REOPEN_LIMIT_MS
    mail_join: MailJoin = MailJoin.ASK
    mail_join_ms: int = MAIL_JOIN_MS
    order_patterns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one fact: new, duplicate, applied, ignored."""

    what: str
    n: int | None = None
    conversation: int | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A fact whose attachments are already on disk."""

    event: InboundEvent
    files: tuple[StoredFile, ...] = ()
    language: str | None = None
    found: tuple[tuple[str, str, str, str], ...] = ()


def arrived(event: InboundEvent, at: int) -> InboundEvent:
    """Where the provider tells no time, that of the arrival."""
    if isinstance(event, MessageReceived):
        return replace(event, sent_at=at) if event.sent_at == ARRIVAL else event
    if isinstance(event, ConversationChanged | NoteReceived):
        return event
    return replace(event, at=at) if event.at == ARRIVAL else event


def prepare(event: InboundEvent, inbox: InboxRow, rules: Rules, put: PutMedia) -> Prepared:
    """The work that needs no lock: keep the files, read the text. Safe to do twice."""
    if isinstance(event, CallChanged):
        return Prepared(event, _kept(event.files, put))
    if not isinstance(event, MessageReceived):
        return Prepared(event)
    found = found_in(event.subject, event.text, inbox.region, rules)
    return Prepared(event, _kept(event.attachments, put), guess_language(event.text), found)


def _kept(attachments: Sequence[InboundAttachment], put: PutMedia) -> tuple[StoredFile, ...]:
    files = []
    for attachment in attachments:
        sha256, size = (
            put(attachment.content) if attachment.content is not None else (attachment.sha256, attachment.size)
        )
        files.append(
            StoredFile(
                name=attachment.name,
                media_type=attachment.media_type,
                size=size,
                sha256=sha256,
                remote=attachment.remote,
                inline=attachment.inline,
                content_id=attachment.content_id,
            )
        )
    return tuple(files)


def found_in(subject: str, text: str, region: str, rules: Rules) -> tuple[tuple[str, str, str, str], ...]:
    """(kind, value, raw, confidence) of the phones, addresses, order codes and codes of transfers in a message, each once."""
    words = f"{subject}\n{text}"
    hits = [*find_codes(words, region, rules.order_patterns), *transfer_codes(words)]
    found = {(hit.kind, hit.value): (hit.kind, hit.value, hit.raw, hit.confidence) for hit in hits}
    return tuple(found.values())


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
                return self._message(event, prepared)
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

    # -- messages --------------------------------------------------------------------------------------------------

    def _message(self, event: MessageReceived, prepared: Prepared) -> Outcome:
        scope = self.inbox.key_scope
        known = messages.by_key(self.tx.db, scope, event.provider_id)
        if known is None and messages.by_forgotten(self.tx.db, scope, event.provider_id) is not None:
            return Outcome("ignored")
        if known is None and event.client_ref:
            known = messages.by_ref(self.tx.db, event.client_ref)
            if known is not None:
                messages.add_key(self.tx, scope, event.provider_id, known)
        if known is None and event.kind is MessageKind.CALL:
            known = calls.of_a_line(self, event)
        if known is None and event.direction is Direction.OUT:
            known = echoes.of_unknown(self.tx, self.inbox, event)
            if known is not None:
                messages.add_key(self.tx, scope, event.provider_id, known)
        if known is not None:
            return self._seen_again(event, known)

        event = groups.of_group(self, event)
        author = self._author(event)
        now = event.sent_at if self.inert else self.tx.now
        answered_n = self._answered(event, scope)
        person = event.person if event.person.language else replace(event.person, language=prepared.language)
        identity, contact, _ = contacts.identity_for(
            self.tx, self.inbox, person, at=event.sent_at, like=self._goes_with(event, answered_n)
        )
        if not self.inert:
            contact = recognising.automatic(self.tx, contact, self.cause)
        placement = self._place(
            event, answered_n, contact, [row[1] for row in prepared.found if row[0] == "order"], now
        )
        conversation = placement.conversation
        if conversation is None:
            conversation = conversations.create(
                self.tx,
                self.inbox.group_name,
                contact,
                subject=event.subject,
                kind="direct" if event.group is None else "group",
                status=Status.RESOLVED if self.inert or risk.blocked(self.tx.db, contact) else Status.OPEN,
                at=min(event.sent_at, self.tx.now),
                home=merging.home_of(self.tx.db, identity),
            )
            self.record("conversation.created", conversation, contact, data={"why": placement.why})
        if mirrored.is_upstream(self.inbox):
            mirrored.bind(self, event.person.address, conversation)
        if placement.suggest is not None and not self.inert:
            conversations.set_fields(self.tx, conversation, suggest_join=placement.suggest)

        outgoing = event.direction is Direction.OUT
        n = messages.add(
            self.tx,
            NewMessage(
                conversation=conversation,
                inbox_id=self.inbox.id,
                identity_id=identity,
                direction=event.direction,
                kind=event.kind,
                author_kind=author,
                author=event.author_name or None,
                author_unsure=event.author_unsure,
                sent_at=event.sent_at,
                received_at=event.sent_at if self.inert else self.tx.now,
                state=DeliveryState.SENT if outgoing else DeliveryState.RECEIVED,
                text=event.text,
                hidden_text=event.hidden_text,
                subject=event.subject,
                email=event.email,
                extra=event.extra,
                key=(scope, event.provider_id),
                client_ref=event.client_ref,
                automatic=event.automatic,
                inert=self.inert,
                answers_n=answered_n if answered_n is not None and self._is_key(event, answered_n, scope) else None,
                files=prepared.files,
                codes=tuple((value, raw) for _, value, raw, _ in prepared.found),
            ),
            to_index=self.to_index,
        )
        messages.miss(self.tx, scope, [id for id in event.answers if messages.by_key(self.tx.db, scope, id) is None], n)
        if event.place is not None:
            messages.add_place(self.tx, self.inbox.id, event.place, n)
        if event.group is None:  # what many people write tells nothing about one
            messages.add_found(self.tx, n, conversation, prepared.found)
        if not self.inert and event.group is None:
            recognising.suggest(self.tx, contact, [n], self.cause)
        if not self.inert:
            gaps.mark(self.tx, self.inbox.id, conversation, event.sent_at)
        if not outgoing:
            contacts.window(self.tx, identity, "message", event.sent_at)
            if not self.inert:
                known_people.is_here(self.tx, identity)
                known_people.handed_over(
                    self.tx,
                    identity,
                    contact,
                    person,
                    self.inbox.title,
                    event.sent_at,
                    whole=event.kind is MessageKind.FORM,
                )
                tallies.count(self.tx, self.inbox.id, tallies.ARRIVED)
                self._arrived(event, conversation, contact, n, placement)
                if event.withdraws:
                    self.record(ASKED, conversation, contact, message=n, author=Author.CONTACT)
        elif not self.inert:
            data = {"author": str(author)} | ({"unsure": True} if event.author_unsure else {})
            self.record("message.echoed", conversation, contact, message=n, data=data, author=author)
        self.touched.add(conversation)
        return Outcome("new", n, conversation)

    def _author(self, event: MessageReceived) -> Author:
        """Who wrote an echo that cannot tell is as the inbox says: a colleague, whose answer ends the waiting, or a bot."""
        if event.direction is not Direction.OUT or not event.author_unsure:
            return event.author
        return Author(self.inbox.capabilities.extra.get("unsure_echo_is") or Author.AGENT)

    def _seen_again(self, event: MessageReceived, n: int) -> Outcome:
        """A repeat, another mailbox's copy, or our own message reported back."""
        row = messages.get(self.tx.db, n)
        if event.place is not None and messages.add_place(self.tx, self.inbox.id, event.place, n):
            conversations.saw_inbox(self.tx, row["conversation_id"], self.inbox.id, row["received_at"])
        if row["direction"] == Direction.OUT and event.direction is Direction.OUT:
            item = outbox.of_message(self.tx.db, n)
            if item is not None and item["state"] in ("sending", "unknown"):
                outbox.settle(self.tx, item["id"], DeliveryState.SENT)
                self.touched.add(row["conversation_id"])
        return Outcome("duplicate", n, row["conversation_id"])

    def _answered(self, event: MessageReceived, scope: str) -> int | None:
        """The message it refers to, or one that shares a missing ancestor with it."""
        for provider_id in event.answers:
            n = messages.by_key(self.tx.db, scope, provider_id)
            if n is not None:
                return n
        return messages.referring(self.tx.db, scope, (event.provider_id, *event.answers))

    def _is_key(self, event: MessageReceived, n: int, scope: str) -> bool:
        return any(messages.by_key(self.tx.db, scope, id) == n for id in event.answers)

    def _goes_with(self, event: MessageReceived, answered_n: int | None) -> Row | None:
        """The identity that a new one belongs together with. Who answers a mail of ours that went to this very address has
        been reached there: it is the same customer. A call goes to who is known to have the number."""
        if answered_n is None or event.direction is not Direction.IN:
            return recognising.verified_holder(self.tx.db, event.person, self.inbox.region)
        row = messages.get(self.tx.db, answered_n)
        if row["direction"] != Direction.OUT or row["identity_id"] is None:
            return None
        identity = contacts.identity(self.tx.db, row["identity_id"])
        return identity if identity["address"] == event.person.address else None

    def _place(
        self, event: MessageReceived, answered_n: int | None, contact: int, codes: Sequence[str], now: int
    ) -> Placement:
        if event.group is not None:
            return groups.place(self, contact)
        if mirrored.is_upstream(self.inbox):
            return mirrored.place(self, event.person.address)
        answered: Candidate | None = None
        if answered_n is not None:
            top = conversations.root(self.tx.db, messages.get(self.tx.db, answered_n)["conversation_id"])
            row = conversations.get(self.tx.db, top)
            if row["group_name"] == self.inbox.group_name:
                answered = conversations.candidate(self.tx.db, top)
                if event.automatic:
                    return Placement(answered.id, why="answers")
        if event.direction is Direction.OUT and answered is None:
            return self._place_echo(event, contact, now)
        return place(
            event.kind,
            answered=answered,
            of_contact=conversations.candidates(self.tx.db, contact, self.inbox.group_name, list(codes)),
            now=now,
            has_subject=bool(event.subject),
            mail_join=self.rules.mail_join if event.kind is MessageKind.MAIL else MailJoin.NEW,
            reopen_limit_ms=self.rules.reopen_limit_ms,
            mail_join_ms=self.rules.mail_join_ms,
        )

    def _place_echo(self, event: MessageReceived, contact: int, now: int) -> Placement:
        """Something we wrote elsewhere: a chat goes on where it was; a mail that answers nothing starts a matter of its own."""
        if event.kind is MessageKind.MAIL:
            return Placement(None)
        return place(
            event.kind,
            answered=None,
            of_contact=conversations.candidates(self.tx.db, contact, self.inbox.group_name, []),
            now=now,
            reopen_limit_ms=self.rules.reopen_limit_ms,
        )

    def _arrived(self, event: MessageReceived, conversation: int, contact: int, n: int, placement: Placement) -> None:
        """A live message of a customer: unread, awake, open again."""
        row = conversations.get(self.tx.db, conversation)
        bounced = bool(event.email and event.email.get("bounce"))
        self.record(
            "message.received",
            conversation,
            contact,
            message=n,
            data={"why": placement.why, "automatic": event.automatic},
        )
        if row["spam"] or risk.blocked(self.tx.db, contact):
            return
        chatter = groups.is_chatter(self.inbox, event)
        conversations.note_arrival(self.tx, conversation, unread=not chatter)
        if event.automatic and not bounced:
            return
        status = Status(row["status"])
        wakes = status in (Status.RESOLVED, Status.PENDING) or (
            status is Status.SNOOZED and row["snooze_wake_on_reply"]
        )
        if wakes:
            conversations.set_fields(self.tx, conversation, status=str(Status.OPEN), snoozed_until=None)
            self.record(
                "conversation.status",
                conversation,
                contact,
                message=n,
                data={"from": str(status), "to": str(Status.OPEN), "why": "reply"},
            )
            if status is Status.RESOLVED:
                messages.activity(self.tx, conversation, "reopened", "Reopened by a new message", None)

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
