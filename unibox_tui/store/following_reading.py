"""The log of events as other systems follow it. Reads only."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from unibox_tui.store.database import Row


def head(db: sqlite3.Connection) -> int:
    """The seq of the newest event."""
    return int(db.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()[0])


def after(db: sqlite3.Connection, seq: int, limit: int) -> list[Row]:
    return db.execute("SELECT * FROM event WHERE seq > ? ORDER BY seq LIMIT ?", [seq, limit]).fetchall()


def message(db: sqlite3.Connection, n: int) -> Row | None:
    row: Row | None = db.execute(
        "SELECT m.id, m.n, m.direction, m.kind, m.author_kind, m.author, m.sent_at, m.received_at, m.state, m.conversation_id, "
        "i.name AS inbox, i.channel, b.text, b.subject FROM message m LEFT JOIN inbox i ON i.id = m.inbox_id "
        "LEFT JOIN message_body b ON b.n = m.n WHERE m.n = ?",
        [n],
    ).fetchone()
    return row


def contact(db: sqlite3.Connection, id: int) -> Row | None:
    row: Row | None = db.execute(
        "SELECT id, uid, name, title, language, merged_into, blocked_at, forgotten_at FROM contact WHERE id = ?", [id]
    ).fetchone()
    return row


def keys(db: sqlite3.Connection, contact: int) -> list[Row]:
    return db.execute(
        "SELECT kind, value, max(verified) AS verified FROM contact_key WHERE contact_id = ? GROUP BY kind, value "
        "ORDER BY kind, value LIMIT 50",
        [contact],
    ).fetchall()


def outside_ids(db: sqlite3.Connection, people: Sequence[int]) -> dict[str, str]:
    """system -> its number of this contact."""
    held = ",".join(str(int(one)) for one in people) or "NULL"
    rows = db.execute(f"SELECT system, external_id FROM outside_id WHERE contact_id IN ({held}) ORDER BY at DESC")
    return dict(rows.fetchall())


# -- where our webhooks are ------------------------------------------------------------------------------------------


def cursor(db: sqlite3.Connection, name: str) -> Row | None:
    row: Row | None = db.execute("SELECT * FROM outgoing_cursor WHERE name = ?", [name]).fetchone()
    return row


def cursors(db: sqlite3.Connection) -> list[Row]:
    return db.execute("SELECT * FROM outgoing_cursor ORDER BY name").fetchall()
