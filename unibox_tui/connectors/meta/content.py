"""What a message of Messenger or Instagram holds: text, files, what was shared. Pure."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from unibox_tui.connectors import reading
from unibox_tui.domain.inbound import InboundAttachment

_TYPES = {
    "image": ("image/jpeg", ".jpg"),
    "video": ("video/mp4", ".mp4"),
    "audio": ("audio/mpeg", ".mp3"),
    "file": ("application/octet-stream", ""),
    "sticker": ("image/png", ".png"),
    "like_heart": ("image/png", ".png"),
}
_SHARED = frozenset({"reel", "ig_reel", "post", "ig_post", "share", "ig_story", "story_share", "fallback", "template"})

Content = tuple[str, tuple[InboundAttachment, ...], dict[str, Any]]


def content(message: Mapping[str, Any]) -> Content:
    """Its text, its files, and facts worth showing."""
    text = reading.word(message, "text")
    lines: list[str] = []
    files: list[InboundAttachment] = []
    extra: dict[str, Any] = {}
    attachments = reading.some(message, "attachments")
    # A sticker comes as itself and, until 2026-08-30, as the old picture too.
    with_sticker = any(reading.word(one, "type") == "sticker" for one in attachments)
    for position, one in enumerate(attachments):
        kind, payload = reading.word(one, "type"), reading.maybe(one, "payload")
        if with_sticker and kind == "image" and reading.word(payload, "sticker_id"):
            continue
        said, file = _attachment(kind, payload, one, f"{reading.word(message, 'mid')[-8:]}-{position}")
        lines += [said] if said else []
        files += [file] if file is not None else []
        if sticker := reading.word(payload, "sticker_id") or (kind if kind == "like_heart" else ""):
            extra["sticker"] = {"id": sticker}
        if kind == "story_mention":
            extra["story"] = {"mention": True}
    if not text and not lines and not files:
        known = ("mid", "is_echo", "app_id", "metadata", "reply_to", "referral", "is_unsupported")
        kind = next((key for key in message if key not in known), "message")
        lines.append(f"[{kind}, not shown]")
    return "\n".join([text, *lines] if text else lines), tuple(files), extra


def _attachment(
    kind: str, payload: Mapping[str, Any], one: Mapping[str, Any], unique: str
) -> tuple[str, InboundAttachment | None]:
    url = reading.word(payload, "url") or reading.word(one, "url")
    title = reading.word(payload, "title") or reading.word(one, "title")
    if kind == "story_mention":
        return "[mentioned us in a story]", None  # its media may not be kept
    if kind == "location":
        place = reading.maybe(payload, "coordinates")
        latitude, longitude = reading.decimal(place, "lat"), reading.decimal(place, "long")
        if latitude is not None and longitude is not None:
            return f"{latitude:.6f}, {longitude:.6f}", None
    if kind in _TYPES and url:
        media_type, ending = _TYPES[kind]
        name = _name_in(url)
        if kind == "file":
            media_type = mimetypes.guess_type(name)[0] or media_type
        said = "[sticker]" if kind in ("sticker", "like_heart") else ""
        return said, InboundAttachment(
            name or f"{kind}-{unique}{ending}", media_type, remote={"url": url}, inline=kind == "sticker"
        )
    if kind in _SHARED:
        words = " ".join(part for part in (title, url if not _signed(url) else "") if part)
        return f"[shared: {words}]" if words else f"[{kind}]", None
    return f"[{kind or 'attachment'}, not shown]", None


def _name_in(url: str) -> str:
    name = urlsplit(url).path.rpartition("/")[2]
    return name if "." in name and len(name) < 120 else ""


def _signed(url: str) -> bool:
    """A link that carries a signature is nobody's to see."""
    return any(word in urlsplit(url).query for word in ("oh=", "signature=", "access_token="))


def old_attachment(one: Mapping[str, Any], unique: str) -> InboundAttachment | None:
    """One as the Graph API's history gives it."""
    for key, media_type in (("image_data", "image/jpeg"), ("video_data", "video/mp4"), ("", "")):
        url = reading.word(reading.maybe(one, key), "url") if key else reading.word(one, "file_url")
        if url:
            media_type = reading.word(one, "mime_type") or media_type or "application/octet-stream"
            ending = mimetypes.guess_extension(media_type) or ""
            name = reading.word(one, "name") or f"file-{unique}{ending}"
            return InboundAttachment(name, media_type, reading.count(one, "size"), remote={"url": url})
    return None
