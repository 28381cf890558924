from __future__ import annotations

import pytest

from unibox_tui.domain import hours

MONDAY_NOON_HANOI = 1_795_410_000_000  # 2026-11-23 05:00 UTC


@pytest.mark.parametrize(
    ("lines", "zone", "is_open"),
    [
        ((), "Asia/Ho_Chi_Minh", True),
        (("mon-fri 08:00-18:00",), "Asia/Ho_Chi_Minh", True),
        (("mon-fri 08:00-18:00",), "UTC", False),
        (("tue-sun 08:00-18:00",), "Asia/Ho_Chi_Minh", False),
        (("sat,sun 09:00-12:00", "fri-mon 11:30-12:30"), "Asia/Ho_Chi_Minh", True),
        (("sun 22:00-13:00",), "Asia/Ho_Chi_Minh", True),
        (("mon 22:00-13:00",), "Asia/Ho_Chi_Minh", False),
        (("mon 00:00-24:00",), "Asia/Bangkok", True),
    ],
)
def test_hours(lines: tuple[str, ...], zone: str, is_open: bool) -> None:
    assert hours.open_at(lines, zone, MONDAY_NOON_HANOI) is is_open


@pytest.mark.parametrize(
    "line", ["", "always", "mon 8-18", "mon-foo 08:00-18:00", "mon 25:00-26:00", "mon 08:60-09:00"]
)
def test_hours_nobody_can_read_are_named(line: str) -> None:
    with pytest.raises(ValueError, match="not understood"):
        hours.open_at((line,), "UTC", MONDAY_NOON_HANOI)
    with pytest.raises(ValueError, match="time zone"):
        hours.open_at(("mon 08:00-18:00",), "Mars/Olympus", MONDAY_NOON_HANOI)
