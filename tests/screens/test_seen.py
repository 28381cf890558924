"""A message that comes while its conversation is open: seen by who looks at its end, unread for who does not."""

from __future__ import annotations

from typing import Any

from textual.pilot import Pilot

from tests.support.fake_workspace import MINUTE, FakeWorkspace, entry
from tests.support.screen_text import line_with, running, settle
from unibox_tui.screens.attention import IDLE_AFTER_MS

HERE = 10_482


async def arrives(pilot: Pilot[Any], workspace: FakeWorkspace, text: str) -> int:
    """One more message of the customer; its n."""
    last = workspace.entries[HERE][-1]
    new = entry(HERE, last.sent_at + MINUTE, text)
    workspace.entries[HERE].append(new)
    workspace.ring(HERE)
    await settle(pilot, 0.1)
    return new.n


def seen(workspace: FakeWorkspace) -> list[Any]:
    return [what for kind, what in workspace.attention if kind == "read"]


async def test_what_comes_at_the_end_of_the_open_thread_is_seen() -> None:
    async with running() as (app, pilot, workspace):
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("G")
        n = await arrives(pilot, workspace, "Shop ơi còn đó không?")
        line_with(app, "Shop ơi còn đó không?")
        assert seen(workspace)[-1] == (HERE, n)


async def test_what_comes_while_the_hand_rests_is_seen_when_it_is_back() -> None:
    async with running() as (app, pilot, workspace):
        await pilot.press("enter", "G")
        await settle(pilot)
        workspace.clock += IDLE_AFTER_MS + 1
        n = await arrives(pilot, workspace, "ยังอยู่ไหมคะ")
        line_with(app, "ยังอยู่ไหมคะ")
        assert (HERE, n) not in seen(workspace)
        await pilot.press("l")
        await settle(pilot)
        assert seen(workspace)[-1] == (HERE, n)


async def test_what_comes_while_the_keys_are_in_the_list_is_not_seen() -> None:
    async with running() as (_app, pilot, workspace):
        await pilot.press("enter", "G", "escape")
        await settle(pilot)
        n = await arrives(pilot, workspace, "Anyone there?")
        assert (HERE, n) not in seen(workspace)
        await pilot.press("enter", "G")
        await settle(pilot)
        assert seen(workspace)[-1] == (HERE, n)


async def test_what_comes_below_the_lines_in_sight_is_not_seen() -> None:
    async with running(size=(80, 12)) as (_app, pilot, workspace):
        await pilot.press("enter")
        await settle(pilot)
        await pilot.press("g", "g")
        await settle(pilot)
        n = await arrives(pilot, workspace, "Em chờ lâu rồi")
        assert (HERE, n) not in seen(workspace)
        await pilot.press("G")
        await settle(pilot)
        assert seen(workspace)[-1] == (HERE, n)
