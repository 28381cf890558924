"""What we owe the providers: answers that wait, move, failed, or whose fate is unknown."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from unibox_tui.store import health_reading
from unibox_tui.store.database import Row
from unibox_tui.text.safe import safe_line
from unibox_tui.views.models import OutboxLine
from unibox_tui.views.people import first_words, inbox_name, mark
from unibox_tui.views.reasons import why

OPEN_STATES = ("held", "queued", "sending", "unknown", "failed")
LIMIT = 500


def outbox(
    db: sqlite3.Connection, *, states: Sequence[str] = OPEN_STATES, inbox: int | None = None, limit: int = LIMIT
) -> tuple[OutboxLine, ...]:
    """Oldest first."""
    return tuple(_line(row) for row in health_reading.outbox(db, states, inbox, limit))


def as_json(line: OutboxLine) -> dict[str, Any]:
    """The stable JSON of `unibox outbox list`. Times are epoch ms."""
    return {
        "id": line.id,
        "message_id": line.message_id,
        "conversation_id": line.conversation_id,
        "inbox": line.inbox,
        "channel": line.channel,
        "to": line.to,
        "author": line.author,
        "state": line.state,
        "reason": line.reason,
        "text": line.text,
        "attempts": line.attempts,
        "created_at": line.created_at,
        "not_before": line.not_before,
        "retry_at": line.retry_at,
        "deadline": line.deadline,
    }


def _recipients(row: Row) -> str:
    """Whom it goes to: a mail may go elsewhere than to the address it is an answer to."""
    people = json.loads(row["payload"]).get("options", {}).get("to") or ()
    return ", ".join(person["address"] for person in people) or str(row["destination"])


def _line(row: Row) -> OutboxLine:
    return OutboxLine(
        id=row["id"],
        n=row["n"],
        message_id=row["message_id"] or "",
        conversation_id=row["conversation_id"],
        inbox=safe_line(row["inbox_name"]),
        title=inbox_name(row),
        channel=row["channel"],
        mark=mark(row["channel"]),
        to=safe_line(_recipients(row)),
        contact=safe_line(row["contact_name"]),
        author=safe_line(row["author"] or row["author_kind"]),
        author_display=safe_line(row["agent_display"] or row["author"] or row["author_kind"]),
        text=first_words(row["beginning"]),
        state=row["state"],
        reason=why(row["reason"]),
        attempts=row["attempts"],
        created_at=row["created_at"],
        not_before=row["not_before"],
        retry_at=row["retry_at"],
        deadline=row["deadline"],
    )
