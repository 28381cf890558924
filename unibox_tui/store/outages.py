"""Times in which a provider's events may have been lost to us, and the conversations that were filled from them since."""

from __future__ import annotations

import sqlite3

from unibox_tui.store.database import Row, Tx

ALIVE = "alive"  # the counter that holds when the service lived last, epoch ms


def alive(tx: Tx) -> None:
    tx.run(
        "INSERT INTO counter (name, value) VALUES (:name, :now) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        name=ALIVE,
        now=tx.now,
    )


def last_alive(db: sqlite3.Connection) -> int | None:
    row = db.execute("SELECT value FROM counter WHERE name = :name", {"name": ALIVE}).fetchone()
    return None if row is None else int(row[0])


def add(tx: Tx, inbox_id: int, from_at: int, to_at: int) -> None:
    tx.run(
        "INSERT INTO outage (inbox_id, from_at, to_at) VALUES (:inbox, :start, :end) ON CONFLICT (inbox_id, from_at) "
        "DO UPDATE SET to_at = max(outage.to_at, excluded.to_at)",
        inbox=inbox_id,
        start=from_at,
        end=to_at,
    )


def covering(db: sqlite3.Connection, inbox_id: int, at: int) -> Row | None:
    """The outage in which something was sent at `at`."""
    row: Row | None = db.execute(
        "SELECT * FROM outage WHERE inbox_id = :inbox AND from_at <= :at AND to_at >= :at ORDER BY from_at DESC LIMIT 1",
        {"inbox": inbox_id, "at": at},
    ).fetchone()
    return row


def latest(db: sqlite3.Connection, inbox_id: int) -> Row | None:
    row: Row | None = db.execute(
        "SELECT * FROM outage WHERE inbox_id = :inbox ORDER BY from_at DESC LIMIT 1", {"inbox": inbox_id}
    ).fetchone()
    return row


def filled(tx: Tx, outage: Row, conversation: int) -> bool:
    """The first late message of this outage in the conversation; False for the ones after it."""
    return bool(
        tx.run(
            "INSERT INTO outage_filled (inbox_id, from_at, conversation_id) VALUES (:inbox, :start, :conversation) "
            "ON CONFLICT DO NOTHING",
            inbox=outage["inbox_id"],
            start=outage["from_at"],
            conversation=conversation,
        )
    )


def drop_older(tx: Tx, before: int) -> None:
    tx.run("DELETE FROM outage_filled WHERE from_at < :before", before=before)
    tx.run("DELETE FROM outage WHERE to_at < :before", before=before)
