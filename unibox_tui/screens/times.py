"""The usual times to come, offered when a conversation is put away. What is typed is read by `views.times`."""

from __future__ import annotations

from datetime import datetime, timedelta

from unibox_tui.locale import _
from unibox_tui.widgets.when import moment

MORNING = 9


def suggestions(now: int) -> list[tuple[str, int, str]]:
    """The usual ones: (what it says, epoch ms, the same in words that any day understands)."""
    today = moment(now)
    evening = today.replace(hour=17, minute=0, second=0, microsecond=0)
    tomorrow = _morning(today + timedelta(days=1))
    monday = _morning(today + timedelta(days=7 - today.weekday()))
    found = [
        (_("in one hour"), today + timedelta(hours=1), "1h"),
        (_("in three hours"), today + timedelta(hours=3), "3h"),
    ]
    if today < evening - timedelta(hours=3):
        found.append((_("this afternoon"), evening, "today 17:00"))
    found += [
        (_("tomorrow morning"), tomorrow, "tomorrow 9:00"),
        (_("Monday morning"), monday, "mon 9:00"),
        (_("in a week"), _morning(today + timedelta(days=7)), "today+7 9:00"),
    ]
    # On a Sunday tomorrow is Monday; on a Monday that is in a week: one time is offered once.
    first = {_ms(when) // 60_000: (text, _ms(when), words) for text, when, words in reversed(found)}
    return sorted(first.values(), key=lambda one: one[1])


def _morning(when: datetime) -> datetime:
    return when.replace(hour=MORNING, minute=0, second=0, microsecond=0)


def _ms(when: datetime) -> int:
    return int(when.timestamp() * 1000)
