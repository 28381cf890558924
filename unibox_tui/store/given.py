"""What a customer handed over about themselves in a form or by a button of the channel, with source and date."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping

from unibox_tui.store.database import Row, Tx


def keep(tx: Tx, identity_id: int, values: Mapping[str, str], source: str, at: int) -> bool:
    """A value that is the same keeps its first date. Returns whether anything is new."""
    new = [
        tx.run(
            "INSERT INTO given (identity_id, name, value, source, at) VALUES (:identity, :name, :value, :source, :at) "
            "ON CONFLICT (identity_id, name) DO UPDATE SET value = excluded.value, source = excluded.source, at = excluded.at "
            "WHERE excluded.value <> given.value AND excluded.at >= given.at",
            identity=identity_id,
            name=name,
            value=value,
            source=source,
            at=at,
        )
        for name, value in values.items()
        if value
    ]
    return any(new)


def of_contacts(db: sqlite3.Connection, contacts: Collection[int]) -> list[Row]:
    """(name, value, source, at) of all identities of these contacts, the newest of each name first."""
    inside = ",".join(str(int(id)) for id in contacts)
    return db.execute(
        "SELECT g.name, g.value, g.source, g.at FROM given g JOIN identity i ON i.id = g.identity_id "
        f"WHERE i.contact_id IN ({inside}) ORDER BY g.at DESC, g.name"
    ).fetchall()


def known(db: sqlite3.Connection, contact: int) -> dict[str, str]:
    """name -> value, the newest of each: what need not be asked again."""
    return {row["name"]: row["value"] for row in reversed(of_contacts(db, [contact]))}
