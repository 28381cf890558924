"""Calls of the Bot API, and what its refusals mean. The address of a call holds the token, so it is never in a message."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from unibox_tui.connectors.contract import Answer, SecretOf, Tools
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
from unibox_tui.connectors.telegram.settings import TelegramSettings
from unibox_tui.domain.saying import say

File = tuple[str, bytes, str]
CALL_S = 20.0
MEDIA_S = 120.0
CONFLICT = "409"
_NOT_OURS = ("BUSINESS_CONNECTION", "BUSINESS_PEER", "BUSINESS_CHAT")


class Moved(SendRejected):
    """The group has another id now, and nothing was sent."""

    def __init__(self, to: str, code: str) -> None:
        super().__init__("This group has become a supergroup with a new id.", code=code)
        self.to = to


class BotApi:
    def __init__(self, name: str, settings: TelegramSettings, secret_of: SecretOf, tools: Tools) -> None:
        self._name, self._base = name, settings.api.rstrip("/")
        self._secret_of, self._http = secret_of, tools.http

    async def call(
        self,
        method: str,
        fields: Mapping[str, Any] | None = None,
        *,
        files: Mapping[str, File] | None = None,
        timeout_s: float = CALL_S,
        decides: bool = False,
        before_first_byte: Callable[[], Awaitable[None]] | None = None,
    ) -> Any:
        """The `result`. With `before_first_byte` a refusal is SendRejected and a doubtful answer OutcomeUnknown. `decides`: a
        refusal is of this one thing, so SendRejected too."""
        url = f"{self._base}/bot{await self._token()}/{method}"
        body = {key: value for key, value in (fields or {}).items() if value is not None}
        ask = functools.partial(
            self._http.request, "POST", url, timeout_s=timeout_s, before_first_byte=before_first_byte
        )
        if files:
            answer = await ask(form={key: _field(value) for key, value in body.items()}, files=files)
        else:
            answer = await ask(json=body)
        return self._result(answer, sends=before_first_byte is not None, decides=decides)

    async def file(self, path: str, limit: int) -> bytes:
        url = f"{self._base}/file/bot{await self._token()}/{path}"
        answer = await self._http.request("GET", url, limit=limit, timeout_s=MEDIA_S)
        if answer.status == 200:
            return answer.body
        if answer.status in (400, 404, 410):
            raise Transient("The file is not there any more.", code=str(answer.status))  # its next link may be good
        raise self._trouble(answer.status, "", {}, sends=False, decides=False)

    async def _token(self) -> str:
        token = ((await asyncio.to_thread(self._secret_of, "token")) or "").strip()
        if not token:
            raise CredentialsRejected("No token of the bot is stored.", hint=self._mend)
        return token

    @property
    def _mend(self) -> str:
        return f"@BotFather gives one; `unibox inbox secret {self._name} token` stores it."

    def _result(self, answer: Answer, *, sends: bool, decides: bool) -> Any:
        try:
            data = answer.json()
        except Unparseable:
            data = None
        if not isinstance(data, dict) or not isinstance(data.get("ok"), bool):
            if answer.status in (401, 403, 404):
                raise self._trouble(answer.status, "", {}, sends=sends, decides=decides)
            if sends:
                raise OutcomeUnknown("Telegram's answer to the message could not be read.", code=str(answer.status))
            raise Transient("Telegram's answer could not be read.", code=str(answer.status))
        if data["ok"]:
            return data.get("result")
        code = data.get("error_code")
        parameters = data.get("parameters")
        raise self._trouble(
            code if isinstance(code, int) else answer.status,
            str(data.get("description") or ""),
            parameters if isinstance(parameters, dict) else {},
            sends=sends,
            decides=decides,
        )

    def _trouble(
        self, status: int, said: str, parameters: Mapping[str, Any], *, sends: bool, decides: bool
    ) -> ConnectorError:
        code, said = str(status), said[:200]
        match status:
            case 401 | 404 if not said or status == 401 or said == "Not Found":
                return CredentialsRejected("Telegram does not know this token.", code=code, hint=self._mend)
            case 409:
                return Misconfigured(
                    "Another program takes this bot's messages, or a webhook is set.", code=CONFLICT,
                    hint="One bot has one taker: stop the other, or make a bot of its own for it.",
                )  # fmt: skip
            case 429:
                wait = parameters.get("retry_after")
                seconds = float(wait) if isinstance(wait, int | float) else 5.0
                return RateLimited("Telegram is asked too fast.", code=code, retry_after=seconds)
            case 400 if moved := parameters.get("migrate_to_chat_id"):
                return Moved(str(moved), code)
            case 400 | 403 if any(word in said for word in _NOT_OURS):
                return SendRejected(
                    "The business account has taken the bot away, or lets it answer no more.", code=code
                )
            case 403:
                return SendRejected("The customer has blocked the bot, or never started it.", code=code)
            case _ if status >= 500:
                if sends:
                    return OutcomeUnknown("Telegram failed while it had the message.", code=code)
                return Transient("Telegram is not well.", code=code)
        reason = said.removeprefix("Bad Request: ") or f"HTTP {status}"
        if sends or decides:
            return SendRejected(say("Telegram refuses it: {reason}.", reason=reason), code=code)
        return Misconfigured(say("Telegram refuses: {reason}.", reason=reason), code=code)


def _field(value: Any) -> str:
    """A field of a multipart form; what is not text goes as JSON."""
    import json

    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
