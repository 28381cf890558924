"""What a query means: a tree of frozen values. Relative times stay relative, so a saved query keeps its meaning.

Query  where + sort
Node   And, Or, Not over Words, OneOf, Compare, Range
Value  Duration, Number, Amount, and the moments Ago, DayFromToday, LastWeekday, Date
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Literal

Op = Literal["<", "<=", ">", ">="]


class Named(str):
    """A name as typed, equal to it; `column` counts characters of the query from 1, 0: not typed in one."""

    column = 0

    @classmethod
    def at(cls, name: str, column: int) -> Named:
        made = cls(name)
        made.column = column
        return made


@dataclass(frozen=True, slots=True)
class Duration:
    ms: int


@dataclass(frozen=True, slots=True)
class Number:
    value: int


@dataclass(frozen=True, slots=True)
class Amount:
    """Money as commonly written: dong, baht, dollars."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Ago:
    ms: int


@dataclass(frozen=True, slots=True)
class DayFromToday:
    """0 is today, -1 yesterday. `clock`: minutes after midnight, None for the whole day."""

    days: int
    clock: int | None = None


@dataclass(frozen=True, slots=True)
class LastWeekday:
    """The latest such day that has begun; Monday is 0."""

    weekday: int
    clock: int | None = None


@dataclass(frozen=True, slots=True)
class Date:
    """`year` None: the latest such day that has begun."""

    year: int | None
    month: int
    day: int
    clock: int | None = None


Moment = Ago | DayFromToday | LastWeekday | Date
Value = Duration | Number | Amount | Ago | DayFromToday | LastWeekday | Date


@dataclass(frozen=True, slots=True)
class Word:
    """A searched word; `exact` for a quotation, which must stand whole and in that order."""

    text: str
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Words:
    """All of these in one message."""

    terms: tuple[Word, ...]

    @property
    def text(self) -> str:
        """As a person types it to the search of words."""
        plain = ((term.exact, term.text.replace('"', " ")) for term in self.terms)
        return " ".join(f'"{text}"' if exact else text for exact, text in plain)


@dataclass(frozen=True, slots=True)
class OneOf:
    """The field has at least one of these values."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """A conversation without the field's value never fits."""

    field: str
    op: Op
    value: Value


@dataclass(frozen=True, slots=True)
class Range:
    """Both ends belong to it; None is an open end."""

    field: str
    low: Value | None
    high: Value | None


@dataclass(frozen=True, slots=True)
class And:
    """No parts: everything."""

    parts: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Node


Node = And | Or | Not | Words | OneOf | Compare | Range


@dataclass(frozen=True, slots=True)
class SortKey:
    """`reverse`: against the field's own direction (newest, longest, soonest, most urgent first)."""

    field: str
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    where: Node = And()
    sort: tuple[SortKey, ...] = ()


def all_of(parts: Iterable[Node]) -> Node:
    """Their conjunction: nested ones flattened, words gathered where the first stood."""
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, And) else (part,))
    terms = tuple(term for part in flat if isinstance(part, Words) for term in part.terms)
    gathered: list[Node] = []
    for part in flat:
        if not isinstance(part, Words):
            gathered.append(part)
        elif terms:
            gathered.append(Words(terms))
            terms = ()
    return gathered[0] if len(gathered) == 1 else And(tuple(gathered))


def any_of(parts: Iterable[Node]) -> Node:
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Or) else (part,))
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def conjuncts(node: Node) -> tuple[Node, ...]:
    """What must hold together at the top of the tree."""
    return node.parts if isinstance(node, And) else (node,)


def without_words(node: Node) -> tuple[Words | None, Node]:
    """The words searched at the top of the tree, and the rest of it."""
    parts = conjuncts(node)
    words = next((part for part in parts if isinstance(part, Words)), None)
    return words, all_of(part for part in parts if part is not words)


def leaves(node: Node) -> Iterator[Words | OneOf | Compare | Range]:
    if isinstance(node, And | Or):
        for part in node.parts:
            yield from leaves(part)
    elif isinstance(node, Not):
        yield from leaves(node.part)
    else:
        yield node


def span(moment: Moment, now: int, zone: tzinfo | None = None) -> tuple[int, int]:
    """The moment as [start, end) in epoch ms: a day, a minute when it has a clock, an instant when it is `Ago`.

    `zone` None is the zone of the machine.
    """
    if isinstance(moment, Ago):
        return now - moment.ms, now - moment.ms
    here = datetime.fromtimestamp(now / 1000, zone)
    day = _day(moment, here.date())
    if moment.clock is None:
        return _epoch(day, 0, zone), _epoch(day + timedelta(days=1), 0, zone)
    start = _epoch(day, moment.clock, zone)
    return start, start + 60_000


def bounds(op: Op, moment: Moment, now: int, zone: tzinfo | None = None) -> tuple[int | None, int | None]:
    """(first ms that fits, first ms that fits no more) of "time `op` moment"."""
    start, end = span(moment, now, zone)
    if op == ">=":
        return start, None
    if op == ">":
        return (end if end > start else start + 1), None
    if op == "<":
        return None, start
    return None, (end if end > start else start + 1)


def _day(moment: DayFromToday | LastWeekday | Date, today: date) -> date:
    if isinstance(moment, DayFromToday):
        return today + timedelta(days=moment.days)
    if isinstance(moment, LastWeekday):
        return today - timedelta(days=(today.weekday() - moment.weekday) % 7)
    if moment.year is not None:
        return date(moment.year, moment.month, moment.day)
    year = today.year
    while True:  # 29 February exists at least every eighth year
        try:
            found = date(year, moment.month, moment.day)
        except ValueError:
            year -= 1
            continue
        if found <= today:
            return found
        year -= 1


def _epoch(day: date, clock: int, zone: tzinfo | None) -> int:
    at = datetime(day.year, day.month, day.day, clock // 60, clock % 60, tzinfo=zone)
    return int(at.timestamp() * 1000)
