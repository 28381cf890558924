"""`g m` rings where there is one line, and offers what is possible where there is more."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.support.fake_workspace import FakeWorkspace
from tests.support.screen_text import foot, line_with, running, settle
from unibox_tui.domain.policy import Capabilities
from unibox_tui.domain.words import InboxState
from unibox_tui.screens.ports import Option
from unibox_tui.store.inboxes import InboxRow
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
