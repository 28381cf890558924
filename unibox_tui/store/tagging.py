"""Labels and the tags that networks have of their own: whose may differ, and what they should be."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from unibox_tui.store.database import Row
from unibox_tui.store.reading import marks

# What may change the labels of a customer, on themselves or on a conversation of theirs.
_KINDS = ("conversation.labelled", "conversation.unlabelled", "contact.changed", "contact.merged", "contact.split")


def news(db: sqlite3.Connection, seq: int, limit: int) -> list[Row]:
    """(seq, contact_id) of what may have changed labels after `seq`, the oldest first."""
    return db.execute(
        f"SELECT seq, contact_id FROM event WHERE seq > ? AND contact_id IS NOT NULL AND kind IN ({marks(_KINDS)}) "
        "ORDER BY seq LIMIT ?",
        [seq, *_KINDS, limit],
    ).fetchall()


def identities(db: sqlite3.Connection, inbox: int, contact: int) -> list[Row]:
    """Those of the customer in this inbox, as they are known now, with what is known of them there."""
    return db.execute(
        "SELECT d.id, d.address, d.kind, d.contact_id, s.facts FROM identity d "
        "LEFT JOIN identity_standing s ON s.identity_id = d.id WHERE d.inbox_id = :inbox AND d.contact_id = :contact",
        {"inbox": inbox, "contact": contact},
    ).fetchall()


def wanted(db: sqlite3.Connection, contact: int, group: str) -> list[str]:
    """The customer's labels, and those of their conversations with this brand."""
    rows = db.execute(
        "SELECT l.name FROM label l WHERE l.id IN (SELECT label_id FROM contact_label WHERE contact_id = :contact) "
        "OR l.id IN (SELECT k.label_id FROM conversation_label k JOIN conversation c ON c.id = k.conversation_id "
        "WHERE c.contact_id = :contact AND c.group_name = :group AND c.joined_into IS NULL) ORDER BY l.folded",
        {"contact": contact, "group": group},
    )
    return [str(row[0]) for row in rows]


def labelled(db: sqlite3.Connection, contact: int, group: str, label: int) -> list[int]:
    """The customer's conversations with this brand that have the label."""
    rows: Sequence[Row] = db.execute(
        "SELECT c.id FROM conversation c JOIN conversation_label k ON k.conversation_id = c.id "
        "WHERE c.contact_id = :contact AND c.group_name = :group AND c.joined_into IS NULL AND k.label_id = :label",
        {"contact": contact, "group": group, "label": label},
    ).fetchall()
    return [int(row[0]) for row in rows]
