"""XOAUTH2 access tokens: handed in ready (`access_token`, usually by a secret command) or made from a refresh token."""

from __future__ import annotations

import json
import logging
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

from unibox_tui.connectors.contract import SecretOf
from unibox_tui.connectors.email.settings import EmailSettings
from unibox_tui.connectors.errors import CredentialsRejected, Misconfigured, RateLimited, Transient
from unibox_tui.domain.saying import say

LOOPBACK = ("127.0.0.1", "::1", "localhost")
EARLY = 120  # seconds before its end at which a token is renewed
log = logging.getLogger(__name__)


class TokenSource:
    """Blocking; called from worker threads, safe from several. `keep(name, value)` stores a refresh token that the provider
    replaced; without it the new one lives as long as the process."""

    def __init__(
        self, settings: EmailSettings, secret_of: SecretOf, keep: Callable[[str, str], None] | None = None
    ) -> None:
        self._settings, self._secret_of, self._keep = settings, secret_of, keep
        self._lock = threading.Lock()
        self._token, self._good_until = "", 0.0
        self._replaced: str | None = None

    def token(self, *, fresh: bool = False) -> str:
        """An access token; `fresh` after the server refused the last one. Raises CredentialsRejected, Misconfigured, Transient."""
        with self._lock:
            if fresh:
                self._good_until = 0.0
            if self._token and time.monotonic() < self._good_until:
                return self._token
            if ready := self._secret_of("access_token"):
                return ready.strip()
            self._refresh()
            return self._token

    def _refresh(self) -> None:
        settings = self._settings
        refresh = self._replaced or self._secret_of("oauth_refresh_token")
        if not refresh:
            raise CredentialsRejected(
                say("{address}: neither an access token nor a refresh token is stored.", address=settings.address),
                hint="`unibox inbox secret NAME oauth_refresh_token` stores one; or name a secret_command for access_token.",
            )
        if not settings.oauth_token_url or not settings.oauth_client_id:
            raise Misconfigured(
                say("{address}: oauth_token_url or oauth_client_id is missing.", address=settings.address),
                hint="Both are named by the mail provider.",
            )
        form = {"grant_type": "refresh_token", "refresh_token": refresh.strip(), "client_id": settings.oauth_client_id}
        if secret := self._secret_of("oauth_client_secret"):
            form["client_secret"] = secret.strip()
        if settings.oauth_scope:
            form["scope"] = settings.oauth_scope
        answer = _post(settings, form)
        token = answer.get("access_token")
        if not isinstance(token, str) or not token:
            raise Transient(say("{host} answered without an access token.", host=_host(settings)))
        self._token = token
        try:
            lifetime = float(answer.get("expires_in") or 3600)
        except (TypeError, ValueError):
            lifetime = 3600.0
        self._good_until = time.monotonic() + max(lifetime - EARLY, lifetime / 2)
        replaced = answer.get("refresh_token")
        if isinstance(replaced, str) and replaced and replaced != refresh:
            self._replaced = replaced
            if self._keep is not None:
                self._keep("oauth_refresh_token", replaced)
            else:
                log.info("%s: the provider gave a new refresh token; the stored one stays in use", settings.address)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None  # the secrets in the request are for this address alone


def _post(settings: EmailSettings, form: dict[str, str]) -> dict[str, Any]:
    url = urllib.parse.urlsplit(settings.oauth_token_url)
    if url.scheme != "https" and not (url.scheme == "http" and url.hostname in LOOPBACK):
        raise Misconfigured("oauth_token_url must begin with https://.")
    context = ssl.create_default_context(cafile=settings.ca_file or None)
    opener = urllib.request.build_opener(
        _NoRedirects, urllib.request.ProxyHandler(), urllib.request.HTTPSHandler(context=context)
    )
    request = urllib.request.Request(  # noqa: S310 - the scheme is checked above
        settings.oauth_token_url,
        data=urllib.parse.urlencode(form).encode(),
        headers={"Accept": "application/json"},
        method="POST",
    )
    try:
        with opener.open(request, timeout=min(settings.timeout_seconds, 30)) as reply:
            return _json(reply.read(1 << 20))
    except urllib.error.HTTPError as refusal:
        with refusal:
            raise _refused(settings, refusal.code, _json(refusal.read(1 << 16)), refusal.headers) from None
    except (OSError, urllib.error.URLError) as problem:
        raise Transient(
            say("{host} cannot be reached for a token: {reason}.", host=_host(settings), reason=_reason(problem))
        ) from problem


def _refused(settings: EmailSettings, status: int, answer: dict[str, Any], headers: Any) -> Exception:
    code = str(answer.get("error") or status)[:60]
    if status == 429:
        seconds = str(headers.get("Retry-After") or "")
        return RateLimited(
            say("{host} is asked too often.", host=_host(settings)),
            code=code,
            retry_after=float(seconds) if seconds.isdigit() else None,
        )
    if status >= 500:
        return Transient(
            say("{host} cannot give a token now ({status}).", host=_host(settings), status=status), code=code
        )
    if code in ("invalid_client", "unauthorized_client", "invalid_scope", "unsupported_grant_type"):
        return Misconfigured(
            say("{host} does not know the application ({code}).", host=_host(settings), code=code),
            code=code,
            hint="Check oauth_client_id, oauth_client_secret and oauth_scope.",
        )
    return CredentialsRejected(
        say(
            "{host} refused the refresh token of {address} ({code}).",
            host=_host(settings),
            address=settings.address,
            code=code,
        ),
        code=code,
        hint="Log in at the provider again; `unibox inbox secret NAME oauth_refresh_token` stores the new one.",
    )


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _host(settings: EmailSettings) -> str:
    return urllib.parse.urlsplit(settings.oauth_token_url).hostname or "The token server"


def _reason(problem: BaseException) -> str:
    return str(getattr(problem, "reason", problem))[:200]
