"""Text to tree. Every error names its column, what is wrong there, and what was probably meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple, NoReturn, cast

from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.query import (
    And,
    Compare,
    Named,
    Node,
    Not,
    OneOf,
    Op,
    Query,
    Range,
    SortKey,
    Value,
    Word,
    Words,
    all_of,
    any_of,
)
from unibox_tui.domain.saying import say
from unibox_tui.locale import N_
from unibox_tui.text.search import SearchTooShort, match_query
from unibox_tui.views.query import values
from unibox_tui.views.query.fields import BY_ANY_NAME, SORT_ALIASES, SORT_PARTS, SORTS, Field, nearest

_QUOTES = '"“”„'
_SPACE = re.compile(r"\s*")
_NAME = re.compile(r"([^\W\d_][\w-]*)(<=|>=|:<=|:>=|:<|:>|:|<|>|=)(?!//)")
_OR = re.compile(r"(?:or(?=[\s(]|$)|\|+)", re.IGNORECASE)
_BARE = re.compile(rf"(?:\\.|[^\s(){_QUOTES}\\])+|\\$", re.DOTALL)
_BARE_VALUE = re.compile(rf"[^\s,(){_QUOTES}]+")
_BARE_AMOUNT = re.compile(rf"[^\s(){_QUOTES}]+")
_PLAIN_NUMBER = re.compile(r"(?:[^\s\d]\S*\.\.|\d[^\s.]*[^\s\d.]\.\.|\.\.)?\d+(?:[.,]\d+)*")
_NUMBER = re.compile(r"#(\d{1,18})(?=[\s()]|$)", re.ASCII)
_DEEPEST = 50

_READERS: dict[str, tuple[Callable[[str], Value | None], str]] = {
    "duration": (values.duration, N_("a length of time such as 30m, 2h, 3 ngày, 2 ชม.")),
    "moment": (values.moment, N_("a time such as 2026-11-01, 1/11, today, hôm qua, เมื่อวาน, 2d")),
    "count": (values.number, N_("a whole number")),
    "amount": (values.amount, N_("an amount such as 500k, 2tr5, 1.200.000, 2 แสน")),
}


class QueryError(WrongUse):
    """`column` counts characters from 1; `end` is the column after the last one meant; `proposal` may replace them."""

    def __init__(
        self, message: str, column: int, end: int, *, proposal: str = "", hint: str = "", code: str = ""
    ) -> None:
        super().__init__(
            say("{message} (column {column}).", message=message, column=column),
            hint=hint or (say("Did you mean “{meant}”?", meant=proposal) if proposal else ""),
            code=code or "query",
        )
        self.column = column
        self.end = end
        self.proposal = proposal


class _Piece(NamedTuple):
    text: str
    start: int
    end: int


def parse(text: str, *, parts: frozenset[str] = frozenset(), typing: bool = False) -> Query:
    """The query that `text` says. Raises QueryError.

    `parts`: optional parts of unibox this workspace has; fields of others are refused by name. `typing`: the text is
    unfinished, so an open quotation is no error.
    """
    return _Parser(text, parts, typing).query()


class _Parser:
    def __init__(self, text: str, parts: frozenset[str], typing: bool) -> None:
        self.text = text
        self.at = 0
        self.parts = parts
        self.typing = typing
        self.depth = 0
        self.sort: list[SortKey] = []

    # -- structure ---------------------------------------------------------------------------------------------------

    def query(self) -> Query:
        where = self.either(top=True)
        if self.at < len(self.text):
            self.fail("There is no parenthesis open here", self.at, self.at + 1)
        return Query(where, tuple(self.sort))

    def either(self, *, top: bool = False) -> Node:
        sides = [self.together()]
        while found := _OR.match(self.text, self.at):
            if sides[-1] is None:
                self.fail("Something must stand before “or”", self.at, found.end(), hint='Search for the word as "or".')
            self.at = found.end()
            sides.append(self.together())
            if sides[-1] is None:
                self.fail(
                    "Something must stand after “or”", found.start(), found.end(), hint='Search for the word as "or".'
                )
        present = [side for side in sides if side is not None]
        if not present and not top:
            self.fail("These parentheses are empty", self.at - 1, self.at + 1)
        return any_of(present) if present else And()

    def together(self) -> Node | None:
        terms: list[Node] = []
        while True:
            self.skip()
            if self.at >= len(self.text) or self.text[self.at] == ")" or _OR.match(self.text, self.at):
                break
            found = self.term()
            if found is not None:
                terms.append(found)
        return all_of(terms) if terms else None

    def term(self) -> Node | None:
        start = self.at
        if self.text[start] == "-":
            self.at += 1
            if self.at >= len(self.text) or self.text[self.at].isspace() or self.text[self.at] in ")|":
                self.fail("The minus has nothing to exclude", start, start + 1, hint='Search for it as "-".')
            self.depth += 1
            inner = self.term() if self.text[self.at] != "-" else self.fail("One minus is enough", self.at, self.at + 1)
            self.depth -= 1
            return None if inner is None else Not(inner)
        if self.text[start] == "(":
            return self.parenthesis()
        number = _NUMBER.match(self.text, start)
        if number:
            self.at = number.end()
            return OneOf("number", (str(int(number[1])),))
        name = _NAME.match(self.text, start)
        if name:
            return self.field(name)
        return self.words(*self.word())

    def parenthesis(self) -> Node:
        start = self.at
        self.at += 1
        self.depth += 1
        if self.depth > _DEEPEST:
            self.fail("Parentheses are nested too deeply", start, start + 1)
        inner = self.either()
        if self.at >= len(self.text):
            self.fail("This parenthesis is not closed", start, start + 1)
        self.at += 1
        self.depth -= 1
        return inner

    # -- words -------------------------------------------------------------------------------------------------------

    def word(self) -> tuple[Word, int]:
        start = self.at
        if self.text[start] in _QUOTES:
            return Word(self.quotation().text, exact=True), start
        found = _BARE.match(self.text, start)
        assert found is not None
        self.at = found.end()
        return Word(re.sub(r"\\(.)", r"\1", found[0], flags=re.DOTALL)), start

    def words(self, word: Word, start: int) -> Words:
        found = Words((word,))
        try:
            match_query(found.text)
        except SearchTooShort as error:
            self.fail("There is nothing to search for", start, self.at, hint=error.hint, code="search_too_short")
        return found

    def quotation(self) -> _Piece:
        start = self.at
        self.at += 1
        said: list[str] = []
        while self.at < len(self.text) and self.text[self.at] not in _QUOTES:
            if self.text[self.at] == "\\" and self.at + 1 < len(self.text):
                self.at += 1
            said.append(self.text[self.at])
            self.at += 1
        if self.at >= len(self.text) and not self.typing:
            self.fail("This quotation is not closed", start, len(self.text))
        self.at = min(self.at + 1, len(self.text))
        return _Piece("".join(said), start, self.at)

    # -- fields ------------------------------------------------------------------------------------------------------

    def field(self, found: re.Match[str]) -> Node | None:
        name, op = found[1].casefold(), found[2].lstrip(":") if len(found[2]) > 1 else found[2]
        known = BY_ANY_NAME.get(name)
        if known is None:
            meant = nearest(name, BY_ANY_NAME)
            self.fail(
                say("There is no field “{typed}”", typed=found[1]),
                found.start(1),
                found.end(1),
                proposal=meant,
                hint="" if meant else say('Search for it as "{typed}…", or see the fields with Tab.', typed=found[1]),
                code="unknown_field",
            )
        if known.part and known.part not in self.parts:
            self.missing(f"“{known.name}:”", known.part, found.start(1), found.end(1))
        self.at = found.end()
        if known.kind in _READERS:
            return self.comparison(known, op)
        if op not in (":", "="):
            self.fail(
                say("“{field}” knows no more or less", field=known.name),
                found.start(2),
                found.end(2),
                proposal=f"{known.name}:",
            )
        pieces = self.list(known)
        if known.kind == "sort":
            self.add_sort(pieces, found.start())
            return None
        if known.kind == "words":
            return any_of(self.words(Word(piece.text, exact=quoted), piece.start) for piece, quoted in pieces)
        if known.kind == "choice":
            return OneOf(known.name, _unique(self.choice(known, piece) for piece, _ in pieces))
        return OneOf(known.name, _unique(self.named(known, piece) for piece, _ in pieces))

    def comparison(self, known: Field, op: str) -> Node:
        piece = self.with_unit(known, self.value(known, _BARE_AMOUNT if known.kind == "amount" else _BARE_VALUE))
        if op in ("<", "<=", ">", ">="):
            if known.name in ("after", "before", "on"):
                self.fail(
                    say("“{field}” is a direction already", field=known.name),
                    piece.start,
                    piece.end,
                    proposal=f"active{op}{piece.text}",
                )
            return Compare(known.name, cast(Op, op), self.read(known, piece))
        low, dots, high = piece.text.partition("..")
        if dots:
            if (not low and not high) or known.name in ("after", "before"):
                self.fail("A range needs an end: 1..5, 1.. or ..5", piece.start, piece.end)
            return Range(
                _column(known),
                self.read(known, piece._replace(text=low)) if low else None,
                self.read(known, piece._replace(text=high)) if high else None,
            )
        value = self.read(known, piece)
        if known.name in ("after", "before"):
            return Compare("active", ">=" if known.name == "after" else "<", value)
        if known.name == "number":
            numbers = [value]
            while self.comma():
                numbers.append(self.read(known, self.value(known, _BARE_VALUE)))
            return OneOf("number", _unique(values.text_of(one) for one in numbers))
        if known.kind == "duration":
            self.fail(
                say("“{field}” needs < or > or a range", field=known.name),
                piece.start,
                piece.end,
                proposal=f"{known.name}>{piece.text}",
            )
        return Range(_column(known), value, value)

    def read(self, known: Field, piece: _Piece) -> Value:
        reader, wanted = _READERS[known.kind]
        value = reader(piece.text)
        if value is None:
            self.fail(
                say("“{typed}” is not {wanted}", typed=piece.text, wanted=say(wanted)),
                piece.start,
                piece.end,
                code="bad_value",
            )
        return value

    def choice(self, known: Field, piece: _Piece) -> str:
        said = piece.text.casefold()
        value = known.value_aliases.get(said, said)
        if value not in known.values:
            meant = nearest(said, known.values)
            self.fail(
                say("“{field}:” has no “{typed}”", field=known.name, typed=piece.text),
                piece.start,
                piece.end,
                proposal=meant,
                hint="" if meant else say("It is one of: {options}.", options=", ".join(known.values)),
                code="bad_value",
            )
        return value

    def named(self, known: Field, piece: _Piece) -> str:
        said = " ".join(piece.text.split())
        if not said:
            self.fail(say("“{field}:” needs a value", field=known.name), piece.start, piece.end)
        special = known.value_aliases.get(said.casefold(), said.casefold())
        return special if special in known.values else Named.at(said, piece.start + 1)

    def add_sort(self, pieces: list[tuple[_Piece, bool]], start: int) -> None:
        if self.depth:
            self.fail("The order belongs to the whole query, outside of parentheses", start, self.at)
        for piece, _ in pieces:
            said = piece.text.casefold().removeprefix("-")
            name = SORT_ALIASES.get(said, said)
            if name in SORT_PARTS and SORT_PARTS[name] not in self.parts:
                self.missing(f"“sort:{name}”", SORT_PARTS[name], piece.start, piece.end)
            if name not in SORTS:
                meant = nearest(said, SORTS)
                self.fail(
                    say("There is no order “{typed}”", typed=piece.text),
                    piece.start,
                    piece.end,
                    proposal=meant,
                    hint="" if meant else say("It is one of: {options}.", options=", ".join(SORTS)),
                    code="bad_value",
                )
            self.sort.append(SortKey(name, piece.text.startswith("-")))

    # -- values ------------------------------------------------------------------------------------------------------

    def list(self, known: Field) -> list[tuple[_Piece, bool]]:
        pieces = [self.item(known)]
        while self.comma():
            pieces.append(self.item(known))
        return pieces

    def item(self, known: Field) -> tuple[_Piece, bool]:
        quoted = self.at < len(self.text) and self.text[self.at] in _QUOTES
        return self.value(known, _BARE_VALUE), quoted

    def value(self, known: Field, bare: re.Pattern[str]) -> _Piece:
        if self.at < len(self.text) and self.text[self.at] in _QUOTES:
            return self.quotation()
        found = bare.match(self.text, self.at)
        if found is None:
            options = ", ".join(known.values)
            self.fail(
                say("“{field}” needs a value", field=known.name),
                self.at,
                self.at + 1,
                hint=say("It is one of: {options}.", options=options) if known.kind == "choice" else "",
                code="bad_value",
            )
        self.at = found.end()
        return _Piece(found[0], found.start(), found.end())

    def with_unit(self, known: Field, piece: _Piece) -> _Piece:
        """The value with its unit after a blank, as in `wait>2 giờ`."""
        bare = self.text[piece.start : piece.end] == piece.text
        if not bare or known.kind not in ("duration", "moment", "amount") or not _PLAIN_NUMBER.fullmatch(piece.text):
            return piece
        self.at = values.end_of_units(known.kind, self.text, piece.end)
        return _Piece(self.text[piece.start : self.at], piece.start, self.at)

    def comma(self) -> bool:
        if self.text[self.at : self.at + 1] != ",":
            return False
        self.at += 1
        return True

    def skip(self) -> None:
        found = _SPACE.match(self.text, self.at)
        assert found is not None
        self.at = found.end()

    # -- errors ------------------------------------------------------------------------------------------------------

    def fail(
        self, message: str, start: int, end: int, *, proposal: str = "", hint: str = "", code: str = ""
    ) -> NoReturn:
        raise QueryError(message, start + 1, max(end, start + 1) + 1, proposal=proposal, hint=hint, code=code)

    def missing(self, what: str, part: str, start: int, end: int) -> NoReturn:
        self.fail(
            say("{what} needs {part}, which this workspace does not have", what=what, part=say(part)),
            start,
            end,
            code="missing_part",
        )


def _column(known: Field) -> str:
    return "active" if known.name == "on" else known.name


def _unique(found: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found))
