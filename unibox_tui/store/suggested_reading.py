"""What stands behind a suggestion: the message, and what a contact is called. Reads only."""

from __future__ import annotations

import sqlite3

from unibox_tui.store.database import Row


def message(db: sqlite3.Connection, n: int | None, identity: int | None) -> Row | None:
    """This message; without one the first that came through the identity."""
    where = "m.n = :n" if n is not None else "m.n = (SELECT min(n) FROM message WHERE identity_id = :identity)"
    row: Row | None = db.execute(
        "SELECT m.n, m.id, m.conversation_id, m.sent_at, m.author_kind, substr(b.text, 1, 1000) AS text, b.subject, i.channel, "
        f"i.title AS inbox_title FROM message m JOIN message_body b ON b.n = m.n LEFT JOIN inbox i ON i.id = m.inbox_id WHERE {where}",
        {"n": n, "identity": identity},
    ).fetchone()
    return row


def name(db: sqlite3.Connection, contact: int) -> str:
    """What we call them, else the name or address they wrote from last."""
    row = db.execute(
        "SELECT coalesce(nullif(t.name, ''), (SELECT coalesce(nullif(d.name, ''), d.address) FROM identity d "
        "WHERE d.contact_id = t.id ORDER BY d.last_seen_at DESC, d.id LIMIT 1), '') FROM contact t WHERE t.id = :id",
        {"id": contact},
    ).fetchone()
    return "" if row is None else str(row[0])


def keys(db: sqlite3.Connection, contact: int) -> list[Row]:
    """Keys of a contact, vouched ones first: kind, value, verified, at, and the id of the message it was kept from, if any."""
    return db.execute(
        "SELECT k.kind, k.value, max(k.verified) AS verified, min(k.at) AS at, max(m.id) AS message_id FROM contact_key k "
        "LEFT JOIN message m ON m.n = k.message_n WHERE k.contact_id = :id GROUP BY k.kind, k.value "
        "ORDER BY 3 DESC, k.kind, k.value",
        {"id": contact},
    ).fetchall()
