from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from unibox_tui.domain.query import (
    Ago,
    And,
    Date,
    DayFromToday,
    LastWeekday,
    Moment,
    Not,
    OneOf,
    Op,
    Or,
    Word,
    Words,
    all_of,
    any_of,
    bounds,
    leaves,
    span,
    without_words,
)

VIETNAM = timezone(timedelta(hours=7))
NOW = int(datetime(2026, 11, 18, 9, 30, tzinfo=VIETNAM).timestamp() * 1000)  # a Wednesday
DAY = 86_400_000


def day(year: int, month: int, date: int, hour: int = 0, minute: int = 0) -> int:
    return int(datetime(year, month, date, hour, minute, tzinfo=VIETNAM).timestamp() * 1000)


@pytest.mark.parametrize(
    ("moment", "start", "length"),
    [
        (DayFromToday(0), day(2026, 11, 18), DAY),
        (DayFromToday(-1), day(2026, 11, 17), DAY),
        (DayFromToday(-1, 9 * 60 + 5), day(2026, 11, 17, 9, 5), 60_000),
        (LastWeekday(2), day(2026, 11, 18), DAY),
        (LastWeekday(3), day(2026, 11, 12), DAY),
        (Date(2026, 11, 1), day(2026, 11, 1), DAY),
        (Date(None, 11, 18), day(2026, 11, 18), DAY),
        (Date(None, 12, 24), day(2025, 12, 24), DAY),
        (Date(None, 2, 29), day(2024, 2, 29), DAY),
        (Ago(3_600_000), NOW - 3_600_000, 0),
    ],
)
def test_a_moment_is_a_stretch_of_time_in_the_zone_asked_for(moment: Moment, start: int, length: int) -> None:
    assert span(moment, NOW, VIETNAM) == (start, start + length)


def test_the_same_words_mean_another_time_in_another_zone() -> None:
    assert span(DayFromToday(0), NOW, UTC)[0] == span(DayFromToday(0), NOW, VIETNAM)[0] + 7 * 3_600_000


@pytest.mark.parametrize(
    ("op", "first", "end"),
    [
        (">=", day(2026, 11, 1), None),
        (">", day(2026, 11, 2), None),
        ("<", None, day(2026, 11, 1)),
        ("<=", None, day(2026, 11, 2)),
    ],
)
def test_a_comparison_takes_the_whole_day_in_or_out(op: Op, first: int | None, end: int | None) -> None:
    assert bounds(op, Date(2026, 11, 1), NOW, VIETNAM) == (first, end)


def test_an_instant_has_no_width() -> None:
    at = NOW - 1_000
    assert bounds(">=", Ago(1_000), NOW) == (at, None)
    assert bounds(">", Ago(1_000), NOW) == (at + 1, None)
    assert bounds("<=", Ago(1_000), NOW) == (None, at + 1)
    assert bounds("<", Ago(1_000), NOW) == (None, at)


def test_conjunctions_are_flat_and_gather_their_words() -> None:
    open_, a, b = OneOf("status", ("open",)), Word("a"), Word("b", exact=True)
    assert all_of([Words((a,)), And((open_, Words((b,))))]) == And((Words((a, b)), open_))
    assert all_of([open_]) == open_
    assert all_of([]) == And()
    assert any_of([open_, Or((Not(open_), open_))]) == Or((open_, Not(open_), open_))


def test_words_are_taken_from_the_top_alone() -> None:
    open_, words = OneOf("status", ("open",)), Words((Word("a"),))
    assert without_words(And((open_, words))) == (words, open_)
    assert without_words(words) == (words, And())
    assert without_words(Or((open_, words))) == (None, Or((open_, words)))
    assert list(leaves(Or((open_, Not(And((words, open_))))))) == [open_, words, open_]


def test_words_read_as_typed_and_no_quotation_mark_breaks_out() -> None:
    assert Words((Word("hoàn"), Word("đơn hàng", exact=True))).text == 'hoàn "đơn hàng"'
    assert Words((Word('a" b', exact=True), Word('c"d'))).text == '"a  b" c d'
