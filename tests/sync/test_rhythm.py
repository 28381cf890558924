"""When silence is no longer a rhythm, and what came late out of an outage."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.world import CHAT, World
from tests.sync.fakes import Fake
from unibox_tui.connectors.contract import Batch
from unibox_tui.connectors.settings import InboxSettings
from unibox_tui.domain.inbound import MessageReceived, Person
from unibox_tui.domain.rhythm import HOUR, quiet_at
from unibox_tui.store import inboxes, outages, tallies
from unibox_tui.sync import gaps
from unibox_tui.sync.rhythm import Rhythm
from unibox_tui.sync.wanted import Wanted
from unibox_tui.views import health, thread

MONDAY = 1_764_547_200_000 // HOUR  # 2025-12-01 00:00 UTC
DAY_H = 24


def kind(hour: int) -> tuple[bool, int]:
    return (hour // 24 + 3) % 7 >= 5, hour % 24


def busy(days: int = 28, hours: range = range(8, 20)) -> set[int]:
    """Something in each of these hours of every weekday before MONDAY."""
    start = MONDAY - days * DAY_H
    return {hour for hour in range(start, MONDAY) if hour % 24 in hours and not kind(hour)[0]}


def test_a_busy_inbox_may_be_silent_for_few_hours_of_a_working_day() -> None:
    last = (MONDAY + 10) * HOUR
    at = quiet_at(busy() | {MONDAY + 8, MONDAY + 9}, last, kind)
    assert at is not None
    assert last + 2 * HOUR <= at <= last + 4 * HOUR


def test_the_night_and_the_weekend_are_no_silence() -> None:
    evening = (MONDAY - 3 * DAY_H + 19) * HOUR + HOUR // 2  # Friday, 19:30
    at = quiet_at(busy(), evening, kind)
    assert at is not None
    assert at > (MONDAY + 8) * HOUR


@pytest.mark.parametrize("active", [set(), {MONDAY - 3}, {MONDAY - 20 * DAY_H, MONDAY - 10 * DAY_H}])
def test_without_a_rhythm_there_is_no_alarm(active: set[int]) -> None:
    assert quiet_at(active, MONDAY * HOUR, kind) is None


async def test_health_raises_the_alarm_until_something_comes(world: World) -> None:
    inbox = world.inbox("trang", CHAT, channel="fake")
    start = world.now
    for hour in range(20 * 24, 0, -1):
        world.now = start - hour * HOUR
        world.db.write_now(lambda tx: tallies.count(tx, inbox, tallies.ARRIVED))
    world.now = start
    world.db.write_now(lambda tx: inboxes.health(tx, inbox, last_inbound_at=tx.now))
    await Rhythm(world.db, wait_ms=0).step()

    def quiet() -> int | None:
        return world.db.read_now(lambda db: health.health(db, now=world.now))[0].quiet_since

    assert quiet() is None
    world.later(6 * HOUR)
    assert quiet() == start
    world.db.write_now(lambda tx: inboxes.health(tx, inbox, last_inbound_at=tx.now))
    assert quiet() is None
    assert world.db.read_now(outages.last_alive) == start


class Pulls(Fake):
    async def pull(self, cursors):
        yield Batch("history")


@pytest.mark.parametrize(("span", "marked"), [(HOUR, True), (24 * HOUR, False), (None, False)])
def test_what_came_late_out_of_an_outage_is_marked_once_in_its_place(
    world: World, span: int | None, marked: bool
) -> None:
    can = replace(CHAT, extra={"redelivery_ms": span} if span else {})
    inbox = world.inbox("trang", can, channel="fake")
    world.chat(inbox, "u1", "trước")
    world.db.write_now(outages.alive)
    begun = world.now
    world.later(3 * HOUR)
    row = world.db.read_now(lambda db: inboxes.by_id(db, inbox))
    wanted = Wanted(row, InboxSettings(channel="fake"), Pulls())
    world.db.write_now(lambda tx: gaps.noticed(tx, [wanted], begun))
    facts = [MessageReceived(f"late{n}", Person("u1", "visitor"), begun + n * HOUR, f"lúc đó {n}") for n in (1, 2)]
    outcome = world.take(inbox, *facts)[0]
    world.chat(inbox, "u1", "bây giờ")
    conversation = outcome.conversation
    assert conversation is not None
    entries = world.db.read_now(lambda db: thread.thread(db, conversation, me="an", now=world.now)).entries
    texts = [entry.text for entry in entries]
    if not marked:
        assert texts == ["trước", "lúc đó 1", "lúc đó 2", "bây giờ"]
        return
    assert texts[0] == "trước"
    assert texts[2:] == ["lúc đó 1", "lúc đó 2", "bây giờ"]
    assert texts[1].startswith("filled after an outage: from ")
