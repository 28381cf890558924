"""A group is the contact, each message names its member, and only what is meant for us makes work."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.world import World
from unibox_tui.domain.inbound import MessageReceived, Person
from unibox_tui.domain.policy import Capabilities
from unibox_tui.store import contacts, conversations, forgetting, groups, merging
from unibox_tui.views.jsonform import messages_of
from unibox_tui.views.panel import panel
from unibox_tui.views.thread import thread

GROUP = Person("C1", "group", "Hội sỉ Đà Nẵng")
LAN, NAM = Person("U-lan", "line_user", "Lan"), Person("U-nam", "line_user", "Nam")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.at(tmp_path)


def inbox(world: World, **extra: Any) -> int:
    return world.inbox("shop-line", Capabilities(extra=extra), channel="line")


def said(world: World, id: str, who: Person, text: str, **more: Any) -> MessageReceived:
    return MessageReceived(id, who, world.later(1_000).now, text, group=GROUP, **more)


def the_group(world: World, inbox_id: int) -> dict[str, Any]:
    def read(db: Any) -> dict[str, Any]:
        identity = contacts.find_identity(db, inbox_id, "C1")
        row = groups.conversation_of(db, identity["contact_id"], "Shop A")
        return {"contact": identity["contact_id"], **dict(conversations.get(db, row["id"]))}

    return world.db.read_now(read)


def test_all_members_write_in_one_conversation_that_names_them(world: World) -> None:
    line = inbox(world)
    world.take(line, said(world, "1", LAN, "Shop ơi"), said(world, "2", NAM, "giá sao vậy mn"))
    found = the_group(world, line)
    assert (found["kind"], found["message_count"], found["contact_id"]) == ("group", 2, found["contact"])
    shown = world.db.read_now(lambda db: thread(db, found["id"], me="an", now=world.now))
    assert [(entry.author, entry.text) for entry in shown.entries] == [("Lan", "Shop ơi"), ("Nam", "giá sao vậy mn")]
    assert shown.contact_name == "Hội sỉ Đà Nẵng"
    assert not any("member" in name for entry in shown.entries for name, _ in entry.extra)
    told = world.db.read_now(lambda db: list(messages_of(db, found["id"])))
    assert [(one["author"], one["text"], one["extra"]) for one in told] == [
        ("Lan", "Shop ơi", {}),
        ("Nam", "giá sao vậy mn", {}),
    ]


def test_only_what_is_meant_for_us_is_unread_and_waits(world: World) -> None:
    line = inbox(world)
    world.take(line, said(world, "1", LAN, "ăn trưa chưa mn"))
    assert (the_group(world, line)["unread"], the_group(world, line)["waiting_since"]) == (0, None)
    world.take(line, said(world, "2", NAM, "@Shop còn hàng không", mentions_us=True))
    assert the_group(world, line)["unread"] == 1
    assert the_group(world, line)["waiting_since"] == world.now


def test_an_inbox_may_want_all_of_it(world: World) -> None:
    line = inbox(world, group_chatter_unread=True)
    world.take(line, said(world, "1", LAN, "Shop ơi"))
    assert the_group(world, line)["unread"] == 1


def test_a_members_own_thread_stays_their_own_and_their_panel_names_the_group(world: World) -> None:
    line = inbox(world)
    alone = MessageReceived("0", LAN, world.now, "Chào shop, mình hỏi riêng")
    world.take(line, alone, said(world, "1", LAN, "trong nhóm 0900 000 001", mentions_us=True))

    def read(db: Any) -> tuple[int, int]:
        member = contacts.find_identity(db, line, "U-lan")["contact_id"]
        own = conversations.candidates(db, member, "Shop A", [])
        return member, own[0].id

    member, own = world.db.read_now(read)
    found = the_group(world, line)
    assert (member, own) != (found["contact"], found["id"])
    assert world.db.read_now(lambda db: conversations.get(db, own)["message_count"]) == 1
    shown = world.db.read_now(lambda db: panel(db, own, me="an", now=world.now))
    assert ("group", "Hội sỉ Đà Nẵng") in shown.attributes
    assert [line.value for line in shown.found] == []
    assert world.db.read_now(lambda db: panel(db, found["id"], me="an", now=world.now)).found == ()


def test_the_member_is_shown_as_the_customer_we_know_now(world: World) -> None:
    line = inbox(world)
    nameless = replace(LAN, name="")
    world.take(line, said(world, "1", nameless, "hi"))
    found = the_group(world, line)

    def author() -> str:
        return world.db.read_now(lambda db: thread(db, found["id"], me="an", now=world.now)).entries[0].author

    assert author() == "U-lan"
    world.take(line, replace(said(world, "2", LAN, "hi"), group=None))
    assert author() == "Lan"
    other = world.inbox("shop-chat", Capabilities(), channel="livechat")
    world.take(other, MessageReceived("x", Person("v1", "visitor", "Trần Thị Lan"), world.now, "chào"))

    an = world.agent("an")

    def merge(tx: Any) -> None:
        known = contacts.find_identity(tx.db, other, "v1")["contact_id"]
        merging.merge(tx, an, known, contacts.find_identity(tx.db, line, "U-lan")["contact_id"])

    world.db.write_now(merge)
    assert author() == "Trần Thị Lan"


def test_the_same_again_or_without_a_known_member_changes_nothing(world: World) -> None:
    line = inbox(world)
    first = said(world, "1", LAN, "hi")
    unknown = said(world, "2", GROUP, "ai đó")
    world.take(line, first, first, unknown, unknown)
    assert the_group(world, line)["message_count"] == 2
    assert world.db.read_now(lambda db: contacts.find_identity(db, line, "U-lan")) is not None


def test_who_is_forgotten_is_forgotten_in_the_group_too(world: World) -> None:
    line = inbox(world)
    world.take(line, said(world, "1", LAN, "mình là Lan"), said(world, "2", NAM, "mình là Nam"))

    def member(db: Any) -> int:
        return int(contacts.find_identity(db, line, "U-lan")["contact_id"])

    found = world.db.read_now(lambda db: forgetting.traces(db, member(db)))
    texts = world.db.read_now(
        lambda db: [db.execute("SELECT text FROM message_body WHERE n = ?", (n,)).fetchone()[0] for n in found.messages]
    )
    assert texts == ["mình là Lan"]
    assert "C1" not in found.marks
    world.db.write_now(lambda tx: forgetting.words(tx, found.messages))
    talk = the_group(world, line)["id"]
    shown = world.db.read_now(lambda db: thread(db, talk, me="an", now=world.now))
    assert [entry.text for entry in shown.entries] == ["", "mình là Nam"]
