"""Times as an agent types them for snoozing: "2h", "tomorrow", "mon 9:00", "20/11 14:30"."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from unibox_tui.domain.errors import WrongUse
from unibox_tui.locale import _
from unibox_tui.text.fold import fold
from unibox_tui.widgets.when import moment

MORNING = 8
_SPAN = re.compile(r"(\d+)\s*(m|min|h|d|w|phut|gio|ngay|tuan|นาที|ชม|วัน)\.?\Z")
_UNITS = {
    "m": 1,
    "min": 1,
    "phut": 1,
    "นาที": 1,
    "h": 60,
    "gio": 60,
    "ชม": 60,
    "d": 1440,
    "ngay": 1440,
    "วัน": 1440,
    "w": 10080,
    "tuan": 10080,
}
_CLOCK = re.compile(r"(\d{1,2})[:h.](\d{2})\Z")
_DATE = re.compile(r"(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}))?\Z")
_DAYS = {"today": 0, "hom nay": 0, "วันนี้": 0, "tomorrow": 1, "mai": 1, "ngay mai": 1, "พรุ่งนี้": 1}
_WEEKDAYS = {
    "mon": 0,
    "tue": 1,
    "wed": 2,
    "thu": 3,
    "fri": 4,
    "sat": 5,
    "sun": 6,
    "t2": 0,
    "t3": 1,
    "t4": 2,
    "t5": 3,
    "t6": 4,
    "t7": 5,
    "cn": 6,
}


def suggestions(now: int) -> list[tuple[str, int]]:
    """The usual ones: (what it says, epoch ms)."""
    today = moment(now)
    evening = today.replace(hour=17, minute=0, second=0, microsecond=0)
    tomorrow = _morning(today + timedelta(days=1))
    monday = _morning(today + timedelta(days=7 - today.weekday()))
    found = [(_("in one hour"), today + timedelta(hours=1)), (_("in three hours"), today + timedelta(hours=3))]
    if today < evening - timedelta(hours=3):
        found.append((_("this afternoon"), evening))
    found += [
        (_("tomorrow morning"), tomorrow),
        (_("Monday morning"), monday),
        (_("in a week"), _morning(today + timedelta(days=7))),
    ]
    return [(text, _ms(when)) for text, when in found]


def read_time(typed: str, now: int) -> int:
    """Epoch ms of what was typed, always later than `now`. Raises WrongUse."""
    text = " ".join(fold(typed).split())
    today = moment(now)
    if found := _SPAN.match(text):
        return now + int(found[1]) * _UNITS[found[2]] * 60_000
    day, _space, clock = text.rpartition(" ")
    at = _CLOCK.match(clock)
    if at is None:
        day, clock_at = text, (MORNING, 0)
    else:
        clock_at = (int(at[1]), int(at[2]))
    when = _day(day, today)
    if when is None or clock_at[0] > 23 or clock_at[1] > 59:
        raise WrongUse(
            _("“{typed}” is no time.").format(typed=typed), hint=_("Try 2h, tomorrow, mon 9:00 or 20/11 14:30.")
        )
    when = when.replace(hour=clock_at[0], minute=clock_at[1], second=0, microsecond=0)
    if when <= today and not day:
        when += timedelta(days=1)
    if when <= today:
        raise WrongUse(_("“{typed}” is over already.").format(typed=typed), hint=_("Give a time to come."))
    return _ms(when)


def _day(text: str, today: datetime) -> datetime | None:
    if not text:
        return today
    if text in _DAYS:
        return today + timedelta(days=_DAYS[text])
    if (
        weekday := _WEEKDAYS.get(
            text, _WEEKDAYS.get(text[:3]) if text.isascii() and text.isalpha() and len(text) > 3 else None
        )
    ) is not None:
        return today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1)
    found = _DATE.match(text)
    if found is None:
        return None
    try:
        when = today.replace(year=int(found[3] or today.year), month=int(found[2]), day=int(found[1]))
    except ValueError:
        return None
    return when.replace(year=when.year + 1) if not found[3] and when.date() < today.date() else when


def _morning(when: datetime) -> datetime:
    return when.replace(hour=MORNING, minute=0, second=0, microsecond=0)


def _ms(when: datetime) -> int:
    return int(when.timestamp() * 1000)
