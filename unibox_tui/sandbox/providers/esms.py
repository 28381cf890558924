"""eSMS on loopback: a RequestId is taken once, reports and short-code messages come by GET, a brand name must be known."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar
from urllib.parse import urlencode

from unibox_tui.sandbox.people import SHOP_A
from unibox_tui.sandbox.providers.base import Call, Delivered, File, Guest, Handler, Reply, Simulator
from unibox_tui.sandbox.providers.checks import Wrong, address, number, one_of, shape, text
from unibox_tui.sandbox.providers.registry import DemoChannel, DemoInbox
from unibox_tui.sandbox.providers.webhooks import Schedule

_KEYS = {"ApiKey": text(64), "SecretKey": text(64)}
_SEND = shape(
    {**_KEYS, "Phone": text(15), "Content": text(2_000), "SmsType": one_of("1", "2", "8")},
    {
        "Brandname": text(11),
        "IsUnicode": number(0, 1),
        "Sandbox": number(0, 1),
        "RequestId": text(64),
        "CallbackUrl": address(local=True),
        "SendDate": text(19),
    },
)
_BALANCE = shape(_KEYS)
# Letters, digits and signs of the GSM alphabet that are in ASCII too: what goes without Unicode.
_PLAIN = re.compile(r"[\x20-\x7e\n\r]*")


class EsmsSim(Simulator):
    """`fates`: number (0901…) -> delivered, failed, refused. `brands`: those that are registered."""

    channel: ClassVar[str] = "sms"
    schedule: ClassVar[Schedule] = Schedule(retries=(5.0, 5.0, 5.0, 5.0, 5.0), within_s=10.0)

    def __init__(
        self,
        key: str = "esms-api-key-a",
        secret: str = "esms-secret-key-a",  # noqa: S107  of the sandbox
        mo_key: str = "esms-short-code-key",
        brand: str = "SHOPA",
        short_code: str = "8100",
        **kinds: Any,
    ) -> None:
        self.key, self.secret, self.mo_key, self.brand, self.short_code = key, secret, mo_key, brand, short_code
        self.brands = {brand}
        self.blocked: set[str] = set()
        self.fates: dict[str, str] = {}
        self.taken: dict[str, str] = {}  # RequestId -> SMSID
        self.ended: dict[str, dict[str, str]] = {}  # SMSID -> its last report
        self.money = 1_000_000
        super().__init__(**kinds)
        self.received.hide(key, secret, mo_key)

    def routes(self) -> Sequence[tuple[str, str, Handler]]:
        return [
            ("POST", "/SendMultipleMessage_V4_post_json/", self.send),
            ("POST", "/GetBalance_json", self.balance),
            ("GET", "/GetSendStatus", self.status),
        ]

    def wrong(self, error: Wrong) -> Reply:
        """200 with a code, as eSMS does, but for what is no call of its API."""
        status = {"rate": 429, "refused": 503, "not_found": 404, "method": 405}.get(error.kind, 200)
        after = {"Retry-After": f"{error.retry_after:g}"} if error.retry_after is not None else {}
        code = str(error.code) or {"token": "101"}.get(error.kind, "99")
        return Reply.json(
            {"CodeResult": code, "CountRegenerate": 0, "ErrorMessage": f"{error.where} {error.why}".strip()},
            status,
            after,
        )

    def sign(self, body: bytes, url: str, attempt: int) -> Mapping[str, str]:
        return {}

    # -- sending -------------------------------------------------------------------------------------------------------

    async def send(self, call: Call) -> Reply:
        data = call.json(_SEND)
        self._known(data)
        phone, ref = data["Phone"], data.get("RequestId", "")
        if not re.fullmatch(r"0[0-9]{9,10}", phone) or phone in self.blocked:
            raise Wrong("value", "Phone", "number is not valid", code="99")
        if data["SmsType"] == "2" and data.get("Brandname") not in self.brands:
            raise Wrong("value", "Brandname", "brand name does not exist", code="104")
        if not data.get("IsUnicode") and not _PLAIN.fullmatch(data["Content"]):
            raise Wrong("value", "Content", "needs IsUnicode", code="146")
        if self.money <= 0:
            raise Wrong("quota", "", "no balance", code="103")
        if ref and ref in self.taken:
            raise Wrong("conflict", "RequestId", "RequestId is repeated", code="124")
        id = f"sms-{self.next(width=8)}"
        if data.get("Sandbox"):
            return Reply.json({"CodeResult": "100", "CountRegenerate": 0, "SMSID": id})
        self.taken[ref or id] = id
        self._finish(data, phone, ref, id)
        return Reply.json({"CodeResult": "100", "CountRegenerate": 0, "SMSID": id})

    def _finish(self, data: Mapping[str, Any], phone: str, ref: str, id: str) -> None:
        fate = self.fates.get(phone, "delivered")
        if fate == "delivered":
            self.money -= 800
            self.give(Delivered("+84" + phone[1:], data["Content"], ref or id, dict(data), self.brand))
        base = {"SMSID": id, "RequestId": ref, "TypeId": data["SmsType"], "telcoid": "1", "phonenumber": phone}
        done = {
            "SendStatus": "4" if fate == "refused" else "5",
            "SendSuccess": str(int(fate == "delivered")),
            "SendFailed": str(int(fate != "delivered")),
            "TotalPrice": "800" if fate == "delivered" else "0",
            "error_info": "" if fate == "delivered" else "7",
        }
        self.ended[id] = done
        if not data.get("CallbackUrl"):
            return
        for step in ({"SendStatus": "2", "SendSuccess": "0", "SendFailed": "0", "TotalPrice": "0"}, done):
            self.hooks.post(b"", url=_with(data["CallbackUrl"], {**base, **step}), method="GET")

    async def balance(self, call: Call) -> dict[str, Any]:
        self._known(call.json(_BALANCE))
        return {"Balance": self.money, "CodeResponse": "100", "UserID": 1}

    async def status(self, call: Call) -> dict[str, Any]:
        self._known(dict(call.query))
        done = self.ended.get(call.arg("RefId"))
        if done is None:
            raise Wrong("value", "RefId", "unknown", code="105")
        told = {name: int(done[name]) for name in ("SendStatus", "SendSuccess", "SendFailed")}
        return {"CodeResponse": "100", "SMSID": call.arg("RefId"), **told}

    def _known(self, data: Mapping[str, Any]) -> None:
        if (data.get("ApiKey"), data.get("SecretKey")) != (self.key, self.secret):
            raise Wrong("token", why="authorize failed", code="101")

    # -- customers -----------------------------------------------------------------------------------------------------

    async def says(self, guest: Guest, text: str, files: Sequence[File] = (), *, account: str = "") -> str:
        """`guest.phone` writes to our short code."""
        id = self.next("mo-", 8)
        at = datetime.fromtimestamp(self.clock() / 1000, timezone(timedelta(hours=7)))
        fields = {
            "sender": guest.phone.removeprefix("+"),
            "content": text,
            "serviceNumber": account or self.short_code,
            "keyword": self.brand,
            "cpid": "77",
            "smsid": id,
            "receiverTime": at.strftime("%Y%m%d%H%M%S"),
        }
        fields["sign"] = sign(fields, self.mo_key)
        if self.hooks.url:
            self.hooks.post(b"", url=_with(self.hooks.url, fields), method="GET")
        return id


def sign(fields: Mapping[str, str], key: str) -> str:
    """Of a message, written out here once more: the simulator does not borrow from what it checks."""
    whole = fields["cpid"] + fields["smsid"] + fields["content"] + fields["receiverTime"] + key
    return base64.b64encode(hashlib.md5(whole.encode(), usedforsecurity=False).digest()).decode()


def _with(url: str, fields: Mapping[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(fields)}"


def demo() -> DemoChannel:
    """A brand name and a short code of the Vietnamese shop."""
    keys = {"esms_key": "demo-esms-key", "secret_key": "demo-esms-secret", "mo_key": "demo-short-code-key"}
    return DemoChannel(
        "sms",
        lambda **kinds: EsmsSim(keys["esms_key"], keys["secret_key"], keys["mo_key"], **kinds),
        lambda customer: Guest(
            customer.email, customer.name, customer.language, phone=f"+8490000{customer.digits[-4:]:0>4}"
        ),
        (
            DemoInbox(
                "shop-a-esms", SHOP_A, "Shop A 8100", settings={"provider": "esms", "number": "SHOPA"}, secrets=keys
            ),
        ),
        provider="esms",
    )
