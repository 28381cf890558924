"""What the provider says may still be sent is asked for whom a colleague has open, and wins."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.support.world import World
from tests.sync.fakes import Around, Fake
from unibox_tui.connectors.errors import Transient
from unibox_tui.store import attention, standing
from unibox_tui.sync.quotas import AGAIN_MS, QuotaWorker, facts


class Zalo(Fake):
    def __init__(self) -> None:
        super().__init__()
        self.answer: dict[str, Any] = {
            "last_interaction": 5, "free_left": 3, "free_total": 8, "kind": "reply", "follows": True,
        }  # fmt: skip

    async def quota(self, destination: str) -> dict[str, Any]:
        self._do("quota", destination)
        return self.answer


async def look(worker: QuotaWorker) -> None:
    await worker.step()
    await asyncio.gather(*worker._flying.values())


def opened(world: World, inbox: int, address: str = "889") -> int:
    talk = world.chat(inbox, address).conversation
    assert talk is not None
    world.db.write_now(lambda tx: attention.present(tx, "an", "s1", talk, "viewing"))
    return talk


def test_a_quota_as_facts() -> None:
    assert facts({"free_left": 2}) == {"quota": {"reply": {"left": 2}}}
    assert facts({"free_left": 2, "free_total": 8, "kind": "sub_quota", "blocked": True}) == {
        "blocked": True,
        "quota": {"sub_quota": {"left": 2, "total": 8}},
    }
    assert facts({"last_interaction": 7}) == {"last_interaction": 7}


async def test_who_is_looked_at_is_asked_about_once_until_something_happens(world: World) -> None:
    fake = Zalo()
    around = Around(world, fake)
    inbox = around.ids[0]
    world.chat(inbox, "nobody-looks")
    opened(world, inbox)
    worker = QuotaWorker(world.db, around.able)
    await look(worker)
    await look(worker)
    assert fake.asked == [("quota", "889")]
    identity = world.row("SELECT id FROM identity WHERE address = '889'")["id"]
    known = world.db.read_now(lambda db: standing.standing_of(db, identity))
    assert (known["follows"], known["last_interaction"]) == (True, 5)
    assert known["quota"]["reply"] == {"left": 3, "total": 8, "at": world.now}
    world.later(1_000)
    opened(world, inbox)
    await look(worker)
    assert fake.count("quota") == 2, "a message came"
    world.later(AGAIN_MS)
    await look(worker)
    assert fake.count("quota") == 2, "nobody has said that it is still open"


async def test_trouble_is_counted_and_changes_nothing(world: World) -> None:
    fake = Zalo()
    fake.trouble = {"quota": [Transient("503")]}
    around = Around(world, fake)
    opened(world, around.ids[0])
    await look(QuotaWorker(world.db, around.able))
    assert fake.count("quota") == 1
    assert world.rows("SELECT * FROM identity_standing") == []
    assert world.rows("SELECT * FROM inbox_hour WHERE what = 'error'")


@pytest.mark.parametrize("said", [{"free_left": "many"}, {"weather": 1}])
async def test_what_is_not_understood_is_passed_over(world: World, said: dict[str, Any]) -> None:
    fake = Zalo()
    fake.answer = said
    around = Around(world, fake)
    opened(world, around.ids[0])
    await look(QuotaWorker(world.db, around.able))
    assert world.rows("SELECT * FROM identity_standing") == []
