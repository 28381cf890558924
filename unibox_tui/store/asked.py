"""Who asked through a provider that all about them be erased, found in the event log."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from unibox_tui.domain.words import Author
from unibox_tui.store import cursors, events, raw_events
from unibox_tui.store.database import Row, Tx
from unibox_tui.store.events import Actor

ASKED = "contact.forget_asked"
UNKNOWN = "contact.forget_asked_unknown"
SETTLED = "contact.forget_asked_settled"
STREAM = "withdrawals"
NO_INBOX = 0  # the place is in the log of the store, not in an inbox
_THROUGH_THE_APP = Actor(Author.CONTACT, None, raw_events.DELETION)


@dataclass(frozen=True, slots=True)
class Asked:
    """`contact`: who has the identity that asked; None once it is erased."""

    seq: int
    contact: int | None


class Fate(StrEnum):
    """How far a request is that came to an app."""

    SOUGHT = "sought"  # whom it is about is being looked up
    WITH_A_PERSON = "with a person"  # nobody here is known by that id
    BEING_ERASED = "being erased"
    ERASED = "erased"
    SETTLED = "settled"  # by a person


def after(db: sqlite3.Connection, seq: int) -> tuple[list[Asked], int]:
    """Those after `seq`, oldest first, and the newest event's seq. What was imported asks for nothing."""
    head = int(db.execute("SELECT coalesce(max(seq), 0) FROM event").fetchone()[0])
    rows = db.execute(
        "SELECT e.seq, i.contact_id FROM event e LEFT JOIN message m ON m.n = e.message_n "
        "LEFT JOIN identity i ON i.id = coalesce(m.identity_id, json_extract(e.data, '$.identity')) "
        "WHERE e.seq > :seq AND e.seq <= :head AND e.kind = :kind AND json_extract(e.data, '$.imported') IS NULL "
        "AND (m.inert = 0 OR json_extract(e.data, '$.identity') IS NOT NULL) ORDER BY e.seq",
        {"seq": seq, "head": head, "kind": ASKED},
    ).fetchall()
    return [Asked(*row) for row in rows], head


def place(db: sqlite3.Connection) -> int:
    """All that was asked for in events up to this seq is done."""
    return int(cursors.of_inbox(db, NO_INBOX).get(STREAM, {}).get("seq", 0))


def hand_on(tx: Tx, request: Row, identities: Iterable[Row]) -> None:
    """The people behind a request to an app, to be erased with all that is theirs."""
    seqs = [
        events.record(
            tx,
            _THROUGH_THE_APP,
            ASKED,
            contact=one["contact_id"],
            inbox=one["inbox_id"],
            data={"identity": one["id"], "code": request["id"]},
        )
        for one in {row["contact_id"]: row for row in identities}.values()
    ]
    raw_events.handed_on(tx, request["id"], f"event {max(seqs)}")


def give_to_a_person(tx: Tx, request: Row, why: str) -> None:
    """Nobody here is known by the id of a request to an app."""
    events.record(tx, _THROUGH_THE_APP, UNKNOWN, inbox=request["inbox_id"], data={"code": request["id"]})
    raw_events.quarantine(tx, request["id"], why)


def settled(tx: Tx, actor: Actor, request: Row) -> None:
    """A person has dealt with it."""
    events.record(tx, actor, SETTLED, inbox=request["inbox_id"], data={"code": request["id"]})
    raw_events.dismiss(tx, request["id"])


def fate(db: sqlite3.Connection, code: str) -> Fate | None:
    """None: no request by this code came to this app's store."""
    row = raw_events.request(db, code)
    if row is None:
        return None
    if row["state"] == "dismissed":
        return Fate.SETTLED
    if row["state"] != "done":
        return Fate.SOUGHT if row["attempts"] == 0 else Fate.WITH_A_PERSON
    return Fate.ERASED if place(db) >= int(row["place"].rpartition(" ")[2]) else Fate.BEING_ERASED
