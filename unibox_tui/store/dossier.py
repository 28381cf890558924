"""All that is held about one person, as plain values. Reads only."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from unibox_tui.store import forgetting, risk
from unibox_tui.store.database import Row

_JSON = frozenset(
    (
        "facts",
        "attributes",
        "email",
        "extra",
        "data",
        "before",
        "after",
        "moved",
        "why",
        "choices",
        "joins",
        "evidence",
        "options",
        "payload",
        "remote",
        "items",
    )
)


def dossier(db: sqlite3.Connection, contact: int) -> dict[str, Any]:
    """Keys: contact, merged, merges, labels, identities, keys, given, windows, standings, suggestions, orders, deals, risk, outside
    (what other systems call and say of them), conversations, messages (each with what was found in it, files, reactions, the call it is and the copy kept for sending), drafts, events. Times are epoch ms. Raises NotFound."""
    found = forgetting.traces(db, contact)
    people, talks, own = found.people, found.conversations, found.identities

    def rows(sql: str, ids: Sequence[object]) -> list[dict[str, Any]]:
        collected: list[dict[str, Any]] = []
        for start in range(0, len(ids), 500):
            some = list(ids[start : start + 500])
            collected += [_plain(row) for row in db.execute(sql.format(",".join("?" * len(some))), some)]
        return collected

    def by_n(sql: str) -> dict[int, list[dict[str, Any]]]:
        sorted_out: dict[int, list[dict[str, Any]]] = {}
        for row in rows(sql, found.messages):
            sorted_out.setdefault(row.pop("n"), []).append(row)
        return sorted_out

    contacts = rows("SELECT * FROM contact WHERE id IN ({}) ORDER BY id", people)
    parts = {
        "found": by_n("SELECT n, kind, value, raw, confidence FROM found WHERE n IN ({})"),
        "files": by_n(
            "SELECT n, name, media_type, size, sha256, state FROM attachment WHERE n IN ({}) ORDER BY n, position"
        ),
        "reactions": by_n("SELECT n, who, emoji, at FROM reaction WHERE n IN ({})"),
        "provider_ids": by_n("SELECT n, scope, provider_id FROM message_key WHERE n IN ({})"),
        "sent_copies": by_n("SELECT n, destination, payload, state FROM outbox WHERE n IN ({})"),
        "calls": by_n("SELECT * FROM call WHERE n IN ({})"),
        "places": by_n("SELECT n, folder, uid FROM mail_place WHERE n IN ({})"),
    }
    messages = rows(
        "SELECT m.*, b.text, b.hidden_text, b.subject, b.email, b.extra FROM message m LEFT JOIN message_body b ON b.n = m.n "
        "WHERE m.n IN ({}) ORDER BY m.n",
        found.messages,
    )
    for message in messages:
        message |= {name: part[message["n"]] for name, part in parts.items() if message["n"] in part}
    events = rows("SELECT * FROM event WHERE contact_id IN ({})", people)
    events += rows("SELECT * FROM event WHERE conversation_id IN ({})", talks)
    return {
        "contact": next(one for one in contacts if one["id"] == found.contact),
        "merged": [one for one in contacts if one["id"] != found.contact],
        "merges": rows("SELECT * FROM contact_merge WHERE loser IN ({}) ORDER BY seq", people),
        "labels": rows(
            "SELECT c.contact_id, l.name FROM contact_label c JOIN label l ON l.id = c.label_id WHERE c.contact_id IN ({})",
            people,
        ),
        "identities": rows(
            "SELECT d.*, i.name AS inbox, i.channel FROM identity d LEFT JOIN inbox i ON i.id = d.inbox_id "
            "WHERE d.id IN ({}) ORDER BY d.id",
            own,
        ),
        "keys": rows("SELECT * FROM contact_key WHERE contact_id IN ({})", people),
        "given": rows("SELECT * FROM given WHERE identity_id IN ({})", own),
        "windows": rows("SELECT * FROM reply_window WHERE identity_id IN ({})", own),
        "standings": rows("SELECT identity_id, facts, at FROM identity_standing WHERE identity_id IN ({})", own),
        "suggestions": rows("SELECT * FROM contact_suggestion WHERE low IN ({})", people)
        + rows("SELECT * FROM contact_suggestion WHERE high IN ({})", people),
        "orders": (bought := orders_of(talks, people, rows)),
        "deals": rows("SELECT * FROM deal WHERE conversation_id IN ({})", talks),
        "risk": [_plain(row) for row in risk.marks(db, people, risk.phones_of(db, found.contact))],
        "outside": rows("SELECT * FROM outside_id WHERE contact_id IN ({})", people)
        + rows("SELECT * FROM outside_conflict WHERE kind = 'contact' AND id IN ({})", people)
        + rows("SELECT * FROM outside_conflict WHERE kind = 'order' AND id IN ({})", [one["id"] for one in bought]),
        "conversations": rows(
            "SELECT id, uid, group_name, subject, status, assignee, priority, spam, created_at, resolved_at, last_at, "
            "message_count FROM conversation WHERE id IN ({}) ORDER BY id",
            talks,
        ),
        "messages": messages,
        "drafts": rows(
            "SELECT agent, conversation_id, mode, text, updated_at FROM draft WHERE conversation_id IN ({})", talks
        ),
        "events": sorted({event["seq"]: event for event in events}.values(), key=lambda event: int(event["seq"])),
    }


def orders_of(
    talks: Sequence[int], people: Sequence[int], rows: Callable[[str, Sequence[object]], list[dict[str, Any]]]
) -> list[dict[str, Any]]:
    """Of their conversations, and those without one."""
    return rows("SELECT * FROM customer_order WHERE conversation_id IN ({})", talks) + rows(
        "SELECT * FROM customer_order WHERE conversation_id IS NULL AND contact_id IN ({})", people
    )


def _plain(row: Row) -> dict[str, Any]:
    return {
        key: json.loads(row[key]) if key in _JSON and isinstance(row[key], str) and row[key] else row[key]
        for key in row.keys()  # noqa: SIM118 - a row iterates over its values
    }
