"""Calls that the network's own app carries: links that begin one, and asking a number whether we may call it.

Both are cards in the thread that leave through the outbox: a link calls nobody and may be made again, an asking costs and is
made at most once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from unibox_tui.desk.deciding import decision
from unibox_tui.desk.done import Done
from unibox_tui.desk.routes import refusal
from unibox_tui.desk.triage import UNSEEN, assign
from unibox_tui.domain.calls import CONSENT, INVITE, LINE, LINK, WHY_ASKED
from unibox_tui.domain.errors import Conflict, Refused, WrongUse
from unibox_tui.domain.ids import new_id
from unibox_tui.domain.inbound import Person
from unibox_tui.domain.saying import Said, say
from unibox_tui.domain.words import Author, DeliveryState, Direction, MessageKind
from unibox_tui.store import calls, contacts, conversations, costs, events, messages, outbox
from unibox_tui.store.database import Tx
from unibox_tui.store.events import Actor
from unibox_tui.store.messages import NewMessage
from unibox_tui.views.call_ways import PHONE, CallWay, call_ways

WITHIN_MS = 600_000  # a link that comes later than this surprises whoever wished it
TEXT = {
    LINK: "[link to call the customer]",
    INVITE: "[link for the customer to call us]",
    CONSENT: "[asked to be allowed to call]",
}
_KINDS = {LINK: "call", INVITE: "invite", CONSENT: "consent"}


def begin(tx: Tx, actor: Actor, conversation: int, how: str, *, inbox: str | None = None, reason: str = "") -> Done:
    """`how`: link, invite or consent. `reason` of an asking: consult, order, delivery, flight or update."""
    if actor.kind is not Author.AGENT:
        raise Refused("Only a person begins a call.")
    if reason and reason not in WHY_ASKED:
        raise WrongUse(
            say("{word!r} is no reason.", word=reason), hint=say("One of: {words}.", words=", ".join(WHY_ASKED))
        )
    top = conversations.root(tx.db, conversation)
    way = chosen(tx, top, actor.agent, how, inbox)
    identity = way.identity or _number(tx, way, conversations.get(tx.db, top)["contact_id"])
    kind = _KINDS[how]
    verdict = decision(tx, way.inbox, identity, kind=kind)
    if not verdict.allowed:
        raise refusal(verdict, way.inbox)
    if calls.being_made(tx.db, way.inbox.id, identity) is not None:
        raise Conflict(say("This is being asked for already (#{n}).", n=top), code="calling")
    if how == CONSENT and calls.unknown_to(tx.db, way.inbox.id, identity):
        raise Conflict(
            "It is not known whether they have been asked already.",
            hint="`unibox outbox` has it: retry asks once more, keep takes it as asked.",
            code="unknown_before",
        )
    ref = new_id(tx.now)
    card = {"direction": "out", "state": how, "via": way.inbox.channel, "agent": actor.agent, "answered": False, "duration_ms": 0}  # fmt: skip
    n = messages.add(
        tx,
        NewMessage(
            conversation=top,
            inbox_id=way.inbox.id,
            identity_id=identity,
            direction=Direction.OUT,
            kind=MessageKind.CALL,
            author_kind=Author.AGENT,
            author=actor.agent,
            text=TEXT[how],
            sent_at=tx.now,
            received_at=tx.now,
            state=DeliveryState.QUEUED,
            extra={"call": card},
            client_ref=ref,
        ),
    )
    if how == CONSENT:
        costs.expect(tx, n, way.inbox.id, verdict)
    wish: dict[str, Any] = {"how": how, "agent": actor.agent, "until": tx.now + WITHIN_MS}
    outbox.add(
        tx,
        id=ref,
        n=n,
        inbox_id=way.inbox.id,
        identity_id=identity,
        destination=way.address,
        payload={
            "kind": kind,
            "text": "",
            "options": {"call": wish | ({"reason": reason} if reason else {})},
        },
        author_kind=Author.AGENT,
        hold_ms=way.inbox.capabilities.undo_send_ms if how == CONSENT else 0,
    )
    row = conversations.get(tx.db, top)
    if row["assignee"] is None:
        assign(tx, actor, [top], actor.agent, seen=UNSEEN)
    events.record(tx, actor, f"call.{how}", conversation=top, contact=row["contact_id"], inbox=way.inbox.id, message=n)
    conversations.refresh(tx, top)
    tx.changed("conversation", top)
    public = messages.get(tx.db, n)["id"]
    data = {"message": public, "n": n, "outbox": ref, "inbox": way.inbox.name, "how": how, "address": way.address}
    return Done(_SAID[how](top), (top,), None, 1, data)


_SAID: Mapping[str, Callable[[int], Said]] = {
    LINK: lambda top: say("#{top}: the link comes into the thread", top=top),
    INVITE: lambda top: say("#{top}: the link for the customer comes into the thread", top=top),
    CONSENT: lambda top: say("#{top}: they are asked whether we may call", top=top),
}


def usual(tx: Tx, conversation: int, agent: str | None, inbox: str | None = None) -> CallWay | None:
    """What calling this customer means when nothing else is said: a line, else a link; None: neither can be now."""
    found = [
        way
        for way in call_ways(tx.db, conversation, agent, tx.now)
        if way.allowed and inbox in (None, "", way.inbox.name)
    ]
    return next((way for how in (LINE, LINK) for way in found if way.how == how), None)


def chosen(tx: Tx, top: int, agent: str | None, how: str, inbox: str | None) -> CallWay:
    """The first way of this kind that may be taken. Raises Refused saying why there is none."""
    fitting = [
        way for way in call_ways(tx.db, top, agent, tx.now) if way.how == how and inbox in (None, "", way.inbox.name)
    ]
    if not fitting:
        if how == CONSENT:
            raise Refused("No phone number of this customer is known, or no inbox asks for consent.", code="no_way")
        raise Refused("No inbox here calls this customer by a link.", hint="A Zalo inbox with `calls = true` does.", code="no_way")  # fmt: skip
    way = next((one for one in fitting if one.allowed), fitting[0])
    if way.why.startswith("consent_"):
        raise Refused(_ASKED.get(way.consent, "They have been asked already."), code=way.why)
    if way.why == "inbox_off":
        raise Refused(
            say("{inbox} is not on now.", inbox=way.inbox.title), hint="`unibox health` says why.", code="inbox_off"
        )
    return way


_ASKED = {
    "agreed": "They have agreed to be called already.",
    "asked": "They have been asked and have a day to answer.",
    "blocked": "They have blocked calls from us.",
}


def _number(tx: Tx, way: CallWay, contact: int) -> int:
    """The customer's number as an identity of theirs in the inbox that asks it."""
    id, _, _ = contacts.identity_for(tx, way.inbox, Person(way.address, PHONE), at=tx.now, contact=contact)
    return id
