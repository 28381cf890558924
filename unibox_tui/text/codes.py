"""Order codes in a text: by the workspace's own patterns, else by a cautious guess."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from unibox_tui.text.spans import MOST_OF_A_KIND, Found

# A pattern written by hand may be slow on a long line; no order code needs more than this to be seen.
_LONGEST_LINE = 2000

_GUESS = re.compile(r"(?<![A-Za-z0-9_@./+-])([A-Za-z]{2,5})(?:-|#)?([0-9]{4,12})(?![A-Za-z0-9_@]|[.,][0-9])", re.ASCII)
_ORDER_WORDS = frozenset(("dh", "ord", "order", "hd", "inv", "so", "po", "od", "mdh", "don", "bill"))
# Telephones, accounts, banks, money, dates and other things that are letters and digits too.
_OTHER_WORDS = re.compile(
    "(?:sdt|dt|tel|tele|phone|zalo|line|call|hot|sms|viber|fax|mob|stk|tk|acc|acct|bank|vcb|mb|acb|bidv|tcb|vtb|tpb|vpb"
    "|vib|shb|scb|kbank|ktb|bbl|bay|gsb|vnd|thb|usd|eur|gbp|baht|dong|covid|iso|rfc|utf|ipv|win|year|nam|thg|pin|otp"
    "|code|ma|id|no|tang|cho|gia|con|sn|ngay|size|pass|zip)"
)


def find_orders(text: str, patterns: Sequence[str] = ()) -> list[Found]:
    """Order codes. With `patterns` (regular expressions; group 1 is the code if there is one) these alone count.

    Raises ValueError naming a pattern that cannot be compiled.
    """
    if not patterns:
        return _guessed(text)
    found: list[Found] = []
    for pattern in map(_compiled, patterns):
        for start, end in _pieces(text):
            for match in pattern.finditer(text, start, end):
                group = 1 if pattern.groups and match[1] is not None else 0
                if match[group]:
                    code_start, code_end = match.span(group)
                    raw = match[group]
                    found.append(Found("order", raw.upper(), raw, code_start, code_end, "high"))
                if len(found) >= MOST_OF_A_KIND:
                    return found
    return found


def _guessed(text: str) -> list[Found]:
    found: list[Found] = []
    for match in _GUESS.finditer(text):
        word = match[1].lower()
        known = word in _ORDER_WORDS
        if _OTHER_WORDS.fullmatch(word) or not (known or match[1].isupper()):
            continue
        found.append(Found("order", match[0].upper(), match[0], match.start(), match.end(), "high" if known else "low"))
        if len(found) >= MOST_OF_A_KIND:
            break
    return found


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise ValueError(f"order pattern {pattern!r} is not a regular expression: {error}") from error


def _pieces(text: str) -> list[tuple[int, int]]:
    pieces: list[tuple[int, int]] = []
    start = 0
    for line in text.splitlines(keepends=True):
        pieces.extend(
            (at, min(at + _LONGEST_LINE, start + len(line))) for at in range(start, start + len(line), _LONGEST_LINE)
        )
        start += len(line)
    return pieces
