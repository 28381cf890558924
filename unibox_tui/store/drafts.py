"""Unsent text per agent, conversation and kind (reply, note, forward, new). Never rings: nobody else waits for it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from unibox_tui.store.database import Row, Tx


def save(
    tx: Tx,
    agent: str,
    conversation: int,
    *,
    mode: str,
    text: str,
    caret: int,
    inbox_id: int | None,
    identity_id: int | None,
    options: Mapping[str, Any],
) -> None:
    """An empty one without options is dropped."""
    if not text.strip() and not options:
        drop(tx, agent, conversation, mode)
        return
    tx.run(
        "INSERT INTO draft (agent, conversation_id, mode, text, caret, inbox_id, identity_id, options, updated_at) "
        "VALUES (:agent, :id, :mode, :text, :caret, :inbox, :identity, :options, :now) ON CONFLICT (agent, conversation_id, mode) "
        "DO UPDATE SET text = excluded.text, caret = excluded.caret, inbox_id = excluded.inbox_id, "
        "identity_id = excluded.identity_id, options = excluded.options, updated_at = excluded.updated_at",
        agent=agent,
        id=conversation,
        mode=mode,
        text=text,
        caret=caret,
        inbox=inbox_id,
        identity=identity_id,
        options=json.dumps(dict(options), ensure_ascii=False),
        now=tx.now,
    )


def get(db: sqlite3.Connection, agent: str, conversation: int, mode: str | None = None) -> Row | None:
    """The one of that kind; without a kind, the one written last."""
    row: Row | None = db.execute(
        "SELECT * FROM draft WHERE agent = :agent AND conversation_id = :id AND (:mode IS NULL OR mode = :mode) "
        "ORDER BY updated_at DESC, mode DESC LIMIT 1",
        {"agent": agent, "id": conversation, "mode": mode},
    ).fetchone()
    return row


def drop(tx: Tx, agent: str, conversation: int, mode: str) -> None:
    tx.run(
        "DELETE FROM draft WHERE agent = :agent AND conversation_id = :id AND mode = :mode",
        agent=agent,
        id=conversation,
        mode=mode,
    )


def of_agent(db: sqlite3.Connection, agent: str) -> list[Row]:
    return db.execute("SELECT * FROM draft WHERE agent = :agent ORDER BY updated_at DESC", {"agent": agent}).fetchall()
