"""Text messages over eSMS in Vietnam: sent once by our own RequestId, reports and messages to a short code by GET."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from unibox_tui.connectors import reading
from unibox_tui.connectors.contract import (
    Answer,
    SendRequest,
    SendResult,
    Sent,
    Standing,
)
from unibox_tui.connectors.errors import (
    ConnectorError,
    CredentialsRejected,
    Misconfigured,
    OutcomeUnknown,
    Unparseable,
    WebhookForged,
)
from unibox_tui.connectors.sms import esms_parse as parsing
from unibox_tui.connectors.sms.carrier import Carrier
from unibox_tui.connectors.sms.numbers import domestic
from unibox_tui.domain.inbound import InboundEvent, Receipt
from unibox_tui.domain.saying import say
from unibox_tui.text.sms import parts

API = "https://rest.esms.vn/MainService.svc/json"
TAKEN, REPEATED, UNKNOWN_ID = "100", "124", "105"
UNREPORTED_S, REPORTED_S, TOLD_S = 30.0, 3_600.0, 7 * 86_400.0
MEND = say(
    "Copy ApiKey and SecretKey from esms.vn and store them: `unibox inbox secret NAME esms_key`, `… secret_key`."
)
_OURS = {
    "102": say("eSMS has no price list for this account."),
    "103": say("There is no money left at eSMS."),
    "104": say("eSMS does not know this brand name."),
    "204": say("eSMS finds a fault with the account behind this sender."),
    "300": say("eSMS misses the kind of message."),
    "788": say("eSMS finds a fault with the account behind this sender."),
    "789": say("eSMS finds a fault with the account behind this sender."),
}
_MESSAGES = {
    "99": say("eSMS does not send to this number."),
    "105": say("eSMS does not know this message."),
    "120": say("These are more numbers than eSMS takes."),
    "146": say("The text is not the template that was agreed with the network for this brand name."),
    "177": say("The brand name is not registered with this customer's network."),
}


class EsmsConnector(Carrier):
    provider = "esms"
    title = "eSMS"
    base = API
    mend = MEND
    webhook_answer = (
        b'<?xml version="1.0" encoding="UTF-8"?>'
        b"<ClientResponse><Message></Message><Smsid></Smsid><Receiver></Receiver></ClientResponse>",
        "text/xml",
    )

    # -- in ------------------------------------------------------------------------------------------------------------

    def verify(self, body: bytes, headers: Mapping[str, str]) -> None:
        """A message carries eSMS's own sign; a report nothing but what we put into the address that it was sent to."""
        try:
            fields = parsing.fields_of(body)
        except Unparseable:
            raise WebhookForged("There is no sign.") from None
        if fields.get("SendStatus"):
            ref = fields.get(parsing.REF, "")
            given = fields.get(parsing.KEY, "").encode("utf-8", "replace")
            if not ref or not hmac.compare_digest(self._key_of(ref).encode(), given):
                raise WebhookForged("The report has not the key of its message.")
            if fields.get("RequestId", ref) != ref:
                raise WebhookForged("The key is another message's.")
            return
        key = (self.secret_of("mo_key") or "").strip()
        if not key:
            raise CredentialsRejected(
                "No key for messages to the short code is stored.",
                hint=say("eSMS gives it with the short code: `unibox inbox secret {name} mo_key`.", name=self.name),
            )
        given = fields.get("sign", "").replace(" ", "+").encode("utf-8", "replace")
        if not any(hmac.compare_digest(one, given) for one in signs(fields, key)):
            raise WebhookForged("The sign does not fit.")

    def parse(self, body: bytes, headers: Mapping[str, str]) -> Sequence[InboundEvent]:
        return parsing.facts(body)

    # -- out -----------------------------------------------------------------------------------------------------------

    async def send(self, request: SendRequest) -> SendResult:
        phone = domestic(request.destination)
        self.sendable(request, phone)
        need = parts(request.text)
        body: dict[str, Any] = {
            "Phone": phone,
            "Content": request.text,
            "SmsType": self.settings.sms_type or "2",
            "IsUnicode": int(need.unicode),
            "Sandbox": 0,
            "RequestId": request.client_ref,
        }
        if self.settings.number:
            body["Brandname"] = self.settings.number
        if self._reports():
            query = urlencode({parsing.REF: request.client_ref, parsing.KEY: self._key_of(request.client_ref)})
            body["CallbackUrl"] = f"{self.tools.public_url}?{query}"
        data = self.taken(await self._ask("SendMultipleMessage_V4_post_json/", body, request.before_first_byte))
        code = _code(data)
        if not code:
            raise OutcomeUnknown("eSMS took the message and does not say what became of it.", code="unreadable")
        if code not in (TAKEN, REPEATED):
            raise self._trouble(code)
        extra: dict[str, Any] = {"parts": need.count}
        if sms := reading.word(data, "SMSID"):
            extra["ids"] = [sms]
        # The reference is ours: a repeated request is answered without eSMS's own id.
        return SendResult(request.client_ref, extra=extra)

    def asks_states(self) -> tuple[float, float]:
        """eSMS tells it for seven days. Where it reports by itself, only what its five tries may have missed is asked for."""
        return (REPORTED_S if self._reports() else UNREPORTED_S, TOLD_S)

    async def states(self, sent: Sequence[Sent]) -> Sequence[Receipt]:
        found = []
        for one in sent:
            sms = next((id for id in one.ids if id != one.client_ref), "")
            if not sms:
                continue  # taken at our second try: eSMS did not name it
            answer = await self._ask("GetSendStatus", {"RefId": sms}, method="GET")
            data = self.told(answer, say("eSMS does not tell the states of messages now."))
            code = _code(data)
            if code and code not in (TAKEN, UNKNOWN_ID):
                raise self._trouble(code)
            if reading.word(data, "SendStatus"):
                found.append(parsing.report({**data, "RequestId": one.client_ref, "SMSID": sms}))
        return found

    def _reports(self) -> bool:
        return self.settings.status_callbacks and bool(self.tools.public_url)

    def _key_of(self, ref: str) -> str:
        """What only eSMS and we know of one message."""
        secret = (self.secret_of("secret_key") or "").strip()
        if not secret:
            raise CredentialsRejected("No SecretKey of eSMS is stored.", hint=MEND)
        return hmac.new(secret.encode(), f"report:{ref}".encode(), hashlib.sha256).hexdigest()[:32]

    # -- how it stands -------------------------------------------------------------------------------------------------

    def door_notes(self) -> list[str]:
        if not self.tools.public_url:
            return ["No public address: nothing arrives here; whether a text was delivered is asked for."]
        if self.secret_of("mo_key"):
            return [f"Give eSMS this address for messages to your short code: {self.tools.public_url}"]
        return ["No `mo_key`: messages to a short code cannot be received."]

    async def standing(self) -> Standing:
        data = self.told(await self._ask("GetBalance_json", {}), say("eSMS does not tell the balance now."))
        code = _code(data)
        if code and code != TAKEN:
            raise self._trouble(code)
        balance = reading.decimal(data, "Balance")
        if balance is None:
            return Standing()
        return Standing(notes=(f"Balance: {balance:,.0f} VND",), extra={"balance": f"{balance:g}", "currency": "VND"})

    async def _ask(
        self,
        path: str,
        said: Mapping[str, Any],
        before_first_byte: Callable[[], Awaitable[None]] | None = None,
        method: str = "POST",
    ) -> Answer:
        keys = {"ApiKey": self.secret_of("esms_key"), "SecretKey": self.secret_of("secret_key")}
        if not all(keys.values()):
            raise CredentialsRejected("No ApiKey or SecretKey of eSMS is stored.", hint=MEND)
        whole = {**{name: (value or "").strip() for name, value in keys.items()}, **said}
        return await self.request(
            method,
            path,
            before_first_byte=before_first_byte,
            **({"params": whole} if method == "GET" else {"json": whole}),
        )

    def _trouble(self, code: str) -> ConnectorError:
        if code == "101":
            return CredentialsRejected("eSMS does not take the keys.", code=code, hint=MEND)
        if code in _OURS:
            return Misconfigured(_OURS[code], code=code, hint="See the account and the brand name at esms.vn.")
        return self.refused(code, _MESSAGES)


def signs(fields: Mapping[str, str], key: str) -> tuple[bytes, bytes]:
    """What `sign` of a message may be: base64 of the digest, or of its hexadecimal form; their sample code allows both."""
    signed = "".join(fields.get(name, "") for name in ("cpid", "smsid", "content", "receiverTime")) + key
    digest = hashlib.md5(signed.encode("utf-8", "replace"), usedforsecurity=False)
    return base64.b64encode(digest.digest()), base64.b64encode(digest.hexdigest().encode())


def _code(data: Mapping[str, Any]) -> str:
    return reading.word(data, "CodeResult") or reading.word(data, "CodeResponse")


def _claims(connector: EsmsConnector) -> None:
    from unibox_tui.connectors import contract

    _core: contract.Connector = connector
    _parses: contract.ParsesRaw = connector
    _verifies: contract.VerifiesWebhooks = connector
    _answers: contract.AnswersWebhooks = connector
    _standing: contract.TellsStanding = connector
    _states: contract.AsksStates = connector
