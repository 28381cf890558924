"""Canned replies kept in the store; those of the configuration file are read beside them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from unibox_tui.domain.errors import NotFound
from unibox_tui.domain.ids import new_id
from unibox_tui.domain.saying import say
from unibox_tui.store.database import Row, Tx


def all_for(db: sqlite3.Connection, agent: str) -> list[Row]:
    """The team's and this agent's own, most used first."""
    return db.execute(
        "SELECT * FROM canned WHERE scope IN ('team', :own) ORDER BY used DESC, shortcut", {"own": f"agent:{agent}"}
    ).fetchall()


def put(
    tx: Tx,
    shortcut: str,
    text: str,
    *,
    title: str = "",
    language: str | None = None,
    scope: str = "team",
    attachments: Sequence[str] = (),
) -> str:
    """Add or replace the one of this shortcut and scope; returns its id."""
    old = tx.value(
        "SELECT id FROM canned WHERE shortcut = :shortcut AND scope = :scope", shortcut=shortcut, scope=scope
    )
    id = old or new_id(tx.now)
    tx.run(
        "INSERT INTO canned (id, shortcut, title, text, language, scope, attachments, updated_at) VALUES (:id, :shortcut, "
        ":title, :text, :language, :scope, :files, :now) ON CONFLICT (id) DO UPDATE SET title = excluded.title, "
        "text = excluded.text, language = excluded.language, attachments = excluded.attachments, updated_at = excluded.updated_at",
        id=id,
        shortcut=shortcut,
        title=title,
        text=text,
        language=language,
        scope=scope,
        files=json.dumps(list(attachments)),
        now=tx.now,
    )
    tx.changed("canned", id)
    return str(id)


def drop(tx: Tx, shortcut: str, scope: str) -> None:
    if not tx.run("DELETE FROM canned WHERE shortcut = :shortcut AND scope = :scope", shortcut=shortcut, scope=scope):
        raise NotFound(
            say("There is no canned reply /{shortcut}.", shortcut=shortcut), hint="`unibox canned list` shows them."
        )
    tx.changed("canned", shortcut)


def used(tx: Tx, id: str) -> None:
    tx.run("UPDATE canned SET used = used + 1, used_at = :now WHERE id = :id", id=id, now=tx.now)
