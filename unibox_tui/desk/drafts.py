"""Drafts: on disk within a second of the last key, back after a lost connection with caret and inbox."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from unibox_tui.store import conversations
from unibox_tui.store import drafts as rows
from unibox_tui.store.database import Tx


@dataclass(frozen=True, slots=True)
class Draft:
    """`mode`: reply or note. `caret`: offset in code points. `options`: cc, subject, attachments … as the composer keeps them."""

    conversation: int
    mode: str
    text: str
    caret: int = 0
    inbox_id: int | None = None
    identity_id: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    updated_at: int = 0


def save(tx: Tx, agent: str, draft: Draft) -> None:
    """An empty one is dropped."""
    rows.save(
        tx,
        agent,
        conversations.root(tx.db, draft.conversation),
        mode=draft.mode,
        text=draft.text,
        caret=draft.caret,
        inbox_id=draft.inbox_id,
        identity_id=draft.identity_id,
        options=draft.options,
    )


def drop(tx: Tx, agent: str, conversation: int) -> None:
    rows.drop(tx, agent, conversations.root(tx.db, conversation))


def load(db: sqlite3.Connection, agent: str, conversation: int) -> Draft | None:
    row = rows.get(db, agent, conversations.root(db, conversation))
    return None if row is None else _draft(row)


def listed(db: sqlite3.Connection, agent: str) -> list[Draft]:
    """All unsent texts of an agent, newest first."""
    return [_draft(row) for row in rows.of_agent(db, agent)]


def _draft(row: sqlite3.Row) -> Draft:
    return Draft(
        conversation=row["conversation_id"],
        mode=row["mode"],
        text=row["text"],
        caret=row["caret"],
        inbox_id=row["inbox_id"],
        identity_id=row["identity_id"],
        options=json.loads(row["options"]),
        updated_at=row["updated_at"],
    )
