"""A hand that rests is told as idle, and again now and then, so that an app that lives is not taken for lost."""

from __future__ import annotations

from tests.support.screen_text import running, settle
from unibox_tui.screens.attention import IDLE_AFTER_MS
from unibox_tui.screens.thread_controller import STILL_HERE_MS


async def test_a_resting_app_says_that_it_is_still_here() -> None:
    async with running() as (app, pilot, workspace):
        await pilot.press("enter")
        await settle(pilot)
        workspace.clock += IDLE_AFTER_MS + 1
        app.inbox.talk.beat()
        await settle(pilot)
        told = [what for what in workspace.attention if what[0] == "idle"]
        app.inbox.talk.beat()
        workspace.clock += STILL_HERE_MS + 1
        app.inbox.talk.beat()
        await settle(pilot)
        again = [what for what in workspace.attention if what[0] == "idle"]
        assert (len(told), len(again)) == (1, 2)
