"""Labels as such, in any script: changed, merged and taken away everywhere at once, and all of it back."""

from __future__ import annotations

import functools
import itertools
from typing import Any

import pytest

from tests.support.world import World
from unibox_tui.desk import actions, label_bulk, undo
from unibox_tui.desk.actions import Call
from unibox_tui.desk.label_bulk import Relabel
from unibox_tui.domain.errors import Conflict, NotFound, WrongUse
from unibox_tui.store.database import Tx
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


def relabel(world: World, actor: Actor, name: str, into: str | None, *, most: int = 1_000) -> tuple[Relabel, int]:
    """In transactions that hold two holders each; at most so many of them. Gives the work and how many it took."""
    work = world.db.read_now(lambda db: label_bulk.of(db, name, into))
    taken = 0
    while not work.ended and taken < most:
        work = world.db.write_now(functools.partial(_two, actor=actor, work=work))
        taken += 1
    return work, taken


def _two(tx: Tx, *, actor: Actor, work: Relabel) -> Relabel:
    seen = itertools.count(1)
    return label_bulk.step(tx, actor, work, lambda: next(seen) >= 2)


@pytest.fixture
def crowd(world: World) -> tuple[World, Actor, list[int]]:
    """Nine conversations with "giao thiếu", which sticks; two have "ด่วน" too, three "hỏi giá", of one set with "ด่วน"."""
    an = world.agent("an")
    inbox = world.inbox("a")
    ids = [int(world.mail(inbox, f"k{n}@khach.example", subject=f"Đơn {n}").conversation or 0) for n in range(9)]
    do(world, an, "label_edit", label="giao thiếu", sticks=True)
    for name in ("ด่วน", "hỏi giá"):
        do(world, an, "label_edit", label=name, label_set="việc")
    do(world, an, "label", *ids, labels=["giao thiếu"])
    do(world, an, "label", *ids[:2], labels=["ด่วน"])
    do(world, an, "label", *ids[2:5], labels=["hỏi giá"])
    return world, an, ids


@pytest.mark.parametrize("into", ["ด่วน", None])
def test_however_many_have_it_transactions_are_short_and_the_undo_is_one(
    crowd: tuple[World, Actor, list[int]], into: str | None
) -> None:
    world, an, ids = crowd
    before = state(world)
    actions_before = len(world.rows("SELECT 1 FROM action"))
    work, taken = relabel(world, an, "giao thiếu", into)
    assert (work.total, work.at, work.conversations) == (18, 18, 9)  # nine customers have it too
    assert taken >= 9
    assert len(world.rows("SELECT 1 FROM action")) == actions_before + 1
    after = state(world)
    assert "giao thiếu" not in [row[1] for row in after[0]]
    if into:
        held = world.rows(
            "SELECT l.name, count(*) AS n FROM conversation_label c JOIN label l ON l.id = c.label_id GROUP BY 1"
        )
        assert [tuple(row) for row in held] == [("ด่วน", 9)]  # the other one of its set has given way
        assert str(label_bulk.done(work).summary) == "label “giao thiếu” merged into “ด่วน”: 9 conversations"
    done = world.db.write_now(lambda tx: undo.undo(tx, an))
    assert done.data["kept"] == 0
    assert state(world) == before
    world.db.write_now(lambda tx: undo.redo(tx, an))
    assert state(world) == after
    assert ids


def test_broken_off_it_says_how_far_and_goes_back(crowd: tuple[World, Actor, list[int]]) -> None:
    world, an, _ids = crowd
    before = state(world)
    work, _taken = relabel(world, an, "giao thiếu", "ด่วน", most=2)
    world.db.write_now(lambda tx: label_bulk.stop(tx, work))
    assert str(label_bulk.done(work).summary) == "label “giao thiếu” merged into “ด่วน” for 4 of 18"
    assert world.row("SELECT count(*) AS n FROM label WHERE name = 'giao thiếu'")["n"] == 1
    world.db.write_now(lambda tx: undo.undo(tx, an))
    assert state(world) == before


def test_what_a_colleague_decided_since_is_kept_and_counted(crowd: tuple[World, Actor, list[int]]) -> None:
    world, an, ids = crowd
    binh = world.agent("binh")
    relabel(world, an, "giao thiếu", "ด่วน")
    do(world, binh, "unlabel", ids[8], labels=["ด่วน"])
    done = world.db.write_now(lambda tx: undo.undo(tx, an))
    assert done.data["kept_conversations"] == [ids[8]]
    held = world.rows(
        "SELECT l.name FROM conversation_label c JOIN label l ON l.id = c.label_id WHERE c.conversation_id = :id",
        id=ids[7],
    )
    assert [row["name"] for row in held] == ["giao thiếu"]


def test_a_customer_made_of_two_keeps_its_labels_apart(crowd: tuple[World, Actor, list[int]]) -> None:
    world, an, ids = crowd
    do(world, an, "merge", ids[0], conversation=ids[8], join=False)
    before = state(world)
    relabel(world, an, "giao thiếu", "ด่วน")
    assert "giao thiếu" not in [row[1] for row in state(world)[0]]
    world.db.write_now(lambda tx: undo.undo(tx, an))
    assert state(world) == before


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
