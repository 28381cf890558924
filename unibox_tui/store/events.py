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
