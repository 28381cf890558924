"""What a provider says of an inbox: token, quota, package. Kept beside its health."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from unibox_tui.store import inboxes
from unibox_tui.store.database import Tx


def keep(
    tx: Tx,
    inbox_id: int,
    *,
    token_expires_at: int | None,
    quota_left: int | None,
    quota_total: int | None,
    package: str,
    package_until: int | None,
    notes: Sequence[str],
    extra: Mapping[str, Any],
) -> None:
    """What it says now; rings when something is different."""
    inboxes.health(tx, inbox_id, quiet=True, standing_at=tx.now)
    values = {
        "token": token_expires_at,
        "left": quota_left,
        "total": quota_total,
        "package": package,
        "until": package_until,
        "notes": json.dumps(list(notes), ensure_ascii=False),
        "extra": json.dumps(dict(extra), ensure_ascii=False, sort_keys=True),
        "id": inbox_id,
    }
    if tx.run(
        "UPDATE inbox_health SET token_expires_at = :token, quota_left = :left, quota_total = :total, package = :package, "
        "package_until = :until, notes = :notes, standing = :extra WHERE inbox_id = :id AND (token_expires_at, quota_left, "
        "quota_total, package, package_until, notes, standing) IS NOT (:token, :left, :total, :package, :until, :notes, :extra)",
        values,
    ):
        tx.changed("inbox", inbox_id)


def of(db: sqlite3.Connection, inbox_id: int) -> dict[str, Any]:
    """What the provider said last beyond the columns of health."""
    row = db.execute("SELECT standing FROM inbox_health WHERE inbox_id = :id", {"id": inbox_id}).fetchone()
    return {} if row is None else dict(json.loads(row[0]))


def well(tx: Tx, inbox_id: int) -> None:
    """Something worked: what was wrong is over."""
    if tx.run(
        "UPDATE inbox_health SET error = NULL, hint = NULL, error_since = NULL, last_ok_at = :now WHERE inbox_id = :id "
        "AND error IS NOT NULL",
        id=inbox_id,
        now=tx.now,
    ):
        tx.changed("inbox", inbox_id)


def quiet(tx: Tx, inbox_id: int, since: int | None, at: int | None) -> None:
    """Silence since the arrival at `since` is no longer its rhythm from `at` on (None: no rhythm is known)."""
    if tx.run(
        "UPDATE inbox_health SET quiet_from = :since, quiet_at = :at WHERE inbox_id = :id AND (quiet_from, quiet_at) IS NOT "
        "(:since, :at)",
        id=inbox_id,
        since=since,
        at=at,
    ):
        tx.changed("inbox", inbox_id)
