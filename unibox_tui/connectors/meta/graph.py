"""Calls of the Graph API and what its refusals mean. Tokens travel in a header where Meta takes them there; no address, token
or customer is ever in a message."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from unibox_tui.connectors import reading
from unibox_tui.connectors.contract import Answer, Http, Paced
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
from unibox_tui.domain.saying import say

CALL_S = 20.0
MEDIA_S = 120.0
_SLOW_DOWN = frozenset({4, 17, 32, 613, 80001, 80002, 80006, 80007})
_HOLD_S = 60.0

TokenOf = Callable[[], Awaitable[str]]
SecretNow = Callable[[str], str | None]
Refusal = Callable[[int, int, bool], ConnectorError | None]
"""(code, subcode, sends) -> what a channel knows of its own codes; None: as for all."""


class Graph:
    """`token_of` gives the endpoint's token; `mend` is the hint when it is dead. `pace` is shared by what Meta counts together.

    `proof`: send `appsecret_proof`, made with the app's secret.
    """

    def __init__(
        self,
        http: Http,
        base: str,
        token_of: TokenOf,
        secret_of: SecretNow,
        pace: Paced,
        *,
        mend: str,
        proof: bool = False,
        refusal: Refusal | None = None,
    ) -> None:
        self._http, self._base, self._token_of, self._secret_of = http, base.rstrip("/"), token_of, secret_of
        self._pace, self._mend, self._proof, self._refusal = pace, mend, proof, refusal

    async def get(self, path: str, params: Mapping[str, str] | None = None, *, token: str | None = None) -> Any:
        return await self._ask("GET", path, params=dict(params or {}), token=token)

    async def post(
        self,
        path: str,
        json: Any = None,
        *,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        before_first_byte: Callable[[], Awaitable[None]] | None = None,
    ) -> Any:
        """With `before_first_byte` a refusal is SendRejected and a doubtful answer OutcomeUnknown."""
        return await self._ask(
            "POST",
            path,
            params=dict(params or {}),
            json=json,
            form=form,
            files=files,
            before_first_byte=before_first_byte,
        )

    async def delete(self, path: str) -> Any:
        return await self._ask("DELETE", path, params={})

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        params: dict[str, str],
        token: str | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        before_first_byte: Callable[[], Awaitable[None]] | None = None,
    ) -> Any:
        token = await self._token_of() if token is None else token
        if self._proof and token:
            secret = (await asyncio.to_thread(self._secret_of, "app_secret") or "").strip()
            params.setdefault("appsecret_proof", proof(secret, token))
        await self._pace.turn()
        answer = await self._http.request(
            method,
            f"{self._base}/{path}",
            params=params,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            json=json,
            form=form,
            files=files,
            timeout_s=MEDIA_S if files else CALL_S,
            before_first_byte=before_first_byte,
        )
        return self._result(answer, sends=before_first_byte is not None)

    def _result(self, answer: Answer, *, sends: bool) -> Any:
        try:
            data = answer.json()
        except Unparseable:
            if sends and answer.status not in (401, 403, 404, 429):
                raise OutcomeUnknown(
                    "Meta's answer to the message could not be read.", code=str(answer.status)
                ) from None
            raise Transient("Meta's answer could not be read.", code=str(answer.status)) from None
        error = data.get("error") if isinstance(data, dict) else None
        if isinstance(error, dict):
            raise self._trouble(answer, error, sends)
        if answer.status >= 400:
            if sends and answer.status >= 500:
                raise OutcomeUnknown("Meta failed while it had the message.", code=str(answer.status))
            raise Transient("Meta is not well.", code=str(answer.status))
        return data

    def _trouble(self, answer: Answer, error: Mapping[str, Any], sends: bool) -> ConnectorError:
        code, sub = _number(error.get("code")), _number(error.get("error_subcode"))
        named = f"{code}/{sub}" if sub else str(code)
        if self._refusal is not None and (own := self._refusal(code, sub, sends)) is not None:
            own.code = named
            return own
        if code in _SLOW_DOWN or answer.status == 429:
            wait = regain_s(answer.headers)
            self._pace.hold(min(wait, 5.0))
            return RateLimited("Meta is asked too fast.", code=named, retry_after=wait)
        if code in (190, 102) or answer.status == 401:
            why = {460: "the password was changed", 463: "it has expired", 467: "it was taken back"}.get(
                sub, "it is dead"
            )
            return CredentialsRejected(
                say("Meta does not take the token: {why}.", why=why), code=named, hint=self._mend
            )
        if 200 <= code <= 299 or code == 10 or code == 3:
            return Misconfigured("Meta has not granted the permission for this.", code=named, hint=self._mend)
        if code == 368:
            return Misconfigured(
                "Meta has blocked this for policy reasons.", code=named, hint="Look into Meta's account quality page."
            )
        if code in (1, 2) or answer.status >= 500:
            if sends and answer.status >= 500 and code not in (1, 2):
                return OutcomeUnknown("Meta failed while it had the message.", code=named)
            return Transient("Meta is not well for the moment.", code=named)
        if sends:
            return SendRejected(say("Meta refuses the message (code {named}).", named=named), code=named)
        return Misconfigured(say("Meta refuses the request (code {named}).", named=named), code=named)


def following(data: Mapping[str, Any]) -> str:
    """The cursor of the next page of a list; empty: this was the last."""
    paging = reading.maybe(data, "paging")
    return reading.word(reading.maybe(paging, "cursors"), "after") if reading.word(paging, "next") else ""


def proof(secret: str, token: str) -> str:
    """That whoever has the token has the app's secret too."""
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()


def regain_s(headers: Mapping[str, str]) -> float:
    """Seconds until calls are taken again, as X-Business-Use-Case-Usage says (it counts in minutes)."""
    import json

    try:
        usage = json.loads(headers.get("x-business-use-case-usage", "{}"))
        minutes = [
            float(one.get("estimated_time_to_regain_access") or 0)
            for entries in usage.values()
            for one in entries
            if isinstance(one, dict)
        ]
    except (ValueError, AttributeError, TypeError):
        minutes = []
    longest = max(minutes, default=0.0)
    return longest * 60 if longest else _HOLD_S


def _number(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
