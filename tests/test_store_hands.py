"""The hands over a real store: bulk, undo, play, views with rules, macros, programs."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.support.world import World
from unibox_tui.config import views
from unibox_tui.config.model import Config
from unibox_tui.config.reading import parse
from unibox_tui.screens.hands_port import Progress
from unibox_tui.screens.ports import UiSettings
from unibox_tui.views.feed import Feed
from unibox_tui.workspace import StoreWorkspace


def space(world: World, folder: Path, config: str = "") -> StoreWorkspace:
    path = folder / "config.toml"
    path.write_text(config)
    made: Config = parse(config, path, inboxes=False)
    nothing = cast(Any, SimpleNamespace())
    return StoreWorkspace(world.db, cast(Feed, nothing), nothing, nothing, made, "an", UiSettings())


async def last(going: AsyncIterator[Progress]) -> Any:
    found = [progress async for progress in going]
    return found[-1].result


@pytest.fixture
def shop(world: World, tmp_path: Path) -> tuple[World, list[int]]:
    world.agent("an")
    inbox = world.inbox("a")
    return world, [
        int(world.mail(inbox, f"k{n}@khach.example", subject=f"Đơn {n}").conversation or 0) for n in range(5)
    ]


async def test_bulk_stopped_midway_undone_and_listed(shop: tuple[World, list[int]], tmp_path: Path) -> None:
    world, ids = shop
    hands = space(world, tmp_path).hands
    done = await last(hands.bulk("label", {"labels": ["vip"]}, await hands.all_ids("-is:spam")))
    assert (done.changed, done.data["matched"]) == (5, 5)
    (deed,) = await hands.deeds()
    assert (deed.wanted, deed.changed) == (5, 5)
    assert (await last(hands.walk(None, backwards=True))).changed == 5
    assert world.rows("SELECT * FROM conversation_label") == []
    assert (await last(hands.walk(deed.id, backwards=False))).changed == 5
    going = hands.bulk("resolve", {}, ids)
    async for _progress in going:
        break
    stopped = await hands.stopped()
    assert stopped.changed >= 1


async def test_a_label_is_merged_with_progress_stopped_and_taken_back(
    shop: tuple[World, list[int]], tmp_path: Path
) -> None:
    world, ids = shop
    hands = space(world, tmp_path).hands
    await last(hands.bulk("label", {"labels": ["giao thiếu"]}, ids))
    await last(hands.bulk("label", {"labels": ["ด่วน"]}, ids[:1]))
    before = [tuple(row) for row in world.rows("SELECT * FROM conversation_label ORDER BY 1, 2")]
    found = [progress async for progress in hands.bulk("label_edit", {"label": "giao thiếu", "into": "ด่วน"}, ())]
    assert (found[0].total, found[-1].done, found[-1].result.data["moved"]) == (5, 5, 5)  # type: ignore[union-attr]
    assert [row["name"] for row in world.rows("SELECT name FROM label")] == ["ด่วน"]
    await last(hands.walk(None, backwards=True))
    assert [tuple(row) for row in world.rows("SELECT * FROM conversation_label ORDER BY 1, 2")] == before
    async for _progress in hands.bulk("label_edit", {"label": "giao thiếu", "remove": True}, ()):
        break
    assert (await hands.stopped()).data["done"] >= 1


async def test_a_view_has_its_order_its_rules_and_its_place_among_the_tabs(
    shop: tuple[World, list[int]], tmp_path: Path
) -> None:
    world, ids = shop
    workspace = space(world, tmp_path)
    rules = (views.Rule(f"id:{ids[1]}", "red", "!"), views.Rule("id>0", "blue", "·"))
    views.save(
        workspace.hands.places, views.Saved("đơn", "is:unread", sort="number", columns=("labels",), colours=rules)
    )
    tab = (await workspace.tabs())[-1]
    assert (tab.key, tab.query, tab.count, tab.columns) == ("đơn", "is:unread sort:number", 5, ("labels",))
    workspace.hands.view = "đơn"
    marks = {row.id: row.rule for row in (await workspace.page(tab.query, limit=10)).rows}
    assert marks == {id: ("!", "red") if id == ids[1] else ("·", "blue") for id in ids}
    workspace.hands.view = ""
    assert {row.rule for row in await workspace.rows(ids)} == {("", "")}
    workspace.hands.save_view("đơn", "is:read")
    (kept,) = views.read(workspace.hands.places.own)
    assert (kept.query, kept.sort, kept.columns) == ("is:read", "", ("labels",))
    workspace.hands.places.own.write_text("[broken")
    assert [tab.key for tab in await workspace.tabs()] == ["mine", "unassigned", "waiting", "closing", "snoozed", "all"]


async def test_play_and_programs(shop: tuple[World, list[int]], tmp_path: Path) -> None:
    world, ids = shop
    command = f'command = [{sys.executable!r}, "-c", "import sys; print(len(sys.stdin.read()) > 20, sys.argv[1])", "{{conversation}}"]'
    workspace = space(world, tmp_path, f"[ui]\nplay_claims = true\nadvance = 'next'\n[commands.count]\n{command}\n")
    assert workspace.hands.settings.advance == "next"
    done = await workspace.hands.play("sort:-number", set())
    assert done.conversations == (ids[0],)
    assert world.conversation(ids[0])["assignee"] == "an"
    assert (await workspace.hands.custom("count", ids[0], {})).text == f"True {ids[0]}\n"
    assert "Shop ơi" in (await workspace.hands.pipe("cat", ids[0], json=False)).text
    assert (await workspace.hands.pipe("true", None, json=False)).status == 0
