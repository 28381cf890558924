"""Who else a customer may be, with what speaks for it: both messages side by side."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from unibox_tui.domain.matching import Evidence, Side
from unibox_tui.store import contact_reading, merging, reading, suggested_reading, suggestions
from unibox_tui.text.safe import safe_line
from unibox_tui.views.people import first_words, mark

QUOTED_CELLS = 200
MOST = 10


@dataclass(frozen=True, slots=True)
class SideLine:
    """Where one of the two has it: in which message, over which channel. `n` None: from no message that is here."""

    contact_id: int
    name: str
    level: str  # verified, stated, written
    n: int | None
    message_id: str
    conversation_id: int | None
    at: int | None
    mark: str
    inbox: str
    author: str
    text: str  # first words


@dataclass(frozen=True, slots=True)
class Reason:
    kind: str  # phone, email, platform, order, bank
    value: str
    mine: SideLine
    theirs: SideLine


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`contact_id` may be `other_id`. `score`: 100 for each independent reason, and how strong the best is."""

    contact_id: int
    name: str
    other_id: int
    other_name: str
    score: int
    at: int
    reasons: tuple[Reason, ...]


def of_conversation(db: sqlite3.Connection, conversation: int) -> tuple[Suggestion, ...]:
    """Of the customer of this conversation (and of what is joined into it), the best first. Raises NotFound."""
    found: dict[tuple[int, int], Suggestion] = {}
    for contact in contact_reading.contacts_of(db, reading.joined_set(db, conversation)):
        for suggestion in of_contact(db, contact):
            found.setdefault((suggestion.contact_id, suggestion.other_id), suggestion)
    return tuple(sorted(found.values(), key=lambda one: (-one.score, one.other_id)))[:MOST]


def of_contact(db: sqlite3.Connection, contact: int) -> tuple[Suggestion, ...]:
    return tuple(_suggestion(db, pair) for pair in suggestions.of_contact(db, contact, MOST))


def everyone(db: sqlite3.Connection, limit: int = 100) -> tuple[Suggestion, ...]:
    """Of the whole store, the best first."""
    return tuple(_suggestion(db, pair) for pair in suggestions.open_ones(db, limit))


def _suggestion(db: sqlite3.Connection, pair: suggestions.Pair) -> Suggestion:
    return Suggestion(
        contact_id=pair.mine,
        name=_name(db, pair.mine),
        other_id=pair.other,
        other_name=_name(db, pair.other),
        score=pair.score,
        at=pair.at,
        reasons=tuple(_reason(db, pair, item) for item in pair.evidence),
    )


def _reason(db: sqlite3.Connection, pair: suggestions.Pair, item: Evidence) -> Reason:
    return Reason(item.kind, safe_line(item.value), _side(db, pair.mine, item.mine), _side(db, pair.other, item.theirs))


def _side(db: sqlite3.Connection, contact: int, side: Side) -> SideLine:
    row = suggested_reading.message(db, side.n, side.identity)
    return SideLine(
        contact_id=contact,
        name=_name(db, contact),
        level=str(side.level),
        n=row["n"] if row else None,
        message_id=row["id"] if row else "",
        conversation_id=row["conversation_id"] if row else None,
        at=row["sent_at"] if row else side.at,
        mark=mark(row["channel"]) if row else "",
        inbox=safe_line(row["inbox_title"] or "") if row else "",
        author=row["author_kind"] if row else "",
        text=first_words(row["text"], row["subject"], cells=QUOTED_CELLS) if row else "",
    )


def _name(db: sqlite3.Connection, contact: int) -> str:
    return safe_line(suggested_reading.name(db, merging.root(db, contact)))


def as_json(one: Suggestion) -> dict[str, Any]:
    """The stable JSON of `unibox contact suggestions`. Times are epoch ms."""

    def side(line: SideLine) -> dict[str, Any]:
        return {
            "contact": line.contact_id,
            "level": line.level,
            "message_id": line.message_id or None,
            "conversation_id": line.conversation_id,
            "at": line.at,
            "inbox": line.inbox or None,
            "text": line.text,
        }

    return {
        "contact": one.contact_id,
        "name": one.name,
        "other": one.other_id,
        "other_name": one.other_name,
        "score": one.score,
        "at": one.at,
        "reasons": [
            {"kind": reason.kind, "value": reason.value, "mine": side(reason.mine), "theirs": side(reason.theirs)}
            for reason in one.reasons
        ],
    }
