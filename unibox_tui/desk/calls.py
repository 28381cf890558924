"""Calls begun by an agent, what a call was about, and visits and private calls that are written down."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from unibox_tui.desk.deciding import decision
from unibox_tui.desk.done import Done, begin
from unibox_tui.desk.routes import refusal
from unibox_tui.desk.triage import UNSEEN, assign
from unibox_tui.domain import calls as facts_of
from unibox_tui.domain.errors import Conflict, NotFound, Refused, WrongUse
from unibox_tui.domain.ids import new_id
from unibox_tui.domain.inbound import Person
from unibox_tui.domain.saying import say
from unibox_tui.domain.words import Author, DeliveryState, Direction, InboxState, MessageKind, Status
from unibox_tui.store import calls, contacts, conversations, events, inboxes, messages, outbox
from unibox_tui.store.database import Row, Tx
from unibox_tui.store.events import Actor
from unibox_tui.store.inboxes import InboxRow
from unibox_tui.store.messages import NewMessage
from unibox_tui.text.keys import normal_phone

RING = "☎"
WITHIN_MS = 60_000  # a phone that rings later than this would surprise whoever wished it
LONGEST_REASON = 200
VISIT, PHONE = "visit", "phone"
PHONE_KIND = "phone"  # of an identity


def ring(tx: Tx, actor: Actor, *, conversation: int | None = None, number: str | None = None, inbox: str | None = None) -> Done:  # fmt: skip
    """Ring the agent's own phone, then the customer's: of this conversation, or at this number. Cannot be undone."""
    if actor.kind is not Author.AGENT:
        raise Refused("Only a person begins a call.")
    top = conversations.root(tx.db, conversation) if conversation is not None else None
    group = conversations.get(tx.db, top)["group_name"] if top is not None else None
    line = _line(tx, actor, group, inbox)
    carried = line.capabilities.extra.get("calls_for")
    identity = _carried(tx, line, str(carried), top, number) if carried else _whom(tx, line, top, number)
    if outbox_busy := _under_way(tx, line, identity):
        raise Conflict(say("A call to them is being made already (#{n}).", n=outbox_busy), code="calling")
    verdict = decision(tx, line, identity["id"], kind="call")
    if not verdict.allowed:
        raise refusal(verdict, line)
    if top is None:
        top = calls.conversation_of(tx.db, identity["contact_id"], line.group_name) or conversations.create(
            tx, line.group_name, identity["contact_id"], home=identity["home"]
        )
    ref = new_id(tx.now)
    card = {"direction": "out", "state": facts_of.RINGING, "via": "line", "agent": actor.agent, "answered": False}
    n = messages.add(
        tx,
        NewMessage(
            conversation=top,
            inbox_id=line.id,
            identity_id=identity["id"],
            direction=Direction.OUT,
            kind=MessageKind.CALL,
            author_kind=Author.AGENT,
            author=actor.agent,
            text=facts_of.words(card),
            sent_at=tx.now,
            received_at=tx.now,
            state=DeliveryState.QUEUED,
            extra={"call": {**card, "duration_ms": 0}},
            client_ref=ref,
        ),
    )
    outbox.add(
        tx,
        id=ref,
        n=n,
        inbox_id=line.id,
        identity_id=identity["id"],
        destination=identity["address"],
        payload={
            "kind": "call",
            "text": RING,
            "options": {"call": {"agent": actor.agent, "until": tx.now + WITHIN_MS}},
        },
        author_kind=Author.AGENT,
        hold_ms=0,
    )
    row = conversations.get(tx.db, top)
    if row["assignee"] is None:
        assign(tx, actor, [top], actor.agent, seen=UNSEEN)
    events.record(tx, actor, "call.begun", conversation=top, contact=row["contact_id"], inbox=line.id, message=n)
    conversations.refresh(tx, top)
    tx.changed("conversation", top)
    public = messages.get(tx.db, n)["id"]
    said = say("#{top}: your phone rings, then theirs", top=top)
    return Done(said, (top,), None, 1, {"message": public, "n": n, "outbox": ref, "inbox": line.name})


def _line(tx: Tx, actor: Actor, group: str | None, name: str | None) -> InboxRow:
    """An inbox that can call, at which this agent has a phone."""
    lines = [one for one in inboxes.all_inboxes(tx.db) if "calls" in one.capabilities.extra]
    if name is not None:
        lines = [one for one in lines if one.id == inboxes.named(tx.db, name).id]
    elif group is not None:
        lines = [one for one in lines if one.group_name == group]
    if not lines:
        raise Refused("No inbox here can make calls.", hint="A voice inbox with Asterisk can: docs, “Telephone”.", code="no_line")  # fmt: skip
    mine = [one for one in lines if actor.agent in one.capabilities.extra["calls"]]
    if not mine:
        raise Refused(
            say("You have no phone at {inbox}.", inbox=lines[0].title),
            hint=say("Name it in `agents` of [inbox.{name}].", name=lines[0].name),
            code="no_phone",
        )
    on = [one for one in mine if one.state is InboxState.ON]
    if not on:
        raise Refused(
            say("{inbox} is not on now.", inbox=mine[0].title), hint="`unibox health` says why.", code="inbox_off"
        )
    return on[0]


def _whom(tx: Tx, line: InboxRow, top: int | None, number: str | None) -> Row:
    """The identity that is called: at the number given, else at the one the customer has."""
    contact = None if top is None else int(conversations.get(tx.db, top)["contact_id"])
    if number is None:
        assert contact is not None
        own = [
            row for row in contacts.identities(tx.db, contact) if row["inbox_id"] == line.id and row["kind"] == "phone"
        ]
        if own:
            return own[0]
        stated = contacts.stated(tx.db, contact, "phone")
        if not stated:
            raise Refused("No phone number of this customer is known.", hint="Call with the number: `:call +84…`", code="no_number")  # fmt: skip
        number = stated[0]
    address = normal_phone(number, line.region)
    if not address:
        raise WrongUse("This is no phone number.", hint="As in +84 900 000 001.")
    known = contacts.find_identity(tx.db, line.id, address)
    if known is not None:
        return known
    from unibox_tui.store import recognising

    person = Person(address, "phone")
    like = None if contact is not None else recognising.verified_holder(tx.db, person, line.region)
    id, _, _ = contacts.identity_for(tx, line, person, at=tx.now, contact=contact, like=like)
    return contacts.identity(tx.db, id)


def _carried(tx: Tx, line: InboxRow, other_name: str, top: int | None, number: str | None) -> Row:
    """The identity that is called over a trunk into another inbox's network: what that inbox may, holds here."""
    other = inboxes.by_name(tx.db, other_name)
    if other is None:
        raise Refused(say("{inbox} carries calls of an inbox that is not here.", inbox=line.title), hint="Look at `carries`.")  # fmt: skip
    if number is not None:
        address, kind = normal_phone(number, line.region), PHONE_KIND
        if not address:
            raise WrongUse("This is no phone number.", hint="As in +84 900 000 001.")
        known = contacts.find_identity(tx.db, other.id, address)
        if known is None:
            raise Refused(say("They have not agreed to be called by {inbox}.", inbox=other.title), hint="Ask for their consent first.", code="not_agreed")  # fmt: skip
    else:
        assert top is not None
        own = contacts.identities(tx.db, int(conversations.get(tx.db, top)["contact_id"]))
        there = [one for one in own if one["inbox_id"] == other.id]
        if not there:
            raise Refused(say("{inbox} does not know this customer.", inbox=other.title), code="no_number")
        may = [one for one in there if decision(tx, other, one["id"], kind="call").allowed]
        known = sorted(may or there, key=lambda one: one["kind"] == PHONE_KIND)[0]
        address, kind = known["address"], known["kind"]
    verdict = decision(tx, other, known["id"], kind="call")
    if not verdict.allowed:
        raise refusal(verdict, other)
    id, _, _ = contacts.identity_for(tx, line, Person(address, kind), at=tx.now, like=known)
    return contacts.identity(tx.db, id)


def _under_way(tx: Tx, line: InboxRow, identity: Row) -> int | None:
    """The conversation in which a call to them has not been given to the exchange yet."""
    return calls.being_made(tx.db, line.id, identity["id"])


# -- what it was about -----------------------------------------------------------------------------------------------


def set_reason(
    tx: Tx, actor: Actor, reason: str, *, conversation: int | None = None, message: int | None = None
) -> Done:
    """Of one call, or of the latest in the conversation; an empty one takes it away."""
    said = " ".join(reason.split())
    if len(said) > LONGEST_REASON:
        raise WrongUse(say("A reason has at most {n} characters.", n=LONGEST_REASON), hint="Write the rest as a note.")
    row = _call_of(tx, conversation, message)
    top = conversations.root(tx.db, messages.get(tx.db, row["n"])["conversation_id"])
    act = begin(tx, actor, "call_reason", say("reason of the call in #{top}", top=top))
    put_reason(tx, act, row["n"], said)
    return Done(
        say("call in #{top}: {reason}", top=top, reason=said or say("no reason")),
        (top,),
        act.action_id,
        1,
        {"message": messages.get(tx.db, row["n"])["id"], "reason": said},
    )


def _call_of(tx: Tx, conversation: int | None, message: int | None) -> Row:
    row = None
    if message is not None:
        row = calls.get(tx.db, message)
    if row is None and conversation is not None:
        row = calls.latest(tx.db, conversations.members(tx.db, conversations.root(tx.db, conversation)))
    if row is None:
        raise NotFound("There is no call here.", hint="`unibox show CONVERSATION` lists what is in it.")
    return row


def put_reason(tx: Tx, actor: Actor, n: int, reason: str) -> None:
    row = calls.get(tx.db, n)
    assert row is not None
    message = messages.get(tx.db, n)
    top = conversations.root(tx.db, message["conversation_id"])
    calls.set_reason(tx, n, reason)
    card = {name: value for name, value in json.loads(message["extra"])["call"].items() if name != "reason"}
    calls.write_card(tx, n, card | ({"reason": reason} if reason else {}), message["text"])
    events.record(tx, actor, "call.reason", conversation=top, message=n, data={"from": row["reason"], "to": reason})
    tx.changed("conversation", top)


def reason_step(tx: Tx, actor: Actor, event: Row, data: Mapping[str, Any], *, back: bool) -> bool:
    """For undo and redo: one that was changed since is kept."""
    row = calls.get(tx.db, event["message_n"])
    expect, value = (data["to"], data["from"]) if back else (data["from"], data["to"])
    if row is None or row["reason"] != expect:
        return False
    put_reason(tx, actor, row["n"], value)
    return True


# -- written down ------------------------------------------------------------------------------------------------------


def log(
    tx: Tx,
    actor: Actor,
    text: str,
    *,
    conversation: int | None = None,
    contact: int | None = None,
    direction: Direction = Direction.IN,
    how: str = VISIT,
    when: int | None = None,
    who: str = "",
    minutes: int = 0,
) -> Done:
    """Write down what no inbox carries: a visit to the shop, a call on a private phone. `when`: epoch ms, not to come. It
    counts as talking with the customer, so it ends their waiting up to then."""
    said = text.strip("\n")
    if not said.strip():
        raise WrongUse("What was said?", hint="`:log visit came for the parcel`")
    at = tx.now if when is None else when
    if at > tx.now + 60_000:
        raise WrongUse("That time is still to come.", hint="What is to come is snoozed, with z.")
    if how not in (VISIT, PHONE):
        raise WrongUse(say("{how!r} is neither visit nor phone.", how=how))
    top, made = _where(tx, conversation, contact)
    row = conversations.get(tx.db, top)
    act = begin(tx, actor, "log", say("written down in #{top}", top=top))
    out = direction is Direction.OUT
    talked = max(minutes, 0) * 60_000
    facts = {"started": at, "answered": at, "ended": at + talked, "talked_ms": talked}
    card = facts_of.card(facts, id="", direction=str(direction), via=how)
    card |= {name: value for name, value in (("who", " ".join(who.split())[:80]), ("by", actor.name)) if value}
    n = messages.add(
        tx,
        NewMessage(
            conversation=top,
            identity_id=None if out else _newest_identity(tx, row),
            direction=direction,
            kind=MessageKind.CALL,
            author_kind=actor.kind if out else Author.CONTACT,
            author=actor.name if out else None,
            text=said,
            sent_at=at,
            received_at=at,
            state=DeliveryState.SENT if out else DeliveryState.RECEIVED,
            extra={"call": card},
        ),
    )
    calls.put(tx, n, via=how, direction=str(direction), facts=facts, agent=actor.name, counts_at=at)
    if made:
        events.record(
            tx, act, "conversation.created", conversation=top, contact=row["contact_id"], data={"why": "logged"}
        )
    events.record(
        tx, act, "call.logged", conversation=top, contact=row["contact_id"], message=n, data={"how": how, "direction": str(direction)}
    )  # fmt: skip
    conversations.refresh(tx, top)
    tx.changed("conversation", top)
    words = (
        say("visit written down in #{top}", top=top) if how == VISIT else say("call written down in #{top}", top=top)
    )
    return Done(words, (top,), act.action_id, 1, {"message": messages.get(tx.db, n)["id"], "n": n})


def _where(tx: Tx, conversation: int | None, contact: int | None) -> tuple[int, bool]:
    """The conversation it goes to, and whether it was made for it."""
    if conversation is not None:
        return conversations.root(tx.db, conversation), False
    if contact is None:
        raise WrongUse("In which conversation?")
    found = calls.conversation_of(tx.db, contact, None)
    if found is not None:
        return found, False
    known = contacts.identities(tx.db, contact)
    groups = [one.group_name for one in inboxes.all_inboxes(tx.db)]
    group = inboxes.by_id(tx.db, known[0]["inbox_id"]).group_name if known else groups[0] if groups else ""
    return conversations.create(tx, group, contact, status=Status.OPEN), True


def _newest_identity(tx: Tx, row: Row) -> int | None:
    if row["last_identity_id"] is not None:
        return int(row["last_identity_id"])
    known = contacts.identities(tx.db, row["contact_id"])
    return int(known[0]["id"]) if known else None


def log_step(tx: Tx, event: Row, *, cancelled: bool) -> bool:
    """For undo and redo."""
    return calls.cancel(tx, event["message_n"], cancelled)
