"""A call is one card, whatever the order of its steps; it waits while it rings and when nobody took it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.world import World
from unibox_tui.domain.inbound import CallChanged, InboundAttachment, MessageReceived, Person
from unibox_tui.domain.policy import Capabilities
from unibox_tui.domain.words import Direction
from unibox_tui.store import calls, conversations, messages
from unibox_tui.store.database import Row
from unibox_tui.sync import untold
from unibox_tui.views.thread import thread

FIRST = 10_001
LAN = Person("+84900000011", "phone", "Lan")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.at(tmp_path)


@pytest.fixture
def line(world: World) -> int:
    return world.inbox("hotline", Capabilities(), channel="voice")


def step(world: World, state: str, after_s: int = 0, **more: Any) -> CallChanged:
    return CallChanged("call-1", more.pop("person", LAN), world.now + after_s * 1000, state, **more)


def talk(world: World, id: int = FIRST) -> Row:
    return world.db.read_now(lambda db: conversations.get(db, id))


def card(world: World, line: int, id: str = "call-1") -> dict[str, Any]:
    def read(db: Any) -> dict[str, Any]:
        import json

        n = messages.by_key(db, "hotline", id)
        assert n is not None
        return dict(json.loads(messages.get(db, n)["extra"])["call"])

    return world.db.read_now(read)


def test_ringing_waits_and_is_unread_and_answered_ends_both(world: World, line: int) -> None:
    world.take(line, step(world, "ringing", hotline="1900 0000", menu="2", rang=("an",)))
    row = talk(world)
    assert (row["waiting_since"], row["unread"], row["status"]) == (world.now, 1, "open")
    world.later(12_000).take(line, step(world, "answered", answered_by="an"))
    row = talk(world)
    assert (row["waiting_since"], row["unread"], row["answered"]) == (None, 0, 1)
    world.later(125_000).take(line, step(world, "ended"))
    found = card(world, line)
    assert found["state"] == "ended"
    assert (found["waited_ms"], found["talked_ms"], found["duration_ms"]) == (12_000, 125_000, 125_000)
    assert (found["hotline"], found["menu"], found["rang"], found["answered_by"]) == ("1900 0000", "2", ["an"], "an")
    assert found["answered"] is True
    shown = world.db.read_now(lambda db: thread(db, FIRST, me="an", now=world.now)).entries[-1]
    assert shown.text == "Call, 2:05"
    assert dict(shown.extra)["answered by"] == "an"
    assert talk(world)["snippet"] == "[call, 2:05]"


def test_a_missed_call_waits_to_be_called_back_and_reopens(world: World, line: int) -> None:
    world.take(line, step(world, "ringing"), step(world, "missed", 20))
    assert talk(world)["waiting_since"] == world.now
    world.later(1_000)
    world.db.write_now(lambda tx: conversations.set_fields(tx, FIRST, status="resolved", resolved_at=tx.now))
    world.later(60_000).take(line, replace(step(world, "missed"), provider_id="call-2"))
    row = talk(world)
    assert (row["status"], row["waiting_since"]) == ("open", world.now)
    shown = world.db.read_now(lambda db: thread(db, FIRST, me="an", now=world.now)).entries
    assert [entry.text for entry in shown if entry.kind == "call"] == ["Missed call", "Missed call"]


def test_steps_in_any_order_and_twice_give_the_same_card(tmp_path: Path) -> None:
    cards = []
    for turn, order in enumerate(itertools.permutations(range(4))):
        (tmp_path / str(turn)).mkdir()
        world = World.at(tmp_path / str(turn))
        line = world.inbox("hotline", Capabilities(), channel="voice")
        steps = [
            step(world, "ringing", 0, rang=("an",)),
            step(world, "ringing", 5, rang=("binh",), queue="sales"),
            step(world, "answered", 9, answered_by="binh"),
            step(world, "ended", 69, cause="normal"),
        ]
        for index in (*order, *order):
            world.take(line, steps[index])
        row = talk(world)
        assert (row["message_count"], row["waiting_since"], row["unread"]) == (1, None, 0), order
        cards.append(card(world, line))
    assert all(one == cards[0] for one in cards)
    assert (cards[0]["rang"], cards[0]["talked_ms"], cards[0]["waited_ms"]) == (["an", "binh"], 60_000, 9_000)


def test_a_number_goes_to_who_has_it_verified_and_merges_nobody(world: World, line: int) -> None:
    chat = world.inbox("chat", Capabilities(), channel="livechat")
    vouched = Person("v1", "visitor", "Lan Phạm", vouched=(("phone", LAN.address),))
    world.take(chat, MessageReceived("m1", vouched, world.now, "chào shop"))
    world.later(1_000).take(line, step(world, "ringing", person=replace(LAN, name="PHAM LAN")))
    assert talk(world)["message_count"] == 2
    other = Person("v2", "visitor", "Nam", phone="+84900000012")
    world.take(chat, MessageReceived("m2", other, world.now, "hello"))
    world.take(line, replace(step(world, "missed", person=Person("+84900000012", "phone")), provider_id="call-9"))
    count = world.db.read_now(
        lambda db: db.execute("SELECT count(*) FROM contact WHERE merged_into IS NULL").fetchone()
    )
    assert count[0] == 3  # Lan; Nam, who only said the number; the caller


def test_a_recording_comes_late_and_once(world: World, line: int) -> None:
    file = InboundAttachment("call-1.wav", "audio/wav", remote={"name": "call-1"})
    world.take(line, step(world, "answered"), step(world, "ended", 30))
    world.take(line, step(world, "", 31, files=(file,)), step(world, "", 31, files=(file,)))
    rows = world.db.read_now(lambda db: db.execute("SELECT a.state, m.has_files FROM attachment a JOIN message m USING (n)").fetchall())  # fmt: skip
    assert [tuple(row) for row in rows] == [("remote", 1)]


def test_a_call_of_a_colleague_counts_only_when_they_talked(world: World, line: int) -> None:
    world.take(line, step(world, "missed"))
    since = talk(world)["waiting_since"]
    out = replace(step(world, "ringing"), provider_id="call-2", direction=Direction.OUT, answered_by="an")
    world.later(60_000).take(line, out, replace(out, state="missed", at=world.now + 9_000))
    assert talk(world)["waiting_since"] == since
    world.later(60_000).take(line, replace(out, provider_id="call-3", state="answered", at=world.now))
    assert talk(world)["waiting_since"] is None


def test_history_rings_nowhere(world: World, line: int) -> None:
    world.take(line, step(world, "ringing"), step(world, "missed", 20), inert=True)
    row = talk(world)
    assert (row["waiting_since"], row["unread"], row["status"]) == (None, 0, "resolved")
    found = world.db.read_now(lambda db: db.execute("SELECT kind FROM event WHERE kind LIKE 'call.%'").fetchall())
    assert found == []


def test_the_reason_is_found(world: World, line: int) -> None:
    from unibox_tui.store.filters import Scope, condition
    from unibox_tui.views.query.parser import parse

    world.take(line, step(world, "answered"), step(world, "ended", 30, tag="Đổi hàng"))
    world.take(line, replace(step(world, "missed", person=Person("+84900000013", "phone")), provider_id="call-2"))

    def found(query: str) -> list[int]:
        def read(db: Any) -> list[int]:
            scope = Scope(db, "an", world.now)
            sql = condition(parse(query).where, scope)
            return [
                row[0] for row in db.execute(f"SELECT c.id FROM conversation c WHERE {sql} ORDER BY c.id", scope.params)
            ]

        return world.db.read_now(read)

    assert found("reason:doi") == [FIRST]
    assert found("reason:any") == [FIRST]
    assert found("reason:none") == [FIRST + 1]
    row = world.db.read_now(lambda db: calls.latest(db, [FIRST]))
    assert row is not None
    assert row["reason"] == "Đổi hàng"


async def test_a_call_whose_end_nobody_tells_does_not_go_on_for_ever(world: World, line: int) -> None:
    ringing = replace(step(world, "ringing"), provider_id="call-2", person=Person("+84900000012", "phone", "Minh"))
    world.take(line, step(world, "ringing"), step(world, "answered", 5, answered_by="an"), ringing)
    world.later(untold.RINGS_MS)
    assert await untold.close(world.db, lambda group: world.rules) == 0
    world.later(60_000)
    assert await untold.close(world.db, lambda group: world.rules) == 1
    assert (card(world, line)["state"], card(world, line, "call-2")["state"]) == ("answered", "missed")
    assert talk(world, FIRST + 1)["waiting_since"] is not None
    world.later(untold.TALKS_MS)
    assert await untold.close(world.db, lambda group: world.rules) == 1
    assert await untold.close(world.db, lambda group: world.rules) == 0
    shown = world.db.read_now(lambda db: thread(db, FIRST, me="an", now=world.now)).entries[-1]
    assert shown.text == "Call, its end was not heard"
    assert "never said" in dict(shown.extra)["why"]
    assert dict(shown.extra)["answered by"] == "an"
    world.take(line, replace(step(world, "ended"), ended_at=1_790_000_065_000))
    assert card(world, line)["duration_ms"] == 60_000
    assert "cause" not in card(world, line)
