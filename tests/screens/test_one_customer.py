"""The whole way over a real store: somebody asks in the chat, writes a mail later, and is one customer before the answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from textual.pilot import Pilot

from tests.support.fake_workspace import FakeHost
from tests.support.screen_text import foot, line_with, settle, shown
from tests.support.world import STORE_CHAT, World
from unibox_tui.app import UniboxApp
from unibox_tui.config.model import Canned, Config
from unibox_tui.desk import people, triage
from unibox_tui.host.desktop import Desktop
from unibox_tui.host.media import MediaStore
from unibox_tui.screens.ports import UiSettings
from unibox_tui.views.feed import Feed
from unibox_tui.workspace import StoreWorkspace

DAY = 86_400_000
MOST_KEYS = 12
STORED = Canned(shortcut="don", text="Dạ đơn {order} em kiểm tra rồi báo mình ngay ạ.")


class Bell:
    async def wait(self, timeout: float) -> bool:
        await asyncio.sleep(0.02)
        return True


@asynccontextmanager
async def at_the_desk(world: World, folder: Path) -> AsyncIterator[tuple[UniboxApp, Pilot[Any]]]:
    host = cast(Desktop, FakeHost())
    ui = UiSettings()
    workspace = StoreWorkspace(
        world.db, Feed(world.db, Bell()), MediaStore(folder / "media"), host, Config(canned=(STORED,)), "an", ui
    )
    app = UniboxApp(workspace)
    async with app.run_test(size=(120, 30)) as pilot:
        await settle(pilot, 0.3)
        yield app, pilot


def before(world: World, order: str) -> tuple[int, int, int]:
    """In the sale: a chat that names an order. A week later a mail by an address nobody knows, which An takes."""
    an = world.agent("an")
    chat, mail = world.inbox("web", STORE_CHAT, channel="livechat"), world.inbox("a")
    asked = world.chat(chat, "v1", f"Shop ơi {order} bao giờ giao ạ", name="bé heo")
    world.later(7 * DAY)
    wrote = world.mail(
        mail, "ha@khach.example", "Em muốn hỏi về đơn hàng", subject="Hỏi đơn hàng", id="m1@khach.example"
    )
    assert asked.conversation is not None
    assert wrote.conversation is not None
    world.db.write_now(lambda tx: triage.assign(tx, an, [wrote.conversation or 0], "an"))
    return mail, asked.conversation, wrote.conversation


async def arrives(world: World, pilot: Pilot[Any], mail: int, text: str) -> None:
    world.later(60_000)
    world.mail(
        mail, "ha@khach.example", text, subject="Re: Hỏi đơn hàng", id="m2@khach.example", answers=("m1@khach.example",)
    )
    await settle(pilot, 0.4)


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


async def test_from_the_line_at_the_foot_to_an_answer_that_names_the_order(world: World, tmp_path: Path) -> None:
    mail, chat, letter = before(world, "DH20381")
    async with at_the_desk(world, tmp_path) as (app, pilot):
        await pilot.press("j" if app.inbox.list.cursor and app.inbox.list.cursor.id == letter else "k")
        await settle(pilot, 0.4)
        assert "Probably" not in "\n".join(shown(app))
        await arrives(world, pilot, mail, "Đơn DH20381 thiếu 1 áo ạ")
        assert "EM Nguyễn Thị Hà: Đơn DH20381 thiếu 1 áo ạ · b goes there" in foot(app)
        keys = Keys(pilot)
        await keys.press("b")
        line_with(app, "Same as bé heo? order code DH20381")
        await keys.press("equals_sign")
        assert "are one" in foot(app)
        await keys.press("r", "slash", "d", "o", "n", "enter")
        line_with(app, "Dạ đơn DH20381 em kiểm tra")
        await keys.press("enter")
        await settle(pilot, 0.4)
        assert keys.count <= MOST_KEYS
        await pilot.press("s")
        await settle(pilot, 0.3)
        line_with(app, "whole story")
        texts = [entry.text for entry in app.inbox.thread.entries]
        assert any("bao giờ giao" in text for text in texts)
        assert any("thiếu 1 áo" in text for text in texts)
    owners = {world.conversation(id)["contact_id"] for id in (chat, letter)}
    assert len(owners) == 1
    sent = world.row(
        "SELECT b.text, m.conversation_id FROM message m JOIN message_body b ON b.n = m.n WHERE m.direction = 'out'"
    )
    assert sent["text"].startswith("Dạ đơn DH20381")
    assert sent["conversation_id"] == letter


@pytest.mark.parametrize("owner", ["binh", None])
@pytest.mark.parametrize("into", [True, False])
async def test_it_is_suggested_to_whoever_has_the_thread_open(
    world: World, tmp_path: Path, owner: str | None, into: bool
) -> None:
    """A colleague's conversation, or nobody's; gone into, or only previewed while the cursor stands on it."""
    mail, chat, letter = before(world, "DH20381")
    world.agent("binh")
    an = world.agent("an")
    world.db.write_now(lambda tx: triage.assign(tx, an, [letter], owner))
    async with at_the_desk(world, tmp_path) as (app, pilot):
        await pilot.press("3")
        await settle(pilot, 0.2)
        while app.inbox.list.cursor is not None and app.inbox.list.cursor.id != letter:
            await pilot.press("j")
        await (pilot.press("enter") if into else settle(pilot, 0.5))
        await settle(pilot, 0.3)
        assert app.inbox.talk.conversation == letter
        assert app.inbox.talk.opened is into
        assert "Same as" not in "\n".join(shown(app))
        await arrives(world, pilot, mail, "Đơn DH20381 thiếu 1 áo ạ")
        line_with(app, "Same as bé heo? order code DH20381")
        await pilot.press("equals_sign")
        await settle(pilot, 0.3)
    assert world.conversation(chat)["contact_id"] == world.conversation(letter)["contact_id"]


async def test_it_is_suggested_to_who_reads_the_other_side(world: World, tmp_path: Path) -> None:
    mail, chat, _letter = before(world, "DH20381")
    async with at_the_desk(world, tmp_path) as (app, pilot):
        await pilot.press("3")
        await settle(pilot, 0.2)
        while app.inbox.list.cursor is not None and app.inbox.list.cursor.id != chat:
            await pilot.press("j")
        await pilot.press("enter")
        await settle(pilot, 0.3)
        assert app.inbox.talk.conversation == chat
        await arrives(world, pilot, mail, "Đơn DH20381 thiếu 1 áo ạ")
        line_with(app, "Same as Nguyễn Thị Hà? order code DH20381")


async def test_with_nothing_in_common_it_stays_silent(world: World, tmp_path: Path) -> None:
    mail, chat, letter = before(world, "áo trắng")
    async with at_the_desk(world, tmp_path) as (app, pilot):
        await arrives(world, pilot, mail, "Đơn DH20381 thiếu 1 áo ạ")
        await pilot.press("b")
        await settle(pilot, 0.4)
        assert app.inbox.talk.conversation == letter
        said = "\n".join(shown(app))
        assert "Probably" not in said
        assert "Same as" not in said
        await pilot.press("equals_sign")
        await settle(pilot, 0.2)
        assert "Nothing suggests" in foot(app)
    assert world.conversation(chat)["contact_id"] != world.conversation(letter)["contact_id"]
    assert world.rows("SELECT 1 FROM contact_suggestion") == []


async def test_an_answer_may_go_through_another_brand_the_customer_wrote_to(world: World, tmp_path: Path) -> None:
    """What was begun comes along, the story stands, and the answer lies in that brand's own conversation."""
    an = world.agent("an")
    chat = world.inbox("web", STORE_CHAT, channel="livechat")
    mail = world.inbox("b", group="Shop B")
    asked = world.chat(chat, "v1", "Shop ơi còn size M không", name="Hà Nguyễn").conversation or 0
    wrote = (
        world.later(DAY).mail(mail, "ha@khach.example", "Em hỏi đơn bên shop B", id="m1@khach.example").conversation
        or 0
    )
    who = world.conversation(asked)["contact_id"], world.conversation(wrote)["contact_id"]
    world.db.write_now(lambda tx: people.merge(tx, an, *who))
    world.later(60_000)
    async with at_the_desk(world, tmp_path) as (app, pilot):
        await pilot.press("3")
        await settle(pilot, 0.2)
        while app.inbox.list.cursor is not None and app.inbox.list.cursor.id != asked:
            await pilot.press("j")
        await pilot.press("enter", "r")
        await settle(pilot, 0.3)
        await pilot.press("ctrl+x")
        await settle(pilot, 0.2)
        assert "Shop B" not in "\n".join(shown(app))
        await pilot.press("escape", "escape", "s")
        await settle(pilot, 0.3)
        await pilot.press("r", *"con")
        await settle(pilot, 0.2)
        line_with(app, "Reply via Shop web · CH open, EM open")
        await pilot.press("ctrl+x")
        await settle(pilot, 0.2)
        line_with(app, f"Shop B #{wrote}")
        await pilot.press("down", "enter")
        await settle(pilot, 0.5)
        assert app.inbox.talk.conversation == wrote
        assert app.inbox.story.on
        assert app.inbox.pen.text == "con"
        await pilot.press("enter")
        await settle(pilot, 0.4)
    [sent] = world.rows(
        "SELECT m.conversation_id, m.inbox_id, b.text FROM message m JOIN message_body b ON b.n = m.n WHERE m.direction = 'out'"
    )
    assert (sent["conversation_id"], sent["inbox_id"], sent["text"]) == (wrote, mail, "con")
    assert world.rows("SELECT 1 FROM draft") == []
