"""Canned replies kept in the store; those of the configuration file are read beside them.

One shortcut may be there once for each scope and language.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from unibox_tui.domain.errors import NotFound
from unibox_tui.domain.ids import new_id
from unibox_tui.domain.saying import say
from unibox_tui.store.database import Row, Tx


def all_for(db: sqlite3.Connection, agent: str) -> list[Row]:
    """The team's, the inboxes' and this agent's own, most used first."""
    return db.execute(
        "SELECT * FROM canned WHERE scope IN ('team', :own) OR scope LIKE 'inbox:%' ORDER BY used DESC, shortcut, id",
        {"own": f"agent:{agent}"},
    ).fetchall()


def get(db: sqlite3.Connection, shortcut: str, scope: str, language: str | None) -> Row | None:
    row: Row | None = db.execute(
        "SELECT * FROM canned WHERE shortcut = :shortcut AND scope = :scope AND coalesce(language, '') = :language",
        {"shortcut": shortcut, "scope": scope, "language": language or ""},
    ).fetchone()
    return row


def put(
    tx: Tx,
    shortcut: str,
    text: str,
    *,
    title: str = "",
    language: str | None = None,
    scope: str = "team",
    group: str = "",
    variants: Mapping[str, str] | None = None,
    buttons: Sequence[str] = (),
    files: Sequence[Mapping[str, Any]] = (),
) -> str:
    """Add or replace the one of this shortcut, scope and language; returns its id."""
    old = get(tx.db, shortcut, scope, language)
    id = new_id(tx.now) if old is None else str(old["id"])
    tx.run(
        "INSERT INTO canned (id, shortcut, title, text, language, scope, group_name, variants, buttons, attachments, updated_at) "
        "VALUES (:id, :shortcut, :title, :text, :language, :scope, :group, :variants, :buttons, :files, :now) "
        "ON CONFLICT (id) DO UPDATE SET title = excluded.title, text = excluded.text, group_name = excluded.group_name, "
        "variants = excluded.variants, buttons = excluded.buttons, attachments = excluded.attachments, "
        "updated_at = excluded.updated_at",
        id=id,
        shortcut=shortcut,
        title=title,
        text=text,
        language=language or None,
        scope=scope,
        group=group,
        variants=json.dumps(dict(variants or {}), ensure_ascii=False),
        buttons=json.dumps(list(buttons), ensure_ascii=False),
        files=json.dumps([dict(file) for file in files], ensure_ascii=False),
        now=tx.now,
    )
    tx.changed("canned", id)
    return id


def drop(tx: Tx, shortcut: str, scope: str, language: str | None = None) -> int:
    """Of every language unless one is named; returns how many. Raises NotFound."""
    gone = tx.run(
        "DELETE FROM canned WHERE shortcut = :shortcut AND scope = :scope AND (:language = '' OR language = :language)",
        shortcut=shortcut,
        scope=scope,
        language=language or "",
    )
    if not gone:
        raise NotFound(
            say("There is no canned reply /{shortcut}.", shortcut=shortcut), hint="`unibox canned list` shows them."
        )
    tx.changed("canned", shortcut)
    return gone


def used(tx: Tx, key: str) -> None:
    """Once more. `key`: canned:ID, or file:SHORTCUT of the configuration."""
    kind, _, id = key.partition(":")
    if kind == "canned":
        tx.run("UPDATE canned SET used = used + 1, used_at = :now WHERE id = :id", id=id, now=tx.now)
    elif kind == "file":
        tx.run(
            "INSERT INTO canned_use (key, used, used_at) VALUES (:key, 1, :now) "
            "ON CONFLICT (key) DO UPDATE SET used = canned_use.used + 1, used_at = excluded.used_at",
            key=key,
            now=tx.now,
        )


def uses_of_filed(db: sqlite3.Connection) -> dict[str, int]:
    return {row["key"]: int(row["used"]) for row in db.execute("SELECT key, used FROM canned_use")}


def latest_order(db: sqlite3.Connection, ids: Sequence[int]) -> str:
    """The order code named last in these conversations, or ""."""
    row = db.execute(
        f"SELECT value FROM found WHERE kind = 'order' AND conversation_id IN ({','.join('?' * len(ids))}) "
        "ORDER BY n DESC LIMIT 1",
        list(ids),
    ).fetchone()
    return "" if row is None else str(row[0])
