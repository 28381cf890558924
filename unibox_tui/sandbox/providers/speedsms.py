"""SpeedSMS on loopback: nothing is known again, a wrong token is a page that is not there, reports are posted to one address."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from unibox_tui.sandbox.people import SHOP_A
from unibox_tui.sandbox.providers.base import Call, Delivered, File, Guest, Handler, Reply, Simulator
from unibox_tui.sandbox.providers.checks import Wrong, many, one_of, shape, text
from unibox_tui.sandbox.providers.registry import DemoChannel, DemoInbox
from unibox_tui.sandbox.providers.webhooks import Schedule

_SEND = shape({
    "to": many(text(15), 1, 100),
    "content": text(2_000),
    "sms_type": one_of(2, 3, 4, 5, 6),
    "sender": text(20, least=0),
})  # fmt: skip


class SpeedSmsSim(Simulator):
    """`fates`: number (84901…) -> the status of its report, instead of 0. `senders`: names that are registered."""

    channel: ClassVar[str] = "sms"
    schedule: ClassVar[Schedule] = Schedule(retries=(5.0,), within_s=10.0)

    def __init__(self, token: str = "speedsms-token-a", sender: str = "SHOPA", **kinds: Any) -> None:  # noqa: S107
        self.token, self.sender = token, sender
        self.senders = {sender}
        self.fates: dict[str, int] = {}
        self.money = 1_000_000
        super().__init__(**kinds)
        self._wanted = "Basic " + base64.b64encode(f"{token}:x".encode()).decode()
        self.received.hide(token)

    def routes(self) -> Sequence[tuple[str, str, Handler]]:
        return [("POST", "/sms/send", self.send), ("GET", "/user/info", self.info)]

    def wrong(self, error: Wrong) -> Reply:
        status = {"rate": 429, "refused": 503, "token": 404, "not_found": 404, "method": 405}.get(error.kind, 200)
        after = {"Retry-After": f"{error.retry_after:g}"} if error.retry_after is not None else {}
        code = str(error.code) or "101"
        return Reply.json(
            {"status": "error", "code": code, "message": f"{error.where} {error.why}".strip()}, status, after
        )

    def sign(self, body: bytes, url: str, attempt: int) -> Mapping[str, str]:
        return {"Content-Type": "application/json"}

    async def send(self, call: Call) -> dict[str, Any]:
        self._known(call)
        data = call.json(_SEND)
        if data["sms_type"] == 3 and data["sender"] not in self.senders:
            raise Wrong("value", "sender", "sender not found", code="101")
        good = [phone for phone in data["to"] if re.fullmatch(r"[1-9][0-9]{9,14}", phone)]
        if not good:
            raise Wrong("value", "to", "phone numbers are invalid", code="105")
        if self.money <= 0:
            raise Wrong("quota", "", "not enough balance", code="300")
        id = int(self.next())
        for phone in good:
            status = self.fates.get(phone, 0)
            if status == 0:
                self.give(Delivered(f"+{phone}", data["content"], str(id), data, self.sender))
            self._post({"type": "report", "tranId": id, "phone": phone, "status": status})
        bad = [phone for phone in data["to"] if phone not in good]
        made = {"tranId": id, "totalSMS": len(good), "totalPrice": 500 * len(good), "invalidPhone": bad}
        return {"status": "success", "code": "00", "data": made}

    async def info(self, call: Call) -> dict[str, Any]:
        self._known(call)
        return {"email": "shop@shop-a.example", "balance": self.money, "currency": "VND"}

    def _known(self, call: Call) -> None:
        if call.headers.get("authorization") != self._wanted:
            raise Wrong("token")

    async def says(self, guest: Guest, text: str, files: Sequence[File] = (), *, account: str = "") -> str:
        id = self.next("mo-", 6)
        self._post({"type": "sms", "id": id, "phone": guest.phone.removeprefix("+"), "content": text})
        return id

    def _post(self, data: Mapping[str, Any]) -> None:
        self.hooks.post(json.dumps(data, ensure_ascii=False).encode())


def demo() -> DemoChannel:
    """The Vietnamese shop's reminders have a sender name of their own."""
    token = "demo-speedsms-token"  # noqa: S105  of an account that does not exist

    def door(simulator: Simulator, inbox: DemoInbox, url: str) -> None:
        # What `inbox check` says to paste at SpeedSMS.
        key = hmac.new(token.encode(), f"door:{inbox.name}".encode(), hashlib.sha256).hexdigest()[:32]
        simulator.hooks.url = f"{url}?key={key}"

    return DemoChannel(
        "sms",
        lambda **kinds: SpeedSmsSim(token, **kinds),
        lambda customer: Guest(
            customer.email, customer.name, customer.language, phone=f"+8490001{customer.digits[-4:]:0>4}"
        ),
        (
            DemoInbox(
                "shop-a-speedsms",
                SHOP_A,
                "Shop A nhắc hẹn",
                settings={"provider": "speedsms", "number": "SHOPA"},
                secrets={"access_token": token},
            ),
        ),
        door,
        provider="speedsms",
    )
