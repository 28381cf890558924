"""A WhatsApp Cloud API of our own: numbers of one app, the 24 hours, templates, media that expires, statuses."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from unibox_tui.sandbox.people import SHOP_A, Customer
from unibox_tui.sandbox.providers.base import Call, Delivered, File, Guest, Handler, Reply, Simulator
from unibox_tui.sandbox.providers.checks import Check, Wrong, anything, flag, many, one_of, shape, text
from unibox_tui.sandbox.providers.registry import DemoChannel, DemoInbox
from unibox_tui.sandbox.providers.webhooks import Schedule

HOUR = 3_600_000
WINDOW_MS = 24 * HOUR
URL_MS, HOOK_MEDIA_MS, UPLOAD_MS = 300_000, 7 * 24 * HOUR, 30 * 24 * HOUR
SIZES = {"image": 5_000_000, "video": 16_000_000, "audio": 16_000_000, "sticker": 500_000, "document": 100_000_000}
CALLBACK = 512

_MEDIA = shape({"id": text()}, {"caption": text(1024), "filename": text(240)})
TAKES = {
    "image": ("image/jpeg", "image/png"),
    "video": ("video/mp4", "video/3gpp"),
    "audio": ("audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"),
    "sticker": ("image/webp",),
}
_PARAMETER = shape({"type": one_of("text"), "text": text(1024)}, {"parameter_name": text()})
_COMPONENT = shape({"type": one_of("header", "body", "button")}, {"parameters": many(_PARAMETER, 1)})
_TEMPLATE = shape({"name": text(), "language": shape({"code": text()})}, {"components": many(_COMPONENT)})
_KINDS: dict[str, Check] = {
    "text": shape({"body": text(4096)}, {"preview_url": flag()}),
    "image": _MEDIA,
    "video": _MEDIA,
    "audio": shape({"id": text()}),
    "sticker": shape({"id": text()}),
    "document": _MEDIA,
    "template": _TEMPLATE,
    "reaction": shape({"message_id": text(), "emoji": text(8, least=0)}),
}
_READ = shape(
    {"messaging_product": one_of("whatsapp"), "status": one_of("read"), "message_id": text()},
    {"typing_indicator": shape({"type": one_of("text")})},
)


@dataclass
class Number:
    id: str
    shown: str
    name: str
    last_said: dict[str, int] = field(default_factory=dict)  # wa_id or user id -> when


class WhatsAppSim(Simulator):
    channel = "whatsapp"
    schedule = Schedule(retries=(2.0, 10.0, 60.0, 600.0), within_s=10.0)

    def __init__(
        self, *, waba: str = "102290129340398", app_id: str = "515100", app_secret: str = "", **more: Any
    ) -> None:
        self.waba, self.app_id = waba, app_id
        self.app_secret = app_secret or secrets.token_hex(16)
        self.token = "EAAsystem" + secrets.token_hex(8)
        self.numbers: dict[str, Number] = {}
        self.guests: dict[str, Guest] = {}
        self.not_on_whatsapp: set[str] = set()
        self.hidden: dict[str, str] = {}  # guest id -> business-scoped id of those who hide their number
        self.receipts: tuple[str, ...] = ("sent", "delivered")
        self.read: list[tuple[str, bool]] = []  # (message, typing)
        self.reactions: list[tuple[str, str]] = []
        self.subscribed = False
        self.review = "APPROVED"
        self.status, self.name_status = "CONNECTED", "APPROVED"
        self.templates: list[dict[str, Any]] = [
            {
                "id": "1", "name": "don_hang", "language": "vi", "status": "APPROVED", "category": "UTILITY",
                "components": [
                    {"type": "HEADER", "format": "TEXT", "text": "Đơn {{1}}"},
                    {"type": "BODY", "text": "Chào {{1}}, đơn {{2}} của mình đang trên đường giao ạ."},
                ],
            },
            {
                "id": "2", "name": "tet_sale", "language": "vi", "status": "PAUSED", "category": "MARKETING",
                "components": [{"type": "BODY", "text": "Sale Tết"}],
            },
        ]  # fmt: skip
        self._media: dict[str, tuple[File, int]] = {}
        super().__init__(**more)
        self.received.hide(self.token, self.app_secret)

    def number(self, id: str, shown: str, name: str) -> Number:
        self.numbers[id] = Number(id, shown, name)
        return self.numbers[id]

    def routes(self) -> Sequence[tuple[str, str, Handler]]:
        return [
            ("POST", "/{id}/messages", self._messages),
            ("POST", "/{id}/media", self._upload),
            ("POST", "/{id}/subscribed_apps", self._subscribe),
            ("GET", "/{id}/subscribed_apps", self._subscriptions),
            ("GET", "/{id}/message_templates", self._templates),
            ("GET", "/{id}/phone_numbers", self._numbers),
            ("GET", "/_media/{id}", self._download),
            ("GET", "/{id}", self._node),
        ]

    def wrong(self, error: Wrong) -> Reply:
        code, status = {
            "token": (190, 401),
            "window": (131047, 400),
            "recipient": (131026, 400),
            "template": (132001, 404),
            "parameters": (132000, 400),
            "paused": (132015, 400),
            "rate": (131056, 400),
            "media": (131053, 400),
            "not_found": (100, 404),
            "refused": (131016, 500),
        }.get(error.kind, (100, 400))
        body = {
            "message": f"(#{code}) {error.why}", "type": "OAuthException", "code": code,
            "error_data": {"messaging_product": "whatsapp", "details": f"{error.where} {error.why}"},
            "fbtrace_id": "A" + secrets.token_hex(4),
        }  # fmt: skip
        return Reply.json({"error": body}, status)

    def sign(self, body: bytes, url: str, attempt: int) -> Mapping[str, str]:
        right = hmac.new(self.app_secret.encode(), body, hashlib.sha256).hexdigest()
        return {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={right}"}

    # -- the customers' side ----------------------------------------------------------------------------------------------

    async def says(self, guest: Guest, text: str, files: Sequence[File] = (), *, account: str = "") -> str:
        id = ""
        if text or not files:
            id = self.message(guest, {"type": "text", "text": {"body": text}}, account=account)
        for file in files:
            kind = file.media_type.partition("/")[0]
            kind = kind if kind in ("image", "video", "audio") else "document"
            media: dict[str, Any] = {"id": self._shelved(file, HOOK_MEDIA_MS), "mime_type": file.media_type}
            media |= {"sha256": hashlib.sha256(file.content).hexdigest()}
            if kind == "document":
                media["filename"] = file.name
            id = self.message(guest, {"type": kind, kind: media}, account=account)
        return id

    def message(self, guest: Guest, content: Mapping[str, Any], *, account: str = "") -> str:
        """A message of any content; gives its id."""
        number = self.numbers[account] if account else next(iter(self.numbers.values()))
        id = f"wamid.{self.next(width=6)}{secrets.token_hex(6).upper()}"
        self.guests[guest.id] = guest
        scoped = self.hidden.get(guest.id, "")
        number.last_said[scoped or guest.id] = self.clock()
        sender = {"from_user_id": scoped} if scoped else {"from": guest.id}
        contact = {"profile": {"name": guest.name}, **({"user_id": scoped} if scoped else {"wa_id": guest.id})}
        self.post(
            number, {"contacts": [contact], "messages": [{**sender, "id": id, "timestamp": self._now(), **content}]}
        )
        return id

    def reads(self, id: str, guest: Guest, *, account: str = "") -> None:
        number = self.numbers[account] if account else next(iter(self.numbers.values()))
        self._status(number, id, guest.id, "read", "")

    def colleague(self, guest: Guest, text: str, *, account: str = "") -> str:
        """Somebody answers in WhatsApp's own app on the shop's telephone."""
        number = self.numbers[account] if account else next(iter(self.numbers.values()))
        id = f"wamid.E{self.next(width=6)}"
        echo = {
            "from": number.shown,
            "to": guest.id,
            "id": id,
            "timestamp": self._now(),
            "type": "text",
            "text": {"body": text},
        }
        self.post(number, {"message_echoes": [echo]}, field="smb_message_echoes")
        return id

    def post(self, number: Number, value: Mapping[str, Any], *, field: str = "messages") -> None:
        metadata = {"display_phone_number": number.shown, "phone_number_id": number.id}
        change = {"field": field, "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
        body = {"object": "whatsapp_business_account", "entry": [{"id": self.waba, "changes": [change]}]}
        self.hooks.post(json.dumps(body, ensure_ascii=False).encode())

    def _now(self) -> str:
        return str(self.clock() // 1000)

    def _status(self, number: Number, id: str, to: str, status: str, ref: str, **more: Any) -> None:
        told: dict[str, Any] = {"id": id, "status": status, "timestamp": self._now(), "recipient_id": to, **more}
        if ref:
            told["biz_opaque_callback_data"] = ref
        self.post(number, {"statuses": [told]})

    def _shelved(self, file: File, lasts_ms: int) -> str:
        id = str(700_000_000_000_000 + int(self.next()))
        self._media[id] = (file, self.clock() + lasts_ms)
        return id

    # -- the app's side ---------------------------------------------------------------------------------------------------

    def _number_of(self, call: Call) -> Number:
        self.bearer(call, [self.token])
        number = self.numbers.get(call.args["id"])
        if number is None:
            raise Wrong("not_found", why="Object does not exist or cannot be loaded")
        return number

    async def _messages(self, call: Call) -> dict[str, Any]:
        number = self._number_of(call)
        data = call.json()
        if isinstance(data, dict) and data.get("status") == "read":
            _READ(data, "")
            self.read.append((data["message_id"], "typing_indicator" in data))
            return {"success": True}
        kind = data.get("type") if isinstance(data, dict) else None
        if kind not in _KINDS:
            raise Wrong("value", "type", "is not known")
        to = self._shaped(data, str(kind))
        if kind == "reaction":
            self.reactions.append((data["reaction"]["message_id"], data["reaction"]["emoji"]))
        else:
            self._allowed(number, to, data)
        id = f"wamid.{self.next(width=6)}{secrets.token_hex(6).upper()}"
        if kind != "reaction":
            ref = str(data.get("biz_opaque_callback_data", ""))
            self.give(Delivered(to, self._said(data, str(kind)), id, data, number.id))
            pricing = {
                "billable": kind == "template",
                "pricing_model": "PMP",
                "category": "utility" if kind == "template" else "service",
            }
            for status in self.receipts:
                self._status(number, id, to, status, ref, **({"pricing": pricing} if status == "sent" else {}))
        return {
            "messaging_product": "whatsapp",
            "contacts": [{"input": to, "wa_id": to}],
            "messages": [{"id": id}],
        }

    def _shaped(self, data: Mapping[str, Any], kind: str) -> str:
        key = "to" if "to" in data else "recipient"
        shape(
            {
                "messaging_product": one_of("whatsapp"), "recipient_type": one_of("individual"), key: text(),
                "type": anything(), kind: _KINDS[kind],
            },
            {"context": shape({"message_id": text()}), "biz_opaque_callback_data": text(CALLBACK)},
        )(data, "")  # fmt: skip
        return str(data[key])

    def _allowed(self, number: Number, to: str, data: Mapping[str, Any]) -> None:
        if to in self.not_on_whatsapp or (to.isdigit() and len(to) < 8):
            raise Wrong("recipient", why="Message undeliverable")
        if data["type"] == "template":
            self._fits(data["template"])
            return
        said = number.last_said.get(to)
        if said is None or self.clock() - said > WINDOW_MS:
            raise Wrong("window", why="Re-engagement message: more than 24 hours have passed")
        if data["type"] in SIZES:
            file = self._known(data[data["type"]]["id"])
            if file.media_type not in TAKES.get(data["type"], (file.media_type,)):
                raise Wrong("media", why="Media upload error: unsupported media type")
            if len(file.content) > SIZES[data["type"]]:
                raise Wrong("media", why="Media upload error: the file is too large")

    def _fits(self, chosen: Mapping[str, Any]) -> None:
        known = [
            one
            for one in self.templates
            if (one["name"], one["language"]) == (chosen["name"], chosen["language"]["code"])
        ]
        if not known:
            raise Wrong("template", why="Template name does not exist in the translation")
        if known[0]["status"] != "APPROVED":
            raise Wrong("paused", why="Template is paused")
        given = {part["type"]: len(part.get("parameters", ())) for part in chosen.get("components", ())}
        wanted = {
            part["type"].lower(): part["text"].count("{{") for part in known[0]["components"] if "{{" in part["text"]
        }
        if given != wanted:
            raise Wrong("parameters", why="Number of parameters does not match")

    def _said(self, data: Mapping[str, Any], kind: str) -> str:
        if kind == "text":
            return str(data["text"]["body"])
        if kind == "template":
            return f"[template {data['template']['name']}]"
        return str(data[kind].get("caption", ""))

    async def _upload(self, call: Call) -> dict[str, Any]:
        self._number_of(call)
        file, kind = call.parts.get("file"), call.parts.get("type")
        if not isinstance(file, File) or call.parts.get("messaging_product") != "whatsapp" or not isinstance(kind, str):
            raise Wrong("missing", "file", "file, type and messaging_product are required")
        if len(file.content) > SIZES["document"]:
            raise Wrong("length", "file", "is too large")
        return {"id": self._shelved(file, UPLOAD_MS)}

    def _known(self, id: str) -> File:
        file, until = self._media.get(id, (None, 0))
        if file is None or self.clock() >= until:
            raise Wrong("not_found", id, "Media does not exist")
        return file

    async def _node(self, call: Call) -> dict[str, Any]:
        """A number, or a file by its id."""
        self.bearer(call, [self.token])
        id = call.args["id"]
        if id in self.numbers:
            number = self.numbers[id]
            return {
                "id": id, "display_phone_number": number.shown, "verified_name": number.name,
                "quality_rating": "GREEN", "status": self.status, "messaging_limit_tier": "TIER_1K",
                "name_status": self.name_status,
            }  # fmt: skip
        if id == self.waba:
            return {"id": id, "account_review_status": self.review}
        file = self._known(id)
        url = self.shelve(file, lasts_ms=URL_MS).rpartition("/_files/")[2]
        return {
            "id": id, "messaging_product": "whatsapp", "mime_type": file.media_type, "file_size": len(file.content),
            "url": f"{self.base_url}/_media/{url.partition('/')[0]}",
        }  # fmt: skip

    async def _download(self, call: Call) -> Reply:
        """Wants the token too."""
        self.bearer(call, [self.token])
        return await self._file(call)

    async def _subscribe(self, call: Call) -> dict[str, Any]:
        self.bearer(call, [self.token])
        if call.args["id"] != self.waba:
            raise Wrong("not_found", why="Object does not exist")
        self.subscribed = self.hooks.subscribed = True
        return {"success": True}

    async def _subscriptions(self, call: Call) -> dict[str, Any]:
        self.bearer(call, [self.token])
        if call.args["id"] != self.waba:
            raise Wrong("not_found", why="Object does not exist")
        app = {"whatsapp_business_api_data": {"id": self.app_id, "name": "unibox", "link": "https://shop.example/"}}
        return {"data": [app] if self.subscribed else []}

    async def _templates(self, call: Call) -> dict[str, Any]:
        self.bearer(call, [self.token])
        return {"data": self.templates, "paging": {"cursors": {"before": "a", "after": "b"}}}

    async def _numbers(self, call: Call) -> dict[str, Any]:
        self.bearer(call, [self.token])
        data = [
            {"id": one.id, "display_phone_number": one.shown, "verified_name": one.name, "status": "CONNECTED"}
            for one in self.numbers.values()
        ]
        return {"data": data}


def demo() -> DemoChannel:
    """One number of the first shop."""

    def guest(customer: Customer) -> Guest:
        number = int(hashlib.sha256(customer.email.encode()).hexdigest()[:6], 16) % 1_000_000
        wa_id = f"8490{number:07d}"
        return Guest(wa_id, customer.name, customer.language, phone=f"+{wa_id}")

    def make(**kinds: Any) -> WhatsAppSim:
        sim = WhatsAppSim(app_secret=_DEMO_SECRET, **kinds)
        sim.token = _DEMO_TOKEN
        sim.received.hide(sim.token)
        sim.number("106540352242922", "84280000001", "Shop A")
        return sim

    inbox = DemoInbox(
        "shop-a-whatsapp",
        SHOP_A,
        "Shop A WhatsApp",
        account="106540352242922",
        settings={"phone_id": "106540352242922", "waba_id": "102290129340398", "app": "shop-a-whatsapp"},
        secrets={"access_token": _DEMO_TOKEN},
    )
    app = ({"id": "515100"}, {"app_secret": _DEMO_SECRET, "verify_token": "demo"})
    return DemoChannel("whatsapp", make, guest, (inbox,), apps={"shop-a-whatsapp": app})


# Of an app that does not exist.
_DEMO_SECRET, _DEMO_TOKEN = "demo-app-secret-of-the-shop", "EAAdemo-system-user-token"
