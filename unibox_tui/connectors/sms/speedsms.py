"""Text messages over SpeedSMS in Vietnam. It takes no key by which a repeated request is known again, and tells nobody what
became of one: a lost answer stays unknown."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from unibox_tui.connectors import policy, reading
from unibox_tui.connectors.contract import (
    Answer,
    CheckReport,
    SecretOf,
    SendRequest,
    SendResult,
    Standing,
    Tools,
    failed_check,
)
from unibox_tui.connectors.errors import (
    ConnectorError,
    CredentialsRejected,
    Misconfigured,
    OutcomeUnknown,
    RateLimited,
    SendRejected,
    Transient,
    Unparseable,
    WebhookForged,
)
from unibox_tui.connectors.pace import retry_after
from unibox_tui.connectors.sms import speedsms_parse as parsing
from unibox_tui.connectors.sms.numbers import digits
from unibox_tui.connectors.sms.settings import SmsSettings
from unibox_tui.domain.inbound import InboundEvent
from unibox_tui.domain.policy import Capabilities
from unibox_tui.text.sms import parts

API = "https://api.speedsms.vn/index.php"
MEND = "Copy the API access token from connect.speedsms.vn and store it: `unibox inbox secret NAME access_token`."
_OURS = {
    "007": "SpeedSMS has locked our server's IP address.",
    "008": "SpeedSMS has locked the account.",
    "009": "The account may not use SpeedSMS's API.",
    "300": "There is no money left at SpeedSMS.",
}
_MESSAGES = {
    "101": "SpeedSMS does not know the sender name, or misses something in the request.",
    "105": "SpeedSMS does not send to this number.",
    "113": "The text is longer than SpeedSMS takes.",
}


class SpeedSmsConnector:
    channel = "sms"

    def __init__(self, name: str, settings: SmsSettings, secret_of: SecretOf, tools: Tools) -> None:
        self.name = name
        self.settings = settings
        self.secret_of = secret_of
        self.tools = tools
        self._api = (settings.api or API).rstrip("/")
        self._pace = tools.pace(f"speedsms {name}", policy.pace("sms", "send", "speedsms"))

    def capabilities(self) -> Capabilities:
        receipts = ("sent", "delivered") if self.tools.public_url else ("sent",)
        return policy.capabilities(
            "sms", "speedsms", undo_send_ms=int(self.settings.undo_send_seconds * 1000), receipts=receipts
        )

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
        if not request.text:
            raise SendRejected("There is nothing to send.", code="empty")
        if request.files:
            raise SendRejected("A text message of SpeedSMS carries no files.", code="files")
        phone = digits(request.destination)
        if not phone.isdigit():
            raise SendRejected("This is no telephone number.", code="number")
        number = self.settings.number
        body = {
            "to": [phone],
            "content": request.text,
            "sms_type": int(self.settings.sms_type or ("3" if number else "2")),
            "sender": number,
        }
        answer = await self._ask("POST", "sms/send", body, request.before_first_byte)
        if answer.status >= 500:
            raise OutcomeUnknown("SpeedSMS had an error of its own and may have sent it.", code=str(answer.status))
        try:
            data = _object(answer)
        except Unparseable:
            raise OutcomeUnknown(
                "SpeedSMS took the message, and its answer cannot be read.", code="unreadable"
            ) from None
        if reading.word(data, "status") != "success":
            raise _trouble(reading.word(data, "code"))
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

    async def check(self) -> CheckReport:
        try:
            standing = await self.standing()
        except ConnectorError as error:
            return failed_check(error)
        notes = list(standing.notes)
        if not self.settings.number:
            notes.append("No sender name (`number`): SpeedSMS sends from a number of its own.")
        if self.tools.public_url:
            door = f"{self.tools.public_url}?{parsing.KEY}={self._door_key()}"
            notes.append(f"In SpeedSMS's settings, as the webhook (keep it to yourselves): {door}")
        else:
            notes.append("No public address: nothing arrives here, and whether a text was delivered is not known.")
        return CheckReport(True, address=self.settings.address, notes=tuple(notes))

    async def standing(self) -> Standing:
        answer = await self._ask("GET", "user/info")
        if answer.status != 200:
            raise Transient("SpeedSMS does not tell the balance now.", code=str(answer.status))
        data = _object(answer)
        if reading.word(data, "status") == "error":
            raise _trouble(reading.word(data, "code"))
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
        token = self._token()
        await self._pace.turn()
        answer = await self.tools.http.request(
            method, f"{self._api}/{path}", json=body, auth=(token, "x"), before_first_byte=before_first_byte
        )
        if answer.status == 429:
            wait = retry_after(answer.headers)
            self._pace.hold(wait)
            raise RateLimited("SpeedSMS wants fewer requests.", code="429", retry_after=wait)
        if answer.status in (401, 403, 404):
            # A wrong token is answered as if there were no such page.
            raise CredentialsRejected("SpeedSMS does not take the token.", code=str(answer.status), hint=MEND)
        return answer

    async def aclose(self) -> None:
        return None


def _trouble(code: str) -> ConnectorError:
    if code in _OURS:
        return Misconfigured(_OURS[code], code=code, hint="See the account at connect.speedsms.vn.")
    if code == "500":
        return OutcomeUnknown("SpeedSMS had an error of its own and may have sent it.", code=code)
    shown = code if code.isascii() and code.isalnum() and len(code) <= 12 else "unknown"
    return SendRejected(_MESSAGES.get(code, f"SpeedSMS refused the message (code {shown})."), code=shown)


def _object(answer: Answer) -> Mapping[str, Any]:
    data = answer.json()
    if not isinstance(data, dict):
        raise Unparseable("SpeedSMS answered something else than an object.")
    return data


def _claims(connector: SpeedSmsConnector) -> None:
    from unibox_tui.connectors import contract

    _core: contract.Connector = connector
    _parses: contract.ParsesRaw = connector
    _verifies: contract.VerifiesWebhooks = connector
    _standing: contract.TellsStanding = connector
