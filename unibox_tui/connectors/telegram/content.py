"""What a message of Telegram holds: its text, its files, and facts worth keeping. Pure."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Mapping
from typing import Any

from unibox_tui.connectors import reading
from unibox_tui.domain.inbound import InboundAttachment

Content = tuple[str, tuple[InboundAttachment, ...], dict[str, Any]]


def content(message: Mapping[str, Any]) -> Content:
    caption = reading.word(message, "caption")
    text = reading.word(message, "text")
    if text:
        return text, (), {}
    for kind, reader in _KINDS.items():
        if kind in message:
            said, files, extra = reader(message, kind)
            return caption or said, files, extra
    known = {"message_id", "date", "chat", "from", "business_connection_id", "reply_to_message", "caption"}
    unknown = next((key for key in message if key not in known), "message")
    return caption or f"[{unknown}, not shown]", (), {}


def _photo(message: Mapping[str, Any], kind: str) -> Content:
    sizes = reading.some(message, kind)
    if not sizes:
        return "[photo, not shown]", (), {}
    best = max(sizes, key=lambda size: reading.count(size, "width") * reading.count(size, "height"))
    return "", (_file(best, "photo", "image/jpeg"),), {}


def _media(media_type: str) -> Callable[[Mapping[str, Any], str], Content]:
    def read(message: Mapping[str, Any], kind: str) -> Content:
        file = reading.maybe(message, kind)
        extra: dict[str, Any] = {}
        if seconds := reading.count(file, "duration"):
            extra["duration_ms"] = seconds * 1000
        return "", (_file(file, kind, media_type),), extra

    return read


def _sticker(message: Mapping[str, Any], kind: str) -> Content:
    sticker = reading.maybe(message, kind)
    emoji = reading.word(sticker, "emoji")
    extra = {"sticker": {"id": reading.word(sticker, "file_id"), "set": reading.word(sticker, "set_name")}}
    media_type = "image/webp" if not (sticker.get("is_animated") or sticker.get("is_video")) else "video/webm"
    return f"[sticker: {emoji}]" if emoji else "[sticker]", (_file(sticker, "sticker", media_type),), extra


def _location(message: Mapping[str, Any], kind: str) -> Content:
    venue = reading.maybe(message, "venue")
    place = reading.maybe(venue, "location") or reading.maybe(message, "location")
    latitude, longitude = reading.decimal(place, "latitude"), reading.decimal(place, "longitude")
    if latitude is None or longitude is None:
        return "[location, not shown]", (), {}
    lines = (reading.word(venue, "title"), reading.word(venue, "address"), f"{latitude:.6f}, {longitude:.6f}")
    extra = {"location": {"latitude": latitude, "longitude": longitude}}
    return "\n".join(line for line in lines if line), (), extra


def _contact(message: Mapping[str, Any], kind: str) -> Content:
    card = reading.maybe(message, kind)
    return f"{name_of(card)} {reading.word(card, 'phone_number')}".strip() or "[contact, not shown]", (), {}


def _poll(message: Mapping[str, Any], kind: str) -> Content:
    poll = reading.maybe(message, kind)
    options = [f"· {said}" for one in reading.some(poll, "options") if (said := reading.word(one, "text"))]
    return "\n".join([reading.word(poll, "question") or "[poll]", *options]), (), {}


def _file(file: Mapping[str, Any], kind: str, media_type: str) -> InboundAttachment:
    media_type = reading.word(file, "mime_type") or media_type
    id = reading.ident(file, "file_id")
    ending = mimetypes.guess_extension(media_type) or ""
    name = reading.word(file, "file_name") or f"{kind}-{reading.word(file, 'file_unique_id') or 'file'}{ending}"
    return InboundAttachment(name, media_type, reading.count(file, "file_size"), remote={"file_id": id})


_KINDS: dict[str, Callable[[Mapping[str, Any], str], Content]] = {
    "photo": _photo,
    "animation": _media("video/mp4"),  # before document: an animation comes as both
    "document": _media("application/octet-stream"),
    "video": _media("video/mp4"),
    "video_note": _media("video/mp4"),
    "voice": _media("audio/ogg"),
    "audio": _media("audio/mpeg"),
    "sticker": _sticker,
    "venue": _location,
    "location": _location,
    "contact": _contact,
    "poll": _poll,
}


def name_of(user: Mapping[str, Any]) -> str:
    said = f"{reading.word(user, 'first_name')} {reading.word(user, 'last_name')}".strip()
    return said or reading.word(user, "title") or reading.word(user, "username")
