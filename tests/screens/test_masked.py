"""An agent who is not to see whole phone numbers: on no page of the app, while all that they do still reaches the customer."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from tests.screens.test_one_customer import Bell
from tests.support.fake_workspace import FakeHost
from tests.support.screen_text import foot, line_with, settle, shown, type_text
from tests.support.world import CHAT, World
from unibox_tui.app import UniboxApp
from unibox_tui.config.model import Config
from unibox_tui.config.outside import Privacy
from unibox_tui.desk import people
from unibox_tui.domain.inbound import MessageReceived, Person
from unibox_tui.host.desktop import Desktop
from unibox_tui.host.media import MediaStore
from unibox_tui.screens.ports import UiSettings
from unibox_tui.views.feed import Feed
from unibox_tui.workspace import StoreWorkspace

NUMBER = "+84903111224"


def two_with_one_number(world: World) -> tuple[int, int]:
    """Somebody of WhatsApp without a name, and a chat in which the same number was written and kept."""
    an = world.agent("an")
    wa, chat = world.inbox("wa", CHAT, channel="whatsapp"), world.inbox("oa", CHAT, channel="zalo")
    said = Person(NUMBER, "phone", NUMBER, verified=True)
    first = world.take(wa, MessageReceived("m1", said, world.now, "chào shop"))[0]
    second = world.later(60_000).chat(chat, "z1", "gọi em số 0903 111 224 nhé", name="Lê Minh")
    world.db.write_now(lambda tx: people.keep_found(tx, an, second.n or 0, "phone", "0903111224"))
    return first.conversation or 0, second.conversation or 0


async def test_the_number_stands_on_no_page(world: World, tmp_path: Path) -> None:
    whatsapp, chat = two_with_one_number(world)
    host = FakeHost()
    workspace = StoreWorkspace(
        world.db,
        Feed(world.db, Bell()),
        MediaStore(tmp_path / "media"),
        cast(Desktop, host),
        Config(privacy=Privacy(mask_phones_for=("an",))),
        "an",
        UiSettings(),
    )
    app = UniboxApp(workspace)
    seen: list[str] = []

    async with app.run_test(size=(160, 40)) as pilot:

        async def look(*keys: str) -> str:
            await pilot.press(*keys)
            await settle(pilot, 0.3)
            seen.append("\n".join(shown(app)))
            return seen[-1]

        await settle(pilot, 0.3)
        await look("3")
        while app.inbox.list.cursor is not None and app.inbox.list.cursor.id != whatsapp:
            await pilot.press("j")
        await look("enter")
        await look("i")
        await look("ampersand")
        await look("escape")
        await look("escape", "H")
        await look("escape", "g", "o")
        await look("escape", "s")
        await look("r")
        await look("ctrl+x")
        await look("escape", "escape", "escape")
        await look("g", "c")
        await look("tab")
        await look("escape")
        await type_text(pilot, "Mlê minh\n")
        await settle(pilot, 0.3)
        await look()
        assert "+84••••••224" in "".join(seen)
        for page in seen:
            flat = page.replace(" ", "").replace(".", "")
            assert "903111224" not in flat.replace("gọiemsố0903111224", ""), page
        await look("escape")
        await look("enter")
        assert app.inbox.talk.conversation == whatsapp
        await type_text(pilot, "rDạ shop đây ạ")
        await pilot.press("enter")
        await settle(pilot, 0.3)
        assert "hidden" not in foot(app)
    [sent] = world.rows("SELECT o.destination, m.conversation_id FROM outbox o JOIN message m ON m.n = o.n")
    assert (sent["destination"], sent["conversation_id"]) == (NUMBER, whatsapp)
    assert host.links == []
    assert chat != whatsapp


async def test_a_number_seen_in_part_is_neither_dialled_nor_kept(world: World, tmp_path: Path) -> None:
    _whatsapp, chat = two_with_one_number(world)
    host = FakeHost()
    config = Config(privacy=Privacy(mask_phones_for=("an",)))
    workspace = StoreWorkspace(
        world.db,
        Feed(world.db, Bell()),
        MediaStore(tmp_path / "media"),
        cast(Desktop, host),
        config,
        "an",
        UiSettings(),
    )
    app = UniboxApp(workspace)
    async with app.run_test(size=(160, 40)) as pilot:
        await settle(pilot, 0.3)
        await pilot.press("3")
        await settle(pilot, 0.2)
        while app.inbox.list.cursor is not None and app.inbox.list.cursor.id != chat:
            await pilot.press("j")
        await pilot.press("enter", "i")
        await settle(pilot, 0.4)
        for _line in range(40):
            subject = app.inbox.panel.subject
            if getattr(subject, "kind", "") == "phone":
                break
            await pilot.press("j")
        assert getattr(app.inbox.panel.subject, "kind", "") == "phone"
        line_with(app, "•••")
        await pilot.press("C")
        await settle(pilot, 0.2)
        assert "hidden from you" in foot(app)
        await pilot.press("plus")
        await settle(pilot, 0.2)
        assert "hidden from you" in foot(app)
    assert host.links == []
