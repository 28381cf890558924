"""Access tokens that are renewed: in time, by one process at a time, the new pair on disk before the old one is given up.

Providers whose refresh tokens work once (Zalo) leave no second chance, so both tokens are kept as one secret, `tokens`,
written at once. The secrets that a person stored (`access_token`, `refresh_token`) are where it begins, and begin it anew
when a person stores others.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from unibox_tui.connectors.contract import SecretOf, Tools
from unibox_tui.connectors.errors import CredentialsRejected, NoConsent
from unibox_tui.domain.errors import UniboxError

log = logging.getLogger(__name__)

KEPT = "tokens"


@dataclass(frozen=True, slots=True)
class Fresh:
    """What a provider gave. `refresh` None: the old one stays good. `until`: epoch ms, None: it does not end."""

    access: str
    refresh: str | None = None
    until: int | None = None


Renew = Callable[[str], Awaitable[Fresh]]
"""Refresh token -> fresh ones. Raises CredentialsRejected when it is dead, Transient when it may be tried again."""


@dataclass(frozen=True, slots=True)
class _Held:
    access: str
    refresh: str
    until: int | None
    begun: str  # fingerprint of what a person stored


class RotatingToken:
    """`early_ms`: how long before its end a token is renewed. `mend`: the hint when a person is needed."""

    def __init__(
        self,
        tools: Tools,
        secret_of: SecretOf,
        renew: Renew,
        *,
        early_ms: int,
        mend: str,
        access: str = "access_token",
        refresh: str = "refresh_token",
    ) -> None:
        self._tools, self._secret_of, self._renew = tools, secret_of, renew
        self._early_ms, self._mend = early_ms, mend
        self._names = (access, refresh)
        self._held: _Held | None = None
        self._unkept = ""
        self._busy = asyncio.Lock()

    async def current(self) -> str:
        """A token that is good now. Raises CredentialsRejected, Transient."""
        held = self._held
        if self._unkept:
            async with self._busy:
                await self._keep_on_disk()
        if held is not None and held.access and not self._ends(held):
            return held.access
        return await self._renewed(dead="")

    async def after_refusal(self, dead: str) -> str:
        """A token other than `dead`, which the provider has just refused."""
        return await self._renewed(dead=dead)

    async def keep(self, fresh: Fresh) -> None:
        """Tokens that a consent gave; from here on they are the ones."""
        async with self._busy, self._tools.lock(KEPT):
            await self._store(fresh, "", await asyncio.to_thread(self._fingerprint))

    async def until(self) -> int | None:
        """When the present token ends, epoch ms; None: it does not, or there is none."""
        held = self._held
        if held is None:
            held = await asyncio.to_thread(self._read)
        return held.until

    def _ends(self, held: _Held) -> bool:
        return held.until is not None and held.until - self._early_ms <= self._tools.now()

    async def _renewed(self, dead: str) -> str:
        async with self._busy:
            held = self._held
            if held is None or self._ends(held) or held.access in ("", dead):
                async with self._tools.lock(KEPT):
                    held = await self._read_or_renew(dead)
            return held.access

    async def _read_or_renew(self, dead: str) -> _Held:
        """Another process may have renewed it while we waited for the lock."""
        held = await asyncio.to_thread(self._read)
        if held.access and held.access != dead and not self._ends(held):
            self._held = held
            return held
        if not held.refresh:
            if held.access and held.access != dead and held.until is None:
                self._held = held
                return held
            raise CredentialsRejected("There is no token that is good, and none to renew it with.", hint=self._mend)
        fresh = await self._renew(held.refresh)
        return await self._store(fresh, held.refresh, held.begun)

    async def _store(self, fresh: Fresh, refresh: str, begun: str) -> _Held:
        held = _Held(fresh.access, fresh.refresh or refresh, fresh.until, begun)
        # In hand even when the disk is full: the old pair may be dead already, so this one is used and kept later.
        self._held = held
        self._unkept = json.dumps({"access": held.access, "refresh": held.refresh, "until": held.until, "begun": begun})
        await self._keep_on_disk()
        return held

    async def _keep_on_disk(self) -> None:
        if not self._unkept:
            return  # kept while we waited
        try:
            await asyncio.to_thread(self._tools.keep_secret, KEPT, self._unkept)
            self._unkept = ""
        except (UniboxError, OSError) as error:
            log.error("renewed tokens cannot be kept and are lost when unibox stops: %s", type(error).__name__)

    def _read(self) -> _Held:
        """Raises CredentialsRejected when nothing is stored."""
        begun = self._fingerprint()
        kept = self._kept()
        if kept is not None and kept.begun == begun:
            return kept
        access, refresh = ((self._secret_of(name) or "").strip() for name in self._names)
        if not access and not refresh:
            if kept is not None:
                return kept
            raise NoConsent("No token is stored.", hint=self._mend)
        return _Held(access, refresh, None, begun)

    def _kept(self) -> _Held | None:
        try:
            data: Any = json.loads(self._secret_of(KEPT) or "null")
        except ValueError:
            return None
        if not isinstance(data, dict) or not isinstance(data.get("access"), str):
            return None
        until = data.get("until")
        return _Held(
            data["access"],
            str(data.get("refresh") or ""),
            until if isinstance(until, int) else None,
            str(data.get("begun") or ""),
        )

    def _fingerprint(self) -> str:
        given = "\n".join((self._secret_of(name) or "").strip() for name in self._names)
        return hashlib.sha256(given.encode()).hexdigest()[:16]
