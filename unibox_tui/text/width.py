"""Text in terminal cells: measuring, cutting, padding and wrapping without splitting what a reader sees as one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

_JOINER = "\u200d"
_SARA_AM = "\u0e33"
_LEADING_VOWELS = frozenset("เแโใไ")
_FOLLOWING_THAI = frozenset("ะาๅๆฯ")
_CLOSING = frozenset(".,;:!?)]}\u2026\u201d\u2019%")
_THAI = re.compile("[\u0e01-\u0e5b]")
_WORDS = re.compile(" +|[^ ]+")
_TAB = "    "


def width(text: str) -> int:
    """How many cells `text` takes in a terminal. Control characters count nothing."""
    if text.isascii() and text.isprintable():
        return len(text)
    # Ten milliseconds that a command printing plain words need not pay.
    from rich.cells import cell_len

    return cell_len(text)


def clusters(text: str) -> list[str]:
    """`text` in pieces that belong together: a letter with its marks, an emoji with all it is joined of, a flag."""
    return list(_clusters(text))


def cut(text: str, cells: int, ellipsis: str = "…") -> str:
    """`text` if it fits into `cells`, else its beginning and `ellipsis`; never wider, never half a cluster.

    Where not even the ellipsis fits, the beginning alone.
    """
    if len(text) <= 4 * cells and width(text) <= cells:
        return text
    room = cells - width(ellipsis)
    if room < 0:
        room, ellipsis = cells, ""
    used = 0
    kept_at_room = kept = 0
    for cluster in _clusters(text):
        used += width(cluster)
        if used > cells:
            return text[:kept_at_room] + ellipsis
        kept += len(cluster)
        if used <= room:
            kept_at_room = kept
    return text


def pad(text: str, cells: int) -> str:
    """`text` exactly `cells` wide: cut, or filled with spaces at the end."""
    fitting = cut(text, cells)
    return fitting + " " * (cells - width(fitting))


def wrap(text: str, cells: int) -> list[str]:
    """`text` in lines of at most `cells` (at least 1); only a cluster wider than that stands out.

    Breaks at spaces; Thai between clusters where it must; a word longer than a line anywhere. The spaces at a break go,
    nothing else is lost. Empty lines and the indent of a first line stay. A tab is four spaces.
    """
    cells = max(cells, 1)
    lines: list[str] = []
    for line in text.replace("\t", _TAB).split("\n"):
        if width(line) <= cells:
            lines.append(line)
        else:
            lines.extend(_wrap_line(line, cells))
    return lines


def _clusters(text: str) -> Iterator[str]:
    if text.isascii():
        yield from text
        return
    start = 0
    flags = 0
    for position in range(1, len(text)):
        character, before = text[position], text[position - 1]
        flags = flags + 1 if "\U0001f1e6" <= before <= "\U0001f1ff" else 0
        second_of_flag = flags % 2 == 1 and "\U0001f1e6" <= character <= "\U0001f1ff"
        if not (second_of_flag or before == _JOINER or _continues(character)):
            yield text[start:position]
            start = position
    if text:
        yield text[start:]


@lru_cache(maxsize=4096)
def _continues(character: str) -> bool:
    """Does this character always belong to the one before it?"""
    return (
        unicodedata.category(character)[0] == "M"
        or character in (_JOINER, _SARA_AM, "\u200c")
        or "\U0001f3fb" <= character <= "\U0001f3ff"  # skin tones
        or "\u1160" <= character <= "\u11ff"  # Hangul vowels and finals
        or "\U000e0020" <= character <= "\U000e007f"  # tags
    )


def _wrap_line(line: str, cells: int) -> Iterator[str]:
    current, used = "", 0
    spaces = ""
    for token in _WORDS.findall(line):
        if token[0] == " ":
            spaces = token if current else token[: cells - 1]
            continue
        size = width(token)
        if used + len(spaces) + size <= cells:
            current, used = current + spaces + token, used + len(spaces) + size
        elif size <= cells and not _better_split(token, cells - used - len(spaces), cells):
            if current:
                yield current
            current, used = token, size
        else:
            if current and not _THAI.search(token):
                yield current
                current, used = "", 0
            else:
                current, used = current + spaces, used + len(spaces)
            if token.isascii() and token.isprintable():  # megabytes without a space come in mails
                last = (size - 1) // cells * cells
                yield from (token[at : at + cells] for at in range(0, last, cells))
                current, used, spaces = token[last:], size - last, ""
                continue
            for piece in _units(token, cells):
                piece_size = width(piece)
                if used + piece_size > cells:
                    if current.strip(" "):
                        yield current.rstrip(" ")
                    current, used = "", 0
                current, used = current + piece, used + piece_size
        spaces = ""
    yield current


def _better_split(word: str, room: int, cells: int) -> bool:
    """Thai runs on without spaces: moving a long run whole would leave much of this line empty."""
    return 2 * room >= cells and _THAI.search(word) is not None


def _units(word: str, cells: int) -> Iterator[str]:
    """`word` in pieces that should not be parted, none wider than `cells` unless it is one cluster."""
    unit = ""
    for cluster in _clusters(word):
        if unit and (_may_part(unit, cluster) or width(unit) + width(cluster) > cells):
            yield unit
            unit = ""
        unit += cluster
    if unit:
        yield unit


def _may_part(before: str, after: str) -> bool:
    if not (_THAI.match(after) or _THAI.match(before)):
        return False
    return before[-1] not in _LEADING_VOWELS and after[0] not in _FOLLOWING_THAI and after[0] not in _CLOSING
