"""Merges and splits in any order: every message stays where it was born, every identity stands with exactly one customer,
and what is taken back is as if it had never been."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.world import CHAT, World
from unibox_tui.desk import people, undo
from unibox_tui.domain.errors import Conflict, NotFound, WrongUse
from unibox_tui.store import contacts, events, labels, merging
from unibox_tui.store.database import Tx
from unibox_tui.views import story

TABLES = {
    "contact": "SELECT id, uid, name, title, language, note, attributes, first_seen_at, last_seen_at, merged_into FROM contact ORDER BY id",
    "identity": "SELECT * FROM identity ORDER BY id",
    "contact_key": "SELECT * FROM contact_key ORDER BY kind, value, identity_id",
    "contact_label": "SELECT * FROM contact_label ORDER BY contact_id, label_id",
    "conversation": "SELECT id, contact_id, home, joined_into, status, unread, message_count, last_n FROM conversation ORDER BY id",
    "message": "SELECT n, conversation_id, born_in, identity_id FROM message WHERE direction <> 'activity' ORDER BY n",
}


def rows(world: World, *tables: str) -> dict[str, list[dict[str, Any]]]:
    return {name: [dict(row) for row in world.rows(TABLES[name])] for name in tables or TABLES}


def customers(world: World, count: int = 2) -> list[int]:
    """Each with a chat of their own, a name, a note, a label and a field."""
    found = []
    for number in range(1, count + 1):
        inbox = world.inbox(f"c{number % 2}", CHAT, channel="zalo")
        came = world.chat(inbox, f"z{number}", f"chào shop {number}", name=f"Khách {number}")
        contact = int(world.conversation(came.conversation)["contact_id"])

        def dress(tx: Tx, contact: int = contact, number: int = number) -> None:
            contacts.update(
                tx, contact, {"note": f"ghi chú {number}", "attributes": f'{{"f{number}": "v", "size": "{number}"}}'}
            )
            for name in (f"nhãn {number}", "vip"):
                labels.stick(tx, contact, labels.ensure(tx, name)["id"], True)

        world.db.write_now(dress)
        found.append(contact)
    return found


def merge(world: World, winner: int, loser: int, **more: Any) -> str:
    return world.db.write_now(lambda tx: merging.merge(tx, events.SYSTEM, winner, loser, **more))


def values(world: World, contact: int) -> dict[str, Any]:
    return world.db.read_now(lambda db: merging.values(db, contact))


def test_merge_adds_up_and_moves_no_message(world: World) -> None:
    one, two = customers(world)
    before = rows(world, "message")
    merge(world, one, two)
    assert rows(world, "message") == before
    assert {row["contact_id"] for row in world.rows("SELECT contact_id FROM identity")} == {one}
    assert {row["contact_id"] for row in world.rows("SELECT contact_id FROM conversation")} == {one}
    said = values(world, one)
    assert said["name"] == "Khách 1"
    assert said["note"] == "ghi chú 1\n\nghi chú 2"
    assert (said["attributes.size"], said["attributes.f2"]) == ("1", "v")
    assert len([key for key in said if key.startswith("label.")]) == 3


def test_merge_then_split_is_the_identity(world: World) -> None:
    one, two = customers(world)
    before = rows(world)
    operation = merge(world, one, two, choices={"name": "Chị Hà", "attributes.size": "XL"})
    assert values(world, one)["name"] == "Chị Hà"
    world.db.write_now(lambda tx: merging.split(tx, operation))
    assert rows(world) == before


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_splits_in_any_order_give_back_everything(world: World, order: tuple[int, ...]) -> None:
    a, b, c, d = customers(world, 4)
    before = rows(world)
    operations = [merge(world, a, b), merge(world, c, d), merge(world, c, a)]
    for index in order:
        world.db.write_now(lambda tx, id=operations[index]: merging.split(tx, id))
    assert rows(world) == before


def test_a_split_in_the_middle_takes_its_words_out_of_everything_above(world: World) -> None:
    a, b, c = customers(world, 3)
    inner = merge(world, a, b)
    merge(world, c, a)
    assert values(world, c)["note"] == "ghi chú 3\n\nghi chú 1\n\nghi chú 2"
    world.db.write_now(lambda tx: merging.split(tx, inner))
    assert values(world, c)["note"] == "ghi chú 3\n\nghi chú 1"
    assert "attributes.f2" not in values(world, c)
    assert values(world, b)["note"] == "ghi chú 2"


def test_what_a_person_wrote_meanwhile_stays(world: World) -> None:
    one, two = customers(world)
    an = world.agent("an")
    operation = merge(world, one, two)
    world.db.write_now(lambda tx: people.set_fields(tx, an, one, {"note": "gọi sau 18h"}))
    world.db.write_now(lambda tx: merging.split(tx, operation))
    assert values(world, one)["note"] == "gọi sau 18h"
    assert "attributes.f2" not in values(world, one)


def test_new_messages_stay_with_their_identity(world: World) -> None:
    one, two = customers(world)
    operation = merge(world, one, two)
    zalo = world.inbox("c0", CHAT, channel="zalo")
    world.db.write_now(lambda tx: tx.run("UPDATE conversation SET status = 'resolved', resolved_at = 1"))
    new = world.later(40 * 86_400_000).chat(zalo, "z2", "em hỏi chuyện khác")
    assert world.conversation(new.conversation)["contact_id"] == one
    world.db.write_now(lambda tx: merging.split(tx, operation))
    assert world.conversation(new.conversation)["contact_id"] == two
    assert world.row("SELECT last_seen_at FROM contact WHERE id = :id", id=two)["last_seen_at"] == world.now


def test_an_address_met_again_elsewhere_goes_with_its_person(world: World) -> None:
    shop, brand = world.inbox("a"), world.inbox("b", group="Shop B")
    one = world.conversation(world.mail(shop, "minh@khach.example").conversation)["contact_id"]
    two = world.conversation(world.mail(shop, "ha@khach.example").conversation)["contact_id"]
    operation = merge(world, one, two)
    world.mail(brand, "ha@khach.example")
    world.db.write_now(lambda tx: merging.split(tx, operation))
    owners = world.rows("SELECT contact_id FROM identity WHERE address = 'ha@khach.example'")
    assert [row["contact_id"] for row in owners] == [two, two]


def test_labels_of_one_set_do_not_stand_side_by_side(world: World) -> None:
    one, two = customers(world)

    def sets(tx: Tx) -> None:
        for name, contact in (("hạng vàng", one), ("hạng bạc", two)):
            labels.stick(tx, contact, labels.ensure(tx, name, label_set="hạng")["id"], True)

    world.db.write_now(sets)
    merge(world, one, two)
    names = world.rows(
        "SELECT l.name FROM contact_label c JOIN label l ON l.id = c.label_id WHERE c.contact_id = :id", id=one
    )
    assert {"hạng vàng"} == {row["name"] for row in names} & {"hạng vàng", "hạng bạc"}


def test_what_is_one_already_is_not_merged_again(world: World) -> None:
    one, two = customers(world)
    operation = merge(world, one, two)
    with pytest.raises(Conflict):
        merge(world, one, two)
    with pytest.raises(Conflict):
        merge(world, one, one)
    world.db.write_now(lambda tx: merging.split(tx, operation))
    with pytest.raises(Conflict):
        world.db.write_now(lambda tx: merging.split(tx, operation))
    with pytest.raises(NotFound):
        world.db.write_now(lambda tx: merging.split(tx, "nowhere"))


# -- any sequence ----------------------------------------------------------------------------------------------------

PEOPLE = 5
STEP = st.one_of(
    st.tuples(st.just("merge"), st.integers(0, PEOPLE - 1), st.integers(0, PEOPLE - 1), st.booleans()),
    st.tuples(st.just("split"), st.integers(0, PEOPLE - 1)),
    st.tuples(st.just("split_identity"), st.integers(0, PEOPLE - 1)),
    st.tuples(st.just("message"), st.integers(0, PEOPLE - 1), st.booleans()),
    st.tuples(st.just("name"), st.integers(0, PEOPLE - 1)),
    st.tuples(st.just("undo")),
    st.tuples(st.just("redo")),
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    world = World.at(folder)
    customers(world, PEOPLE)
    world.agent("an")
    world.db.write_now(lambda tx: None)
    world.db._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
    world.db.close()
    return folder / "unibox.db"


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=st.lists(STEP, max_size=14))
def test_any_sequence_keeps_every_message_once_and_each_identity_on_one_contact(
    template: Path, steps: list[Any]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(template, folder)
        world = World.at(Path(folder))
        try:
            Story(world).run(steps)
        finally:
            world.db.close()


class Story:
    def __init__(self, world: World) -> None:
        self.world = world
        self.an = world.agent("an")
        self.before = {row["n"]: dict(row) for row in world.rows(TABLES["message"])}

    def run(self, steps: list[Any]) -> None:
        self.world.now += 1000
        for step in steps:
            with contextlib.suppress(Conflict, WrongUse, NotFound):
                getattr(self, step[0])(*step[1:])
            self.world.now += 500
            self.holds()
        self.everything_split()

    def do(self, fn: Callable[[Tx], Any]) -> Any:
        return self.world.db.write_now(fn)

    def merge(self, a: int, b: int, join: bool) -> None:
        self.do(lambda tx: people.merge(tx, self.an, a + 1, b + 1, join=join))

    def split(self, a: int) -> None:
        self.do(lambda tx: people.split(tx, self.an, a + 1))

    def split_identity(self, i: int) -> None:
        owner = self.world.row("SELECT contact_id FROM identity WHERE id = :id", id=i + 1)["contact_id"]
        self.do(lambda tx: people.split(tx, self.an, owner, identity=i + 1))

    def message(self, i: int, late: bool) -> None:
        if late:
            self.world.now += 40 * 86_400_000
            self.do(
                lambda tx: tx.run(
                    "UPDATE conversation SET status = 'resolved', resolved_at = 1 WHERE joined_into IS NULL"
                )
            )
        row = self.world.row("SELECT inbox_id, address FROM identity WHERE id = :id", id=i + 1)
        came = self.world.chat(row["inbox_id"], row["address"], "thêm một câu", id=f"s{self.world.now}")
        self.before[came.n] = dict(
            self.world.row("SELECT n, conversation_id, born_in, identity_id FROM message WHERE n = :n", n=came.n)
        )
        assert self.before[came.n]["identity_id"] == i + 1

    def name(self, i: int) -> None:
        self.do(lambda tx: people.set_fields(tx, self.an, i + 1, {"name": f"Tên {self.world.now}"}))

    def undo(self) -> None:
        self.do(lambda tx: undo.undo(tx, self.an))

    def redo(self) -> None:
        self.do(lambda tx: undo.redo(tx, self.an))

    def holds(self) -> None:
        now = {row["n"]: dict(row) for row in self.world.rows(TABLES["message"])}
        assert now == self.before, "a message was lost, doubled or rewritten"

        def look(db: Any) -> None:
            for table in ("identity", "conversation"):
                for row in db.execute(f"SELECT contact_id, home FROM {table}"):
                    assert merging.root(db, row["contact_id"]) == row["contact_id"], f"{table} at a merged contact"
                    home = row["contact_id"] if row["home"] is None else row["home"]
                    assert merging.root(db, home) == row["contact_id"]
                    assert row["home"] != row["contact_id"]
            wrong = "SELECT count(*) FROM contact_key k JOIN identity d ON d.id = k.identity_id WHERE d.contact_id <> k.contact_id"
            assert db.execute(wrong).fetchone()[0] == 0
            roots = [row[0] for row in db.execute("SELECT id FROM contact WHERE merged_into IS NULL")]
            told = [n for contact in roots for n in story.window(db, contact, limit=1_000).ns]
            every = "SELECT n FROM message WHERE state <> 'cancelled' ORDER BY n"
            assert sorted(told) == [row[0] for row in db.execute(every)], "a message is not in exactly one story"
            doubled = "SELECT loser FROM contact_merge WHERE undone_at IS NULL GROUP BY loser HAVING count(*) > 1"
            assert db.execute(doubled).fetchall() == []

        self.world.db.read_now(look)

    def everything_split(self) -> None:
        while live := self.world.rows("SELECT id FROM contact_merge WHERE undone_at IS NULL ORDER BY seq LIMIT 1"):
            self.do(lambda tx, id=live[0]["id"]: merging.split(tx, id))
            self.holds()
        for i in range(1, PEOPLE + 1):
            row = self.world.row("SELECT * FROM contact WHERE id = :id", id=i)
            assert (row["merged_into"], row["note"]) == (None, f"ghi chú {i}")
            assert f"nhãn {i}" in {
                found["name"]
                for found in self.world.rows(
                    "SELECT l.name FROM contact_label c JOIN label l ON l.id = c.label_id WHERE c.contact_id = :id",
                    id=i,
                )
            }
        assert self.world.rows("SELECT 1 FROM identity WHERE home IS NOT NULL") == []
