"""Contacts, their identities, the keys that may tell who somebody is, and the reply windows of an identity."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import TYPE_CHECKING

from unibox_tui.domain.errors import NotFound
from unibox_tui.domain.ids import new_id
from unibox_tui.domain.saying import say
from unibox_tui.store.database import Row, Tx

if TYPE_CHECKING:
    from unibox_tui.domain.inbound import Person
    from unibox_tui.store.inboxes import InboxRow

# Kinds whose address means the same person in every inbox of ours.
GLOBAL_KINDS = frozenset({"email"})


def create(
    tx: Tx, *, name: str = "", language: str | None = None, at: int | None = None, uid: str | None = None
) -> int:
    id = tx.next_number("contact")
    tx.run(
        "INSERT INTO contact (id, uid, name, language, first_seen_at, last_seen_at, created_at, updated_at) "
        "VALUES (:id, :uid, :name, :language, :at, :at, :now, :now)",
        id=id,
        uid=uid or new_id(tx.now),
        name=name,
        language=language,
        at=at,
        now=tx.now,
    )
    tx.changed("contact", id)
    return id


def get(db: sqlite3.Connection, id: int) -> Row:
    row: Row | None = db.execute("SELECT * FROM contact WHERE id = :id", {"id": id}).fetchone()
    if row is None:
        raise NotFound(say("No contact has the number {id}.", id=id))
    return row


def identity(db: sqlite3.Connection, id: int) -> Row:
    row: Row | None = db.execute("SELECT * FROM identity WHERE id = :id", {"id": id}).fetchone()
    if row is None:
        raise NotFound(say("No identity has the number {id}.", id=id))
    return row


def find_identity(db: sqlite3.Connection, inbox_id: int, address: str) -> Row | None:
    row: Row | None = db.execute(
        "SELECT * FROM identity WHERE inbox_id = :inbox AND address = :address", {"inbox": inbox_id, "address": address}
    ).fetchone()
    return row


def identities(db: sqlite3.Connection, contact_id: int) -> list[Row]:
    return db.execute(
        "SELECT * FROM identity WHERE contact_id = :contact ORDER BY last_seen_at DESC, id", {"contact": contact_id}
    ).fetchall()


def same_address(db: sqlite3.Connection, kind: str, address: str) -> Row | None:
    """The identity with this address in another inbox of ours, for kinds that mean one person everywhere."""
    if kind not in GLOBAL_KINDS:
        return None
    row: Row | None = db.execute(
        "SELECT * FROM identity WHERE address = :address AND kind = :kind ORDER BY id LIMIT 1",
        {"address": address, "kind": kind},
    ).fetchone()
    return row


def identity_for(
    tx: Tx, inbox: InboxRow, person: Person, *, at: int, contact: int | None = None, like: Row | None = None
) -> tuple[int, int, bool]:
    """Find or make the identity of `person` in `inbox`; returns (identity, contact, is_new).

    `contact`: whom a new identity belongs to when evidence says so; `like`: the identity it goes with, in every split too;
    else a contact of its own.
    """
    row = find_identity(tx.db, inbox.id, person.address)
    if row is None:
        if like is None and contact is None:
            like = same_address(tx.db, person.kind, person.address)
        owner = contact if like is None else int(like["contact_id"])
        if owner is None:
            owner = create(tx, name=person.name, language=person.language, at=at)
        id = tx.next_number("identity")
        tx.run(
            "INSERT INTO identity (id, inbox_id, contact_id, home, kind, address, name, verified, attributes, first_seen_at, "
            "last_seen_at) VALUES (:id, :inbox, :contact, :home, :kind, :address, :name, :verified, :attributes, :at, :at)",
            id=id,
            inbox=inbox.id,
            contact=owner,
            home=None if like is None else like["home"],
            kind=person.kind,
            address=person.address,
            name=person.name,
            verified=int(person.verified),
            attributes=json.dumps(dict(person.attributes), ensure_ascii=False),
            at=at,
        )
        _keys(tx, person, id, owner, inbox.region)
        _seen(tx, owner, person, at)
        return id, owner, True
    id, owner = int(row["id"]), int(row["contact_id"])
    merged = {**json.loads(row["attributes"]), **person.attributes}
    name = person.name or row["name"]
    verified = int(person.verified or row["verified"])
    last = max(row["last_seen_at"] or 0, at)
    first = min(row["first_seen_at"] or at, at)
    if (name, verified, last, first) != (
        row["name"],
        row["verified"],
        row["last_seen_at"],
        row["first_seen_at"],
    ) or merged != json.loads(row["attributes"]):
        tx.run(
            "UPDATE identity SET name = :name, verified = :verified, attributes = :attributes, last_seen_at = :last, "
            "first_seen_at = :first WHERE id = :id",
            id=id,
            name=name,
            verified=verified,
            attributes=json.dumps(merged, ensure_ascii=False),
            last=last,
            first=first,
        )
    _keys(tx, person, id, owner, inbox.region)
    _seen(tx, owner, person, at)
    return id, owner, False


def _keys(tx: Tx, person: Person, identity_id: int, contact_id: int, region: str) -> None:
    keys: list[tuple[str, str, bool]] = []
    if person.kind in ("email", "phone"):
        keys.append((person.kind, person.address, person.verified))
    if person.email:
        keys.append(("email", person.email.strip().lower(), False))  # stated: the channel vouches for the address alone
    if person.phone:
        keys.append(("phone", person.phone, False))
    keys += [(kind, value, True) for kind, value in person.vouched]
    from unibox_tui.text.keys import normal

    for kind, value, verified in keys:
        norm = normal(kind, value, region)
        kept = norm if kind == "phone" and norm else value
        add_key(tx, kind, kept, contact_id, identity_id, verified=verified, norm=norm)


def add_key(
    tx: Tx,
    kind: str,
    value: str,
    contact_id: int,
    identity_id: int,
    *,
    verified: bool,
    norm: str,
    message_n: int | None = None,
) -> None:
    """`norm`: what it is compared by (`text.keys.normal`)."""
    tx.run(
        "INSERT INTO contact_key (kind, value, contact_id, identity_id, verified, norm, message_n, at) "
        "VALUES (:kind, :value, :contact, :identity, :verified, :norm, :n, :now) ON CONFLICT (kind, value, identity_id) "
        "DO UPDATE SET verified = max(contact_key.verified, excluded.verified), contact_id = excluded.contact_id, "
        "norm = excluded.norm",
        kind=kind,
        value=value,
        contact=contact_id,
        identity=identity_id,
        verified=int(verified),
        norm=norm,
        n=message_n,
        now=tx.now,
    )


def drop_key(tx: Tx, kind: str, value: str, identity_id: int) -> None:
    tx.run(
        "DELETE FROM contact_key WHERE kind = :kind AND value = :value AND identity_id = :identity",
        kind=kind,
        value=value,
        identity=identity_id,
    )


def _seen(tx: Tx, contact_id: int, person: Person, at: int) -> None:
    """Keep names and times of the contact; a name people gave it is never replaced by the provider's."""
    row = tx.one("SELECT name, language, first_seen_at, last_seen_at FROM contact WHERE id = :id", id=contact_id)
    if row is None:
        return
    name = row["name"] or person.name
    language = row["language"] or person.language
    first = min(row["first_seen_at"] or at, at)
    last = max(row["last_seen_at"] or at, at)
    if (name, language, first, last) == (row["name"], row["language"], row["first_seen_at"], row["last_seen_at"]):
        return
    tx.run(
        "UPDATE contact SET name = :name, language = :language, first_seen_at = :first, last_seen_at = :last, "
        "updated_at = :now WHERE id = :id",
        id=contact_id,
        name=name,
        language=language,
        first=first,
        last=last,
        now=tx.now,
    )
    tx.changed("contact", contact_id)


def update(tx: Tx, id: int, fields: Mapping[str, str | None]) -> None:
    """Set name, title, language or note; `attributes` replaces the JSON."""
    allowed = {"name", "title", "language", "note", "attributes"}
    if unknown := fields.keys() - allowed:
        raise ValueError(f"no such contact field: {sorted(unknown)}")
    sets = ", ".join(f"{key} = :{key}" for key in sorted(fields))
    tx.run(f"UPDATE contact SET {sets}, updated_at = :now WHERE id = :id", {**fields, "id": id, "now": tx.now})
    tx.changed("contact", id)


def window(tx: Tx, identity_id: int, what: str, at: int) -> None:
    """The provider counts `what` (message, menu, call …) as an interaction; only forward."""
    tx.run(
        "INSERT INTO reply_window (identity_id, what, at) VALUES (:identity, :what, :at) "
        "ON CONFLICT (identity_id, what) DO UPDATE SET at = excluded.at WHERE excluded.at > reply_window.at",
        identity=identity_id,
        what=what,
        at=at,
    )


def windows(db: sqlite3.Connection, identity_id: int) -> dict[str, int]:
    rows = db.execute("SELECT what, at FROM reply_window WHERE identity_id = :id", {"id": identity_id})
    return dict(rows.fetchall())


def stated(db: sqlite3.Connection, contact_id: int, kind: str) -> list[str]:
    """Keys of this kind known of a contact: vouched ones first, then the newest."""
    rows = db.execute(
        "SELECT value FROM contact_key WHERE contact_id = :contact AND kind = :kind ORDER BY verified DESC, at DESC",
        {"contact": contact_id, "kind": kind},
    )
    return [str(row[0]) for row in rows]
