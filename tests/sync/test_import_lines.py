"""unibox JSON Lines: out of one store, into another, and out again the same."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.world import CHAT, MAIL, STORE_CHAT, World
from unibox_tui.desk import answer, threads, triage
from unibox_tui.desk.letter import Letter
from unibox_tui.domain.inbound import InboundAttachment, MessageEdited, MessageUnsent, Reaction
from unibox_tui.domain.words import Priority, Status
from unibox_tui.store import contacts, conversations, events, inboxes, labels, messages
from unibox_tui.store.database import Database
from unibox_tui.sync.facts import Rules
from unibox_tui.sync.importing import sources
from unibox_tui.sync.importing.lines import LineImport
from unibox_tui.sync.importing.run import Counts, Item
from unibox_tui.views.export import Told, export_lines


@dataclass
class Shelf:
    """Files by their hash."""

    files: dict[str, bytes]

    def put(self, data: bytes) -> tuple[str, int]:
        import hashlib

        sha = hashlib.sha256(data).hexdigest()
        self.files[sha] = data
        return sha, len(data)

    def has(self, sha: str) -> bool:
        return sha in self.files


def numbers(db: Any) -> list[int]:
    """Of all conversations."""
    return [row[0] for row in db.execute("SELECT id FROM conversation ORDER BY id")]


def exported(db: Database, ids: list[int] | None = None, files: dict[str, bytes] | None = None) -> str:
    async def work() -> str:
        inline = files.get if files is not None else None
        return "".join([line async for line in export_lines(db.path, ids, Told(), inline=inline)])

    return asyncio.run(work())


def imported(
    db: Database, text: str, folder: Path, *, shelf: Shelf | None = None, inbox: str | None = None
) -> tuple[Counts, list[Item]]:
    path = folder / "in.jsonl"
    path.write_text(text, encoding="utf-8")
    row = db.read_now(lambda read: inboxes.named(read, inbox)) if inbox else None
    counts, items = Counts(), []
    work = LineImport(db, shelf or Shelf({}), lambda group: Rules(), row)
    work.run(sources.find([path]), counts, lambda item, _: items.append(item) if item else None)
    return counts, items


@pytest.fixture
def rich(world: World) -> World:
    """Three languages, three channels, and everything that happens to conversations."""
    mail, oa, chat = (
        world.inbox("a", MAIL),
        world.inbox("oa", CHAT, channel="zalo"),
        world.inbox("web", STORE_CHAT, channel="livechat", group="Shop B"),
    )
    lan = world.agent("lan")
    picture = InboundAttachment("ảnh sản phẩm.jpg", "image/jpeg", content=b"\xff\xd8 picture", inline=True)
    first = world.mail(mail, text="Đơn DH20381 thiếu 1 áo, gọi em 0912 345 678", attachments=(picture,))
    second = world.later(60_000).chat(oa, "zalo-1", "สั่งสินค้าแล้วยังไม่ได้รับค่ะ", name="สมหญิง รักดี", id="z1")
    third = world.later(60_000).chat(oa, "zalo-2", "Where is my parcel?\u202e", name="Tom", id="z2")
    fourth = world.later(60_000).chat(chat, "v9", "Chào shop", id="w1")
    world.later(1_000).take(oa, MessageEdited("z1", "สั่งสินค้าแล้วยังไม่ได้รับเลยค่ะ", world.now))
    world.take(oa, MessageUnsent("z2", world.now), Reaction("z1", "zalo-1", "❤", world.now))
    tops = [outcome.conversation or 0 for outcome in (first, second, third, fourth)]
    write = world.db.write_now
    write(lambda tx: triage.assign(tx, lan, tops[:1], "lan"))
    write(lambda tx: triage.label(tx, lan, tops[:2], ["giao thiếu", "vip"]))
    write(lambda tx: triage.set_priority(tx, lan, tops[:1], Priority.URGENT))
    write(lambda tx: triage.set_spam(tx, lan, tops[2:3], True))
    write(lambda tx: triage.set_status(tx, lan, tops[3:], Status.SNOOZED, until=world.now + 86_400_000))
    world.later(5_000)
    write(lambda tx: answer.note(tx, lan, tops[0], "Đã gọi khách"))
    write(lambda tx: answer.reply(tx, lan, tops[0], Letter(text="Dạ shop gửi bù ạ")))
    write(lambda tx: answer.reply(tx, lan, tops[1], Letter(text="ขอโทษนะคะ"), then=Status.RESOLVED))
    later = world.later(3_600_000).mail(mail, text="Cảm ơn shop", answers=("m1@khach.example",), id="m2@khach.example")
    write(lambda tx: threads.split(tx, lan, tops[0], from_n=later.n))
    apart = write(lambda tx: int(messages.get(tx.db, later.n or 0)["conversation_id"]))
    write(lambda tx: threads.join(tx, lan, tops[1], tops[0]))
    write(lambda tx: threads.join(tx, lan, apart, tops[0]))
    write(lambda tx: threads.split(tx, lan, tops[0], child=apart))
    write(lambda tx: contacts.window(tx, 1, "menu", world.now))
    return world


def test_import_of_an_export_into_an_empty_store_gives_the_same_export(rich: World, tmp_path: Path) -> None:
    before = exported(rich.db, files=rich.media)
    assert {json.loads(line)["type"] for line in before.splitlines()} == {
        "unibox", "agent", "inbox", "label", "contact", "conversation", "join", "message",
    }  # fmt: skip
    shelf = Shelf({})
    with Database(tmp_path / "other.db") as other:
        counts, _ = imported(other, before, tmp_path, shelf=shelf)
        assert counts.quarantined == 0
        assert counts.files_missing == 0
        assert exported(other, files=shelf.files) == before
        again, items = imported(other, before, tmp_path, shelf=shelf)
        assert (again.new, again.duplicate) == (0, counts.read)
        assert {item.outcome for item in items} == {"duplicate"}
        assert exported(other, files=shelf.files) == before
    assert shelf.files == rich.media


def test_an_import_is_inert(rich: World, tmp_path: Path) -> None:
    with Database(tmp_path / "other.db") as other:
        imported(other, exported(rich.db), tmp_path)
        talks = other.read_now(lambda db: [conversations.get(db, id) for id in numbers(db)])
        assert {(talk["unread"], talk["waiting_since"]) for talk in talks} == {(0, None)}
        assert other.read_now(lambda db: events.of_conversation(db, [talk["id"] for talk in talks])) == []
        assert other.read_now(lambda db: db.execute("SELECT count(*) FROM outbox").fetchone()[0]) == 0
        assert all(
            inbox.state == "removed" for inbox in other.read_now(lambda db: inboxes.all_inboxes(db, removed=True))
        )


def test_what_had_not_left_is_told_so_and_never_leaves(rich: World, tmp_path: Path) -> None:
    queued = rich.db.read_now(lambda db: db.execute("SELECT n FROM outbox WHERE state = 'queued'").fetchall())
    assert queued
    lines = [json.loads(line) for line in exported(rich.db).splitlines()]
    ours = [line for line in lines if line["type"] == "message" and line.get("direction") == "out"]
    assert {line["state"] for line in ours} == {"cancelled"}


def test_messages_keep_number_order_threads_and_search(rich: World, tmp_path: Path) -> None:
    with Database(tmp_path / "other.db") as other:
        imported(other, exported(rich.db), tmp_path)

        def facts(db: Any) -> list[Any]:
            rows = db.execute(
                "SELECT m.n, m.id, m.conversation_id, m.born_in, m.answers_n, c.joined_into FROM message m "
                "JOIN conversation c ON c.id = m.conversation_id ORDER BY m.n"
            )
            return [tuple(row) for row in rows]

        assert other.read_now(facts) == rich.db.read_now(facts)
        hits = other.read_now(lambda db: db.execute("SELECT count(*) FROM search WHERE search MATCH 'goi'").fetchone())
        assert hits[0] == 2
        assert other.read_now(lambda db: labels.by_name(db, "giao thieu")) is not None


def test_export_of_some_takes_what_is_joined_along(rich: World) -> None:
    first, second, *_ = rich.db.read_now(numbers)
    lines = [json.loads(line) for line in exported(rich.db, [first]).splitlines()]
    assert [line["number"] for line in lines if line["type"] == "conversation"] == [first, second]
    named = {line["id"] for line in lines if line["type"] == "contact"}
    assert {line["contact"] for line in lines if line["type"] == "conversation"} <= named


def test_lines_that_say_nothing_are_kept_and_the_next_goes_on(world: World, tmp_path: Path) -> None:
    world.inbox("a", MAIL)
    text = "\n".join(
        (
            "{not json",
            '{"type": "message", "conversation": "nowhere", "sent_at": 1}',
            '{"type": "message", "sent_at": "yesterday", "address": "x@y.example"}',
            '{"type": "message", "sent_at": 1, "colour": "red"}',
            '{"type": "message", "sent_at": 1700000000000, "address": "ha@khach.example", "text": "Chào"}',
        )
    )
    _, items = imported(world.db, text, tmp_path, inbox="a")
    assert [item.outcome for item in items] == ["quarantined"] * 4 + ["new"]
    assert "colour" in items[3].reason
    assert [item.position for item in items] == [1, 2, 3, 4, 5]
    again, _ = imported(world.db, text, tmp_path, inbox="a")
    assert (again.new, again.duplicate, again.quarantined) == (0, 1, 4)
    kept = world.db.read_now(lambda db: db.execute("SELECT count(*) FROM raw_event").fetchone()[0])
    assert kept == 4


def test_foreign_lines_find_their_place_and_their_times(world: World, tmp_path: Path) -> None:
    world.inbox("a", MAIL)
    rows = [
        {"type": "message", "sent_at": "2024-05-01T09:00:00+07:00", "address": "ha@khach.example", "text": "Một",
         "contact_name": "Hà", "subject": "Đơn hàng", "kind": "mail", "provider_id": "x1@khach.example"},
        {"type": "message", "sent_at": "2024-05-01T10:00:00+07:00", "address": "ha@khach.example", "text": "Hai",
         "subject": "Re: Đơn hàng", "kind": "mail", "answers": "x1@khach.example"},
    ]  # fmt: skip
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    _, items = imported(world.db, text, tmp_path, inbox="a")
    found = [world.db.read_now(lambda db, id=item.message_ids[0]: messages.by_id(db, id)) for item in items]
    assert found[0]["sent_at"] == 1_714_528_800_000
    assert found[0]["conversation_id"] == found[1]["conversation_id"]
    assert conversations_status(world) == {"resolved"}


def conversations_status(world: World) -> set[str]:
    return world.db.read_now(lambda db: {row[0] for row in db.execute("SELECT status FROM conversation")})


def test_notes_and_assignments_in_short(world: World, tmp_path: Path) -> None:
    inbox = world.inbox("a", MAIL)
    talk = world.mail(inbox).conversation or 0
    uid = world.db.read_now(lambda db: conversations.get(db, talk)["uid"])
    rows = [
        {"type": "agent", "name": "minh", "display": "Minh"},
        {"type": "note", "conversation": uid, "at": 1_780_000_000_000, "author": "minh", "text": "Gọi lại"},
        {"type": "assignment", "conversation": uid, "at": 1_780_000_001_000, "to": "minh", "by": "minh"},
    ]
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    first, _ = imported(world.db, text, tmp_path)
    again, _ = imported(world.db, text, tmp_path)
    assert (first.new, again.new, again.duplicate) == (3, 0, 3)
    assert world.db.read_now(lambda db: conversations.get(db, talk)["assignee"]) == "minh"
    kinds = world.db.read_now(lambda db: [row[0] for row in db.execute("SELECT direction FROM message ORDER BY n")])
    assert kinds == ["note", "activity", "in"]


def test_a_customer_known_here_already_stays_one_customer(rich: World, tmp_path: Path) -> None:
    with Database(tmp_path / "other.db") as other:
        there = World(other)
        there.mail(there.inbox("a", MAIL), id="before@khach.example")
        counts, _ = imported(other, exported(rich.db), tmp_path)
        assert counts.quarantined == 0
        owners = other.read_now(
            lambda db: db.execute(
                "SELECT DISTINCT contact_id FROM identity WHERE address = 'ha@khach.example'"
            ).fetchall()
        )
        assert len(owners) == 1
        # Its number is taken here: the imported one gets another and keeps its uid.
        first = rich.db.read_now(numbers)[0]
        uid = rich.db.read_now(lambda db: conversations.get(db, first)["uid"])
        assert other.read_now(lambda db: conversations.named(db, uid)) != first


def test_bytes_that_are_not_those_of_the_hash_are_refused(world: World, tmp_path: Path) -> None:
    world.inbox("a", MAIL)
    row = {
        "type": "message", "sent_at": 1, "address": "ha@khach.example",
        "attachments": [{"name": "a.txt", "sha256": "0" * 64, "base64": "YQ=="}],
    }  # fmt: skip
    shelf = Shelf({})
    _, items = imported(world.db, json.dumps(row), tmp_path, shelf=shelf, inbox="a")
    assert items[0].outcome == "quarantined"
    assert "sha256" in items[0].reason
    assert shelf.files == {}


def test_a_line_kept_back_comes_in_when_it_can(world: World, tmp_path: Path) -> None:
    line = '{"type": "message", "sent_at": 1700000000000, "inbox": "b", "address": "v1", "text": "Chào"}'
    _, items = imported(world.db, line, tmp_path)
    assert items[0].outcome == "quarantined"
    world.inbox("b", CHAT, channel="zalo")
    piece = sources.Piece(sources.File("in.jsonl", "jsonl", 0, 0.0), 1, line.encode())
    assert LineImport(world.db, Shelf({}), lambda group: Rules()).replay(piece).outcome == "new"
