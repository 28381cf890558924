"""What is open and the list's row are the same conversation, whatever is done to it."""

from __future__ import annotations

import pytest

from tests.support.fake_workspace import row
from tests.support.screen_text import line_with, running, settle, shown


@pytest.mark.parametrize("keys", [["a"], ["e"], ["e", "a"], ["a", "e"], ["e", "u"], ["e", "e"]])
async def test_what_is_done_in_the_thread_leaves_its_row_current(keys: list[str]) -> None:
    async with running() as (app, pilot, workspace):
        await pilot.press("j", "enter")
        await settle(pilot)
        for key in keys:
            await pilot.press(key)
            await settle(pilot)
        workspace.ring(10_481)
        await settle(pilot, 0.2)
        assert app.inbox.list.cursor is not None
        assert (app.inbox.list.cursor.id, app.inbox.talk.conversation) == (10_481, 10_481)
        line_with(app, "#10481")


@pytest.mark.parametrize("keys", [["e"], ["a", "e"]])
async def test_a_resolved_one_leaves_the_list_when_it_is_left(keys: list[str]) -> None:
    async with running() as (app, pilot, _workspace):
        await pilot.press("j", "enter", *keys)
        await settle(pilot)
        await pilot.press("escape")
        await settle(pilot, 0.5)
        assert 10_481 not in {one.id for one in app.inbox.list.rows}
        assert app.inbox.list.cursor is not None
        assert (app.inbox.list.cursor.id, app.inbox.talk.conversation) == (10_480, 10_480)
        assert not [line for line in shown(app)[:-1] if "#10481" in line]


async def test_the_next_one_is_opened_from_the_row_that_was_kept() -> None:
    async with running() as (app, pilot, _workspace):
        await pilot.press("j", "enter", "e")
        await settle(pilot)
        await pilot.press("J")
        await settle(pilot, 0.2)
        assert app.inbox.list.cursor is not None
        assert (app.inbox.list.cursor.id, app.inbox.talk.conversation) == (10_480, 10_480)
        assert 10_481 not in {one.id for one in app.inbox.list.rows}


async def test_an_arrival_does_not_move_the_row_away_from_what_is_open() -> None:
    async with running() as (app, pilot, workspace):
        await pilot.press("enter")
        await settle(pilot)
        workspace.rows_.insert(0, row(10_500, 4))
        workspace.ring(10_500)
        await settle(pilot, 0.2)
        assert app.inbox.list.cursor is not None
        assert (app.inbox.list.cursor.id, app.inbox.talk.conversation) == (10_482, 10_482)
