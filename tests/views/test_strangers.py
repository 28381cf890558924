"""Strangers without a name are called something a person can read, and a page is named when it changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.world import CHAT, World
from unibox_tui.domain.inbound import MessageReceived, Person
from unibox_tui.views import lists, panel, thread, ways
from unibox_tui.views.people import shown_address


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("post:h:8f3a1c", "Visitor of Đặt bàn"),
        ("mail:ha@khach.example", "ha@khach.example"),
        ("tel:0900000001", "0900000001"),
        ("v-Zx8_kQw3-aaaaBBBBcccc", "v-…cccc"),
        ("ha@khach.example", "ha@khach.example"),
        ("u-lan", "u-lan"),
    ],
)
def test_an_address_is_shown_as_a_person_reads_it(address: str, shown: str) -> None:
    assert shown_address(address, "Đặt bàn") == shown


def test_who_posts_a_form_without_a_name_is_a_visitor_everywhere(tmp_path: Path) -> None:
    world = World.at(tmp_path)
    form = world.inbox("form", CHAT, channel="form")
    fact = MessageReceived("p1", Person("post:h:8f3a1c", "form", ""), world.now, "Cho mình đặt bàn")
    top = world.take(form, fact)[0].conversation or 0
    row = world.db.read_now(lambda db: lists.rows(db, [top], me="an", now=world.now))[0]
    said = world.db.read_now(lambda db: thread.thread(db, top, me="an", now=world.now)).entries[0]
    ids = world.db.read_now(lambda db: panel.panel(db, top, me="an", now=world.now)).identities
    way = world.db.read_now(lambda db: ways.ways(db, top, now=world.now))
    assert {row.name, said.author, ids[0].address} == {"Visitor of Shop form"}
    assert {one.address for one in way} <= {"Visitor of Shop form"}


def test_the_page_of_a_visitor_is_said_when_it_changes(tmp_path: Path) -> None:
    world = World.at(tmp_path)
    chat = world.inbox("chat", CHAT, channel="livechat")
    top = 0
    for page in ("/ao", "/ao", "/vay", "/ao"):
        extra = {"page": {"url": f"https://shop-a.example{page}"}}
        top = world.later(60_000).chat(chat, "v-Zx8_kQw3-aaaaBBBBcccc", "Shop ơi", extra=extra).conversation or 0
    entries = world.db.read_now(lambda db: thread.thread(db, top, me="an", now=world.now)).entries
    said = [dict(entry.extra).get("page url", "") for entry in entries if entry.direction == "in"]
    assert [url.removeprefix("https://shop-a.example") for url in said] == ["/ao", "", "/vay", "/ao"]
