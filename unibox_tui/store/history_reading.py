"""The whole trail of a conversation: its events and its messages. Reads only."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from unibox_tui.store.database import Row
from unibox_tui.store.reading import QUOTED, marks


def events(db: sqlite3.Connection, ids: Sequence[int]) -> list[Row]:
    """Events of these conversations and of their messages, in the order they were written."""
    return db.execute(
        "SELECT e.*, a.display AS agent_display, i.title AS inbox_title, i.name AS inbox_name, t.name AS contact_name, "
        "x.summary AS action_summary, x.undone_at FROM event e "
        "LEFT JOIN agent a ON e.actor_kind = 'agent' AND a.name = e.actor "
        "LEFT JOIN inbox i ON i.id = e.inbox_id LEFT JOIN contact t ON t.id = e.contact_id "
        "LEFT JOIN action x ON x.id = e.action_id "
        f"WHERE e.conversation_id IN ({marks(ids)}) ORDER BY e.seq",
        list(ids),
    ).fetchall()


def messages(db: sqlite3.Connection, ids: Sequence[int]) -> list[Row]:
    """Every message, note and activity with the beginning of its text, ascending by n."""
    return db.execute(
        f"SELECT m.*, substr(b.text, 1, {QUOTED}) AS beginning, b.subject, b.extra, i.title AS inbox_title, "
        "i.name AS inbox_name, d.name AS identity_name, d.address AS identity_address, t.name AS contact_name, "
        "a.display AS agent_display, "
        "(SELECT f.name FROM attachment f WHERE f.n = m.n ORDER BY f.position LIMIT 1) AS file_name "
        "FROM message m LEFT JOIN message_body b ON b.n = m.n LEFT JOIN inbox i ON i.id = m.inbox_id "
        "LEFT JOIN identity d ON d.id = m.identity_id LEFT JOIN contact t ON t.id = d.contact_id "
        "LEFT JOIN agent a ON m.author_kind = 'agent' AND a.name = m.author "
        f"WHERE m.conversation_id IN ({marks(ids)}) ORDER BY m.n",
        list(ids),
    ).fetchall()
