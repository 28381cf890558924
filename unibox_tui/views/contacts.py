"""The list of contacts, found by anything; and two of them side by side before they become one."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from unibox_tui.domain.combining import differing
from unibox_tui.domain.words import Status
from unibox_tui.store import contact_search, conversations, inboxes, merging, risk
from unibox_tui.text.fold import fold
from unibox_tui.text.safe import safe_line
from unibox_tui.views.people import first_words, mark

PAGE = 50
ALIKE = 70  # of 100: how alike a name must be to what was typed
MOST_ADDRESSES = 3


@dataclass(frozen=True, slots=True)
class ContactLine:
    """One contact in a list. `addresses`: (mark, channel, address) of those used last; `more`: how many others."""

    id: int
    name: str
    title: str
    language: str
    note: str
    addresses: tuple[tuple[str, str, str], ...]
    more: int
    conversations: int
    last_conversation: int | None
    last_seen_at: int | None
    blocked: bool = False
    risks: tuple[str, ...] = ()  # reasons


@dataclass(frozen=True, slots=True)
class ContactPage:
    lines: tuple[ContactLine, ...]
    more: bool  # older ones follow the last


def page(db: sqlite3.Connection, said: str = "", *, after: int | None = None, limit: int = PAGE) -> ContactPage:
    """Those that `said` finds (a part of a name or address, a phone, an order code, a number), else all; last seen first.
    `after`: the last contact of the page before, without `said`. What nothing holds is looked for by likeness."""
    if not said.strip():
        ids = contact_search.latest(db, limit + 1, None if after is None else contact_search.place(db, after))
        return ContactPage(lines(db, ids[:limit]), len(ids) > limit)
    ids = contact_search.found(db, said, limit + 1)
    if ids:
        return ContactPage(lines(db, ids[:limit]), len(ids) > limit)
    from rapidfuzz.fuzz import partial_ratio

    wanted = fold(said)
    near = lines(db, contact_search.alike(db, said, limit))
    scored = [(partial_ratio(wanted, fold(_words(line))), line) for line in near]
    best = sorted((pair for pair in scored if pair[0] >= ALIKE), key=lambda pair: -pair[0])
    return ContactPage(tuple(line for _score, line in best), False)


def _words(line: ContactLine) -> str:
    return " ".join([line.name, *(address for _mark, _channel, address in line.addresses)])


def lines(db: sqlite3.Connection, ids: Sequence[int]) -> tuple[ContactLine, ...]:
    known = contact_search.addresses(db, ids)
    risky = risk.standing(db, ids)
    return tuple(
        ContactLine(
            id=row["id"],
            name=safe_line(row["name"]),
            title=safe_line(row["title"] or ""),
            language=row["language"] or "",
            note=first_words(row["note"]),
            addresses=tuple(
                (mark(one["channel"]), one["channel"], safe_line(one["address"]))
                for one in known.get(row["id"], [])[:MOST_ADDRESSES]
            ),
            more=max(len(known.get(row["id"], [])) - MOST_ADDRESSES, 0),
            conversations=row["conversations"],
            last_conversation=row["last_conversation"],
            last_seen_at=row["last_seen_at"],
            blocked=risky.get(row["id"], (False, []))[0],
            risks=tuple(safe_line(reason) for reason in risky.get(row["id"], (False, []))[1]),
        )
        for row in contact_search.lines(db, ids)
    )


# -- side by side ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field on which two contacts differ, as `people.merge` takes its choice. `masked`: what is drawn of the two instead."""

    key: str  # name, title, language, attributes.NAME
    mine: str
    theirs: str
    masked: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two contacts before they become one. `joins`: (conversation, the one it would be joined into, what it is about)."""

    mine: ContactLine
    theirs: ContactLine
    conflicts: tuple[Conflict, ...]
    joins: tuple[tuple[int, int, str], ...]


def compare(db: sqlite3.Connection, a: int, b: int) -> Comparison:
    """Raises NotFound."""
    one, other = merging.root(db, a), merging.root(db, b)
    ours, theirs = merging.values(db, one), merging.values(db, other)
    shown = {line.id: line for line in lines(db, [one, other])}
    return Comparison(
        shown[one],
        shown[other],
        tuple(Conflict(key, safe_line(str(ours[key])), safe_line(str(theirs[key]))) for key in differing(ours, theirs)),
        tuple(_joins(db, one, other)),
    )


def _joins(db: sqlite3.Connection, one: int, other: int) -> list[tuple[int, int, str]]:
    """As `people.merge` would: what is open of theirs into what is open of ours, inside a brand."""
    found = []
    for group in sorted({inbox.group_name for inbox in inboxes.all_inboxes(db)}):
        ours, theirs = (
            [
                candidate.id
                for candidate in conversations.candidates(db, contact, group, [])
                if candidate.status is not Status.RESOLVED
            ]
            for contact in (one, other)
        )
        if ours and theirs:
            rows = [conversations.get(db, id) for id in theirs]
            found += [(row["id"], ours[0], first_words(row["subject"], row["snippet"])) for row in rows]
    return found
