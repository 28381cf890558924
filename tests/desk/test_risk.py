"""Blocked customers are kept and silent; marks of risk are shown by phone and never act."""

from __future__ import annotations

import pytest

from tests.desk.test_orders import do, talk
from tests.support.world import World
from unibox_tui.desk import people, risk, undo
from unibox_tui.domain.errors import WrongUse
from unibox_tui.store import merging
from unibox_tui.store import risk as rows


def customer(world: World, id: int) -> int:
    return int(world.conversation(id)["contact_id"])


def test_a_blocked_customer_is_kept_and_silent(world: World) -> None:
    an, id = world.agent("an"), talk(world)
    assert world.conversation(id)["unread"] == 1
    do(world, an, "block", id)
    row = world.conversation(id)
    assert (row["unread"], row["waiting_since"]) == (0, None)
    do(world, an, "resolve", id)
    assert talk(world, "trả lời đi") == id
    row = world.conversation(id)
    assert (row["unread"], row["waiting_since"], row["status"], row["message_count"]) == (0, None, "resolved", 2)
    do(world, an, "unblock", id)
    talk(world, "alo")
    row = world.conversation(id)
    assert (row["unread"], row["status"]) == (1, "open")
    assert row["waiting_since"] is not None


def test_a_new_request_of_a_blocked_customer_stands_among_the_resolved(world: World) -> None:
    an, id = world.agent("an"), talk(world)
    do(world, an, "block", id)
    other = world.inbox("mail")
    ours = customer(world, id)
    new = world.mail(other, "ha@khach.example")
    assert new.conversation is not None
    theirs = customer(world, new.conversation)
    world.db.write_now(lambda tx: people.merge(tx, an, ours, theirs))
    world.later(1_000)
    again = world.mail(other, "ha@khach.example", "nữa này", subject="Việc khác")
    row = world.conversation(again.conversation)
    assert again.conversation != new.conversation
    assert (row["unread"], row["waiting_since"], row["status"]) == (0, None, "resolved")


def test_blocking_is_undone_with_what_was_unread(world: World) -> None:
    an, id = world.agent("an"), talk(world, "một", "hai")
    do(world, an, "block", id)
    world.db.write_now(lambda tx: undo.undo(tx, an))
    row = world.conversation(id)
    assert row["unread"] == 2
    assert row["waiting_since"] is not None
    world.db.write_now(lambda tx: undo.redo(tx, an))
    assert world.conversation(id)["unread"] == 0


def test_a_mark_goes_with_the_phone_to_whoever_has_it(world: World) -> None:
    an = world.agent("an")
    world.db.write_now(lambda tx: risk.mark(tx, an, "bom hàng 2 lần", phone="0903 111 224"))
    [mark] = world.db.read_now(lambda db: rows.marks(db, [], ["+84903111224"]))
    assert (mark["reason"], mark["author"]) == ("bom hàng 2 lần", "an")
    again = world.db.write_now(lambda tx: risk.mark(tx, an, "bom hàng 2 lần", phone="+84903111224"))
    assert again.changed == 0
    world.db.write_now(lambda tx: undo.undo(tx, an))
    assert world.db.read_now(lambda db: rows.marks(db, [], ["+84903111224"])) == []


def test_a_mark_of_a_customer_stays_with_them_through_merges(world: World) -> None:
    an, one, two = world.agent("an"), talk(world, who="a"), talk(world, who="b", inbox="ig")
    a, b = customer(world, one), customer(world, two)
    do(world, an, "risk", two, reason="doạ shop")
    world.db.write_now(lambda tx: merging.merge(tx, an, a, b))
    seen = world.db.read_now(lambda db: rows.marks(db, merging.tree(db, a), []))
    assert [mark["reason"] for mark in seen] == ["doạ shop"]
    do(world, an, "unrisk", one)
    assert world.db.read_now(lambda db: rows.marks(db, merging.tree(db, a), [])) == []


def test_a_list_is_taken_in_once_and_what_is_no_number_is_counted(world: World) -> None:
    an = world.agent("an")
    listed = [("0903 111 224", "bom"), ("+66 81 234 5678", ""), ("không có", "bom")]
    done = world.db.write_now(lambda tx: risk.import_marks(tx, an, listed, "nhom.csv", "VN"))
    assert (done.changed, done.data["bad"]) == (2, 1)
    assert world.db.write_now(lambda tx: risk.import_marks(tx, an, listed, "nhom.csv", "VN")).changed == 0
    [mark] = world.db.read_now(lambda db: rows.marks(db, [], ["+66812345678"]))
    assert (mark["reason"], mark["source"]) == ("bom hàng", "nhom.csv")


def test_marks_never_act(world: World) -> None:
    an = world.agent("an")
    world.db.write_now(lambda tx: risk.mark(tx, an, "", phone="0903111224"))
    id = talk(world, "số em 0903111224")
    assert world.conversation(id)["unread"] == 1
    assert world.conversation(id)["waiting_since"] is not None


def test_whom_a_mark_concerns_must_be_said(world: World) -> None:
    an = world.agent("an")
    with pytest.raises(WrongUse):
        world.db.write_now(lambda tx: risk.mark(tx, an, "bom"))
    with pytest.raises(WrongUse):
        world.db.write_now(lambda tx: risk.mark(tx, an, "bom", phone="mười hai"))
