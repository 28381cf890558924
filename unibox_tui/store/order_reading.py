"""What a conversation tells that an order needs. Reads only."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from unibox_tui.store.database import Row
from unibox_tui.store.reading import marks


def texts(db: sqlite3.Connection, ids: Sequence[int], limit: int = 40) -> list[Row]:
    """(n, direction, text) of the latest messages, the newest first."""
    return db.execute(
        "SELECT m.n, m.direction, substr(b.text, 1, 4000) AS text FROM message m JOIN message_body b ON b.n = m.n "
        f"WHERE m.conversation_id IN ({marks(ids)}) AND m.direction IN ('in', 'out') AND m.state <> 'cancelled' "
        "AND m.unsent_at IS NULL ORDER BY m.n DESC LIMIT ?",
        [*ids, limit],
    ).fetchall()


def found(db: sqlite3.Connection, ids: Sequence[int], kind: str, limit: int = 5) -> list[Row]:
    """(value, n) read out of the texts with confidence, the newest first."""
    return db.execute(
        f"SELECT value, max(n) AS n FROM found WHERE conversation_id IN ({marks(ids)}) AND kind = ? "
        "AND confidence = 'high' GROUP BY value ORDER BY 2 DESC LIMIT ?",
        [*ids, kind, limit],
    ).fetchall()


def inbox_of(db: sqlite3.Connection, conversation: int) -> Row | None:
    """The inbox the customer wrote through last."""
    row: Row | None = db.execute(
        "SELECT i.* FROM conversation c JOIN inbox i ON i.id = c.last_inbox_id WHERE c.id = :id", {"id": conversation}
    ).fetchone()
    return row


def region_of(db: sqlite3.Connection, conversation: int | None) -> str:
    row = inbox_of(db, conversation) if conversation is not None else None
    return str(row["region"]) if row is not None else "VN"
