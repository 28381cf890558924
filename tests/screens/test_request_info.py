"""`:request-info` asks the desk for the channel's own form."""

from __future__ import annotations

from tests.support.screen_text import running, settle, type_text


async def test_the_command_asks_in_the_conversation_that_is_open() -> None:
    async with running() as (_, pilot, workspace):
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("colon")
        await type_text(pilot, "request-info")
        await pilot.press("enter")
        await settle(pilot)
    call, _args, targets = workspace.performed[-1]
    assert (call, len(targets)) == ("request_info", 1)
