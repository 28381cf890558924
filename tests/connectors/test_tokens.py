"""Tokens that work once: renewed by one at a time, on disk before they are used, never lost to a full disk."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
from collections.abc import AsyncIterator

import pytest

from unibox_tui.connectors.contract import Tools
from unibox_tui.connectors.errors import CredentialsRejected
from unibox_tui.connectors.offline import offline_tools
from unibox_tui.connectors.tokens import KEPT, Fresh, RotatingToken


class Provider:
    """Gives tokens for a refresh token that works once."""

    def __init__(self, good: str = "r0") -> None:
        self.good = good
        self.asked = 0

    async def renew(self, refresh: str) -> Fresh:
        self.asked += 1
        await asyncio.sleep(0)
        if refresh != self.good:
            raise CredentialsRejected("The refresh token is dead.")
        self.good = f"r{self.asked}"
        return Fresh(f"a{self.asked}", self.good, until=self.asked * 10_000)


class Disk:
    """Secrets and the lock that all processes of a home share."""

    def __init__(self, **secrets: str) -> None:
        self.secrets = dict(secrets)
        self.full = False
        self._lock = asyncio.Lock()
        self.now = 0

    def keep(self, name: str, value: str) -> None:
        if self.full:
            raise OSError("no space left")
        self.secrets[name] = value

    @contextlib.asynccontextmanager
    async def lock(self, name: str) -> AsyncIterator[None]:
        async with self._lock:
            yield

    @property
    def tools(self) -> Tools:
        return dataclasses.replace(offline_tools(), keep_secret=self.keep, lock=self.lock, now=lambda: self.now)

    def token(self, provider: Provider) -> RotatingToken:
        return RotatingToken(self.tools, self.secrets.get, provider.renew, early_ms=1_000, mend="reconnect")


async def test_many_at_once_in_two_processes_renew_it_once() -> None:
    disk, provider = Disk(refresh_token="r0"), Provider()
    here, there = disk.token(provider), disk.token(provider)
    got = await asyncio.gather(*(token.current() for token in (here, there) for _ in range(20)))
    assert set(got) == {"a1"}
    assert provider.asked == 1
    assert json.loads(disk.secrets[KEPT])["refresh"] == "r1"


async def test_it_is_renewed_in_time_and_after_a_refusal() -> None:
    disk, provider = Disk(refresh_token="r0"), Provider()
    token = disk.token(provider)
    assert await token.current() == "a1"
    disk.now = 8_999
    assert await token.current() == "a1"
    disk.now = 9_000
    assert await token.current() == "a2"
    assert await token.after_refusal("a2") == "a3"
    assert await token.after_refusal("a2") == "a3", "another asker has renewed it already"


async def test_a_full_disk_keeps_the_new_pair_in_use_and_writes_it_later(caplog: pytest.LogCaptureFixture) -> None:
    disk, provider = Disk(refresh_token="r0"), Provider()
    token = disk.token(provider)
    disk.full = True
    assert await token.current() == "a1"
    assert KEPT not in disk.secrets
    assert "a1" not in caplog.text
    assert "r1" not in caplog.text
    disk.full = False
    assert await token.current() == "a1"
    assert json.loads(disk.secrets[KEPT])["access"] == "a1"
    assert provider.asked == 1


async def test_a_dead_refresh_token_asks_for_a_person_and_a_new_one_begins_anew() -> None:
    disk, provider = Disk(refresh_token="old"), Provider()
    token = disk.token(provider)
    with pytest.raises(CredentialsRejected):
        await token.current()
    disk.secrets["refresh_token"] = "r0"
    assert await token.current() == "a2"


async def test_what_a_person_stores_later_is_believed_before_what_was_kept() -> None:
    disk, provider = Disk(refresh_token="r0"), Provider()
    assert await disk.token(provider).current() == "a1"
    disk.secrets["refresh_token"] = provider.good = "given by hand"
    assert await disk.token(provider).current() == "a2"


async def test_an_access_token_without_an_end_needs_no_renewing() -> None:
    disk, provider = Disk(access_token="page"), Provider()
    token = disk.token(provider)
    assert await token.current() == "page"
    assert await token.until() is None
    with pytest.raises(CredentialsRejected, match="no token that is good"):
        await token.after_refusal("page")


async def test_nothing_stored_names_the_way_out() -> None:
    token = Disk().token(Provider())
    with pytest.raises(CredentialsRejected) as caught:
        await token.current()
    assert caught.value.hint == "reconnect"
