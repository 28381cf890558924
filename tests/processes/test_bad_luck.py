"""What providers do to us: one that is down holds up its own inbox alone; what is forged or dated wrongly does no harm."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.processes.running import until_async
from tests.support.ports import free_port
from unibox_tui.config.reading import load
from unibox_tui.desk import answer
from unibox_tui.desk.letter import Letter
from unibox_tui.domain.words import Author
from unibox_tui.host.paths import Home
from unibox_tui.host.secrets import Secrets
from unibox_tui.sandbox.providers.base import Guest
from unibox_tui.sandbox.providers.meta import MetaSim
from unibox_tui.sandbox.providers.server import ProviderServer
from unibox_tui.service import Service
from unibox_tui.store import agents
from unibox_tui.store.events import Actor

pytestmark = pytest.mark.slow
AN = Actor(Author.AGENT, "an", cause="test")
HA = Guest("7001002003004001", "Nguyễn Thị Hà", "vi")
SIRI = Guest("7001002003004002", "Siriporn Kaew", "th")
PAGES = {"one": "100200300400500", "two": "100200300400501"}


@dataclass
class Two:
    """Two Pages of two apps at two providers, under one service."""

    service: Service
    sims: dict[str, MetaSim]
    servers: dict[str, ProviderServer]

    def rows(self, sql: str) -> list[Any]:
        return self.service.db.read_now(lambda db: db.execute(sql).fetchall())

    def conversation(self, name: str) -> int:
        found = self.rows(
            f"SELECT c.id FROM conversation c JOIN inbox i ON i.id = c.last_inbox_id WHERE i.name = '{name}'"
        )
        return int(found[0]["id"]) if found else 0

    def answer(self, name: str, text: str) -> None:
        conversation = self.conversation(name)
        self.service.db.write_now(lambda tx: answer.reply(tx, AN, conversation, Letter(text=text)))


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Two]:
    port = free_port()
    home = Home.find(tmp_path / "home")
    home.prepare()
    secrets = Secrets(home.config_folder, use_keyring=False)
    lines = [
        f'[web]\nlisten = "127.0.0.1:{port}"\npublic_url = "http://127.0.0.1:{port}"\n[secrets]\nkeyring = false',
    ]
    sims, servers = {}, {}
    for name, page in PAGES.items():
        servers[name] = ProviderServer()
        sim = sims[name] = servers[name].mount(MetaSim(retry_factor=0.01), name)
        await servers[name].start()
        token = sim.page(page, f"Shop {name}").token
        sim.hooks.url = f"http://127.0.0.1:{port}/a/{name}"
        lines.append(
            f'[apps.{name}]\nchannel = "messenger"\nid = "{sim.app_id}"\napi = "{sim.base_url}"\n[inbox.{name}]\n'
            f'channel = "messenger"\napp = "{name}"\npage_id = "{page}"\nundo_send_seconds = 0.0\n'
        )
        secrets.store(name, "access_token", token)
        secrets.store(f"app.{name}", "app_secret", sim.app_secret)
        secrets.store(f"app.{name}", "verify_token", "a word of ours")
    home.config.write_text("\n".join(lines), "utf-8")
    home.config.chmod(0o600)
    async with Service(home, load(home.config, inboxes=True), asyncio.Event()) as service:
        service.db.write_now(lambda tx: agents.ensure(tx, "an"))
        await until_async(lambda: service.web_address is not None, what="the door")
        for sim in sims.values():
            sim.clock.forward(seconds=2)
        yield Two(service, sims, servers)
    for server in servers.values():
        await server.aclose()


async def both_ask(two: Two) -> None:
    await two.sims["one"].says(HA, "Shop ơi còn hàng không?", account=PAGES["one"])
    await two.sims["two"].says(SIRI, "มีของไหมคะ", account=PAGES["two"])
    await until_async(lambda: two.conversation("one") and two.conversation("two"), what="both questions")


async def test_a_provider_that_is_down_delays_only_its_own_inbox(two: Two) -> None:
    await both_ask(two)
    await two.servers["one"].stop()
    two.answer("one", "dạ còn ạ")
    two.answer("two", "มีค่ะ")
    await until_async(lambda: two.sims["two"].texts(SIRI.id) == ["มีค่ะ"], what="the other inbox's answer")
    await until_async(
        lambda: two.rows("SELECT 1 FROM outbox WHERE state = 'queued' AND attempts > 0"), what="a try that failed"
    )
    await two.sims["two"].says(SIRI, "ขอบคุณค่ะ", account=PAGES["two"])
    await until_async(
        lambda: two.rows("SELECT 1 FROM message_body WHERE text = 'ขอบคุณค่ะ'"), what="the other inbox's news"
    )
    assert two.sims["one"].texts(HA.id) == []
    await two.servers["one"].start()
    two.service.db.write_now(lambda tx: tx.run("UPDATE outbox SET retry_at = 0 WHERE state = 'queued'"))
    two.service.engine.ring()
    await until_async(lambda: two.sims["one"].texts(HA.id) == ["dạ còn ạ"], what="the answer that waited")
    await until_async(
        lambda: [row["state"] for row in two.rows("SELECT state FROM outbox")] == ["sent", "sent"], what="both outcomes"
    )


async def test_what_is_forged_is_counted_and_leaves_no_row(two: Two) -> None:
    sim = two.sims["one"]
    sim.app_secret = "somebody else's"  # what a forger signs with
    sim.hooks.post(b'{"object":"page","entry":[]}')
    await until_async(lambda: sim.hooks.log, what="the first attempt")
    assert sim.hooks.log[0].status == 401
    counted = two.rows("SELECT h.forged FROM inbox_health h JOIN inbox i ON i.id = h.inbox_id WHERE i.name = 'one'")
    assert counted[0]["forged"] >= 1
    assert two.rows("SELECT 1 FROM raw_event") == []


async def test_events_of_the_future_and_garbage_are_kept_and_stop_nothing(two: Two) -> None:
    sim = two.sims["one"]
    page = PAGES["one"]
    odd = [
        {"sender": {"id": HA.id}, "recipient": {"id": page}, "timestamp": 32_503_680_000_000, "message": {"mid": "m_f", "text": "2999"}},
        {"sender": [], "recipient": {"id": page}, "timestamp": sim.clock(), "message": {"mid": "m_g", "text": "?"}},
        {"timestamp": "soon"},
    ]  # fmt: skip
    for event in odd:
        sim.hooks.post(
            json.dumps({"object": "page", "entry": [{"id": page, "time": 1, "messaging": [event]}]}).encode()
        )
    sim.hooks.post(b"[1, 2")
    await sim.hooks.settle()
    await sim.says(HA, "vẫn tới nơi", account=page)
    await until_async(lambda: two.conversation("one"), what="the message behind them")
    assert {attempt.status for attempt in sim.hooks.log} == {200}
    await until_async(
        lambda: len(two.rows("SELECT 1 FROM raw_event WHERE state = 'quarantined'")) == 4, what="four in quarantine"
    )
