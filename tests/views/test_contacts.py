"""Contacts found by anything a person may type, and two of them side by side."""

from __future__ import annotations

import pytest

from tests.support.world import CHAT, World
from unibox_tui.desk import people
from unibox_tui.domain.inbound import MessageReceived, Person
from unibox_tui.store import contact_search, outside, outside_reading
from unibox_tui.views import contacts

HOUR = 3_600_000


@pytest.fixture
def three(world: World) -> tuple[World, list[int]]:
    zalo, mail = world.inbox("z", CHAT, channel="zalo"), world.inbox("a")
    came = [
        world.chat(zalo, "z1", "đơn DH20381 của em", name="Nguyễn Thị Hà"),
        world.later(HOUR).mail(mail, "somchai@mail.example", "สวัสดี", name="สมชาย ใจดี"),
        world.later(HOUR).take(
            zalo, MessageReceived("p1", Person("z3", "zalo_user", "Trần Minh", phone="0912 000 678"), world.now, "alo")
        )[0],
    ]
    world.db.write_now(lambda tx: None)
    return world, [int(world.conversation(one.conversation)["contact_id"]) for one in came]


def found(world: World, said: str) -> list[int]:
    return [line.id for line in world.db.read_now(lambda db: contacts.page(db, said)).lines]


def test_found_by_anything_without_accents(three: tuple[World, list[int]]) -> None:
    world, (ha, somchai, minh) = three
    for said in ("nguyen thi", "HÀ", "z1", "DH20381", "dh20381", str(ha), "#10001"):
        assert ha in found(world, said), said
    for said in ("สมชาย", "somchai@mail.example", "SOMCHAI"):
        assert found(world, said) == [somchai], said
    for said in ("0912 000 678", "+84912000678", "0912.000.678", "000678", "trần"):
        assert found(world, said) == [minh], said
    assert found(world, "xyz khong co") == []


@pytest.mark.parametrize("most", [1, 500])
def test_words_are_found_wherever_each_stands(
    three: tuple[World, list[int]], monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    world, (ha, somchai, minh) = three
    monkeypatch.setattr(contact_search, "MOST", most)
    for said in ("nguyễn hà", "ha nguyen", "ha  thi", "z1 nguyen", "ngu th ha", "nguyen " * 20):
        assert found(world, said) == [ha], said
    assert found(world, "ใจดี สมชาย") == [somchai]
    an = world.agent("an")
    world.db.write_now(lambda tx: people.set_fields(tx, an, minh, {"name": "Nguyễn Trần Minh"}))
    assert found(world, "minh nguyen") == [minh]


def test_who_came_with_a_list_is_found_by_a_part_of_the_e_mail(world: World) -> None:
    given = outside_reading.contact({"external_id": "K1", "name": "Lê Na", "emails": ["le.na@khach.example"]})
    id = world.db.write_now(lambda tx: outside.put_contact(tx, "list", given, region="VN")).id
    for said in ("le.na", "LE.NA@khach", "le.na@khach.example"):
        assert found(world, said) == [id], said


def test_a_slip_of_the_finger_still_finds(three: tuple[World, list[int]]) -> None:
    world, (ha, somchai, _minh) = three
    assert found(world, "nguyem thi ha") == [ha]
    assert found(world, "somchay@mail") == [somchai]


def test_all_page_by_page_last_seen_first(three: tuple[World, list[int]]) -> None:
    world, (ha, somchai, minh) = three
    first = world.db.read_now(lambda db: contacts.page(db, limit=2))
    assert ([line.id for line in first.lines], first.more) == ([minh, somchai], True)
    rest = world.db.read_now(lambda db: contacts.page(db, after=somchai, limit=2))
    assert ([line.id for line in rest.lines], rest.more) == ([ha], False)
    [line] = rest.lines
    assert (line.name, line.addresses, line.conversations) == ("Nguyễn Thị Hà", (("ZA", "zalo", "z1"),), 1)


def test_who_was_merged_is_found_as_who_they_are_now(three: tuple[World, list[int]]) -> None:
    world, (ha, somchai, minh) = three
    an = world.agent("an")
    world.db.write_now(lambda tx: people.merge(tx, an, somchai, ha))
    assert found(world, "nguyen thi ha") == [somchai]
    assert found(world, str(ha)) == [somchai]
    assert found(world, "") == [minh, somchai]


def test_the_list_reads_an_index(world: World) -> None:
    plan = world.rows(
        "EXPLAIN QUERY PLAN SELECT t.id FROM contact t WHERE t.merged_into IS NULL AND "
        "(coalesce(t.last_seen_at, 0), t.id) < (1, 2) AND t.forgotten_at IS NULL "
        "ORDER BY coalesce(t.last_seen_at, 0) DESC, t.id DESC LIMIT 5"
    )
    assert any("contact_listed" in row["detail"] for row in plan)
    assert not any("TEMP B-TREE" in row["detail"] for row in plan)


def test_side_by_side_with_what_differs_and_what_would_be_joined(three: tuple[World, list[int]]) -> None:
    world, (ha, somchai, _minh) = three
    an = world.agent("an")
    world.db.write_now(lambda tx: people.set_fields(tx, an, ha, {"title": "chị", "attributes.size": "M"}))
    world.db.write_now(lambda tx: people.set_fields(tx, an, somchai, {"title": "คุณ", "attributes.size": "M"}))
    shown = world.db.read_now(lambda db: contacts.compare(db, ha, somchai))
    assert (shown.mine.id, shown.theirs.id) == (ha, somchai)
    assert [(one.key, one.mine, one.theirs) for one in shown.conflicts] == [
        ("name", "Nguyễn Thị Hà", "สมชาย ใจดี"),
        ("title", "chị", "คุณ"),
        ("language", "vi", "th"),
    ]
    before = {row["id"] for row in world.rows("SELECT id FROM conversation WHERE joined_into IS NOT NULL")}
    world.db.write_now(lambda tx: people.merge(tx, an, ha, somchai, join=True))
    after = {
        (row["id"], row["joined_into"])
        for row in world.rows("SELECT id, joined_into FROM conversation WHERE joined_into IS NOT NULL")
        if row["id"] not in before
    }
    assert {(child, parent) for child, parent, _about in shown.joins} == after
