"""What the hands did and what comes back: the list of actions that can be undone, and of conversations that return."""

from __future__ import annotations

import sqlite3
from dataclasses import asdict, dataclass
from typing import Any

from unibox_tui.domain.saying import kept
from unibox_tui.domain.words import CHANNEL_MARKS
from unibox_tui.store import doings
from unibox_tui.text.safe import safe_line


@dataclass(frozen=True, slots=True)
class Deed:
    """One action of the agent. `summary` may be said in the reader's language. `wanted`: conversations a bulk action
    meant; `restored`, `kept`: what its last undo or redo did; `under_way`: an undo or redo of it was broken off."""

    id: str
    at: int
    name: str
    summary: str
    undone_at: int | None
    wanted: int | None
    done: int
    changed: int
    restored: int
    kept: int
    under_way: bool


@dataclass(frozen=True, slots=True)
class Return:
    """A conversation that was put away. `wakes`: back as soon as its customer writes."""

    id: int
    at: int
    wakes: bool
    name: str
    mark: str
    channel: str
    subject: str
    snippet: str
    assignee: str | None


def deeds(db: sqlite3.Connection, me: str, limit: int = 100) -> tuple[Deed, ...]:
    """What this agent did, newest first; what changed nothing is left out."""
    return tuple(
        Deed(
            row["id"],
            row["at"],
            row["name"],
            kept(row["summary"]),
            row["undone_at"],
            row["wanted"],
            row["done"],
            row["changed"],
            row["restored"],
            row["kept"],
            row["walked"] is not None,
        )
        for row in doings.actions_of(db, me, limit)
    )


def returns(db: sqlite3.Connection, limit: int = 500) -> tuple[Return, ...]:
    """What is snoozed, soonest first."""
    return tuple(
        Return(
            row["id"],
            row["snoozed_until"],
            bool(row["snooze_wake_on_reply"]),
            safe_line(row["name"] or ""),
            CHANNEL_MARKS.get(row["channel"] or "", ""),
            safe_line(row["channel"] or ""),
            safe_line(row["subject"]),
            safe_line(row["snippet"]),
            None if row["assignee"] is None else safe_line(row["assignee"]),
        )
        for row in doings.snoozed(db, limit)
    )


def as_json(line: Deed | Return) -> dict[str, Any]:
    return {name: str(value) if name == "summary" else value for name, value in asdict(line).items()}
