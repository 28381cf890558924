"""Something to everybody: looked at, sent once, and of unknown fate rather than twice."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.world import World
from unibox_tui.connectors import policy
from unibox_tui.desk import broadcasts
from unibox_tui.desk.actions import Call, perform
from unibox_tui.desk.done import Done
from unibox_tui.domain.errors import Conflict, Refused, WrongUse
from unibox_tui.domain.words import Author, DeliveryState
from unibox_tui.store import conversations, messages, outbox
from unibox_tui.store.events import Actor

EXTRA = {"broadcast": {"what": "article", "targets": ["ages", "gender"]}}


def local(world: World, hour: int) -> World:
    of_day = (world.now + 7 * 3_600_000) % 86_400_000
    return world.later((hour * 3_600_000 - of_day) % 86_400_000)


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = local(World.at(tmp_path), 9)
    world.inbox("shop-zalo", policy.capabilities("zalo", "free48", undo_send_ms=0, extra=EXTRA), channel="zalo")
    world.agent("an")
    return world


def do(world: World, who: Actor | None = None, **args: Any) -> Done:
    actor = who or world.agent("an")
    return world.db.write_now(lambda tx: perform(tx, actor, Call("broadcast", args), []))


def settled(world: World, done: Done, state: DeliveryState) -> None:
    world.db.write_now(lambda tx: outbox.settle(tx, done.data["outbox"], state))


def test_a_look_writes_nothing_and_tells_all(world: World) -> None:
    seen = do(world, content="a1", target={"ages": "2,3"}, dry=True)
    told = {
        key: seen.data[key]
        for key in ("inbox", "target", "allowed", "free", "quota_used", "quota_total", "sent_before")
    }
    assert told == {
        "inbox": "shop-zalo", "target": {"ages": "2,3"}, "allowed": True, "free": True, "quota_used": 0,
        "quota_total": None, "sent_before": None,
    }  # fmt: skip
    assert seen.summary == "article a1 through Shop shop-zalo to ages 2,3: free, 0 this month"
    assert world.rows("SELECT 1 FROM identity") == []


def test_it_is_a_message_in_a_conversation_with_everybody(world: World) -> None:
    done = do(world, words='a1 ages=2,3 title="Tết này mặc gì"')
    item = world.db.read_now(lambda db: outbox.get(db, done.data["outbox"]))
    assert (item["destination"], item["state"]) == ("everybody", "queued")
    assert json.loads(item["payload"]) == {
        "kind": "broadcast", "text": "", "options": {"broadcast": {"content": "a1", "target": {"ages": "2,3"}}},
    }  # fmt: skip
    row = world.db.read_now(lambda db: messages.get(db, done.data["n"]))
    assert row["text"] == "[article a1] Tết này mặc gì → ages 2,3"
    top = world.db.read_now(lambda db: conversations.get(db, done.conversations[0]))
    assert (top["status"], top["waiting_since"]) == ("resolved", None)
    assert world.row("SELECT name FROM contact")["name"] == "Everybody at Shop shop-zalo"
    assert do(world, content="a2").conversations == done.conversations


def test_the_same_is_not_sent_twice_unless_a_person_says_so(world: World) -> None:
    first = do(world, content="a1")
    settled(world, first, DeliveryState.SENT)
    for dry in (True, False):
        with pytest.raises(Conflict, match="sent already"):
            do(world, content="a1", dry=dry)
    again = do(world, words="a1 again=yes")
    settled(world, again, DeliveryState.UNKNOWN)
    with pytest.raises(Conflict, match="not known whether"):
        do(world, content="a1")
    settled(world, do(world, content="b1"), DeliveryState.FAILED)
    assert do(world, content="b1").changed == 1, "what failed has not left"


def test_at_night_in_low_packages_and_without_quota_it_is_refused(world: World) -> None:
    local(world, 22)
    with pytest.raises(Refused, match="at this hour"):
        do(world, content="a1", dry=True)
    local(world, 7)
    sent = do(world, content="a1", send_at=world.now + 3_600_000)
    assert world.db.read_now(lambda db: outbox.get(db, sent.data["outbox"]))["state"] == "held"
    few = policy.capabilities("zalo", "free48", overrides={"rules": {"broadcast": {"per_month": 1}}}, undo_send_ms=0)
    world.inbox("shop-zalo", dataclasses.replace(few, extra=EXTRA), channel="zalo")
    with pytest.raises(Refused, match="quota"):
        do(world, content="a2")


def test_who_may_what_and_where(world: World) -> None:
    with pytest.raises(Refused, match="Only a person"):
        do(world, Actor(Author.BOT, None, "rule"), content="a1")
    with pytest.raises(WrongUse, match="Which article"):
        do(world, content="")
    with pytest.raises(WrongUse, match="chooses nobody"):
        do(world, content="a1", target={"age": "2"})
    world.inbox("chat", policy.capabilities("livechat"), channel="livechat")
    with pytest.raises(Refused, match="sends nothing to everybody"):
        do(world, content="a1", inbox="chat")
    world.inbox("other", policy.capabilities("zalo", "free48", extra=EXTRA), channel="zalo")
    with pytest.raises(WrongUse, match="Through which inbox"):
        do(world, content="a1")
    assert do(world, words="a1 inbox=other").data["inbox"] == "other"


@pytest.mark.parametrize("words", ["", 'a1 "open', "a1 ages", "a1 ages=", "a1 again=maybe"])
def test_words_that_say_nothing(words: str) -> None:
    with pytest.raises(WrongUse):
        broadcasts.said(words)
