"""What the clock writes down because time has passed."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.world import World
from unibox_tui.automation.clock import Clock
from unibox_tui.desk import reading


async def test_an_app_that_was_killed_has_left_when_it_was_last_heard_of(tmp_path: Path) -> None:
    world = World.at(tmp_path)
    an, binh = world.agent("an"), world.agent("binh")
    top = world.mail(world.inbox("a")).conversation or 0
    world.db.write_now(lambda tx: reading.opened(tx, an, top, "s1"))
    world.db.write_now(lambda tx: reading.opened(tx, binh, top, "s2"))
    world.later(90_000)
    world.db.write_now(lambda tx: reading.typing(tx, an, top, "s1", "typing"))
    world.later(11 * 60_000)
    world.db.write_now(lambda tx: reading.typing(tx, binh, top, "s2", "viewing"))
    clock = Clock(world.db)
    await clock.step()
    await clock.step()
    left = [json.loads(row["data"]) for row in world.rows("SELECT data FROM event WHERE kind = 'agent.left'")]
    assert left == [{"session": "s1", "open_ms": 90_000, "lost": True}]
    assert [row["agent"] for row in world.rows("SELECT agent FROM presence")] == ["binh"]
    world.db.close()
