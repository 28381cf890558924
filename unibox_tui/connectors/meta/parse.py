"""Messenger's and Instagram's messaging events as facts; their history in the same form. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from unibox_tui.connectors import reading
from unibox_tui.connectors.errors import Unparseable
from unibox_tui.connectors.meta.content import content, old_attachment
from unibox_tui.domain.inbound import (
    InboundAttachment,
    InboundEvent,
    MessageEdited,
    MessageReceived,
    MessageUnsent,
    Person,
    Reaction,
    Receipt,
    WindowOpened,
)
from unibox_tui.domain.words import Author, DeliveryState, Direction

HISTORY = "unibox_history"  # our own envelope around what was pulled, so that one function reads all
NAMELESS = "postback:"  # begins the ids we give to taps that Meta gives none


@dataclass(frozen=True, slots=True)
class Side:
    """What the inbox knows of itself: the endpoint's id, its app, the kind of its customers' ids."""

    kind: str  # psid, igsid
    ours: str = ""  # empty: as the entry says
    app_id: str = ""
    spaces: str = ""  # name space of the customers' ids, for joining


def events(body: bytes, side: Side) -> list[InboundEvent]:
    """Raises Unparseable."""
    data = reading.load(body, "The body from Meta")
    if reading.word(data, "object") == HISTORY:
        return history(data, side)
    found: list[InboundEvent] = []
    for entry in reading.objects(data, "entry"):
        ours = reading.word(entry, "id") or side.ours
        for key in ("messaging", "standby"):
            for event in reading.some(entry, key):
                found += _facts(event, ours, side, standby=key == "standby")
        for change in reading.some(entry, "changes"):
            # Instagram's console test and some fields come as changes; `value` has the shape of a messaging event.
            found += _facts(reading.obj(change, "value"), ours, side, standby=False)
    return found


def _facts(event: Mapping[str, Any], ours: str, side: Side, *, standby: bool) -> Sequence[InboundEvent]:
    for key, reader in _READERS.items():
        if key in event:
            facts = reader(event, ours, side)
            return [_in_standby(fact) for fact in facts] if standby else facts
    kind = next((key for key in event if key not in ("sender", "recipient", "timestamp")), "nothing")
    if kind == "nothing":
        raise Unparseable("An event from Meta says nothing.")
    at = reading.millis(event, "timestamp")
    return [WindowOpened(_person(event, ours, side), kind, at)] if kind in ("optin", "account_linking") else []


def _in_standby(fact: InboundEvent) -> InboundEvent:
    return replace(fact, extra={**fact.extra, "standby": True}) if isinstance(fact, MessageReceived) else fact


def _person(event: Mapping[str, Any], ours: str, side: Side) -> Person:
    """The one of the two who is not us; which of them is the sender changes between kinds."""
    ids = [reading.word(reading.maybe(event, who), "id") for who in ("sender", "recipient")]
    theirs = next((id for id in ids if id and id != ours), "")
    if not theirs:
        raise Unparseable("An event from Meta names no customer.")
    return person(theirs, side)


def person(address: str, side: Side, name: str = "", **more: Any) -> Person:
    vouched = (("platform", f"{side.spaces}/{address}"),) if side.spaces else ()
    return Person(address, side.kind, name, verified=True, vouched=vouched, **more)


# -- messages -------------------------------------------------------------------------------------------------------------


def _message(event: Mapping[str, Any], ours: str, side: Side) -> Sequence[InboundEvent]:
    message = reading.obj(event, "message")
    mid, at = reading.ident(message, "mid"), reading.millis(event, "timestamp")
    customer = _person(event, ours, side)
    if message.get("is_deleted") is True:
        return [MessageUnsent(mid, at)]
    found: list[InboundEvent] = []
    referral = reading.maybe(message, "referral") or reading.maybe(event, "referral")
    if referral:
        found.append(WindowOpened(customer, _referred(referral), at))
    text, files, extra = content(message)
    if tapped := reading.word(reading.maybe(message, "quick_reply"), "payload"):
        extra["button"] = {"data": tapped}
        found.append(WindowOpened(customer, "button", at))
    if referral:
        extra["referral"] = _told(referral)
    reply = reading.maybe(message, "reply_to")
    quoted = reading.word(reply, "mid")
    if story := reading.maybe(reply, "story"):
        extra["story"] = {"id": reading.word(story, "id")}
    echo = message.get("is_echo") is True
    app = reading.word(message, "app_id")
    is_own = echo and bool(app) and app == side.app_id
    found.append(
        MessageReceived(
            mid,
            customer,
            at,
            text,
            direction=Direction.OUT if echo else Direction.IN,
            author=Author.AGENT if echo else Author.CONTACT,
            # Meta does not say whether a person or a robot wrote what another app sent.
            author_unsure=echo and not is_own,
            answers=(quoted,) if quoted else (),
            attachments=files,
            client_ref=(reading.word(message, "metadata") or None) if is_own else None,
            extra=extra,
        )
    )
    return found


def _referred(referral: Mapping[str, Any]) -> str:
    return "ad" if reading.word(referral, "source").upper() == "ADS" or "ad_id" in referral else "referral"


def _told(referral: Mapping[str, Any]) -> dict[str, str]:
    keys = ("ref", "source", "type", "ad_id", "referer_uri")
    told = {key: reading.word(referral, key) for key in keys if reading.word(referral, key)}
    if title := reading.word(reading.maybe(referral, "ads_context_data"), "ad_title"):
        told["title"] = title
    return told


def _postback(event: Mapping[str, Any], ours: str, side: Side) -> Sequence[InboundEvent]:
    """A tap on a button, the menu or Get Started."""
    postback, at = reading.obj(event, "postback"), reading.millis(event, "timestamp")
    customer = _person(event, ours, side)
    title, payload = reading.word(postback, "title"), reading.word(postback, "payload")
    referral = reading.maybe(postback, "referral")
    found: list[InboundEvent] = [WindowOpened(customer, "button", at)]
    if referral:
        found.append(WindowOpened(customer, _referred(referral), at))
    extra: dict[str, Any] = {"button": {"data": payload}}
    if referral:
        extra["referral"] = _told(referral)
    id = reading.word(postback, "mid") or f"{NAMELESS}{customer.address}:{at}"
    found.append(MessageReceived(id, customer, at, f"[button: {title or payload}]", extra=extra))
    return found


def _referral(event: Mapping[str, Any], ours: str, side: Side) -> Sequence[InboundEvent]:
    referral, at = reading.obj(event, "referral"), reading.millis(event, "timestamp")
    return [WindowOpened(_person(event, ours, side), _referred(referral), at)]


def _delivered(event: Mapping[str, Any], ours: str, side: Side) -> Sequence[InboundEvent]:
    """`mids` may be missing; the watermark is always there and means all until then."""
    delivery = reading.obj(event, "delivery")
    until = reading.millis(delivery, "watermark")
    mids = delivery.get("mids")
    named = [mid for mid in mids if isinstance(mid, str)] if isinstance(mids, list) else []
    found = [Receipt(DeliveryState.DELIVERED, until, mid) for mid in named]
    address = _person(event, ours, side).address
    return [*found, Receipt(DeliveryState.DELIVERED, until, person_address=address, until=until)]


def _read(event: Mapping[str, Any], ours: str, side: Side) -> Sequence[InboundEvent]:
    """Messenger: everything until then. Instagram: one message by its id."""
    read = reading.obj(event, "read")
    if mid := reading.word(read, "mid"):
        return [Receipt(DeliveryState.READ, reading.millis(event, "timestamp"), mid)]
    until = reading.millis(read, "watermark")
    return [Receipt(DeliveryState.READ, until, person_address=_person(event, ours, side).address, until=until)]


_EMOJI = {"love": "❤️", "smile": "😆", "wow": "😮", "sad": "😢", "angry": "😠", "like": "👍", "dislike": "👎"}


def _reacted(event: Mapping[str, Any], ours: str, side: Side) -> Sequence[InboundEvent]:
    reaction, at = reading.obj(event, "reaction"), reading.millis(event, "timestamp")
    who = reading.ident(reading.maybe(event, "sender"), "id")
    given = reading.word(reaction, "emoji") or _EMOJI.get(reading.word(reaction, "reaction"), "★")
    taken = reading.word(reaction, "action") == "unreact"
    found: list[InboundEvent] = [Reaction(reading.ident(reaction, "mid"), who, "" if taken else given, at)]
    if who != ours and not taken:
        found.append(WindowOpened(person(who, side), "reaction", at))
    return found


def _edited(event: Mapping[str, Any], ours: str, side: Side) -> Sequence[InboundEvent]:
    edit = reading.maybe(event, "message_edit") or reading.obj(event, "message_edits")
    if not isinstance(edit.get("text"), str):
        return ()  # Instagram sends some that say only that there was one
    at = reading.millis(event, "timestamp")
    return [MessageEdited(reading.ident(edit, "mid"), reading.word(edit, "text"), at)]


def _quiet(event: Mapping[str, Any], ours: str, side: Side) -> Sequence[InboundEvent]:
    """Who owns the thread, and policy notices: nothing that a customer said; the raw event keeps them."""
    return ()


_READERS: dict[str, Callable[[Mapping[str, Any], str, Side], Sequence[InboundEvent]]] = {
    "message": _message,
    "postback": _postback,
    "message_edit": _edited,
    "message_edits": _edited,
    "delivery": _delivered,
    "read": _read,
    "reaction": _reacted,
    "referral": _referral,
    "pass_thread_control": _quiet,
    "take_thread_control": _quiet,
    "request_thread_control": _quiet,
    "app_roles": _quiet,
    "policy_enforcement": _quiet,
}


# -- history --------------------------------------------------------------------------------------------------------------


def history(data: Mapping[str, Any], side: Side) -> list[InboundEvent]:
    """{object: HISTORY, ours, message: one of a conversation's messages as the Graph API gives it}"""
    message, ours = reading.obj(data, "message"), reading.ident(data, "ours")
    author = reading.maybe(message, "from")
    recipients = reading.some(reading.maybe(message, "to"), "data")
    out = reading.word(author, "id") == ours
    other = recipients[0] if out and recipients else author
    theirs = reading.ident(other, "id")
    name = reading.word(other, "name")
    customer = person(
        theirs, side, name or reading.word(other, "username"), attributes=_nick(reading.word(other, "username"))
    )
    text, files = reading.word(message, "message"), []
    for position, one in enumerate(reading.some(reading.maybe(message, "attachments"), "data")):
        found = old_attachment(one, f"{reading.ident(message, 'id')[-8:]}-{position}")
        if found is not None:
            files.append(found)
    if not files and (sticker := reading.word(message, "sticker")):
        files.append(InboundAttachment("sticker.png", "image/png", remote={"url": sticker}, inline=True))
        text = text or "[sticker]"
    reply = reading.maybe(message, "reply_to")
    quoted = reading.word(reply, "mid") or reading.word(reply, "id")
    return [
        MessageReceived(
            reading.ident(message, "id"),
            customer,
            moment(reading.ident(message, "created_time")),
            text or ("" if files else "[message, not shown]"),
            direction=Direction.OUT if out else Direction.IN,
            author=Author.AGENT if out else Author.CONTACT,
            author_unsure=out,
            answers=(quoted,) if quoted else (),
            attachments=tuple(files),
        )
    ]


def _nick(username: str) -> dict[str, str]:
    return {"username": username} if username else {}


def moment(said: str) -> int:
    """2026-11-20T09:00:00+0000 as epoch ms. Raises Unparseable."""
    try:
        at = int(datetime.strptime(said, "%Y-%m-%dT%H:%M:%S%z").timestamp() * 1000)
    except ValueError:
        raise Unparseable("A time from Meta cannot be read.") from None
    if not reading.EARLIEST_MS <= at <= reading.LATEST_MS:
        raise Unparseable("A time from Meta is not of this century.")
    return at
