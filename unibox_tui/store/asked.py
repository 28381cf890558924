"""Who asked through a provider that all about them be erased, found in the event log."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

ASKED = "contact.forget_asked"


@dataclass(frozen=True, slots=True)
class Asked:
    """`contact`: who has the identity that asked; None once it is erased."""

    seq: int
    contact: int | None


def after(db: sqlite3.Connection, seq: int) -> tuple[list[Asked], int]:
    """Those after `seq`, oldest first, and the newest event's seq. What was imported asks for nothing."""
    head = int(db.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()[0])
    rows = db.execute(
        "SELECT e.seq, i.contact_id FROM event e JOIN message m ON m.n = e.message_n "
        "LEFT JOIN identity i ON i.id = m.identity_id WHERE e.seq > :seq AND e.seq <= :head AND e.kind = :kind "
        "AND m.inert = 0 AND json_extract(e.data, '$.imported') IS NULL ORDER BY e.seq",
        {"seq": seq, "head": head, "kind": ASKED},
    ).fetchall()
    return [Asked(*row) for row in rows], head
