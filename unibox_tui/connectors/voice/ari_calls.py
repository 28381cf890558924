"""One call to Asterisk's REST interface, and what its answers mean."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from unibox_tui.connectors.contract import Answer, Paced, SecretOf, Tools
from unibox_tui.connectors.errors import (
    CredentialsRejected,
    OutcomeUnknown,
    RateLimited,
    SendRejected,
    Transient,
    Unparseable,
)
from unibox_tui.connectors.pace import retry_after
from unibox_tui.connectors.voice.settings import VoiceSettings
from unibox_tui.domain.saying import say

Before = Callable[[], Awaitable[None]]
_REFUSED = {
    400: "Asterisk does not understand this call.",
    404: "Asterisk does not know this phone or application.",
    422: "Asterisk cannot ring this phone.",
}


class AriCalls:
    def __init__(self, name: str, settings: VoiceSettings, secret_of: SecretOf, tools: Tools, pace: Paced) -> None:
        self.base = settings.api.rstrip("/")
        self.mend = say("Look at ari.conf, and store its password: `unibox inbox secret {name} password`.", name=name)
        self._settings = settings
        self._secret_of = secret_of
        self._tools = tools
        self._pace = pace

    @property
    def password(self) -> str:
        found = (self._secret_of("password") or "").strip()
        if not found:
            raise CredentialsRejected("No password of Asterisk's REST interface is stored.", hint=self.mend)
        return found

    async def originate(self, params: Mapping[str, str], before: Before | None = None) -> str:
        """Ring an endpoint; gives the channel's id. A channel of that id that is there already is that call (409)."""
        answer = await self._ask("POST", "/channels", params, before)
        if answer.status == 409:
            return params["channelId"]
        if answer.status >= 400:
            raise SendRejected(
                _REFUSED.get(answer.status, f"Asterisk refused the call (HTTP {answer.status})."),
                code=str(answer.status),
                hint="Look at `agents`, `dial` and `stasis` of the inbox.",
            )
        try:
            found = answer.json()
        except Unparseable:
            return params["channelId"]  # it was taken; the id is ours
        return str(found.get("id") or params["channelId"]) if isinstance(found, dict) else params["channelId"]

    async def there_is(self, path: str) -> bool:
        answer = await self._ask("GET", path)
        if answer.status == 404:
            return False
        if answer.status != 200:
            raise Transient(f"Asterisk answered HTTP {answer.status}.", code=str(answer.status))
        return True

    async def channels(self) -> Sequence[Mapping[str, Any]]:
        answer = await self._ask("GET", "/channels")
        if answer.status != 200:
            raise Transient(f"Asterisk answered HTTP {answer.status} when asked for its channels.")
        found = answer.json()
        if not isinstance(found, list):
            raise Unparseable("Asterisk answered something else than its channels.")
        return [one for one in found if isinstance(one, dict)]

    async def do(self, method: str, path: str, params: Mapping[str, str] | None = None) -> bool:
        """Something that may be done twice; whether Asterisk took it."""
        return (await self._ask(method, path, params)).status < 400

    async def file(self, name: str, limit: int) -> bytes:
        answer = await self._ask("GET", f"/recordings/stored/{quote(name, safe='')}/file", limit=limit)
        if answer.status == 404:
            raise Unparseable("Asterisk does not have this recording.", code="404")
        if answer.status != 200:
            raise Transient(f"Asterisk answered HTTP {answer.status} when asked for a recording.")
        return answer.body

    async def _ask(
        self, method: str, path: str, params: Mapping[str, str] | None = None, before: Before | None = None, *, limit: int = 4_000_000
    ) -> Answer:  # fmt: skip
        password = self.password
        await self._pace.turn()
        answer = await self._tools.http.request(
            method,
            f"{self.base}{path}",
            params=params,
            auth=(self._settings.user, password),
            limit=limit,
            before_first_byte=before,
        )
        if answer.status in (401, 403):
            raise CredentialsRejected(
                "Asterisk does not take the user or password.", code=str(answer.status), hint=self.mend
            )
        if answer.status == 429:
            wait = retry_after(answer.headers)
            self._pace.hold(wait)
            raise RateLimited("Asterisk wants fewer requests.", code="429", retry_after=wait)
        if answer.status >= 500:
            if before is not None:
                raise OutcomeUnknown("Asterisk had an error of its own and may have rung.", code=str(answer.status))
            raise Transient("Asterisk has an error of its own.", code=str(answer.status))
        return answer
