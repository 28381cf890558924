"""Messages of which nothing more is known than that they were sent."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from unibox_tui.domain.ids import n_floor
from unibox_tui.store.database import Row


def sent(
    db: sqlite3.Connection, inbox: int, *, since: int, until: int, without: Collection[int], limit: int
) -> list[Row]:
    """Those of an inbox that were written in that time (epoch ms), the newest first: (n, client_ref, sent_at, ids), `ids`
    the provider's, one a line."""
    left_out = ",".join(str(int(n)) for n in without)
    return db.execute(
        "SELECT m.n, m.client_ref, m.sent_at, group_concat(k.provider_id, char(10)) AS ids FROM message m "
        "JOIN message_key k ON k.n = m.n "
        "WHERE m.n >= :first AND m.n < :behind AND m.inbox_id = :inbox AND m.direction = 'out' AND m.state = 'sent' "
        f"AND m.inert = 0 AND m.client_ref IS NOT NULL AND m.n NOT IN ({left_out}) "
        "GROUP BY m.n ORDER BY m.n DESC LIMIT :limit",
        {"inbox": inbox, "first": n_floor(since), "behind": n_floor(until), "limit": limit},
    ).fetchall()
