"""Everybody whom an inbox reaches at once: one identity of its own, and what was sent to it."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

from unibox_tui.store.database import Row

KIND = "audience"
EVERYBODY = "everybody"  # the address


def identity(db: sqlite3.Connection, inbox: int) -> int | None:
    row = db.execute(
        "SELECT id FROM identity WHERE inbox_id = :inbox AND kind = :kind", {"inbox": inbox, "kind": KIND}
    ).fetchone()
    return None if row is None else int(row[0])


def package(db: sqlite3.Connection, inbox: int) -> str:
    """What the provider said of the account's package; "" when it has not."""
    row = db.execute("SELECT package FROM inbox_health WHERE inbox_id = :inbox", {"inbox": inbox}).fetchone()
    return "" if row is None else str(row[0] or "")


def latest(db: sqlite3.Connection, identity: int, content: str) -> Row | None:
    """The newest message of this content that left or may have left."""
    row: Row | None = db.execute(
        "SELECT m.n, m.id, m.state, m.sent_at, m.conversation_id FROM message m JOIN message_body b ON b.n = m.n "
        "WHERE m.identity_id = :identity AND m.direction = 'out' AND m.state NOT IN ('failed', 'cancelled') "
        "AND json_extract(b.extra, '$.broadcast.content') = :content ORDER BY m.n DESC LIMIT 1",
        {"identity": identity, "content": content},
    ).fetchone()
    return row


def this_month(db: sqlite3.Connection, identity: int, now: int) -> int:
    """How many left or may have left from here in this calendar month (UTC)."""
    first = datetime.fromtimestamp(now / 1000, UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return int(
        db.execute(
            "SELECT count(*) FROM message WHERE identity_id = :identity AND direction = 'out' "
            "AND state NOT IN ('failed', 'cancelled') AND sent_at >= :since",
            {"identity": identity, "since": int(first.timestamp() * 1000)},
        ).fetchone()[0]
    )
