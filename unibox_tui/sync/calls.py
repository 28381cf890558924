"""Steps of calls: the first makes the card in the thread, those after it bring it up to date. Nothing here asks in which
order they come: `domain.calls` folds them.

A caller's number is not vouched for: the call goes to whoever is known to have it and merges nobody. One that rings waits;
an answered one ends the waiting; one that nobody took waits to be called back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from unibox_tui.domain import calls as facts_of
from unibox_tui.domain.inbound import CallChanged, MessageReceived
from unibox_tui.domain.words import Author, DeliveryState, Direction, MessageKind
from unibox_tui.store import calls, contacts, conversations, inboxes, messages, outbox
from unibox_tui.store.database import Row
from unibox_tui.store.messages import StoredFile
from unibox_tui.sync.facts import Outcome, Prepared

if TYPE_CHECKING:
    from unibox_tui.sync.ingest import Ingest

SAME_MS = 120_000  # between what two clocks call the beginning of one call


def changed(work: Ingest, event: CallChanged, prepared: Prepared) -> Outcome:
    tx, scope = work.tx, work.inbox.key_scope
    n = messages.by_key(tx.db, scope, event.provider_id)
    if n is None and messages.by_forgotten(tx.db, scope, event.provider_id) is not None:
        return Outcome("ignored")
    if n is None and event.client_ref:
        n = messages.by_ref(tx.db, event.client_ref)
        if n is not None:
            messages.add_key(tx, scope, event.provider_id, n)
    if n is None and not event.state:
        return Outcome("ignored")  # more about a call that is not here
    fresh = n is None
    if n is None:
        _known_there(work, event)
        n = _card(work, event)
    row = messages.get(tx.db, n)
    if row["unsent_at"] is not None:
        return Outcome("ignored", n, row["conversation_id"])
    _left(work, event, n)
    known = calls.get(tx.db, n)
    before: dict[str, Any] = json.loads(known["facts"]) if known is not None else {}
    after = facts_of.merged(before, event)
    new_files = _recordings(work, n, prepared.files)
    if after == before and not new_files:
        return Outcome("duplicate", n, row["conversation_id"])
    _write(work, row, event, known, after)
    _tell(work, row, known, after)
    work.touched.add(row["conversation_id"])
    return Outcome("new" if fresh else "applied", n, row["conversation_id"])


def of_a_line(work: Ingest, event: MessageReceived) -> int | None:
    """The card of a call that the network tells of after it went over a trunk of ours: the exchange's card tells more."""
    db, name = work.tx.db, work.inbox.name
    lines = [one.id for one in inboxes.all_inboxes(db) if one.capabilities.extra.get("calls_for") == name]
    if not lines:
        return None
    n = calls.near(db, lines, event.person.address, str(event.direction), event.sent_at, SAME_MS, work.inbox.key_scope)
    if n is not None:
        messages.add_key(work.tx, work.inbox.key_scope, event.provider_id, n)
    return n


def _known_there(work: Ingest, event: CallChanged) -> None:
    """Who calls over a trunk into another inbox's network is the customer who has this id or number there."""
    other = inboxes.by_name(work.tx.db, str(work.inbox.capabilities.extra.get("calls_for") or ""))
    if other is None or contacts.find_identity(work.tx.db, work.inbox.id, event.person.address) is not None:
        return
    known = contacts.find_identity(work.tx.db, other.id, event.person.address)
    if known is not None:
        contacts.identity_for(work.tx, work.inbox, event.person, at=event.at, like=known)


def _card(work: Ingest, event: CallChanged) -> int:
    """The message that is the call, placed like any other of this customer. Not yet a call: `_write` makes it one."""
    outgoing = event.direction is Direction.OUT
    first = facts_of.merged({}, event)
    card = facts_of.card(first, id=event.provider_id, direction=str(event.direction))
    message = MessageReceived(
        event.provider_id,
        event.person,
        first["started"],
        facts_of.words(card),
        kind=MessageKind.CALL,
        direction=event.direction,
        author=Author.AGENT if outgoing else Author.CONTACT,
        author_name=event.answered_by if outgoing else "",
        client_ref=event.client_ref,
        extra={"call": card},
    )
    outcome = work.apply(Prepared(message))
    work.index()
    assert outcome.n is not None
    if not outgoing:
        identity = messages.get(work.tx.db, outcome.n)["identity_id"]
        contacts.window(work.tx, identity, "call", first["started"])
    return outcome.n


def _left(work: Ingest, event: CallChanged, n: int) -> None:
    """A call of ours that is heard of has begun, whatever became of the answer to our request."""
    item = outbox.of_message(work.tx.db, n) if event.client_ref else None
    if item is not None and item["state"] in ("sending", "unknown"):
        outbox.settle(work.tx, item["id"], DeliveryState.SENT)


def _recordings(work: Ingest, n: int, files: tuple[StoredFile, ...]) -> bool:
    known = calls.known_files(work.tx.db, n)
    names = {name for name, _ in known}
    fresh = [file for file in files if file.name not in names]
    if fresh:
        messages.add_files(work.tx, n, fresh, slow=work.inert)
        calls.has_files(work.tx, n)
    return bool(fresh)


def _write(work: Ingest, row: Row, event: CallChanged, known: Row | None, after: Mapping[str, Any]) -> None:
    n, direction = int(row["n"]), str(row["direction"])
    told = after.get("told", {})
    by = told.get("answered_by", [0, ""])[1]
    counts = known["counts_at"] if known is not None else None
    answered = facts_of.answered_at(after)
    if answered is not None and counts is None:
        # Our own clock, by which the waiting is counted: the exchange's may go before or after it.
        counts = max(row["received_at"], answered if work.inert else work.tx.now)
    agent = row["author"] if direction == Direction.OUT and row["author"] else by or None
    calls.put(work.tx, n, via="line", direction=direction, facts=after, agent=agent, counts_at=counts)
    reason = known["reason"] if known is not None else ""
    tag = told.get("tag", [0, ""])[1]
    if not reason and tag:
        calls.set_reason(work.tx, n, tag)
    card = facts_of.card(after, id=event.provider_id, direction=direction, reason=reason)
    old = json.loads(row["extra"]).get("call", {}) if row["extra"] else {}
    card |= {name: old[name] for name in ("dialled", "agent") if name in old}
    calls.write_card(work.tx, n, card, facts_of.words(card))


def _tell(work: Ingest, row: Row, known: Row | None, after: Mapping[str, Any]) -> None:
    """The event of a new state, and what an answered call means for the unread."""
    state = facts_of.state_of(after)
    if work.inert or (known is not None and known["state"] == state):
        return
    conversation = conversations.get(work.tx.db, conversations.root(work.tx.db, row["conversation_id"]))
    data = {
        "direction": row["direction"],
        "waited_ms": facts_of.waited_ms(after),
        "talked_ms": facts_of.talked_ms(after),
    }
    by = after.get("told", {}).get("answered_by", [0, ""])[1]
    if by:
        data["by"] = by
    work.record(f"call.{state}", conversation["id"], conversation["contact_id"], message=row["n"], data=data)
    talked = state in (facts_of.ANSWERED, facts_of.ENDED)
    had = known is not None and known["state"] in (facts_of.ANSWERED, facts_of.ENDED)
    if talked and not had and row["direction"] == Direction.IN and conversation["unread"] > 0:
        conversations.set_fields(work.tx, conversation["id"], unread=conversation["unread"] - 1)
    work.tx.changed("conversation", conversation["id"])
