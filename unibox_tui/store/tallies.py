"""How often something happened at an inbox in each hour. Kept for five weeks."""

from __future__ import annotations

import sqlite3

from unibox_tui.store.database import Tx

HOUR = 3_600_000
KEEP_HOURS = 35 * 24
ARRIVED, ERROR = "in", "error"


def count(tx: Tx, inbox_id: int, what: str, by: int = 1) -> None:
    tx.run(
        "INSERT INTO inbox_hour (inbox_id, what, hour, count) VALUES (:inbox, :what, :hour, :by) "
        "ON CONFLICT (inbox_id, what, hour) DO UPDATE SET count = inbox_hour.count + excluded.count",
        inbox=inbox_id,
        what=what,
        hour=tx.now // HOUR,
        by=by,
    )


def since(db: sqlite3.Connection, what: str, hour: int) -> dict[int, int]:
    """inbox -> how often since the beginning of that epoch hour."""
    rows = db.execute(
        "SELECT inbox_id, sum(count) FROM inbox_hour WHERE what = :what AND hour >= :hour GROUP BY 1",
        {"what": what, "hour": hour},
    )
    return {int(inbox): int(total) for inbox, total in rows}


def hours(db: sqlite3.Connection, inbox_id: int, what: str, hour: int) -> list[int]:
    """The epoch hours from that one on in which it happened at all."""
    rows = db.execute(
        "SELECT hour FROM inbox_hour WHERE inbox_id = :inbox AND what = :what AND hour >= :hour ORDER BY hour",
        {"inbox": inbox_id, "what": what, "hour": hour},
    )
    return [int(row[0]) for row in rows]


def forget_old(tx: Tx) -> int:
    return tx.run("DELETE FROM inbox_hour WHERE hour < :oldest", oldest=tx.now // HOUR - KEEP_HOURS)
