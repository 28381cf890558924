"""What colleagues do that customers may see: who types an answer to whom, how far messages were read. Reads only."""

from __future__ import annotations

import sqlite3

from unibox_tui.store import conversations
from unibox_tui.store.database import Row


def typing(db: sqlite3.Connection, since: int) -> list[Row]:
    """(inbox_id, identity_id, address) an agent types an answer to: where the customer wrote from last."""
    return db.execute(
        "SELECT DISTINCT i.inbox_id, i.id AS identity_id, i.address FROM presence p "
        "JOIN conversation c ON c.id = p.conversation_id JOIN identity i ON i.id = c.last_identity_id "
        "WHERE p.doing = 'typing' AND p.at >= :since AND p.session NOT LIKE 'visitor:%'",
        {"since": since},
    ).fetchall()


def read_since(db: sqlite3.Connection, since: int) -> list[Row]:
    """(conversation_id, n, at): how far agents have read since that moment, the furthest of each conversation."""
    return db.execute(
        "SELECT conversation_id, max(n) AS n, max(at) AS at FROM read_marker WHERE at >= :since GROUP BY 1",
        {"since": since},
    ).fetchall()


def last_read(db: sqlite3.Connection, conversation: int, n: int) -> Row | None:
    """(n, inbox_id, identity_id, address, provider_id) of the customer's newest message up to `n`."""
    ids = ",".join(str(id) for id in conversations.members(db, conversation))
    row: Row | None = db.execute(
        "SELECT m.n, m.inbox_id, m.identity_id, i.address, "
        "(SELECT provider_id FROM message_key k WHERE k.n = m.n LIMIT 1) AS provider_id "
        "FROM message m JOIN identity i ON i.id = m.identity_id "
        f"WHERE m.conversation_id IN ({ids}) AND m.direction = 'in' AND m.n <= :n ORDER BY m.n DESC LIMIT 1",
        {"n": n},
    ).fetchone()
    return row
