"""Contacts that may be one, waiting for a person's word. Pairs keep the numbers they were noticed with; who those are now is
followed when they are read, so merges and splits need not rewrite them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from unibox_tui.domain.errors import NotFound
from unibox_tui.domain.matching import Decision, Evidence, Level, Side
from unibox_tui.domain.saying import say
from unibox_tui.store import merging
from unibox_tui.store.database import Row, Tx

State = Literal["open", "accepted", "dismissed", "apart"]
CLOSED = ("dismissed", "apart")


@dataclass(frozen=True, slots=True)
class Pair:
    """`low` and `high` as noticed; `mine` and `other` who they are now, seen from the contact asked for."""

    low: int
    high: int
    mine: int
    other: int
    score: int
    state: str
    evidence: tuple[Evidence, ...]
    at: int


def get(db: sqlite3.Connection, one: int, other: int) -> Row | None:
    row: Row | None = db.execute(
        "SELECT * FROM contact_suggestion WHERE low = :low AND high = :high",
        {"low": min(one, other), "high": max(one, other)},
    ).fetchone()
    return row


def between(db: sqlite3.Connection, one: int, other: int) -> list[Row]:
    """All that was ever noticed between two contacts, or between any two of those they are made of."""
    left, right = merging.tree(db, one), merging.tree(db, other)
    return db.execute(
        f"SELECT * FROM contact_suggestion WHERE (low IN ({_marks(left)}) AND high IN ({_marks(right)})) "
        f"OR (low IN ({_marks(right)}) AND high IN ({_marks(left)})) ORDER BY score DESC, at DESC",
        [*left, *right, *right, *left],
    ).fetchall()


def offer(tx: Tx, contact: int, other: int, decision: Decision) -> bool:
    """Raise a suggestion, or strengthen the one there is; whether there is news. What was refused stays refused until
    something new speaks for it; what a person split is never offered again."""
    known = between(tx.db, contact, other)
    if any(row["state"] == "apart" for row in known):
        return False
    told = {(item["kind"], item["value"]) for row in known for item in json.loads(row["evidence"])}
    fresh = [item for item in decision.reasons if (item.kind, item.value) not in told]
    if known and not fresh:
        return False
    low, high = sorted((contact, other))
    own = next((row for row in known if (row["low"], row["high"]) == (low, high)), None)
    reasons = dump(decision.reasons, swapped=contact != low)
    tx.run(
        "INSERT INTO contact_suggestion (low, high, state, score, evidence, at, updated_at) "
        "VALUES (:low, :high, 'open', :score, :evidence, :now, :now) ON CONFLICT (low, high) DO UPDATE SET state = 'open', "
        "score = max(contact_suggestion.score, excluded.score), evidence = excluded.evidence, updated_at = excluded.updated_at",
        low=low,
        high=high,
        score=decision.score,
        evidence=json.dumps(_joined(json.loads(own["evidence"]) if own else [], reasons), ensure_ascii=False),
        now=tx.now,
    )
    for side in (low, high):
        tx.changed("contact", side)
    return True


def set_state(tx: Tx, one: int, other: int, state: State) -> str | None:
    """Of this very pair, made when there is none; returns the state it had."""
    row = get(tx.db, one, other)
    low, high = sorted((one, other))
    tx.run(
        "INSERT INTO contact_suggestion (low, high, state, at, updated_at) VALUES (:low, :high, :state, :now, :now) "
        "ON CONFLICT (low, high) DO UPDATE SET state = excluded.state, updated_at = excluded.updated_at",
        low=low,
        high=high,
        state=state,
        now=tx.now,
    )
    for side in (low, high):
        tx.changed("contact", side)
    return None if row is None else str(row["state"])


def drop(tx: Tx, one: int, other: int) -> None:
    low, high = sorted((one, other))
    tx.run("DELETE FROM contact_suggestion WHERE low = :low AND high = :high", low=low, high=high)


def apart(db: sqlite3.Connection, one: int, other: int) -> bool:
    """Whether a person has split these two, or said that they are not one."""
    return any(row["state"] in CLOSED for row in between(db, one, other))


def of_contact(db: sqlite3.Connection, contact: int, limit: int = 20) -> list[Pair]:
    """Open ones of who this contact is now, the best first; one for each other customer."""
    mine = merging.root(db, contact)
    members = merging.tree(db, mine)
    rows = db.execute(
        f"SELECT * FROM contact_suggestion WHERE state = 'open' AND low IN ({_marks(members)}) UNION ALL "
        f"SELECT * FROM contact_suggestion WHERE state = 'open' AND high IN ({_marks(members)}) "
        "ORDER BY score DESC, updated_at DESC LIMIT 200",
        [*members, *members],
    ).fetchall()
    found: dict[int, Pair] = {}
    for row in rows:
        ours = row["low"] in members
        pair = _pair(db, row, row["low"] if ours else row["high"])
        if pair is not None:
            found.setdefault(pair.other, pair)
    return list(found.values())[:limit]


def open_ones(db: sqlite3.Connection, limit: int = 100) -> list[Pair]:
    """Of all contacts, the best first."""
    rows = db.execute(
        "SELECT * FROM contact_suggestion WHERE state = 'open' ORDER BY score DESC, at DESC LIMIT :limit",
        {"limit": limit},
    ).fetchall()
    pairs = [_pair(db, row, row["low"]) for row in rows]
    return [pair for pair in pairs if pair is not None]


def named(db: sqlite3.Connection, one: int, other: int) -> Pair:
    """The best open one between two contacts. Raises NotFound."""
    rows = [row for row in between(db, merging.root(db, one), merging.root(db, other)) if row["state"] == "open"]
    left = merging.tree(db, merging.root(db, one))
    pair = _pair(db, rows[0], rows[0]["low"] if rows[0]["low"] in left else rows[0]["high"]) if rows else None
    if pair is None:
        raise NotFound(
            say("Nothing suggests that contacts {one} and {other} are one.", one=one, other=other),
            hint="`unibox contact suggestions` lists them.",
        )
    return pair


def _pair(db: sqlite3.Connection, row: Row, asked: int) -> Pair | None:
    swapped = asked != row["low"]
    mine = merging.root(db, asked)
    other = merging.root(db, row["low"] if swapped else row["high"])
    if mine == other:
        return None
    evidence = load(row["evidence"], swapped=swapped)
    return Pair(row["low"], row["high"], mine, other, row["score"], row["state"], evidence, row["at"])


# -- evidence as JSON: `a` is the side of the lower number -----------------------------------------------------------


def dump(evidence: Sequence[Evidence], *, swapped: bool = False) -> list[dict[str, Any]]:
    found = []
    for item in evidence:
        a, b = (item.theirs, item.mine) if swapped else (item.mine, item.theirs)
        found.append({"kind": item.kind, "value": item.value, "a": _side(a), "b": _side(b)})
    return found


def load(text: str, *, swapped: bool = False) -> tuple[Evidence, ...]:
    found = []
    for item in json.loads(text):
        a, b = _of(item["a"]), _of(item["b"])
        found.append(Evidence(item["kind"], item["value"], b if swapped else a, a if swapped else b))
    return tuple(found)


def _side(side: Side) -> dict[str, Any]:
    return {"level": str(side.level), "n": side.n, "at": side.at, "identity": side.identity}


def _of(side: dict[str, Any]) -> Side:
    return Side(Level(side["level"]), side["n"], side["at"], side["identity"])


def _joined(known: list[dict[str, Any]], fresh: list[dict[str, Any]]) -> list[dict[str, Any]]:
    told = {(item["kind"], item["value"]) for item in fresh}
    return [*fresh, *(item for item in known if (item["kind"], item["value"]) not in told)]


def _marks(values: Collection[object]) -> str:
    return ",".join("?" * len(values))
