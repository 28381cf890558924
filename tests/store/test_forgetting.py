"""What is deleted leaves the file when nobody holds an older state of it, and the next attempt finishes."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from tests.support.world import World
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
