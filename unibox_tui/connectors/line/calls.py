"""One call to the Messaging API, and what its answers mean."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NoReturn

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

MEND = "Issue a new channel access token in the LINE Developers Console and store it: `unibox inbox secret NAME access_token`."
_QUOTA = "monthly limit"
_REFUSED = {
    400: "LINE does not take this message.",
    404: "LINE knows nobody of this address.",
    410: "LINE has removed this content.",
    413: "The message is larger than LINE takes.",
    415: "LINE does not take this kind of file.",
}


class Calls:
    def __init__(self, tools: Tools, secret_of: SecretOf, pace: Paced) -> None:
        self.tools = tools
        self._secret_of = secret_of
        self._pace = pace

    async def get(self, url: str, *, limit: int = 2_000_000) -> Answer:
        """Any answer but a refused token, a rate or an error of LINE's own."""
        return await self._ask("GET", url, limit=limit)

    async def post(
        self,
        url: str,
        json: Mapping[str, Any],
        *,
        headers: Mapping[str, str] | None = None,
        before_first_byte: Callable[[], Awaitable[None]] | None = None,
    ) -> Answer:
        return await self._ask("POST", url, json=json, headers=headers, before_first_byte=before_first_byte)

    async def put(self, url: str, json: Mapping[str, Any]) -> Answer:
        return await self._ask("PUT", url, json=json)

    async def _ask(
        self,
        method: str,
        url: str,
        *,
        json: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        limit: int = 2_000_000,
        before_first_byte: Callable[[], Awaitable[None]] | None = None,
    ) -> Answer:
        token = (self._secret_of("access_token") or "").strip()
        if not token:
            raise CredentialsRejected("No channel access token is stored.", hint=MEND)
        await self._pace.turn()
        answer = await self.tools.http.request(
            method,
            url,
            headers={"Authorization": f"Bearer {token}", **(headers or {})},
            json=json,
            limit=limit,
            before_first_byte=before_first_byte,
        )
        if answer.status == 401:
            raise CredentialsRejected("LINE does not take the channel access token.", code="401", hint=MEND)
        if answer.status == 429 and _QUOTA not in said(answer).lower():
            wait = retry_after(answer.headers)
            self._pace.hold(wait)
            raise RateLimited("LINE wants fewer requests.", code="429", retry_after=wait)
        if answer.status >= 500:
            if before_first_byte is not None:
                raise OutcomeUnknown(
                    "LINE had an error of its own and may have sent the message.", code=str(answer.status)
                )
            raise Transient("LINE has an error of its own.", code=str(answer.status))
        return answer


def refuse(answer: Answer) -> NoReturn:
    """What an answer other than 200 to a message means; certain in each case."""
    status = answer.status
    if status == 429:
        raise SendRejected(
            "The month's messages of this LINE account are used up.",
            code="quota",
            hint="Answer within a minute of the customer's message, or buy a larger plan.",
        )
    if status == 403:
        raise Misconfigured(
            "LINE does not allow this account to send so.", code="403", hint="Look at the plan of the account."
        )
    raise SendRejected(_REFUSED.get(status, f"LINE refused the message (HTTP {status})."), code=_code(answer))


def said(answer: Answer) -> str:
    """LINE's own word for an error; for our eyes only."""
    try:
        data = answer.json()
    except ConnectorError:
        return ""
    message = data.get("message") if isinstance(data, dict) else None
    return message if isinstance(message, str) else ""


def object_of(answer: Answer, what: str) -> Mapping[str, Any]:
    """The JSON object of a 200; other statuses: Unparseable."""
    if answer.status != 200:
        raise Unparseable(f"LINE answered HTTP {answer.status} when asked for {what}.", code=str(answer.status))
    data = answer.json()
    if not isinstance(data, dict):
        raise Unparseable(f"LINE answered something else than {what}.")
    return data


def _code(answer: Answer) -> str:
    return str(answer.status)
