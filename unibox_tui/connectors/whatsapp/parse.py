"""WhatsApp's webhooks as facts. Pure.

A customer is known by a telephone number (`wa_id`) or, since April 2026, by an id of the business (`user_id`); either may be
missing. The number is the address where there is one, and the other goes along as an id that joins them.
"""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from unibox_tui.connectors import reading
from unibox_tui.connectors.errors import Unparseable
from unibox_tui.domain.inbound import (
    InboundAttachment,
    InboundEvent,
    MessageEdited,
    MessageReceived,
    MessageUnsent,
    Person,
    ProfileSeen,
    Reaction,
    Receipt,
    WindowOpened,
)
from unibox_tui.domain.words import Author, DeliveryState, Direction

USER = "whatsapp_user"
_STATES = {
    "sent": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.READ,
    "played": DeliveryState.READ,
    "failed": DeliveryState.FAILED,
}
_MEDIA = {
    "image": "image/jpeg", "video": "video/mp4", "audio": "audio/ogg", "document": "application/octet-stream",
    "sticker": "image/webp",
}  # fmt: skip
_DIGITS = re.compile(r"\d{6,15}", re.ASCII)


def events(body: bytes) -> list[InboundEvent]:
    """Raises Unparseable."""
    data = reading.load(body, "The body from WhatsApp")
    found: list[InboundEvent] = []
    for entry in reading.objects(data, "entry"):
        for change in reading.objects(entry, "changes"):
            found += _change(change)
    return found


def _change(change: Mapping[str, Any]) -> Sequence[InboundEvent]:
    field = reading.ident(change, "field")
    value = reading.obj(change, "value")
    people = _people(value)
    match field:
        case "messages":
            messages = [fact for one in _listed(value, "messages") for fact in _message(one, people)]
            return [*messages, *(fact for one in _listed(value, "statuses") for fact in _status(one))]
        case "smb_message_echoes":
            return [fact for one in reading.objects(value, "message_echoes") for fact in _echo(one, people)]
        case "calls":
            return [fact for one in reading.objects(value, "calls") for fact in _call(one, people)]
    # Templates, quality, the account: what is not a customer's; the raw event keeps it.
    return ()


def _listed(value: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    return reading.objects(value, key) if key in value else ()


# -- people ---------------------------------------------------------------------------------------------------------------


def _people(value: Mapping[str, Any]) -> dict[str, Person]:
    """By wa_id and by user_id."""
    found: dict[str, Person] = {}
    for one in reading.some(value, "contacts"):
        profile = reading.maybe(one, "profile")
        wa_id, user_id = reading.word(one, "wa_id"), reading.word(one, "user_id")
        if not wa_id and not user_id:
            continue
        nick = reading.word(profile, "username") or reading.word(one, "username")
        parent = reading.word(one, "parent_user_id")
        person = who(wa_id, user_id, reading.word(profile, "name") or nick, nick, parent)
        found |= {id: person for id in (wa_id, user_id, parent) if id}
    return found


def who(wa_id: str, user_id: str, name: str = "", username: str = "", parent: str = "") -> Person:
    """`parent`: the id that several businesses of one owner share."""
    vouched = [("platform", f"whatsapp/{id}") for id in (user_id, parent) if id]
    if _DIGITS.fullmatch(wa_id):
        vouched.append(("phone", f"+{wa_id}"))
    return Person(
        wa_id or user_id,
        USER,
        name,
        verified=True,
        attributes={"username": username} if username else {},
        vouched=tuple(vouched),
    )


def _sender(message: Mapping[str, Any], people: Mapping[str, Person]) -> Person:
    wa_id = reading.word(message, "from")
    user_id = reading.word(message, "from_user_id") or reading.word(message, "user_id")
    known = people.get(wa_id) or people.get(user_id)
    if known is not None:
        return known
    if wa_id or user_id:
        return who(wa_id, user_id)
    if len({person.address for person in people.values()}) == 1:
        return next(iter(people.values()))  # the number is hidden, and there is only one it can be
    raise Unparseable("A WhatsApp message names nobody.")


# -- messages -------------------------------------------------------------------------------------------------------------


def _message(message: Mapping[str, Any], people: Mapping[str, Person]) -> Sequence[InboundEvent]:
    person, at = _sender(message, people), reading.millis(message, "timestamp", seconds=True)
    kind = reading.word(message, "type")
    match kind:
        case "reaction":
            reaction = reading.obj(message, "reaction")
            given = reading.word(reaction, "emoji")
            return [Reaction(reading.ident(reaction, "message_id"), person.address, given, at)]
        case "edit":
            return _edited(message, at)
        case "revoke":
            return _revoked(message, at)
        case "system":
            return _system(message, person, at)
    text, files, extra = content(message)
    context = reading.maybe(message, "context")
    quoted = reading.word(context, "id")
    if context.get("forwarded") is True or context.get("frequently_forwarded") is True:
        extra["forwarded"] = True
    found: list[InboundEvent] = []
    if referral := reading.maybe(message, "referral"):
        extra["referral"] = {
            key: reading.word(referral, key)
            for key in ("source_type", "source_id", "source_url", "headline")
            if reading.word(referral, key)
        }
        found.append(WindowOpened(person, "ad", at))
    if kind in ("button", "interactive"):
        found.append(WindowOpened(person, "button", at))
    found.append(
        MessageReceived(
            reading.ident(message, "id"),
            person,
            at,
            text,
            answers=(quoted,) if quoted else (),
            attachments=files,
            extra=extra,
        )
    )
    return found


def _edited(message: Mapping[str, Any], at: int) -> Sequence[InboundEvent]:
    edit = reading.obj(message, "edit")
    text, _, _ = content(reading.obj(edit, "message"))
    return [MessageEdited(reading.ident(edit, "original_message_id"), text, at)]


def _revoked(message: Mapping[str, Any], at: int) -> Sequence[InboundEvent]:
    return [MessageUnsent(reading.ident(reading.obj(message, "revoke"), "original_message_id"), at)]


def _system(message: Mapping[str, Any], person: Person, at: int) -> Sequence[InboundEvent]:
    system = reading.maybe(message, "system")
    new, user = reading.word(system, "wa_id") or reading.word(system, "new_wa_id"), reading.word(system, "user_id")
    said = reading.word(system, "body") or f"[{reading.word(system, 'type') or 'system'}]"
    told = MessageReceived(reading.ident(message, "id"), person, at, said, automatic=True)
    # Another number of the same person, with an id of the business that is new too: both are told by a word they share.
    old = person.address
    if not new or new == old:
        return [told]
    bound = ("platform", f"whatsapp-moved/{old}/{new}")
    moved = who(new, user, person.name)
    return [
        told,
        ProfileSeen(replace(person, vouched=(*person.vouched, bound)), at),
        ProfileSeen(replace(moved, vouched=(*moved.vouched, bound)), at),
    ]


Content = tuple[str, tuple[InboundAttachment, ...], dict[str, Any]]


def content(message: Mapping[str, Any]) -> Content:
    kind = reading.word(message, "type")
    reader = _KINDS.get(kind)
    if reader is None:
        if kind == "unsupported" or reading.some(message, "errors"):
            return "[message, not shown: WhatsApp does not pass it on]", (), {}
        return f"[{kind or 'message'}, not shown]", (), {}
    return reader(message, kind)


def _text(message: Mapping[str, Any], kind: str) -> Content:
    return reading.word(reading.maybe(message, "text"), "body") or "[text, not shown]", (), {}


def _media(message: Mapping[str, Any], kind: str) -> Content:
    media = reading.maybe(message, kind)
    id = reading.word(media, "id")
    if not id:
        return f"[{kind}, not shown]", (), {}
    media_type = reading.word(media, "mime_type").partition(";")[0].strip() or _MEDIA[kind]
    ending = mimetypes.guess_extension(media_type) or ""
    name = reading.word(media, "filename") or f"{kind}-{id[-8:]}{ending}"
    file = InboundAttachment(name, media_type, remote={"id": id}, inline=kind == "sticker")
    return reading.word(media, "caption") or ("[sticker]" if kind == "sticker" else ""), (file,), {}


def _location(message: Mapping[str, Any], kind: str) -> Content:
    place = reading.maybe(message, "location")
    latitude, longitude = reading.decimal(place, "latitude"), reading.decimal(place, "longitude")
    point = "" if latitude is None or longitude is None else f"{latitude:.6f}, {longitude:.6f}"
    lines = [reading.word(place, "name"), reading.word(place, "address"), point]
    return "\n".join(line for line in lines if line) or "[location, not shown]", (), {}


def _contacts(message: Mapping[str, Any], kind: str) -> Content:
    lines = []
    for card in reading.some(message, "contacts"):
        name = reading.word(reading.maybe(card, "name"), "formatted_name")
        phones = [reading.word(phone, "phone") for phone in reading.some(card, "phones")]
        lines.append(" ".join(part for part in (name, *phones) if part))
    return "\n".join(line for line in lines if line) or "[contact, not shown]", (), {}


def _button(message: Mapping[str, Any], kind: str) -> Content:
    button = reading.maybe(message, "button")
    said, payload = reading.word(button, "text"), reading.word(button, "payload")
    return said or f"[button: {payload}]", (), {"button": {"data": payload}}


def _interactive(message: Mapping[str, Any], kind: str) -> Content:
    interactive = reading.maybe(message, "interactive")
    for key in ("button_reply", "list_reply"):
        if reply := reading.maybe(interactive, key):
            return reading.word(reply, "title") or "[button]", (), {"button": {"data": reading.word(reply, "id")}}
    if flow := reading.maybe(interactive, "nfm_reply"):
        return reading.word(flow, "body") or "[form]", (), {"form": reading.word(flow, "response_json")}
    return f"[{reading.word(interactive, 'type') or 'button'}, not shown]", (), {}


def _order(message: Mapping[str, Any], kind: str) -> Content:
    order = reading.maybe(message, "order")
    lines = [reading.word(order, "text") or "[order]"]
    for item in reading.some(order, "product_items"):
        amount = f"{reading.word(item, 'item_price')} {reading.word(item, 'currency')}".strip()
        lines.append(
            f"{reading.word(item, 'quantity', '1')} × {reading.word(item, 'product_retailer_id')} {amount}".strip()
        )
    return "\n".join(lines), (), {}


_KINDS: dict[str, Callable[[Mapping[str, Any], str], Content]] = {
    "text": _text, **dict.fromkeys(_MEDIA, _media), "location": _location, "contacts": _contacts, "button": _button,
    "interactive": _interactive, "order": _order,
}  # fmt: skip


def _echo(message: Mapping[str, Any], people: Mapping[str, Person]) -> Sequence[InboundEvent]:
    """What a colleague wrote in WhatsApp's own app on the shop's telephone, or changed there."""
    at = reading.millis(message, "timestamp", seconds=True)
    match reading.word(message, "type"):
        case "edit":
            return _edited(message, at)
        case "revoke":
            return _revoked(message, at)
        case "reaction":
            return ()  # what we put on a message, which has no place here
    text, files, extra = content(message)
    quoted = reading.word(reading.maybe(message, "context"), "id")
    return [
        MessageReceived(
            reading.ident(message, "id"),
            _receiver(message, people),
            at,
            text,
            direction=Direction.OUT,
            author=Author.AGENT,
            answers=(quoted,) if quoted else (),
            attachments=files,
            extra=extra,
        )
    ]


def _receiver(message: Mapping[str, Any], people: Mapping[str, Person]) -> Person:
    to = reading.word(message, "to")
    user = next(
        (id for key in ("to_user_id", "recipient_user_id", "user_id") if (id := reading.word(message, key))), ""
    )
    known = people.get(to) or people.get(user)
    if known is not None:
        return known
    if to or user:
        return who(to, user)
    if len({person.address for person in people.values()}) == 1:
        return next(iter(people.values()))
    raise Unparseable("An echo of WhatsApp names nobody.")


def _call(call: Mapping[str, Any], people: Mapping[str, Person]) -> Sequence[InboundEvent]:
    """A call through WhatsApp: it opens the window, and stands in the thread when it is over."""
    at = reading.millis(call, "timestamp", seconds=True)
    if reading.word(call, "direction").upper().startswith("BUSINESS"):
        return ()
    person = _sender(call, people)
    facts: list[InboundEvent] = [WindowOpened(person, "call", at)]
    if reading.word(call, "event") == "terminate":
        seconds = reading.count(call, "duration")
        said = f"[call, {seconds} s]" if seconds else "[missed call]"
        extra = {"call": {"duration_ms": seconds * 1000, "answered": bool(seconds)}}
        facts.append(MessageReceived(reading.ident(call, "id"), person, at, said, extra=extra))
    return facts


# -- receipts -------------------------------------------------------------------------------------------------------------


def _status(status: Mapping[str, Any]) -> Sequence[InboundEvent]:
    state = _STATES.get(reading.word(status, "status"))
    if state is None:
        return ()
    at = reading.millis(status, "timestamp", seconds=True)
    errors = reading.some(status, "errors")
    return [
        Receipt(
            state,
            at,
            reading.ident(status, "id"),
            client_ref=reading.word(status, "biz_opaque_callback_data") or None,
            reason=_reason(errors[0]) if errors and state is DeliveryState.FAILED else "",
            extra=_cost(reading.maybe(status, "pricing")),
        )
    ]


def _reason(error: Mapping[str, Any]) -> str:
    code = reading.count(error, "code")
    known = FAILED.get(code)
    return known if known is not None else f"WhatsApp could not deliver it (code {code})."


FAILED = {
    131026: "The number is not on WhatsApp, or takes no such message.",
    131047: "The 24 hours in which WhatsApp allows an answer are over.",
    131049: "WhatsApp keeps this customer from too many promotions.",
    131050: "The customer wants no promotions from us.",
    131051: "WhatsApp does not know this kind of message.",
    131052: "WhatsApp could not fetch the file.",
    131053: "WhatsApp could not take the file.",
    131062: "This message needs the customer's telephone number.",
    130472: "WhatsApp keeps this customer out of promotions.",
}


def _cost(pricing: Mapping[str, Any]) -> dict[str, Any]:
    """Whether it was charged, and as what; WhatsApp tells no amount."""
    if not isinstance(pricing.get("billable"), bool):
        return {}
    charged = bool(pricing["billable"])
    return {"cost": {"charged": charged, "free": not charged, "quota": reading.word(pricing, "category")}}
