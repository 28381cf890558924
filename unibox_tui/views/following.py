"""What happened, told to other systems: one stable JSON document for each event that concerns them.

Kinds: message, contact, merge, order, label, conversation. A document holds how things are when it is read, not how they
were: after a gap one look at the last document of each thing is enough.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from unibox_tui.store import contacts, following_reading, labels, merging, orders
from unibox_tui.store.database import Row
from unibox_tui.views import masking
from unibox_tui.views import orders as order_views
from unibox_tui.views.people import json_object

KINDS = ("message", "contact", "merge", "order", "label", "conversation")
_KIND_OF = {
    "message.received": "message",
    "message.echoed": "message",
    "message.written": "message",
    "message.edited": "message",
    "message.unsent": "message",
    "note.written": "message",
    "contact.created": "contact",
    "contact.changed": "contact",
    "contact.keys": "contact",
    "contact.key_kept": "contact",
    "contact.blocked": "contact",
    "contact.unblocked": "contact",
    "contact.conflict": "contact",
    "contact.forgotten": "contact",
    "contact.merged": "merge",
    "contact.split": "merge",
    "order.created": "order",
    "order.changed": "order",
    "order.state": "order",
    "order.removed": "order",
    "order.restored": "order",
    "order.conflict": "order",
    "deal.state": "order",
    "conversation.labelled": "label",
    "conversation.unlabelled": "label",
    "conversation.created": "conversation",
    "conversation.status": "conversation",
    "conversation.assigned": "conversation",
    "conversation.priority": "conversation",
    "conversation.joined": "conversation",
    "conversation.split": "conversation",
}


@dataclass(frozen=True, slots=True)
class Batch:
    """`documents` of the events up to `seq`; `full`: more may follow at once."""

    documents: tuple[dict[str, Any], ...]
    seq: int
    full: bool


def batch(
    db: sqlite3.Connection,
    after: int,
    *,
    kinds: Collection[str] = (),
    words: bool = True,
    hide_phones: bool = False,
    limit: int = 200,
) -> Batch:
    """`kinds`: none means all. `words`: the texts of messages too."""
    rows = following_reading.after(db, after, limit)
    documents = tuple(_documents(db, rows, kinds, words, hide_phones))
    return Batch(documents, rows[-1]["seq"] if rows else after, len(rows) == limit)


def _documents(
    db: sqlite3.Connection, rows: list[Row], kinds: Collection[str], words: bool, hide: bool
) -> Iterator[dict[str, Any]]:
    for row in rows:
        kind = _KIND_OF.get(row["kind"])
        if kind is None or (kinds and kind not in kinds):
            continue
        data = json_object(row["data"])
        if data.get("imported"):
            continue  # happened in another store, long ago
        told: dict[str, Any] = {
            "seq": row["seq"],
            "at": row["at"],
            "kind": kind,
            "event": row["kind"],
            "by": {"kind": row["actor_kind"], "name": row["actor"]},
            "cause": row["cause"],
            "conversation_id": row["conversation_id"],
            "contact_id": row["contact_id"],
        }
        told |= _more(db, kind, row, data, words)
        yield _hidden(told) if hide else told


def _more(db: sqlite3.Connection, kind: str, row: Row, data: dict[str, Any], words: bool) -> dict[str, Any]:
    if kind == "message":
        return {"message": _message(db, row["message_n"], words)} if row["message_n"] is not None else {}
    if kind == "order":
        return _order(db, data)
    if kind == "label":
        known = labels.by_id(db, data["label_id"]) if "label_id" in data else None
        return {"label": known["name"] if known is not None else None, "on": row["kind"].endswith(".labelled")}
    if kind == "conversation":
        return {key: data[key] for key in ("from", "to", "field", "child", "parent", "why") if key in data}
    more: dict[str, Any] = {"contact": _contact(db, row["contact_id"])} if row["contact_id"] is not None else {}
    if kind == "merge":
        more |= {key: data[key] for key in ("winner", "loser") if key in data}
    elif "field" in data:
        more["field"] = data["field"]
    elif "fields" in data:
        more |= {"fields": data["fields"], "system": data.get("system")}
    return more


def _message(db: sqlite3.Connection, n: int, words: bool) -> dict[str, Any] | None:
    row = following_reading.message(db, n)
    if row is None:
        return None
    told = {
        key: row[key]
        for key in (
            "id",
            "direction",
            "kind",
            "author_kind",
            "author",
            "inbox",
            "channel",
            "sent_at",
            "received_at",
            "state",
        )
    }
    return told | ({"text": row["text"] or "", "subject": row["subject"] or ""} if words else {})


def _contact(db: sqlite3.Connection, id: int) -> dict[str, Any] | None:
    top = merging.root(db, id) if following_reading.contact(db, id) is not None else None
    row = following_reading.contact(db, top) if top is not None else None
    if row is None or top is None:
        return None
    whole = contacts.get(db, top)
    return {
        "id": top,
        "uid": row["uid"],
        "name": row["name"],
        "title": row["title"],
        "language": row["language"],
        "attributes": json_object(whole["attributes"]),
        "keys": [
            {"kind": key["kind"], "value": key["value"], "verified": bool(key["verified"])}
            for key in following_reading.keys(db, top)
        ],
        "external_ids": following_reading.outside_ids(db, merging.tree(db, top)),
        "blocked": row["blocked_at"] is not None,
        "forgotten": row["forgotten_at"] is not None,
    }


def _order(db: sqlite3.Connection, data: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {key: data[key] for key in ("from", "to", "fields", "system") if key in data}
    if "order" in data:
        told["order"] = order_views.as_json(db, orders.get(db, data["order"]))
    return told


def _hidden(told: dict[str, Any]) -> dict[str, Any]:
    """Phones masked wherever they stand."""

    def walk(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: walk(one, name) for name, one in value.items()}
        if isinstance(value, list):
            return [walk(one, key) for one in value]
        return masking.text(value) if isinstance(value, str) and key not in ("id", "uid", "event", "kind") else value

    hidden: dict[str, Any] = walk(told)
    return hidden
