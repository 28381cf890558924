"""Pictures of one customer made of two, of both messages, of the panel's lines and of the page of contacts."""

from __future__ import annotations

import pytest

from tests.screens.test_customers import Found, suggesting, telling
from tests.screens.test_pictures import Compare, picture
from unibox_tui.app import UniboxApp

SIZES = [(120, 30), (80, 24)]


@pytest.mark.parametrize("size", SIZES)
def test_side_by_side(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(UniboxApp(suggesting()), terminal_size=size, run_before=picture("\n&", wait=0.1))


@pytest.mark.parametrize("size", SIZES)
def test_before_two_are_one(snap_compare: Compare, size: tuple[int, int]) -> None:
    keys = ":merge 104750\n"
    assert snap_compare(UniboxApp(suggesting()), terminal_size=size, run_before=picture(keys, wait=0.1))


def test_a_line_of_the_panel(snap_compare: Compare) -> None:
    assert snap_compare(UniboxApp(Found()), terminal_size=(120, 30), run_before=picture("\nijjj", wait=0.1))


def test_the_whole_story(snap_compare: Compare) -> None:
    assert snap_compare(UniboxApp(telling()), terminal_size=(120, 30), run_before=picture("\ns", wait=0.1))


@pytest.mark.parametrize("size", SIZES)
def test_contacts(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(UniboxApp(suggesting()), terminal_size=size, run_before=picture("gc", wait=0.1))
