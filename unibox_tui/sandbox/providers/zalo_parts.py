"""What the simulated Zalo keeps of an account, and the shapes of what it takes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from unibox_tui.sandbox.providers.base import File, Guest
from unibox_tui.sandbox.providers.checks import Check, address, anything, many, number, one_of, shape, text

HOUR, DAY = 3_600_000, 86_400_000
TOKEN_MS, REFRESH_MS = 25 * HOUR, 90 * DAY
FREE_MS, OPEN_MS = 48 * HOUR, 7 * DAY
FREE_ANSWERS = 8
UPLOAD_MS, MEDIA_MS = 7 * DAY, 3 * DAY
PER_MINUTE = 4_000
UPLOADS = {
    "image": (1_000_000, ("image/jpeg", "image/png")),
    "gif": (5_000_000, ("image/gif",)),
    "file": (5_000_000, ()),
}
FILE_ENDINGS = (".pdf", ".doc", ".docx", ".csv")
MOST_ROWS = 10
HISTORY = {"image": "photo", "gif": "GIF", "file": "file", "audio": "voice", "video": "video"}
CODES: dict[str, int] = {
    "token": -216, "rate": -32, "window": -230, "quota": -211, "blocked": -217, "package": -224, "expired": -100,
    "length": -210, "disabled": -204, "template": -249, "money": -321, "proof": -242, "refresh": -14014, "kind": -233, "night": -234,
}  # fmt: skip

ID = text(40)
_MEDIA = shape(
    {"media_type": one_of("image", "gif", "sticker")},
    {"url": address(), "attachment_id": text(), "width": number(1), "height": number(1)},
)
_ASKING = shape({"title": text(100), "subtitle": text(500), "image_url": address()})


def _payload(value: Any, where: str) -> None:
    shape({"template_type": one_of("media", "request_user_info"), "elements": many(anything(), 1, 1)})(value, where)
    each: Check = _ASKING if value["template_type"] == "request_user_info" else _MEDIA
    each(value["elements"][0], f"{where}.elements[0]")


def _attachment(value: Any, where: str) -> None:
    shape({"type": one_of("template", "file"), "payload": anything()})(value, where)
    payload = shape({"token": text()}) if value["type"] == "file" else _payload
    payload(value["payload"], f"{where}.payload")


_MESSAGE = shape(optional={"text": text(2_000), "quote_message_id": ID, "attachment": _attachment})


def _recipient(value: Any, where: str) -> None:
    anonymous = isinstance(value, dict) and "anonymous_id" in value
    shape({"anonymous_id": ID, "conversation_id": ID} if anonymous else {"user_id": ID})(value, where)


CONSULTATION = shape({"recipient": _recipient, "message": _MESSAGE})
TO_GROUP = shape({"recipient": shape({"group_id": ID}), "message": _MESSAGE})
REACTION = shape(
    {
        "recipient": shape({"user_id": ID}),
        "sender_action": shape({"react_icon": text(10), "react_message_id": ID}),
    }
)
BY_USER = shape({"recipient": shape({"user_id": ID}), "template_id": text(), "template_data": anything()})
BY_PHONE = shape(
    {"phone": text(pattern=r"84\d{9}"), "template_id": text(), "template_data": anything(), "tracking_id": text(48)}
)


@dataclass(slots=True)
class Template:
    id: str
    name: str
    blanks: tuple[str, ...] = ()
    by_user: int = 200  # 0: not by user
    by_phone: int = 300
    status: str = "ENABLE"


@dataclass(slots=True)
class Oa:
    """An Official Account. `until`: when its access token ends, None for the one it begins with."""

    id: str
    name: str = "Shop"
    access: str = ""
    refresh: str = ""
    until: int | None = None
    refresh_until: int | None = None
    package: str = "Tăng trưởng"
    valid_through: str = "31/12/2027"
    disabled: bool = False
    counted: bool = False  # eight free answers to each message
    package_left: int = 0
    url: str = ""  # of its own; else the app's
    guests: dict[str, Guest] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)  # since the last message
    followers: set[str] = field(default_factory=set)
    blocked: set[str] = field(default_factory=set)
    rows: list[dict[str, Any]] = field(default_factory=list)  # oldest first
    uploads: dict[str, tuple[File, int]] = field(default_factory=dict)
    templates: dict[str, Template] = field(default_factory=dict)
    groups: dict[str, dict[str, Guest]] = field(default_factory=dict)
    conversations: dict[str, str] = field(default_factory=dict)  # anonymous visitor -> conversation
    shared: dict[str, dict[str, Any]] = field(default_factory=dict)
    consents: dict[str, Any] = field(default_factory=dict)  # number -> consent to calls
    agents: dict[str, str] = field(default_factory=lambda: {"1001": "Linh", "1002": "Minh"})
    branches: dict[str, str] = field(default_factory=lambda: {"201": "Quận 1"})
    links: dict[str, dict[str, Any]] = field(default_factory=dict)  # to calls, with what they were asked for
    tags: dict[str, list[str]] = field(default_factory=dict)
    articles: dict[str, str] = field(default_factory=dict)  # id -> title
    broadcasts_left: int = 4  # this month


def good(data: Any) -> dict[str, Any]:
    return {"error": 0, "message": "Success", "data": data}


def message_id(count: str) -> str:
    return hashlib.md5(f"zalo-{count}".encode(), usedforsecurity=False).hexdigest()[:20]


def zalo_id(seed: str) -> str:
    """An id of Zalo's form, above 2^53, that is the same for the same seed."""
    return str(10**18 + int(hashlib.md5(seed.encode(), usedforsecurity=False).hexdigest()[:14], 16))
