"""Facts that change a message we have: receipts, edits, unsends, reactions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unibox_tui.domain.inbound import MessageEdited, MessageUnsent, Reaction, Receipt
from unibox_tui.domain.words import DeliveryState
from unibox_tui.store import contacts, conversations, messages, outbox
from unibox_tui.sync.facts import Outcome
from unibox_tui.sync.leaving import told

if TYPE_CHECKING:
    from unibox_tui.sync.ingest import Ingest


def receipt(work: Ingest, event: Receipt) -> Outcome:
    if event.until is not None and event.person_address is not None:
        identity = contacts.find_identity(work.tx.db, work.inbox.id, event.person_address)
        moved = [
            n
            for n in (messages.outbound_until(work.tx.db, identity["id"], event.until) if identity else [])
            if _move(work, n, event)
        ]
        return Outcome("applied" if moved else "ignored", moved[0] if moved else None)
    n = _find(work, event.provider_id, event.client_ref)
    if n is None:
        return Outcome("ignored")
    if event.provider_id:
        messages.add_key(work.tx, work.inbox.key_scope, event.provider_id, n)
    return Outcome("applied" if _move(work, n, event) else "duplicate", n)


def _find(work: Ingest, provider_id: str | None, client_ref: str | None) -> int | None:
    if provider_id:
        n = messages.by_key(work.tx.db, work.inbox.key_scope, provider_id)
        if n is not None:
            return n
    return messages.by_ref(work.tx.db, client_ref) if client_ref else None


def _move(work: Ingest, n: int, event: Receipt) -> bool:
    moved = messages.move_state(work.tx, n, event.state, at=event.at, reason=event.reason or None)
    heard = told(work.tx, n, event.extra, at=event.at)  # a repeat may bring the price
    row = messages.get(work.tx.db, n)
    if not moved:
        if heard:
            work.touched.add(row["conversation_id"])
        return heard
    item = outbox.of_message(work.tx.db, n)
    if item is not None and event.state is DeliveryState.FAILED:
        outbox.settle(work.tx, item["id"], DeliveryState.FAILED, reason=event.reason)
    elif item is not None and item["state"] in ("unknown", "sending"):
        outbox.settle(work.tx, item["id"], event.state)
    work.touched.add(row["conversation_id"])
    if event.state is DeliveryState.FAILED:
        work.record("message.failed", row["conversation_id"], None, message=n, data={"reason": event.reason})
    return True


def change(work: Ingest, event: MessageEdited | MessageUnsent | Reaction) -> Outcome:
    n = _find(work, event.provider_id, None)
    if n is None:
        return Outcome("ignored")
    work.index()  # it may have come in this very transaction
    conversation = int(messages.get(work.tx.db, n)["conversation_id"])
    match event:
        case MessageEdited():
            messages.edit(work.tx, n, event.text, event.at)
            work.record("message.edited", conversation, None, message=n)
        case MessageUnsent():
            messages.unsend(work.tx, n, event.at)
            work.record("message.unsent", conversation, None, message=n)
        case Reaction():
            messages.react(work.tx, n, event.person_address, event.emoji, event.at)
    if not isinstance(event, Reaction):  # what the panel shows of the customer was read from these words
        work.tx.changed("contact", conversations.get(work.tx.db, conversation)["contact_id"])
    work.touched.add(conversation)
    return Outcome("applied", n, conversation)
