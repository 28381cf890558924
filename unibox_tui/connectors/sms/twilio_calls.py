"""One call to Twilio, and what its error codes mean."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from unibox_tui.connectors import reading
from unibox_tui.connectors.contract import Answer, Paced, SecretOf, Tools
from unibox_tui.connectors.errors import (
    ConnectorError,
    CredentialsRejected,
    Misconfigured,
    OutcomeUnknown,
    RateLimited,
    SendRejected,
    Transient,
    Unparseable,
)
from unibox_tui.connectors.pace import retry_after
from unibox_tui.connectors.sms.settings import SmsSettings
from unibox_tui.domain.saying import say

API = "https://api.twilio.com"
MEND = say(
    "Look in the Twilio console for the account SID and its auth token, and store it: `unibox inbox secret NAME auth_token`."
)

# What a person reads of a code, of a send or of a delivery report.
WORDS = {
    "21211": say("This is no telephone number."),
    "21408": say("Sending to this country is not switched on at Twilio."),
    "21610": say("This customer has asked for no more text messages (STOP)."),
    "21612": say("Twilio has no way to this number."),
    "21614": say("This number cannot receive text messages."),
    "21635": say("This is a landline, which receives no text messages."),
    "21617": say("The text is longer than Twilio takes."),
    "30001": say("Too many messages waited at Twilio."),
    "30002": say("The Twilio account is suspended."),
    "30003": say("The telephone could not be reached."),
    "30004": say("The message was blocked."),
    "30005": say("The number does not exist or is not in service."),
    "30006": say("A landline or a carrier that takes no text messages."),
    "30007": say("The carrier has filtered the message as spam."),
    "30008": say("The message was lost on its way, and the carrier does not say why."),
}
_OURS = {
    "21606": say("Our number cannot send to this one."),
    "21608": say("A trial account of Twilio sends only to numbers that were verified."),
    "30002": WORDS["30002"],
}
_TOO_FAST = ("20429", "14107")


class Calls:
    def __init__(self, settings: SmsSettings, secret_of: SecretOf, tools: Tools, pace: Paced) -> None:
        self.base = (settings.api or API).rstrip("/")
        self.account = settings.account
        self._settings = settings
        self._secret_of = secret_of
        self._tools = tools
        self._pace = pace

    def url(self, path: str) -> str:
        """`path` below the account, or one that Twilio gave (`/2010-04-01/…`)."""
        if path.startswith("/"):
            return f"{self.base}{path}"
        return f"{self.base}/2010-04-01/Accounts/{self.account}/{path}"

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> Mapping[str, Any]:
        """The object that a 200 carries."""
        answer = await self._ask("GET", self.url(path), params=params)
        if answer.status != 200:
            raise _trouble(answer, "asked")
        return _object(answer)

    async def media(self, url: str, limit: int) -> bytes:
        """Bytes at an address of Twilio's; our token goes to the API's own host alone."""
        parts, own = urlsplit(url), urlsplit(self.base)
        if (parts.scheme, parts.netloc) != (own.scheme, own.netloc):
            raise Unparseable("This picture lies at an address that is not Twilio's.", code="host")
        answer = await self._ask("GET", url, limit=limit, redirects=True)
        if answer.status != 200:
            raise Unparseable("Twilio does not have this picture any more.", code=str(answer.status))
        return answer.body

    async def post(
        self,
        path: str,
        form: Sequence[tuple[str, str]],
        before_first_byte: Callable[[], Awaitable[None]],
    ) -> Mapping[str, Any]:
        """The object that a 201 carries. What failed for certain is an error that says so."""
        answer = await self._ask("POST", self.url(path), form=form, before_first_byte=before_first_byte)
        if answer.status >= 500:
            raise OutcomeUnknown(
                "Twilio had an error of its own and may have sent the message.", code=str(answer.status)
            )
        if answer.status not in (200, 201):
            raise _trouble(answer, "refused the message")
        try:
            return _object(answer)
        except Unparseable:
            raise OutcomeUnknown("Twilio took the message, and its answer cannot be read.", code="unreadable") from None

    async def _ask(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        form: Sequence[tuple[str, str]] | None = None,
        limit: int = 8_000_000,
        redirects: bool = False,
        before_first_byte: Callable[[], Awaitable[None]] | None = None,
    ) -> Answer:
        await self._pace.turn()
        answer = await self._tools.http.request(
            method,
            url,
            params=params,
            form=form,
            auth=self._auth(),
            limit=limit,
            redirects=redirects,
            before_first_byte=before_first_byte,
        )
        code = code_of(answer)
        if answer.status == 429 or code in _TOO_FAST:
            wait = retry_after(answer.headers)
            self._pace.hold(wait)
            raise RateLimited("Twilio wants fewer requests.", code=code or "429", retry_after=wait)
        if answer.status == 401 or code == "20003":
            raise CredentialsRejected("Twilio does not take the account's token.", code=code or "401", hint=MEND)
        if answer.status >= 500 and before_first_byte is None:
            raise Transient("Twilio has an error of its own.", code=str(answer.status))
        return answer

    def _auth(self) -> tuple[str, str]:
        if self._settings.api_key:
            user, secret = self._settings.api_key, self._secret_of("api_key_secret")
        else:
            user, secret = self.account, self._secret_of("auth_token")
        if not user or not secret:
            raise CredentialsRejected("No account SID or token of Twilio is stored.", hint=MEND)
        return user, secret.strip()


def code_of(answer: Answer) -> str:
    """Twilio's own error code; empty when the body has none."""
    if answer.status < 400:
        return ""
    try:
        data = answer.json()
    except ConnectorError:
        return ""
    return reading.word(data, "code") if isinstance(data, dict) else ""


def words(code: str) -> str:
    """What a person reads of an error code."""
    return WORDS.get(code) or _OURS.get(code) or f"Twilio refused the message (code {code or 'unknown'})."


def _trouble(answer: Answer, what: str) -> ConnectorError:
    code = code_of(answer)
    if code in _OURS:
        return Misconfigured(_OURS[code], code=code, hint="See the number and the account in the Twilio console.")
    if answer.status in (400, 403, 404, 410, 422):
        return SendRejected(words(code or str(answer.status)), code=code or str(answer.status))
    return Unparseable(f"Twilio answered HTTP {answer.status} when {what}.", code=code or str(answer.status))


def _object(answer: Answer) -> Mapping[str, Any]:
    data = answer.json()
    if not isinstance(data, dict):
        raise Unparseable("Twilio answered something else than an object.")
    return data
