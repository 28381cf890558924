"""What a check before sending compares with. Reads only."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from unibox_tui.store.reading import marks

_RECENT = 400


def names_of_others(db: sqlite3.Connection, contacts: Sequence[int]) -> list[str]:
    """Names of the customers who were here last, but for these."""
    rows = db.execute(
        "SELECT DISTINCT t.name FROM (SELECT contact_id FROM conversation WHERE joined_into IS NULL "
        "ORDER BY last_at DESC LIMIT :recent) c JOIN contact t ON t.id = c.contact_id "
        f"WHERE t.name <> '' AND t.id NOT IN ({','.join(str(int(id)) for id in contacts)})",
        {"recent": _RECENT},
    )
    return [str(row[0]) for row in rows]


def names_of(db: sqlite3.Connection, contacts: Sequence[int]) -> list[str]:
    """All these contacts go by, what we call them first."""
    rows = db.execute(
        f"SELECT name, 0 AS place FROM contact WHERE id IN ({marks(contacts)}) UNION ALL "
        f"SELECT name, 1 FROM identity WHERE contact_id IN ({marks(contacts)}) ORDER BY place",
        [*contacts, *contacts],
    )
    return list(dict.fromkeys(str(row[0]) for row in rows if row[0]))


def phones_of(db: sqlite3.Connection, contacts: Sequence[int], conversations: Sequence[int]) -> list[str]:
    """Telephones they stated or wrote in these conversations, as normalised."""
    rows = db.execute(
        "SELECT coalesce(nullif(norm, ''), value) FROM contact_key WHERE kind = 'phone' "
        f"AND contact_id IN ({marks(contacts)}) UNION SELECT value FROM found WHERE kind = 'phone' "
        f"AND conversation_id IN ({marks(conversations)}) UNION SELECT address FROM identity WHERE kind = 'phone' "
        f"AND contact_id IN ({marks(contacts)})",
        [*contacts, *conversations, *contacts],
    )
    return [str(row[0]) for row in rows]


def our_phones(db: sqlite3.Connection) -> list[str]:
    """Addresses of our inboxes that are telephone numbers."""
    return [
        str(row[0]) for row in db.execute("SELECT address FROM inbox WHERE address GLOB '*[0-9][0-9][0-9][0-9][0-9]*'")
    ]
