"""A shop's own app on loopback: its customers write through the signed door, and its callback takes one key once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from unibox_tui.sandbox.people import SHOP_A
from unibox_tui.sandbox.providers.base import Call, Delivered, File, Guest, Handler, Reply, Simulator
from unibox_tui.sandbox.providers.checks import Wrong, address, by_type, flag, many, number, one_of, shape, text
from unibox_tui.sandbox.providers.registry import DemoChannel, DemoInbox
from unibox_tui.sandbox.providers.webhooks import Schedule

SKEW_S = 300
_ID = text(200)
_FILE = shape(
    {"name": text(255), "media_type": text(100), "size": number(0)}, {"content": text(40_000_000), "url": address()}
)
_POST = by_type(
    "type",
    {
        "ping": shape({"type": one_of("ping")}),
        "message": shape(
            {"type": one_of("message"), "id": _ID, "to": _ID, "text": text(20_000, least=0)},
            {"answers": _ID, "files": many(_FILE, 1, 10)},
        ),
        "typing": shape({"type": one_of("typing"), "to": _ID, "on": flag()}),
        "read": shape({"type": one_of("read"), "to": _ID, "message": _ID}),
        "reaction": shape({"type": one_of("reaction"), "to": _ID, "message": _ID, "emoji": text(32, least=0)}),
    },
)
_STATUS = {"token": 401, "not_found": 404, "method": 405, "rate": 429, "conflict": 409, "stranger": 404, "refused": 500}
_WORDS = {"token": "forged", "stranger": "unknown_contact", "conflict": "key_reused"}


class ShopAppSim(Simulator):
    """`inline`: files come inside the post. `receipts`: the app reports what the customer's phone has."""

    channel: ClassVar[str] = "api"
    schedule: ClassVar[Schedule] = Schedule(retries=(1, 5, 30, 120), within_s=10.0)

    def __init__(self, *, secret: str = "", inline: bool = False, receipts: bool = True, **more: Any) -> None:
        self.secret = secret or "shop-app-signing-secret"
        self.inline, self.receipts = inline, receipts
        self.guests: dict[str, Guest] = {}
        self.typing: list[tuple[str, bool]] = []
        self.read: list[str] = []
        self.reactions: list[tuple[str, str]] = []
        self._taken: dict[str, tuple[bytes, str]] = {}  # key -> (body, our id)
        super().__init__(**more)
        self.received.hide(self.secret)

    def routes(self) -> Sequence[tuple[str, str, Handler]]:
        return [("POST", "/callback", self.callback)]

    def wrong(self, error: Wrong) -> Reply:
        status = _STATUS.get(error.kind, 400)
        headers = {"Retry-After": str(int(error.retry_after or 1))} if error.kind == "rate" else {}
        body: dict[str, Any] = {"error": {"message": f"{error.where} {error.why}".strip()}}
        if error.kind not in ("not_found", "method", "refused"):
            body["error"]["code"] = _WORDS.get(error.kind, f"bad_{error.kind}")
        return Reply.json(body, status, headers)

    def sign(self, body: bytes, url: str, attempt: int) -> Mapping[str, str]:
        timestamp = str(self.clock() // 1000)
        return {
            "Content-Type": "application/json",
            "X-Unibox-Timestamp": timestamp,
            "X-Unibox-Signature": self._mac(timestamp, body),
        }

    def _mac(self, timestamp: str, body: bytes) -> str:
        return "sha256=" + hmac.new(self.secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()

    # -- the customers' side ----------------------------------------------------------------------------------------------

    async def says(self, guest: Guest, text: str, files: Sequence[File] = (), *, account: str = "") -> str:
        self.guests[guest.id] = guest
        contact = {"id": guest.id, "name": guest.name, "language": guest.language}
        if guest.phone:
            contact["phone"] = guest.phone
        message: dict[str, Any] = {
            "type": "message",
            "id": self.next("app-", 6),
            "contact": contact,
            "text": text,
            "at": self.clock(),
        }
        if files:
            message["files"] = [self._entry(file) for file in files]
        self.tell(message, account=account)
        return str(message["id"])

    def _entry(self, file: File) -> dict[str, Any]:
        entry: dict[str, Any] = {"name": file.name, "media_type": file.media_type, "size": len(file.content)}
        if self.inline:
            return {**entry, "content": base64.b64encode(file.content).decode()}
        return {**entry, "url": self.shelve(file)}

    def tell(self, event: Mapping[str, Any], *, key: str = "", account: str = "") -> None:
        """Any event. `account`: the address of the door, when there are several."""
        key = key or str(event.get("id") or self.next("event-", 6))
        body = json.dumps(event, ensure_ascii=False).encode()
        self.hooks.post(body, url=account, headers={"Idempotency-Key": key})

    def tells_read(self, message: Delivered) -> None:
        """The customer has looked at it."""
        self.tell({"type": "receipt", "message": message.id, "state": "read", "at": self.clock()})

    # -- the callback -----------------------------------------------------------------------------------------------------

    async def callback(self, call: Call) -> Mapping[str, Any]:
        timestamp = call.headers.get("x-unibox-timestamp", "")
        given = call.headers.get("x-unibox-signature", "")
        if not hmac.compare_digest(self._mac(timestamp, call.body).encode(), given.encode()):
            raise Wrong("token", why="the signature does not fit")
        if not timestamp.isdigit() or abs(int(timestamp) - self.clock() // 1000) > SKEW_S:
            raise Wrong("token", why="the post is too old")
        said = call.json(_POST)
        key = call.headers.get("idempotency-key", "")
        match said["type"]:
            case "message":
                return self._message(call, said, key)
            case "typing":
                self.typing.append((said["to"], said["on"]))
            case "read":
                self.read.append(said["message"])
            case "reaction":
                self.reactions.append((said["message"], said["emoji"]))
        return {"ok": True}

    def _message(self, call: Call, said: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        if key != said["id"]:
            raise Wrong("missing", "Idempotency-Key", "must be the message's id")
        if said["to"] not in self.guests:
            raise Wrong("stranger", why="this customer is not known")
        if not said["text"] and not said.get("files"):
            raise Wrong("length", "text", "may not be empty")
        for file in said.get("files", ()):
            if ("url" in file) == ("content" in file):
                raise Wrong("missing", "files", "either url or content")
            if "content" in file and len(base64.b64decode(file["content"], validate=True)) != file["size"]:
                raise Wrong("value", "files.size", "is not the size of the content")
        known = self._taken.get(key)
        if known is not None:
            if known[0] != call.body:
                raise Wrong("conflict", why="this key came with another body")
            return {"id": known[1]}
        id = self.next("shown-", 6)
        self._taken[key] = (call.body, id)
        message = Delivered(said["to"], said["text"], id, dict(said))
        self.give(message)
        if self.receipts:
            self.tell({"type": "receipt", "message": id, "state": "delivered", "at": self.clock()})
        return {"id": id}


def demo() -> DemoChannel:
    """The Vietnamese shop's own app."""
    word = "demo-app-signing-word"

    def door(simulator: Simulator, inbox: DemoInbox, url: str) -> None:
        simulator.hooks.url = url.replace("/h/", "/c/")

    return DemoChannel(
        "api",
        lambda **kinds: ShopAppSim(secret=word, **kinds),
        lambda customer: Guest(f"app-{customer.email}", customer.name, customer.language),
        (DemoInbox("shop-a-app", SHOP_A, "Shop A app", secrets={"signing_secret": word}),),
        door,
        settings_of,
    )


def settings_of(base_url: str) -> Mapping[str, Any]:
    """What an inbox is told of an app that is reached there."""
    return {"callback": f"{base_url}/callback", "files_from": (base_url.rpartition("/")[0],)}
