"""What a simulated LINE is made of: its accounts, the shapes it takes, the words of its refusals."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from unibox_tui.sandbox.providers.base import File, Guest, Reply
from unibox_tui.sandbox.providers.checks import (
    Wrong,
    address,
    by_type,
    flag,
    many,
    number,
    one_of,
    shape,
    text,
    utf16,
)

TEXT_UNITS = 5_000
REPLY_LIVES_MS = 60_000
CONTENT_LIVES_MS = 14 * 86_400_000
KEY_LIVES_MS = 86_400_000
PER_SECOND = 2_000

_QUOTE = {"quoteToken": text()}
_MESSAGE = by_type(
    "type",
    {
        "text": shape({"type": one_of("text"), "text": text(TEXT_UNITS, count=utf16)}, _QUOTE),
        "sticker": shape({"type": one_of("sticker"), "packageId": text(), "stickerId": text()}, _QUOTE),
        "image": shape(
            {
                "type": one_of("image"),
                "originalContentUrl": address(),
                "previewImageUrl": address(),
            }
        ),
        "video": shape(
            {
                "type": one_of("video"),
                "originalContentUrl": address(),
                "previewImageUrl": address(),
            },
            {"trackingId": text(100)},
        ),
        "audio": shape({"type": one_of("audio"), "originalContentUrl": address(), "duration": number(1)}),
    },
)
_MESSAGES = many(_MESSAGE, 1, 5)
REPLY = shape({"replyToken": text(), "messages": _MESSAGES}, {"notificationDisabled": flag()})
PUSH = shape({"to": text(33, pattern="[UCR][0-9a-f]{32}"), "messages": _MESSAGES}, {"notificationDisabled": flag()})
LOADING = shape({"chatId": text(pattern="U[0-9a-f]{32}")}, {"loadingSeconds": number(5, 60)})
READ = shape({"markAsReadToken": text()})
ENDPOINT = shape({"endpoint": text(500)})
TRIED = shape({}, {"endpoint": text(500)})


@dataclass(slots=True)
class Account:
    """An Official Account: `user_id` is what webhooks name as destination."""

    token: str
    secret: str
    user_id: str
    name: str = "Shop"
    quota: int | None = 500
    used: int = 0
    endpoint: str = ""
    active: bool = True
    unreachable: str = ""  # why a test of the webhook fails
    guests: dict[str, Guest] = field(default_factory=dict)
    followers: set[str] = field(default_factory=set)
    groups: dict[str, Group] = field(default_factory=dict)
    reply_tokens: dict[str, tuple[str, int]] = field(default_factory=dict)  # token -> (chat, given at)
    read_tokens: dict[str, str] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)
    loading: list[str] = field(default_factory=list)
    pushed: dict[str, tuple[int, bytes, list[dict[str, str]]]] = field(default_factory=dict)
    content: dict[str, tuple[File, int, str]] = field(default_factory=dict)  # message id -> (file, until, state)
    quotable: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Group:
    id: str
    name: str
    members: dict[str, Guest] = field(default_factory=dict)
    room: bool = False


def refusal(error: Wrong) -> Reply:
    """In LINE's own shape."""
    status = {
        "token": 401,
        "not_found": 404,
        "method": 405,
        "rate": 429,
        "quota": 429,
        "forbidden": 403,
        "conflict": 409,
    }.get(error.kind, 400)
    said: dict[str, Any]
    match error.kind:
        case "token":
            said = {
                "message": "Authentication failed. Confirm that the access token in the authorization header is valid."
            }
        case "rate":
            said = {"message": "The API rate limit has been exceeded. Try again later."}
        case "quota":
            said = {"message": "You have reached your monthly limit."}
        case "reply":
            said = {"message": "Invalid reply token"}
        case "not_found":
            said = {"message": "Not found"}
        case "refused":
            said = {"message": "The request was refused"}
        case _:
            said = {
                "message": "The request body has 1 error(s)",
                "details": [{"message": error.why, "property": error.where}],
            }
    after = {"Retry-After": f"{error.retry_after:g}"} if error.retry_after is not None else {}
    return Reply.json(said, status, after)


def line_id(kind: str, seed: str) -> str:
    """An id of LINE's form (kind U, C or R) that is the same for the same seed."""
    return kind + hashlib.md5(seed.encode(), usedforsecurity=False).hexdigest()


def source(account: Account, guest: Guest | None, group: str) -> dict[str, str]:
    user = {"userId": guest.id} if guest else {}
    if not group:
        return {"type": "user", **user}
    if account.groups[group].room:
        return {"type": "room", "roomId": group, **user}
    return {"type": "group", "groupId": group, **user}


def public(guest: Guest) -> dict[str, str]:
    return {
        "userId": guest.id,
        "displayName": guest.name,
        **({"pictureUrl": guest.picture} if guest.picture else {}),
    }


def packed(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
