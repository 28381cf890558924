"""Labels: free names in any script; labels of one set exclude each other; some stick to the contact."""

from __future__ import annotations

import sqlite3

from unibox_tui.domain.errors import NotFound, WrongUse
from unibox_tui.domain.saying import say
from unibox_tui.store.database import Row, Tx
from unibox_tui.text.fold import fold

LONGEST = 100  # characters of a name


def by_name(db: sqlite3.Connection, name: str) -> Row | None:
    """Accents and case do not matter."""
    row: Row | None = db.execute(
        "SELECT * FROM label WHERE folded = :folded", {"folded": fold(name.strip())}
    ).fetchone()
    return row


def named(db: sqlite3.Connection, name: str) -> Row:
    row = by_name(db, name)
    if row is None:
        raise NotFound(say("There is no label {name!r}.", name=name), hint="`:label NAME` makes one.")
    return row


def ensure(tx: Tx, name: str, **fields: str | int | None) -> Row:
    """The label of this name, made when missing."""
    clean = " ".join(name.split())
    if not clean:
        raise WrongUse("A label needs a name.")
    row = by_name(tx.db, clean)
    if row is None:
        if len(clean) > LONGEST:
            raise WrongUse("A label's name is too long.", hint=say("At most {n} characters.", n=LONGEST))
        id = tx.next_number("label")
        tx.run(
            "INSERT INTO label (id, name, folded) VALUES (:id, :name, :folded)", id=id, name=clean, folded=fold(clean)
        )
        tx.changed("label", id)
    else:
        id = row["id"]
    known = {"colour", "description", "label_set", "sticks"}
    given = {key: value for key, value in fields.items() if key in known and value is not None}
    if given:
        sets = ", ".join(f"{key} = :{key}" for key in sorted(given))
        tx.run(f"UPDATE label SET {sets} WHERE id = :id", {**given, "id": id})
        tx.changed("label", id)
    found = tx.one("SELECT * FROM label WHERE id = :id", id=id)
    assert found is not None
    return found


def all_labels(db: sqlite3.Connection) -> list[Row]:
    """Most recently used first."""
    return db.execute("SELECT * FROM label ORDER BY used_at IS NULL, used_at DESC, folded").fetchall()


def of_conversation(db: sqlite3.Connection, conversation: int) -> list[Row]:
    return db.execute(
        "SELECT l.* FROM label l JOIN conversation_label c ON c.label_id = l.id WHERE c.conversation_id = :id ORDER BY l.folded",
        {"id": conversation},
    ).fetchall()


def put(tx: Tx, conversation: int, label_id: int) -> bool:
    """False when it was there already."""
    added = tx.run(
        "INSERT INTO conversation_label (label_id, conversation_id) VALUES (:label, :id) ON CONFLICT DO NOTHING",
        label=label_id,
        id=conversation,
    )
    if added:
        tx.run("UPDATE label SET used_at = :now WHERE id = :id", id=label_id, now=tx.now)
        tx.changed("conversation", conversation)
    return bool(added)


def take(tx: Tx, conversation: int, label_id: int) -> bool:
    """False when it was not there."""
    gone = tx.run(
        "DELETE FROM conversation_label WHERE label_id = :label AND conversation_id = :id",
        label=label_id,
        id=conversation,
    )
    if gone:
        tx.changed("conversation", conversation)
    return bool(gone)


def stick(tx: Tx, contact: int, label_id: int, on: bool) -> bool:
    """False when it was so already."""
    changed = tx.run(
        "INSERT INTO contact_label (label_id, contact_id) VALUES (:label, :contact) ON CONFLICT DO NOTHING"
        if on
        else "DELETE FROM contact_label WHERE label_id = :label AND contact_id = :contact",
        label=label_id,
        contact=contact,
    )
    if changed:
        tx.changed("contact", contact)
    return bool(changed)


def of_contact(db: sqlite3.Connection, contact: int) -> list[Row]:
    return db.execute(
        "SELECT l.* FROM label l JOIN contact_label c ON c.label_id = l.id WHERE c.contact_id = :id ORDER BY l.folded",
        {"id": contact},
    ).fetchall()


def by_id(db: sqlite3.Connection, id: int) -> Row | None:
    row: Row | None = db.execute("SELECT * FROM label WHERE id = :id", {"id": id}).fetchone()
    return row
