"""Whom the provider shall be asked about next: new addresses without a name first, then those asked long ago."""

from __future__ import annotations

import sqlite3

from unibox_tui.store.database import Row, Tx


def due(db: sqlite3.Connection, inbox_id: int, now: int, seen_since: int, limit: int) -> list[Row]:
    """Identities of this inbox whose time has come and who were here since; the nameless and newest first."""
    return db.execute(
        "SELECT * FROM identity WHERE inbox_id = :inbox AND profile_next <= :now AND last_seen_at >= :seen "
        "ORDER BY profile_next, name <> '', id DESC LIMIT :limit",
        {"inbox": inbox_id, "now": now, "seen": seen_since, "limit": limit},
    ).fetchall()


def asked(tx: Tx, identity_id: int, next_at: int) -> None:
    """The provider has answered."""
    tx.run("UPDATE identity SET profile_next = :at, profile_tries = 0 WHERE id = :id", id=identity_id, at=next_at)


def later(tx: Tx, identity_id: int, at: int) -> None:
    tx.run(
        "UPDATE identity SET profile_next = :at, profile_tries = profile_tries + 1 WHERE id = :id",
        id=identity_id,
        at=at,
    )


def renamed(tx: Tx, contact_id: int, before: str, after: str) -> None:
    """A contact that went by the provider's name goes by the new one; a name people gave stays."""
    if (
        before
        and after
        and before != after
        and tx.run(
            "UPDATE contact SET name = :after, updated_at = :now WHERE id = :id AND name = :before",
            id=contact_id,
            before=before,
            after=after,
            now=tx.now,
        )
    ):
        tx.changed("contact", contact_id)
