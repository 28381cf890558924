"""What a Zalo message holds: its text, its files, what is worth showing besides."""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from unibox_tui.connectors import reading
from unibox_tui.domain.inbound import InboundAttachment

Content = tuple[list[str], list[InboundAttachment], dict[str, Any]]
_MEDIA = {
    "image": ("image/jpeg", ".jpg"),
    "gif": ("image/gif", ".gif"),
    "audio": ("audio/amr", ".amr"),
    "video": ("video/mp4", ".mp4"),
}
# How history names the kinds of messages.
_HISTORY = {"photo": "image", "gif": "gif", "voice": "audio", "video": "video", "sticker": "sticker", "file": "file"}


def of_message(
    message: Mapping[str, Any], kind: str, id: str
) -> tuple[str, tuple[InboundAttachment, ...], dict[str, Any]]:
    """`kind` as the event names it, for what holds nothing that is known."""
    lines: list[str] = []
    files: list[InboundAttachment] = []
    extra: dict[str, Any] = {}
    if text := reading.word(message, "text"):
        lines.append(text)
    for one in reading.some(message, "attachments"):
        more, some, facts = _attachment(one, f"{id}-{len(files)}" if files else id)
        lines += [line for line in more if line and line not in lines]
        files += some
        extra |= facts
    if not lines and not files:
        lines.append("[empty message]" if kind == "text" else f"[{kind or 'message'}, not shown]")
    return "\n".join(lines), tuple(files), extra


def of_row(row: Mapping[str, Any], id: str) -> tuple[str, tuple[InboundAttachment, ...], dict[str, Any]]:
    """A row of the history."""
    kind = reading.word(row, "type").lower()
    text = reading.word(row, "message")
    if kind in ("text", "nosupport") and text:
        return text, (), {}
    if kind in _HISTORY:
        payload = {"url": reading.word(row, "url"), "name": reading.word(row, "description")}
        lines, files, extra = _attachment({"type": _HISTORY[kind], "payload": payload}, id)
        if text:
            lines.insert(0, text)
    elif kind == "location":
        lines, files, extra = _location({"coordinates": _coordinates(row)})
    elif kind in ("link", "links"):
        shown = [row] if kind == "link" else list(reading.some(row, "links"))
        lines, files, extra = ([text] if text else []), [], {}
        for one in shown:
            lines += [part for part in (reading.word(one, "description"), reading.word(one, "url")) if part]
    else:
        lines, files, extra = ([text] if text else []), [], {}
    if not lines and not files:
        lines = [f"[{kind or 'message'}, not shown]"]
    return "\n".join(lines), tuple(files), extra


def _attachment(one: Mapping[str, Any], id: str) -> Content:
    kind = reading.word(one, "type").lower()
    payload = reading.maybe(one, "payload")
    reader = _KINDS.get(kind)
    if reader is not None:
        return reader(payload)
    if kind in _MEDIA or kind == "file":
        return _file(payload, kind, id)
    if kind == "sticker":
        return _sticker(payload, id)
    return [f"[{kind or 'attachment'}, not shown]"], [], {}


def _file(payload: Mapping[str, Any], kind: str, id: str) -> Content:
    url = reading.word(payload, "url")
    if not url:
        return [f"[{kind}, not shown]"], [], {}
    media_type, ending = _MEDIA.get(kind, ("application/octet-stream", ""))
    name = reading.word(payload, "name")
    if kind == "file":
        name = name or _last(url) or f"file-{id}"
        media_type = mimetypes.guess_type(name)[0] or media_type
    else:
        media_type = _picture(url, media_type) if kind == "image" else media_type
        ending = ".png" if media_type == "image/png" else ending
        name = f"{kind}-{id}{ending}"
    lines = [] if kind == "file" else [reading.word(payload, "description")]
    remote = {"url": url, "kind": kind}
    return lines, [InboundAttachment(name, media_type, reading.count(payload, "size"), remote=remote)], {}


def _sticker(payload: Mapping[str, Any], id: str) -> Content:
    url, sticker = reading.word(payload, "url"), reading.word(payload, "id")
    extra = {"sticker": sticker} if sticker else {}
    if not url:
        return ["[sticker]"], [], extra
    file = InboundAttachment(f"sticker-{id}.png", "image/png", remote={"url": url, "kind": "sticker"}, inline=True)
    return ["[sticker]"], [file], extra


def _link(payload: Mapping[str, Any]) -> Content:
    """A link, or a business card, which comes as one with the card as JSON in its description."""
    said, url = reading.word(payload, "description"), reading.word(payload, "url")
    if card := _card(said):
        return ["[business card]", reading.word(payload, "title"), *card], [], {"card": {"url": url}}
    return [part for part in (reading.word(payload, "title"), said, url) if part] or ["[link, not shown]"], [], {}


def _card(said: str) -> list[str]:
    try:
        data = json.loads(said)
    except (ValueError, RecursionError):
        return []
    if not isinstance(data, dict):
        return []
    return [line for line in (reading.word(data, key) for key in ("name", "caption", "phone", "gUid")) if line][:3]


def _location(payload: Mapping[str, Any]) -> Content:
    place = reading.maybe(payload, "coordinates") or payload
    latitude, longitude = reading.decimal(place, "latitude"), reading.decimal(place, "longitude")
    if latitude is None or longitude is None:
        return ["[location, not shown]"], [], {}
    point = f"{latitude:.6f}, {longitude:.6f}"
    return [point], [], {"location": {"latitude": latitude, "longitude": longitude}}


def _coordinates(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """History has them as one string."""
    found = row.get("location")
    if isinstance(found, str):
        try:
            found = json.loads(found)
        except (ValueError, RecursionError):
            latitude, _, longitude = str(found).partition(",")
            found = {"latitude": latitude.strip(), "longitude": longitude.strip()}
    return found if isinstance(found, dict) else {}


_KINDS: dict[str, Callable[[Mapping[str, Any]], Content]] = {
    "link": _link, "links": _link, "location": _location, "business_card": _link,
}  # fmt: skip


def _last(url: str) -> str:
    try:
        return unquote(urlsplit(url).path.rpartition("/")[2], errors="replace")[:150]
    except ValueError:
        return ""


def _picture(url: str, usual: str) -> str:
    return "image/png" if _last(url).lower().endswith(".png") else usual
