"""One customer over two providers: asked on Instagram, wrote on Zalo, nothing in common but an order code; and one who
withdraws and is erased."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.connectors.cases.meta import HA, OwnLoginCase
from tests.connectors.cases.zalo import THAO, ZaloCase
from tests.connectors.conformance import Case
from tests.e2e.test_channels import Place, at_the_desk, inbox_lines, says
from tests.support.ports import free_port
from tests.support.screen_text import foot, line_with, settle
from unibox_tui.config.reading import load
from unibox_tui.connectors.settings import secret_owner
from unibox_tui.desk import triage
from unibox_tui.domain.words import Author
from unibox_tui.host.paths import Home
from unibox_tui.host.secrets import Secrets
from unibox_tui.sandbox.providers.base import Simulator
from unibox_tui.sandbox.providers.meta import MetaSim
from unibox_tui.sandbox.providers.server import ProviderServer
from unibox_tui.sandbox.providers.zalo import ZaloSim
from unibox_tui.service import Service
from unibox_tui.store import agents
from unibox_tui.store.events import Actor

pytestmark = pytest.mark.slow
AN = Actor(Author.AGENT, "an", cause="key")
MOST_KEYS = 12
SECRET = "bimatmatkhau"
CANNED = '[[canned]]\nshortcut = "don"\ntext = "Dạ đơn {order} em kiểm tra rồi báo mình ngay ạ."\n'


@dataclass
class Shop(Place):
    """`sim` is Zalo."""

    instagram: MetaSim

    def talk(self, text: str) -> int:
        """The conversation in which a customer wrote this."""
        rows = self.service.db.read_now(
            lambda db: db.execute(
                "SELECT m.conversation_id FROM message m JOIN message_body b ON b.n = m.n WHERE b.text = ?", [text]
            ).fetchall()
        )
        return int(rows[0][0]) if rows else 0

    async def hears(self, text: str) -> int:
        await self.until("the message is here", lambda: self.talk(text) > 0)
        return self.talk(text)


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    cases: dict[str, Case] = {"insta": OwnLoginCase(), "zalo": ZaloCase()}
    home = Home.find(tmp_path / "home")
    home.prepare()
    lines = ["[web]", f'listen = "127.0.0.1:{port}"', f'public_url = "{base}"', "[secrets]", "keyring = false"]
    secrets = Secrets(home.config_folder, use_keyring=False)
    async with ProviderServer() as server:
        sims: dict[str, Simulator] = {}
        for name, case in cases.items():
            sims[name] = sim = server.mount(case.simulator(retry_factor=0.05), name)
            app = f"{name}-app"
            settings = dataclasses.replace(case.settings(sim), undo_send_seconds=0.0, app=app)  # type: ignore[call-arg]
            lines += inbox_lines(settings, sim, name, app)
            for key, value in case.secrets(sim).items():
                secrets.store(secret_owner(name, settings, key), key, value)
            sim.hooks.url = case.webhook(sim, f"{base}/a/{app}", name)
        home.config.write_text("\n".join([*lines, CANNED]), "utf-8")
        home.config.chmod(0o600)
        async with Service(home, load(home.config, inboxes=True), asyncio.Event()) as service:
            zalo, instagram = sims["zalo"], sims["insta"]
            assert isinstance(instagram, MetaSim)
            found = Shop(cases["zalo"], zalo, home, service, instagram)
            await found.until("the service listens", lambda: service.web_address is not None)
            for sim in sims.values():
                sim.clock.forward(seconds=2)
            service.db.write_now(lambda tx: agents.ensure(tx, "an"))
            yield found


class Keys:
    """Presses keys one by one and counts them."""

    def __init__(self, pilot: Pilot[Any]) -> None:
        self.pilot = pilot
        self.count = 0

    async def press(self, *keys: str) -> None:
        for key in keys:
            self.count += 1
            await self.pilot.press(key)
            await settle(self.pilot, 0.1)


async def begun(shop: Shop, asked: str) -> tuple[int, int]:
    """A question on Instagram; another by somebody on Zalo, which An takes."""
    await shop.instagram.says(HA, asked)
    first = await shop.hears(asked)
    await shop.sim.says(THAO, "Em muốn hỏi về đơn hàng")
    second = await shop.hears("Em muốn hỏi về đơn hàng")
    shop.service.db.write_now(lambda tx: triage.assign(tx, AN, [second], "an"))
    return first, second


def owners(shop: Shop, *talks: int) -> set[int]:
    rows = shop.rows(f"SELECT contact_id FROM conversation WHERE id IN ({','.join(map(str, talks))})")
    return {row[0] for row in rows}


async def onto(app: Any, pilot: Pilot[Any], talk: int) -> None:
    """The cursor is on this conversation."""
    for key in ("k", "k", "j", "j"):
        if app.inbox.list.cursor is not None and app.inbox.list.cursor.id == talk:
            break
        await pilot.press(key)
        await settle(pilot, 0.2)
    assert app.inbox.list.cursor.id == talk


async def test_from_the_line_at_the_foot_to_an_answer_that_names_the_order(shop: Shop) -> None:
    first, second = await begun(shop, "Shop ơi DH20381 bao giờ giao ạ")
    async with at_the_desk(shop) as (app, pilot):
        await onto(app, pilot, first)
        assert len(owners(shop, first, second)) == 2
        assert not says(app, "Same as")
        await shop.sim.says(THAO, "Đơn DH20381 thiếu 1 áo ạ")
        await shop.until("the line at the foot", lambda: "thiếu 1 áo ạ · b goes there" in foot(app))
        keys = Keys(pilot)
        await keys.press("b")
        await shop.until("the suggestion", lambda: says(app, "Same as", "order code DH20381"))
        await keys.press("equals_sign")
        await shop.until("they are one", lambda: len(owners(shop, first, second)) == 1)
        await keys.press("r", "slash", "d", "o", "n", "enter")
        line_with(app, "Dạ đơn DH20381 em kiểm tra")
        await keys.press("enter")
        await shop.until("the customer has it", lambda: any("đơn DH20381" in text for text in shop.sim.texts(THAO.id)))
        assert keys.count <= MOST_KEYS
    assert shop.sim.texts(THAO.id) == ["Dạ đơn DH20381 em kiểm tra rồi báo mình ngay ạ."]
    assert shop.instagram.texts() == []


async def test_with_nothing_in_common_it_stays_silent(shop: Shop) -> None:
    first, second = await begun(shop, "Shop ơi áo trắng bao giờ giao ạ")
    async with at_the_desk(shop) as (app, pilot):
        await onto(app, pilot, first)
        await shop.sim.says(THAO, "Đơn DH20381 thiếu 1 áo ạ")
        await shop.until("the line at the foot", lambda: "thiếu 1 áo ạ · b goes there" in foot(app))
        await pilot.press("b")
        await settle(pilot, 0.4)
        assert app.inbox.talk.conversation == second
        assert not says(app, "Same as")
        await pilot.press("equals_sign")
        await settle(pilot, 0.2)
        assert "Nothing suggests" in foot(app)
    assert len(owners(shop, first, second)) == 2
    assert shop.rows("SELECT 1 FROM contact_suggestion") == []


def bytes_with(folder: Path, *words: str) -> list[str]:
    found = []
    for path in (one for one in folder.rglob("*") if one.is_file()):
        data = path.read_bytes().lower()
        found += [f"{path.name}: {word}" for word in words if word.encode().lower() in data]
    return found


async def test_who_withdraws_at_zalo_is_erased_by_the_service(shop: Shop) -> None:
    assert isinstance(shop.sim, ZaloSim)
    await shop.sim.says(THAO, f"Mật khẩu của em là {SECRET}")
    await shop.hears(f"Mật khẩu của em là {SECRET}")
    await shop.instagram.says(HA, "Shop ơi áo trắng bao giờ giao ạ")
    await shop.hears("Shop ơi áo trắng bao giờ giao ạ")
    await shop.until("her name is known", lambda: bool(shop.rows(f"SELECT 1 FROM identity WHERE name = '{THAO.name}'")))
    assert bytes_with(shop.home.store, SECRET)
    shop.sim.withdraws(THAO)
    await shop.until("it was asked", lambda: bool(shop.rows("SELECT 1 FROM event WHERE kind = 'contact.forget_asked'")))
    await shop.until("she is erased", lambda: bool(shop.rows("SELECT 1 FROM cursor WHERE stream = 'withdrawals'")))
    [told] = shop.rows("SELECT * FROM event WHERE kind = 'contact.forgotten'")
    assert (told["actor_kind"], told["cause"]) == ("system", "withdrawal")
    assert not shop.rows(f"SELECT 1 FROM identity WHERE address = '{THAO.id}'")
    assert bytes_with(shop.home.store, SECRET, THAO.name, THAO.id) == []
    assert shop.talk("Shop ơi áo trắng bao giờ giao ạ")
