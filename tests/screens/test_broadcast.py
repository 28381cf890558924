"""`:broadcast` shows what it would be and asks once."""

from __future__ import annotations

from tests.support.fake_workspace import FakeWorkspace
from tests.support.screen_text import line_with, running, settle, type_text


async def test_it_is_shown_and_asked_before_it_is_sent() -> None:
    workspace = FakeWorkspace()
    async with running(workspace=workspace) as (app, pilot, _):
        for answer, sent in (("down", False), ("", True)):
            workspace.performed.clear()
            await pilot.press("colon")
            await settle(pilot)
            await type_text(pilot, "broadcast a1 ages=2,3")
            await pilot.press("enter")
            await settle(pilot)
            assert workspace.performed == [("broadcast", {"words": "a1 ages=2,3", "dry": True}, ())]
            assert line_with(app, "send it")
            for key in filter(None, (answer, "enter")):
                await pilot.press(key)
                await settle(pilot)
            assert (("broadcast", {"words": "a1 ages=2,3"}, ()) in workspace.performed) is sent
