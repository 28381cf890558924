"""An inbox whose login was refused waits long by itself, and not at all once a person has mended it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.world import CHAT, World
from unibox_tui.connectors.contract import Batch, CheckReport, SendRequest, SendResult
from unibox_tui.connectors.errors import CredentialsRejected
from unibox_tui.connectors.settings import InboxSettings
from unibox_tui.domain.policy import Capabilities
from unibox_tui.domain.words import InboxState
from unibox_tui.store import inboxes
from unibox_tui.sync import engine as engine_module
from unibox_tui.sync.engine import Engine
from unibox_tui.sync.wanted import Wanted


class Locked:
    channel = "fake"
    password = "old"

    def __init__(self) -> None:
        self.tries = 0
        self.pulled = asyncio.Event()

    def capabilities(self) -> Capabilities:
        return CHAT

    async def check(self) -> CheckReport:
        raise NotImplementedError

    async def send(self, request: SendRequest) -> SendResult:
        raise NotImplementedError

    async def aclose(self) -> None:
        return None

    async def pull(self, cursors: Any) -> AsyncIterator[Batch]:
        self.tries += 1
        if self.password != "new":
            raise CredentialsRejected("The login was refused.")
        yield Batch("events", phase="polling")
        self.pulled.set()
        await asyncio.Event().wait()


async def test_what_a_person_has_mended_is_tried_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "SPREAD_S", 0.0)
    id, page = world.inbox("a", CHAT, channel="fake"), Locked()
    row = world.db.read_now(lambda db: inboxes.by_id(db, id))
    engine = Engine(world.db, 1, lambda group: world.rules, world.put, lambda sha: world.media[sha])
    await engine.use({id: Wanted(row, InboxSettings(channel="fake"), page)})
    running = asyncio.create_task(engine.run())
    try:
        async with asyncio.timeout(20):
            while world.row("SELECT state FROM inbox WHERE id = :id", id=id)["state"] != "broken":
                await asyncio.sleep(0.01)
            await engine.states_changed()  # its own change is no mending
            await asyncio.sleep(0.1)
            assert page.tries == 1
            page.password = "new"
            await world.db.write(lambda tx: inboxes.set_state(tx, id, InboxState.ON))
            await engine.states_changed()
            await page.pulled.wait()
        assert page.tries == 2
    finally:
        running.cancel()
        await asyncio.wait([running], timeout=5)
