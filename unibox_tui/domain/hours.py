"""Business hours written as people write them: `mon-fri 08:00-18:00`, `sat,sun 09:00-12:00`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_RANGE = re.compile(r"([a-z,\-]+) (\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")


@lru_cache(maxsize=64)
def parse(line: str) -> tuple[frozenset[int], int, int]:
    """(days, first minute, last minute); over midnight when the end is not after the beginning. Raises ValueError."""
    match = _RANGE.fullmatch(" ".join(line.lower().split()))
    days: set[int] = set()
    if match:
        for part in match[1].split(","):
            first, _, last = part.partition("-")
            if first not in DAYS or (last or first) not in DAYS:
                match = None
                break
            start, end = DAYS.index(first), DAYS.index(last or first)
            days.update((start + step) % 7 for step in range((end - start) % 7 + 1))
    if not match or int(match[2]) > 24 or int(match[4]) > 24 or int(match[3]) > 59 or int(match[5]) > 59:
        raise ValueError(f"{line!r} is not understood; write hours like `mon-fri 08:00-18:00`")
    return frozenset(days), int(match[2]) * 60 + int(match[3]), int(match[4]) * 60 + int(match[5])


def open_at(lines: Sequence[str], timezone: str, at_ms: int) -> bool:
    """Whether these hours cover the moment; no hours at all: always. Raises ValueError."""
    if not lines:
        return True
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"there is no time zone {timezone!r}; write it like Asia/Ho_Chi_Minh") from error
    moment = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone)
    minute, day = moment.hour * 60 + moment.minute, moment.weekday()
    for line in lines:
        days, start, end = parse(line)
        if start < end:
            if day in days and start <= minute < end:
                return True
        elif (day in days and minute >= start) or ((day - 1) % 7 in days and minute < end):
            return True
    return False
