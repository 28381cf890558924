"""Invitations (text/calendar): what, when, where, by whom."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from unibox_tui.connectors.email.mime.charset import nfc
from unibox_tui.connectors.email.mime.mail import Address, Calendar

MAX_SOURCE = 500_000
_KINDS = ("VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY")


def read_calendar(source: str, method: str = "") -> Calendar | None:
    """The first entry of an iCalendar text, or None if it holds none or cannot be read. Recurrences are not unrolled."""
    if len(source) > MAX_SOURCE or "BEGIN:VCALENDAR" not in source[:2_000].upper():
        return None
    from icalendar import Calendar as Parsed

    try:
        parsed: Any = Parsed.from_ical(source)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, OverflowError):
        return None
    event = next((part for part in parsed.subcomponents if part.name in _KINDS), None)
    if event is None:
        return None
    start = _moment(event, "DTSTART")
    end = _moment(event, "DTEND") or _moment(event, "DUE") or _after(start, _value(event, "DURATION"))
    entry = Calendar(
        method=(method or str(parsed.get("METHOD", "PUBLISH"))).upper()[:40],
        summary=_text(event, "SUMMARY"),
        start=start.isoformat() if start else None,
        end=end.isoformat() if end else None,
        start_ms=_ms(start),
        end_ms=_ms(end),
        all_day=start is not None and not isinstance(start, datetime),
        organizer=_person(event.get("ORGANIZER")),
        attendees=tuple(_person(one) for one in _list(event.get("ATTENDEE"))[:500]),
        location=_text(event, "LOCATION"),
        description=_text(event, "DESCRIPTION", 20_000),
        status=_text(event, "STATUS"),
        uid=_text(event, "UID"),
    )
    return _with_text(entry)


def _with_text(entry: Calendar) -> Calendar:
    from dataclasses import replace

    when = " – ".join(moment.replace("T", " ") for moment in (entry.start, entry.end) if moment)
    organizer = " ".join(filter(None, (entry.organizer.name, f"<{entry.organizer.address}>")))
    state = "" if entry.method in ("REQUEST", "PUBLISH") else f" ({entry.method.lower()})"
    rows = [f"📅 {entry.summary}{state}", when, entry.location, organizer if entry.organizer.address else ""]
    return replace(entry, text="\n".join(row for row in rows if row.strip()))


def _value(event: Any, name: str) -> Any:
    return getattr(event.get(name), "dt", None)


def _moment(event: Any, name: str) -> date | None:
    value = _value(event, name)
    return value if isinstance(value, date) else None


def _after(start: date | None, duration: Any) -> date | None:
    if start is None or not isinstance(duration, timedelta):
        return None
    try:
        return start + duration
    except OverflowError:
        return None


def _ms(moment: date | None) -> int | None:
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        return None
    try:
        return int(moment.astimezone(UTC).timestamp() * 1000)
    except (OverflowError, ValueError):
        return None


def _text(event: Any, name: str, limit: int = 2_000) -> str:
    value = event.get(name)
    first = value[0] if isinstance(value, list) and value else value
    return nfc(str(first))[:limit].strip() if first is not None else ""


def _list(value: Any) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _person(value: Any) -> Address:
    if isinstance(value, list):
        value = value[0] if value else None
    if value is None:
        return Address()
    address = str(value)
    if address[:7].lower() == "mailto:":
        address = address[7:]
    parameters = getattr(value, "params", {})
    return Address(nfc(str(parameters.get("CN", "")))[:500].strip('"'), address[:500] if "@" in address else "")
