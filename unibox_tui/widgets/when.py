"""Times and numbers as people read them: how long ago, the clock, the day, what is left. Times are epoch ms; local zone."""

from __future__ import annotations

from datetime import datetime, timedelta

from unibox_tui.locale import N_, _, language

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
_WEEKDAYS = (N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"))


def moment(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000).astimezone()


def age(at: int, now: int) -> str:
    """Shortest form for a list: "now", "2m", "5h", "3d", then "12/10", then "10/24" (month and year)."""
    passed = max(now - at, 0)
    if passed < MINUTE:
        return _("now")
    if passed < HOUR:
        return _("{n}m").format(n=passed // MINUTE)
    if passed < DAY:
        return _("{n}h").format(n=passed // HOUR)
    if passed < 7 * DAY:
        return _("{n}d").format(n=passed // DAY)
    then = moment(at)
    return then.strftime("%d/%m") if passed < 300 * DAY else then.strftime("%m/%y")


def span(ms: int) -> str:
    """A length of time in a sentence: "12 min", "2 h", "1 h 40", "46 h", "6 d"."""
    ms = max(ms, 0)
    if ms < HOUR:
        return _("{n} min").format(n=max(ms // MINUTE, 1))
    if ms < 10 * HOUR and (minutes := ms % HOUR // MINUTE):
        return _("{n} h {m:02}").format(n=ms // HOUR, m=minutes)
    if ms < 72 * HOUR:
        return _("{n} h").format(n=ms // HOUR)
    return _("{n} d").format(n=ms // DAY)


def clock(at: int) -> str:
    return moment(at).strftime("%H:%M")


def day(at: int, now: int) -> str:
    """A day line: "today", "yesterday", "Friday 20/11", with the year when it is another."""
    then, today = moment(at), moment(now)
    if then.date() == today.date():
        return _("today")
    if then.date() == (today - timedelta(days=1)).date():
        return _("yesterday")
    form = "%d/%m" if then.year == today.year else "%d/%m/%Y"
    return f"{_(_WEEKDAYS[then.weekday()])} {then.strftime(form)}"


def date(at: int, now: int) -> str:
    """A date in a column: the clock today, "12/10" this year, "12/10/24" before."""
    then, today = moment(at), moment(now)
    if then.date() == today.date():
        return then.strftime("%H:%M")
    return then.strftime("%d/%m" if then.year == today.year else "%d/%m/%y")


def stamp(at: int, now: int) -> str:
    """A date with its clock; the clock alone today."""
    return clock(at) if moment(at).date() == moment(now).date() else f"{date(at, now)} {clock(at)}"


def size(count: int) -> str:
    """Bytes as people read them."""
    if count < 1_000:
        return f"{count} B"
    if count < 1_000_000:
        return f"{count / 1_000:.0f} kB"
    return f"{_points(f'{count / 1_000_000:.1f}')} MB"


def number(value: int) -> str:
    """With its thousands apart: 1,200 in English and Thai, 1.200 in Vietnamese."""
    return _points(f"{value:,}")


def _points(written: str) -> str:
    return written.translate(str.maketrans(",.", ".,")) if language() == "vi" else written
