"""Calls of Chatwoot's application API, and what its refusals mean."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from unibox_tui.connectors.chatwoot.settings import ChatwootSettings
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

CALL_S = 20.0
FILE_S = 120.0
File = tuple[str, bytes, str]


class ChatwootApi:
    """Paths are those below the account; with a leading slash those below /api/v1."""

    def __init__(self, name: str, settings: ChatwootSettings, secret_of: SecretOf, tools: Tools) -> None:
        self._name, self._base = name, settings.api.rstrip("/")
        self._account = settings.account
        self._secret_of, self._http = secret_of, tools.http

    async def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, File] | None = None,
        decides: bool = False,
        before_first_byte: Callable[[], Awaitable[None]] | None = None,
    ) -> Any:
        """What it answers; None when that is not JSON. `decides`: a refusal is of this one thing, so SendRejected. With
        `before_first_byte` it is a message: a doubtful answer is OutcomeUnknown."""
        where = f"/api/v1{path}" if path.startswith("/") else f"/api/v1/accounts/{self._account}/{path}"
        sends = before_first_byte is not None
        answer = await self._http.request(
            method,
            f"{self._base}{where}",
            params=params,
            headers={"api_access_token": await self._token()},
            json=json,
            form=form,
            files=files,
            timeout_s=FILE_S if files else CALL_S,
            before_first_byte=before_first_byte,
        )
        if not 200 <= answer.status < 300:
            raise self._trouble(answer, sends=sends, decides=sends or decides)
        try:
            return answer.json()
        except Unparseable:
            if sends:
                raise OutcomeUnknown("Chatwoot's answer to the message could not be read.") from None
            return None

    async def _token(self) -> str:
        token = ((await asyncio.to_thread(self._secret_of, "token")) or "").strip()
        if not token:
            raise CredentialsRejected("No access token is stored.", hint=self._mend)
        return token

    @property
    def _mend(self) -> str:
        return f"Profile settings → Access token gives one; `unibox inbox secret {self._name} token` stores it."

    def _trouble(self, answer: Answer, *, sends: bool, decides: bool) -> ConnectorError:
        code = str(answer.status)
        match answer.status:
            case 401:
                return CredentialsRejected("Chatwoot does not know this token.", code=code, hint=self._mend)
            case 429:
                said = answer.headers.get("retry-after", "")
                wait = float(said) if said.isascii() and said.isdigit() else 5.0
                return RateLimited("Chatwoot is asked too fast.", code=code, retry_after=wait)
            case status if status >= 500:
                if sends:
                    return OutcomeUnknown("Chatwoot failed while it had the message.", code=code)
                return Transient("Chatwoot is not well.", code=code)
        if decides:
            words = {403: "The token's user may not do this.", 404: "This conversation is not there any more."}
            return SendRejected(words.get(answer.status, "Chatwoot refuses it."), code=code)
        if answer.status in (403, 404):
            return Misconfigured(
                "The token's user is not in this account.", code=code, hint="Look at `api` and `account`."
            )
        return Misconfigured("Chatwoot refuses this.", code=code, hint="Look at `api` and `account`.")
