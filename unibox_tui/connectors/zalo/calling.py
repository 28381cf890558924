"""Calls through Zalo, as cards in the thread, and the customer's consent to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from unibox_tui.connectors import reading
from unibox_tui.connectors.errors import Unparseable
from unibox_tui.domain.inbound import InboundEvent, MessageReceived, Person, WindowOpened
from unibox_tui.domain.words import Author, Direction, MessageKind

PHONE = "phone"
WhoIs = Callable[[str], Person]


def call(name: str, data: Mapping[str, Any], at: int, who: WhoIs) -> Sequence[InboundEvent]:
    """Told when it is over: how long it took, rang and was talked."""
    facts = reading.maybe(data, "call") or data
    person = _caller(data, facts, who)
    talk = reading.count(facts, "talk_time")
    began = reading.millis(facts, "init_time") if reading.count(facts, "init_time") else at
    outgoing = name == "oa_call_user"
    id = f"call:{reading.ident(facts, 'call_id')}"
    told: dict[str, Any] = {
        "id": id,
        "direction": "out" if outgoing else "in",
        "state": "ended" if talk else "missed",
        "via": "zalo",
        "waited_ms": reading.count(facts, "waiting_time") * 1000,
        "talked_ms": talk,
        "duration_ms": talk,
        "answered": talk > 0,
    }
    if reading.word(facts, "call_type").lower() == "video":
        told["video"] = True
    if status := reading.word(facts, "status_code"):
        told["cause"] = status
    said = f"[call, {talk // 1000} s]" if talk else "[call, not answered]" if outgoing else "[missed call]"
    found = MessageReceived(
        id,
        person,
        began,
        said,
        kind=MessageKind.CALL,
        direction=Direction.OUT if outgoing else Direction.IN,
        author=Author.AGENT if outgoing else Author.CONTACT,
        extra={"call": told},
    )
    return [found] if outgoing else [WindowOpened(person, "call", began), found]


def consent(data: Mapping[str, Any], at: int, who: WhoIs) -> Sequence[InboundEvent]:
    """The customer lets us call: an interaction where Zalo says whose. A number alone is asked about when it is needed."""
    user = reading.word(data, "user_id") or reading.word(reading.maybe(data, "sender"), "id")
    if not user or reading.word(data, "user_consent").upper() != "ALLOW":
        return ()
    confirmed = reading.count(data, "confirmed_time")
    return [WindowOpened(who(user), "consent", reading.millis(data, "confirmed_time") if confirmed else at)]


def _caller(data: Mapping[str, Any], facts: Mapping[str, Any], who: WhoIs) -> Person:
    for place in (facts, data):
        if user := reading.word(place, "user_id"):
            return who(user)
    phone = reading.word(facts, "phone") or reading.word(data, "phone")
    digits = phone.removeprefix("+")
    if not (digits.isascii() and digits.isdigit()):
        raise Unparseable("A call through Zalo names nobody.")
    return Person(f"+{digits}", PHONE, verified=True)
