"""`unibox broadcast` shows, asks once, and sends; `unibox call` by the network's own app."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cli.conftest import Unibox
from tests.support.world import World
from unibox_tui.connectors import policy
from unibox_tui.domain.ids import now_ms
from unibox_tui.domain.inbound import MessageReceived, Person
from unibox_tui.host.paths import Home
from unibox_tui.store.database import Database

ALWAYS = {"rules": {"broadcast": {"hours": "00:00-24:00"}}}
EXTRA = {"broadcast": {"what": "article", "targets": ["ages", "gender"]}}


@pytest.fixture
def world(unibox: Unibox) -> Iterator[World]:
    db = Database(Home.find(unibox.folder).database)
    world = World(db, now=now_ms())
    can = policy.capabilities("zalo", "free48", overrides=ALWAYS, undo_send_ms=0, extra=EXTRA)
    world.inbox("shop-zalo", can, channel="zalo")
    yield world
    db.close()


def test_a_dry_run_then_once(unibox: Unibox, world: World) -> None:
    look = unibox.ok("broadcast", "a1", "ages=2,3", "--dry-run", "--json").one
    assert (look["inbox"], look["target"], look["allowed"]) == ("shop-zalo", {"ages": "2,3"}, True)
    assert "ages 2,3" in unibox.ok("broadcast", "a1", "ages=2,3", "--dry-run").out
    alone = unibox("broadcast", "a1", "--json")
    assert (alone.status, alone.error["code"]) == (1, "not_asked")
    assert world.rows("SELECT 1 FROM outbox") == []
    done = unibox.ok("broadcast", "a1", "ages=2,3", "--title", "Tết", "--yes", "--json").one
    assert world.row("SELECT destination FROM outbox WHERE id = :id", id=done["outbox"])["destination"] == "everybody"
    assert unibox("broadcast", "a1", "--yes", "--json").error["code"] == "sent_before"
    unibox.ok("broadcast", "a1", "--yes", "--again")
    assert unibox("broadcast", "a1", "ages", "--yes").status == 2


def test_how_a_customer_can_be_called(unibox: Unibox, world: World) -> None:
    extra = {"call_links": {"consent": True}}
    inbox = world.inbox("shop-zalo", policy.capabilities("zalo", "free48", undo_send_ms=0, extra=extra), channel="zalo")
    person = Person("2468458835291979221", "zalo_user", "Thảo", True, vouched=(("phone", "+84900000012"),))
    (came,) = world.take(inbox, MessageReceived("m1", person, world.now, "Shop ơi"))
    number = f"#{came.conversation}"
    listed = {one["how"]: one for one in unibox.ok("call", number, "--list", "--json").lines}
    assert {how: one["allowed"] for how, one in listed.items()} == {"link": True, "invite": True, "consent": True}
    assert (listed["consent"]["charged"], listed["consent"]["amount"]) == (True, None)
    assert "invite" in unibox.ok("call", number, "--list").out
    asked = unibox.ok("call", number, "--how", "consent", "--reason", "delivery", "--json").one
    assert (asked["how"], asked["address"]) == ("consent", "+84900000012")
    assert unibox("call", number, "--how", "consent", "--json").error["code"] == "calling"
