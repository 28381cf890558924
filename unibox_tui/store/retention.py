"""Files past their keeping time. First they are marked as deleted, then their bytes go, then the row forgets their hash: whoever
is interrupted between finds what is left to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from unibox_tui.domain.saying import keep, say
from unibox_tui.domain.words import Author
from unibox_tui.store import events
from unibox_tui.store.database import Row, Tx
from unibox_tui.store.events import Actor
from unibox_tui.store.media import DELETED

DAY_MS = 86_400_000
ACTOR = Actor(Author.SYSTEM, None, "retention")


def due(db: sqlite3.Connection, *, recordings: bool, before: int, limit: int) -> list[Row]:
    """Messages that have files and were written before that time (epoch ms): (n, conversation_id, contact_id). `recordings`:
    calls, else all others. One that may still leave keeps its files."""
    return db.execute(
        "SELECT DISTINCT m.n, m.conversation_id, c.contact_id FROM message m JOIN attachment a ON a.n = m.n "
        "JOIN conversation c ON c.id = m.conversation_id "
        f"WHERE m.kind {'=' if recordings else '<>'} 'call' AND m.sent_at < :before AND a.state <> :deleted "
        "AND m.state NOT IN ('held', 'queued', 'sending', 'unknown', 'failed') ORDER BY m.n LIMIT :limit",
        {"before": before, "deleted": DELETED, "limit": limit},
    ).fetchall()


def expire(tx: Tx, rows: list[Row], days: int) -> None:
    """Mark the files of these messages (rows of `due`) as deleted, and say so in the log."""
    reason = keep(say("kept for {days} days", days=days))
    for row in rows:
        count = tx.run(
            "UPDATE attachment SET state = :deleted, remote = NULL, reason = :reason WHERE n = :n AND state <> :deleted",
            n=row["n"],
            deleted=DELETED,
            reason=reason,
        )
        events.record(
            tx,
            ACTOR,
            "message.files_deleted",
            conversation=row["conversation_id"],
            contact=row["contact_id"],
            message=row["n"],
            data={"days": days, "count": count},
        )
        tx.changed("conversation", row["conversation_id"])


def unneeded(db: sqlite3.Connection, limit: int, after: str = "") -> list[str]:
    """Hashes that a deleted file still names, in order from behind `after`."""
    rows = db.execute(
        "SELECT DISTINCT sha256 FROM attachment WHERE sha256 > :after AND state = :deleted ORDER BY sha256 LIMIT :limit",
        {"after": after, "deleted": DELETED, "limit": limit},
    ).fetchall()
    return [str(row[0]) for row in rows]


def forget_hash(tx: Tx, sha: str) -> None:
    tx.run("UPDATE attachment SET sha256 = NULL WHERE sha256 = :sha AND state = :deleted", sha=sha, deleted=DELETED)


def keeping(recordings_days: int, files_days: int) -> Mapping[bool, int]:
    """recordings or not -> days, of those that have an end."""
    return {which: days for which, days in ((True, recordings_days), (False, files_days)) if days > 0}
