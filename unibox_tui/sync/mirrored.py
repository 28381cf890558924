"""What a helpdesk upstream says of its conversations, and where its messages go: one conversation of ours for each of its.

Only what changed there since it was last heard of is taken over, so that an old word does not undo what an agent has decided
here meanwhile. What is taken over has the cause `mirror`, and is not told back: it is what the helpdesk has.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from unibox_tui.desk import triage
from unibox_tui.domain.inbound import ConversationChanged, CustomerChanged, NoteReceived, Upstream
from unibox_tui.domain.joining import Placement
from unibox_tui.domain.words import PRIORITY_RANK, Author, DeliveryState, Direction, Priority, Status
from unibox_tui.store import agents, contacts, conversations, labels, messages, mirrors
from unibox_tui.store.events import Actor
from unibox_tui.store.inboxes import InboxRow
from unibox_tui.store.messages import NewMessage
from unibox_tui.sync import mirror_customer
from unibox_tui.sync.facts import Outcome
from unibox_tui.text.labels import spelt

if TYPE_CHECKING:
    from unibox_tui.sync.ingest import Ingest

MIRROR = "mirror"
UPSTREAM = "upstream"


def is_upstream(inbox: InboxRow) -> bool:
    return bool(inbox.capabilities.extra.get(UPSTREAM))


def place(work: Ingest, address: str) -> Placement:
    """Nothing else joins it by itself."""
    row = mirrors.thread(work.tx.db, work.inbox.id, address)
    if row is None:
        return Placement(None, why=UPSTREAM)
    return Placement(conversations.root(work.tx.db, int(row["conversation_id"])), why=UPSTREAM)


def bind(work: Ingest, address: str, conversation: int) -> None:
    mirrors.bind(work.tx, work.inbox.id, address, conversation)


def changed(work: Ingest, event: ConversationChanged | CustomerChanged) -> Outcome:
    tx, actor = work.tx, Actor(Author.SYSTEM, None, MIRROR)
    if isinstance(event, CustomerChanged):
        return mirror_customer.changed(work, event, actor)
    row = mirrors.thread(tx.db, work.inbox.id, event.person_address)
    if row is None or (event.at and event.at < row["at"]):
        return Outcome("ignored")
    known, said = mirrors.loads(row["theirs"]), _as_here(event.state, tx.now)
    top = conversations.root(tx.db, int(row["conversation_id"]))
    first = known.status is None
    if said.status is not None and (said.status, said.until) != (known.status, known.until):
        _status(work, actor, top, said, silent=first and work.inert)
    if said.labels is not None and set(said.labels) != set(known.labels or ()):
        _labels(work, actor, top, set(known.labels or ()), set(said.labels))
    if said.assignee is not None and said.assignee != known.assignee:
        if said.assignee:
            agents.ensure(tx, said.assignee)
        triage.assign(tx, actor, [top], said.assignee or None, take=True)
    if said.priority is not None and said.priority is not known.priority:
        _priority(work, actor, top, said.priority, silent=first and work.inert)
    mirrors.heard(tx, work.inbox.id, event.person_address, _over(known, said), event.at)
    if said.who and said.customer is not None:
        mirror_customer.take_over(tx, actor, work.inbox.id, said.who, said.customer)
    work.touched.add(top)
    return Outcome("applied", None, top)


def _as_here(said: Upstream, now: int) -> Upstream:
    """A snooze until the next answer is waiting for the customer; one that is over is none."""
    if said.status is not Status.SNOOZED or (said.until is not None and said.until > now):
        return said
    return replace(said, status=Status.PENDING if said.until is None else Status.OPEN, until=None)


def _status(work: Ingest, actor: Actor, top: int, said: Upstream, *, silent: bool) -> None:
    assert said.status is not None
    status, until = said.status, said.until
    row = conversations.get(work.tx.db, top)
    if silent:  # how it stood when it was first seen was nobody's decision of now
        done = work.tx.now if status is Status.RESOLVED else None
        fields = {"status": str(status), "snoozed_until": until, "resolved_at": done}
        if row["status"] != status:
            conversations.set_fields(work.tx, top, **fields)
        return
    triage.set_status(work.tx, actor, [top], status, until=until)


def _priority(work: Ingest, actor: Actor, top: int, priority: Priority, *, silent: bool) -> None:
    if silent:
        conversations.set_fields(work.tx, top, priority=PRIORITY_RANK[priority])
        return
    triage.set_priority(work.tx, actor, [top], priority)


def _labels(work: Ingest, actor: Actor, top: int, before: set[str], now: set[str]) -> None:
    known = {spelt(row["name"]): row["name"] for row in labels.all_labels(work.tx.db)}
    here = {spelt(row["name"]) for row in labels.of_conversation(work.tx.db, top)}
    if added := [known.get(spelt(name), name) for name in sorted(now - before) if spelt(name) not in here]:
        triage.label(work.tx, actor, [top], added)
    if gone := [known[spelt(name)] for name in sorted(before - now) if spelt(name) in here and spelt(name) in known]:
        triage.unlabel(work.tx, actor, [top], gone)


def _over(known: Upstream, said: Upstream) -> Upstream:
    if said.status is not None:
        known = replace(known, status=said.status, until=said.until)
    if said.labels is not None:
        known = replace(known, labels=said.labels)
    # Who is somebody we do not know there is not said.
    return replace(
        known,
        assignee=said.assignee,
        priority=said.priority or known.priority,
        team=known.team if said.team is None else said.team,
        fields=known.fields if said.fields is None else said.fields,
    )


def note(work: Ingest, event: NoteReceived) -> Outcome:
    tx, scope = work.tx, work.inbox.key_scope
    known = messages.by_key(tx.db, scope, event.provider_id)
    if known is None and event.ref:
        known = mirrors.own_note(tx.db, event.ref)
        if known is not None:
            messages.add_key(tx, scope, event.provider_id, known)
    if known is not None:
        return Outcome("duplicate", known)
    at = event.sent_at or tx.now
    _, contact, _ = contacts.identity_for(tx, work.inbox, event.person, at=at)
    found = place(work, event.person.address).conversation
    if found is None:
        found = conversations.create(
            tx,
            work.inbox.group_name,
            contact,
            status=Status.RESOLVED if work.inert else Status.OPEN,
            at=min(at, tx.now),
        )
        bind(work, event.person.address, found)
    n = messages.add(
        tx,
        NewMessage(
            conversation=found,
            direction=Direction.NOTE,
            author_kind=Author.AGENT,
            author=event.author_name or None,
            text=event.text,
            sent_at=at,
            received_at=at if work.inert else tx.now,
            state=DeliveryState.RECEIVED,
            key=(scope, event.provider_id),
            inert=work.inert,
        ),
        to_index=work.to_index,
    )
    work.record("note.written", found, contact, message=n, data={"author": event.author_name}, author=Author.AGENT)
    work.touched.add(found)
    return Outcome("new", n, found)
