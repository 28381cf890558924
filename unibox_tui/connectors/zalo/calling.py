"""Calls through Zalo, as cards in the thread, and the customer's consent to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from unibox_tui.connectors import reading
from unibox_tui.connectors.errors import Unparseable
from unibox_tui.connectors.zalo.calls import DAY_MS
from unibox_tui.domain.inbound import InboundEvent, MessageReceived, Person, StandingTold, WindowOpened
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


def asked(data: Mapping[str, Any], at: int) -> Sequence[InboundEvent]:
    """We, or a colleague in Zalo's own tool, asked a number to let us call it; or the day to answer is over."""
    person = _number(data)
    if person is None:
        return ()
    if reading.word(data, "request_type").upper() == "EXPIRED":
        return [_says(person, "expired", _time(data, "expired_time") or at, None)]
    asked_at = _time(data, "create_time") or at
    return [_says(person, "asked", asked_at, _time(data, "expired_time") or asked_at + DAY_MS)]


def consent(data: Mapping[str, Any], at: int, who: WhoIs) -> Sequence[InboundEvent]:
    """The customer lets us call, or never again. Letting us is an interaction where Zalo says whose."""
    user = reading.word(data, "user_id") or reading.word(reading.maybe(data, "sender"), "id")
    said = reading.word(data, "user_consent").upper()
    confirmed = _time(data, "confirmed_time") or at
    found: list[InboundEvent] = []
    if (person := _number(data)) is not None and said:
        state = {"ALLOW": "agreed", "USER_BLOCKED": "blocked"}.get(said, "rejected")
        until = _time(data, "expired_time") or confirmed + 30 * DAY_MS
        found.append(_says(person, state, confirmed, until if state == "agreed" else None))
    if user and said == "ALLOW":
        found.append(WindowOpened(who(user), "consent", confirmed))
    return found


def _says(person: Person, state: str, at: int, until: int | None) -> StandingTold:
    said: dict[str, Any] = {"state": state, "at": at, **({} if until is None else {"until": until})}
    return StandingTold(person, at, {"agreed": ["call"] if state == "agreed" else [], "consent": said})


def _time(data: Mapping[str, Any], key: str) -> int | None:
    at = reading.count(data, key)
    return at if reading.EARLIEST_MS <= at <= reading.LATEST_MS else None


def _number(data: Mapping[str, Any]) -> Person | None:
    digits = reading.word(data, "phone").removeprefix("+")
    return Person(f"+{digits}", PHONE, verified=True) if digits.isascii() and digits.isdigit() else None


def _caller(data: Mapping[str, Any], facts: Mapping[str, Any], who: WhoIs) -> Person:
    for place in (facts, data):
        if user := reading.word(place, "user_id"):
            return who(user)
    person = _number(facts) or _number(data)
    if person is None:
        raise Unparseable("A call through Zalo names nobody.")
    return person
