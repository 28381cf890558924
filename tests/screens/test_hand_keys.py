"""Keys of one view and of one channel, and keys that change while the app runs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual import events

from tests.support.screen_text import foot, running, settle
from unibox_tui.domain.errors import WrongUse
from unibox_tui.keymap import Keymap


async def test_a_key_may_be_for_one_channel_or_one_view_only() -> None:
    keys = {"channel:line.resolve": ["ctrl+w"], "view:all.spam": ["ctrl+w"]}
    async with running(own_keys=keys) as (app, pilot, workspace):
        await pilot.press("ctrl+w")  # a Zalo row in another view: nothing
        await pilot.press("j", "ctrl+w")
        await settle(pilot, 0.1)
        assert workspace.performed == [("resolve", {}, (10_481,))]
        await pilot.press("6")
        await settle(pilot, 0.5)
        await pilot.press("ctrl+w")
        await settle(pilot, 0.1)
        assert workspace.performed[-1][0] == "spam"
        assert app.inbox.lists.asked.view == "all"


async def test_keys_change_while_the_app_runs_and_wrong_ones_leave_them_as_they_were() -> None:
    async with running() as (app, pilot, workspace):
        workspace.ui = replace(workspace.ui, own_keys={"list.resolve": ["ctrl+w"]})
        app.inbox.commands.hands.rebind()
        await pilot.press("ctrl+w")
        await settle(pilot, 0.1)
        assert workspace.performed[-1][0] == "resolve"
        workspace.ui = replace(workspace.ui, own_keys={"list.frobnicate": ["ctrl+w"]})
        app.inbox.commands.hands.rebind()
        assert "frobnicate" in foot(app)
        await pilot.press("ctrl+w")
        await settle(pilot, 0.1)
        assert len(workspace.performed) == 2


@pytest.mark.parametrize("key", ["alt+:", "alt+/"])
async def test_esc_and_a_sign_in_one_packet_leave_the_page_and_ask(key: str) -> None:
    async with running() as (app, pilot, _workspace):
        await pilot.press(":", *"map", "enter")
        await settle(pilot, 0.2)
        assert app.inbox.pane == "report"
        app.post_message(events.Key(key, key[-1]))
        await settle(pilot, 0.2)
        assert app.inbox.pane != "report"
        assert app.inbox.sheet.is_open or app.inbox.lists.searching


async def test_esc_and_enter_in_one_packet_open_what_is_below_the_page_and_break_the_line_in_a_text() -> None:
    async with running() as (app, pilot, workspace):
        await pilot.press(":", *"map", "enter")
        await settle(pilot, 0.2)
        app.post_message(events.Key("alt+enter", "\r"))
        await settle(pilot, 0.2)
        assert app.inbox.pane == "thread"
        await pilot.press("r", "a")
        app.post_message(events.Key("alt+enter", "\r"))
        await settle(pilot, 0.1)
        await pilot.press("b")
        assert app.inbox.pen.text == "a\nb"
        assert not [name for name, _, _ in workspace.performed if name == "reply"]


def test_what_is_no_action_is_refused_for_a_place_too() -> None:
    with pytest.raises(WrongUse, match="frobnicate"):
        Keymap.build({"view:vip.frobnicate": ["x"]})
    with pytest.raises(WrongUse, match="given to both"):
        Keymap.build({"view:vip.resolve": ["x"], "view:vip.spam": ["x"]})
