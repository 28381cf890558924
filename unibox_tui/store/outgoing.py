"""Where each of our webhooks is in the log, and what keeps it from going on."""

from __future__ import annotations

from unibox_tui.store.database import Tx


def move(tx: Tx, name: str, seq: int) -> None:
    """Everything up to `seq` was taken by the other side, or is none of its business."""
    _put(tx, name, seq, 0, None, None)


def failed(tx: Tx, name: str, seq: int, attempts: int, retry_at: int, error: str) -> None:
    _put(tx, name, seq, attempts, retry_at, error)


def drop(tx: Tx, name: str) -> None:
    tx.run("DELETE FROM outgoing_cursor WHERE name = :name", name=name)


def _put(tx: Tx, name: str, seq: int, attempts: int, retry_at: int | None, error: str | None) -> None:
    tx.run(
        "INSERT INTO outgoing_cursor (name, seq, attempts, retry_at, error, updated_at) "
        "VALUES (:name, :seq, :attempts, :retry, :error, :now) ON CONFLICT (name) DO UPDATE SET seq = excluded.seq, "
        "attempts = excluded.attempts, retry_at = excluded.retry_at, error = excluded.error, updated_at = excluded.updated_at",
        name=name,
        seq=seq,
        attempts=attempts,
        retry=retry_at,
        error=error,
        now=tx.now,
    )
