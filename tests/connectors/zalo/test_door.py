"""Zalo's posts at the app's door."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from unibox_tui.connectors.http import HttpClient
from unibox_tui.connectors.offline import offline_tools
from unibox_tui.connectors.zalo.connector import ZaloConnector
from unibox_tui.connectors.zalo.settings import ZaloSettings
from unibox_tui.domain.policy import Capabilities
from unibox_tui.host.media import MediaStore
from unibox_tui.sandbox.providers.zalo import ZaloSim
from unibox_tui.store import inboxes
from unibox_tui.store.database import Database
from unibox_tui.web.app import create
from unibox_tui.web.inboxes import WebInbox, WebInboxes
from unibox_tui.web.server import serving

SHOP, OTHER, USER = "388613280878808645", "388613280878808646", "1246845883529197922"
PUBLIC = "https://inbox.shop-a.example"


@dataclass
class Door:
    sim: ZaloSim
    secrets: dict[str, str]
    base: str
    http: HttpClient
    db: Database

    async def post(self, event: dict[str, object], *, forged: bool = False) -> int:
        body = json.dumps({"app_id": self.sim.app_id, "timestamp": "1795000000000", **event}).encode()
        headers = dict(self.sim.sign(body + b" " if forged else body, "", 0))
        answer = await self.http.request("POST", f"{self.base}/a/zalo-app", content=body, headers=headers)
        return answer.status

    def kept(self) -> list[tuple[str, str]]:
        sql = "SELECT i.name, r.state FROM raw_event r JOIN inbox i ON i.id = r.inbox_id ORDER BY r.id"
        return [tuple(row) for row in self.db.read_now(lambda db: db.execute(sql).fetchall())]


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    db, sim = Database(tmp_path / "unibox.db"), ZaloSim()
    secrets = {"oa_secret": sim.oa_secret, "app_secret": sim.app_secret}
    doors = []
    for name, oa in (("shop", SHOP), ("other", OTHER)):
        settings = ZaloSettings(oa_id=oa, app="zalo-app", app_id=sim.app_id)
        connector = ZaloConnector(name, settings, secrets.get, offline_tools())
        id = db.write_now(
            lambda tx, name=name: inboxes.ensure(tx, name, "zalo", "Shop", name, name, Capabilities())  # type: ignore[misc]
        )
        doors.append(
            WebInbox(
                id,
                name,
                "zalo",
                settings,
                secrets.get,
                connector.verify,
                split=connector.split,
                app="zalo-app",
                address=oa,
            )
        )
    app = create(db, WebInboxes(doors), media=MediaStore(tmp_path / "media"), token_key=b"k" * 32, public_url=PUBLIC)
    http = HttpClient()
    async with serving(app) as base:
        yield Door(sim, secrets, base, http, db)
    await http.aclose()
    db.close()


def seen(sender: str, recipient: str) -> dict[str, object]:
    ids = {"sender": {"id": sender}, "recipient": {"id": recipient}}
    return {"event_name": "user_seen_message", **ids, "message": {"msg_ids": ["m1"]}}


async def test_each_event_goes_to_the_account_it_names_whichever_way_round(door: Door) -> None:
    assert await door.post(seen(USER, OTHER)) == 200
    assert await door.post(seen(OTHER, USER)) == 200
    assert await door.post({"event_name": "follow", "follower": {"id": USER}, "oa_id": SHOP}) == 200
    assert await door.post(seen(USER, "388613280878808699")) == 200
    assert door.kept() == [("other", "new"), ("other", "new"), ("shop", "new"), ("shop", "quarantined")]


async def test_a_forged_event_leaves_no_row(door: Door) -> None:
    assert await door.post(seen(USER, SHOP), forged=True) == 401
    assert door.kept() == []


async def test_zalos_trial_of_the_address_is_acknowledged_and_not_kept(door: Door) -> None:
    del door.secrets["oa_secret"]
    assert await door.post({"event_name": "user_send_text"}) == 200
    assert door.kept() == []
