"""The service and its engine from within: a held lock is ridden out, a connector is replaced without a gap."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.processes.running import Place, deliver, mail, mail_inbox, make_maildir, until_async
from tests.support.world import MAIL, World
from unibox_tui.config.reading import load
from unibox_tui.connectors.contract import Batch, Cursor
from unibox_tui.connectors.errors import CredentialsRejected
from unibox_tui.domain.errors import Conflict
from unibox_tui.domain.words import InboxState
from unibox_tui.service import Service
from unibox_tui.store import inboxes
from unibox_tui.store.trouble import BUSY
from unibox_tui.sync import engine as engines
from unibox_tui.sync.engine import Engine, Wanted
from unibox_tui.sync.facts import Rules


@contextlib.contextmanager
def held(db: Any) -> Any:
    """Somebody is stopped inside a transaction."""

    def fail(*_: object) -> None:
        raise Conflict("The store is busy: another process holds its lock.", code=BUSY)

    db._transact = fail
    try:
        yield
    finally:
        del db._transact


@pytest.mark.slow
async def test_a_held_lock_ends_nothing(
    place: Callable[..., Place], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    box = make_maildir(tmp_path / "mail", "Sent")
    home = place(mail_inbox(box))
    stop = asyncio.Event()
    async with Service(home.home, load(home.home.config, inboxes=True), stop) as service:
        await until_async(lambda: home.count("cursor"), what="the folder is watched")
        deliver(box, "a", mail(1))
        await until_async(lambda: home.count("message") == 1, what="the first mail")
        with held(service.db):
            deliver(box, "b", mail(2))
            await asyncio.sleep(2.5)
            assert not stop.is_set()
        deliver(box, "c", mail(3))
        await until_async(lambda: home.count("message") == 3, what="the mails")
        expires = home.value("SELECT expires FROM lease")
        await until_async(lambda: home.value("SELECT expires FROM lease") > expires, what="the lease is renewed")
        assert not stop.is_set()
    assert "the lease cannot be renewed" in caplog.text
    assert service.failed == 0
    assert home.count("message", "inert = 0") == 3


class Posted:
    channel = "livechat"

    def __init__(self, slow: float = 0.0) -> None:
        self.slow = slow
        self.closed = False

    def parse(self, body: bytes, headers: Mapping[str, str]) -> tuple[()]:
        return ()

    async def aclose(self) -> None:
        await asyncio.sleep(self.slow)
        self.closed = True


class Pulled(Posted):
    """Its stream refuses the login until it is told otherwise."""

    def __init__(self) -> None:
        super().__init__()
        self.streams = 0
        self.refuses = False

    async def pull(self, cursors: Mapping[str, Cursor]) -> AsyncIterator[Batch]:
        self.streams += 1
        try:
            while True:
                if self.refuses:
                    raise CredentialsRejected("535 no", hint="Check the password.")
                yield Batch("", phase="listening")
                await asyncio.sleep(0.01)
        finally:
            self.streams -= 1


def engine_of(world: World) -> Engine:
    return Engine(world.db, 1, lambda group: Rules(), world.put, lambda sha: b"")


def wanted(world: World, id: int, connector: Any) -> dict[int, Wanted]:
    row = world.db.read_now(lambda db: inboxes.by_id(db, id))
    return {id: Wanted(row, None, connector)}


async def test_a_connector_is_replaced_without_a_gap(world: World) -> None:
    id, engine = world.inbox("chat", channel="livechat"), engine_of(world)
    old, new = Posted(slow=0.3), Posted()
    await engine.use(wanted(world, id, old))
    changing = asyncio.create_task(engine.use(wanted(world, id, new)))
    while not changing.done():
        assert engine.parser_of(id) is not None, "what is posted meanwhile would find no reader"
        await asyncio.sleep(0.01)
    assert engine.parser_of(id) is new
    assert old.closed
    await engine.use({})
    assert new.closed


async def test_a_paused_inbox_ends_its_connection_at_once(world: World) -> None:
    id, engine, box = world.inbox("a", MAIL), engine_of(world), Pulled()
    await engine.use(wanted(world, id, box))
    await until_async(lambda: box.streams == 1)
    world.db.write_now(lambda tx: inboxes.set_state(tx, id, InboxState.PAUSED))
    await engine.states_changed()
    assert box.streams == 0
    world.db.write_now(lambda tx: inboxes.set_state(tx, id, InboxState.ON))
    await engine.states_changed()
    await until_async(lambda: box.streams == 1)
    await engine.use({})
    assert box.streams == 0


async def test_changes_at_the_same_time_leave_one_stream(world: World) -> None:
    id, engine = world.inbox("a", MAIL), engine_of(world)
    boxes = [Pulled() for _ in range(4)]
    await engine.use(wanted(world, id, boxes[0]))
    await asyncio.gather(*(engine.use(wanted(world, id, box)) for box in boxes[1:]), engine.states_changed())
    await until_async(lambda: sum(box.streams for box in boxes) == 1)
    assert boxes[-1].streams == 1
    await engine.use({})
    assert sum(box.streams for box in boxes) == 0


async def test_what_only_sending_found_broken_is_tried_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "REVIVE_LOOK_S", 0.02)
    monkeypatch.setattr(engines, "BROKEN_RETRY_S", 0.2)
    id, engine = world.inbox("a", MAIL), engine_of(world)
    running = asyncio.create_task(engine.run())
    await engine._broken(id, CredentialsRejected("535 no"))
    state = world.row("SELECT state FROM inbox")["state"]
    assert state == "broken"
    await until_async(lambda: world.row("SELECT state FROM inbox")["state"] == "on")
    running.cancel()
    await asyncio.wait([running])
