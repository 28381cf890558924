"""Conversations and messages in batches, as the command line gives them. Reads only."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from unibox_tui.store.database import Row
from unibox_tui.store.reading import marks


def conversations(db: sqlite3.Connection, ids: Sequence[int]) -> dict[int, Row]:
    rows = db.execute(
        "SELECT c.*, coalesce(nullif(t.name, ''), nullif(d.name, ''), d.address, '') AS contact_name FROM conversation c "
        "LEFT JOIN contact t ON t.id = c.contact_id LEFT JOIN identity d ON d.id = c.last_identity_id "
        f"WHERE c.id IN ({marks(ids)})",
        list(ids),
    )
    return {int(row["id"]): row for row in rows}


def labels(db: sqlite3.Connection, ids: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for row in db.execute(
        "SELECT c.conversation_id, l.name FROM conversation_label c JOIN label l ON l.id = c.label_id "
        f"WHERE c.conversation_id IN ({marks(ids)}) ORDER BY l.folded",
        list(ids),
    ):
        found.setdefault(row["conversation_id"], []).append(row["name"])
    return found


def inboxes(db: sqlite3.Connection, ids: Sequence[int]) -> dict[int, list[str]]:
    """Names of every inbox each conversation (with what is joined into it) travelled over, in the order of last use."""
    found: dict[int, list[str]] = {}
    for row in db.execute(
        "WITH RECURSIVE member (root, id) AS ("
        f" SELECT id, id FROM conversation WHERE id IN ({marks(ids)})"
        " UNION SELECT member.root, c.id FROM conversation c JOIN member ON c.joined_into = member.id) "
        "SELECT member.root, i.name, max(v.last_at) AS last_at FROM member "
        "JOIN conversation_inbox v ON v.conversation_id = member.id JOIN inbox i ON i.id = v.inbox_id "
        "GROUP BY member.root, i.id ORDER BY 3, 2",
        list(ids),
    ):
        found.setdefault(row["root"], []).append(row["name"])
    return found


def messages(db: sqlite3.Connection, ns: Sequence[int]) -> dict[int, Row]:
    rows = db.execute(
        "SELECT m.*, b.text, b.hidden_text, b.subject, b.email, b.extra, i.name AS inbox_name, i.channel, "
        "d.name AS identity_name, d.address AS identity_address, t.name AS contact_name, q.id AS answers_id, "
        "coalesce((SELECT min(k.provider_id) FROM message_key k WHERE k.n = m.n AND k.scope = i.name), "
        "(SELECT min(k.provider_id) FROM message_key k WHERE k.n = m.n)) AS provider_id "
        "FROM message m LEFT JOIN message_body b ON b.n = m.n LEFT JOIN inbox i ON i.id = m.inbox_id "
        "LEFT JOIN identity d ON d.id = m.identity_id LEFT JOIN contact t ON t.id = d.contact_id "
        f"LEFT JOIN message q ON q.n = m.answers_n WHERE m.n IN ({marks(ns)})",
        list(ns),
    )
    return {int(row["n"]): row for row in rows}
