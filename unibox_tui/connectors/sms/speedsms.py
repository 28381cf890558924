"""Text messages over SpeedSMS in Vietnam. It takes no key by which a repeated request is known again, and tells nobody what
became of one: a lost answer stays unknown."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from unibox_tui.connectors import reading
from unibox_tui.connectors.contract import (
    Answer,
    SendRequest,
    SendResult,
    Standing,
)
from unibox_tui.connectors.errors import (
    ConnectorError,
    CredentialsRejected,
    Misconfigured,
    OutcomeUnknown,
    SendRejected,
    WebhookForged,
)
from unibox_tui.connectors.sms import speedsms_parse as parsing
from unibox_tui.connectors.sms.carrier import Carrier
from unibox_tui.connectors.sms.numbers import digits
from unibox_tui.domain.inbound import InboundEvent
from unibox_tui.domain.saying import say
from unibox_tui.text.sms import parts

API = "https://api.speedsms.vn/index.php"
MEND = say("Copy the API access token from connect.speedsms.vn and store it: `unibox inbox secret NAME access_token`.")
_OURS = {
    "007": say("SpeedSMS has locked our server's IP address."),
    "008": say("SpeedSMS has locked the account."),
    "009": say("The account may not use SpeedSMS's API."),
    "300": say("There is no money left at SpeedSMS."),
}
_MESSAGES = {
    "101": say("SpeedSMS does not know the sender name, or misses something in the request."),
    "105": say("SpeedSMS does not send to this number."),
    "113": say("The text is longer than SpeedSMS takes."),
}


class SpeedSmsConnector(Carrier):
    provider = "speedsms"
    title = "SpeedSMS"
    base = API
    mend = MEND
    closed = (401, 403, 404)  # a wrong token is answered as if there were no such page

    def able(self) -> Mapping[str, Any]:
        return {} if self.tools.public_url else {"receipts": ("sent",)}

    # -- in ------------------------------------------------------------------------------------------------------------

    def verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        """SpeedSMS signs nothing; what proves it is the key in the address that only it was given."""
        try:
            found = parse_qs(urlsplit(headers.get(parsing.URL, "")).query).get(parsing.KEY, [""])
        except ValueError:
            found = [""]
        if not hmac.compare_digest(self._door_key().encode(), found[0].encode("utf-8", "replace")):
            raise WebhookForged("The address has not our key.")

    def parse(self, body: bytes, headers: Mapping[str, str]) -> Sequence[InboundEvent]:
        return parsing.facts(body, headers)

    def _door_key(self) -> str:
        return hmac.new(self._token().encode(), f"door:{self.name}".encode(), hashlib.sha256).hexdigest()[:32]

    # -- out -----------------------------------------------------------------------------------------------------------

    async def send(self, request: SendRequest) -> SendResult:
        phone = digits(request.destination)
        self.sendable(request, phone)
        number = self.settings.number
        body = {
            "to": [phone],
            "content": request.text,
            "sms_type": int(self.settings.sms_type or ("3" if number else "2")),
            "sender": number,
        }
        data = self.taken(await self._ask("POST", "sms/send", body, request.before_first_byte))
        if reading.word(data, "status") != "success":
            raise self._trouble(reading.word(data, "code"))
        made = reading.maybe(data, "data")
        if made.get("invalidPhone") and not reading.count(made, "totalSMS"):
            raise SendRejected(_MESSAGES["105"], code="105")
        id = reading.word(made, "tranId")
        if not id:
            raise OutcomeUnknown("SpeedSMS took the message and names no transaction.", code="unreadable")
        extra: dict[str, Any] = {"parts": reading.count(made, "totalSMS") or parts(request.text).count}
        price = reading.decimal(made, "totalPrice")
        if price is not None and price > 0:
            extra["cost"] = {"amount": f"{price:g}", "currency": "VND", "charged": True}
        return SendResult(id, extra=extra)

    # -- how it stands -------------------------------------------------------------------------------------------------

    def door_notes(self) -> list[str]:
        if not self.tools.public_url:
            return ["No public address: nothing arrives here, and whether a text was delivered is not known."]
        door = f"{self.tools.public_url}?{parsing.KEY}={self._door_key()}"
        return [f"In SpeedSMS's settings, as the webhook (keep it to yourselves): {door}"]

    async def standing(self) -> Standing:
        data = self.told(await self._ask("GET", "user/info"), say("SpeedSMS does not tell the balance now."))
        if reading.word(data, "status") == "error":
            raise self._trouble(reading.word(data, "code"))
        inner = reading.maybe(data, "data") or data
        balance, currency = reading.decimal(inner, "balance"), reading.word(inner, "currency") or "VND"
        if balance is None:
            return Standing()
        return Standing(
            notes=(f"Balance: {balance:,.0f} {currency}",), extra={"balance": f"{balance:g}", "currency": currency}
        )

    def _token(self) -> str:
        token = (self.secret_of("access_token") or "").strip()
        if not token:
            raise CredentialsRejected("No access token of SpeedSMS is stored.", hint=MEND)
        return token

    async def _ask(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        before_first_byte: Callable[[], Awaitable[None]] | None = None,
    ) -> Answer:
        return await self.request(
            method, path, before_first_byte=before_first_byte, json=body, auth=(self._token(), "x")
        )

    def _trouble(self, code: str) -> ConnectorError:
        if code in _OURS:
            return Misconfigured(_OURS[code], code=code, hint="See the account at connect.speedsms.vn.")
        if code == "500":
            return OutcomeUnknown("SpeedSMS had an error of its own and may have sent it.", code=code)
        return self.refused(code, _MESSAGES)


def _claims(connector: SpeedSmsConnector) -> None:
    from unibox_tui.connectors import contract

    _core: contract.Connector = connector
    _parses: contract.ParsesRaw = connector
    _verifies: contract.VerifiesWebhooks = connector
    _standing: contract.TellsStanding = connector
