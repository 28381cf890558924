from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from time import monotonic

from unibox_tui.store import changes
from unibox_tui.store.changes import Changes
from unibox_tui.store.database import Database, Tx
from unibox_tui.views.feed import GAP_S, SAFETY_POLL_S, UNFOCUSED_GAP_S, Feed


class Bell:
    """A bell within one process; `deaf` never hears it."""

    def __init__(self, *, deaf: bool = False) -> None:
        self.rung = asyncio.Event()
        self.deaf = deaf
        self.waits: list[float] = []

    def ring(self) -> None:
        if not self.deaf:
            self.rung.set()

    async def wait(self, timeout: float) -> bool:
        self.waits.append(timeout)
        if self.deaf:
            await asyncio.sleep(0)  # the safety poll, without its two seconds
            return False
        try:
            await asyncio.wait_for(self.rung.wait(), timeout)
        except TimeoutError:
            return False
        self.rung.clear()
        return True


def change(db: Database, bell: Bell, *ids: int) -> None:
    def write(tx: Tx) -> None:
        for id in ids:
            tx.changed("conversation", id)

    db.write_now(write)
    bell.ring()


async def next_of(stream: AsyncGenerator[Changes, None]) -> Changes:
    return await asyncio.wait_for(anext(stream), 10)


async def test_gives_what_changed_since_it_was_made_and_nothing_before(db: Database) -> None:
    bell = Bell()
    change(db, bell, 1)
    feed = Feed(db, bell)
    stream = feed.changes()
    waiting = asyncio.ensure_future(next_of(stream))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    change(db, bell, 2)
    first = await waiting
    assert (first.reload, first.rows) == (False, {"conversation": {"2"}})
    await stream.aclose()


async def test_a_burst_comes_as_one_and_not_before_the_gap(db: Database) -> None:
    bell = Bell()
    feed = Feed(db, bell)
    stream = feed.changes()
    for focused, gap in ((True, GAP_S), (False, UNFOCUSED_GAP_S)):
        feed.focused = focused
        change(db, bell, 1)
        assert (await next_of(stream)).rows == {"conversation": {"1"}}
        given = monotonic()
        for id in range(2, 6):
            change(db, bell, id)
        burst = await next_of(stream)
        assert burst.rows == {"conversation": {"2", "3", "4", "5"}}
        assert monotonic() - given >= gap * 0.9
        await asyncio.sleep(gap)
    await stream.aclose()


async def test_changes_made_while_the_consumer_works_are_not_lost(db: Database) -> None:
    bell = Bell()
    stream = Feed(db, bell).changes()
    change(db, bell, 1)
    async for found in stream:
        if "1" in found.rows["conversation"]:
            change(db, bell, 2)
        else:
            assert found.rows == {"conversation": {"2"}}
            break
    await stream.aclose()


async def test_a_missed_bell_costs_only_the_safety_poll(db: Database) -> None:
    bell = Bell(deaf=True)
    stream = Feed(db, bell).changes()
    waiting = asyncio.ensure_future(next_of(stream))
    await asyncio.sleep(0.02)
    change(db, bell, 7)
    assert (await waiting).rows == {"conversation": {"7"}}
    assert set(bell.waits) == {SAFETY_POLL_S}
    await stream.aclose()


async def test_too_far_behind_means_reload_and_then_it_goes_on(db: Database) -> None:
    bell = Bell()
    stream = Feed(db, bell).changes()
    change(db, bell, *range(changes.RELOAD_AFTER + 1))
    first = await next_of(stream)
    assert first.reload
    change(db, bell, 5)
    second = await next_of(stream)
    assert (second.reload, second.rows) == (False, {"conversation": {"5"}})
    await stream.aclose()
