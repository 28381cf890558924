"""A Bot API of our own on loopback: strict about methods and fields, polling or webhook, business chats, files by id."""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from unibox_tui.sandbox.people import SHOP_A, Customer
from unibox_tui.sandbox.providers.base import Call, Delivered, File, Guest, Handler, Reply, Simulator
from unibox_tui.sandbox.providers.checks import (
    Check,
    Wrong,
    address,
    anything,
    flag,
    many,
    number,
    one_of,
    shape,
    text,
    utf16,
)
from unibox_tui.sandbox.providers.registry import DemoChannel, DemoInbox
from unibox_tui.sandbox.providers.webhooks import Schedule

KEPT_MS = 24 * 3_600_000
FILE_BYTES = 20_000_000
UPLOAD_BYTES = {"photo": 10_000_000}
UPLOAD_OTHER = 50_000_000

_chat: Check = anything()
_reply = shape({"message_id": number(1)}, {"allow_sending_without_reply": flag()})
_common = {"business_connection_id": text(64), "reply_parameters": _reply}
_SENDS: dict[str, tuple[str, Check]] = {
    "sendMessage": ("", shape({"chat_id": _chat, "text": text(4096, count=utf16)}, _common)),
    "sendSticker": ("", shape({"chat_id": _chat, "sticker": text()}, _common)),
    **{
        f"send{name}": (
            name.lower(),
            shape({"chat_id": _chat}, {**_common, "caption": text(1024, least=0, count=utf16)}),
        )
        for name in ("Photo", "Document", "Video", "Voice", "Audio", "Animation")
    },
}
_UPDATES = shape(
    optional={"offset": number(), "limit": number(1, 100), "timeout": number(0), "allowed_updates": many(text())}
)
_WEBHOOK = shape(
    {"url": address()},
    {
        "secret_token": text(256, pattern=r"[A-Za-z0-9_-]+"),
        "allowed_updates": many(text()),
        "drop_pending_updates": flag(),
    },
)
_ACTION = shape({"chat_id": _chat, "action": one_of("typing", "upload_photo")}, {"business_connection_id": text(64)})
_REACTION = shape(
    {
        "chat_id": _chat,
        "message_id": number(1),
        "reaction": many(shape({"type": one_of("emoji"), "emoji": text(8)}), 0, 1),
    }
)
_READ = shape({"business_connection_id": text(64), "chat_id": number(), "message_id": number(1)})


class TelegramSim(Simulator):
    """One bot. `token` is its secret; `business` the connections it answers for: id -> user id of the owner."""

    channel = "telegram"
    schedule = Schedule(retries=(2.0, 10.0, 60.0), within_s=10.0)

    def __init__(self, *, bot: str = "shop_a_bot", token: str = "", **more: Any) -> None:
        self.bot = bot
        self.token = token or f"100000:{secrets.token_urlsafe(24)}"
        self.webhook: dict[str, Any] = {}
        self.updates: list[tuple[int, int, dict[str, Any]]] = []  # (update id, when, update)
        self.blocked: set[str] = set()
        self.moved: dict[str, str] = {}  # groups that became supergroups: old id -> new
        self.me: dict[str, Any] = {}  # what getMe says otherwise
        self.webhook_error = ""
        self.typing: list[str] = []
        self.reactions: list[tuple[str, int, str]] = []
        self.read: list[tuple[str, int]] = []
        self.business: dict[str, str] = {}
        self._guests: dict[str, Guest] = {}
        self._groups: dict[str, str] = {}
        self._files: dict[str, File] = {}
        self._messages: dict[str, int] = {}
        self._update_id = 0
        self._news = asyncio.Event()
        super().__init__(**more)
        # Numbers go on from one run to the next, as Telegram's do.
        self._first = self.clock() // 1000 - 1_700_000_000
        self._update_id = 700_000_000 + self._first
        self.received.hide(self.token)

    def routes(self) -> Sequence[tuple[str, str, Handler]]:
        return [("POST", "/bot{token}/{method}", self._method), ("GET", "/file/bot{token}/{path:path}", self._download)]

    def wrong(self, error: Wrong) -> Reply:
        status, said = {
            "token": (401, "Unauthorized"),
            "not_found": (404, "Not Found"),
            "method": (404, "Not Found"),
            "rate": (429, f"Too Many Requests: retry after {int(error.retry_after or 1)}"),
            "blocked": (403, "Forbidden: bot was blocked by the user"),
            "unknown_chat": (400, "Bad Request: chat not found"),
            "conflict": (409, "Conflict: can't use getUpdates method while webhook is active"),
            "refused": (500, "Internal Server Error"),
        }.get(error.kind, (400, f"Bad Request: {error.where} {error.why}"))
        body: dict[str, Any] = {"ok": False, "error_code": status, "description": said}
        if error.kind == "rate":
            body["parameters"] = {"retry_after": int(error.retry_after or 1)}
        if error.kind == "moved":
            body |= {"description": "Bad Request: group chat was upgraded to a supergroup chat"}
            body["parameters"] = {"migrate_to_chat_id": int(error.where)}
        return Reply.json(body, status)

    def refused(self, status: int, code: str | int) -> Reply:
        return Reply.json({"ok": False, "error_code": status, "description": f"refused {code}".strip()}, status)

    def sign(self, body: bytes, url: str, attempt: int) -> Mapping[str, str]:
        secret = str(self.webhook.get("secret_token") or "")
        return {"Content-Type": "application/json", **({"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {})}

    # -- the customers' side ----------------------------------------------------------------------------------------------

    async def says(self, guest: Guest, text: str, files: Sequence[File] = (), *, account: str = "") -> str:
        """`account`: a business connection that the guest writes to, or a group's id."""
        return self.send_update(guest, {"text": text} if text else {}, files, account=account)

    def send_update(
        self, guest: Guest, content: Mapping[str, Any], files: Sequence[File] = (), *, account: str = ""
    ) -> str:
        """A message of any content; gives the provider id that unibox should know it by."""
        self._guests[guest.id] = guest
        first, _, last = guest.name.partition(" ")
        sender = {
            "id": int(guest.id),
            "is_bot": False,
            "first_name": first,
            "last_name": last,
            "language_code": guest.language,
        }
        group = self._groups.get(account)
        chat: dict[str, Any] = {"id": int(guest.id), "type": "private", "first_name": first, "last_name": last}
        if group is not None:
            chat = {"id": int(account), "type": "supergroup", "title": group}
        id = self._next_message(str(chat["id"]))
        message: dict[str, Any] = {
            "message_id": id,
            "from": sender,
            "chat": chat,
            "date": self.clock() // 1000,
            **content,
        }
        for file in files:
            message.update(self._attach(file))
        connection = account if group is None else ""
        if connection:
            message["business_connection_id"] = connection
        self.post("business_message" if connection else "message", message)
        return f"{connection}/{chat['id']}:{id}" if connection else f"{chat['id']}:{id}"

    def group(self, id: str, title: str) -> None:
        self._groups[id] = title

    def blocks(self, guest: Guest, on: bool = True) -> None:
        (self.blocked.add if on else self.blocked.discard)(guest.id)
        chat = {"id": int(guest.id), "type": "private", "first_name": guest.name}
        change = {"chat": chat, "from": chat, "date": self.clock() // 1000}
        change["new_chat_member"] = {"status": "kicked" if on else "member", "user": {"id": 1, "is_bot": True}}
        self.post("my_chat_member", change)

    def post(self, kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
        """Any update, to the webhook or kept for polling."""
        self._update_id += 1
        update = {"update_id": self._update_id, kind: dict(content)}
        if self.webhook:
            self.hooks.post(json.dumps(update, ensure_ascii=False).encode(), url=str(self.webhook["url"]))
        else:
            self.updates.append((self._update_id, self.clock(), update))
            self._news.set()
        return update

    def _attach(self, file: File) -> dict[str, Any]:
        id = f"F{self.next(width=8)}"
        self._files[id] = file
        entry = {"file_id": id, "file_unique_id": f"u{id}", "file_size": len(file.content)}
        if file.media_type in ("image/jpeg", "image/png"):
            return {"photo": [{**entry, "width": 90, "height": 60}, {**entry, "width": 900, "height": 600}]}
        return {"document": {**entry, "file_name": file.name, "mime_type": file.media_type}}

    def _next_message(self, chat: str) -> int:
        self._messages[chat] = self._messages.get(chat, self._first) + 1
        return self._messages[chat]

    # -- the bot's side ---------------------------------------------------------------------------------------------------

    async def _method(self, call: Call) -> Any:
        if not secrets.compare_digest(call.args["token"], self.token):
            raise Wrong("token")
        method = call.args["method"]
        if method in _SENDS:
            return {"ok": True, "result": self._send(call, method)}
        handler = self._handlers().get(method)
        if handler is None:
            raise Wrong("not_found")
        check, work = handler
        result = work(call.json(check))
        if asyncio.iscoroutine(result):
            result = await result
        return {"ok": True, "result": result}

    def _handlers(self) -> dict[str, tuple[Check, Callable[[dict[str, Any]], Any]]]:
        nothing = shape()
        return {
            "getMe": (nothing, lambda _: self._me()),
            "getUpdates": (_UPDATES, self._get_updates),
            "setWebhook": (_WEBHOOK, self._set_webhook),
            "deleteWebhook": (shape(optional={"drop_pending_updates": flag()}), self._delete_webhook),
            "getWebhookInfo": (nothing, lambda _: self._webhook_info()),
            "getFile": (shape({"file_id": text()}), self._get_file),
            "getChat": (shape({"chat_id": _chat}), self._get_chat),
            "sendChatAction": (_ACTION, self._types),
            "setMessageReaction": (_REACTION, self._react),
            "readBusinessMessage": (_READ, self._reads),
        }

    def _types(self, data: dict[str, Any]) -> bool:
        self.typing.append(str(data["chat_id"]))
        return True

    def _reads(self, data: dict[str, Any]) -> bool:
        self.read.append((str(data["chat_id"]), data["message_id"]))
        return True

    def _me(self) -> dict[str, Any]:
        return {
            "id": 100000, "is_bot": True, "first_name": "Shop A", "username": self.bot,
            "can_read_all_group_messages": True, "can_connect_to_business": True, **self.me,
        }  # fmt: skip

    async def _get_updates(self, data: dict[str, Any]) -> list[dict[str, Any]]:
        if self.webhook:
            raise Wrong("conflict")
        if offset := int(data.get("offset") or 0):
            self.updates = [entry for entry in self.updates if entry[0] >= offset]
        found = self._waiting(int(data.get("limit") or 100))
        if not found and data.get("timeout"):
            self._news.clear()
            try:
                async with asyncio.timeout(min(float(data["timeout"]), 50.0)):
                    await self._news.wait()
            except TimeoutError:
                return []
            found = self._waiting(int(data.get("limit") or 100))
        return found

    def _waiting(self, limit: int) -> list[dict[str, Any]]:
        oldest = self.clock() - KEPT_MS
        self.updates = [entry for entry in self.updates if entry[1] > oldest]
        return [update for _, _, update in self.updates[:limit]]

    def _set_webhook(self, data: dict[str, Any]) -> bool:
        self.webhook = data
        waiting, self.updates = self.updates, []
        for _, _, update in waiting:
            self.hooks.post(json.dumps(update, ensure_ascii=False).encode(), url=str(data["url"]))
        return True

    def _delete_webhook(self, data: dict[str, Any]) -> bool:
        self.webhook = {}
        return True

    def _webhook_info(self) -> dict[str, Any]:
        return {
            "url": self.webhook.get("url", ""),
            "has_custom_certificate": False,
            "pending_update_count": len(self.updates),
            **({"last_error_message": self.webhook_error} if self.webhook_error else {}),
        }

    def _get_file(self, data: dict[str, Any]) -> dict[str, Any]:
        file = self._files.get(data["file_id"])
        if file is None:
            raise Wrong("value", "file_id", "wrong file_id or the file is temporarily unavailable")
        if len(file.content) > FILE_BYTES:
            raise Wrong("value", "file_id", "file is too big")
        link = self.shelve(file, lasts_ms=3_600_000)
        return {
            "file_id": data["file_id"],
            "file_size": len(file.content),
            "file_path": link.removeprefix(f"{self.base_url}/"),
        }

    async def _download(self, call: Call) -> Reply:
        if not secrets.compare_digest(call.args["token"], self.token):
            raise Wrong("token")
        call.path = f"/{call.args['path']}"
        return await self._answer(call)

    def _get_chat(self, data: dict[str, Any]) -> dict[str, Any]:
        id = str(data["chat_id"])
        if id in self._groups:
            return {"id": int(id), "type": "supergroup", "title": self._groups[id]}
        guest = self._guests.get(id)
        if guest is None:
            raise Wrong("unknown_chat")
        first, _, last = guest.name.partition(" ")
        return {"id": int(id), "type": "private", "first_name": first, "last_name": last}

    def _react(self, data: dict[str, Any]) -> bool:
        emoji = data["reaction"][0]["emoji"] if data["reaction"] else ""
        self.reactions.append((str(data["chat_id"]), data["message_id"], emoji))
        return True

    def _send(self, call: Call, method: str) -> dict[str, Any]:
        field, check = _SENDS[method]
        data, file = self._fields(call, field, check)
        chat = str(data["chat_id"])
        connection = str(data.get("business_connection_id") or "")
        if connection and connection not in self.business:
            raise Wrong("value", "business_connection_id", "BUSINESS_CONNECTION_INVALID")
        if chat in self.blocked:
            raise Wrong("blocked")
        if chat in self.moved:
            raise Wrong("moved", self.moved[chat])
        if chat not in self._guests and chat not in self._groups:
            raise Wrong("unknown_chat")  # a bot cannot write first
        id = self._next_message(chat)
        said = str(data.get("text") or data.get("caption") or "")
        message: dict[str, Any] = {
            "message_id": id,
            "from": self._me(),
            "chat": {"id": int(chat), "type": "supergroup" if chat in self._groups else "private"},
            "date": self.clock() // 1000,
            **(
                {"sticker": {"file_id": data["sticker"]}}
                if "sticker" in data
                else {"text": said}
                if not field
                else {"caption": said, **self._attach(file or File("", b""))}
            ),
        }
        self.give(
            Delivered(chat, said, f"{connection}/{chat}:{id}" if connection else f"{chat}:{id}", data, connection)
        )
        return message

    def _fields(self, call: Call, field: str, check: Check) -> tuple[dict[str, Any], File | None]:
        if not field:
            data: dict[str, Any] = call.json(check)
            return data, None
        if call.media_type != "multipart/form-data":
            raise Wrong("body", why="expected a file upload")
        file = call.parts.get(field)
        if not isinstance(file, File) or not file.name or not file.content:
            raise Wrong("missing", field, f"there is no {field} in the request")
        if len(file.content) > UPLOAD_BYTES.get(field, UPLOAD_OTHER):
            raise Wrong("length", field, "file is too big")
        data = {}
        for name, value in call.parts.items():
            if name == field:
                continue
            if isinstance(value, File):
                raise Wrong("unknown", name, "is not known")
            data[name] = json.loads(value) if name in ("reply_parameters",) else value
        check(data, "")
        return data, file


def demo() -> DemoChannel:
    """One bot, asked for its updates."""

    def guest(customer: Customer) -> Guest:
        number = int(hashlib.sha256(customer.email.encode()).hexdigest()[:7], 16)
        return Guest(str(700_000_000 + number % 99_000_000), customer.name, customer.language)

    token = "100000:demo-token-of-the-shop"  # noqa: S105  of a bot that does not exist
    inbox = DemoInbox(
        "shop-a-telegram",
        SHOP_A,
        "Shop A Telegram",
        settings={"bot": "shop_a_bot", "poll_seconds": 20},
        secrets={"token": token},
    )
    return DemoChannel("telegram", lambda **kinds: TelegramSim(token=token, **kinds), guest, (inbox,))
