"""Search in words: what goes into the full-text index, what asks it, and the same meaning as a plain scan.

A *run* is a stretch of Thai, or of any other letters, digits and marks; everything else parts runs. Thai is written
without spaces, so a Thai run is found by any piece of it. A *phrase* is a list of runs that must follow each other:
what stands between spaces, or between quotes. In a phrase of several runs a Thai run at the front may be the end of a
longer one, a Thai run at the back the beginning of one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from unibox_tui.text.fold import fold, fold_map

_THAI = "\u0e01-\u0e3a\u0e40-\u0e4e\u0e50-\u0e59"
_THAI_RUN_OR_UNSTORABLE = re.compile(f"[{_THAI}]+|[\ud800-\udfff]+")
_THAI_RUN = re.compile(f"[{_THAI}]+")
_QUOTED_OR_PLAIN = re.compile(r'"([^"]*)("?)|([^\s"]+)')
_QUOTES = str.maketrans("\u201c\u201d\u201e", '"""')

_SEPARATOR, _WORD, _THAI_KIND = 0, 1, 2


class SearchTooShort(ValueError):
    """The query names nothing that can be looked up; `hint` tells a person what to type."""

    def __init__(self, hint: str) -> None:
        super().__init__(hint)
        self.hint = hint


class _Phrase(NamedTuple):
    runs: tuple[str, ...]  # folded, at least one
    prefix: bool  # may the last run, if it is not Thai, be the beginning of a longer word?


class _Run(NamedTuple):
    text: str
    start: int
    thai: bool


def index_text(text: str) -> str:
    """What the full-text column holds for `text`: folded, each Thai run as its overlapping pairs of code points.

    The last code point of a run follows on its own. It marks the run's end, so that two runs never read as one, and
    lets a single letter be found at the end of a run too.
    """
    return _THAI_RUN_OR_UNSTORABLE.sub(_indexed, fold(text))


def match_query(query: str, column: str = "text") -> str:
    """The FTS5 MATCH expression for a person's words, limited to `column`.

    All words must be found. A word matches words that begin with it, a Thai run any place it occurs in,
    `"quoted words"` whole words in that order; an unfinished quotation is still being typed, so its last word may go
    on. No character has a meaning to FTS5. Raises SearchTooShort.
    """
    return f"{{{column}}} : ({' AND '.join(_expression(phrase) for phrase in _parse(query))})"


def matches(text: str, query: str) -> bool:
    """Would `match_query(query)` find `text`? Told by reading the text, not by an index. Raises SearchTooShort."""
    phrases = _parse(query)
    runs = _runs(fold(text))
    return all(any(True for _ in _places(runs, phrase)) for phrase in phrases)


def highlights(text: str, query: str) -> list[tuple[int, int]]:
    """Where the words of `query` stand in `text`: (start, end) pairs, ascending, not touching. Raises SearchTooShort."""
    phrases = _parse(query)
    folded, origins = fold_map(text)
    runs = _runs(folded)
    found = sorted(place for phrase in phrases for place in _places(runs, phrase))
    spans: list[tuple[int, int]] = []
    for start, end in found:
        first, last = origins[start], _end_in_original(origins, end, len(text))
        if spans and first <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(last, spans[-1][1]))
        else:
            spans.append((first, last))
    return spans


def first_guess(text: str, query: str) -> int:
    """No word of `query` stands in `text` before this place, which is near the first; 0 when none does at all.

    Quick, and a guess: the letters may be the middle of another word. Raises SearchTooShort.
    """
    folded = fold(text)
    places = [folded.find(phrase.runs[0]) for phrase in _parse(query)]
    # Folding drops characters, so a place in `text` is never before the one found, where nothing is made longer.
    first = min((place for place in places if place >= 0), default=0)
    return first if len(folded) <= len(text) else 0


def _end_in_original(origins: Sequence[int], end: int, length: int) -> int:
    """One original character may fold to several: go on to where the next original character begins."""
    last = origins[end - 1]
    while end < len(origins) and origins[end] == last:
        end += 1
    return origins[end] if end < len(origins) else length


@lru_cache(maxsize=64)
def _parse(query: str) -> tuple[_Phrase, ...]:
    phrases: list[_Phrase] = []
    for found in _QUOTED_OR_PLAIN.finditer(query.translate(_QUOTES)):
        quoted, closed, plain = found.groups()
        runs = tuple(run.text for run in _runs(fold(plain or quoted or "")))
        if runs:
            phrases.append(_Phrase(runs, prefix=not closed))
    if not phrases:
        raise SearchTooShort("Type at least one word to search for.")
    if all(len(phrase.runs) == 1 and _is_one_thai_letter(phrase.runs[0]) for phrase in phrases):
        raise SearchTooShort("One Thai letter is in nearly every message: type at least two.")
    return tuple(phrases)


def _is_one_thai_letter(run: str) -> bool:
    return len(run) == 1 and _THAI_RUN.match(run) is not None


def _indexed(run: re.Match[str]) -> str:
    return " " if run[0] >= "\ud800" else f" {_pairs(run[0])} {run[0][-1]} "


def _pairs(run: str) -> str:
    return " ".join(map(str.__add__, run, run[1:])) if len(run) > 1 else ""


def _expression(phrase: _Phrase) -> str:
    *before, last = phrase.runs
    tokens = [f"{_pairs(run)} {run[-1]}" if _THAI_RUN.match(run) else run for run in before]
    if _THAI_RUN.match(last):
        tokens.append(_pairs(last) or last)
        prefix = len(last) == 1
    else:
        tokens.append(last)
        prefix = phrase.prefix
    # Runs hold letters, digits and marks alone, so nothing in them needs escaping.
    return f'"{" ".join(tokens)}"{" *" if prefix else ""}'


class _Kinds(dict[str, int]):
    """What each character is to the tokenizer `unicode61 categories 'L* N* Co Mn Mc'`, worked out on first sight."""

    def __missing__(self, character: str) -> int:
        category = unicodedata.category(character)
        if category[0] in "LN" or category in ("Co", "Mn", "Mc"):
            kind = _THAI_KIND if _THAI_RUN.match(character) else _WORD
        else:
            kind = _SEPARATOR
        self[character] = kind
        return kind


_kinds = _Kinds()


def _runs(folded: str) -> list[_Run]:
    runs: list[_Run] = []
    position = 0
    for kind, characters in groupby(folded, _kinds.__getitem__):
        text = "".join(characters)
        if kind != _SEPARATOR:
            runs.append(_Run(text, position, kind == _THAI_KIND))
        position += len(text)
    return runs


def _places(runs: Sequence[_Run], phrase: _Phrase) -> Iterator[tuple[int, int]]:
    """The spans of folded text where `phrase` stands."""
    if len(phrase.runs) == 1 and _THAI_RUN.match(phrase.runs[0]):
        wanted = phrase.runs[0]
        for run in runs:
            at = run.text.find(wanted) if run.thai else -1
            while at >= 0:
                yield run.start + at, run.start + at + len(wanted)
                at = run.text.find(wanted, at + 1)
        return
    beginning = phrase.runs[0]
    for first in range(len(runs) - len(phrase.runs) + 1):
        if beginning not in runs[first].text:
            continue
        place = _place_at(runs[first : first + len(phrase.runs)], phrase)
        if place:
            yield place


def _place_at(runs: Sequence[_Run], phrase: _Phrase) -> tuple[int, int] | None:
    final = len(runs) - 1
    for position, (run, wanted) in enumerate(zip(runs, phrase.runs, strict=True)):
        if run.text == wanted:
            continue
        thai = run.thai and _THAI_RUN.match(wanted) is not None
        ends_so = thai and position == 0 and final > 0 and run.text.endswith(wanted)
        begins_so = position == final and (thai or phrase.prefix) and run.text.startswith(wanted)
        if not (ends_so or begins_so):
            return None
    last = runs[final]
    start = runs[0].start + len(runs[0].text) - len(phrase.runs[0]) if final else runs[0].start
    return start, last.start + len(phrase.runs[-1])
