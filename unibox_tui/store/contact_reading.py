"""What is known of the customer behind a conversation, and where they can be reached. Reads only."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from unibox_tui.store import messages
from unibox_tui.store.database import Row
from unibox_tui.store.reading import marks


def contacts_of(db: sqlite3.Connection, ids: Sequence[int]) -> list[int]:
    """The contacts of these conversations, merged ones followed to who they are now."""
    rows = db.execute(
        "WITH RECURSIVE who (id, next) AS ("
        " SELECT t.id, t.merged_into FROM contact t JOIN conversation c ON c.contact_id = t.id"
        f" WHERE c.id IN ({marks(ids)})"
        " UNION SELECT t.id, t.merged_into FROM contact t JOIN who ON t.id = who.next) "
        "SELECT id FROM who WHERE next IS NULL ORDER BY id",
        list(ids),
    )
    return [int(row["id"]) for row in rows]


def identities(db: sqlite3.Connection, contacts: Sequence[int]) -> list[Row]:
    """Identities with their inbox, last seen first; those of removed inboxes too (`inbox_state` tells)."""
    return db.execute(
        "SELECT d.*, i.name AS inbox_name, i.title AS inbox_title, i.channel, i.state AS inbox_state, i.group_name, "
        "i.capabilities FROM identity d JOIN inbox i ON i.id = d.inbox_id "
        f"WHERE d.contact_id IN ({marks(contacts)}) ORDER BY d.last_seen_at DESC, d.id",
        list(contacts),
    ).fetchall()


def keys(db: sqlite3.Connection, contacts: Sequence[int]) -> list[Row]:
    """What the customer stated or a channel vouched for: (kind, value, verified, since when, by which message), newest first."""
    return db.execute(
        "SELECT kind, value, max(verified) AS verified, max(at) AS at, min(at) AS since, max(message_n) AS n FROM contact_key "
        f"WHERE contact_id IN ({marks(contacts)}) GROUP BY kind, value ORDER BY verified DESC, at DESC, value",
        list(contacts),
    ).fetchall()


def group_inboxes(db: sqlite3.Connection, group: str) -> list[Row]:
    return db.execute(
        "SELECT * FROM inbox WHERE group_name = :group AND state <> 'removed' ORDER BY id", {"group": group}
    ).fetchall()


def last_identity(db: sqlite3.Connection, ids: Sequence[int]) -> int | None:
    """Whom the customer wrote as last; when they never wrote, whom we wrote to."""
    row = db.execute(
        f"SELECT coalesce((SELECT identity_id FROM message WHERE conversation_id IN ({marks(ids)}) "
        " AND direction = 'in' AND identity_id IS NOT NULL ORDER BY n DESC LIMIT 1), "
        f"(SELECT identity_id FROM message WHERE conversation_id IN ({marks(ids)}) "
        " AND identity_id IS NOT NULL ORDER BY n DESC LIMIT 1))",
        [*ids, *ids],
    ).fetchone()
    return None if row[0] is None else int(row[0])


def email_answered(db: sqlite3.Connection, ids: Sequence[int], identity: int) -> str | None:
    """The `email` JSON of the message that an answer to this identity answers: its newest, else our newest to it."""
    n = messages.last_of_identity(db, list(ids), identity)
    email: str | None = None if n is None else messages.get(db, n)["email"]
    return email


def contact_labels(db: sqlite3.Connection, contacts: Sequence[int]) -> list[Row]:
    return db.execute(
        "SELECT DISTINCT l.id, l.name, l.colour, l.folded FROM contact_label c JOIN label l ON l.id = c.label_id "
        f"WHERE c.contact_id IN ({marks(contacts)}) ORDER BY l.folded",
        list(contacts),
    ).fetchall()


def found(db: sqlite3.Connection, ids: Sequence[int], limit: int) -> list[Row]:
    """Codes, phones … read out of the texts (kind, value, confidence), newest first."""
    return db.execute(
        "SELECT kind, value, confidence, max(n) AS n FROM found "
        f"WHERE conversation_id IN ({marks(ids)}) GROUP BY kind, value ORDER BY 4 DESC LIMIT ?",
        [*ids, limit],
    ).fetchall()


def ends(db: sqlite3.Connection, identities: Sequence[int]) -> dict[int, tuple[int, int]]:
    """identity -> (n of the first message from it, n of the last), for those that wrote."""
    rows = db.execute(
        "SELECT d.id, (SELECT n FROM message WHERE identity_id = d.id AND direction = 'in' ORDER BY n LIMIT 1) AS first, "
        "(SELECT n FROM message WHERE identity_id = d.id AND direction = 'in' ORDER BY n DESC LIMIT 1) AS last "
        f"FROM identity d WHERE d.id IN ({marks(identities)})",
        list(identities),
    )
    return {int(row["id"]): (int(row["first"]), int(row["last"])) for row in rows if row["first"] is not None}


def sources(db: sqlite3.Connection, ns: Sequence[int]) -> dict[int, Row]:
    """n -> where a message is and how it begins."""
    rows = db.execute(
        "SELECT m.n, m.conversation_id, m.sent_at, i.channel, substr(b.text, 1, 400) AS text, b.subject FROM message m "
        "JOIN message_body b ON b.n = m.n LEFT JOIN inbox i ON i.id = m.inbox_id "
        f"WHERE m.n IN ({marks(ns)})",
        list(ns),
    )
    return {int(row["n"]): row for row in rows}


def others(db: sqlite3.Connection, contacts: Sequence[int], root: int, limit: int) -> list[Row]:
    """Their other conversations, newest first."""
    return db.execute(
        "SELECT c.id, c.subject, c.snippet, c.status, c.last_at, i.channel FROM conversation c "
        "LEFT JOIN inbox i ON i.id = c.last_inbox_id "
        f"WHERE c.contact_id IN ({marks(contacts)}) AND c.joined_into IS NULL AND c.id <> ? "
        "ORDER BY c.last_at DESC LIMIT ?",
        [*contacts, root, limit],
    ).fetchall()


def conversation_count(db: sqlite3.Connection, contacts: Sequence[int]) -> int:
    return int(
        db.execute(
            f"SELECT count(*) FROM conversation WHERE contact_id IN ({marks(contacts)}) AND joined_into IS NULL",
            list(contacts),
        ).fetchone()[0]
    )


def looking(db: sqlite3.Connection, ids: Sequence[int], me: str, since: int) -> list[Row]:
    """Colleagues who had this conversation open since then (agent, display, typing, at); never its visitor."""
    return db.execute(
        "SELECT p.agent, coalesce(a.display, p.agent) AS display, max(p.doing = 'typing') AS typing, max(p.at) AS at "
        "FROM presence p LEFT JOIN agent a ON a.name = p.agent "
        f"WHERE p.conversation_id IN ({marks(ids)}) AND p.at > ? AND p.agent <> ? AND p.doing <> 'idle' "
        "AND p.session NOT LIKE 'visitor:%' "
        "GROUP BY p.agent ORDER BY display",
        [*ids, since, me],
    ).fetchall()
