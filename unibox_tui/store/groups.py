"""Groups: chats of several people. The group is the contact; who wrote is kept with each message, and each member knows the
groups in which they were seen (`contact_key` of kind `group`, whose value is the group's address)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from unibox_tui.store import contacts
from unibox_tui.store.database import Row, Tx

KIND = "group"
MEMBER = "_member"
"""In a message's `extra`: the number of the identity of the member who wrote it."""


def joined(tx: Tx, member: int, contact: int, address: str) -> None:
    """A member was seen in the group of this address."""
    contacts.add_key(tx, KIND, address, contact, member, verified=True, norm="")


def conversation_of(db: sqlite3.Connection, contact: int, group_name: str) -> Row | None:
    """The one conversation of a group in a brand; it is never another one's part."""
    row: Row | None = db.execute(
        "SELECT id, status FROM conversation WHERE contact_id = :contact AND group_name = :group AND kind = 'group' "
        "AND joined_into IS NULL ORDER BY last_at DESC LIMIT 1",
        {"contact": contact, "group": group_name},
    ).fetchone()
    return row


def member_of(extra: str | None) -> int | None:
    """The identity of the member who wrote a message, out of its `extra` as stored."""
    if not extra or MEMBER not in extra:
        return None
    found = json.loads(extra).get(MEMBER)
    return found if isinstance(found, int) else None


def names(db: sqlite3.Connection, identities: Sequence[int]) -> dict[int, str]:
    """How each member is known now: as the contact they belong to, else as the provider calls them."""
    if not identities:
        return {}
    marks = ",".join("?" * len(identities))
    rows = db.execute(
        "SELECT d.id, coalesce(nullif(t.name, ''), nullif(d.name, ''), d.address) AS name FROM identity d "
        f"LEFT JOIN contact t ON t.id = d.contact_id WHERE d.id IN ({marks})",
        list(identities),
    )
    return {int(row["id"]): str(row["name"]) for row in rows}


def written_by(db: sqlite3.Connection, members: Sequence[int]) -> set[int]:
    """The messages these identities wrote in groups."""
    marks = ",".join("?" * len(members))
    rows = db.execute(
        "SELECT m.n, b.extra FROM contact_key k JOIN identity w ON w.id = k.identity_id "
        "JOIN identity g ON g.inbox_id = w.inbox_id AND g.address = k.value AND g.kind = 'group' "
        "JOIN message m ON m.identity_id = g.id JOIN message_body b ON b.n = m.n "
        f"WHERE k.kind = 'group' AND k.identity_id IN ({marks})",
        list(members),
    )
    return {int(row["n"]) for row in rows if member_of(row["extra"]) in members}


def of_contacts(db: sqlite3.Connection, people: Sequence[int]) -> list[Row]:
    """The groups these contacts were seen in: (contact_id, name, address), by name."""
    marks = ",".join("?" * len(people))
    return db.execute(
        "SELECT DISTINCT g.contact_id, coalesce(nullif(t.name, ''), nullif(g.name, ''), g.address) AS name, g.address "
        "FROM contact_key k JOIN identity m ON m.id = k.identity_id "
        "JOIN identity g ON g.inbox_id = m.inbox_id AND g.address = k.value AND g.kind = 'group' "
        f"LEFT JOIN contact t ON t.id = g.contact_id WHERE k.kind = 'group' AND k.contact_id IN ({marks}) "
        "ORDER BY name, g.address",
        list(people),
    ).fetchall()
