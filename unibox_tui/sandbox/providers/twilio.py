"""Twilio's messaging on loopback: forms in, status callbacks out, a paged list, pictures, STOP."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any, ClassVar
from urllib.parse import urlencode

from unibox_tui.sandbox.people import SHOP_A
from unibox_tui.sandbox.providers.base import Call, Delivered, File, Guest, Handler, Reply, Simulator
from unibox_tui.sandbox.providers.checks import Rate, Wrong, address, names
from unibox_tui.sandbox.providers.registry import DemoChannel, DemoInbox
from unibox_tui.sandbox.providers.webhooks import Schedule

TEXT_CHARS = 1_600
PER_SECOND = 100
_FIELDS = (
    "To", "From", "MessagingServiceSid", "Body", "MediaUrl", "StatusCallback", "ValidityPeriod", "SmartEncoded",
)  # fmt: skip
_QUERY = ("To", "From", "DateSent", "DateSent>", "DateSent<", "PageSize", "Page", "PageToken")
_STATUS = {"20003": 401, "20404": 404, "20429": 429, "20001": 400}


@dataclass(slots=True)
class Message:
    sid: str
    direction: str
    frm: str
    to: str
    body: str
    created: int
    status: str
    sent: int | None = None
    media: list[File] = field(default_factory=list)
    error: str = ""
    callback: str = ""
    parts: int = 1


class TwilioSim(Simulator):
    """`fates`: number -> how a message to it ends (delivered, undelivered with code 30003 …) instead of delivered."""

    channel: ClassVar[str] = "sms"
    # An inbound message has a fallback address and no more; reports are not repeated.
    schedule: ClassVar[Schedule] = Schedule(retries=(1.0,), within_s=15.0)

    def __init__(
        self,
        account: str = "AC" + "0" * 31 + "a",
        token: str = "twilio-auth-token-a",  # noqa: S107  of the sandbox
        number: str = "+15005550006",
        **kinds: Any,
    ) -> None:
        self.account, self.token, self.number = account, token, number
        self.messages: dict[str, Message] = {}
        self.stopped: set[str] = set()
        self.fates: dict[str, tuple[str, str]] = {}
        super().__init__(**kinds)
        self.received.hide(token, base64.b64encode(f"{account}:{token}".encode()).decode())
        self._rate = Rate(PER_SECOND, 1_000, self.clock)

    def routes(self) -> Sequence[tuple[str, str, Handler]]:
        base = "/2010-04-01/Accounts/{account}"
        return [
            ("POST", f"{base}/Messages.json", self.create),
            ("GET", f"{base}/Messages.json", self.list),
            ("GET", f"{base}/Messages/{{sid}}/Media.json", self.media_list),
            ("GET", f"{base}/Messages/{{sid}}/Media/{{media}}", self.media),
            ("GET", f"{base}/Balance.json", self.balance),
            ("GET", base + ".json", self.about),
        ]

    def wrong(self, error: Wrong) -> Reply:
        code = str(error.code) or {
            "token": "20003", "not_found": "20404", "method": "20004", "rate": "20429", "refused": "20500",
        }.get(error.kind, "20001")  # fmt: skip
        status = {"method": 405, "refused": 503}.get(error.kind) or _STATUS.get(code, 400)
        after = {"Retry-After": f"{error.retry_after:g}"} if error.retry_after is not None else {}
        body = {
            "code": int(code),
            "message": error.why,
            "more_info": f"https://www.twilio.com/docs/errors/{code}",
            "status": status,
        }
        return Reply.json(body, status, after)

    def sign(self, body: bytes, url: str, attempt: int) -> Mapping[str, str]:
        return {
            "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
            "X-Twilio-Signature": sign(self.token, url, body),
            "I-Twilio-Idempotency-Token": hashlib.md5(body, usedforsecurity=False).hexdigest(),
        }

    # -- sending -------------------------------------------------------------------------------------------------------

    async def create(self, call: Call) -> Reply:
        self._known(call)
        pairs = call.pairs()
        names([name for name, _ in pairs], _FIELDS)
        fields = dict(pairs)
        if "To" not in fields:
            raise Wrong("missing", "To", "A 'To' phone number is required.", code="21604")
        sender = fields.get("From", "")
        if not sender and not fields.get("MessagingServiceSid"):
            raise Wrong("missing", "From", "A 'From' phone number is required.", code="21603")
        if sender and sender != self.number:
            raise Wrong("value", "From", "is not a valid, SMS-capable number of this account", code="21606")
        to = fields["To"]
        if not re.fullmatch(r"\+[1-9][0-9]{6,14}", to):
            raise Wrong("value", "To", f"The 'To' number {to} is not a valid phone number.", code="21211")
        if to in self.stopped:
            raise Wrong("forbidden", "To", "Attempt to send to unsubscribed recipient", code="21610")
        body = fields.get("Body", "")
        if not body and "MediaUrl" not in fields:
            raise Wrong("missing", "Body", "Message body is required.", code="21602")
        if len(body) > TEXT_CHARS:
            raise Wrong(
                "length", "Body", "The concatenated message body exceeds the 1600 character limit", code="21617"
            )
        if "StatusCallback" in fields:
            address(local=True)(fields["StatusCallback"], "StatusCallback")
        message = self._store("outbound-api", self.number, to, body, "queued", fields.get("StatusCallback", ""))
        answer = Reply.json(self._row(message), 201)  # how it was taken; it goes on afterwards
        self._finish(message)
        return answer

    def _finish(self, message: Message) -> None:
        status, code = self.fates.get(message.to, ("delivered", ""))
        message.sent = self.clock()
        for step in dict.fromkeys(("sent", status)):
            message.status = step
            message.error = code if step in ("failed", "undelivered") else ""
            self._report(message)
        if status in ("delivered", "sent", "read"):
            self.give(Delivered(message.to, message.body, message.sid, account=self.number))

    def _report(self, message: Message) -> None:
        if not message.callback:
            return
        fields = {
            "AccountSid": self.account,
            "From": message.frm,
            "To": message.to,
            "MessageSid": message.sid,
            "MessageStatus": message.status,
            "SmsSid": message.sid,
            "SmsStatus": message.status,
            "ApiVersion": "2010-04-01",
        }
        if message.error:
            fields["ErrorCode"] = message.error
        self.hooks.post(urlencode(fields).encode(), url=message.callback)

    # -- asking --------------------------------------------------------------------------------------------------------

    async def list(self, call: Call) -> dict[str, Any]:
        self._known(call)
        names([name for name, _ in call.query], _QUERY)
        size = min(int(call.arg("PageSize") or 50), 1_000)
        rows = sorted(self.messages.values(), key=lambda one: (one.created, one.sid), reverse=True)
        since = call.arg("DateSent>")
        rows = [
            one
            for one in rows
            if call.arg("To") in ("", one.to)
            and call.arg("From") in ("", one.frm)
            and (not since or (one.sent is not None and _iso(one.sent) >= since))
        ]
        page = int(call.arg("Page") or 0)
        shown = rows[page * size : (page + 1) * size]
        path = f"/2010-04-01/Accounts/{self.account}/Messages.json"
        kept = [(name, value) for name, value in call.query if name not in ("Page", "PageToken")]
        following = [*kept, ("Page", str(page + 1)), ("PageToken", f"PASM{page + 1}")]
        more = len(rows) > (page + 1) * size
        return {
            "messages": [self._row(one) for one in shown],
            "page": page,
            "page_size": size,
            "start": page * size,
            "end": page * size + max(len(shown) - 1, 0),
            "uri": f"{path}?{urlencode(call.query)}",
            "first_page_uri": f"{path}?{urlencode([*kept, ('Page', '0')])}",
            "previous_page_uri": None,
            "next_page_uri": f"{path}?{urlencode(following)}" if more else None,
        }

    async def media_list(self, call: Call) -> dict[str, Any]:
        message = self._message(call)
        return {
            "media_list": [
                {
                    "sid": f"ME{index:032x}",
                    "account_sid": self.account,
                    "parent_sid": message.sid,
                    "content_type": file.media_type,
                    "uri": self._media_path(message, index) + ".json",
                }
                for index, file in enumerate(message.media)
            ]
        }

    async def media(self, call: Call) -> Reply:
        message = self._message(call)
        index = int(call.args["media"].removeprefix("ME"), 16)
        if index >= len(message.media):
            raise Wrong("not_found")
        return Reply(200, message.media[index].content, message.media[index].media_type)

    async def balance(self, call: Call) -> dict[str, Any]:
        self._known(call)
        return {"account_sid": self.account, "balance": "19.20", "currency": "USD"}

    async def about(self, call: Call) -> dict[str, Any]:
        self._known(call)
        return {"sid": self.account, "friendly_name": "Shop A", "status": "active", "type": "Full"}

    def _known(self, call: Call) -> None:
        wanted = "Basic " + base64.b64encode(f"{self.account}:{self.token}".encode()).decode()
        if call.headers.get("authorization") != wanted:
            raise Wrong("token", why="Authenticate")
        if call.args["account"] != self.account:
            raise Wrong("not_found", why="The requested resource was not found")
        self._rate.check(call.path)

    def _message(self, call: Call) -> Message:
        self._known(call)
        found = self.messages.get(call.args["sid"])
        if found is None:
            raise Wrong("not_found", why="The requested resource was not found")
        return found

    # -- customers -----------------------------------------------------------------------------------------------------

    async def says(self, guest: Guest, text: str, files: Sequence[File] = (), *, account: str = "") -> str:
        """`guest.phone` writes to our number. STOP and START mean what carriers mean by them."""
        message = self._store("inbound", guest.phone, account or self.number, text, "received", "")
        message.sent = self.clock()
        message.media = list(files)
        fields = {
            "ToCountry": "US",
            "MessageSid": message.sid,
            "SmsMessageSid": message.sid,
            "SmsSid": message.sid,
            "SmsStatus": "received",
            "NumMedia": str(len(files)),
            "NumSegments": str(message.parts),
            "Body": text,
            "From": message.frm,
            "To": message.to,
            "AccountSid": self.account,
            "ApiVersion": "2010-04-01",
        }
        for index, file in enumerate(files):
            fields[f"MediaUrl{index}"] = self.base_url + self._media_path(message, index)
            fields[f"MediaContentType{index}"] = file.media_type
        word = text.strip().upper()
        if word in ("STOP", "START"):
            (self.stopped.add if word == "STOP" else self.stopped.discard)(guest.phone)
            fields["OptOutType"] = word
        self.hooks.post(urlencode(fields).encode())
        return message.sid

    def _store(self, direction: str, frm: str, to: str, body: str, status: str, callback: str) -> Message:
        sid = f"SM{int(self.next()):032x}"
        units = len(body.encode("utf-16-le")) // 2
        message = Message(sid, direction, frm, to, body, self.clock(), status, callback=callback)
        message.parts = 1 if units <= 70 else -(-units // 67)
        self.messages[sid] = message
        return message

    def _media_path(self, message: Message, index: int) -> str:
        return f"/2010-04-01/Accounts/{self.account}/Messages/{message.sid}/Media/ME{index:032x}"

    def _row(self, message: Message) -> dict[str, Any]:
        path = f"/2010-04-01/Accounts/{self.account}/Messages/{message.sid}"
        out = message.direction != "inbound"
        return {
            "sid": message.sid,
            "account_sid": self.account,
            "messaging_service_sid": None,
            "date_created": _rfc(message.created),
            "date_updated": _rfc(message.sent or message.created),
            "date_sent": None if message.sent is None else _rfc(message.sent),
            "direction": message.direction,
            "from": message.frm,
            "to": message.to,
            "body": message.body,
            "status": message.status,
            "num_segments": str(message.parts),
            "num_media": str(len(message.media)),
            "price": "-0.00750" if out and message.status == "delivered" else None,
            "price_unit": "USD",
            "error_code": int(message.error) if message.error else None,
            "error_message": None,
            "api_version": "2010-04-01",
            "uri": f"{path}.json",
            "subresource_uris": {"media": f"{path}/Media.json"},
        }


def sign(token: str, url: str, body: bytes) -> str:
    """X-Twilio-Signature of a posted form, written out here once more: the simulator does not borrow from what it checks."""
    from urllib.parse import parse_qs

    fields = parse_qs(body.decode(), keep_blank_values=True)
    data = url
    for name in sorted(fields):
        for value in sorted(set(fields[name])):
            data += name + value
    return base64.b64encode(hmac.new(token.encode(), data.encode(), hashlib.sha1).digest()).decode()


def _rfc(ms: int) -> str:
    return formatdate(ms / 1000, usegmt=False).replace("-0000", "+0000")


def _iso(ms: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def demo() -> DemoChannel:
    """One number, of the Vietnamese shop."""
    account, token, number = "AC" + "0" * 31 + "d", "demo-auth-token", "+15005550006"
    return DemoChannel(
        "sms",
        lambda **kinds: TwilioSim(account, token, number, **kinds),
        lambda customer: Guest(
            customer.email, customer.name, customer.language, phone=f"+1500556{customer.digits[-4:]:0>4}"
        ),
        (
            DemoInbox(
                "shop-a-sms",
                SHOP_A,
                "Shop A SMS",
                settings={"provider": "twilio", "account": account, "number": number, "poll_seconds": 5.0},
                secrets={"auth_token": token},
            ),
        ),
    )
