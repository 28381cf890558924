"""What waits for a person's word, or has got it: pairs of contacts that may be one or were kept apart, and values that
another system says otherwise."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, cast

from unibox_tui.domain.combining import CHOSEN
from unibox_tui.domain.orders import FIELDS, MONEY
from unibox_tui.store import orders, suggestions
from unibox_tui.store.database import Row, Tx
from unibox_tui.store.interchange import records
from unibox_tui.store.interchange.evidence import Find, Names, numbered
from unibox_tui.store.interchange.records import BadLine, ms
from unibox_tui.store.interchange.seen import Seen
from unibox_tui.store.interchange.snapshot import Snapshot

PAGE = 200
STATES = cast(tuple[str, ...], cast(Any, suggestions.State).__args__)


# -- pairs -----------------------------------------------------------------------------------------------------------


async def pairs(db: Snapshot, told: Seen) -> AsyncGenerator[records.Pair, None]:
    """Of contacts that have their line. Which of the two stands first is the same in every store: the lower uid."""
    page: list[Row] = []
    rows = db.stream(
        "SELECT s.*, l.uid AS low_uid, h.uid AS high_uid FROM contact_suggestion s JOIN contact l ON l.id = s.low "
        "JOIN contact h ON h.id = s.high ORDER BY min(l.uid, h.uid), max(l.uid, h.uid)"
    )
    async with aclosing(rows):
        async for row in rows:
            if row["low"] in told and row["high"] in told:
                page.append(row)
            if len(page) == PAGE:
                for line in await _pairs_of(db, page):
                    yield line
                page = []
    for line in await _pairs_of(db, page):
        yield line


async def _pairs_of(db: Snapshot, rows: list[Row]) -> list[records.Pair]:
    evidence = [json.loads(row["evidence"]) for row in rows]
    names = await Names.of(db, (one for some in evidence for one in some))
    return [
        records.Pair(
            one=min(row["low_uid"], row["high_uid"]),
            other=max(row["low_uid"], row["high_uid"]),
            state=row["state"],
            at=row["at"],
            updated_at=row["updated_at"],
            score=row["score"],
            evidence=names.told(some, swapped=row["low_uid"] > row["high_uid"]),
        )
        for row, some in zip(rows, evidence, strict=True)
    ]


def write_pair(tx: Tx, line: records.Pair, one: int, other: int, contact: Find) -> bool:
    """`one`, `other`: who is meant here. What stands here already stays. Raises BadLine."""
    if line.state not in STATES:
        raise BadLine(f"state: {line.state!r} is none of {', '.join(STATES)}.")
    if one == other:
        return False
    evidence = numbered(tx, line.evidence, contact, swapped=one > other)
    low, high = sorted((one, other))
    new = tx.run(
        "INSERT INTO contact_suggestion (low, high, state, score, evidence, at, updated_at) VALUES (:low, :high, :state, "
        ":score, :evidence, :at, :updated) ON CONFLICT DO NOTHING",
        low=low,
        high=high,
        state=line.state,
        score=line.score,
        evidence=json.dumps(evidence, ensure_ascii=False),
        at=ms(line.at, "at"),
        updated=ms(line.at if line.updated_at is None else line.updated_at, "updated_at"),
    )
    if new:
        for side in (low, high):
            tx.changed("contact", side)
    return bool(new)


# -- values that differ ------------------------------------------------------------------------------------------------


async def differences(db: Snapshot, contacts: Seen, orders_told: Seen) -> AsyncGenerator[records.Difference, None]:
    """Of contacts and orders that have their line."""
    rows = db.stream(
        "SELECT d.*, coalesce(t.uid, o.uid) AS uid FROM outside_conflict d "
        "LEFT JOIN contact t ON d.kind = 'contact' AND t.id = d.id "
        "LEFT JOIN customer_order o ON d.kind = 'order' AND o.id = d.id ORDER BY d.kind, uid, d.field, d.system"
    )
    async with aclosing(rows):
        async for row in rows:
            if row["id"] in (contacts if row["kind"] == "contact" else orders_told):
                yield records.Difference(
                    what=row["kind"],
                    of=row["uid"],
                    field=row["field"],
                    system=row["system"],
                    value=json.loads(row["value"]),
                    at=row["at"],
                )


def write_difference(tx: Tx, line: records.Difference, contact: Find) -> bool:
    """Raises BadLine."""
    if line.what == "contact":
        id = contact(line.of)
    elif line.what == "order":
        row = orders.by_uid(tx.db, line.of)
        id = None if row is None else int(row["id"])
    else:
        raise BadLine(f"what: {line.what!r} is neither contact nor order.")
    if id is None:
        raise BadLine(f"The {line.what} {line.of} is not here; its line must come before.")
    _checked(line)
    return bool(
        tx.run(
            "INSERT INTO outside_conflict (kind, id, field, system, value, at) VALUES (:kind, :id, :field, :system, :value, "
            ":at) ON CONFLICT DO NOTHING",
            kind=line.what,
            id=id,
            field=line.field,
            system=line.system,
            value=json.dumps(line.value, ensure_ascii=False),
            at=ms(line.at, "at"),
        )
    )


def _checked(line: records.Difference) -> None:
    """That the value may be taken as it is."""
    if line.what == "contact":
        known = line.field in CHOSEN or line.field.startswith("attributes.")
        shape: type = str
    else:
        known = line.field in (*FIELDS, "state")
        shape = int if line.field in MONEY else list if line.field == "items" else str
    if not known:
        raise BadLine(f"field: a {line.what} has no field {line.field!r}.")
    if type(line.value) is not shape:
        raise BadLine(f"value: of {line.field} it is not what it should be.")
