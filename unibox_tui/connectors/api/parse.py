"""What the shop's programs post. Pure; every Unparseable names the field, for it is what the sender is told."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from unibox_tui.connectors import reading
from unibox_tui.connectors.api.settings import origin
from unibox_tui.connectors.api.signing import KEY
from unibox_tui.connectors.errors import Unparseable
from unibox_tui.domain.inbound import (
    ARRIVAL,
    InboundAttachment,
    InboundEvent,
    MessageEdited,
    MessageReceived,
    MessageUnsent,
    Person,
    ProfileSeen,
    Reaction,
    Receipt,
)
from unibox_tui.domain.words import Author, DeliveryState, Direction

USER, GROUP = "api_user", "api_group"
LONGEST_ID, LONGEST_TEXT, MOST_FILES, MOST_ATTRIBUTES = 200, 100_000, 10, 50
STATES = {
    "sent": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.READ,
    "failed": DeliveryState.FAILED,
}
Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Terms:
    """What the inbox says: the name space of its customers' numbers, and the origins files may be fetched from."""

    space: str = ""
    origins: frozenset[str] = frozenset()


def named(body: bytes, headers: Mapping[str, str]) -> str:
    """By what the sender knows this post: the event's id, else the Idempotency-Key. Raises Unparseable."""
    data = reading.load(body, "The post")
    return _id(data, "id", reading.word(headers, KEY.lower()).strip())


def events(body: bytes, headers: Mapping[str, str], terms: Terms) -> Sequence[InboundEvent]:
    data = reading.load(body, "The post")
    kind = reading.word(data, "type") or "message"
    reader = _TYPES.get(kind)
    if reader is None:
        raise Unparseable(f"`type` must be one of {', '.join(_TYPES)}.")
    return (reader(data, reading.word(headers, KEY.lower()).strip(), terms),)


# -- the kinds ------------------------------------------------------------------------------------------------------------


def _message(data: Data, key: str, terms: Terms) -> InboundEvent:
    text = reading.word(data, "text")
    if len(text) > LONGEST_TEXT:
        raise Unparseable(f"`text` is longer than {LONGEST_TEXT} characters.")
    files = _files(data, terms)
    if not text and not files:
        raise Unparseable("A message needs `text` or `files`.")
    author = _choice(data, "author", {"contact": Author.CONTACT, "agent": Author.AGENT, "bot": Author.BOT}, "contact")
    out = author is not Author.CONTACT
    answers = _id(data, "answers", "-") if data.get("answers") is not None else ""
    return MessageReceived(
        _id(data, "id", key),
        _person(data, "contact", terms),
        _at(data),
        text,
        direction=Direction.OUT if out else Direction.IN,
        author=author,
        author_name=_short(data, "author_name") if out else "",
        subject=_short(data, "subject", 1_000),
        answers=(answers,) if answers else (),
        attachments=files,
        client_ref=_short(data, "ref") or None if out else None,
        automatic=data.get("automatic") is True,
        extra=_extra(data),
        group=_person(data, "group", terms, GROUP) if data.get("group") is not None else None,
        mentions_us=data.get("mentions_us") is True,
    )


def _receipt(data: Data, key: str, terms: Terms) -> InboundEvent:
    state = _choice(data, "state", STATES, "")
    id, ref = _short(data, "message"), _short(data, "ref")
    contact = _id(reading.obj(data, "contact"), "id", "", "contact.id") if data.get("contact") is not None else None
    until = _at(data, "until") if data.get("until") is not None else None
    if not id and not ref and (contact is None or until is None):
        raise Unparseable("A receipt needs `message` (our answer's id), `ref`, or `contact` with `until`.")
    cost = reading.maybe(data, "cost")
    return Receipt(
        state,
        _at(data),
        id or None,
        ref or None,
        contact,
        until,
        _short(data, "reason") if state is DeliveryState.FAILED else "",
        {"cost": costs(cost)} if cost else {},
    )


def _edit(data: Data, key: str, terms: Terms) -> InboundEvent:
    text = data.get("text")
    if not isinstance(text, str) or len(text) > LONGEST_TEXT:
        raise Unparseable(f"`text` must be a text of at most {LONGEST_TEXT} characters.")
    return MessageEdited(_id(data, "message"), reading.word(data, "text"), _at(data))


def _unsend(data: Data, key: str, terms: Terms) -> InboundEvent:
    return MessageUnsent(_id(data, "message"), _at(data))


def _reaction(data: Data, key: str, terms: Terms) -> InboundEvent:
    contact = reading.obj(data, "contact")
    return Reaction(_id(data, "message"), _id(contact, "id", "", "contact.id"), _short(data, "emoji", 32), _at(data))


def _contact(data: Data, key: str, terms: Terms) -> InboundEvent:
    return ProfileSeen(_person(data, "contact", terms), _at(data), _short(data, "source"))


_TYPES: dict[str, Callable[[Data, str, Terms], InboundEvent]] = {
    "message": _message,
    "receipt": _receipt,
    "edit": _edit,
    "unsend": _unsend,
    "reaction": _reaction,
    "contact": _contact,
}


# -- their parts ----------------------------------------------------------------------------------------------------------


def _person(data: Data, key: str, terms: Terms, kind: str = USER) -> Person:
    one = data.get(key)
    if not isinstance(one, dict):
        raise Unparseable(f"`{key}` must be an object with an `id`.")
    id = _id(one, "id", "", f"{key}.id")
    if kind == GROUP:
        return Person(id, kind, _short(one, "name"), verified=True)
    email, phone = _short(one, "email", 254), _short(one, "phone", 40)
    said = one.get("verified")
    sure = [name for name in said if name in ("email", "phone")] if isinstance(said, list) else []
    vouched = [(name, value) for name, value in (("email", email), ("phone", phone)) if value and name in sure]
    if terms.space:
        vouched.append(("platform", f"api:{terms.space}/{id}"))
    language = reading.word(one, "language")[:2].lower()
    return Person(
        id,
        kind,
        _short(one, "name"),
        verified=True,
        language=language if language in ("vi", "th", "en") else None,
        email=email or None,
        phone=phone or None,
        attributes=_attributes(one, key),
        vouched=tuple(vouched),
    )


def _attributes(one: Data, where: str) -> dict[str, str]:
    given = one.get("attributes")
    if given is None:
        return {}
    if not isinstance(given, dict) or len(given) > MOST_ATTRIBUTES:
        raise Unparseable(f"`{where}.attributes` must be an object of at most {MOST_ATTRIBUTES} texts.")
    return {_clean(name)[:100]: reading.word(given, name)[:1_000] for name in given if reading.word(given, name)}


def _files(data: Data, terms: Terms) -> tuple[InboundAttachment, ...]:
    given = data.get("files")
    if given is None:
        return ()
    if not isinstance(given, list) or len(given) > MOST_FILES:
        raise Unparseable(f"`files` must be a list of at most {MOST_FILES}.")
    return tuple(_file(one, f"files[{index}]", terms) for index, one in enumerate(given))


def _file(one: Any, where: str, terms: Terms) -> InboundAttachment:
    if not isinstance(one, dict):
        raise Unparseable(f"`{where}` must be an object.")
    name = _short(one, "name", 255) or "file"
    media_type = _short(one, "media_type", 100) or "application/octet-stream"
    url, content = one.get("url"), one.get("content")
    if (url is None) == (content is None):
        raise Unparseable(f"`{where}` needs either `url` or `content` (base64).")
    if content is not None:
        if not isinstance(content, str):
            raise Unparseable(f"`{where}.content` must be base64.")
        try:
            raw = base64.b64decode(content, validate=True)
        except (binascii.Error, ValueError):
            raise Unparseable(f"`{where}.content` is not base64.") from None
        return InboundAttachment(name, media_type, len(raw), content=raw)
    address = reading.word(one, "url")
    if origin(address) not in terms.origins or len(address) > 2_000:
        raise Unparseable(f"`{where}.url` is not at a site of the inbox's `files_from`.")
    return InboundAttachment(name, media_type, reading.count(one, "size"), remote={"url": address})


def _extra(data: Data) -> dict[str, Any]:
    """Further facts worth showing, as texts: an order's number, the page it was written on."""
    given = data.get("facts")
    if given is None:
        return {}
    if not isinstance(given, dict) or len(given) > MOST_ATTRIBUTES:
        raise Unparseable(f"`facts` must be an object of at most {MOST_ATTRIBUTES} texts.")
    pairs = [[_clean(name)[:100], reading.word(given, name)[:1_000]] for name in given if reading.word(given, name)]
    return {"fields": pairs} if pairs else {}


def costs(given: Data) -> dict[str, Any]:
    amount, currency = reading.decimal(given, "amount"), reading.word(given, "currency")[:3].upper()
    if amount is None or amount < 0 or len(currency) != 3 or not currency.isalpha():
        raise Unparseable("`cost` needs `amount` (a number) and `currency` (three letters).")
    return {"amount": reading.word(given, "amount"), "currency": currency, "charged": amount > 0}


def _id(data: Data, key: str, default: str = "", where: str = "") -> str:
    found = reading.word(data, key) or default
    if not found or len(found) > LONGEST_ID:
        raise Unparseable(f"`{where or key}` must be an id of 1 to {LONGEST_ID} characters.")
    return _clean(found)


def _short(data: Data, key: str, most: int = LONGEST_ID) -> str:
    found = reading.word(data, key)
    if len(found) > most:
        raise Unparseable(f"`{key}` is longer than {most} characters.")
    return found


def _clean(name: str) -> str:
    return name.encode("utf-8", "replace").decode()


def _choice(data: Data, key: str, known: Mapping[str, Any], default: str) -> Any:
    found = known.get(reading.word(data, key) or default)
    if found is None:
        raise Unparseable(f"`{key}` must be one of {', '.join(known)}.")
    return found


def _at(data: Data, key: str = "at") -> int:
    """Epoch milliseconds, or ISO 8601 with its zone; what is not told is the arrival."""
    given = data.get(key)
    if given is None:
        return ARRIVAL
    if isinstance(given, str) and not given.isdigit():
        try:
            when = datetime.fromisoformat(given)
            if when.tzinfo is None:
                raise ValueError("no zone")
            given = int(when.timestamp() * 1000)
        except (ValueError, OverflowError):
            raise Unparseable(
                f"`{key}` must be epoch milliseconds, or a time with its zone as 2026-03-01T09:30:00+07:00."
            ) from None
    return reading.millis({key: given}, key)
