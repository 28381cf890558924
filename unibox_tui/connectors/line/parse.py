"""LINE's webhook body as facts. Pure: the same body gives the same facts."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unibox_tui.connectors import reading
from unibox_tui.connectors.errors import Unparseable
from unibox_tui.domain.inbound import (
    InboundAttachment,
    InboundEvent,
    MessageReceived,
    MessageUnsent,
    Person,
    ProfileSeen,
    WindowOpened,
)

USER = "line_user"
GROUP = "group"
# Nothing a customer did: they say how our own account stands, and the raw event keeps them.
_OURS = frozenset({"delivery", "module", "activated", "deactivated", "botSuspended", "botResumed"})
_INTERACTIONS = frozenset({"beacon", "accountLink", "videoPlayComplete", "membership", "join", "leave"})
_MEDIA = {"image": ("image/jpeg", ".jpg"), "video": ("video/mp4", ".mp4"), "audio": ("audio/mp4", ".m4a")}


@dataclass(frozen=True, slots=True)
class Source:
    """Who speaks where: a `member` in a `group` (or room), or a member alone. Both may be unknown to LINE."""

    member: Person | None
    group: Person | None

    @property
    def person(self) -> Person:
        """Whom a message is from: the member, or the group when LINE does not say who."""
        found = self.member or self.group
        if found is None:
            raise Unparseable("A LINE event names nobody.")
        return found

    @property
    def chat(self) -> str:
        """Where an answer goes."""
        return (self.group or self.person).address


def events(body: bytes) -> list[InboundEvent]:
    """Raises Unparseable. LINE's own test of the address has no events."""
    data = reading.load(body, "The body from LINE")
    return [fact for event in reading.objects(data, "events") for fact in (*_facts(event), *_free(event))]


def _free(event: Mapping[str, Any]) -> Sequence[InboundEvent]:
    """A reply token: for about a minute an answer costs nothing."""
    if not reading.word(event, "replyToken") or reading.maybe(event, "deliveryContext").get("isRedelivery") is True:
        return ()
    source = source_of(event)
    return (WindowOpened(source.group or source.person, "token", reading.millis(event, "timestamp")),)


def _facts(event: Mapping[str, Any]) -> Sequence[InboundEvent]:
    kind = reading.ident(event, "type")
    if kind in _OURS:
        return ()
    at = reading.millis(event, "timestamp")
    source = source_of(event)
    match kind:
        case "message":
            return (_message(event, source, at),)
        case "unsend":
            return (MessageUnsent(reading.ident(reading.obj(event, "unsend"), "messageId"), at),)
        case "postback":
            return (_postback(event, source, at),)
        case "follow":
            again = reading.maybe(event, "follow").get("isUnblocked") is True
            return (WindowOpened(source.person, "unblock" if again else "follow", at),)
        case "unfollow":
            return (WindowOpened(source.person, "unfollow", at),)
        case "memberJoined" | "memberLeft":
            return tuple(ProfileSeen(member, at) for member in _members(event, kind))
        case _ if kind in _INTERACTIONS:
            return (WindowOpened(source.person, kind, at),)
    return (
        MessageReceived(
            reading.ident(event, "webhookEventId"), source.person, at, f"[{kind}, not shown]", group=source.group
        ),
    )


def source_of(event: Mapping[str, Any]) -> Source:
    source = reading.maybe(event, "source")
    user = reading.word(source, "userId")
    member = Person(user, USER, verified=True) if user else None
    for key in ("groupId", "roomId"):
        if place := reading.word(source, key):
            return Source(member, Person(place, GROUP, verified=True, attributes={"line": key.removesuffix("Id")}))
    if member is None:
        raise Unparseable("A LINE event names nobody.")
    return Source(member, None)


def _members(event: Mapping[str, Any], kind: str) -> list[Person]:
    listed = reading.maybe(event, "joined" if kind == "memberJoined" else "left")
    return [
        Person(user, USER, verified=True)
        for one in reading.some(listed, "members")
        if (user := reading.word(one, "userId"))
    ]


def _message(event: Mapping[str, Any], source: Source, at: int) -> MessageReceived:
    message = reading.obj(event, "message")
    id = reading.ident(message, "id")
    kind = reading.word(message, "type")
    text, files, extra = _CONTENT.get(kind, _unknown)(message, id)
    if quoted := reading.word(message, "quotedMessageId"):
        answers: tuple[str, ...] = (quoted,)
    else:
        answers = ()
    for key, name in (("quoteToken", "_quote_token"), ("markAsReadToken", "_read_token")):
        if token := reading.word(message, key):
            extra[name] = token
    if reading.word(event, "mode") == "standby":
        extra["standby"] = True
    mentioned = reading.some(reading.maybe(message, "mention"), "mentionees")
    return MessageReceived(
        id,
        source.person,
        at,
        text,
        answers=answers,
        attachments=files,
        extra=extra,
        group=source.group,
        mentions_us=any(one.get("isSelf") is True or reading.word(one, "type") == "all" for one in mentioned),
    )


Content = tuple[str, tuple[InboundAttachment, ...], dict[str, Any]]


def _text(message: Mapping[str, Any], id: str) -> Content:
    return reading.word(message, "text") or "[empty message]", (), {}


def _media(message: Mapping[str, Any], id: str) -> Content:
    kind = reading.word(message, "type")
    media_type, ending = _MEDIA[kind]
    provider = reading.maybe(message, "contentProvider")
    remote: dict[str, Any] = {"id": id, "kind": kind}
    if reading.word(provider, "type") == "external":
        remote = {"url": reading.ident(provider, "originalContentUrl"), "kind": kind}
    extra: dict[str, Any] = {}
    if duration := reading.count(message, "duration"):
        extra["duration_ms"] = duration
    if images := reading.maybe(message, "imageSet"):
        extra["image_set"] = {
            "id": reading.word(images, "id"),
            "index": reading.count(images, "index"),
            "total": reading.count(images, "total"),
        }
    return "", (InboundAttachment(f"{kind}-{id}{ending}", media_type, remote=remote),), extra


def _file(message: Mapping[str, Any], id: str) -> Content:
    name = reading.word(message, "fileName") or f"file-{id}"
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    size = reading.count(message, "fileSize")
    return "", (InboundAttachment(name, media_type, size, remote={"id": id, "kind": "file"}),), {}


def _location(message: Mapping[str, Any], id: str) -> Content:
    latitude, longitude = reading.decimal(message, "latitude"), reading.decimal(message, "longitude")
    place = "" if latitude is None or longitude is None else f"{latitude:.6f}, {longitude:.6f}"
    lines = (reading.word(message, "title"), reading.word(message, "address"), place)
    text = "\n".join(line for line in lines if line) or "[location, not shown]"
    extra = {} if not place else {"location": {"latitude": latitude, "longitude": longitude}}
    return text, (), extra


def _sticker(message: Mapping[str, Any], id: str) -> Content:
    keywords = message.get("keywords")
    words = [one for one in keywords if isinstance(one, str)] if isinstance(keywords, list) else []
    said = reading.word(message, "text") or ", ".join(words[:3])
    extra = {"sticker": {"package": reading.word(message, "packageId"), "sticker": reading.word(message, "stickerId")}}
    return f"[sticker: {said}]" if said else "[sticker]", (), extra


def _unknown(message: Mapping[str, Any], id: str) -> Content:
    return f"[{reading.word(message, 'type', 'message')}, not shown]", (), {}


_CONTENT: dict[str, Callable[[Mapping[str, Any], str], Content]] = {
    "text": _text,
    "image": _media,
    "video": _media,
    "audio": _media,
    "file": _file,
    "location": _location,
    "sticker": _sticker,
}


def _postback(event: Mapping[str, Any], source: Source, at: int) -> MessageReceived:
    """A tap on a button or the menu; what it carries is for the shop's own robot, and is all that LINE tells."""
    postback = reading.obj(event, "postback")
    data = reading.word(postback, "data")
    params = {
        str(key): reading.word(reading.maybe(postback, "params"), key) for key in reading.maybe(postback, "params")
    }
    chosen = next((value for value in params.values() if value), "")
    return MessageReceived(
        reading.ident(event, "webhookEventId"),
        source.person,
        at,
        f"[button: {chosen or data}]",
        extra={"button": {"data": data, **({"params": params} if params else {})}},
        group=source.group,
    )
