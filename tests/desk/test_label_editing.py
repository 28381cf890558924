"""Labels as such, in any script: changed, merged and taken away everywhere at once, and all of it back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.world import World
from unibox_tui.desk import actions, undo
from unibox_tui.desk.actions import Call
from unibox_tui.domain.errors import Conflict, NotFound, WrongUse
from unibox_tui.store.events import Actor


def do(world: World, actor: Actor, verb: str, /, *targets: int, **args: Any) -> Any:
    return world.db.write_now(lambda tx: actions.perform(tx, actor, Call(verb, args), list(targets)))


def state(world: World) -> list[list[tuple[Any, ...]]]:
    return [
        [tuple(row) for row in world.rows(f"SELECT {columns} FROM {table} ORDER BY 1, 2")]
        for table, columns in (
            ("label", "id, name, folded, colour, description, label_set, sticks"),
            ("conversation_label", "label_id, conversation_id"),
            ("contact_label", "label_id, contact_id"),
        )
    ]


@pytest.fixture
def shop(world: World) -> tuple[World, Actor, list[int]]:
    an = world.agent("an")
    inbox = world.inbox("a")
    ids = [int(world.mail(inbox, f"k{n}@khach.example", subject=f"Đơn {n}").conversation or 0) for n in range(3)]
    do(world, an, "label", *ids, labels=["giao thiếu"])
    do(world, an, "label", *ids[:2], labels=["ด่วน"])
    return world, an, ids


def test_renamed_everywhere_at_once_and_back(shop: tuple[World, Actor, list[int]]) -> None:
    world, an, ids = shop
    before = state(world)
    done = do(world, an, "label_edit", label="giao thieu", name="ส่งไม่ครบ", colour="red", description="kho", sticks=True)
    assert str(done.summary) == "label “giao thiếu” is “ส่งไม่ครบ” now"
    row = world.row("SELECT * FROM label WHERE name = 'ส่งไม่ครบ'")
    assert (row["colour"], row["description"], row["sticks"]) == ("red", "kho", 1)
    do(world, an, "unlabel", ids[0], labels=["ส่งไม่ครบ"])
    world.db.write_now(lambda tx: undo.undo(tx, an))
    world.db.write_now(lambda tx: undo.undo(tx, an))
    assert state(world) == before
    world.db.write_now(lambda tx: undo.redo(tx, an))
    assert world.row("SELECT name FROM label WHERE id = :id", id=row["id"])["name"] == "ส่งไม่ครบ"


@pytest.mark.parametrize("how", [{"into": "ด่วน"}, {"remove": True}])
def test_merged_or_taken_away_and_back(shop: tuple[World, Actor, list[int]], how: dict[str, Any]) -> None:
    world, an, ids = shop
    before = state(world)
    do(world, an, "label_edit", label="giao thiếu", **how)
    after = state(world)
    assert [row["name"] for row in world.rows("SELECT name FROM label")] == ["ด่วน"]
    assert len(after[1]) == (3 if "into" in how else 2)
    world.db.write_now(lambda tx: undo.undo(tx, an))
    assert state(world) == before
    world.db.write_now(lambda tx: undo.redo(tx, an))
    assert state(world) == after
    assert ids


def test_what_cannot_be_is_said(shop: tuple[World, Actor, list[int]]) -> None:
    world, an, _ids = shop
    with pytest.raises(Conflict, match="already"):
        do(world, an, "label_edit", label="giao thiếu", name="ด่วน")
    with pytest.raises(WrongUse, match="itself"):
        do(world, an, "label_edit", label="ด่วน", into="ด่วน")
    with pytest.raises(WrongUse, match="no colour"):
        do(world, an, "label_edit", label="ด่วน", colour="beige")
    with pytest.raises(NotFound):
        do(world, an, "label_edit", label="không có", remove=True)


def test_a_colleagues_later_name_is_kept(shop: tuple[World, Actor, list[int]]) -> None:
    world, an, _ids = shop
    binh = world.agent("binh")
    do(world, an, "label_edit", label="ด่วน", name="gấp")
    do(world, binh, "label_edit", label="gấp", name="khẩn")
    done = world.db.write_now(lambda tx: undo.undo(tx, an))
    assert done.data["kept"] == 1
    assert world.rows("SELECT 1 FROM label WHERE name = 'khẩn'")
