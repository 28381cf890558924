"""`unibox broadcast` shows, asks once, and sends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cli.conftest import Unibox
from tests.support.world import World
from unibox_tui.connectors import policy
from unibox_tui.domain.ids import now_ms
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
