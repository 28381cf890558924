"""The usual times to come, offered when a conversation is put away. What is typed is read by `views.times`."""

from __future__ import annotations

from datetime import datetime, timedelta

from unibox_tui.locale import _
from unibox_tui.widgets.when import moment

MORNING = 9


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


def _morning(when: datetime) -> datetime:
    return when.replace(hour=MORNING, minute=0, second=0, microsecond=0)


def _ms(when: datetime) -> int:
    return int(when.timestamp() * 1000)
