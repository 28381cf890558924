"""Labels everywhere at once: another name, colour or meaning; two made one; gone. Each change can be taken back."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from unibox_tui.store.database import Row, Tx
from unibox_tui.text.fold import fold

FIELDS = ("name", "colour", "description", "label_set", "sticks")


def counts(db: sqlite3.Connection) -> dict[int, int]:
    """Label -> conversations that have it."""
    rows = db.execute("SELECT label_id, count(*) FROM conversation_label GROUP BY label_id")
    return {int(row[0]): int(row[1]) for row in rows}


def change(tx: Tx, id: int, fields: Mapping[str, Any]) -> None:
    given = {name: fields[name] for name in FIELDS if name in fields}
    if "name" in given:
        given["folded"] = fold(given["name"])
    sets = ", ".join(f"{name} = :{name}" for name in given)
    tx.run(f"UPDATE label SET {sets} WHERE id = :id", {**given, "id": id})
    _show(tx, id)


def parts(db: sqlite3.Connection, id: int) -> list[int]:
    """Contacts that have it and have become part of others; they keep it for the day they are taken apart."""
    rows = db.execute(
        "SELECT l.contact_id FROM contact_label l JOIN contact c ON c.id = l.contact_id "
        "WHERE l.label_id = :id AND c.merged_into IS NOT NULL",
        {"id": id},
    )
    return [int(row[0]) for row in rows]


def held_by(db: sqlite3.Connection, id: int) -> int:
    """How many conversations and contacts have it."""
    of = {"id": id}
    return sum(
        int(db.execute(f"SELECT count(*) FROM {table} WHERE label_id = :id", of).fetchone()[0])
        for table in ("conversation_label", "contact_label")
    )


def some_holders(db: sqlite3.Connection, id: int, most: int) -> tuple[list[int], list[int]]:
    """(conversations, contacts) that have it, the first of each; no contact that has become part of another."""
    conversations = "SELECT conversation_id FROM conversation_label WHERE label_id = :id ORDER BY 1 LIMIT :most"
    contacts = (
        "SELECT l.contact_id FROM contact_label l JOIN contact c ON c.id = l.contact_id "
        "WHERE l.label_id = :id AND c.merged_into IS NULL ORDER BY 1 LIMIT :most"
    )
    of = {"id": id, "most": most}
    return [int(row[0]) for row in db.execute(conversations, of)], [int(row[0]) for row in db.execute(contacts, of)]


def move(tx: Tx, id: int, into: int) -> tuple[list[int], list[int]]:
    """Give all that have label `id` the label `into`; returns (conversations, contacts) that did not have it before."""
    given = (
        tx.all(
            "INSERT INTO conversation_label (label_id, conversation_id) SELECT :into, conversation_id FROM conversation_label "
            "WHERE label_id = :id ON CONFLICT DO NOTHING RETURNING conversation_id",
            id=id,
            into=into,
        ),
        tx.all(
            "INSERT INTO contact_label (label_id, contact_id) SELECT :into, contact_id FROM contact_label "
            "WHERE label_id = :id ON CONFLICT DO NOTHING RETURNING contact_id",
            id=id,
            into=into,
        ),
    )
    return [int(row[0]) for row in given[0]], [int(row[0]) for row in given[1]]


def drop(tx: Tx, id: int) -> None:
    """The label and everything that says somebody has it."""
    _show(tx, id)
    for table in ("conversation_label", "contact_label"):
        tx.run(f"DELETE FROM {table} WHERE label_id = :id", id=id)
    tx.run("DELETE FROM label WHERE id = :id", id=id)


def bring_back(tx: Tx, row: Mapping[str, Any], conversations: list[int], contacts: list[int]) -> bool:
    """The label as it was, on what had it; False when another has taken its name or place."""
    made = tx.run(
        "INSERT INTO label (id, name, folded, colour, description, label_set, sticks, used_at) VALUES "
        "(:id, :name, :folded, :colour, :description, :label_set, :sticks, :used_at) ON CONFLICT DO NOTHING",
        dict(row),
    )
    if not made:
        return False
    for table, column, ids in (
        ("conversation_label", "conversation_id", conversations),
        ("contact_label", "contact_id", contacts),
    ):
        tx.run(
            f"INSERT INTO {table} (label_id, {column}) SELECT :id, j.value FROM json_each(:ids) j WHERE 1 ON CONFLICT DO NOTHING",
            id=row["id"],
            ids=json.dumps(ids),
        )
    _show(tx, row["id"])
    return True


def take(tx: Tx, id: int, conversations: list[int], contacts: list[int]) -> None:
    """Off these."""
    for table, column, ids in (
        ("conversation_label", "conversation_id", conversations),
        ("contact_label", "contact_id", contacts),
    ):
        tx.run(
            f"DELETE FROM {table} WHERE label_id = :id AND {column} IN (SELECT value FROM json_each(:ids))",
            id=id,
            ids=json.dumps(ids),
        )
    _show(tx, id)


def plain(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in row.keys()}  # noqa: SIM118  a Row iterates over its values


def _show(tx: Tx, id: int) -> None:
    """Screens show the label where it stands; beyond a screenful of it they read the list anew."""
    tx.changed("label", id)
    for row in tx.all("SELECT conversation_id FROM conversation_label WHERE label_id = :id LIMIT 100", id=id):
        tx.changed("conversation", row[0])
