"""Times to come, as people type them in English, Vietnamese and Thai: for snoozing and sending later."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo

from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.query import Ago, Date, DayFromToday, LastWeekday, Moment
from unibox_tui.domain.saying import say
from unibox_tui.locale import N_
from unibox_tui.text.fold import fold
from unibox_tui.views.query import values
from unibox_tui.views.spoken_times import of_next_week, spoken, turned

EXAMPLES = N_("As in 30m, 2h, tomorrow 9, mon 9:00, 2026-12-01 09:00, mai 8h, thứ hai, chiều nay, พรุ่งนี้ 9 โมง, วันจันทร์.")
MORNING = 9 * 60  # what a day without a time of day means

# Folded, since that is how the words arrive. Minutes after midnight.
_PARTS = {
    "morning": MORNING, "sang": MORNING, "เช้า": MORNING,
    "noon": 12 * 60, "trua": 12 * 60, "เที่ยง": 12 * 60,
    "afternoon": 14 * 60, "chieu": 14 * 60, "บ่าย": 14 * 60,
    "evening": 19 * 60, "night": 19 * 60, "toi": 19 * 60, "เย็น": 18 * 60, "ค่ำ": 19 * 60,
}  # fmt: skip
_TODAY = ("this ", "nay", "นี้")
_WHOLE = {
    "tonight": ("today", 19 * 60),
    "next week": ("mon", MORNING),
    "tuan sau": ("mon", MORNING),
    "tuan toi": ("mon", MORNING),
    "สัปดาห์หน้า": ("mon", MORNING),
    "อาทิตย์หน้า": ("mon", MORNING),
}


def time_to_come(text: str, now: int, zone: tzinfo | None = None) -> int:
    """Epoch ms of a time after `now`, in `zone` (None: the machine's). A day alone means nine in the morning.

    Raises WrongUse with examples for what it does not understand, and for a time that is past.
    """
    said = " ".join(text.split())
    here = datetime.fromtimestamp(now / 1000, zone)
    moment = _read(said) or _read_spoken(said, here.date())
    if moment is None:
        raise WrongUse(say("“{said}” is no time.", said=said), hint=EXAMPLES, code="time")
    if isinstance(moment, Ago):
        return now + moment.ms
    if isinstance(moment, DayFromToday) and moment.days == 0 and moment.clock is None:
        raise WrongUse("At what time today?", hint=EXAMPLES, code="time")
    clock = MORNING if moment.clock is None else moment.clock
    at = _epoch(_day(moment, here.date()), clock, zone)
    if at <= now:
        again = _again(moment, said, here.date())
        if again is None:
            raise WrongUse(say("“{said}” is past.", said=said), hint="Name a time to come.", code="time")
        at = _epoch(again, clock, zone)
    return at


def _read(said: str) -> Moment | None:
    plain = fold(said)
    if plain in _WHOLE:
        day, clock = _WHOLE[plain]
        return _at(values.moment(day), clock)
    return values.moment(said) or _part_of_day(plain) or values.moment(f"today {said}")


def _read_spoken(said: str, today: date) -> Moment | None:
    plain = spoken(fold(said))
    weekday = of_next_week(plain)
    if weekday is not None:
        meant = _read(weekday)
        if not isinstance(meant, LastWeekday):
            return None
        day = today + timedelta(days=7 - today.weekday() + meant.weekday)
        return Date(day.year, day.month, day.day, meant.clock)
    tries = (_read(plain), *(values.moment(way) for way in turned(plain)))
    return next((found for found in tries if found is not None), None)


def _part_of_day(plain: str) -> Moment | None:
    """`chiều nay`, `sáng mai`, `tomorrow morning`, `พรุ่งนี้เช้า`, `monday afternoon`."""
    for word, clock in _PARTS.items():
        if plain.startswith(word):
            rest = plain[len(word) :].strip()
        elif plain.endswith(word):
            rest = plain[: -len(word)].strip()
        else:
            continue
        if rest in ("nay", "นี้", "this", "today"):
            return DayFromToday(0, clock)
        if not rest:
            return DayFromToday(0, clock)
        found = _at(values.moment(rest), clock)
        if found is not None:
            return found
    return None


def _at(moment: Moment | None, clock: int) -> Moment | None:
    if isinstance(moment, DayFromToday) and moment.clock is None:
        return DayFromToday(moment.days, clock)
    if isinstance(moment, LastWeekday) and moment.clock is None:
        return LastWeekday(moment.weekday, clock)
    if isinstance(moment, Date) and moment.clock is None:
        return Date(moment.year, moment.month, moment.day, clock)
    return None


def _day(moment: DayFromToday | LastWeekday | Date, today: date) -> date:
    """The next such day, today included."""
    if isinstance(moment, DayFromToday):
        return today + timedelta(days=moment.days)
    if isinstance(moment, LastWeekday):
        return today + timedelta(days=(moment.weekday - today.weekday()) % 7)
    if moment.year is not None:
        return date(moment.year, moment.month, moment.day)
    return _yearly(moment, today, today.year)


def _again(moment: DayFromToday | LastWeekday | Date, said: str, today: date) -> date | None:
    """The one after, for what comes back: a weekday, a date without a year, a clock without a day."""
    if isinstance(moment, LastWeekday):
        return _day(moment, today) + timedelta(days=7)
    if isinstance(moment, Date):
        return _yearly(moment, today, today.year + 1) if moment.year is None else None
    if moment.days == 0 and values.moment(said) is None and not any(word in fold(said) for word in _TODAY):
        return today + timedelta(days=1)
    return None


def _yearly(moment: Date, today: date, year: int) -> date:
    while True:  # 29 February exists at least every eighth year
        try:
            found = date(year, moment.month, moment.day)
        except ValueError:
            year += 1
            continue
        if found >= today:
            return found
        year += 1


def _epoch(day: date, clock: int, zone: tzinfo | None) -> int:
    at = datetime(day.year, day.month, day.day, clock // 60, clock % 60, tzinfo=zone)
    return int(at.timestamp() * 1000)
