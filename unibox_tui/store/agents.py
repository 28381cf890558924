"""Agents: the Unix accounts that have opened unibox."""

from __future__ import annotations

import sqlite3

from unibox_tui.store.database import Row, Tx


def ensure(tx: Tx, name: str, display: str = "", language: str | None = None) -> None:
    """Known from now on; a display name given once is kept."""
    if tx.run(
        "INSERT INTO agent (name, display, language, created_at, seen_at) VALUES (:name, :display, :language, :now, :now) "
        "ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at, "
        "display = CASE WHEN :display = '' OR :display = :name THEN agent.display ELSE :display END",
        name=name,
        display=display or name,
        language=language,
        now=tx.now,
    ):
        tx.changed("agent", name)


def get(db: sqlite3.Connection, name: str) -> Row | None:
    row: Row | None = db.execute("SELECT * FROM agent WHERE name = :name", {"name": name}).fetchone()
    return row


def names(db: sqlite3.Connection) -> list[str]:
    return [row[0] for row in db.execute("SELECT name FROM agent ORDER BY name")]


def all_agents(db: sqlite3.Connection) -> list[Row]:
    return db.execute("SELECT * FROM agent ORDER BY display").fetchall()


def display(db: sqlite3.Connection, name: str) -> str:
    row = get(db, name)
    return row["display"] if row is not None else name
