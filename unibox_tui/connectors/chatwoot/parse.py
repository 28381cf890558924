"""Chatwoot's facts: frames of its socket, webhooks, and what its API lists (kept as frames). Pure.

A conversation there is an address here; contacts are known again by their number there. Names of events come with a dot (socket)
or an underscore (webhook), types of messages as numbers or words, times as seconds or ISO.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from unibox_tui.connectors import reading
from unibox_tui.connectors.chatwoot import fields
from unibox_tui.connectors.errors import Unparseable
from unibox_tui.domain.inbound import (
    ARRIVAL,
    ConversationChanged,
    CustomerChanged,
    InboundAttachment,
    InboundEvent,
    MessageReceived,
    MessageUnsent,
    NoteReceived,
    Person,
    ProfileSeen,
    Receipt,
    Upstream,
)
from unibox_tui.domain.words import Author, DeliveryState, Direction, Priority, Status

Data = Mapping[str, Any]
KIND = "chatwoot"
REF, NOTE_REF = "unibox_ref", "note:"
IN, OUT, ACTIVITY, TEMPLATE = range(4)
_TYPES = {"incoming": IN, "outgoing": OUT, "activity": ACTIVITY, "template": TEMPLATE}
_STATES = {
    "sent": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.READ,
    "failed": DeliveryState.FAILED,
}
# Theirs has one word more: what is medium or not set is normal here.
_PRIORITIES = {"low": Priority.LOW, "medium": Priority.NORMAL, "high": Priority.HIGH, "urgent": Priority.URGENT}
# What tells nothing that is kept here.
_DULL = (
    "presence.", "notification.", "conversation.typing", "conversation.read", "conversation.contact_changed",
    "conversation.mentioned", "contact.", "team.", "account.", "first.reply", "first_reply", "reply.", "webwidget.",
    "inbox.", "copilot.", "campaign.",
)  # fmt: skip
_MEDIA = {"image": "image/jpeg", "audio": "audio/mpeg", "video": "video/mp4"}


@dataclass(frozen=True, slots=True)
class Terms:
    """`space` names the installation and account; `agents`: number there -> account of ours; `inboxes`: none means all."""

    space: str
    account: str = ""
    inboxes: frozenset[str] = frozenset()
    agents: Mapping[str, str] = field(default_factory=dict)


def events(body: bytes, terms: Terms) -> Sequence[InboundEvent]:
    said = reading.load(body, "The event from Chatwoot")
    name = reading.word(said, "event").replace("_", ".", 1)
    if not name:
        raise Unparseable("The event from Chatwoot has no name.")
    data = reading.maybe(said, "data") or said
    if _elsewhere(data, terms):
        return ()
    if name == "message.created":
        return _created(data, reading.maybe(said, "contact"), terms)
    if name == "message.updated":
        return _updated(data)
    if name == "contact.updated":
        return _contact(data, terms)
    if name in ("assignee.changed", "team.changed"):
        return _conversation(data, terms, new=False)
    if name.startswith(_DULL):
        return ()
    if name.startswith("conversation."):
        return _conversation(data, terms, new=name == "conversation.created")
    raise Unparseable("An event of Chatwoot that is not known.")


def last_id(said: Data) -> int:
    """Of a message in a frame; 0 for all else."""
    if not reading.word(said, "event").startswith("message"):
        return 0
    return reading.count(reading.maybe(said, "data") or said, "id")


def state(data: Data, terms: Terms) -> Upstream:
    """How a conversation stands."""
    word = reading.word(data, "status")
    status = Status(word) if word in tuple(Status) else None
    given = data.get("labels")
    labels = None
    if isinstance(given, list):
        labels = tuple(sorted({_clean(one) for one in given if isinstance(one, str) and one.strip()}))
    until = _time(data, "snoozed_until") if status is Status.SNOOZED else None
    meta = reading.maybe(data, "meta")
    customer = reading.maybe(meta, "sender")
    return Upstream(
        status,
        until or None,
        labels,
        _assignee(data, terms),
        _priority(data),
        f"{terms.space}/{who}" if (who := reading.word(customer, "id")) else "",
        fields.words(customer.get("custom_attributes")),
        _clean(reading.word(reading.maybe(meta, "team"), "name")) if isinstance(data.get("meta"), dict) else None,
        fields.words(data.get("custom_attributes")),
    )


def _priority(data: Data) -> Priority | None:
    if "priority" not in data:
        return None
    return Priority.NORMAL if data["priority"] is None else _PRIORITIES.get(reading.word(data, "priority"))


def _assignee(data: Data, terms: Terms) -> str | None:
    if not isinstance(data.get("meta"), dict):
        return None
    who = reading.maybe(reading.maybe(data, "meta"), "assignee")
    return terms.agents.get(reading.word(who, "id")) if who else ""


def _elsewhere(data: Data, terms: Terms) -> bool:
    """Of another account, or of an inbox that is not shown here."""
    account = reading.word(data, "account_id") or reading.word(reading.maybe(data, "account"), "id")
    inbox = reading.word(data, "inbox_id") or reading.word(reading.maybe(data, "inbox"), "id")
    wrong = bool(terms.account and account and account != terms.account)
    return wrong or bool(terms.inboxes and inbox and inbox not in terms.inboxes)


# -- messages -------------------------------------------------------------------------------------------------------------


def _created(data: Data, contact: Data, terms: Terms) -> Sequence[InboundEvent]:
    kind = _type(data)
    conversation = reading.maybe(data, "conversation")
    thread = reading.word(data, "conversation_id") or reading.word(conversation, "id")
    id = reading.ident(data, "id")
    if not thread:
        raise Unparseable("A message of Chatwoot names no conversation.")
    found: list[InboundEvent] = []
    if kind != ACTIVITY:
        sender = reading.maybe(data, "sender")
        who = sender if kind == IN else contact or reading.maybe(reading.maybe(conversation, "meta"), "sender")
        person = _person(thread, who or contact, terms)
        at = _time(data, "created_at")
        if data.get("private") is True:
            found.append(_note(data, id, person, at, sender))
        else:
            found.append(_message(data, id, person, at, kind, sender))
            if reading.maybe(data, "content_attributes").get("deleted") is True:
                found.append(MessageUnsent(id, at))
    if reading.word(conversation, "status") and isinstance(conversation.get("meta"), dict):
        found.append(ConversationChanged(thread, _time(conversation, "updated_at"), state(conversation, terms)))
    return found


def _message(data: Data, id: str, person: Person, at: int, kind: int, sender: Data) -> MessageReceived:
    files, more = _files(data)
    attributes = reading.maybe(data, "content_attributes")
    text = "\n".join(part for part in (reading.word(data, "content"), *_items(attributes), *more) if part)
    if not text and not files:
        text = f"[{reading.word(data, 'content_type') or 'message'}, not shown]"
    answered = reading.word(attributes, "in_reply_to")
    agent = kind == OUT and (reading.word(sender, "type") or reading.word(data, "sender_type")).lower() == "user"
    author = Author.CONTACT if kind == IN else Author.AGENT if agent else Author.BOT
    return MessageReceived(
        id,
        person,
        at,
        text,
        direction=Direction.IN if kind == IN else Direction.OUT,
        author=author,
        author_name="" if kind == IN else reading.word(sender, "name"),
        subject=reading.word(reading.maybe(attributes, "email"), "subject"),
        answers=(answered,) if answered else (),
        attachments=files,
        client_ref=_ref(data) if kind == OUT else None,
    )


def _note(data: Data, id: str, person: Person, at: int, sender: Data) -> NoteReceived:
    files, more = _files(data)
    named = [f"[{file.name}]" for file in files]
    text = "\n".join(part for part in (reading.word(data, "content"), *more, *named) if part)
    ref = (_ref(data) or "").removeprefix(NOTE_REF)
    return NoteReceived(id, person, at, text or "[note, not shown]", reading.word(sender, "name"), ref)


def _updated(data: Data) -> Sequence[InboundEvent]:
    id, kind = reading.ident(data, "id"), _type(data)
    attributes = reading.maybe(data, "content_attributes")
    if attributes.get("deleted") is True:
        return (MessageUnsent(id, ARRIVAL),)
    told = _STATES.get(reading.word(data, "status"))
    if kind not in (OUT, TEMPLATE) or data.get("private") is True or told is None:
        return ()
    reason = reading.word(attributes, "external_error")[:300] if told is DeliveryState.FAILED else ""
    return (Receipt(told, _time(data, "updated_at"), id, _ref(data), reason=reason),)


def _type(data: Data) -> int:
    given = data.get("message_type")
    if isinstance(given, str):
        given = _TYPES.get(given, -1)
    if isinstance(given, bool) or not isinstance(given, int) or given not in range(4):
        raise Unparseable("A message of Chatwoot is of no known type.")
    return given


def _ref(data: Data) -> str | None:
    """Ours, which it carries when we sent it: the attribute lasts, the other is in the first telling only."""
    return reading.word(reading.maybe(data, "content_attributes"), REF) or reading.word(data, "echo_id") or None


def is_ours(data: Data, ref: str) -> bool:
    return bool(ref) and _ref(data) == ref


def _items(attributes: Data) -> list[str]:
    """Titles of what can be chosen in a menu or on cards."""
    return [f"· {title}" for one in reading.some(attributes, "items") if (title := reading.word(one, "title"))]


def _files(data: Data) -> tuple[tuple[InboundAttachment, ...], list[str]]:
    """What can be fetched, and what else is attached in words."""
    files: list[InboundAttachment] = []
    words: list[str] = []
    for one in reading.some(data, "attachments"):
        kind = reading.word(one, "file_type") or "file"
        url = reading.word(one, "data_url")
        if kind == "location":
            latitude, longitude = reading.decimal(one, "coordinates_lat"), reading.decimal(one, "coordinates_long")
            place = "" if latitude is None or longitude is None else f"{latitude:.6f}, {longitude:.6f}"
            words += [line for line in (reading.word(one, "fallback_title"), place) if line] or [
                "[location, not shown]"
            ]
        elif kind in ("contact", "fallback") or not url.startswith(("http://", "https://")):
            words.append(reading.word(one, "fallback_title") or f"[{kind}, not shown]")
        else:
            files.append(_file(one, kind, url))
    return tuple(files), words


def _file(one: Data, kind: str, url: str) -> InboundAttachment:
    try:
        name = unquote(urlsplit(url).path.rpartition("/")[2], errors="replace")
    except ValueError:
        name = ""
    media_type = mimetypes.guess_type(name)[0] or _MEDIA.get(kind, "application/octet-stream")
    fallback = f"{kind}-{reading.word(one, 'id') or 'file'}{mimetypes.guess_extension(media_type) or ''}"
    return InboundAttachment(name or fallback, media_type, reading.count(one, "file_size"), remote={"url": url})


def _person(thread: str, who: Data, terms: Terms) -> Person:
    number = reading.word(who, "id")
    language = reading.word(reading.maybe(who, "additional_attributes"), "language")[:2].lower()
    return Person(
        thread,
        KIND,
        reading.word(who, "name"),
        verified=True,
        language=language if language in ("vi", "th", "en") else None,
        email=reading.word(who, "email") or None,
        phone=reading.word(who, "phone_number") or None,
        vouched=(("platform", f"{terms.space}/{number}"),) if number else (),
    )


# -- conversations --------------------------------------------------------------------------------------------------------


def _conversation(data: Data, terms: Terms, *, new: bool) -> Sequence[InboundEvent]:
    thread = reading.ident(data, "id")
    at = _time(data, "updated_at")
    changed = ConversationChanged(thread, at, state(data, terms))
    who = reading.maybe(reading.maybe(data, "meta"), "sender")
    if new and who:
        return (ProfileSeen(_person(thread, who, terms), at), changed)
    return (changed,)


def _contact(data: Data, terms: Terms) -> Sequence[InboundEvent]:
    known = fields.words(data.get("custom_attributes"))
    if known is None:
        return ()
    return (CustomerChanged(f"{terms.space}/{reading.ident(data, 'id')}", _time(data, "updated_at"), known),)


def _time(data: Data, key: str) -> int:
    """Epoch milliseconds; what is not told, or is no time, is the arrival."""
    given = data.get(key)
    if isinstance(given, str) and not given.isdigit():
        try:
            when = datetime.fromisoformat(given.removesuffix(" UTC"))
            given = when.timestamp() if when.tzinfo is not None else when.replace(tzinfo=_utc()).timestamp()
        except (ValueError, OverflowError):
            return ARRIVAL
    value = reading.decimal({key: given}, key)
    if value is None:
        return ARRIVAL
    at = int(value * 1000)
    return at if reading.EARLIEST_MS <= at <= reading.LATEST_MS else ARRIVAL


def _utc() -> Any:
    from datetime import UTC

    return UTC


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode().strip()
