"""What is known of helpdesks upstream: their conversations, how those stood there, and what of ours they have heard."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from unibox_tui.domain.inbound import Upstream
from unibox_tui.domain.words import Priority, Status
from unibox_tui.store import conversations
from unibox_tui.store.database import Row, Tx

# -- threads --------------------------------------------------------------------------------------------------------------


def thread(db: sqlite3.Connection, inbox: int, address: str) -> Row | None:
    row: Row | None = db.execute(
        "SELECT * FROM mirror_thread WHERE inbox_id = :inbox AND thread = :thread", {"inbox": inbox, "thread": address}
    ).fetchone()
    return row


def bind(tx: Tx, inbox: int, address: str, conversation: int) -> None:
    tx.run(
        "INSERT INTO mirror_thread (inbox_id, thread, conversation_id) VALUES (:inbox, :thread, :conversation) "
        "ON CONFLICT DO NOTHING",
        inbox=inbox,
        thread=address,
        conversation=conversation,
    )


def threads_of(db: sqlite3.Connection, inbox: int, conversation: int) -> list[Row]:
    """Those that are shown inside this conversation."""
    marks = ",".join("?" * len(members := conversations.members(db, conversation)))
    return db.execute(
        f"SELECT * FROM mirror_thread WHERE inbox_id = ? AND conversation_id IN ({marks}) ORDER BY thread",
        [inbox, *members],
    ).fetchall()


def threads_of_contact(db: sqlite3.Connection, inbox: int, contact: int) -> list[Row]:
    """Those of a customer's identities."""
    return db.execute(
        "SELECT t.* FROM identity i JOIN mirror_thread t ON t.inbox_id = i.inbox_id AND t.thread = i.address "
        "WHERE i.contact_id = :contact AND i.inbox_id = :inbox ORDER BY t.at DESC, t.thread",
        {"contact": contact, "inbox": inbox},
    ).fetchall()


def threads_of_key(db: sqlite3.Connection, inbox: int, key: str) -> list[Row]:
    """Those of the customer with this platform word, with whose they are (contact_id)."""
    return db.execute(
        "SELECT t.*, i.contact_id FROM contact_key k JOIN identity i ON i.id = k.identity_id "
        "JOIN mirror_thread t ON t.inbox_id = i.inbox_id AND t.thread = i.address "
        "WHERE k.kind = 'platform' AND k.value = :key AND i.inbox_id = :inbox ORDER BY t.at DESC, t.thread",
        {"key": key, "inbox": inbox},
    ).fetchall()


def states(db: sqlite3.Connection, conversations: Sequence[int]) -> list[Upstream]:
    """How these conversations stand at helpdesks, the latest word last."""
    marks = ",".join("?" * len(conversations))
    rows = db.execute(
        f"SELECT theirs FROM mirror_thread WHERE conversation_id IN ({marks}) ORDER BY at, thread", list(conversations)
    )
    return [loads(row["theirs"]) for row in rows]


def heard(tx: Tx, inbox: int, address: str, state: Upstream, at: int | None = None) -> None:
    """It stands so there now. `at`: by its own clock; None: we made it so."""
    tx.run(
        "UPDATE mirror_thread SET theirs = :theirs, at = max(at, :at) WHERE inbox_id = :inbox AND thread = :thread",
        theirs=dumps(state),
        at=at or 0,
        inbox=inbox,
        thread=address,
    )


def dumps(state: Upstream) -> str:
    said: dict[str, Any] = {
        "status": state.status and str(state.status),
        "until": state.until,
        "labels": None if state.labels is None else sorted(state.labels),
        "assignee": state.assignee,
        "priority": state.priority and str(state.priority),
        "who": state.who or None,
        "customer": None if state.customer is None else dict(state.customer),
        "team": state.team,
        "fields": None if state.fields is None else dict(state.fields),
    }
    return json.dumps({key: value for key, value in said.items() if value is not None}, ensure_ascii=False)


def loads(text: str) -> Upstream:
    said = json.loads(text)
    return Upstream(
        Status(said["status"]) if "status" in said else None,
        said.get("until"),
        tuple(said["labels"]) if "labels" in said else None,
        said.get("assignee"),
        Priority(said["priority"]) if "priority" in said else None,
        said.get("who", ""),
        said.get("customer"),
        said.get("team"),
        said.get("fields"),
    )


# -- what of ours they have heard -----------------------------------------------------------------------------------------


def cursor(db: sqlite3.Connection, inbox: int) -> Row | None:
    row: Row | None = db.execute("SELECT * FROM mirror_cursor WHERE inbox_id = :inbox", {"inbox": inbox}).fetchone()
    return row


def head(db: sqlite3.Connection) -> int:
    row = db.execute("SELECT max(seq) FROM event").fetchone()
    return int(row[0] or 0)


def move(tx: Tx, inbox: int, seq: int) -> None:
    """Everything up to `seq` is so there, or is none of its business."""
    _put(tx, inbox, seq, 0, None, None, None)


def failed(tx: Tx, inbox: int, row: Row, retry_at: int, error: str) -> None:
    _put(tx, inbox, row["seq"], row["attempts"] + 1, retry_at, row["leaving_n"], error)


def leaving(tx: Tx, inbox: int, n: int) -> None:
    tx.run("UPDATE mirror_cursor SET leaving_n = :n WHERE inbox_id = :inbox", n=n, inbox=inbox)


def _put(tx: Tx, inbox: int, seq: int, attempts: int, retry_at: int | None, n: int | None, error: str | None) -> None:
    tx.run(
        "INSERT INTO mirror_cursor (inbox_id, seq, attempts, retry_at, leaving_n, error, updated_at) "
        "VALUES (:inbox, :seq, :attempts, :retry, :n, :error, :now) ON CONFLICT (inbox_id) DO UPDATE SET "
        "seq = excluded.seq, attempts = excluded.attempts, retry_at = excluded.retry_at, leaving_n = excluded.leaving_n, "
        "error = excluded.error, updated_at = excluded.updated_at",
        inbox=inbox,
        seq=seq,
        attempts=attempts,
        retry=retry_at,
        n=n,
        error=error,
        now=tx.now,
    )


def news(db: sqlite3.Connection, seq: int, limit: int) -> list[Row]:
    """What was decided or noted about conversations and customers after `seq`."""
    return db.execute(
        "SELECT seq, at, kind, conversation_id, contact_id, message_n, data FROM event WHERE seq > :seq "
        "AND ((conversation_id IS NOT NULL AND (kind = 'note.written' OR kind LIKE 'conversation.%')) "
        "OR (contact_id IS NOT NULL AND kind = 'contact.changed')) ORDER BY seq LIMIT :limit",
        {"seq": seq, "limit": limit},
    ).fetchall()


def own_note(db: sqlite3.Connection, ref: str) -> int | None:
    """Our note of this public id."""
    row = db.execute("SELECT n FROM message WHERE id = :id AND direction = 'note'", {"id": ref}).fetchone()
    return None if row is None else int(row[0])


def has_key(db: sqlite3.Connection, scope: str, n: int) -> bool:
    """Whether it is known there."""
    return (
        db.execute(
            "SELECT 1 FROM message_key WHERE n = :n AND scope = :scope LIMIT 1", {"n": n, "scope": scope}
        ).fetchone()
        is not None
    )


# -- canned replies -------------------------------------------------------------------------------------------------------


def canned_base(db: sqlite3.Connection, inbox: int) -> list[Row]:
    return db.execute("SELECT * FROM mirror_canned WHERE inbox_id = :inbox", {"inbox": inbox}).fetchall()


def canned_ours(db: sqlite3.Connection, scope: str) -> list[Row]:
    """Those of the inbox, in whatever language is not named."""
    return db.execute(
        "SELECT shortcut, text FROM canned WHERE scope = :scope AND coalesce(language, '') = ''", {"scope": scope}
    ).fetchall()


def keep_canned(tx: Tx, inbox: int, rows: Sequence[tuple[str, str, str]]) -> None:
    """(id there, shortcut, text) of all that both have now."""
    tx.run("DELETE FROM mirror_canned WHERE inbox_id = :inbox", inbox=inbox)
    for external, shortcut, text in rows:
        tx.run(
            "INSERT INTO mirror_canned (inbox_id, external_id, shortcut, text) VALUES (:inbox, :id, :shortcut, :text)",
            inbox=inbox,
            id=external,
            shortcut=shortcut,
            text=text,
        )
