"""What is deleted leaves the file when nobody holds an older state of it, and the next attempt finishes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import partial

import pytest

from tests.support.world import World
from unibox_tui.domain.errors import Refused
from unibox_tui.store import events, forgetting, merging


def in_files(world: World, word: str) -> bool:
    paths = [world.db.path, world.db.path.with_name(world.db.path.name + "-wal")]
    return any(word.encode() in path.read_bytes().lower() for path in paths if path.exists())


def forgotten(world: World) -> None:
    found = world.db.read_now(lambda db: forgetting.traces(db, 1))
    world.db.write_now(lambda tx: forgetting.words(tx, found.messages))
    actor = world.agent("an")
    world.db.write_now(lambda tx: forgetting.person(tx, actor, found, {"messages": len(found.messages)}))
    while world.db.write_now(forgetting.merge_index):
        pass


def test_a_reader_of_an_older_state_keeps_the_log_until_it_ends(world: World) -> None:
    world.mail(
        world.inbox("a"), "ha@khach.example", "bimatmatkhau của em", subject="bimatmatkhau", name="Quangthanhvinh"
    )
    with closing(sqlite3.connect(world.db.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM message").fetchone()
        forgotten(world)
        assert world.db.compact(patience_s=0.1) is False
        assert in_files(world, "bimatmatkhau")
        reader.execute("COMMIT")
    assert world.db.compact(patience_s=5) is True
    for word in ("bimatmatkhau", "quangthanhvinh", "ha@khach.example"):
        assert not in_files(world, word), word


def test_a_writer_that_does_not_let_go_is_told(world: World) -> None:
    world.mail(world.inbox("a"))
    world.db._writer.execute("PRAGMA busy_timeout=50")  # type: ignore[union-attr]
    with closing(sqlite3.connect(world.db.path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        assert world.db.compact(patience_s=0.1) is False
        writer.execute("ROLLBACK")
    assert world.db.compact(patience_s=5) is True


def test_all_that_was_merged_is_forgotten_and_later_messages_are_a_new_customers(world: World) -> None:
    inbox = world.inbox("a")
    world.mail(inbox, "ha@khach.example", "một", id="one@x", name="Hà Bimat")
    world.mail(inbox, "ha2@khach.example", "hai", name="Hà Bimat")
    world.db.write_now(lambda tx: merging.merge(tx, events.SYSTEM, 1, 2))
    forgotten(world)
    assert world.db.compact(patience_s=5)
    assert not in_files(world, "bimat")
    assert {row["name"] for row in world.rows("SELECT name FROM contact")} == {""}
    assert world.mail(inbox, "ha@khach.example", "một", id="one@x").what == "ignored"
    new = world.mail(inbox, "ha@khach.example", "chào lại", answers=("one@x",))
    assert world.conversation(new.conversation)["contact_id"] not in (1, 2)


def test_while_somebody_is_being_forgotten_nobody_becomes_part_of_them_and_what_they_write_goes_too(
    world: World,
) -> None:
    inbox = world.inbox("a")
    world.mail(inbox, "ha@khach.example", "một", id="one@x", name="Hà Bimat")
    world.mail(inbox, "minh@khach.example", "hai", name="Minh")
    actor = world.agent("an")
    operation = world.db.write_now(lambda tx: merging.merge(tx, events.SYSTEM, 1, 2))
    world.db.write_now(lambda tx: merging.split(tx, operation))
    found = world.db.write_now(lambda tx: forgetting.begin(tx, 1))
    for one, other in ((1, 2), (2, 1)):
        with pytest.raises(Refused, match="was forgotten"):
            world.db.write_now(partial(merging.merge, actor=events.SYSTEM, winner=one, loser=other))
    world.db.write_now(lambda tx: forgetting.words(tx, found.messages))
    world.mail(inbox, "ha@khach.example", "bimatmatkhau đây", answers=("one@x",))
    whole, counts = world.db.write_now(lambda tx: forgetting.finish(tx, actor, found, {}))
    assert (counts["messages"], len(whole.messages)) == (len(found.messages) + 1,) * 2
    assert [row["text"] for row in world.rows("SELECT text FROM message_body WHERE text LIKE '%bimat%'")] == []
    assert world.rows("SELECT 1 FROM identity WHERE address = 'ha@khach.example'") == []
    minh = world.row("SELECT name, forgotten_at FROM contact WHERE id = 2")
    assert (minh["name"], minh["forgotten_at"]) == ("Minh", None)


def test_one_of_a_merge_cannot_be_split_off_while_all_of_it_is_being_forgotten(world: World) -> None:
    inbox = world.inbox("a")
    world.mail(inbox, "ha@khach.example", "một", name="Hà Bimat")
    world.mail(inbox, "ha2@khach.example", "hai", name="Hà Bimat")
    operation = world.db.write_now(lambda tx: merging.merge(tx, events.SYSTEM, 1, 2))
    found = world.db.write_now(lambda tx: forgetting.begin(tx, 2))
    with pytest.raises(Refused, match="was forgotten"):
        world.db.write_now(lambda tx: merging.split(tx, operation))
    with pytest.raises(Refused, match="was forgotten"):
        world.db.write_now(lambda tx: merging.split_off(tx, found.identities[0]))
    world.db.write_now(lambda tx: forgetting.words(tx, found.messages))
    world.db.write_now(lambda tx: forgetting.finish(tx, events.SYSTEM, found, {}))
    assert {row["name"] for row in world.rows("SELECT name FROM contact")} == {""}
    assert world.rows("SELECT 1 FROM identity") == []
