"""Zalo on loopback: Official Accounts of one app, tokens that are renewed once, errors with HTTP 200, windows and prices,
history ten at a time, uploads that die, templates by user and by number, groups, signed webhooks to one address."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from unibox_tui.sandbox.people import SHOP_A
from unibox_tui.sandbox.providers.base import Call, Delivered, File, Guest, Handler, Reply, Simulator
from unibox_tui.sandbox.providers.checks import Rate, Wrong, anything, number, one_of, shape, text
from unibox_tui.sandbox.providers.registry import DemoChannel, DemoInbox
from unibox_tui.sandbox.providers.webhooks import Schedule
from unibox_tui.sandbox.providers.zalo_more import ZaloMore
from unibox_tui.sandbox.providers.zalo_parts import (
    BY_PHONE,
    BY_USER,
    CODES,
    CONSULTATION,
    FILE_ENDINGS,
    FREE_ANSWERS,
    FREE_MS,
    ID,
    MOST_ROWS,
    OPEN_MS,
    PER_MINUTE,
    REFRESH_MS,
    TO_GROUP,
    TOKEN_MS,
    UPLOAD_MS,
    UPLOADS,
    Oa,
    Template,
    good,
    message_id,
    zalo_id,
)


class ZaloSim(ZaloMore):
    channel: ClassVar[str] = "zalo"
    schedule: ClassVar[Schedule] = Schedule(retries=(30, 300, 900, 1_800, 3_600), within_s=2.0, unsubscribes=True)

    def __init__(self, oas: Sequence[Oa] | None = None, **kinds: Any) -> None:
        self.app_id, self.app_secret, self.oa_secret = "360846524940903967", "zalo-app-secret-01", "zalo-oa-secret-01"
        given = oas or [Oa("388613280878808645", "Shop A")]
        self.oas = {oa.id: oa for oa in given}
        self.default = given[0]
        self.callback, self.challenge = "https://shop-a.example/zalo", ""
        self.codes: dict[str, str] = {}  # code -> account
        self.receipts = True
        self.reactions: list[tuple[str, str]] = []  # (message, sign)
        self.proof = False
        super().__init__(**kinds)
        self._rate = Rate(PER_MINUTE, 60_000, self.clock)
        for oa in given:
            oa.access = oa.access or f"access-{oa.id}-0"
            oa.refresh = oa.refresh or f"refresh-{oa.id}-0"
            self.received.hide(oa.access, oa.refresh)
        self.received.hide(self.app_secret, self.oa_secret)

    def routes(self) -> Sequence[tuple[str, str, Handler]]:
        return [
            ("POST", "/v4/oa/access_token", self._tokens),
            ("GET", "/v2.0/oa/getoa", self._about),
            ("GET", "/v2.0/oa/listrecentchat", self._recent),
            ("GET", "/v2.0/oa/conversation", self._conversation),
            ("GET", "/v3.0/oa/user/detail", self._detail),
            ("POST", "/v3.0/oa/quota/message", self._quota),
            ("POST", "/v3.0/oa/message/cs", self._cs),
            ("POST", "/v3.0/oa/group/message", self._to_group),
            ("POST", "/v2.0/oa/upload/{kind}", self._upload),
            ("POST", "/v3.0/oa/message/template", self._by_user),
            ("POST", "/message/template", self._by_phone),
            ("GET", "/template/all", self._all_templates),
            ("GET", "/template/info", self._template_info),
            *self.more_routes(),
        ]

    def wrong(self, error: Wrong) -> Reply:
        """Zalo answers 200 whatever is wrong."""
        code = error.code if isinstance(error.code, int) else CODES.get(error.kind, -201)
        return Reply.json({"error": code, "message": f"{error.where} {error.why}".strip()})

    def sign(self, body: bytes, url: str, attempt: int) -> Mapping[str, str]:
        stamp = str(json.loads(body).get("timestamp", ""))
        mac = hashlib.sha256(self.app_id.encode() + body + stamp.encode() + self.oa_secret.encode()).hexdigest()
        repeat = {"num_retry": str(attempt)} if attempt else {}
        return {"Content-Type": "application/json", "X-ZEvent-Signature": f"mac={mac}", **repeat}

    # -- tokens ---------------------------------------------------------------------------------------------------------

    def consents(self, account: str = "") -> str:
        """A person agrees in the browser: the code that comes back, good once."""
        code = f"code-{secrets.token_hex(6)}"
        self.codes[code] = account or self.default.id
        return code

    def expire(self, account: str = "") -> None:
        """The access token of this account has died."""
        self._of(account).until = self.clock()

    async def _tokens(self, call: Call) -> dict[str, Any]:
        if call.headers.get("secret_key") != self.app_secret:
            raise Wrong("value", "secret_key", "Invalid secret key", code=-14004)
        form = call.form()
        if form.get("app_id") != self.app_id:
            raise Wrong("value", "app_id", "Invalid app id", code=-14002)
        match form.get("grant_type"):
            case "refresh_token":
                given = form.get("refresh_token", "")
                oa = next((one for one in self.oas.values() if one.refresh == given), None)
                if oa is None or (oa.refresh_until is not None and self.clock() >= oa.refresh_until):
                    raise Wrong("refresh", why="Invalid refresh token.")
            case "authorization_code":
                oa = self.oas.get(self.codes.pop(form.get("code", ""), ""))
                proof = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
                if oa is None or base64.urlsafe_b64encode(proof).rstrip(b"=").decode() != self.challenge:
                    raise Wrong("value", "code", "Invalid code", code=-14012)
            case _:
                raise Wrong("value", "grant_type", "is not known")
        now = self.clock()
        oa.access, oa.refresh = f"access-{secrets.token_hex(12)}", f"refresh-{secrets.token_hex(12)}"
        oa.until, oa.refresh_until = now + TOKEN_MS, now + REFRESH_MS
        self.received.hide(oa.access, oa.refresh)
        return {"access_token": oa.access, "refresh_token": oa.refresh, "expires_in": str(TOKEN_MS // 1000)}

    def _caller(self, call: Call) -> Oa:
        token = call.headers.get("access_token", "")
        oa = next((one for one in self.oas.values() if secrets.compare_digest(one.access, token)), None)
        if oa is None or (oa.until is not None and self.clock() >= oa.until):
            raise Wrong("token", why="Access token is invalid")
        proof = call.headers.get("appsecret_proof")
        right = hmac.new(self.app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        if (self.proof or proof is not None) and proof != right:
            raise Wrong("proof", why="appsecret_proof is invalid")
        if oa.disabled:
            raise Wrong("disabled", why="The Official Account is disabled")
        if oa.package in ("Cơ bản", "Tiêu chuẩn") and call.path != "/v2.0/oa/getoa":
            raise Wrong("package", why="The package does not have this API")
        self._rate.check(oa.id)
        return oa

    # -- asking ---------------------------------------------------------------------------------------------------------

    def _data(self, call: Call) -> dict[str, Any]:
        try:
            data = json.loads(call.arg("data"))
        except ValueError:
            data = None
        if not isinstance(data, dict):
            raise Wrong("value", "data", "must be a JSON object")
        return data

    async def _about(self, call: Call) -> dict[str, Any]:
        oa = self._caller(call)
        return good(
            {
                "oa_id": oa.id,
                "name": oa.name,
                "package_name": oa.package,
                "package_valid_through_date": oa.valid_through,
                "is_verified": True,
            }
        )

    async def _recent(self, call: Call) -> dict[str, Any]:
        return self._rows(self._caller(call), self._data(call))

    async def _conversation(self, call: Call) -> dict[str, Any]:
        oa, data = self._caller(call), self._data(call)
        return self._rows(oa, data, str(data.pop("user_id", "")))

    def _rows(self, oa: Oa, data: Mapping[str, Any], user: str | None = None) -> dict[str, Any]:
        shape({"offset": number(0), "count": anything()})(data, "data")
        if not isinstance(data["count"], int) or not 1 <= data["count"] <= MOST_ROWS:
            raise Wrong("length", "count", "is over the limit")
        rows = [row for row in reversed(oa.rows) if user in (None, row["from_id"], row["to_id"])]
        return good(rows[data["offset"] : data["offset"] + data["count"]])

    async def _detail(self, call: Call) -> dict[str, Any]:
        oa, data = self._caller(call), self._data(call)
        guest = oa.guests.get(str(data.get("user_id", "")))
        if guest is None:
            raise Wrong("value", "user_id", "is invalid")
        return good(
            {
                "user_id": guest.id,
                "user_id_by_app": self.by_app(guest),
                "display_name": guest.name,
                "user_alias": "",
                "user_is_follower": guest.id in oa.followers,
                "avatar": guest.picture,
                "tags_and_notes_info": {"notes": [], "tag_names": list(oa.tags.get(guest.id, ()))},
                "shared_info": oa.shared.get(guest.id, {}),
            }
        )

    async def _quota(self, call: Call) -> dict[str, Any]:
        oa, body = self._caller(call), call.json()
        if isinstance(body, dict) and "quota_owner" in body:
            shape({"quota_owner": one_of("OA", "App"), "product_type": text(), "quota_type": text()})(body, "")
            left = oa.package_left
            asset = {"asset_id": "a1", "quota_type": "sub_quota", "remain": left, "total": 2_000}
            return good([asset] if left else [])
        shape({"user_id": ID})(body, "")
        last = oa.last.get(body["user_id"], 0)
        reply = {"remain": FREE_ANSWERS, "total": FREE_ANSWERS}  # whatever was used, since 2026
        return good({"last_interaction": str(last), "cs_reply": reply})

    # -- sending --------------------------------------------------------------------------------------------------------

    async def _cs(self, call: Call) -> dict[str, Any]:
        oa, body = self._caller(call), call.json(CONSULTATION)
        to, message = body["recipient"], body["message"]
        if "anonymous_id" in to:
            if oa.conversations.get(to["anonymous_id"]) != to["conversation_id"]:
                raise Wrong("value", "recipient", "is invalid")
            user = f"anonymous/{to['anonymous_id']}/{to['conversation_id']}"
            return good({"message_id": self._out(oa, user, message, body), "user_id": to["anonymous_id"]})
        user = to["user_id"]
        if user not in oa.guests:
            raise Wrong("value", "user_id", "is invalid")
        if user in oa.blocked:
            raise Wrong("blocked", why="The user has blocked the Official Account")
        age = self.clock() - oa.last.get(user, 0)
        if age > OPEN_MS:
            raise Wrong("window", why="The user has not interacted within 7 days")
        quoted = message.get("quote_message_id")
        if quoted is not None and quoted not in {row["message_id"] for row in oa.rows}:
            raise Wrong("value", "quote_message_id", "is invalid")
        quota = self._taken_from(oa, user, age)
        id = self._out(oa, user, message, body)
        told = {"message_id": id, "user_id": user, "sent_time": str(self.clock())}
        return good({**told, **({"quota": {"quota_type": quota}} if quota else {})})

    def _taken_from(self, oa: Oa, user: str, age: int) -> str:
        """Empty: it costs."""
        used = oa.answers[user] = oa.answers.get(user, 0) + 1
        if age <= FREE_MS and not (oa.counted and used > FREE_ANSWERS):
            return "reply"
        if oa.package_left:
            oa.package_left -= 1
            return "sub_quota"
        return ""

    async def _to_group(self, call: Call) -> dict[str, Any]:
        oa, body = self._caller(call), call.json(TO_GROUP)
        group = body["recipient"]["group_id"]
        if group not in oa.groups:
            raise Wrong("value", "group_id", "is invalid")
        return good({"message_id": self._out(oa, f"group/{group}", body["message"], body), "group_id": group})

    def _out(self, oa: Oa, to: str, message: Mapping[str, Any], body: Any, admin: str = "") -> str:
        """A message of the account reaches whom it is for; Zalo echoes and, by and by, tells that it arrived."""
        kind, payload = self._shown(oa, message)
        id = message_id(self.next())
        words = str(message.get("text", ""))
        self.give(Delivered(to, words, id, body, oa.id))
        echoed: dict[str, Any] = {"msg_id": id, **({"text": words} if words else {})}
        if payload:
            echoed["attachments"] = [{"type": kind, "payload": payload}]
        if to.startswith("group/"):
            self.event(
                oa, f"oa_send_group_{kind}", to.removeprefix("group/"), {"message": echoed}, ours=True, admin=admin
            )
            return id
        if to.startswith("anonymous/"):
            _, anonymous, conversation = to.split("/")
            echoed["conversation_id"] = conversation
            self.event(oa, f"oa_send_anonymous_{kind}", anonymous, {"message": echoed}, ours=True, admin=admin)
            return id
        self._keep(oa, to, id, kind, words, payload, ours=True)
        self.event(oa, f"oa_send_{kind}", to, {"message": echoed}, ours=True, admin=admin)
        if self.receipts:
            self.event(oa, "user_received_message", to, {"message": {"msg_id": id}}, ours=True)
        return id

    def _shown(self, oa: Oa, message: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        attachment = message.get("attachment")
        if attachment is None:
            if not message.get("text"):
                raise Wrong("missing", "message.text", "is required")
            return "text", {}
        if attachment["type"] == "file":
            if "text" in message:
                raise Wrong("unknown", "message.text", "goes with no file")
            file = self._uploaded(oa, attachment["payload"]["token"])
            return "file", {"url": self.shelve(file), "name": file.name, "size": str(len(file.content)), "type": "file"}
        element = attachment["payload"]["elements"][0]
        if attachment["payload"]["template_type"] == "request_user_info":
            return "template", {}
        if ("url" in element) == ("attachment_id" in element):
            raise Wrong("value", "elements[0]", "must have either url or attachment_id")
        kind = element["media_type"]
        if kind == "gif" and not {"width", "height"} <= element.keys():
            raise Wrong("missing", "elements[0].width", "is required")
        if kind == "sticker":
            return kind, {"url": "https://stickers.zalo.example/s.png", "id": element["attachment_id"]}
        url = element.get("url") or self.shelve(self._uploaded(oa, element["attachment_id"]))
        return kind, {"url": url, "thumbnail": url}

    def _uploaded(self, oa: Oa, id: str) -> File:
        file, until = oa.uploads.get(id, (None, 0))
        if file is None or self.clock() >= until:
            raise Wrong("expired", why="The attachment has expired")
        return file

    async def _upload(self, call: Call) -> dict[str, Any]:
        oa, kind, file = self._caller(call), call.args["kind"], call.parts.get("file")
        if kind not in UPLOADS or not isinstance(file, File):
            raise Wrong("missing", "file", "is required")
        most, types = UPLOADS[kind]
        if len(file.content) > most:
            raise Wrong("length", "file", "is too large")
        if types and file.media_type not in types:
            raise Wrong("kind", "file", "is of the wrong type")
        if "." not in file.name:
            return good({})  # as Zalo does
        if kind == "file" and not file.name.lower().endswith(FILE_ENDINGS):
            raise Wrong("kind", "file", "is of the wrong type")
        id = secrets.token_urlsafe(16)
        oa.uploads[id] = (file, self.clock() + UPLOAD_MS)
        return good({"token" if kind == "file" else "attachment_id": id})

    # -- templates ------------------------------------------------------------------------------------------------------

    def _filled(self, oa: Oa, body: Mapping[str, Any]) -> tuple[Template, str]:
        found = oa.templates.get(body["template_id"])
        if found is None or found.status != "ENABLE":
            raise Wrong("value", "template_id", "is not approved")
        shape({name: text() for name in found.blanks})(body["template_data"], "template_data")
        return found, f"{found.name}: " + ", ".join(body["template_data"].values())

    async def _by_user(self, call: Call) -> dict[str, Any]:
        oa, body = self._caller(call), call.json(BY_USER)
        template, words = self._filled(oa, body)
        if not template.by_user:
            raise Wrong("template", why="The template cannot be sent by user id")
        user = body["recipient"]["user_id"]
        if user not in oa.guests:
            raise Wrong("value", "user_id", "is invalid")
        id = message_id(self.next())
        self.give(Delivered(user, words, id, body, oa.id))
        if self.receipts:
            self.event(oa, "user_received_message", user, {"message": {"msg_id": id}}, ours=True)
        return good({"message_id": id, "user_id": user, "sent_time": str(self.clock())})

    async def _by_phone(self, call: Call) -> dict[str, Any]:
        oa, body = self._caller(call), call.json(BY_PHONE)
        _, words = self._filled(oa, body)
        id = message_id(self.next())
        self.give(Delivered(f"+{body['phone']}", words, id, body, oa.id))
        if self.receipts:
            told = {"msg_id": id, "delivery_time": str(self.clock()), "tracking_id": body["tracking_id"]}
            self.event(oa, "user_received_message", oa.id, {"message": told}, sender=body["phone"])
        quota = {"dailyQuota": "500", "remainingQuota": "499"}
        return good({"msg_id": id, "sent_time": str(self.clock()), "quota": quota})

    async def _all_templates(self, call: Call) -> dict[str, Any]:
        oa = self._caller(call)
        start, most = int(call.arg("offset", "0")), int(call.arg("limit", "100"))
        if not 1 <= most <= 100:
            raise Wrong("length", "limit", "is over the limit")
        listed = list(oa.templates.values())[start : start + most]
        return good([{"templateId": int(one.id), "templateName": one.name, "status": one.status} for one in listed])

    async def _template_info(self, call: Call) -> dict[str, Any]:
        found = self._caller(call).templates.get(call.arg("template_id"))
        if found is None:
            raise Wrong("value", "template_id", "is invalid")
        return good(
            {
                "templateId": int(found.id),
                "templateName": found.name,
                "status": found.status,
                "listParams": [{"name": name, "require": True, "type": "STRING"} for name in found.blanks],
                "price": str(found.by_phone),
                "price_sdt": found.by_phone,
                **({"price_uid": found.by_user} if found.by_user else {}),
                "previewUrl": f"https://account.zalo.example/preview/{found.id}",
            }
        )


def demo() -> DemoChannel:
    """The Vietnamese shop has an Official Account."""
    oa = Oa(zalo_id("shop-a-zalo"), "Shop A", "demo-access-shop-a-zalo", "demo-refresh-shop-a-zalo", package_left=1_000)
    oa.templates = {
        "300001": Template("300001", "Đơn hàng đã gửi", ("customer_name", "order_code"), 200, 300),
        "300002": Template("300002", "Xác nhận lịch hẹn", ("customer_name", "time"), 0, 300),
    }

    oa.articles = {"4402c73f7e7a9724ce6b": "Tết này mặc gì"}

    def door(simulator: Simulator, inbox: DemoInbox, url: str) -> None:
        oa.url = url

    app = ZaloSim([oa])
    return DemoChannel(
        "zalo",
        lambda **kinds: ZaloSim([oa], **kinds),
        lambda customer: Guest(zalo_id(customer.email), customer.name, customer.language, customer.phone),
        (
            DemoInbox(
                "shop-a-zalo",
                SHOP_A,
                "Shop A Zalo",
                account=oa.id,
                settings={"oa_id": oa.id, "app": "zalo-app", "policy": "free48", "calls": True, "tags": "both"},
                secrets={"access_token": oa.access, "refresh_token": oa.refresh},
            ),
        ),
        door,
        apps={"zalo-app": ({"id": app.app_id}, {"app_secret": app.app_secret, "oa_secret": app.oa_secret})},
    )
