"""`unibox request-info` does what `:request-info` does."""

from __future__ import annotations

from tests.cli.conftest import Unibox
from tests.desk.test_requests import CAN
from tests.support.world import World
from unibox_tui.domain.ids import now_ms
from unibox_tui.host.paths import Home
from unibox_tui.store.database import Database


def test_the_form_is_asked_for(unibox: Unibox) -> None:
    db = Database(Home.find(unibox.folder).database)
    world = World(db, now=now_ms())
    number = f"#{world.chat(world.inbox('zalo', CAN, channel='zalo'), '1246845883529197922', 'Shop ơi').conversation}"
    assert unibox.ok("request-info", number, "--title", "Địa chỉ", "--now", "--json").one["known"] == []
    assert "Địa chỉ" in unibox.ok("show", number).out
    db.close()
