"""Nothing is lost between two stores: every column of the schema is carried by an export, or it is said why not."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.support.world import CHAT, World
from tests.sync.test_import_lines import Shelf, imported
from tests.sync.test_import_merges import exported, of_type, sold  # noqa: F401
from tests.sync.whole_store import CARRIED, LEFT
from unibox_tui.desk import people, threads, triage
from unibox_tui.domain.inbound import InboundAttachment, MailPlace, MessageReceived, Person, Reaction
from unibox_tui.domain.words import Status
from unibox_tui.store import calls, contacts, given, inboxes, messages, outside, standing
from unibox_tui.store.database import Database, Tx
from unibox_tui.store.outside_reading import ContactGiven
from unibox_tui.sync.facts import Rules, prepare
from unibox_tui.sync.ingest import ingest
from unibox_tui.views import suggested

NAMED = {
    "contact": "(SELECT x.uid FROM contact x WHERE x.id = {0})",
    "conversation": "(SELECT x.uid FROM conversation x WHERE x.id = {0})",
    "inbox": "(SELECT x.name FROM inbox x WHERE x.id = {0})",
    "label": "(SELECT x.name FROM label x WHERE x.id = {0})",
    "message": "(SELECT x.id FROM message x WHERE x.n = {0})",
    "identity": "(SELECT i.name || ' ' || d.address FROM identity d JOIN inbox i ON i.id = d.inbox_id WHERE d.id = {0})",
}
NAMED["holder"] = f"coalesce({NAMED['identity']}, {NAMED['contact'].format('-{0}')})"
NAMED["contact or order"] = (
    f"CASE kind WHEN 'contact' THEN {NAMED['contact']} ELSE (SELECT x.uid FROM customer_order x WHERE x.id = {{0}}) END"
)


def test_every_table_and_column_is_carried_or_it_is_said_why_not(world: World) -> None:
    def schema(db: sqlite3.Connection) -> dict[str, set[str]]:
        tables = [row for row in db.execute("PRAGMA table_list") if row[0] == "main" and row[2] != "shadow"]
        names = [row[1] for row in tables if not row[1].startswith("sqlite_")]
        return {name: {row[1] for row in db.execute(f"PRAGMA table_info({name})")} for name in names}

    there = world.db.read_now(schema)
    assert CARRIED.keys() | LEFT.keys() == there.keys()
    assert not CARRIED.keys() & LEFT.keys()
    for name, table in CARRIED.items():
        assert sorted(table.columns) == sorted(there[name]), name


# -- a store in which every column that is carried says something ----------------------------------------------------


@pytest.fixture
def whole(sold: World) -> World:  # noqa: F811
    lan = sold.agent("lan")
    write = sold.db.write_now
    hà, _, _, insta = (row["contact_id"] for row in sold.rows("SELECT coalesce(home, contact_id) AS contact_id FROM identity ORDER BY id"))  # fmt: skip
    talks = [row["id"] for row in sold.rows("SELECT id FROM conversation ORDER BY id")]

    mail = sold.inbox("hộp thư")
    picture = InboundAttachment("ảnh.jpg", "image/jpeg", content=b"\xff\xd8", inline=True, content_id="a@b")
    remote = InboundAttachment("hoá đơn.pdf", "application/pdf", remote={"id": "f1"})
    first = sold.later(1_000).mail(
        mail, text="gọi em 0912 345 678", id="m1@khach.example", attachments=(picture, remote)
    )
    sold.take(mail, Reaction("m1@khach.example", "x", "❤", sold.now))
    second = sold.later(1_000).mail(mail, address="ai-do@khach.example", text="đơn DH20381", id="m9@khach.example", answers=("m1@khach.example",))  # fmt: skip
    n = first.n or 0
    assert n
    assert second.n
    write(lambda tx: people.keep_found(tx, lan, n, "phone", "0912 345 678"))
    write(lambda tx: messages.add_place(tx, mail, MailPlace("INBOX", 7, "12"), n))
    third = sold.mail(mail, text="nữa ạ", answers=("m1@khach.example",), id="m3@khach.example")
    write(lambda tx: threads.split(tx, lan, first.conversation or 0, from_n=third.n))
    write(lambda tx: threads.join(tx, lan, talks[2], talks[0]))
    write(lambda tx: triage.set_status(tx, lan, [talks[3]], Status.SNOOZED, until=sold.now + 1, wake_on_reply=False))
    write(lambda tx: triage.set_status(tx, lan, [first.conversation or 0], Status.RESOLVED))

    def beside(tx: Tx) -> None:
        own = tx.value("SELECT id FROM identity ORDER BY id LIMIT 1")
        given.keep(tx, own, {"phone": "0900 000 001", "size": "M"}, "mẫu đơn", tx.now)
        contacts.window(tx, own, "menu", tx.now)
        standing.set_standing(tx, own, {"follows": True, "agreed": ["call"], "quota": {"z": {"left": 3}}}, at=5)
        standing.set_standing(tx, own, {"last_interaction": 4}, at=6)
        standing.set_standing(tx, own, {"blocked": False}, at=tx.now)
        facts = {"started": tx.now, "answered": tx.now + 5, "ended": tx.now + 99, "told": {"hotline": [1, "1900"]}}
        calls.put(tx, n, via="line", direction="in", facts=facts, agent="lan", counts_at=tx.now)
        calls.set_reason(tx, n, "hỏi giá")
        system = ContactGiven(external_id="crm-7", fields={"name": "Tên khác"}, phones=("0900 000 009",))
        outside.put_contact(tx, "crm", system)
        tx.run("INSERT INTO outside_id (system, external_id, contact_id, at) VALUES ('pos', '7', :id, :now)", id=insta, now=tx.now)  # fmt: skip
        tx.run(
            "INSERT INTO outside_conflict (kind, id, field, system, value, at) VALUES ('contact', :id, 'name', 'crm', '\"Hà\"', "
            ":now), ('order', (SELECT min(id) FROM customer_order), 'amount', 'pos', '7', :now)",
            id=hà,
            now=tx.now,
        )

    write(beside)
    _fill(sold)
    return sold


def _fill(world: World) -> None:
    """What no usual path of this small store sets."""
    filling = {
        "agent": "language = 'th', display = 'Lan Anh'",
        "label": "colour = 'red', description = 'Của ai', label_set = 'loại', sticks = 1 WHERE id = 1",
        "contact": "title = 'chị', language = 'vi', first_seen_at = 5, last_seen_at = 6 WHERE merged_into IS NULL",
        "identity": "verified = 1, attributes = '{\"a\": 1}'",
        "contact_key": "verified = 1 WHERE identity_id > 0 AND message_n IS NULL",
        "contact_merge": 'choices = \'{"name": "B"}\'',
        "conversation": "subject = 'Về đơn', kind = 'group', assignee = 'lan', priority = 2, spam = 1 WHERE id % 2",
        "message": "author_unsure = 1, author = 'lan', reason = 'Quá dài.', client_ref = id, automatic = 1, unsent_at = 3, "
        "edited_at = 4, state_at = 5 WHERE direction <> 'activity'",
        "message_body": "hidden_text = 'ẩn', email = '{\"to\": [\"a\"]}', extra = '{\"x\": 1}'",
        "customer_order": "phone = '+84900000001', address = 'Hà Nội', note = 'gấp', carrier = 'GHN', tracking = 'G1', "
        "shop = 'A', deposit = 5, received = 6, agent = 'lan', closed_by = 'lan', confirmed_at = 1, packed_at = 2, "
        "shipped_at = 3, delivered_at = 4, returned_at = 5, cancelled_at = 6, typed = '[\"note\"]'",
        "risk_mark": "source = 's', removed_at = CASE contact_id WHEN 1 THEN NULL ELSE 9 END",
        "contact_suggestion": "score = 130",
    }

    def write(tx: Tx) -> None:
        for table, sets in filling.items():
            tx.run(f"UPDATE {table} SET {sets}")
        gone = contacts.create(tx, name="")
        talk = tx.next_number("conversation")
        tx.run("UPDATE contact SET forgotten_at = 77 WHERE id = :id", id=gone)
        tx.run(
            "INSERT INTO conversation (id, uid, group_name, contact_id, last_at, created_at, updated_at) "
            "VALUES (:id, 'u-forgotten', 'Shop A', :gone, 1, 1, 1)",
            id=talk,
            gone=gone,
        )

    world.db.write_now(write)


def content(db: Database) -> dict[str, list[dict[str, Any]]]:
    """What is carried, as both stores should say it."""

    def read(reader: sqlite3.Connection) -> dict[str, list[dict[str, Any]]]:
        found = {}
        for name, table in CARRIED.items():
            columns = [f"{column} AS {column}" for column in table.values.split()]
            columns += [f"{NAMED[of].format(f'{name}.{column}')} AS {column}" for column, of in table.names.items()]
            rows = [
                {key: _plain(value) for key, value in dict(row).items()}
                for row in reader.execute(f"SELECT {', '.join(columns)} FROM {name}")
            ]
            found[name] = sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))
        return found

    return db.read_now(read)


def _plain(value: Any) -> Any:
    """JSON as what it says, however it is written."""
    return json.loads(value) if isinstance(value, str) and value[:1] in ("{", "[") else value


def test_every_column_that_is_carried_arrives(whole: World, tmp_path: Path) -> None:
    before = content(whole.db)
    dull = {
        f"{name}.{column}"
        for name, rows in before.items()
        for column in (*CARRIED[name].values.split(), *CARRIED[name].names)
        if all(row[column] in (None, "", 0, {}, []) for row in rows)
    }
    assert dull == set(), "nothing in this store shows whether these arrive"
    text = exported(whole.db)
    with Database(tmp_path / "other.db") as other:
        _, items = imported(other, text, tmp_path, shelf=Shelf(dict(whole.media)))
        assert [item.reason for item in items if item.outcome == "quarantined"] == []
        after = content(other)
        for name in CARRIED:
            assert after[name] == before[name], name
        assert exported(other) == text


# -- what pointers mean elsewhere --------------------------------------------------------------------------------------


def taken(other: World, inbox: int, id: str, address: str, *, vouched: tuple[tuple[str, str], ...] = (), text: str = "em hỏi ạ") -> int:  # fmt: skip
    fact = MessageReceived(id, Person(address, "id", "Nguyễn Thị Hà", vouched=vouched), other.now, text)
    row = other.db.read_now(lambda db: inboxes.by_id(db, inbox))
    ready = prepare(fact, row, Rules(), lambda data: ("", 0))
    return other.db.write_now(lambda tx: ingest(tx, inbox, [ready], Rules()))[0].conversation or 0


@pytest.fixture
def pair(world: World) -> tuple[World, int, int]:
    """Two who wrote the same order code, over two chats."""
    a, b = world.inbox("oa", CHAT, channel="zalo"), world.inbox("web", CHAT, channel="livechat")
    world.later(1_000).chat(a, "z1", "đơn DH20381 của em", name="Hà")
    world.later(1_000).chat(b, "v1", "đơn DH20381 đâu rồi ạ", name="bé heo")
    [row] = world.rows("SELECT low, high, state FROM contact_suggestion")
    assert row["state"] == "open"
    return world, row["low"], row["high"]


def busy(tmp_path: Path) -> World:
    """Another store, in which every number is taken by somebody else."""
    (tmp_path / "other").mkdir()
    other = World.at(tmp_path / "other")
    there = other.inbox("there", CHAT, channel="zalo")
    for number in range(7):
        other.later(1_000).chat(there, f"t{number}", "xin chào", name=f"Người khác {number}")
    return other


def test_a_suggestion_speaks_of_the_same_messages_elsewhere(pair: tuple[World, int, int], tmp_path: Path) -> None:
    world, low, high = pair
    other = busy(tmp_path)
    imported(other.db, exported(world.db), tmp_path)
    [here], [there] = (one.db.read_now(suggested.everyone) for one in (world, other))
    assert there.contact_id not in (low, high)
    told = {(side.name, side.text, side.level) for side in (there.reasons[0].mine, there.reasons[0].theirs)}
    assert told == {(side.name, side.text, side.level) for side in (here.reasons[0].mine, here.reasons[0].theirs)}
    assert all("DH20381" in text for _, text, _ in told)
    other.db.close()


def test_why_two_were_merged_and_which_events_said_so_is_the_same_elsewhere(
    pair: tuple[World, int, int], tmp_path: Path
) -> None:
    world, low, high = pair
    lan = world.agent("lan")
    world.db.write_now(lambda tx: people.accept_suggestion(tx, lan, low, high))
    world.db.write_now(lambda tx: people.set_fields(tx, lan, low, {"labels": "vip"}))
    world.db.write_now(lambda tx: people.set_fields(tx, lan, low, {"labels": ""}))
    other = busy(tmp_path)
    imported(other.db, exported(world.db), tmp_path)
    [row] = other.rows("SELECT why FROM contact_merge")
    [reason] = json.loads(row["why"])
    for side in (reason["a"], reason["b"]):
        text, address = tuple(other.row("SELECT b.text, d.address FROM message_body b, identity d WHERE b.n = :n AND d.id = :d", n=side["n"], d=side["identity"]))  # fmt: skip
        assert ("DH20381" in text, address in ("z1", "v1")) == (True, True)
    last = of_type(exported(other.db), "event")
    assert [one["data"] for one in last if one["kind"] == "contact.changed"][-1] == {
        "field": "label.vip", "from": 1, "to": None, "label": "vip"}  # fmt: skip
    uids = {row["uid"] for row in world.rows("SELECT uid FROM contact")}
    [said] = [one["data"] for one in last if one["kind"] == "contact.suggestion"]
    assert {said["low"], said["high"]} == uids
    other.db.close()


def test_who_was_kept_apart_is_not_joined_after_an_import(world: World, tmp_path: Path) -> None:
    """A person split two that share a verified number; the next message in the other store must not join them again."""
    number = (("phone", "+84912345678"),)
    inboxes_here = [world.inbox(name, CHAT, channel="zalo") for name in ("a", "b")]
    for place, inbox in enumerate(inboxes_here):
        taken(world.later(1_000), inbox, f"m{place}", f"z{place}", vouched=number)
    [merge] = world.rows("SELECT winner, undone_at FROM contact_merge")
    lan = world.agent("lan")
    world.db.write_now(lambda tx: people.split(tx, lan, merge["winner"]))
    other = busy(tmp_path)
    imported(other.db, exported(world.db, events=False), tmp_path)
    other.inbox("a", CHAT, channel="zalo")
    inbox = other.inbox("b", CHAT, channel="zalo")
    taken(other.later(10_000), inbox, "m9", "z1", vouched=number)
    assert other.rows("SELECT 1 FROM contact_merge WHERE undone_at IS NULL") == []
    assert [row["state"] for row in other.rows("SELECT state FROM contact_suggestion")] == ["apart"]
    other.db.close()


def test_lines_that_do_not_hold_are_kept_back_by_name(pair: tuple[World, int, int], tmp_path: Path) -> None:
    world, _low, _high = pair
    one, other = (row["uid"] for row in world.rows("SELECT uid FROM contact ORDER BY uid"))
    wrong = [
        ({"type": "pair", "one": one, "other": other, "state": "maybe", "at": 1}, "state: 'maybe'"),
        ({"type": "pair", "one": one, "other": "x", "state": "open", "at": 1}, "The contact x"),
        (
            {"type": "pair", "one": one, "other": other, "state": "open", "at": 1, "evidence": [{"kind": "star", "value": "x"}]},
            "Evidence",
        ),
        ({"type": "conflict", "what": "order", "of": "x", "field": "state", "system": "s", "value": "", "at": 1}, "The order x"),
        ({"type": "conflict", "what": "contact", "of": one, "field": "id", "system": "s", "value": "", "at": 1}, "field: a contact"),
        ({"type": "conflict", "what": "contact", "of": one, "field": "name", "system": "s", "value": 7, "at": 1}, "value: of name"),
    ]  # fmt: skip
    _, items = imported(world.db, "\n".join(json.dumps(line) for line, _ in wrong), tmp_path)
    for item, (_, expected) in zip(items, wrong, strict=True):
        assert item.outcome == "quarantined"
        assert expected in str(item.reason)
