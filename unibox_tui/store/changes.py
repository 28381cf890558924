"""The change feed: which rows are new or different since a seq. SQLite has one writer, so seq order is commit order."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from unibox_tui.store.database import Tx

RELOAD_AFTER = 2_000
KEEP_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Changes:
    """`reload`: too far behind or trimmed or another file: read everything anew. `rows`: kind -> ids."""

    seq: int
    reload: bool
    rows: dict[str, set[str]]


def head(db: sqlite3.Connection) -> int:
    row = db.execute("SELECT seq FROM sqlite_sequence WHERE name='change_log'").fetchone()
    return int(row[0]) if row else 0


def store_id(db: sqlite3.Connection) -> str:
    return str(db.execute("SELECT value FROM meta WHERE key='store_id'").fetchone()[0])


def since(db: sqlite3.Connection, after: int) -> Changes:
    now = head(db)
    if now < after:
        return Changes(now, True, {})
    if now == after:
        return Changes(now, False, {})
    oldest = db.execute("SELECT min(seq) FROM change_log").fetchone()[0]
    if now - after > RELOAD_AFTER or (oldest is None or oldest > after + 1):
        return Changes(now, True, {})
    rows: dict[str, set[str]] = {}
    for kind, id in db.execute("SELECT DISTINCT kind, id FROM change_log WHERE seq > ?", (after,)):
        rows.setdefault(kind, set()).add(id)
    return Changes(now, False, rows)


def trim(tx: Tx) -> int:
    """Forget what nobody needs; returns the rows dropped. Keeps the newest so that `since` can tell a gap."""
    last = head(tx.db)
    return tx.run(
        "DELETE FROM change_log WHERE seq <= :limit AND (at < :old OR seq <= :far)",
        limit=last - 1,
        old=tx.now - KEEP_MS,
        far=last - 5 * RELOAD_AFTER,
    )
