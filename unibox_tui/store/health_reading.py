"""How the inboxes fare, what the outbox owes, what could not be read. Reads only."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from unibox_tui.store.database import Row
from unibox_tui.store.reading import marks


def inboxes(db: sqlite3.Connection) -> list[Row]:
    """Every inbox that was not removed, with its health columns."""
    return db.execute(
        "SELECT i.id, i.name, i.title, i.channel, i.state, h.phase, h.last_inbound_at, h.last_check_at, h.last_ok_at, "
        "h.error, h.hint, h.error_since, h.progress_done, h.progress_total, h.forged, h.last_webhook_at, "
        "h.standing_at, h.token_expires_at, h.quota_left, h.quota_total, h.package, h.package_until, h.notes, h.quiet_from, "
        "h.quiet_at "
        "FROM inbox i LEFT JOIN inbox_health h ON h.inbox_id = i.id WHERE i.state <> 'removed' ORDER BY i.name"
    ).fetchall()


def outbox_counts(db: sqlite3.Connection) -> dict[tuple[int, str], int]:
    """(inbox, state) -> items, for what still moves or needs a person."""
    rows = db.execute(
        "SELECT inbox_id, state, count(*) FROM outbox WHERE state IN ('held', 'queued', 'sending', 'unknown') GROUP BY 1, 2 "
        "UNION ALL SELECT inbox_id, state, count(*) FROM outbox WHERE state = 'failed' GROUP BY 1, 2"
    )
    return {(int(inbox), str(state)): int(count) for inbox, state, count in rows}


def quarantine_counts(db: sqlite3.Connection) -> dict[int, int]:
    rows = db.execute("SELECT inbox_id, count(*) FROM raw_event WHERE state = 'quarantined' GROUP BY 1")
    return {int(inbox): int(count) for inbox, count in rows}


def outbox(db: sqlite3.Connection, states: Sequence[str], inbox: int | None, limit: int) -> list[Row]:
    """Outbox items in these states, oldest first, with what a person needs to know them by."""
    return db.execute(
        "SELECT o.*, i.name AS inbox_name, i.title AS inbox_title, i.channel, m.id AS message_id, m.conversation_id, "
        "m.author, coalesce(t.name, '') AS contact_name, a.display AS agent_display, substr(b.text, 1, 400) AS beginning "
        "FROM outbox o JOIN inbox i ON i.id = o.inbox_id LEFT JOIN message m ON m.n = o.n "
        "LEFT JOIN message_body b ON b.n = o.n LEFT JOIN identity d ON d.id = o.identity_id "
        "LEFT JOIN contact t ON t.id = d.contact_id "
        "LEFT JOIN agent a ON o.author_kind = 'agent' AND a.name = m.author "
        f"WHERE o.state IN ({marks(states)}) AND o.inbox_id = coalesce(?, o.inbox_id) ORDER BY o.created_at, o.id LIMIT ?",
        [*states, inbox, limit],
    ).fetchall()


def quarantine(db: sqlite3.Connection, inbox: int | None, limit: int) -> list[Row]:
    """What could not be read, newest first, without its bytes."""
    return db.execute(
        "SELECT r.id, r.inbox_id, r.received_at, r.source, r.place, r.state, r.error, r.attempts, r.segment, "
        "length(r.body) AS size, i.name AS inbox_name, i.title AS inbox_title, i.channel "
        "FROM raw_event r LEFT JOIN inbox i ON i.id = r.inbox_id "
        "WHERE r.state = 'quarantined' AND r.inbox_id = coalesce(:inbox, r.inbox_id) ORDER BY r.id DESC LIMIT :limit",
        {"inbox": inbox, "limit": limit},
    ).fetchall()


def raw_event(db: sqlite3.Connection, id: str) -> Row:
    """One raw event that is known to exist, with its headers and bytes, whatever its state."""
    row: Row = db.execute(
        "SELECT r.*, length(r.body) AS size, i.name AS inbox_name, i.title AS inbox_title, i.channel "
        "FROM raw_event r LEFT JOIN inbox i ON i.id = r.inbox_id WHERE r.id = :id",
        {"id": id},
    ).fetchone()
    return row
