"""Actions over many conversations: one row of `action`, written on with every chunk, so that a kill leaves it true."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from unibox_tui.domain.saying import keep
from unibox_tui.store.database import Row, Tx


def begin(tx: Tx, action_id: str, wanted: int) -> None:
    tx.run("UPDATE action SET wanted = :wanted WHERE id = :id", id=action_id, wanted=wanted)


def went_on(tx: Tx, action_id: str, summary: str, done: int, changed: int) -> None:
    """How far it has come, and what it may be called now."""
    tx.run(
        "UPDATE action SET summary = :summary, done = :done, changed = :changed WHERE id = :id",
        id=action_id,
        summary=keep(summary),
        done=done,
        changed=changed,
    )


def drop(tx: Tx, action_id: str) -> None:
    """It changed nothing: there is nothing to take back."""
    tx.run("DELETE FROM action WHERE id = :id AND changed = 0", id=action_id)


def action(db: sqlite3.Connection, action_id: str) -> Row | None:
    row: Row | None = db.execute("SELECT * FROM action WHERE id = :id", {"id": action_id}).fetchone()
    return row


def size(db: sqlite3.Connection, action_id: str) -> int:
    """How many events the action wrote."""
    return int(db.execute("SELECT count(*) FROM event WHERE action_id = :id", {"id": action_id}).fetchone()[0])


def walk(db: sqlite3.Connection, action_id: str, place: int | None, limit: int, *, backwards: bool) -> list[Row]:
    """The events of the action that follow `place` in that direction."""
    sign, order = ("<", "DESC") if backwards else (">", "ASC")
    beyond = "" if place is None else f" AND seq {sign} :place"
    return db.execute(
        f"SELECT * FROM event WHERE action_id = :id{beyond} ORDER BY seq {order} LIMIT :limit",
        {"id": action_id, "place": place, "limit": limit},
    ).fetchall()


def walked(tx: Tx, action_id: str, place: int | None, restored: int, kept: int) -> None:
    """Where an undo or redo stands; `place` None: it has ended."""
    tx.run(
        "UPDATE action SET walked = :place, restored = :restored, kept = :kept WHERE id = :id",
        id=action_id,
        place=place,
        restored=restored,
        kept=kept,
    )


def others_since(db: sqlite3.Connection, event: Row, agent: str) -> list[Row]:
    """What others than `agent` did of the kinds of this event to its conversation after it, as (kind, data)."""
    pair = {"conversation.labelled": "conversation.unlabelled", "conversation.unlabelled": "conversation.labelled"}
    return db.execute(
        "SELECT kind, data FROM event WHERE conversation_id = :conversation AND seq > :seq AND kind IN (:kind, :other) "
        "AND actor IS NOT :agent",
        {
            "conversation": event["conversation_id"],
            "seq": event["seq"],
            "kind": event["kind"],
            "other": pair.get(event["kind"], event["kind"]),
            "agent": agent,
        },
    ).fetchall()


def all_spam(db: sqlite3.Connection, ids: Sequence[int]) -> bool:
    row = db.execute(
        "SELECT 1 FROM json_each(:ids) j CROSS JOIN conversation c WHERE c.id = j.value AND c.spam = 0 LIMIT 1",
        {"ids": "[" + ",".join(map(str, ids)) + "]"},
    ).fetchone()
    return row is None
