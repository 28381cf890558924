"""Play mode: everybody gets another one, what is skipped says why."""

from __future__ import annotations

import functools
import json
import threading
from typing import Any

import pytest

from tests.support.world import World
from unibox_tui.desk import play, reading, undo
from unibox_tui.domain.errors import NotFound, WrongUse
from unibox_tui.store.database import Database

QUERY = "status:open sort:-created"


def three(world: World) -> list[int]:
    inbox = world.inbox("a")
    found = []
    for n in range(3):
        world.later(1_000)
        found.append(int(world.mail(inbox, f"k{n}@khach.example", subject=f"Đơn {n}").conversation or 0))
    return found


def go(world: World, actor: Any, session: str = "s", **how: Any) -> int:
    done = world.db.write_now(lambda tx: play.next_of(tx, actor, QUERY, session, **how))
    return int(done.data["conversation"])


def test_it_opens_by_the_views_order_what_nobody_looks_at(world: World) -> None:
    an, binh = world.agent("an"), world.agent("binh")
    first, second, third = three(world)
    world.db.write_now(lambda tx: reading.opened(tx, binh, second, "binh-1"))
    assert go(world, an) == first
    assert go(world, an, passed={first}) == third
    assert go(world, binh, "binh-1", passed={second}) == first  # An is in the third now
    with pytest.raises(NotFound):
        go(world, an, passed={second, third})
    world.later(61_000)  # presence is forgotten
    assert go(world, an, passed={second, third}) == first


def test_a_claim_is_undone_and_what_others_own_is_passed_over(world: World) -> None:
    an, binh = world.agent("an"), world.agent("binh")
    first, second, _third = three(world)
    assert go(world, binh, "b", claim=True) == first
    world.later(61_000)
    assert go(world, an, claim=True) == second
    assert [world.conversation(id)["assignee"] for id in (first, second)] == ["binh", "an"]
    world.db.write_now(lambda tx: undo.undo(tx, an))
    assert world.conversation(second)["assignee"] is None


def test_of_many_who_play_at_once_no_two_get_the_same(world: World) -> None:
    inbox = world.inbox("a")
    for n in range(12):
        world.mail(inbox, f"k{n}@khach.example", subject=f"Đơn {n}")
    agents = [world.agent(f"agent{n}") for n in range(6)]
    got: list[int] = []

    def play_two(actor: Any) -> None:
        with Database(world.db.path) as own:
            own.now = lambda: world.now
            for session in ("one", "two"):
                choose = functools.partial(play.next_of, actor=actor, query=QUERY, session=session)
                got.append(int(own.write_now(choose).data["conversation"]))

    threads = [threading.Thread(target=play_two, args=(actor,)) for actor in agents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == len(set(got)) == 12


def test_skipping_asks_why_and_keeps_it(world: World) -> None:
    an = world.agent("an")
    first, *_ = three(world)
    with pytest.raises(WrongUse, match="Why"):
        world.db.write_now(lambda tx: play.skip(tx, an, first, "  "))
    world.db.write_now(lambda tx: play.skip(tx, an, first, "chờ kho trả lời"))
    row = world.row("SELECT * FROM event WHERE kind = 'play.skipped'")
    assert (row["conversation_id"], row["actor"], json.loads(row["data"])) == (first, "an", {"why": "chờ kho trả lời"})
