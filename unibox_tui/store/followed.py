"""The event log as hooks follow it, by a cursor of their own."""

from __future__ import annotations

import sqlite3

from unibox_tui.store.database import Row

LIMIT = 200


def head(db: sqlite3.Connection) -> int:
    return int(db.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()[0])


def after(db: sqlite3.Connection, seq: int, limit: int = LIMIT) -> list[Row]:
    """Events after `seq`, oldest first. `inert`: it, its message, or all of its new conversation came by import, back-fill or
    replay."""
    return db.execute(
        "SELECT e.*, coalesce(json_extract(e.data, '$.imported'), m.inert, e.kind = 'conversation.created' AND NOT EXISTS (SELECT 1 FROM message o "
        "WHERE o.conversation_id = e.conversation_id AND o.inert = 0)) AS inert FROM event e LEFT JOIN message m ON m.n = e.message_n "
        "WHERE e.seq > :seq ORDER BY e.seq LIMIT :limit",
        {"seq": seq, "limit": limit},
    ).fetchall()
