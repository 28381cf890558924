"""Search over all messages: hits with a snippet and what to highlight, newest first or best first."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import tzinfo
from heapq import merge
from itertools import islice
from typing import Literal

from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.query import And, Node, Query, Words, without_words
from unibox_tui.store import drivers, listing, paging
from unibox_tui.store import search as index
from unibox_tui.store.filters import Scope
from unibox_tui.text.safe import safe_line
from unibox_tui.text.search import first_guess, highlights
from unibox_tui.views.query import parse

SNIPPET = 160
PEOPLE_MOST = 1_000  # conversations of customers found by name
_BEFORE = 40  # characters shown before the first highlight


@dataclass(frozen=True, slots=True)
class Hit:
    """One message. `spans` are (start, end) in `snippet`; both times are epoch ms."""

    conversation: int
    n: int
    id: str
    direction: str
    sent_at: int
    received_at: int
    snippet: str
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Hits:
    """`more`: `before` of the next, older page; None at the end, and for hits by relevance."""

    hits: tuple[Hit, ...]
    more: int | None


def search(
    db: sqlite3.Connection,
    query: Query | str,
    *,
    me: str,
    now: int,
    order: Literal["newest", "relevance"] = "newest",
    limit: int = 50,
    before: int | None = None,
    zone: tzinfo | None = None,
) -> Hits:
    """Messages with the query's words, in conversations for which the rest of it holds.

    Each hit names the conversation it is shown in. Raises WrongUse when the query has no words, QueryError when its
    text cannot be read.
    """
    parsed = parse(query) if isinstance(query, str) else query
    words, rest = without_words(parsed.where)
    if words is None:
        raise WrongUse("There are no words to search for.", hint="`unibox ls` lists by fields alone.", code="no_words")
    scope = Scope(db, me, now, zone)
    if order == "relevance":
        best = list(dict.fromkeys((*index.relevant(db, words, index.RELEVANCE_AMONG), *_of_people(scope, words, None))))
        return Hits(_hits(db, list(islice(_kept(scope, rest, iter(best), limit), limit)), words), None)
    found = list(islice(_newest(scope, words, rest, before, limit), limit + 1))
    more = found[limit - 1][0] if len(found) > limit else None
    return Hits(_hits(db, found[:limit], words), more)


def _newest(scope: Scope, words: Words, rest: Node, before: int | None, limit: int) -> Iterator[tuple[int, int]]:
    """(n, conversation), newest first: within the few conversations of a narrow filter, else filtered after finding."""
    born_in: list[int] = []
    chosen = drivers.best(drivers.candidates(rest, scope), scope)
    if chosen is not None and chosen[1] <= paging.FEW:
        few = [place[-1] for place in paging.Result(scope, Query(rest)).down(None, paging.FEW)]
        if not few:
            return
        born_in = paging.homes(scope.db, few)
    said = index.hits(scope.db, words, before=before, born_in=born_in)
    yield from _kept(scope, rest, _each_once(merge(said, _of_people(scope, words, before), reverse=True)), limit)


def _of_people(scope: Scope, words: Words, before: int | None) -> list[int]:
    """The last message of each conversation of the customers whose name or address the words are, newest first."""
    theirs = paging.of_people(scope, words, PEOPLE_MOST) or []
    last = listing.last_messages(scope.db, theirs)
    return sorted((n for n in last if before is None or n < before), reverse=True)


def _each_once(ns: Iterable[int]) -> Iterator[int]:
    last = None
    for n in ns:
        if n != last:
            yield n
            last = n


def _kept(scope: Scope, rest: Node, ns: Iterator[int], limit: int) -> Iterator[tuple[int, int]]:
    """Those in conversations for which the filter holds."""
    size = limit + 1
    while batch := list(islice(ns, size)):
        shown = paging.conversations_of(scope.db, batch)
        fitting = paging.fitting(scope, rest, sorted(set(shown.values()))) if rest != And() else None
        for n in batch:
            if n in shown and (fitting is None or shown[n] in fitting):
                yield n, shown[n]
        size = min(size * 2, 1_000)


def _hits(db: sqlite3.Connection, found: list[tuple[int, int]], words: Words) -> tuple[Hit, ...]:
    records = listing.bodies(db, [n for n, _ in found])
    hits = []
    for n, conversation in found:
        record = records[n]
        shown, spans = snippet(record["text"], record["subject"], words.text)
        hits.append(
            Hit(
                conversation,
                n,
                record["id"],
                record["direction"],
                record["sent_at"],
                record["received_at"],
                shown,
                spans,
            )
        )
    return tuple(hits)


def snippet(text: str, subject: str, query: str) -> tuple[str, tuple[tuple[int, int], ...]]:
    """One safe line around the first place where the words stand, with the places to highlight in it."""
    line = safe_line(f"{subject} — {text}" if subject else text)
    spans = _near(line, query)
    first = spans[0][0] if spans else 0
    start = 0 if first <= _BEFORE else line.rfind(" ", 0, first - _BEFORE // 2) + 1
    if first - start > _BEFORE:
        start = first - _BEFORE // 2
    end = min(len(line), start + SNIPPET)
    lead, tail = "… " if start else "", " …" if end < len(line) else ""
    shift = len(lead) - start
    shown = tuple((a + shift, min(b, end) + shift) for a, b in spans if a >= start and a < end)
    return f"{lead}{line[start:end]}{tail}", shown


def _near(line: str, query: str) -> list[tuple[int, int]]:
    """The highlights from the first place on, as far as a snippet reaches: mapping a long text whole takes too long."""
    place = first_guess(line, query)
    start = line.rfind(" ", 0, max(place - _BEFORE, 0)) + 1
    end = line.find(" ", place + 2 * SNIPPET)
    near = highlights(line[start : end if end >= 0 else len(line)], query)
    if not near and (start or end >= 0):
        return highlights(line, query)
    return [(a + start, b + start) for a, b in near]
