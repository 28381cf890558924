"""`g m` rings where there is one line, and offers what is possible where there is more."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.screens.test_one_customer import at_the_desk
from tests.support.fake_workspace import FakeWorkspace
from tests.support.screen_text import foot, line_with, running, settle, shown
from tests.support.world import World
from unibox_tui.connectors import policy
from unibox_tui.domain.inbound import MessageReceived, Person
from unibox_tui.domain.policy import Capabilities
from unibox_tui.domain.words import DeliveryState, InboxState
from unibox_tui.screens.ports import Option
from unibox_tui.store import outbox
from unibox_tui.store.inboxes import InboxRow
from unibox_tui.sync.leaving import told
from unibox_tui.views.call_ways import CallWay
from unibox_tui.widgets import call_ways

LINE = Option("line/hotline", "Ring my phone, then +84900000011 over Hotline")
LINK = Option("link/shop-zalo", "A link by which I call them with Shop Zalo", channel="zalo")
ASKED = Option(
    "consent/shop-zalo",
    "Ask +84900000011 whether we may call",
    "asked, no answer yet · 21 h left",
    fields=("consent_asked",),
)
NOW = 1_795_000_000_000
HOUR = 3_600_000


def house(*options: Option) -> FakeWorkspace:
    workspace = FakeWorkspace()
    usual = workspace.options

    async def asked(kind: str, conversation: int | None = None) -> Sequence[Option]:
        return options if kind == "call" else await usual(kind, conversation)

    workspace.options = asked  # type: ignore[method-assign]
    return workspace


@pytest.mark.parametrize("options", [(), (LINE,)])
async def test_one_line_rings_at_once(options: tuple[Option, ...]) -> None:
    workspace = house(*options)
    async with running(workspace=workspace) as (_app, pilot, _):
        await pilot.press("g", "m")
        await settle(pilot)
        assert [(call, args) for call, args, _ in workspace.performed] == [("call", {})]


async def test_what_is_possible_is_offered_and_what_is_not_says_why() -> None:
    workspace = house(LINE, LINK, ASKED)
    async with running(workspace=workspace) as (app, pilot, _):
        await pilot.press("g", "m")
        await settle(pilot)
        assert line_with(app, "asked, no answer yet · 21 h left")
        await pilot.press("down", "enter")
        await settle(pilot)
        assert [(call, args) for call, args, _ in workspace.performed] == [
            ("call", {"how": "link", "inbox": "shop-zalo"})
        ]
        await pilot.press("g", "m")
        await settle(pilot)
        await pilot.press("down", "down", "enter")
        await settle(pilot)
        assert len(workspace.performed) == 1
        assert "no answer yet" in foot(app)


def test_a_way_in_words() -> None:
    shop = InboxRow(1, "shop-zalo", "zalo", "Shop A", "Shop Zalo", "1", InboxState.ON, Capabilities(), "VN", "vi")
    way = CallWay("consent", shop, 0, "+84900000011", "", "expired", NOW - HOUR, True)
    assert call_ways.title(way) == "Ask +84900000011 whether we may call by Shop Zalo"
    assert call_ways.detail(way, NOW) == "their consent is over · costs a fee"
    asked = CallWay("consent", shop, 1, "+84900000011", "consent_asked", "asked", NOW + 21 * HOUR, True, 200, "VND")
    assert call_ways.detail(asked, NOW) == "asked, no answer yet · 21 h left · 200 VND"
    link = CallWay("link", shop, 1, "123", "window_closed")
    assert call_ways.detail(link, NOW) == "they have not been in touch for too long"


async def test_over_the_real_store_a_link_is_chosen_and_shown(tmp_path: Path) -> None:
    world = World.at(tmp_path)
    extra = {"call_links": {"consent": True}}
    inbox = world.inbox("shop-zalo", policy.capabilities("zalo", "free48", undo_send_ms=0, extra=extra), channel="zalo")
    world.agent("an")
    person = Person("2468458835291979221", "zalo_user", "Thảo", True, vouched=(("phone", "+84900000012"),))
    world.take(inbox, MessageReceived("m1", person, world.now, "gọi cho em nhé"))
    async with at_the_desk(world, tmp_path) as (app, pilot):
        await pilot.press("2")
        await settle(pilot, 0.3)
        await pilot.press("enter")
        await settle(pilot, 0.3)
        await pilot.press("g", "m")
        await settle(pilot, 0.3)
        assert line_with(app, "A link by which I call them with Shop shop-zalo")
        assert "costs a fee" in line_with(app, "Ask +84900000012")
        await pilot.press("enter")
        await settle(pilot, 0.3)
        row = world.row("SELECT id, n, payload FROM outbox")
        assert json.loads(row["payload"])["options"]["call"]["how"] == "link"
        found = {"call": {"link": "https://zalo.example/call/1", "link_until": world.now}}
        world.db.write_now(lambda tx: (outbox.settle(tx, row["id"], DeliveryState.SENT), told(tx, row["n"], found)))
        await pilot.press("j")
        await settle(pilot, 0.6)
        assert any("Link to call them" in line for line in shown(app))
        assert any("https://zalo.example/call/1" in line for line in shown(app))
