"""Consent to the app, and the tokens it gives: 25 hours, renewed by a token that is good for one renewal."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from unibox_tui.connectors import reading
from unibox_tui.connectors.contract import Http, SecretOf
from unibox_tui.connectors.errors import CredentialsRejected, Misconfigured, RateLimited, Transient
from unibox_tui.connectors.tokens import Fresh
from unibox_tui.connectors.zalo.calls import CONFIGURATION, RATE, SLOWER_S

EARLY_MS = 3_600_000
LIVES_S = 90_000
_PURPOSE = b"unibox consent"


class Grant:
    """One app's consent. Its PKCE pair is fixed at the app, so it is made from the app's secret (or is the stored
    `code_verifier`): the same on every machine and for every Official Account of the app."""

    def __init__(
        self, http: Http, secret_of: SecretOf, oauth: str, app_id: str, redirect: str, now: Callable[[], int], mend: str
    ) -> None:
        self._http, self._secret_of, self._oauth = http, secret_of, oauth
        self._app_id, self._redirect, self._mend = app_id, redirect, mend
        self._now = now

    def link(self, state: str) -> str:
        """Raises Misconfigured."""
        if not self._redirect:
            raise Misconfigured(
                "The callback address of the Zalo app is missing.", hint="The inbox's setting `redirect`."
            )
        query = {
            "app_id": self._app(), "redirect_uri": self._redirect, "code_challenge": self.challenge(), "state": state,
        }  # fmt: skip
        return f"{self._oauth}/v4/oa/permission?{urlencode(query)}"

    def challenge(self) -> str:
        """What is entered at the app beside the callback address. Raises Misconfigured."""
        return _url64(hashlib.sha256(self._verifier().encode()).digest())

    async def of_code(self, code: str) -> Fresh:
        verifier = await asyncio.to_thread(self._verifier)
        return await self._tokens({"grant_type": "authorization_code", "code": code, "code_verifier": verifier})

    async def renewed(self, refresh: str) -> Fresh:
        return await self._tokens({"grant_type": "refresh_token", "refresh_token": refresh})

    async def _tokens(self, form: Mapping[str, str]) -> Fresh:
        """Whatever Zalo refuses here but the pace needs a person: the token that was shown is used."""
        secret = await asyncio.to_thread(self._secret)
        answer = await self._http.request(
            "POST",
            f"{self._oauth}/v4/oa/access_token",
            headers={"secret_key": secret},
            form={**form, "app_id": self._app()},
        )
        if answer.status == 429:
            raise RateLimited("Zalo wants fewer requests.", code=str(RATE), retry_after=SLOWER_S)
        if answer.status >= 500:
            raise Transient("Zalo has an error of its own.", code=str(answer.status))
        data = answer.json()
        data = data if isinstance(data, dict) else {}
        access, fresh = reading.word(data, "access_token"), reading.word(data, "refresh_token")
        if access and fresh:
            lives = reading.count(data, "expires_in") or LIVES_S
            return Fresh(access, fresh, self._now() + lives * 1000)
        code = reading.word(data, "error")
        if code == str(RATE):
            raise RateLimited("Zalo wants fewer requests.", code=code, retry_after=SLOWER_S)
        if code in ("-14002", "-14003", "-209"):
            message, hint = CONFIGURATION[int(code)]
            raise Misconfigured(message, code=code, hint=hint)
        raise CredentialsRejected("Zalo renews the access no more.", code=code, hint=self._mend)

    def _app(self) -> str:
        if not self._app_id:
            raise Misconfigured(
                "The id of the Zalo app is missing.", hint="[apps.NAME] id = …, and app = NAME at the inbox."
            )
        return self._app_id

    def _secret(self) -> str:
        secret = (self._secret_of("app_secret") or "").strip()
        if not secret:
            raise Misconfigured(
                "The secret of the Zalo app is missing.", hint="`unibox inbox secret NAME app_secret` stores it."
            )
        return secret

    def _verifier(self) -> str:
        stored = (self._secret_of("code_verifier") or "").strip()
        return stored or _url64(hmac.new(self._secret().encode(), _PURPOSE, hashlib.sha256).digest())


def _url64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
