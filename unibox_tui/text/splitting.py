"""A text that is longer than a channel takes, in several messages: cut where a reader would pause.

Between paragraphs, else lines, sentences, words (Thai: phrases, which stand between spaces); only what has none of them
within the room is cut between clusters, Thai never between a vowel and its consonant.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import accumulate

from unibox_tui.text.width import clusters

_BORDERS = (
    re.compile(r"\n[ \t]*\n\s*"),
    re.compile(r"\n\s*"),
    re.compile(r"[.!?…。！？]+[\"'”’»)\]]*\s+|[:;]\s+|ๆ\s+|ฯ\s+"),
    re.compile(r"\s+"),
)
_AT_LEAST = (0.5, 0.5, 0.4, 0.1)  # of the room: a shorter beginning is no good place
_OPENS_SYLLABLE = frozenset("เแโใไ")
_CLOSES_SYLLABLE = frozenset("ะาๅๆฯำ")

Measure = Callable[[str], int]


def utf8(text: str) -> int:
    """Bytes on the wire, for channels that count those."""
    return len(text.encode("utf-8", "surrogatepass"))


def measure_of(unit: str) -> Measure:
    """How a channel counts: `characters`, `bytes`, `sms` (as characters)."""
    return utf8 if unit == "bytes" else len


def split(text: str, limit: int, *, unit: str = "characters", numbered: bool = True) -> tuple[str, ...]:
    """`text` in messages of at most `limit`, as they are sent: without the spaces at the cuts, "(1/3)" at the end of each.

    One that fits stays as it is. Raises ValueError for a limit under 20.
    """
    measure = measure_of(unit)
    if measure(text) <= limit:
        return (text,)
    pieces = [piece.strip() for piece in cuts(text, limit, unit=unit, numbered=numbered)]
    said = [piece for piece in pieces if piece]
    if not numbered or len(said) == 1:
        return tuple(said)
    return tuple(f"{piece} {_number(n, len(said))}" for n, piece in enumerate(said, 1))


def cuts(text: str, limit: int, *, unit: str = "characters", numbered: bool = True) -> list[str]:
    """The same as slices of `text`: put together they are the text. Each fits with its number once its ends are stripped."""
    if limit < 20:
        raise ValueError("a message has room for 20 at least")
    measure = measure_of(unit)
    if measure(text) <= limit:
        return [text]
    digits = 1
    while True:
        most = 10**digits - 1
        room = limit - (measure(f" {_number(most, most)}") if numbered else 0)
        found = list(_slices(text, room, measure))
        if len(found) <= most or not numbered:
            return found
        digits += 1


def _number(n: int, total: int) -> str:
    return f"({n}/{total})"


def _slices(text: str, room: int, measure: Measure) -> Iterator[str]:
    units = list(_units(text, room, measure))
    ends = list(accumulate(len(unit) for unit in units))
    sizes = [0, *accumulate(measure(unit) for unit in units)]
    borders = [[found.end() for found in pattern.finditer(text)] for pattern in _BORDERS]
    starts = [[found.start() for found in pattern.finditer(text)] for pattern in _BORDERS]
    whole = frozenset(ends)
    first, start = 0, 0
    while start < len(text):
        last = bisect_right(sizes, sizes[first] + room) - 1  # units [first, last) fit
        if last >= len(units):
            yield text[start:]
            return
        limit = ends[last - 1] if last > first else ends[first]
        cut = _cut(text, start, limit, borders, starts)
        if cut not in whole:  # a space that carries a mark
            cut = limit
        yield text[start:cut]
        start, first = cut, bisect_right(ends, cut)


def _cut(text: str, start: int, limit: int, borders: list[list[int]], starts: list[list[int]]) -> int:
    """The best place to cut at or before `limit`; spaces behind it belong to what is before."""
    for ends, begins, share in zip(borders, starts, _AT_LEAST, strict=True):
        # What stands before the spaces of a border must fit; the spaces themselves are not sent.
        at = bisect_right(begins, limit) - 1
        while at >= 0 and (_sent_end(text, begins[at], ends[at]) > limit or begins[at] > limit):
            at -= 1
        if at >= 0 and ends[at] > start and begins[at] - start >= share * (limit - start):
            return ends[at]
    return _between_syllables(text, start, limit)


def _sent_end(text: str, begin: int, end: int) -> int:
    """Where the visible part of a border ends."""
    return begin + len(text[begin:end].rstrip())


def _between_syllables(text: str, start: int, limit: int) -> int:
    cut = limit
    for _ in range(12):
        if cut <= start + 1 or cut >= len(text):
            break
        if text[cut - 1] not in _OPENS_SYLLABLE and text[cut] not in _CLOSES_SYLLABLE:
            return cut
        cut -= len(clusters(text[max(start, cut - 40) : cut])[-1])
    return limit


def _units(text: str, room: int, measure: Measure) -> Iterator[str]:
    """Clusters; one that is larger than a whole message falls into its characters."""
    for cluster in clusters(text):
        if measure(cluster) > room:
            yield from cluster
        else:
            yield cluster
