"""Twenty Official Accounts of one app: one webhook address, one service; each customer's words reach the right inbox."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.zalo.conftest import THAO
from tests.support.ports import free_port
from unibox_tui.config.reading import load
from unibox_tui.desk import answer
from unibox_tui.desk.actions import Call, perform
from unibox_tui.desk.done import Done
from unibox_tui.desk.letter import Letter
from unibox_tui.domain.words import Author
from unibox_tui.host.paths import Home
from unibox_tui.host.secrets import Secrets
from unibox_tui.sandbox.providers.server import ProviderServer
from unibox_tui.sandbox.providers.zalo import ZaloSim
from unibox_tui.sandbox.providers.zalo_parts import Oa, zalo_id
from unibox_tui.service import Service
from unibox_tui.store import agents
from unibox_tui.store.events import Actor

pytestmark = pytest.mark.slow
MANY = 20


@dataclass
class Floor:
    sim: ZaloSim
    service: Service

    def rows(self, sql: str) -> list[Any]:
        return self.service.db.read_now(lambda db: db.execute(sql).fetchall())

    async def until(self, check: Callable[[], bool], seconds: float = 20.0) -> None:
        async with asyncio.timeout(seconds):
            while not check():
                await asyncio.sleep(0.05)

    async def settled(self) -> None:
        await self.sim.hooks.settle()
        await self.until(lambda: not self.rows("SELECT 1 FROM raw_event WHERE state = 'new'"))


@pytest.fixture
async def floor(tmp_path: Path) -> AsyncIterator[Floor]:
    port = free_port()
    async with ProviderServer() as server:
        sim = server.mount(ZaloSim([Oa(zalo_id(f"shop {n}"), f"Shop {n}") for n in range(MANY)], retry_factor=0.05))
        home = Home.find(tmp_path / "home")
        home.prepare()
        lines = [
            "[web]",
            f'listen = "127.0.0.1:{port}"',
            f'public_url = "http://127.0.0.1:{port}"',
            "[secrets]",
            "keyring = false",
        ]
        lines += ["[apps.zalo-app]", 'channel = "zalo"', f'id = "{sim.app_id}"', f'api = "{sim.base_url}"']
        secrets = Secrets(home.config_folder, use_keyring=False)
        secrets.store("app.zalo-app", "app_secret", sim.app_secret)
        secrets.store("app.zalo-app", "oa_secret", sim.oa_secret)
        for n, oa in enumerate(sim.oas.values()):
            lines += [
                f"[inbox.shop-{n}]",
                'channel = "zalo"',
                f'oa_id = "{oa.id}"',
                'app = "zalo-app"',
                f'group = "Shop {n}"',
            ]
            lines += ["undo_send_seconds = 0", "calls = true", 'tags = "both"']
            secrets.store(f"shop-{n}", "refresh_token", oa.refresh)  # the access token has died long ago
        home.config.write_text("\n".join(lines) + "\n", "utf-8")
        home.config.chmod(0o600)
        sim.hooks.url = f"http://127.0.0.1:{port}/a/zalo-app"
        async with Service(home, load(home.config, inboxes=True), asyncio.Event()) as service:
            found = Floor(sim, service)
            await found.until(lambda: service.web_address is not None)
            yield found


async def test_each_account_has_its_own_inbox_behind_one_address(
    floor: Floor, caplog: pytest.LogCaptureFixture
) -> None:
    sim, db = floor.sim, floor.service.db
    for oa in sim.oas.values():
        await sim.says(THAO, f"hỏi {oa.name}", account=oa.id)
    await floor.settled()
    asked = "SELECT i.name, b.text FROM message m JOIN message_body b ON b.n = m.n JOIN inbox i ON i.id = m.inbox_id"
    await floor.until(lambda: len(floor.rows(f"{asked} WHERE m.direction = 'in'")) == MANY)
    assert {(row["name"], row["text"]) for row in floor.rows(asked)} == {
        (f"shop-{n}", f"hỏi Shop {n}") for n in range(MANY)
    }

    db.write_now(lambda tx: agents.ensure(tx, "an"))
    ours = Actor(Author.AGENT, "an", cause="key")
    for row in floor.rows("SELECT id FROM conversation"):
        reply = functools.partial(
            answer.reply, actor=ours, conversation=row["id"], letter=Letter(text="dạ shop đây", hold_ms=0)
        )
        db.write_now(reply)
    await floor.until(lambda: len(sim.delivered) == MANY)
    assert {message.account for message in sim.delivered} == set(sim.oas)
    for turned, message in enumerate(list(sim.delivered)):
        sim.sees(THAO, [message.id], account=message.account, turned=bool(turned % 2))
    await floor.settled()
    read = "SELECT state FROM message WHERE direction = 'out'"
    await floor.until(lambda: [row["state"] for row in floor.rows(read)] == ["read"] * MANY)
    assert not floor.rows("SELECT 1 FROM raw_event WHERE state = 'quarantined'")
    renewals = sim.received.calls("access_token")
    assert len(renewals) == MANY, "each token was renewed once"
    assert "cannot be kept" not in caplog.text


async def test_what_the_form_brought_is_in_the_panel_at_once(floor: Floor) -> None:
    sim = floor.sim
    await sim.says(THAO, "Em muốn đặt hàng")
    sim.fills_in(THAO, {"name": "Trần Thu Thảo", "phone": 84900000012, "address": "12 Hẻm 3", "city": "Cần Thơ"})
    await floor.settled()
    given = {row["name"]: (row["value"], row["source"]) for row in floor.rows("SELECT name, value, source FROM given")}
    assert given["phone"] == ("+84900000012", "Zalo form")
    assert given["address"] == ("12 Hẻm 3", "Zalo form")
    assert len(floor.rows("SELECT 1 FROM conversation")) == 1


async def test_the_service_tells_tags_and_makes_links(floor: Floor) -> None:
    sim, db = floor.sim, floor.service.db
    oa = next(iter(sim.oas.values()))
    sim.tags(THAO, "khách cũ", account=oa.id)
    await sim.says(THAO, "gọi cho em nhé", account=oa.id)
    await floor.until(lambda: bool(floor.rows("SELECT 1 FROM conversation")))
    top = floor.rows("SELECT id FROM conversation")[0]["id"]
    db.write_now(lambda tx: agents.ensure(tx, "an"))
    ours = Actor(Author.AGENT, "an", cause="key")

    def do(name: str, targets: list[int], **args: object) -> Done:
        return db.write_now(lambda tx: perform(tx, ours, Call(name, args), targets))

    do("label", [top], labels=["khách sỉ"])
    await floor.until(lambda: sorted(oa.tags[THAO.id]) == ["khách cũ", "khách sỉ"])
    held = "SELECT l.name FROM contact_label k JOIN label l ON l.id = k.label_id"
    await floor.until(lambda: [row["name"] for row in floor.rows(held)] == ["khách cũ"])
    link = do("call", [top])
    card = "SELECT b.text, m.state FROM message m JOIN message_body b ON b.n = m.n WHERE m.n = :n"

    def shown() -> list[tuple[str, str]]:
        return [tuple(row) for row in db.read_now(lambda db: db.execute(card, {"n": link.data["n"]}).fetchall())]

    await floor.until(lambda: [state for _, state in shown()] == ["sent"])
    assert shown()[0][0] == f"https://zalo.example/call/{next(iter(oa.links))}"
