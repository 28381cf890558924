"""How much there is: plain counts over the whole store."""

from __future__ import annotations

import sqlite3


def messages_by_channel(db: sqlite3.Connection) -> dict[str, dict[str, int]]:
    """channel -> direction (in, out) -> messages."""
    found: dict[str, dict[str, int]] = {}
    for channel, direction, number in db.execute(
        "SELECT i.channel, m.direction, count(*) FROM message m JOIN inbox i ON i.id = m.inbox_id "
        "WHERE m.direction IN ('in', 'out') GROUP BY i.channel, m.direction"
    ):
        found.setdefault(channel, {"in": 0, "out": 0})[direction] = number
    return found


def conversations(db: sqlite3.Connection) -> int:
    """Those that are shown: joined ones count once."""
    return int(db.execute("SELECT count(*) FROM conversation WHERE joined_into IS NULL").fetchone()[0])
