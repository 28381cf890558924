"""The screen in its three languages: pictures, and room for every word."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.locale.test_nothing_untranslated import Speaking
from tests.support.fake_workspace import MINUTE, NOW
from tests.support.screen_text import running, settle, shown, type_text
from unibox_tui.actions import ACTIONS
from unibox_tui.app import UniboxApp
from unibox_tui.locale import _, set_language
from unibox_tui.text.width import width
from unibox_tui.widgets.when import DAY, age, number, size, span
from unibox_tui.workspace import view_names

Compare = Callable[..., bool]
LANGUAGES = ("en", "vi", "th")
SIZES = [(120, 30), (80, 24), (40, 20)]
SHOWN = {"list": "", "thread": "\n", "note": "n", "snooze": "z", "help": "?"}


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    yield set_language(request.param)
    set_language("en")


def typing(keys: str) -> Callable[[Pilot[Any]], Any]:
    async def before(pilot: Pilot[Any]) -> None:
        await settle(pilot)
        if keys:
            await type_text(pilot, keys)
        await settle(pilot)

    return before


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("screen", SHOWN)
def test_pictures(snap_compare: Compare, language: str, screen: str, size: tuple[int, int]) -> None:
    if language == "en" and screen != "list":
        pytest.skip("tests/screens has these")
    assert snap_compare(UniboxApp(Speaking()), terminal_size=size, run_before=typing(SHOWN[screen]))


@pytest.mark.parametrize("screen", [(120, 30), (80, 24)])
async def test_the_tab_line_has_room_for_every_count(language: str, screen: tuple[int, int]) -> None:
    async with running(screen, Speaking()) as (app, _pilot, workspace):
        top = shown(app)[0]
        tabs: Sequence[Any] = await workspace.tabs()
        assert top.count("│") == len(tabs) - 1, top
        for tab in tabs:
            assert tab.name[:3] in top, top
            assert not tab.count or f" {tab.count}" in top, top
            assert screen[0] < 120 or tab.name in top, top
        assert all(width(line) <= screen[0] for line in shown(app))


async def test_the_foot_shows_six_keys_and_their_words_at_80_columns(language: str) -> None:
    async with running((80, 24), Speaking()) as (app, _pilot, _workspace):
        foot = shown(app)[-1]
        first = sorted((action for action in ACTIONS if action.foot), key=lambda action: action.foot)[:6]
        for action in first:
            key = app.inbox.keyboard.keymap.key_of(action.id)
            assert f"{key} {_(action.label)}" in foot, foot


async def test_help_is_complete(language: str) -> None:
    async with running((120, 30), Speaking()) as (app, pilot, _workspace):
        await type_text(pilot, "?")
        choices = app.inbox.sheet.list.choices
        told = {choice.value: (choice.text, choice.detail, choice.key) for choice in choices if not choice.heading}
        for action in ACTIONS:
            if action.id.startswith("view-") and action.id[5:].isdigit():
                continue
            text, detail, key = told[action.id]
            assert (text, detail) == (_(action.label), _(action.help))
            assert key or not action.keys


async def test_help_is_found_by_words_of_the_language_without_accents(language: str) -> None:
    typed = {"en": "snooze", "vi": "tam an", "th": "พักไว้"}[language]
    async with running((120, 30), Speaking()) as (app, pilot, _workspace):
        await type_text(pilot, "?" + typed)
        assert "snooze" in [choice.value for choice in app.inbox.sheet.list.choices]


def test_ages_fit_their_column(language: str) -> None:
    for passed in (0, 59 * MINUTE, 23 * 60 * MINUTE, 6 * DAY):
        assert width(age(NOW - passed, NOW)) <= 5, age(NOW - passed, NOW)
    assert width(span(9 * 60 * MINUTE + 40 * MINUTE)) <= 10


def test_names_of_views_are_short(language: str) -> None:
    assert all(width(name) <= 12 for name in view_names().values())


def test_numbers_are_written_as_the_language_does(language: str) -> None:
    assert number(1_234_567) == {"vi": "1.234.567"}.get(language, "1,234,567")
    assert size(1_200_000) == {"vi": "1,2 MB"}.get(language, "1.2 MB")
