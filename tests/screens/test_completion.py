"""Completion while a query is typed in the search line, and in the sheets of `\\` and `T`."""

from __future__ import annotations

import pytest

from tests.support.screen_text import foot, line_with, running, settle, type_text


async def test_the_search_line_shows_what_may_follow_and_tab_takes_it() -> None:
    async with running() as (app, pilot, _workspace):
        await type_text(pilot, "/thieu is:o")
        await settle(pilot)
        assert "Tab is:open" in foot(app)
        await pilot.press("tab")
        await settle(pilot, 0.2)
        assert app.inbox.search.text == "thieu is:open"
        assert app.inbox.lists.asked.search == "thieu is:open"


async def test_tab_does_nothing_where_nothing_follows() -> None:
    async with running() as (app, pilot, _workspace):
        await type_text(pilot, "/xyzzy")
        await settle(pilot)
        await pilot.press("tab")
        assert app.inbox.search.text == "xyzzy"
        assert "Tab" not in foot(app)


@pytest.mark.parametrize("key", ["\\", "T"])
async def test_the_sheets_of_queries_complete_too(key: str) -> None:
    async with running() as (app, pilot, _workspace):
        await type_text(pilot, key)
        await type_text(pilot, "is:s")
        await settle(pilot)
        line_with(app, "is:snoozed")
        await pilot.press("tab")
        assert app.inbox.sheet.prompt.text == "is:snoozed"
