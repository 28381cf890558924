"""Presence and read markers. Presence never rings: it is read beside what rings anyway."""

from __future__ import annotations

import sqlite3

from unibox_tui.store.database import Row, Tx

FRESH_MS = 60_000


def present(tx: Tx, agent: str, session: str, conversation: int | None, doing: str) -> None:
    tx.run(
        "INSERT INTO presence (agent, session, conversation_id, doing, at) VALUES (:agent, :session, :id, :doing, :now) "
        "ON CONFLICT (agent, session) DO UPDATE SET conversation_id = excluded.conversation_id, doing = excluded.doing, "
        "at = excluded.at",
        agent=agent,
        session=session,
        id=conversation,
        doing=doing,
        now=tx.now,
    )


def gone(tx: Tx, agent: str, session: str) -> None:
    tx.run("DELETE FROM presence WHERE agent = :agent AND session = :session", agent=agent, session=session)


def lost(db: sqlite3.Connection, now: int) -> list[Row]:
    """Agents whose app went without a word while it had a conversation open: `agent, session, conversation_id, at`, and
    `opened_at` (None: not known)."""
    return db.execute(
        "SELECT p.agent, p.session, p.conversation_id, p.at, (SELECT max(e.at) FROM event e WHERE e.conversation_id = "
        "p.conversation_id AND e.kind = 'agent.opened' AND json_extract(e.data, '$.session') = p.session) AS opened_at "
        "FROM presence p JOIN agent a ON a.name = p.agent "
        "WHERE p.at < :old AND p.conversation_id IS NOT NULL",
        {"old": now - 10 * FRESH_MS},
    ).fetchall()


def drop_stale(tx: Tx) -> int:
    return tx.run("DELETE FROM presence WHERE at < :old", old=tx.now - 10 * FRESH_MS)


def here(db: sqlite3.Connection, conversation: int, now: int) -> list[Row]:
    """Who is in a conversation now."""
    return db.execute(
        "SELECT * FROM presence WHERE conversation_id = :id AND at > :fresh ORDER BY agent",
        {"id": conversation, "fresh": now - FRESH_MS},
    ).fetchall()


def mark_read(tx: Tx, agent: str, conversation: int, n: int) -> None:
    tx.run(
        "INSERT INTO read_marker (agent, conversation_id, n, at) VALUES (:agent, :id, :n, :now) "
        "ON CONFLICT (agent, conversation_id) DO UPDATE SET n = excluded.n, at = excluded.at WHERE excluded.n > read_marker.n",
        agent=agent,
        id=conversation,
        n=n,
        now=tx.now,
    )


def marker(db: sqlite3.Connection, agent: str, conversation: int) -> int | None:
    row = db.execute(
        "SELECT n FROM read_marker WHERE agent = :agent AND conversation_id = :id", {"agent": agent, "id": conversation}
    ).fetchone()
    return None if row is None else int(row[0])
