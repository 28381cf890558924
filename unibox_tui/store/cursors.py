"""Our place in each provider's stream. Guarded by the fence of the service lease: a late holder changes nothing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from unibox_tui.domain.errors import Conflict
from unibox_tui.store.database import Tx


class StaleFence(Conflict):
    """Another service has taken over."""


def of_inbox(db: sqlite3.Connection, inbox_id: int) -> dict[str, dict[str, Any]]:
    rows = db.execute("SELECT stream, value FROM cursor WHERE inbox_id = :id", {"id": inbox_id})
    return {stream: json.loads(value) for stream, value in rows}


def put(tx: Tx, inbox_id: int, stream: str, value: Mapping[str, Any], fence: int) -> None:
    """Raises StaleFence when a service with a higher fence has written this cursor."""
    done = tx.run(
        "INSERT INTO cursor (inbox_id, stream, value, fence, updated_at) VALUES (:inbox, :stream, :value, :fence, :now) "
        "ON CONFLICT (inbox_id, stream) DO UPDATE SET value = excluded.value, fence = excluded.fence, "
        "updated_at = excluded.updated_at WHERE cursor.fence <= excluded.fence",
        inbox=inbox_id,
        stream=stream,
        value=json.dumps(dict(value), ensure_ascii=False, separators=(",", ":")),
        fence=fence,
        now=tx.now,
    )
    if not done:
        raise StaleFence("Another service has taken over this store.")


def forget(tx: Tx, inbox_id: int) -> None:
    """Our place is gone at the provider: begin again; repeats are recognised."""
    tx.run("DELETE FROM cursor WHERE inbox_id = :inbox", inbox=inbox_id)
