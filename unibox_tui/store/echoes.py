"""What is under way to a destination, and making one message of two."""

from __future__ import annotations

import sqlite3

from unibox_tui.store import search
from unibox_tui.store.database import Row, Tx


def under_way(db: sqlite3.Connection, inbox_id: int) -> list[Row]:
    """Items of this inbox whose first byte may have left and whose outcome is not written yet."""
    return db.execute(
        "SELECT * FROM outbox WHERE state = 'sending' AND inbox_id = :inbox AND leaving_at IS NOT NULL",
        {"inbox": inbox_id},
    ).fetchall()


def unknown_to(db: sqlite3.Connection, inbox_id: int, identity_id: int) -> list[Row]:
    """Items to this destination of unknown fate, oldest first."""
    return db.execute(
        "SELECT * FROM outbox WHERE state = 'unknown' AND inbox_id = :inbox AND identity_id = :identity ORDER BY created_at, n",
        {"inbox": inbox_id, "identity": identity_id},
    ).fetchall()


def merge(tx: Tx, *, into: int, gone: int) -> None:
    """`gone` was the same message: what hangs on it goes to `into`, its words are there already."""
    search.remove(tx, gone)
    both = {"into": into, "gone": gone}
    tx.run("UPDATE message_key SET n = :into WHERE n = :gone", both)
    tx.run("UPDATE message SET answers_n = :into WHERE answers_n = :gone", both)
    tx.run(
        "INSERT INTO reaction (n, who, emoji, at) SELECT :into, who, emoji, at FROM reaction WHERE n = :gone "
        "ON CONFLICT (n, who) DO NOTHING",
        both,
    )
    tx.run("UPDATE mail_place SET n = :into WHERE n = :gone", both)
    tx.run("UPDATE contact_key SET message_n = :into WHERE message_n = :gone", both)
    tx.run("UPDATE read_marker SET n = :into WHERE n = :gone", both)
    for table in (
        "call",
        "reaction",
        "reaction_owed",
        "found",
        "missing_ancestor",
        "attachment",
        "message_body",
        "message",
    ):
        tx.run(f"DELETE FROM {table} WHERE n = :gone", both)
