"""Payloads as received. Saved before they are acknowledged, parsed afterwards; what cannot be parsed stays for replay."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping

from unibox_tui.domain.errors import NotFound
from unibox_tui.domain.ids import new_id
from unibox_tui.store.database import Row, Tx


def save(
    tx: Tx,
    inbox_id: int,
    source: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    place: str = "",
    state: str = "new",
    error: str | None = None,
    id: str | None = None,
    received_at: int | None = None,
) -> str:
    """`source`: webhook, socket, form, pull, import, deletion. Returns the id. Saving one id again changes nothing."""
    id = id or new_id(tx.now)
    tx.run(
        "INSERT INTO raw_event (id, inbox_id, received_at, source, headers, body, place, state, error) "
        "VALUES (:id, :inbox, :at, :source, :headers, :body, :place, :state, :error) ON CONFLICT (id) DO NOTHING",
        id=id,
        inbox=inbox_id,
        at=tx.now if received_at is None else received_at,
        source=source,
        headers=json.dumps(dict(headers), ensure_ascii=False),
        body=body,
        place=place,
        state=state,
        error=error,
    )
    tx.changed("raw" if state == "new" else "quarantine", id)
    return id


def pending(db: sqlite3.Connection, limit: int = 100) -> list[Row]:
    """New ones, oldest first (ids sort by time)."""
    return db.execute(
        "SELECT * FROM raw_event WHERE state = 'new' ORDER BY id LIMIT :limit", {"limit": limit}
    ).fetchall()


def finish(tx: Tx, id: str) -> None:
    tx.run("UPDATE raw_event SET state = 'done', error = NULL, parsed_at = :now WHERE id = :id", id=id, now=tx.now)


def quarantine(tx: Tx, id: str, error: str) -> None:
    tx.run(
        "UPDATE raw_event SET state = 'quarantined', error = :error, attempts = attempts + 1, parsed_at = :now WHERE id = :id",
        id=id,
        error=error,
        now=tx.now,
    )
    tx.changed("quarantine", id)


def quarantined(db: sqlite3.Connection) -> list[Row]:
    return db.execute(
        "SELECT r.*, i.name AS inbox FROM raw_event r JOIN inbox i ON i.id = r.inbox_id "
        "WHERE r.state = 'quarantined' ORDER BY r.id"
    ).fetchall()


def get(db: sqlite3.Connection, id: str) -> Row:
    """By id or by the beginning of it, if that is unique."""
    rows: list[Row] = db.execute(
        "SELECT r.*, i.name AS inbox FROM raw_event r JOIN inbox i ON i.id = r.inbox_id "
        "WHERE r.id >= :low AND r.id < :high LIMIT 2",
        {"low": id, "high": id + "~"},
    ).fetchall()
    if len(rows) != 1:
        raise NotFound(
            f"No single raw event begins with {id!r}.", hint="`unibox quarantine list` shows those that wait."
        )
    return rows[0]


# -- requests to be erased that came to an app: their state tells how far each is, and its id is the code they are known by ------

DELETION = "deletion"


def to_look_up(db: sqlite3.Connection) -> list[Row]:
    """Requests whose person nobody has looked for yet, oldest first."""
    return db.execute(
        "SELECT * FROM raw_event WHERE state = 'quarantined' AND source = :source AND attempts = 0 ORDER BY id",
        {"source": DELETION},
    ).fetchall()


def look_up_again(tx: Tx, id: str) -> None:
    tx.run("UPDATE raw_event SET attempts = 0 WHERE id = :id AND state = 'quarantined'", id=id)
    tx.changed("quarantine", id)


def handed_on(tx: Tx, id: str, place: str) -> None:
    """The person is known: what is left to be done stands at `place`, and who it is stands here no more."""
    tx.run(
        "UPDATE raw_event SET state = 'done', error = NULL, body = NULL, place = :place, parsed_at = :now WHERE id = :id",
        id=id,
        place=place,
        now=tx.now,
    )
    tx.changed("quarantine", id)


def request(db: sqlite3.Connection, id: str) -> Row | None:
    row: Row | None = db.execute(
        "SELECT * FROM raw_event WHERE id = :id AND source = :source", {"id": id, "source": DELETION}
    ).fetchone()
    return row


# ----------------------------------------------------------------------------------------------------------------------------


def to_segment(tx: Tx, ids: list[str], segment: str) -> None:
    """Their bodies are in the segment file now."""
    tx.many(
        "UPDATE raw_event SET body = NULL, segment = :segment WHERE id = :id AND state = 'done'",
        [{"id": id, "segment": segment} for id in ids],
    )


def parsed_with_body(db: sqlite3.Connection, before: int, limit: int) -> list[Row]:
    return db.execute(
        "SELECT * FROM raw_event WHERE state = 'done' AND body IS NOT NULL AND received_at < :before "
        "ORDER BY received_at LIMIT :limit",
        {"before": before, "limit": limit},
    ).fetchall()


def drop_older(tx: Tx, before: int) -> list[str]:
    """Forget parsed rows older than `before`, but for requests to be erased, which hold nothing of anybody; returns the
    segments no row points to any more."""
    segments = {row[0] for row in tx.all("SELECT DISTINCT segment FROM raw_event WHERE segment IS NOT NULL")}
    tx.run(
        "DELETE FROM raw_event WHERE state IN ('done', 'dismissed') AND received_at < :before AND source <> :kept",
        before=before,
        kept=DELETION,
    )
    kept = {row[0] for row in tx.all("SELECT DISTINCT segment FROM raw_event WHERE segment IS NOT NULL")}
    return sorted(segments - kept)


def is_quarantined_at(db: sqlite3.Connection, inbox_id: int, place: str) -> bool:
    return (
        db.execute(
            "SELECT 1 FROM raw_event WHERE inbox_id = :inbox AND place = :place AND state IN ('quarantined', 'dismissed')",
            {"inbox": inbox_id, "place": place},
        ).fetchone()
        is not None
    )


def dismiss(tx: Tx, id: str) -> None:
    """A person has looked at it and wants it out of sight; it goes with the segments. Who asked to be erased is forgotten."""
    tx.run(
        "UPDATE raw_event SET state = 'dismissed', body = CASE source WHEN :deletion THEN NULL ELSE body END "
        "WHERE id = :id AND state = 'quarantined'",
        id=id,
        deletion=DELETION,
    )
    tx.changed("quarantine", id)


def bodies(db: sqlite3.Connection, after: str, limit: int) -> list[Row]:
    """Those worked off whose payload is still here, in the order of their ids."""
    return db.execute(
        "SELECT id, headers, body FROM raw_event WHERE id > :after AND body IS NOT NULL AND state <> 'new' "
        "ORDER BY id LIMIT :limit",
        {"after": after, "limit": limit},
    ).fetchall()


def erase(tx: Tx, ids: list[str]) -> None:
    """As if they had never come."""
    tx.many("DELETE FROM raw_event WHERE id = :id", [{"id": id} for id in ids])
    for id in ids:
        tx.changed("quarantine", id)
