"""What the first lines of the panel need. Reads only; each through an index and bounded."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from unibox_tui.store.database import Row
from unibox_tui.store.reading import marks

RECENT = 120  # messages looked at for the usual waiting time


def running(db: sqlite3.Connection, contacts: Sequence[int], shown: int) -> Row | None:
    """The shown conversation unless it is resolved and another is not: then the one touched last."""
    rows = db.execute(
        "SELECT c.id, c.subject, c.snippet, c.status, c.waiting_since, coalesce(a.display, c.assignee) AS owner "
        "FROM conversation c LEFT JOIN agent a ON a.name = c.assignee "
        f"WHERE c.joined_into IS NULL AND (c.id = ? OR (c.contact_id IN ({marks(contacts)}) AND c.status <> 'resolved')) "
        "ORDER BY c.status = 'resolved', c.id <> ?, c.last_at DESC LIMIT 1",
        [shown, *contacts, shown],
    ).fetchall()
    return rows[0] if rows else None


def elsewhere(db: sqlite3.Connection, identities: Sequence[int], but_channel: str, limit: int) -> list[Row]:
    """The last message with the customer on each other channel, the newest first."""
    found: dict[str, Row] = {}
    for identity in identities:
        row = db.execute(
            "SELECT m.n, m.direction, m.received_at, m.conversation_id, i.channel, substr(b.text, 1, 200) AS text, b.subject "
            "FROM message m JOIN inbox i ON i.id = m.inbox_id LEFT JOIN message_body b ON b.n = m.n "
            "WHERE m.identity_id = ? AND m.direction IN ('in', 'out') AND m.state <> 'cancelled' AND i.channel <> ? "
            "ORDER BY m.n DESC LIMIT 1",
            [identity, but_channel],
        ).fetchone()
        if row is not None and (row["channel"] not in found or found[row["channel"]]["n"] < row["n"]):
            found[row["channel"]] = row
    return sorted(found.values(), key=lambda row: -int(row["n"]))[:limit]


def channel_of(db: sqlite3.Connection, conversation: int) -> str:
    row = db.execute(
        "SELECT i.channel FROM conversation c JOIN inbox i ON i.id = c.last_inbox_id WHERE c.id = ?", [conversation]
    ).fetchone()
    return "" if row is None else str(row[0])


def waits(db: sqlite3.Connection, identities: Sequence[int]) -> list[int]:
    """How long this customer waited for each of our latest answers, in ms."""
    rows = db.execute(
        "SELECT direction, author_kind, received_at FROM (SELECT n, direction, author_kind, received_at FROM message "
        f"WHERE identity_id IN ({marks(identities)}) AND direction IN ('in', 'out') AND inert = 0 AND automatic = 0 "
        "AND state NOT IN ('failed', 'cancelled') ORDER BY n DESC LIMIT ?) ORDER BY n",
        [*identities, RECENT],
    ).fetchall()
    found: list[int] = []
    since: int | None = None
    for row in rows:
        if row["direction"] == "in":
            since = since if since is not None else int(row["received_at"])
        elif row["author_kind"] == "agent" and since is not None:
            found.append(max(int(row["received_at"]) - since, 0))
            since = None
    return found
