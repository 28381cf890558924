"""Reactions of ours on their way out. A reaction may be sent any number of times, so one of unknown fate is sent again."""

from __future__ import annotations

import sqlite3

from unibox_tui.store import messages
from unibox_tui.store.database import Row, Tx

OURS = "unibox:us"  # who reacted, in the table of reactions


def want(tx: Tx, n: int, emoji: str, agent: str) -> None:
    """Shown at once as ours; owed until the provider has it. The last one wanted counts."""
    messages.react(tx, n, OURS, emoji, tx.now)
    tx.run(
        "INSERT INTO reaction_owed (n, emoji, state, version, due_at, agent, at) VALUES (:n, :emoji, 'queued', 1, :now, :agent, "
        ":now) ON CONFLICT (n) DO UPDATE SET emoji = excluded.emoji, state = 'queued', version = reaction_owed.version + 1, "
        "tries = 0, due_at = excluded.due_at, reason = NULL, agent = excluded.agent, at = excluded.at",
        n=n,
        emoji=emoji,
        agent=agent,
        now=tx.now,
    )
    tx.changed("reaction", n)
    _touch(tx, n)


def due(db: sqlite3.Connection, now: int, limit: int) -> list[Row]:
    """With the inbox and address of the message they belong to."""
    return db.execute(
        "SELECT r.*, m.inbox_id, i.address, (SELECT provider_id FROM message_key k WHERE k.n = r.n LIMIT 1) AS provider_id "
        "FROM reaction_owed r JOIN message m ON m.n = r.n LEFT JOIN identity i ON i.id = m.identity_id "
        "WHERE r.state = 'queued' AND r.due_at <= :now ORDER BY r.due_at LIMIT :limit",
        {"now": now, "limit": limit},
    ).fetchall()


def done(tx: Tx, row: Row) -> None:
    """The provider has it, unless another was wanted meanwhile."""
    if tx.run("DELETE FROM reaction_owed WHERE n = :n AND version = :version", n=row["n"], version=row["version"]):
        _touch(tx, row["n"])


def later(tx: Tx, row: Row, at: int, reason: str) -> None:
    tx.run(
        "UPDATE reaction_owed SET tries = tries + 1, due_at = :at, reason = :reason WHERE n = :n AND version = :version",
        n=row["n"],
        version=row["version"],
        at=at,
        reason=reason,
    )


def fail(tx: Tx, row: Row, reason: str) -> None:
    """It will never be taken; it stays in sight as such until another is chosen."""
    if tx.run(
        "UPDATE reaction_owed SET state = 'failed', reason = :reason WHERE n = :n AND version = :version",
        n=row["n"],
        version=row["version"],
        reason=reason,
    ):
        _touch(tx, row["n"])


def of_messages(db: sqlite3.Connection, ns: list[int]) -> dict[int, Row]:
    rows = db.execute(f"SELECT * FROM reaction_owed WHERE n IN ({','.join(str(int(n)) for n in ns)})")
    return {int(row["n"]): row for row in rows}


def _touch(tx: Tx, n: int) -> None:
    conversation = tx.value("SELECT conversation_id FROM message WHERE n = :n", n=n)
    if conversation is not None:
        tx.changed("conversation", conversation)
