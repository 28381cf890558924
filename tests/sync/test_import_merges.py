"""Customers that were merged, and what was sold to them: out of one store, into another, split there, and out again the same."""

from __future__ import annotations

import asyncio
import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.support.world import CHAT, World
from tests.sync.test_import_lines import Shelf, imported
from unibox_tui.desk import people, triage
from unibox_tui.store import contacts, followed, labels, orders, risk
from unibox_tui.store.database import Database, Tx
from unibox_tui.views import following
from unibox_tui.views.export import Told, export_lines


def exported(db: Database, *, events: bool = True, ids: list[int] | None = None) -> str:
    async def work() -> str:
        return "".join([line async for line in export_lines(db.path, ids, Told(), events=events)])

    return asyncio.run(work())


def of_type(text: str, kind: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, text.splitlines()) if line["type"] == kind]


NAMES = ("Nguyễn Thị Hà", "สมหญิง รักดี", "Tom Baker", "Hà (Insta)")


@pytest.fixture
def sold(world: World) -> World:
    """Four customers: the fourth is part of the second, the second of the first; the third was, and stands alone again."""
    lan = world.agent("lan")
    found: list[int] = []
    talks: list[int] = []
    for number, name in enumerate(NAMES):
        inbox = world.inbox(f"c{number % 2}", CHAT, channel="zalo")
        talk = world.later(60_000).chat(inbox, f"z{number}", f"chào shop {number}", name=name).conversation
        contact = int(world.conversation(talk)["contact_id"])
        found.append(contact)
        talks.append(talk or 0)

        def dress(tx: Tx, contact: int = contact, number: int = number) -> None:
            contacts.update(tx, contact, {"note": f"ghi chú {number}", "attributes": f'{{"size": "{number}"}}'})
            labels.stick(tx, contact, labels.ensure(tx, f"nhãn {number}")["id"], True)

        world.db.write_now(dress)
    write = world.db.write_now
    hà, somying, tom, insta = found
    write(lambda tx: people.merge(tx, lan, somying, insta, join=True))
    write(lambda tx: people.merge(tx, lan, hà, somying, choices={"name": NAMES[1]}, join=False))
    write(lambda tx: people.merge(tx, lan, hà, tom, join=True))
    write(lambda tx: people.split(tx, lan, tom))
    write(lambda tx: triage.label(tx, lan, talks[:1], ["giao thiếu"]))
    values = {"state": "shipped", "currency": "VND", "amount": 590_000, "code": "DH20381", "shipped_at": world.now}
    goods = [{"name": "áo", "quantity": 2, "code": "A1"}]
    write(lambda tx: orders.create(tx, {**values, "items": goods, "conversation_id": talks[0], "external_id": "7"}))
    write(lambda tx: orders.create(tx, {**values, "contact_id": insta, "state": "draft", "shipped_at": None}))
    gone = write(lambda tx: orders.create(tx, {**values, "conversation_id": talks[2], "external_id": "8"}))
    write(lambda tx: orders.change(tx, gone, {"removed_at": world.now}))
    write(lambda tx: orders.set_deal(tx, talks[2], "draft", "lan"))
    write(lambda tx: risk.put_mark(tx, "bom hàng", "lan", contact=tom))
    write(lambda tx: risk.put_mark(tx, "bom hàng", "shop B", phone="+84900000000", source="list"))
    write(lambda tx: risk.set_blocked(tx, [tom], "lan", on=True))
    write(lambda tx: contacts.create(tx, name="Never wrote"))
    return world


_APART = """
SELECT t.uid, t.name, t.note, t.attributes, t.blocked_at, t.blocked_by, t.merged_into,
  (SELECT group_concat(d.address) FROM identity d WHERE d.contact_id = t.id AND d.home IS NULL) AS addresses,
  (SELECT group_concat(c.id) FROM (SELECT id FROM conversation WHERE contact_id = t.id AND home IS NULL AND joined_into IS NULL
    ORDER BY id) c) AS talks,
  (SELECT group_concat(l.name) FROM (SELECT l.name FROM contact_label o JOIN label l ON l.id = o.label_id
    WHERE o.contact_id = t.id ORDER BY l.name) l) AS labels
FROM contact t ORDER BY t.uid
"""


def splits(db: Database, world: World) -> list[dict[str, Any]]:
    """Take every merge back, the first one first; what each contact is then, by name."""
    lan = world.agent("lan")
    standing = db.read_now(
        lambda read: read.execute("SELECT id, loser FROM contact_merge WHERE undone_at IS NULL ORDER BY seq").fetchall()
    )
    for operation, loser in standing:
        db.write_now(partial(people.split, actor=lan, contact=loser, operation=operation))
    return [dict(row) for row in db.read_now(lambda read: read.execute(_APART).fetchall())]


def test_what_was_merged_and_sold_comes_out_again_the_same(sold: World, tmp_path: Path) -> None:
    before = exported(sold.db)
    assert len(of_type(before, "merge")) == 3
    assert len(of_type(before, "order")) == 3
    assert {len(of_type(before, kind)) for kind in ("deal",)} == {1}
    assert len(of_type(before, "risk")) == 2
    assert {line["kind"] for line in of_type(before, "event")} >= {"contact.merged", "conversation.labelled"}
    assert "Never wrote" in before
    with Database(tmp_path / "other.db") as other:
        counts, items = imported(other, before, tmp_path, shelf=Shelf({}))
        assert [item.reason for item in items if item.outcome == "quarantined"] == []
        assert exported(other) == before
        again, _ = imported(other, before, tmp_path, shelf=Shelf({}))
        assert (again.new, again.duplicate) == (0, counts.read)
        assert exported(other) == before


def test_splitting_after_an_import_gives_what_splitting_before_it_had(sold: World, tmp_path: Path) -> None:
    before = exported(sold.db, events=False)
    with Database(tmp_path / "other.db") as other:
        imported(other, before, tmp_path, shelf=Shelf({}))
        there, here = splits(other, sold), splits(sold.db, sold)
        assert there == here
        assert {row["merged_into"] for row in there} == {None}
        by_address = {row["addresses"]: row for row in there if row["addresses"]}
        assert {name: by_address[f"z{n}"]["note"] for n, name in enumerate(NAMES)} == {
            name: f"ghi chú {n}" for n, name in enumerate(NAMES)
        }
        assert [row["name"] for row in there if row["blocked_by"] == "lan"] == ["Tom Baker"]


def test_an_import_into_a_store_that_knows_the_log_adds_nothing(sold: World, tmp_path: Path) -> None:
    before = exported(sold.db)
    counts, _ = imported(sold.db, before, tmp_path, shelf=Shelf({}))
    assert (counts.new, counts.quarantined) == (0, 0)
    assert exported(sold.db) == before


def test_nothing_follows_from_imported_events(sold: World, tmp_path: Path) -> None:
    before = exported(sold.db)
    with Database(tmp_path / "other.db") as other:
        imported(other, before, tmp_path, shelf=Shelf({}))
        rows = other.read_now(lambda db: followed.after(db, 0))
        assert rows
        assert {row["inert"] for row in rows} == {1}
        assert other.read_now(lambda db: following.batch(db, 0)).documents == ()
        assert sold.db.read_now(lambda db: following.batch(db, 0)).documents


def test_an_export_of_some_names_only_their_customers(sold: World) -> None:
    toms = sold.rows("SELECT conversation_id FROM deal")[0]["conversation_id"]
    text = exported(sold.db, ids=[toms])
    assert [line["name"] for line in of_type(text, "contact")] == ["Tom Baker"]
    assert of_type(text, "merge") == []
    assert [line["state"] for line in of_type(text, "deal")] == ["draft"]
    assert [line.get("phone") for line in of_type(text, "risk")] == [None]
    assert {line.get("contact") for line in of_type(text, "event")} <= {of_type(text, "contact")[0]["id"], None}


def test_who_stood_apart_here_stays_apart(sold: World, tmp_path: Path) -> None:
    """An older export knew the two as two; the newer one does not make them one behind an agent's back."""
    with Database(tmp_path / "other.db") as other:
        apart = of_type(exported(sold.db), "contact")
        for line in apart:
            line.pop("merged_into", None)
        inbox_lines = of_type(exported(sold.db), "inbox")
        label_lines = of_type(exported(sold.db), "label")
        first = "\n".join(map(json.dumps, [*inbox_lines, *label_lines, *apart]))
        imported(other, first, tmp_path, shelf=Shelf({}))
        imported(other, exported(sold.db, events=False), tmp_path, shelf=Shelf({}))
        merged, standing = other.read_now(
            lambda db: db.execute(
                "SELECT (SELECT count(*) FROM contact WHERE merged_into IS NOT NULL), "
                "(SELECT count(*) FROM contact_merge WHERE undone_at IS NULL)"
            ).fetchone()
        )
        assert (merged, standing) == (0, 0)


def test_a_line_about_somebody_unknown_is_kept_back(world: World, tmp_path: Path) -> None:
    line = {"type": "merge", "id": "m", "winner": "a", "loser": "b", "at": 1}
    _, items = imported(world.db, json.dumps(line), tmp_path)
    assert [item.reason for item in items] == ["The contact a is not here; its line must come before."]
