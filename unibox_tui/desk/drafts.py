"""Drafts: on disk within a second of the last key, back after a lost connection with caret and inbox.

An answer and a note in one conversation are kept side by side; a first message waits under NOWHERE, as it has none yet.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from unibox_tui.store import conversations
from unibox_tui.store import drafts as rows
from unibox_tui.store.database import Tx

NOWHERE = 0  # the conversation of a message that begins one


@dataclass(frozen=True, slots=True)
class Draft:
    """`mode`: reply, note, forward, new. `caret`: offset in code points. `options`: cc, subject, attachments … as the composer keeps them."""

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
        _home(tx.db, draft.conversation),
        mode=draft.mode,
        text=draft.text,
        caret=draft.caret,
        inbox_id=draft.inbox_id,
        identity_id=draft.identity_id,
        options=draft.options,
    )


def drop(tx: Tx, agent: str, conversation: int, mode: str) -> None:
    rows.drop(tx, agent, _home(tx.db, conversation), mode)


def load(db: sqlite3.Connection, agent: str, conversation: int, mode: str | None = None) -> Draft | None:
    """The draft of that kind; without a kind, the one written last."""
    row = rows.get(db, agent, _home(db, conversation), mode)
    return None if row is None else _draft(row)


def _home(db: sqlite3.Connection, conversation: int) -> int:
    return NOWHERE if conversation == NOWHERE else conversations.root(db, conversation)


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
