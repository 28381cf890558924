"""Reading for the agent's own lists: actions that can be undone, conversations that return, whom play mode opens next."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from unibox_tui.store.database import Row


def actions_of(db: sqlite3.Connection, agent: str, limit: int) -> list[Row]:
    return db.execute(
        "SELECT * FROM action WHERE agent = :agent AND EXISTS (SELECT 1 FROM event WHERE event.action_id = action.id) "
        "ORDER BY at DESC, id DESC LIMIT :limit",
        {"agent": agent, "limit": limit},
    ).fetchall()


def snoozed(db: sqlite3.Connection, limit: int) -> list[Row]:
    return db.execute(
        "SELECT c.id, c.snoozed_until, c.snooze_wake_on_reply, c.subject, c.snippet, c.assignee, i.channel, "
        "coalesce(nullif(k.name, ''), d.name, d.address) AS name FROM conversation c INDEXED BY list_snoozed "
        "LEFT JOIN contact k ON k.id = c.contact_id LEFT JOIN identity d ON d.id = c.last_identity_id "
        "LEFT JOIN inbox i ON i.id = c.last_inbox_id "
        "WHERE c.status = 'snoozed' AND c.joined_into IS NULL ORDER BY c.snoozed_until, c.id LIMIT :limit",
        {"limit": limit},
    ).fetchall()


def leaving(db: sqlite3.Connection, ns: Sequence[int]) -> dict[int, int]:
    """Message -> when it goes, of those that are held."""
    rows = db.execute(
        "SELECT o.n, o.not_before FROM json_each(:ns) j CROSS JOIN outbox o WHERE o.n = j.value AND o.state = 'held'",
        {"ns": "[" + ",".join(map(str, ns)) + "]"},
    )
    return {int(row[0]): int(row[1]) for row in rows}


def busy(db: sqlite3.Connection, ids: Sequence[int], agent: str, session: str, fresh_from: int) -> set[int]:
    """Those of `ids` that a colleague, or another screen of this agent, looks at or writes in."""
    rows = db.execute(
        "SELECT DISTINCT p.conversation_id FROM json_each(:ids) j CROSS JOIN presence p "
        "WHERE p.conversation_id = j.value AND p.at > :fresh AND NOT (p.agent = :agent AND p.session = :session)",
        {"ids": "[" + ",".join(map(str, ids)) + "]", "fresh": fresh_from, "agent": agent, "session": session},
    )
    return {int(row[0]) for row in rows}


def owners(db: sqlite3.Connection, ids: Sequence[int]) -> dict[int, str | None]:
    rows = db.execute(
        "SELECT c.id, c.assignee FROM json_each(:ids) j CROSS JOIN conversation c WHERE c.id = j.value",
        {"ids": "[" + ",".join(map(str, ids)) + "]"},
    )
    return {int(row[0]): row[1] for row in rows}
