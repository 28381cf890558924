"""Hundreds of inboxes begin to pull a few at a time; one that hangs or is refused slows no other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.world import CHAT, World
from tests.sync.fakes import Fake
from unibox_tui.connectors.contract import Batch
from unibox_tui.connectors.errors import CredentialsRejected
from unibox_tui.connectors.settings import InboxSettings
from unibox_tui.store import inboxes
from unibox_tui.sync import engine as engine_module
from unibox_tui.sync import puller as puller_module
from unibox_tui.sync.engine import BEGIN_AT_ONCE, Engine
from unibox_tui.sync.wanted import Wanted

MANY = 120


class Page(Fake):
    beginning = most = 0

    def __init__(self, *, hangs: bool = False, refused: bool = False) -> None:
        super().__init__()
        self.hangs, self.refused = hangs, refused
        self.pulled = asyncio.Event()

    def consent_url(self, state: str) -> str:
        return "https://consent.example"

    async def take_code(self, code: str, state: str) -> Any:
        raise NotImplementedError

    async def pull(self, cursors: Any) -> AsyncIterator[Batch]:
        Page.beginning += 1
        Page.most = max(Page.most, Page.beginning)
        try:
            if self.refused:
                raise CredentialsRejected("The token was refused.")
            if self.hangs:
                await asyncio.Event().wait()
            await asyncio.sleep(0.01)
        finally:
            Page.beginning -= 1
        yield Batch("events", phase="polling")
        self.pulled.set()
        await asyncio.Event().wait()


async def test_all_come_to_their_turn(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(puller_module, "GATE_S", 0.2)
    monkeypatch.setattr(engine_module, "SPREAD_S", 0.0)
    Page.beginning = Page.most = 0
    pages = [Page(hangs=n < BEGIN_AT_ONCE, refused=n == MANY - 1) for n in range(MANY)]
    ids = [world.inbox(f"trang-{n:03}", CHAT, channel="fake") for n in range(MANY)]
    rows = {row.id: row for row in world.db.read_now(inboxes.all_inboxes)}
    engine = Engine(world.db, 1, lambda group: world.rules, world.put, lambda sha: world.media[sha])
    await engine.use(
        {id: Wanted(rows[id], InboxSettings(channel="fake"), page) for id, page in zip(ids, pages, strict=True)}
    )
    running = asyncio.create_task(engine.run())
    try:
        async with asyncio.timeout(20):
            await asyncio.gather(*(page.pulled.wait() for page in pages[BEGIN_AT_ONCE:-1]))
        assert Page.most <= 2 * BEGIN_AT_ONCE
        last = world.row(
            "SELECT i.state, h.hint FROM inbox i JOIN inbox_health h ON h.inbox_id = i.id WHERE i.id = :id", id=ids[-1]
        )
        assert last["state"] == "broken"
        assert last["hint"] == f"`unibox inbox reconnect {rows[ids[-1]].name}` mends it."
        others = world.rows("SELECT 1 FROM inbox WHERE state <> 'on'")
        assert len(others) == 1
    finally:
        running.cancel()
        await asyncio.wait([running], timeout=5)
