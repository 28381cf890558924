"""What came in and could not be read; kept as received until it is replayed or put aside."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from unibox_tui.store import health_reading, raw_events
from unibox_tui.store.database import Row
from unibox_tui.text.safe import safe_line
from unibox_tui.views.models import QuarantineLine
from unibox_tui.views.people import mark

LIMIT = 500


@dataclass(frozen=True, slots=True)
class Kept:
    """One raw event as received. `headers` and `body` are untouched bytes and words of strangers: not for a terminal as
    they are. `body` None: moved to `segment`."""

    line: QuarantineLine
    headers: dict[str, str]
    body: bytes | None
    segment: str | None


def quarantine(db: sqlite3.Connection, *, inbox: int | None = None, limit: int = LIMIT) -> tuple[QuarantineLine, ...]:
    """Newest first."""
    return tuple(_line(row) for row in health_reading.quarantine(db, inbox, limit))


def kept(db: sqlite3.Connection, id: str) -> Kept:
    """One raw event in whatever state, by id or an unambiguous beginning of it. Raises NotFound."""
    row = health_reading.raw_event(db, raw_events.get(db, id)["id"])
    return Kept(_line(row), json.loads(row["headers"]), row["body"], row["segment"])


def as_json(line: QuarantineLine) -> dict[str, Any]:
    """The stable JSON of `unibox quarantine list`. Times are epoch ms; `size` null once moved to a segment."""
    return {
        "id": line.id,
        "inbox": line.inbox,
        "channel": line.channel,
        "received_at": line.received_at,
        "source": line.source,
        "place": line.place,
        "state": line.state,
        "error": line.error,
        "attempts": line.attempts,
        "size": line.size,
    }


def _line(row: Row) -> QuarantineLine:
    return QuarantineLine(
        id=row["id"],
        inbox=safe_line(row["inbox_name"] or ""),
        channel=row["channel"] or "",
        mark=mark(row["channel"]),
        received_at=row["received_at"],
        source=safe_line(row["source"]),
        place=safe_line(row["place"]),
        state=row["state"],
        error=safe_line(row["error"] or ""),
        attempts=row["attempts"],
        size=row["size"],
    )
