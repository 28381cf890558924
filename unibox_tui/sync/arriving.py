"""A message that arrives: whose it is, which conversation it belongs to, what it changes there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from unibox_tui.domain.inbound import MessageReceived
from unibox_tui.domain.joining import Candidate, MailJoin, Placement, place
from unibox_tui.domain.words import Author, DeliveryState, Direction, MessageKind, Status
from unibox_tui.store import (
    contacts,
    conversations,
    merging,
    messages,
    outbox,
    recognising,
    risk,
    tallies,
)
from unibox_tui.store.asked import ASKED
from unibox_tui.store.database import Row
from unibox_tui.store.messages import NewMessage
from unibox_tui.sync import calls, echoes, gaps, groups, known_people, mirrored
from unibox_tui.sync.facts import Outcome, Prepared

if TYPE_CHECKING:
    from unibox_tui.sync.ingest import Ingest


def message(work: Ingest, event: MessageReceived, prepared: Prepared) -> Outcome:
    scope = work.inbox.key_scope
    known = messages.by_key(work.tx.db, scope, event.provider_id)
    if known is None and messages.by_forgotten(work.tx.db, scope, event.provider_id) is not None:
        return Outcome("ignored")
    if known is None and event.client_ref:
        known = messages.by_ref(work.tx.db, event.client_ref)
        if known is not None:
            messages.add_key(work.tx, scope, event.provider_id, known)
    if known is None and event.kind is MessageKind.CALL:
        known = calls.of_a_line(work, event)
    if known is None and event.direction is Direction.OUT:
        known = echoes.of_unknown(work.tx, work.inbox, event)
        if known is not None:
            messages.add_key(work.tx, scope, event.provider_id, known)
    if known is not None:
        return _seen_again(work, event, known)

    event = groups.of_group(work, event)
    author = _author(work, event)
    now = event.sent_at if work.inert else work.tx.now
    answered_n = _answered(work, event, scope)
    person = event.person if event.person.language else replace(event.person, language=prepared.language)
    identity, contact, _ = contacts.identity_for(
        work.tx, work.inbox, person, at=event.sent_at, like=_goes_with(work, event, answered_n)
    )
    if not work.inert:
        contact = recognising.automatic(work.tx, contact, work.cause)
    codes = [row[1] for row in prepared.found if row[0] == "order"]
    placement = _place(work, event, answered_n, identity, contact, codes, now)
    conversation = placement.conversation
    if conversation is None:
        conversation = conversations.create(
            work.tx,
            work.inbox.group_name,
            contact,
            subject=event.subject,
            kind="direct" if event.group is None else "group",
            status=Status.RESOLVED if work.inert or risk.blocked(work.tx.db, contact) else Status.OPEN,
            at=min(event.sent_at, work.tx.now),
            home=merging.home_of(work.tx.db, identity),
        )
        work.record("conversation.created", conversation, contact, data={"why": placement.why})
    if mirrored.is_upstream(work.inbox):
        mirrored.bind(work, event.person.address, conversation)
    if placement.suggest is not None and not work.inert:
        conversations.set_fields(work.tx, conversation, suggest_join=placement.suggest)

    outgoing = event.direction is Direction.OUT
    n = messages.add(
        work.tx,
        NewMessage(
            conversation=conversation,
            inbox_id=work.inbox.id,
            identity_id=identity,
            direction=event.direction,
            kind=event.kind,
            author_kind=author,
            author=event.author_name or None,
            author_unsure=event.author_unsure,
            sent_at=event.sent_at,
            received_at=event.sent_at if work.inert else work.tx.now,
            state=DeliveryState.SENT if outgoing else DeliveryState.RECEIVED,
            text=event.text,
            hidden_text=event.hidden_text,
            subject=event.subject,
            email=event.email,
            extra=event.extra,
            key=(scope, event.provider_id),
            client_ref=event.client_ref,
            automatic=event.automatic,
            inert=work.inert,
            answers_n=answered_n if answered_n is not None and _is_key(work, event, answered_n, scope) else None,
            files=prepared.files,
            codes=tuple((value, raw) for _, value, raw, _ in prepared.found),
        ),
        to_index=work.to_index,
    )
    messages.miss(work.tx, scope, [id for id in event.answers if messages.by_key(work.tx.db, scope, id) is None], n)
    if event.place is not None:
        messages.add_place(work.tx, work.inbox.id, event.place, n)
    if event.group is None:  # what many people write tells nothing about one
        messages.add_found(work.tx, n, conversation, prepared.found)
    if not work.inert and event.group is None:
        recognising.suggest(work.tx, contact, [n], work.cause)
    if not work.inert:
        gaps.mark(work.tx, work.inbox.id, conversation, event.sent_at)
    if not outgoing:
        contacts.window(work.tx, identity, "message", event.sent_at)
        if not work.inert:
            known_people.is_here(work.tx, identity)
            known_people.handed_over(
                work.tx,
                identity,
                contact,
                person,
                work.inbox.title,
                event.sent_at,
                whole=event.kind is MessageKind.FORM,
            )
            tallies.count(work.tx, work.inbox.id, tallies.ARRIVED)
            _arrived(work, event, conversation, contact, n, placement)
            if event.withdraws:
                work.record(ASKED, conversation, contact, message=n, author=Author.CONTACT)
    elif not work.inert:
        data = {"author": str(author)} | ({"unsure": True} if event.author_unsure else {})
        work.record("message.echoed", conversation, contact, message=n, data=data, author=author)
    work.touched.add(conversation)
    return Outcome("new", n, conversation)


def _author(work: Ingest, event: MessageReceived) -> Author:
    """Who wrote an echo that cannot tell is as the inbox says: a colleague, whose answer ends the waiting, or a bot."""
    if event.direction is not Direction.OUT or not event.author_unsure:
        return event.author
    return Author(work.inbox.capabilities.extra.get("unsure_echo_is") or Author.AGENT)


def _seen_again(work: Ingest, event: MessageReceived, n: int) -> Outcome:
    """A repeat, another mailbox's copy, or our own message reported back."""
    row = messages.get(work.tx.db, n)
    if event.place is not None and messages.add_place(work.tx, work.inbox.id, event.place, n):
        conversations.saw_inbox(work.tx, row["conversation_id"], work.inbox.id, row["received_at"])
    if row["direction"] == Direction.OUT and event.direction is Direction.OUT:
        item = outbox.of_message(work.tx.db, n)
        if item is not None and item["state"] in ("sending", "unknown"):
            outbox.settle(work.tx, item["id"], DeliveryState.SENT)
            work.touched.add(row["conversation_id"])
    return Outcome("duplicate", n, row["conversation_id"])


def _answered(work: Ingest, event: MessageReceived, scope: str) -> int | None:
    """The message it refers to, or one that shares a missing ancestor with it."""
    for provider_id in event.answers:
        n = messages.by_key(work.tx.db, scope, provider_id)
        if n is not None:
            return n
    return messages.referring(work.tx.db, scope, (event.provider_id, *event.answers))


def _is_key(work: Ingest, event: MessageReceived, n: int, scope: str) -> bool:
    return any(messages.by_key(work.tx.db, scope, id) == n for id in event.answers)


def _goes_with(work: Ingest, event: MessageReceived, answered_n: int | None) -> Row | None:
    """The identity that a new one belongs together with. Who answers a mail of ours that went to this very address has
    been reached there: it is the same customer. A call goes to who is known to have the number."""
    if answered_n is None or event.direction is not Direction.IN:
        return recognising.verified_holder(work.tx.db, event.person, work.inbox.region)
    row = messages.get(work.tx.db, answered_n)
    if row["direction"] != Direction.OUT or row["identity_id"] is None:
        return None
    identity = contacts.identity(work.tx.db, row["identity_id"])
    return identity if identity["address"] == event.person.address else None


def _place(
    work: Ingest,
    event: MessageReceived,
    answered_n: int | None,
    identity: int,
    contact: int,
    codes: Sequence[str],
    now: int,
) -> Placement:
    if event.group is not None:
        return groups.place(work, contact)
    if mirrored.is_upstream(work.inbox):
        return mirrored.place(work, event.person.address)
    answered: Candidate | None = None
    if answered_n is not None:
        top = conversations.root(work.tx.db, messages.get(work.tx.db, answered_n)["conversation_id"])
        row = conversations.get(work.tx.db, top)
        if row["group_name"] == work.inbox.group_name:
            answered = conversations.candidate(work.tx.db, top)
            if event.automatic:
                return Placement(answered.id, why="answers")
    if event.direction is Direction.OUT and answered is None:
        return _place_echo(work, event, identity, contact, now)
    return place(
        event.kind,
        answered=answered,
        of_contact=conversations.candidates(work.tx.db, contact, work.inbox.group_name, list(codes), writer=identity),
        now=now,
        has_subject=bool(event.subject),
        mail_join=work.rules.mail_join if event.kind is MessageKind.MAIL else MailJoin.NEW,
        reopen_limit_ms=work.rules.reopen_limit_ms,
        mail_join_ms=work.rules.mail_join_ms,
    )


def _place_echo(work: Ingest, event: MessageReceived, identity: int, contact: int, now: int) -> Placement:
    """Something we wrote elsewhere: a chat goes on where it was; a mail that answers nothing starts a matter of its own."""
    if event.kind is MessageKind.MAIL:
        return Placement(None)
    return place(
        event.kind,
        answered=None,
        of_contact=conversations.candidates(work.tx.db, contact, work.inbox.group_name, [], writer=identity),
        now=now,
        reopen_limit_ms=work.rules.reopen_limit_ms,
    )


def _arrived(
    work: Ingest, event: MessageReceived, conversation: int, contact: int, n: int, placement: Placement
) -> None:
    """A live message of a customer: unread, awake, open again."""
    row = conversations.get(work.tx.db, conversation)
    bounced = bool(event.email and event.email.get("bounce"))
    work.record(
        "message.received",
        conversation,
        contact,
        message=n,
        data={"why": placement.why, "automatic": event.automatic},
    )
    if row["spam"] or risk.blocked(work.tx.db, contact):
        return
    chatter = groups.is_chatter(work.inbox, event)
    conversations.note_arrival(work.tx, conversation, unread=not chatter)
    if event.automatic and not bounced:
        return
    status = Status(row["status"])
    wakes = status in (Status.RESOLVED, Status.PENDING) or (status is Status.SNOOZED and row["snooze_wake_on_reply"])
    if wakes:
        conversations.set_fields(work.tx, conversation, status=str(Status.OPEN), snoozed_until=None)
        work.record(
            "conversation.status",
            conversation,
            contact,
            message=n,
            data={"from": str(status), "to": str(Status.OPEN), "why": "reply"},
        )
        if status is Status.RESOLVED:
            messages.activity(work.tx, conversation, "reopened", "Reopened by a new message", None)
