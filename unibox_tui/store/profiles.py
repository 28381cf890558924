"""Whom the provider shall be asked about next, and what was asked."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence

from unibox_tui.store.database import Row, Tx

AWAY = 9_000_000_000_000_000  # `profile_next` of who has not been here for long: asked about when they are here again


def due(db: sqlite3.Connection, inboxes: Collection[int], now: int, limit: int) -> list[Row]:
    """Identities of these inboxes whose time has come; those never asked about first, then the longest waiting."""
    wanted = ",".join(str(int(id)) for id in inboxes)
    return db.execute(
        f"SELECT * FROM identity WHERE inbox_id IN ({wanted}) AND profile_next <= :now "
        "ORDER BY profile_next, id DESC LIMIT :limit",
        {"now": now, "limit": limit},
    ).fetchall()


def put_by(tx: Tx, ids: Sequence[int]) -> None:
    """They have not been here for long."""
    tx.many("UPDATE identity SET profile_next = :away WHERE id = :id", [{"away": AWAY, "id": id} for id in ids])


def here(tx: Tx, identity_id: int) -> None:
    """They write again."""
    tx.run("UPDATE identity SET profile_next = 0 WHERE id = :id AND profile_next = :away", id=identity_id, away=AWAY)


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
    if before and after and before != after:
        tx.run(
            "UPDATE contact SET name = :after, updated_at = :now WHERE id = :id AND name = :before",
            id=contact_id,
            before=before,
            after=after,
            now=tx.now,
        )
