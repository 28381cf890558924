"""Each channel of a web API the whole way: its simulated provider, the real service, the screen, and back."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from textual.pilot import Pilot

from tests.connectors.cases import all_cases
from tests.connectors.conformance import Case
from tests.support.fake_workspace import FakeHost
from tests.support.ports import free_port
from tests.support.screen_text import settle, shown, type_text
from unibox_tui.app import UniboxApp
from unibox_tui.config.example import toml_value
from unibox_tui.config.reading import load
from unibox_tui.connectors.settings import InboxSettings, secret_owner
from unibox_tui.host.bell import BellListener
from unibox_tui.host.desktop import Desktop
from unibox_tui.host.media import MediaStore
from unibox_tui.host.paths import Home
from unibox_tui.host.secrets import Secrets
from unibox_tui.sandbox.providers.base import Simulator
from unibox_tui.sandbox.providers.server import ProviderServer
from unibox_tui.screens.ports import UiSettings
from unibox_tui.service import Service
from unibox_tui.store import agents
from unibox_tui.views.feed import Feed
from unibox_tui.workspace import StoreWorkspace

pytestmark = pytest.mark.slow
APP = "shop-app"
ASKED = "Shop ơi mẫu này còn size M không ạ"
ANSWER = "dạ còn ạ"


@dataclass
class Place:
    case: Case
    sim: Simulator
    home: Home
    service: Service

    def rows(self, sql: str) -> list[Any]:
        return self.service.db.read_now(lambda db: db.execute(sql).fetchall())

    async def until(self, what: str, check: Callable[[], bool], seconds: float = 15.0) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not check():
                    await asyncio.sleep(0.03)
        except TimeoutError:
            messages = [dict(row) for row in self.rows("SELECT direction, state, reason FROM message")]
            health = [dict(row) for row in self.rows("SELECT phase, error, hint FROM inbox_health")]
            raise AssertionError(f"{what}: never\n{messages}\n{health}\n{self.sim.received}") from None


@pytest.fixture(params=all_cases(), ids=lambda case: case.name)
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    case: Case = request.param
    if reason := case.cannot.get(request.function.__name__):
        pytest.skip(reason)
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    async with ProviderServer() as server:
        sim = server.mount(case.simulator(retry_factor=0.05), case.name)
        settings = dataclasses.replace(case.settings(sim), undo_send_seconds=0.0)
        await case.prepare(sim)
        home = Home.find(tmp_path / "home")
        home.prepare()
        home.config.write_text(_config(settings, sim, port), "utf-8")
        home.config.chmod(0o600)
        secrets = Secrets(home.config_folder, use_keyring=False)
        for name, value in case.secrets(sim).items():
            secrets.store(secret_owner("shop", settings, name), name, value)
        url = f"{base}/a/{APP}" if getattr(settings, "app", "") else f"{base}/{case.door}/shop"
        sim.hooks.url = case.webhook(sim, url, "shop")
        async with Service(home, load(home.config, inboxes=True), asyncio.Event()) as service:
            found = Place(case, sim, home, service)
            await found.until("the service listens", lambda: service.web_address is not None)
            sim.clock.forward(
                seconds=2
            )  # whole seconds are all that some providers tell: surely after the inbox was made
            yield found


def _config(settings: InboxSettings, sim: Simulator, port: int) -> str:
    lines = [
        "[web]",
        f'listen = "127.0.0.1:{port}"',
        f'public_url = "http://127.0.0.1:{port}"',
        "[secrets]",
        "keyring = false",
    ]
    return "\n".join([*lines, *inbox_lines(settings, sim, "shop", APP)]) + "\n"


def inbox_lines(settings: InboxSettings, sim: Simulator, inbox: str, app: str) -> list[str]:
    """The lines of the configuration for an inbox at this provider, and for the app when it has one."""
    lines = []
    if getattr(settings, "app", ""):
        app_id = getattr(sim, "app_id", "")
        lines += [f"[apps.{app}]", f'channel = "{settings.channel}"', f'id = "{app_id}"', f'api = "{sim.base_url}"']
    lines += [f"[inbox.{inbox}]", f'channel = "{settings.channel}"']
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        default = field.default_factory() if field.default_factory is not dataclasses.MISSING else field.default
        if field.name != "channel" and value != default:
            lines.append(f"{field.name} = {toml_value(app if field.name == 'app' else value)}")
    return lines


@asynccontextmanager
async def at_the_desk(place: Place) -> AsyncIterator[tuple[UniboxApp, Pilot[Any]]]:
    place.service.db.write_now(lambda tx: agents.ensure(tx, "an"))
    listener = BellListener(place.home.bell)
    workspace = StoreWorkspace(
        place.service.db,
        Feed(place.service.db, listener),
        MediaStore(place.home.media),
        cast(Desktop, FakeHost()),
        place.service.config,
        "an",
        UiSettings(),
    )
    app = UniboxApp(workspace)
    async with app.run_test(size=(120, 30)) as pilot:
        await settle(pilot, 0.2)
        await pilot.press("3")  # Waiting
        await settle(pilot, 0.4)
        yield app, pilot
    listener.close()


def says(app: UniboxApp, *words: str) -> bool:
    screen = "\n".join(shown(app))
    return all(word in screen for word in words)


async def test_from_the_customer_to_the_screen_and_back(place: Place) -> None:
    case, sim = place.case, place.sim
    await sim.says(case.guest, ASKED)
    async with at_the_desk(place) as (app, pilot):
        await place.until("the message on the screen", lambda: says(app, "mẫu này còn"))
        await pilot.press("enter")
        await place.until("the thread", lambda: says(app, ASKED))
        await pilot.press("r")
        await settle(pilot, 0.1)
        await type_text(pilot, ANSWER)
        await pilot.press("enter")
        if not sim.texts(case.destination):
            await settle(pilot, 0.2)
            if any("Enter again" in line for line in shown(app)):
                await pilot.press("enter")
        await place.until("the customer has the answer", lambda: ANSWER in sim.texts(case.destination))
        await place.until("sent on the screen", lambda: says(app, ANSWER, "✓"))
        await _settled(place)
    assert sim.texts(case.destination).count(ANSWER) == 1
    out = place.rows("SELECT state FROM message WHERE direction = 'out' AND inert = 0")
    assert [row["state"] in ("sent", "delivered", "read") for row in out] == [True]
    asked = place.rows("SELECT count(*) AS n FROM message m JOIN message_body b ON b.n = m.n WHERE m.direction = 'in'")
    assert asked[0]["n"] <= 2  # what was said before the answer, each once
    assert not place.rows("SELECT 1 FROM raw_event WHERE state = 'quarantined'")


async def _settled(place: Place) -> None:
    """Echoes and receipts are in."""
    await place.sim.hooks.settle()
    await place.until("all is parsed", lambda: not place.rows("SELECT 1 FROM raw_event WHERE state = 'new'"))


async def test_a_lost_answer_never_makes_two(place: Place) -> None:
    case, sim = place.case, place.sim
    if not case.send_path:
        pytest.skip("its messages leave by no call of their own")
    await sim.says(case.guest, ASKED)
    async with at_the_desk(place) as (app, pilot):
        await place.until("the message on the screen", lambda: says(app, "mẫu này còn"))
        await pilot.press("enter")
        await place.until("the thread", lambda: says(app, ASKED))
        sim.faults.drop_answer(on=case.send_path)
        await pilot.press("r")
        await settle(pilot, 0.1)
        await type_text(pilot, ANSWER)
        await pilot.press("enter")
        await place.until("the customer has the answer", lambda: ANSWER in sim.texts(case.destination))
        await place.until(
            "an outcome", lambda: not place.rows("SELECT 1 FROM outbox WHERE state IN ('held', 'queued', 'sending')")
        )
        await _settled(place)
        await asyncio.sleep(0.3)
    assert sim.texts(case.destination).count(ANSWER) == 1
    states = [row["state"] for row in place.rows("SELECT state FROM message WHERE direction = 'out' AND inert = 0")]
    assert len(states) == 1
    assert states[0] in ("unknown", "sent", "delivered", "read")
