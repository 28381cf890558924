"""The durable log of what happened, and the actions agents can undo."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from unibox_tui.domain.ids import new_id
from unibox_tui.domain.words import Author
from unibox_tui.store.database import Row, Tx


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something, through what (`cause`), and as part of which undoable action."""

    kind: Author
    name: str | None = None
    cause: str = ""
    action_id: str | None = None

    @property
    def agent(self) -> str:
        if self.kind is not Author.AGENT or self.name is None:
            raise ValueError("this actor is no agent")
        return self.name


SYSTEM = Actor(Author.SYSTEM)


def record(
    tx: Tx,
    actor: Actor,
    kind: str,
    *,
    conversation: int | None = None,
    contact: int | None = None,
    inbox: int | None = None,
    message: int | None = None,
    data: Mapping[str, Any] | None = None,
) -> int:
    """Append one event; returns its seq."""
    row = tx.one(
        "INSERT INTO event (at, kind, actor_kind, actor, conversation_id, contact_id, inbox_id, message_n, action_id, cause, data) "
        "VALUES (:at, :kind, :actor_kind, :actor, :conversation, :contact, :inbox, :message, :action, :cause, :data) RETURNING seq",
        at=tx.now,
        kind=kind,
        actor_kind=str(actor.kind),
        actor=actor.name,
        conversation=conversation,
        contact=contact,
        inbox=inbox,
        message=message,
        action=actor.action_id,
        cause=actor.cause or None,
        data=json.dumps(dict(data or {}), ensure_ascii=False, separators=(",", ":")),
    )
    assert row is not None
    return int(row[0])


def start_action(tx: Tx, agent: str, name: str, summary: str) -> str:
    """Begin one undoable action of an agent; the id goes into the Actor of its events."""
    id = new_id(tx.now)
    tx.run(
        "INSERT INTO action (id, agent, at, name, summary) VALUES (:id, :agent, :at, :name, :summary)",
        id=id,
        agent=agent,
        at=tx.now,
        name=name,
        summary=summary,
    )
    return id


def of_conversation(db: sqlite3.Connection, conversation_ids: list[int]) -> list[Row]:
    marks = ",".join("?" * len(conversation_ids))
    return db.execute(
        f"SELECT * FROM event WHERE conversation_id IN ({marks}) ORDER BY seq", conversation_ids
    ).fetchall()


def last_of(db: sqlite3.Connection, conversation: int, kind: str) -> Row | None:
    """The newest event of this kind in the conversation."""
    row: Row | None = db.execute(
        "SELECT * FROM event WHERE conversation_id = :conversation AND kind = :kind ORDER BY seq DESC LIMIT 1",
        {"conversation": conversation, "kind": kind},
    ).fetchone()
    return row


def of_action(db: sqlite3.Connection, action_id: str) -> list[Row]:
    return db.execute("SELECT * FROM event WHERE action_id = :id ORDER BY seq", {"id": action_id}).fetchall()


def find_action(tx: Tx, agent: str, action_id: str | None, *, undone: bool) -> Row | None:
    """The named action of this agent, else its last that is (not) undone; for redo the one undone last. One that
    changed nothing is none."""
    if action_id is not None:
        return tx.one(
            "SELECT * FROM action WHERE id = :id AND agent = :agent AND (undone_at IS NOT NULL) = :undone",
            id=action_id,
            agent=agent,
            undone=int(undone),
        )
    order = "undone_at DESC, id" if undone else "at DESC, id DESC"
    return tx.one(
        "SELECT * FROM action WHERE agent = :agent AND (undone_at IS NOT NULL) = :undone "
        f"AND EXISTS (SELECT 1 FROM event WHERE event.action_id = action.id) ORDER BY {order} LIMIT 1",
        agent=agent,
        undone=int(undone),
    )


def mark_undone(tx: Tx, action_id: str, undone: bool) -> None:
    tx.run("UPDATE action SET undone_at = :at WHERE id = :id", id=action_id, at=tx.now if undone else None)


def actions_of(db: sqlite3.Connection, agent: str, limit: int = 100) -> list[Row]:
    """What this agent did, newest first."""
    return db.execute(
        "SELECT * FROM action WHERE agent = :agent ORDER BY at DESC, id DESC LIMIT :limit",
        {"agent": agent, "limit": limit},
    ).fetchall()
