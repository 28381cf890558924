"""Five hundred Pages and twenty Official Accounts under one service: added by one command, each on its own, and the screens
stay usable."""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from tests.support.fake_workspace import FakeHost
from tests.support.ports import free_port
from tests.support.screen_text import settle, shown
from unibox_tui.app import UniboxApp
from unibox_tui.config import editing
from unibox_tui.config.reading import load
from unibox_tui.connectors.settings import secret_owner
from unibox_tui.connectors.zalo.settings import ZaloSettings
from unibox_tui.desk import answer
from unibox_tui.desk.letter import Letter
from unibox_tui.domain.words import Author
from unibox_tui.host.bell import BellListener
from unibox_tui.host.desktop import Desktop
from unibox_tui.host.media import MediaStore
from unibox_tui.host.paths import Home
from unibox_tui.host.secrets import Secrets
from unibox_tui.sandbox.providers.base import Call, Guest
from unibox_tui.sandbox.providers.checks import Wrong
from unibox_tui.sandbox.providers.meta import MetaSim
from unibox_tui.sandbox.providers.server import ProviderServer
from unibox_tui.sandbox.providers.zalo import ZaloSim
from unibox_tui.sandbox.providers.zalo_parts import Oa, zalo_id
from unibox_tui.screens.ports import UiSettings
from unibox_tui.service import Service
from unibox_tui.store import agents
from unibox_tui.store.events import Actor
from unibox_tui.views import health as health_view
from unibox_tui.views.feed import Feed
from unibox_tui.workspace import StoreWorkspace

pytestmark = pytest.mark.slow
PAGES, OAS = 500, 20
FIRST = 100_200_300_400_000
AN = Actor(Author.AGENT, "an", "test")


class Crowd(MetaSim):
    """`hanging`, `storming`: Pages whose messages get no answer, or a 429."""

    def __init__(self, **kinds: Any) -> None:
        super().__init__(app_secret="an-app-secret-of-a-test", **kinds)
        self.hanging: set[str] = set()
        self.storming: set[str] = set()
        self.released = asyncio.Event()
        for number in range(PAGES):
            self.page(str(FIRST + number), f"Trang {number:03}")

    async def _messages(self, call: Call) -> dict[str, Any]:
        data = call.json()
        id = self._sender(call, str(data.get("recipient", {}).get("id", ""))).id
        if id in self.hanging and "message" in data:
            await self.released.wait()
            raise Wrong("refused")
        if id in self.storming and "message" in data:
            raise Wrong("rate", retry_after=600)
        return await super()._messages(call)


@dataclass
class House:
    meta: Crowd
    zalo: ZaloSim
    home: Home
    service: Service
    took: dict[str, float] = field(default_factory=dict)
    told: Any = field(default_factory=itertools.count)

    def rows(self, sql: str, **values: Any) -> list[Any]:
        return self.service.db.read_now(lambda db: db.execute(sql, values).fetchall())

    def count(self, sql: str) -> int:
        return int(self.rows(sql)[0][0])

    async def until(self, what: str, check: Callable[[], bool], seconds: float = 30.0) -> None:
        began = time.perf_counter()
        try:
            async with asyncio.timeout(seconds):
                while not check():
                    await asyncio.sleep(0.05)
            self.took[what] = time.perf_counter() - began
        except TimeoutError:
            raise AssertionError(f"{what}: never\n{self.took}") from None

    async def says(self, page: int) -> Guest:
        """A customer of this Page writes."""
        guest = Guest(str(7_001_000_000_000_000 + page), f"Khách {page}", "vi")
        await self.meta.says(guest, f"Shop ơi {page}", account=str(FIRST + page))
        return guest

    async def reply(self, inbox: str, text: str) -> None:
        (row,) = self.rows(
            "SELECT max(c.id) AS id FROM conversation c JOIN identity d ON d.id = c.last_identity_id "
            "JOIN inbox i ON i.id = d.inbox_id WHERE i.address = :address",
            address=inbox,
        )
        await self.service.db.write(lambda tx: answer.reply(tx, AN, row["id"], Letter(text=text, force=True)))

    def sent(self, page: int) -> list[str]:
        return [one.text for one in self.meta.delivered if one.account == str(FIRST + page)]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    home = Home.find(tmp_path / "home")
    home.prepare()
    home.config.write_text(
        f'[web]\nlisten = "127.0.0.1:{port}"\npublic_url = "{base}"\n[secrets]\nkeyring = false\n', "utf-8"
    )
    home.config.chmod(0o600)
    took: dict[str, float] = {}
    oas = [Oa(str(388613280878800000 + number), f"OA {number:02}") for number in range(OAS)]
    async with ProviderServer() as server:
        meta = server.mount(Crowd(retry_factor=0.01), "meta")
        zalo = server.mount(ZaloSim(oas, retry_factor=0.01), "zalo")
        began = time.perf_counter()
        await _discover(home, meta)
        took["discover --add"] = time.perf_counter() - began
        _accounts(home, zalo)
        meta.hooks.url, zalo.hooks.url = f"{base}/a/shops", f"{base}/a/oas"
        began = time.perf_counter()
        config = load(home.config, inboxes=True)
        took["reading the configuration"] = time.perf_counter() - began
        began = time.perf_counter()
        async with Service(home, config, asyncio.Event()) as service:
            made = House(meta, zalo, home, service, took)
            service.db.write_now(lambda tx: agents.ensure(tx, "an"))
            await made.until("the service listens", lambda: service.web_address is not None)
            took["service listens"] = time.perf_counter() - began
            yield made
            meta.released.set()


async def _discover(home: Home, meta: Crowd) -> None:
    words = f"user_token={meta.user_token}\napp_secret={meta.app_secret}\nverify_token=a-word\n"
    args = [
        "--home", str(home.store), "inbox", "discover", "--channel", "messenger", "--app", "shops", "--app-id", meta.app_id,
        "--set", f"api={meta.base_url}", "--set", "undo_send_seconds=0", "--set", "history_days=0",
        "--add", "--secret-stdin", "--json",
    ]  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "unibox_tui", *args,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=dict(os.environ),
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(words.encode()), 60)
    assert process.returncode == 0, err.decode()
    assert out.count(b'"added"') == PAGES


def _accounts(home: Home, zalo: ZaloSim) -> None:
    tables = {}
    secrets = Secrets(home.config_folder, use_keyring=False)
    for number, oa in enumerate(zalo.oas.values()):
        values = {
            "channel": "zalo", "oa_id": oa.id, "app": "oas", "api": zalo.base_url, "undo_send_seconds": 0.0,
            "history_days": 0,
        }  # fmt: skip
        settings = ZaloSettings(oa_id=oa.id, app="oas")
        kept = {"access_token": oa.access, "refresh_token": oa.refresh, "app_secret": zalo.app_secret}
        for name, value in {**kept, "oa_secret": zalo.oa_secret}.items():
            secrets.store(secret_owner(f"oa-{number:02}", settings, name), name, value)
        tables[f"oa-{number:02}"] = values
    editing.add_inboxes(home.config, tables, {"oas": {"channel": "zalo", "id": zalo.app_id}})


async def test_five_hundred_pages_and_twenty_accounts(house: House) -> None:
    """One house for all of it: it takes a while to begin."""
    await one_in_trouble_slows_no_other(house)
    await all_tokens_are_renewed_and_one_dead_consent_stops_one(house)
    await screens_stay_usable(house)
    print({what: round(seconds, 2) for what, seconds in house.took.items()})


async def one_in_trouble_slows_no_other(house: House) -> None:
    meta = house.meta
    dead, storm, hang = 1, 2, 3
    others = list(range(10, PAGES, 12))
    for page in (dead, storm, hang, *others):
        await house.says(page)
    await meta.hooks.settle(60)
    await house.until(
        "all have arrived",
        lambda: house.count("SELECT count(*) FROM message WHERE direction = 'in'") == 3 + len(others),
    )
    meta.endpoints[str(FIRST + dead)].token = "EAAanother-token"
    meta.storming.add(str(FIRST + storm))
    meta.hanging.add(str(FIRST + hang))
    for page in (dead, storm, hang):
        await house.reply(str(FIRST + page), f"dạ {page}")
    await house.until("the token is found dead", lambda: bool(house.rows("SELECT 1 FROM inbox WHERE state = 'broken'")))
    began = time.perf_counter()
    for page in others:
        await house.reply(str(FIRST + page), f"dạ {page}")
    await house.until("the others' answers left", lambda: all(house.sent(page) == [f"dạ {page}"] for page in others))
    house.took[f"{len(others)} answers"] = time.perf_counter() - began
    late = await house.says(PAGES - 1)
    await house.until(
        "news of another arrive",
        lambda: bool(house.rows("SELECT 1 FROM identity WHERE address = :address", address=late.id)),
    )
    # All the while these three wait, each for its own reason, and they alone.
    waiting = house.rows(
        "SELECT i.address, o.state FROM outbox o JOIN inbox i ON i.id = o.inbox_id "
        "WHERE o.state IN ('held', 'queued', 'sending', 'failed', 'unknown')"
    )
    assert {row["address"] for row in waiting} == {str(FIRST + page) for page in (dead, storm, hang)}
    assert {row["address"]: row["state"] for row in waiting}[str(FIRST + hang)] == "sending"
    broken = house.rows("SELECT address FROM inbox WHERE state = 'broken'")
    assert [row["address"] for row in broken] == [str(FIRST + dead)]


async def all_tokens_are_renewed_and_one_dead_consent_stops_one(house: House) -> None:
    zalo = house.zalo
    known = house.count("SELECT count(*) FROM message WHERE direction = 'in'")
    accounts = list(zalo.oas.values())
    for number, oa in enumerate(accounts):
        await zalo.says(Guest(zalo_id(f"khach-{number}"), f"Khách {number}", "vi"), "Shop ơi", account=oa.id)
    await zalo.hooks.settle(30)
    await house.until(
        "all accounts' have arrived",
        lambda: house.count("SELECT count(*) FROM message WHERE direction = 'in'") == known + OAS,
    )
    dead = accounts[7]
    before = {oa.id: oa.access for oa in accounts}
    dead.refresh_until = zalo.clock()
    for oa in accounts:
        zalo.expire(oa.id)
    for oa in accounts:
        await house.reply(oa.id, "dạ còn ạ")
    living = [oa for oa in accounts if oa is not dead]
    await house.until("all others answer", lambda: len(zalo.texts()) == len(living))
    broken = "SELECT address FROM inbox WHERE state = 'broken' AND channel = 'zalo'"
    await house.until("one is broken", lambda: bool(house.rows(broken)))
    assert all(oa.access != before[oa.id] for oa in living)
    assert [row["address"] for row in house.rows(broken)] == [dead.id]
    kept = Secrets(house.home.config_folder, use_keyring=False)
    for number, oa in enumerate(accounts):
        if oa is not dead:
            assert oa.refresh in str(kept.secret_of(f"oa-{number:02}", "tokens"))


async def screens_stay_usable(house: House) -> None:
    lines = house.service.db.read_now(lambda db: health_view.health(db, now=house.service.db.now()))
    assert len(lines) == PAGES + OAS
    steps = _steps(house, lambda db: health_view.health(db, now=house.service.db.now()))
    listener = BellListener(house.home.bell)
    workspace = StoreWorkspace(
        house.service.db,
        Feed(house.service.db, listener),
        MediaStore(house.home.media),
        cast(Desktop, FakeHost()),
        house.service.config,
        "an",
        UiSettings(),
    )
    app = UniboxApp(workspace)
    try:
        async with app.run_test(size=(120, 30)) as pilot:
            await settle(pilot, 0.4)
            await pilot.press("3")
            await settle(pilot, 0.4)
            assert any("Khách" in line for line in shown(app))
            await pilot.press("g", "h")
            await settle(pilot, 0.6)
            # What needs a person stands first, not where the alphabet puts it.
            first = "\n".join(shown(app))
            assert "Trang 001" in first, first
            assert "oa-07" in first, first
            await pilot.press("G")
            await settle(pilot, 0.4)
            assert any("Trang 499" in line or "OA 19" in line for line in shown(app)), shown(app)
            await pilot.press("escape")
            await settle(pilot, 0.3)
            assert any("Khách" in line for line in shown(app))
    finally:
        listener.close()
    # As many statements with five hundred inboxes as with one.
    assert steps < 20


def _steps(house: House, read: Callable[[Any], object]) -> int:
    """Statements that a view takes."""
    seen: list[str] = []

    def traced(db: Any) -> None:
        db.set_trace_callback(seen.append)
        try:
            read(db)
        finally:
            db.set_trace_callback(None)

    house.service.db.read_now(traced)
    return len(seen)
