"""Pages of a query's result: ids from an index alone, by keyset, both ways, in any order of several keys.

An order whose first key most rows lack ("longest waiting first") is read as segments: those that have it, by its own
index, then the rest by the next key. A place in the result is (segment, key values …, id).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.query import Node, Not, OneOf, Query, SortKey, Words, all_of, conjuncts, without_words
from unibox_tui.domain.words import Status
from unibox_tui.store import drivers, reading, search
from unibox_tui.store.drivers import CAP, PARTIAL, Driver
from unibox_tui.store.filters import Scope, condition, of_person, phrase

FEW = 200  # conversations that one search of words can be limited to
_LAST = 1 << 62

Place = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Key:
    """`present` None: every row has it. `falling`: its own direction."""

    column: str
    falling: bool
    present: str | None
    index: str


_KEYS = {
    "active": _Key("c.last_at", True, None, "list_all"),
    "wait": _Key("c.waiting_since", False, "c.waiting_since IS NOT NULL", "list_waiting"),
    "closes": _Key("c.closes_at", False, "c.closes_at IS NOT NULL AND c.closes_at > :now", "list_closing"),
    "returns": _Key("c.snoozed_until", False, "c.status = 'snoozed' AND c.snoozed_until IS NOT NULL", "list_snoozed"),
    "priority": _Key("c.priority", True, "c.priority > 0", "list_priority"),
    "created": _Key("c.created_at", True, None, "list_created"),
    "number": _Key("c.id", True, None, ""),
}


@dataclass(frozen=True, slots=True)
class _Segment:
    where: str
    order: tuple[tuple[str, bool], ...]  # (expression, falling), the id last
    index: str


class Result:
    """One query's result at one moment. Made anew for each read."""

    def __init__(self, scope: Scope, query: Query) -> None:
        self.scope = scope
        self.words, rest = without_words(query.where)
        unwanted = [part for part in conjuncts(rest) if isinstance(part, Not) and isinstance(part.part, Words)]
        self._unwanted = [part.part for part in unwanted if isinstance(part.part, Words)]
        rest = all_of(part for part in conjuncts(rest) if part not in unwanted)
        self.where = condition(rest, scope)
        self.segments = _segments(query.sort or (SortKey("active"),))
        found = drivers.candidates(rest, scope)
        chosen = drivers.best(found, scope)
        self._driver: Driver | None = chosen[0] if chosen else None
        self._narrow = _narrower(rest, found)
        self._sift = bool(self._unwanted)
        self._sift_wanted = False
        if self.words is not None:
            self._choose_for_words(self.words, chosen[1] if chosen else CAP + 1)

    def _choose_for_words(self, words: Words, size: int) -> None:
        if size <= FEW:
            self._sift = self._sift_wanted = True
            return
        found = list(islice(search.hits(self.scope.db, words), CAP + 1))
        theirs = of_people(self.scope, words, CAP + 1)
        if len(found) > CAP or theirs is None or len(theirs) > CAP:
            self._sift = self._sift_wanted = True
            return
        ids = {*conversations_of(self.scope.db, found).values(), *theirs}
        shown = drivers.of_words(self.scope, sorted(ids))
        if self._driver is None or len(ids) < size:
            self._driver = shown
        else:
            self.where += f" AND c.id IN ({shown.ids})"

    # -- reading -----------------------------------------------------------------------------------------------------

    def down(self, place: Place | None, limit: int) -> list[Place]:
        """The places after `place` (None: from the top)."""
        found: list[Place] = []
        for number in range(place[0] if place else 0, len(self.segments)):
            start = place if place and place[0] == number else None
            found += self._read(number, start, limit - len(found), up=False)
            if len(found) >= limit:
                break
        return found

    def up(self, place: Place, limit: int) -> list[Place]:
        """The `limit` places before `place`, in the order of the list."""
        found: list[Place] = []
        for number in range(place[0], -1, -1):
            start = place if place[0] == number else None
            found += self._read(number, start, limit - len(found), up=True)
            if len(found) >= limit:
                break
        return found[::-1]

    def place_of(self, id: int) -> Place | None:
        """Where the conversation stands; None when it is not in the result."""
        for number, segment in enumerate(self.segments):
            sql = (
                f"SELECT {_columns(segment)} FROM conversation c WHERE c.id = :wanted AND c.joined_into IS NULL "
                f"AND {segment.where} AND {self.where}"
            )
            row = self.scope.db.execute(sql, {**self.scope.params, "wanted": id}).fetchone()
            if row is not None:
                place = (number, *row)
                return place if not self._sift or self._sifted([place]) else None
        return None

    def count(self, cap: int) -> int:
        if self._sift:
            return len(self.down(None, cap))
        sql = f"SELECT count(*) FROM (SELECT 1 {self._count_source()} AND {self.where} LIMIT :most)"
        return int(self.scope.db.execute(sql, {**self.scope.params, "most": cap}).fetchone()[0])

    def ids(self) -> Iterator[int]:
        """All of them in order, a thousand at a time."""
        place: Place | None = None
        while found := self.down(place, 1_000):
            yield from (one[-1] for one in found)
            place = found[-1]

    def _read(self, number: int, start: Place | None, limit: int, *, up: bool) -> list[Place]:
        if not self._sift:
            return self._raw(number, start, limit, up=up)
        found: list[Place] = []
        size = 2 * FEW
        while True:
            batch = self._raw(number, start, size, up=up)
            found += self._sifted(batch)
            if len(batch) < size or len(found) >= limit:
                return found[:limit]
            start, size = batch[-1], min(size * 2, 8 * FEW)

    def _sifted(self, batch: list[Place]) -> list[Place]:
        """Those of the batch that hold the words, as far as the statement did not see to it."""
        ids = [place[-1] for place in batch]
        kept = set(ids)
        if self.words is not None and self._sift_wanted:
            kept = holding(self.scope, self.words, ids)
        for words in self._unwanted:
            kept -= holding(self.scope, words, sorted(kept))
        return [place for place in batch if place[-1] in kept]

    def _raw(self, number: int, start: Place | None, limit: int, *, up: bool) -> list[Place]:
        sql, params = self.statement(number, start, limit, up=up)
        return [(number, *row) for row in self.scope.db.execute(sql, params)]

    def statement(self, number: int, start: Place | None, limit: int, *, up: bool) -> tuple[str, dict[str, object]]:
        segment = self.segments[number]
        params = {**self.scope.params, "most": limit}
        order = [(expression, falling != up) for expression, falling in segment.order]
        after = ""
        if start is not None:
            values = [f"k{at}" for at in range(len(order))]
            params.update(zip(values, start[1:], strict=True))
            after = f" AND {_after(order, values)}"
        by = ", ".join(f"{expression} {'DESC' if falling else 'ASC'}" for expression, falling in order)
        return (
            f"SELECT {_columns(segment)} {self._source(segment)} AND {segment.where} AND {self.where}{after} "
            f"ORDER BY {by} LIMIT :most",
            params,
        )

    def _source(self, segment: _Segment) -> str:
        if self._driver is not None:
            return self._driver.source()
        return self._walk(segment.index)

    def _walk(self, index: str) -> str:
        if not index:
            return "FROM conversation c NOT INDEXED WHERE c.joined_into IS NULL"
        if index == "list_all" and self._narrow is not None:
            return self._narrow.source()
        return Driver(index, (PARTIAL[index],) if index in PARTIAL else ()).source()

    def _count_source(self) -> str:
        return self._driver.source() if self._driver is not None else self._walk("list_all")


def _narrower(rest: Node, found: list[Driver]) -> Driver | None:
    """An index that is in the order of activity too and holds fewer rows than all."""
    by_index = {driver.index: driver for driver in found}
    for index in ("list_unread", "list_failed", "list_group"):
        if index in by_index:
            return by_index[index]
    single = [part for part in conjuncts(rest) if isinstance(part, OneOf) and len(part.values) == 1]
    one_status = any(part.field == "status" or part.values[0] in set(Status) for part in single)
    one_owner = any(part.field == "assignee" or part.values[0] in ("mine", "unassigned") for part in single)
    owner = by_index.get("list_assignee")
    if owner is not None and len(owner.terms) == 2 and one_status and one_owner:
        return owner
    # The index of spam alone holds nothing else: each of its rows would be looked up.
    return by_index.get("list_status") if one_status else by_index.get("list_spam")


def _segments(sort: tuple[SortKey, ...]) -> list[_Segment]:
    found: list[_Segment] = []
    missing: list[str] = []
    keys = list(sort)
    while True:
        first = keys[0] if keys else SortKey("active")
        key = _KEYS[first.field]
        where = " AND ".join([*missing, *([f"({key.present})"] if key.present else [])]) or "1"
        found.append(_Segment(where, _order(keys or [first]), key.index))
        if key.present is None:
            return found
        if first.field == "priority":  # those without a mark, and last the low ones
            for term in ("c.priority = 0", "c.priority < 0"):
                found += [
                    replace(rest, where=" AND ".join([*missing, term, rest.where]))
                    for rest in _segments(tuple(keys[1:]))
                ]
            return found
        missing.append(f"NOT ({key.present})")
        keys = keys[1:]


def _order(keys: list[SortKey]) -> tuple[tuple[str, bool], ...]:
    order: list[tuple[str, bool]] = []
    for position, sort in enumerate(keys):
        key = _KEYS[sort.field]
        falling = key.falling != sort.reverse
        if any(key.column == column or f"THEN {key.column} " in column for column, _ in order):
            continue
        if key.column == "c.id":
            return (*order, ("c.id", falling))
        column = key.column
        if position and key.present and sort.field != "priority":
            column = f"CASE WHEN {key.present} THEN {key.column} ELSE {-_LAST if falling else _LAST} END"
        order.append((column, falling))
    return (*order, ("c.id", order[-1][1]))


def _columns(segment: _Segment) -> str:
    return ", ".join(expression for expression, _ in segment.order)


def _after(order: list[tuple[str, bool]], names: list[str]) -> str:
    """Strictly after the place; the first bound stands alone so that an index can begin there."""
    if len({falling for _, falling in order}) == 1:
        sign = "<" if order[0][1] else ">"
        left, right = ", ".join(expression for expression, _ in order), ", ".join(f":{name}" for name in names)
        return f"({left}) {sign} ({right})"
    (expression, falling), name = order[0], names[0]
    sign = "<" if falling else ">"
    rest = _after(order[1:], names[1:])
    return f"{expression} {sign}= :{name} AND ({expression} {sign} :{name} OR {rest})"


# -- words and conversations ---------------------------------------------------------------------------------------


def conversations_of(db: sqlite3.Connection, ns: list[int]) -> dict[int, int]:
    """message -> the conversation it is shown in."""
    found: dict[int, int] = {}
    joined: dict[int, int] = {}
    for start in range(0, len(ns), 500):
        chunk = ns[start : start + 500]
        rows = db.execute(
            "SELECT m.n, m.conversation_id, c.joined_into FROM message m JOIN conversation c ON c.id = m.conversation_id "
            f"WHERE m.n IN ({reading.marks(chunk)})",
            chunk,
        )
        for n, conversation, into in rows:
            (found if into is None else joined)[n] = conversation
    for start in range(0, len(joined), 500):
        some = dict(list(joined.items())[start : start + 500])
        tops = reading.roots(db, set(some.values()))
        found.update({n: tops[conversation] for n, conversation in some.items()})
    return found


def homes(db: sqlite3.Connection, conversations: list[int]) -> list[int]:
    """The conversations in which the messages shown in these were born."""
    inside = [
        int(row[0])
        for row in db.execute(
            f"WITH RECURSIVE member(id) AS (SELECT id FROM conversation WHERE id IN ({reading.marks(conversations)}) "
            "UNION SELECT j.id FROM member CROSS JOIN conversation j WHERE j.joined_into = member.id) SELECT id FROM member",
            conversations,
        )
    ]
    moved = db.execute(
        "SELECT born_in FROM message INDEXED BY message_moved WHERE born_in <> conversation_id "
        f"AND conversation_id IN ({reading.marks(inside)})",
        inside,
    )
    return sorted({*inside, *(int(row[0]) for row in moved)})


def of_people(scope: Scope, words: Words, most: int) -> list[int] | None:
    """Up to `most` shown conversations of customers whose name or address holds the words; None: of too many people."""
    said = phrase(words)
    known = scope.people(said) if said else []
    if not known:
        return known
    driver = drivers.of(OneOf("from", (said,)), scope)
    assert driver is not None
    sql = f"SELECT c.id {driver.source()} AND {of_person(words, scope)} LIMIT :most"
    rows = scope.db.execute(sql, {**scope.params, "most": most})
    return [int(row[0]) for row in rows]


def holding(scope: Scope, words: Words, conversations: list[int]) -> set[int]:
    """Those of these (shown) conversations in a message of which the words stand, or in the customer's name or address."""
    found = among(scope.db, words, conversations)
    rest = [id for id in conversations if id not in found]
    if not rest or not phrase(words):
        return found
    sql = of_person(words, scope)
    rows = scope.db.execute(
        f"SELECT c.id FROM json_each(:ids) j CROSS JOIN conversation c WHERE c.id = j.value AND {sql}",
        {**scope.params, "ids": "[" + ",".join(map(str, rest)) + "]"},
    )
    return found | {int(row[0]) for row in rows}


def among(db: sqlite3.Connection, words: Words, conversations: list[int]) -> set[int]:
    """Those of these conversations that show a message with the words."""
    if not conversations:
        return set()
    found = search.hits(db, words, born_in=homes(db, conversations))
    return set(conversations_of(db, list(found)).values()) & set(conversations)


def fitting(scope: Scope, where: Node, conversations: list[int]) -> set[int]:
    """Those of these (shown) conversations for which the tree holds."""
    if not conversations:
        return set()
    sql = condition(where, scope)
    rows = scope.db.execute(
        f"SELECT c.id FROM json_each(:ids) j CROSS JOIN conversation c WHERE c.id = j.value AND {sql}",
        {**scope.params, "ids": "[" + ",".join(map(str, conversations)) + "]"},
    )
    return {int(row[0]) for row in rows}


# -- tokens --------------------------------------------------------------------------------------------------------


def token(place: Place) -> str:
    return ".".join(map(str, place))


def place(token: str, result: Result) -> Place:
    """Raises WrongUse for a token of another order."""
    try:
        found = tuple(map(int, token.split(".")))
        fits = 0 <= found[0] < len(result.segments) and len(found) == len(result.segments[found[0]].order) + 1
    except ValueError:
        fits = False
    if not fits:
        raise WrongUse("This place is not of this list.", hint="Begin at the first page.", code="bad_page")
    return found
