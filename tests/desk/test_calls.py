"""Calls begun by an agent, what they were about, and visits written down."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.world import World
from unibox_tui.connectors import policy
from unibox_tui.desk.actions import Call, perform
from unibox_tui.desk.done import Done
from unibox_tui.desk.logging_words import read
from unibox_tui.domain.errors import Conflict, NotFound, Refused, WrongUse
from unibox_tui.domain.inbound import CallChanged, MessageReceived, Person
from unibox_tui.domain.policy import Capabilities
from unibox_tui.store import calls, conversations, events, messages, outbox

LAN = Person("+84900000011", "phone", "Lan")


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World.at(tmp_path)
    world.inbox("hotline", policy.capabilities("voice", undo_send_ms=0, extra={"calls": ["an"]}), channel="voice")
    world.agent("an")
    return world


def do(world: World, name: str, *targets: int, who: str = "an", **args: Any) -> Done:
    actor = world.agent(who)
    return world.db.write_now(lambda tx: perform(tx, actor, Call(name, args), targets))


def row(world: World, id: int) -> Any:
    return world.db.read_now(lambda db: conversations.get(db, id))


def card(world: World, n: int) -> dict[str, Any]:
    return dict(json.loads(world.db.read_now(lambda db: messages.get(db, n))["extra"])["call"])


def missed(world: World, id: str = "call-1") -> int:
    (outcome,) = world.take(1, CallChanged(id, LAN, world.now, "missed"))
    assert outcome.conversation is not None
    return outcome.conversation


def test_a_missed_call_is_called_back_once(world: World) -> None:
    top = missed(world)
    done = do(world, "call", top)
    item = world.db.read_now(lambda db: outbox.get(db, done.data["outbox"]))
    payload = json.loads(item["payload"])
    assert (item["state"], item["destination"], payload["kind"]) == ("queued", LAN.address, "call")
    assert payload["options"]["call"] == {"agent": "an", "until": world.now + 60_000}
    assert row(world, top)["assignee"] == "an"
    assert row(world, top)["waiting_since"] is not None  # nobody has talked yet
    with pytest.raises(Conflict, match="being made already"):
        do(world, "call", top)
    ref, id = done.data["outbox"], f"ub-{done.data['outbox']}-a"
    more = {"client_ref": ref, "answered_by": "an"}
    world.later(9_000).take(1, CallChanged(id, LAN, world.now, "answered", **more))
    assert row(world, top)["waiting_since"] is None
    world.later(60_000).take(1, CallChanged(id, LAN, world.now, "ended", client_ref=ref))
    assert row(world, top)["message_count"] == 2
    assert card(world, done.data["n"])["talked_ms"] == 60_000


def test_who_cannot_call_is_told_why(world: World) -> None:
    top = missed(world)
    with pytest.raises(Refused, match="You have no phone"):
        do(world, "call", top, who="binh")
    chat = world.inbox("chat", Capabilities(), channel="livechat")
    (outcome,) = world.take(chat, MessageReceived("m1", Person("v1", "visitor", "Nam"), world.now, "xin chào"))
    assert outcome.conversation is not None
    with pytest.raises(Refused, match="No phone number of this customer"):
        do(world, "call", outcome.conversation)
    with pytest.raises(WrongUse, match="no phone number"):
        do(world, "call", outcome.conversation, number="12")
    other = world.inbox("other", Capabilities(), channel="livechat", group="Shop B")
    (outcome,) = world.take(other, MessageReceived("m1", Person("v1", "visitor", "Nam"), world.now, "xin chào"))
    assert outcome.conversation is not None
    with pytest.raises(Refused, match="No inbox here can make calls"):
        do(world, "call", outcome.conversation)


def test_a_number_is_called_where_its_customer_is(world: World) -> None:
    top = missed(world)
    assert do(world, "call", number="0900 000 011").conversations == (top,)
    fresh = do(world, "call", number="+84900000012").conversations[0]
    assert fresh != top
    assert row(world, fresh)["assignee"] == "an"


def test_the_reason_is_written_and_undone(world: World) -> None:
    top = missed(world)
    done = do(world, "call_reason", top, reason=" đổi  hàng ")
    n = world.db.read_now(lambda db: calls.latest(db, [top]))
    assert n is not None
    assert (n["reason"], card(world, n["n"])["reason"], done.data["reason"]) == ("đổi hàng",) * 3
    world.take(
        1, CallChanged("call-1", LAN, world.now, "missed", tag="khác")
    )  # the exchange does not overrule a person
    assert card(world, n["n"])["reason"] == "đổi hàng"
    do(world, "undo")
    assert "reason" not in card(world, n["n"]) or card(world, n["n"])["reason"] == "khác"
    do(world, "redo")
    assert card(world, n["n"])["reason"] == "đổi hàng"
    with pytest.raises(WrongUse, match="at most 200"):
        do(world, "call_reason", top, reason="x" * 201)


def test_without_a_call_there_is_no_reason(world: World) -> None:
    chat = world.inbox("chat", Capabilities(), channel="livechat")
    (outcome,) = world.take(chat, MessageReceived("m1", Person("v1", "visitor", "Nam"), world.now, "xin chào"))
    assert outcome.conversation is not None
    with pytest.raises(NotFound, match="no call here"):
        do(world, "call_reason", outcome.conversation, reason="x")


def test_a_visit_is_written_down_ends_the_waiting_and_is_undone(world: World) -> None:
    top = missed(world)
    since = row(world, top)["waiting_since"]
    world.later(60_000)
    done = do(
        world,
        "log",
        top,
        words="visit who=Hùng minutes=10 đã đến lấy hàng",
    )
    assert row(world, top)["waiting_since"] is None
    found = card(world, done.data["n"])
    assert (found["via"], found["who"], found["by"], found["duration_ms"]) == ("visit", "Hùng", "an", 600_000)
    message = world.db.read_now(lambda db: messages.get(db, done.data["n"]))
    assert (message["text"], message["direction"], message["inbox_id"]) == ("đã đến lấy hàng", "in", None)
    assert row(world, top)["last_inbox_id"] == 1
    do(world, "undo")
    after = row(world, top)
    assert (after["waiting_since"], after["snippet"]) == (since, "[missed call]")
    do(world, "redo")
    assert row(world, top)["waiting_since"] is None


def test_what_came_after_a_visit_still_waits(world: World) -> None:
    top = missed(world)
    world.later(3_600_000)
    missed(world, "call-2")
    late = row(world, top)["waiting_since"]
    do(world, "log", top, text="đã gọi", how="phone", direction="out", when=world.now - 1_800_000)
    assert late < row(world, top)["waiting_since"] == world.now
    with pytest.raises(WrongUse, match="still to come"):
        do(world, "log", top, text="x", when=world.now + 3_600_000)


def test_a_visit_of_somebody_without_a_conversation_makes_one(world: World) -> None:
    from unibox_tui.store import contacts

    contact = world.db.write_now(lambda tx: contacts.create(tx, name="Cô Ba"))
    done = do(world, "log", contact=contact, text="ghé cửa hàng")
    (top,) = done.conversations
    assert (row(world, top)["contact_id"], row(world, top)["waiting_since"]) == (contact, None)
    kinds = {one["kind"] for one in world.db.read_now(lambda db: events.of_conversation(db, [top]))}
    assert kinds == {"conversation.created", "call.logged"}


def test_the_words_of_log() -> None:
    now = 1_790_000_000_000
    assert read("came by", now) == {"text": "came by"}
    assert read('phone out when=2h who="Bà Tư" nói chuyện in ấn', now) == {
        "how": "phone", "direction": "out", "when": now - 7_200_000, "who": "Bà Tư", "text": "nói chuyện in ấn",
    }  # fmt: skip
    with pytest.raises(WrongUse, match="no time"):
        read("when=xyzzy a", now)
