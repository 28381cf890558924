"""One customer with everything we know of them by ourselves, apart from any conversation."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from unibox_tui.store import contact_reading, contacts, merging, suggested_reading
from unibox_tui.text.safe import safe, safe_line
from unibox_tui.views.people import json_object, mark

MOST_OTHERS = 20


@dataclass(frozen=True, slots=True)
class Card:
    """`identities` and `keys` say whether a channel vouches for them, since when, and by which message."""

    id: int
    uid: str
    name: str
    title: str
    language: str
    note: str
    labels: tuple[str, ...]
    attributes: dict[str, str]
    identities: tuple[dict[str, Any], ...]
    keys: tuple[dict[str, Any], ...]
    merges: tuple[dict[str, Any], ...]
    conversations: tuple[dict[str, Any], ...]
    conversation_count: int
    first_seen_at: int | None
    last_seen_at: int | None
    forgotten_at: int | None


def card(db: sqlite3.Connection, contact: int) -> Card:
    """Of who this contact is now. Raises NotFound."""
    top = merging.root(db, contact)
    row = contacts.get(db, top)
    return Card(
        id=top,
        uid=row["uid"],
        name=safe_line(suggested_reading.name(db, top)),
        title=safe_line(row["title"] or ""),
        language=row["language"] or "",
        note=safe(row["note"]),
        labels=tuple(safe_line(label["name"]) for label in contact_reading.contact_labels(db, [top])),
        attributes={
            safe_line(str(key)): safe_line(str(value)) for key, value in json_object(row["attributes"]).items()
        },
        identities=tuple(
            {
                "id": one["id"],
                "inbox": one["inbox_name"],
                "channel": one["channel"],
                "address": safe_line(one["address"]),
                "name": safe_line(one["name"]),
                "verified": bool(one["verified"]),
                "first_seen_at": one["first_seen_at"],
                "last_seen_at": one["last_seen_at"],
            }
            for one in contact_reading.identities(db, [top])
        ),
        keys=tuple(
            {
                "kind": one["kind"],
                "value": safe_line(one["value"]),
                "verified": bool(one["verified"]),
                "since": one["at"],
                "message_id": one["message_id"],
            }
            for one in suggested_reading.keys(db, top)
        ),
        merges=tuple(
            {
                "operation": one["id"],
                "contact": one["loser"],
                "at": one["at"],
                "by": one["actor"] or one["actor_kind"],
                "why": [reason["kind"] for reason in json.loads(one["why"])],
            }
            for one in merging.operations(db, top)
        ),
        conversations=tuple(
            {
                "id": one["id"],
                "subject": safe_line(one["subject"] or one["snippet"]),
                "status": one["status"],
                "last_at": one["last_at"],
                "channel": one["channel"],
            }
            for one in contact_reading.others(db, [top], 0, MOST_OTHERS)
        ),
        conversation_count=contact_reading.conversation_count(db, [top]),
        first_seen_at=row["first_seen_at"],
        last_seen_at=row["last_seen_at"],
        forgotten_at=row["forgotten_at"],
    )


def as_json(one: Card) -> dict[str, Any]:
    """The stable JSON of `unibox contact show`. Times are epoch ms."""
    return asdict(one)


def lines(one: Card, time: Callable[[int | None], str]) -> Iterator[tuple[str, str]]:
    """(what, value) for a person to read."""
    if one.forgotten_at is not None:
        yield "forgotten", time(one.forgotten_at)
    if one.language:
        yield "language", one.language
    if one.labels:
        yield "labels", ", ".join(one.labels)
    yield from one.attributes.items()
    for identity in one.identities:
        vouched = "verified" if identity["verified"] else "not verified"
        said = f"{mark(identity['channel'])} {identity['address']} {identity['name']}".rstrip()
        yield (
            f"identity {identity['id']}",
            f"{said}  ({vouched}, {identity['inbox']}, last {time(identity['last_seen_at'])})",
        )
    for key in one.keys:
        yield key["kind"], f"{key['value']}  ({'verified' if key['verified'] else 'stated'} {time(key['since'])})"
    for merge in one.merges:
        yield "merged", f"contact {merge['contact']} on {time(merge['at'])} by {merge['by']}  ({merge['operation']})"
    yield "conversations", str(one.conversation_count)
    for other in one.conversations:
        yield f"  #{other['id']}", f"{other['status']}  {time(other['last_at'])}  {other['subject']}"
