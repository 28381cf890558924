"""The times offered when a conversation is put away."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from unibox_tui.screens.times import suggestions


@pytest.mark.parametrize("day", range(16, 23), ids=lambda day: f"November {day}")
@pytest.mark.parametrize("hour", [0, 7, 8, 9, 13, 16, 23])
def test_no_time_is_offered_twice_and_none_is_past(day: int, hour: int) -> None:
    now = int(datetime(2026, 11, day, hour, tzinfo=UTC).timestamp() * 1000)
    offered = [at for _text, at, _words in suggestions(now)]
    assert len({at // 60_000 for at in offered}) == len(offered)
    assert offered == sorted(offered)
    assert offered[0] > now
    assert len(offered) >= 4
