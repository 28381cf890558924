"""Attachments that still lie at a provider: which are due, and what became of fetching them."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from unibox_tui.domain.saying import keep
from unibox_tui.store.database import Row, Tx

DELETED = "deleted"
"""The state of a file that was kept for its time: its name stays, its bytes are gone."""


def due(db: sqlite3.Connection, inboxes: Collection[int], now: int, limit: int, *, slow: bool) -> list[Row]:
    """Of these inboxes, newest first; `slow`: those of imports and history."""
    wanted = ",".join(str(int(id)) for id in inboxes)
    return db.execute(
        "SELECT a.id, a.n, a.remote, a.tries, m.inbox_id FROM attachment a JOIN message m ON m.n = a.n "
        f"WHERE a.state = 'remote' AND a.slow = :slow AND a.fetch_at <= :now AND m.inbox_id IN ({wanted}) "
        "ORDER BY a.n DESC, a.position LIMIT :limit",
        {"slow": int(slow), "now": now, "limit": limit},
    ).fetchall()


def next_at(db: sqlite3.Connection, inboxes: Collection[int], now: int) -> int | None:
    """When the next of those that wait may be tried."""
    wanted = ",".join(str(int(id)) for id in inboxes)
    row = db.execute(
        "SELECT min(a.fetch_at) FROM attachment a JOIN message m ON m.n = a.n "
        f"WHERE a.state = 'remote' AND a.fetch_at > :now AND m.inbox_id IN ({wanted})",
        {"now": now},
    ).fetchone()
    return None if row[0] is None else int(row[0])


def hold(tx: Tx, id: str, sha256: str, size: int) -> bool:
    """The bytes are here; the provider's pointer, which may carry a token, goes. False: nobody wants them any more."""
    return _changed(
        tx,
        tx.one(
            "UPDATE attachment SET state = 'held', sha256 = :sha, size = :size, remote = NULL, reason = NULL "
            "WHERE id = :id AND state <> 'held' RETURNING n",
            id=id,
            sha=sha256,
            size=size,
        ),
    )


def later(tx: Tx, id: str, at: int, reason: str) -> None:
    """It did not work; try again at `at`. The reason is shown meanwhile."""
    _changed(
        tx,
        tx.one(
            "UPDATE attachment SET tries = tries + 1, fetch_at = :at, reason = :reason WHERE id = :id AND state = 'remote' "
            "RETURNING n",
            id=id,
            at=at,
            reason=keep(reason),
        ),
    )


def fail(tx: Tx, id: str, reason: str) -> None:
    _changed(
        tx,
        tx.one(
            "UPDATE attachment SET state = 'failed', tries = tries + 1, reason = :reason WHERE id = :id AND state = 'remote' "
            "RETURNING n",
            id=id,
            reason=keep(reason),
        ),
    )


def again(tx: Tx, n: int, file: str | None = None) -> int:
    """A person wants the failed or waiting files of a message now; returns how many there were."""
    asked = tx.run(
        "UPDATE attachment SET state = 'remote', tries = 0, fetch_at = 0, slow = 0, reason = NULL "
        "WHERE n = :n AND id = coalesce(:file, id) AND state IN ('failed', 'remote') AND remote IS NOT NULL",
        n=n,
        file=file,
    )
    if asked:
        _changed(tx, tx.one("SELECT :n AS n", n=n))
    return asked


def in_use(db: sqlite3.Connection, sha256: str) -> bool:
    from unibox_tui.store import forgetting

    return forgetting.referenced(db, sha256)


def _changed(tx: Tx, row: Row | None) -> bool:
    if row is None:
        return False
    conversation = tx.value("SELECT conversation_id FROM message WHERE n = :n", n=row["n"])
    if conversation is not None:
        tx.changed("conversation", conversation)
    return True
