"""Blocked contacts, and marks of risk by phone or contact. Marks are shown; they never act by themselves."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from unibox_tui.domain.errors import NotFound
from unibox_tui.domain.ids import new_id
from unibox_tui.domain.saying import say
from unibox_tui.store import merging
from unibox_tui.store.database import Row, Tx


def blocked(db: sqlite3.Connection, contact: int) -> bool:
    """Whether this contact, or one that was merged into it, is blocked."""
    row = db.execute("SELECT 1 FROM contact WHERE blocked_at IS NOT NULL LIMIT 1").fetchone()
    if row is None:
        return False
    people = ",".join(map(str, merging.tree(db, merging.root(db, contact))))
    sql = f"SELECT 1 FROM contact WHERE id IN ({people}) AND blocked_at IS NOT NULL LIMIT 1"
    return db.execute(sql).fetchone() is not None


def blocked_people(db: sqlite3.Connection, contact: int) -> list[int]:
    """Which contacts of this one's tree carry the block."""
    people = ",".join(map(str, merging.tree(db, contact)))
    rows = db.execute(f"SELECT id FROM contact WHERE id IN ({people}) AND blocked_at IS NOT NULL ORDER BY id")
    return [int(row[0]) for row in rows]


def set_blocked(tx: Tx, people: Sequence[int], by: str | None, *, on: bool) -> None:
    for contact in people:
        tx.run(
            "UPDATE contact SET blocked_at = :at, blocked_by = :by, updated_at = :now WHERE id = :id",
            id=contact,
            at=tx.now if on else None,
            by=by if on else None,
            now=tx.now,
        )
        tx.changed("contact", merging.root(tx.db, contact))


def conversations_of(db: sqlite3.Connection, contact: int) -> list[int]:
    return [int(row[0]) for row in db.execute("SELECT id FROM conversation WHERE contact_id = :id", {"id": contact})]


# -- marks -----------------------------------------------------------------------------------------------------------


def put_mark(
    tx: Tx,
    reason: str,
    author: str,
    *,
    phone: str = "",
    contact: int | None = None,
    source: str = "",
    at: int | None = None,
) -> str | None:
    """One mark; None when the same person gave the same reason for the same phone or contact already."""
    known = tx.one(
        "SELECT id FROM risk_mark WHERE phone = :phone AND contact_id IS :contact AND reason = :reason "
        "AND author = :author AND removed_at IS NULL",
        phone=phone,
        contact=contact,
        reason=reason,
        author=author,
    )
    if known is not None:
        return None
    id = new_id(tx.now)
    tx.run(
        "INSERT INTO risk_mark (id, phone, contact_id, reason, author, source, at) "
        "VALUES (:id, :phone, :contact, :reason, :author, :source, :at)",
        id=id,
        phone=phone,
        contact=contact,
        reason=reason,
        author=author,
        source=source,
        at=tx.now if at is None else at,
    )
    return id


def get_mark(db: sqlite3.Connection, id: str) -> Row:
    """By its id, or the beginning of it if that is unique. Raises NotFound."""
    rows: list[Row] = db.execute(
        "SELECT * FROM risk_mark WHERE id >= :low AND id < :high LIMIT 2", {"low": id, "high": id + "~"}
    ).fetchall()
    if not id or len(rows) != 1:
        raise NotFound(
            say("No single mark has the id {id!r}.", id=id), hint="`unibox contact risk CONTACT` lists them."
        )
    return rows[0]


def keep_mark(tx: Tx, id: str, *, on: bool) -> None:
    tx.run("UPDATE risk_mark SET removed_at = :at WHERE id = :id", id=id, at=None if on else tx.now)


def marks(db: sqlite3.Connection, people: Iterable[int], phones: Iterable[str]) -> list[Row]:
    """Marks of these contacts and of these phones (E.164), the newest first."""
    numbers = sorted({phone for phone in phones if phone})[:50]
    inside = ",".join(str(int(contact)) for contact in people) or "NULL"
    held = ",".join("?" * len(numbers)) or "NULL"
    return db.execute(
        f"SELECT * FROM risk_mark WHERE removed_at IS NULL AND (contact_id IN ({inside}) OR (phone <> '' AND phone IN ({held}))) "
        "ORDER BY at DESC, id DESC LIMIT 50",
        numbers,
    ).fetchall()


def standing(db: sqlite3.Connection, contacts: Iterable[int]) -> dict[int, tuple[bool, list[str]]]:
    """contact -> (blocked, reasons of its marks), of those for whom there is either."""
    marked = db.execute(
        "SELECT EXISTS (SELECT 1 FROM contact WHERE blocked_at IS NOT NULL) OR EXISTS (SELECT 1 FROM risk_mark "
        "WHERE removed_at IS NULL)"
    ).fetchone()[0]
    found: dict[int, tuple[bool, list[str]]] = {}
    for contact in contacts if marked else ():
        reasons = [str(row["reason"]) for row in marks(db, merging.tree(db, contact), phones_of(db, contact))]
        silent = blocked(db, contact)
        if silent or reasons:
            found[contact] = silent, list(dict.fromkeys(reasons))
    return found


def phones_of(db: sqlite3.Connection, contact: int) -> list[str]:
    """Normal forms of the phones a contact has as keys."""
    rows = db.execute(
        "SELECT DISTINCT norm FROM contact_key WHERE contact_id = :id AND kind = 'phone' AND norm > ''", {"id": contact}
    )
    return [str(row[0]) for row in rows]
