"""Text as searching sees it: without case and Latin accents, with a map back to the original."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Rows of the search index remember the version they were folded with: raise it with any change of result.
FOLD_VERSION = 1

# Latin accents, and what has no width: a soft hyphen or zero-width space never parts a word for a reader.
_DROPPED = re.compile("[\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff]+")
_DROPPED_CHARACTERS = frozenset(chr(c) for c in range(0x300, 0x370)) | frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff")


def fold(text: str) -> str:
    """Casefolded, without U+0300–036F and zero-width characters, đ as d, NFC. Thai keeps every mark."""
    if text.isascii():
        return text.lower()
    bare = unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())
    return unicodedata.normalize("NFC", _DROPPED.sub("", bare).replace("đ", "d"))


def fold_map(text: str) -> tuple[str, list[int]]:
    """`fold(text)`, and for each of its characters the index in `text` it came from (never falling)."""
    if text.isascii():
        return text.lower(), list(range(len(text)))
    pieces: list[str] = []
    origins: list[int] = []
    start = 0
    length = len(text)
    while start < length:
        end = start + 1
        while end < length and _joins(text[end]):
            end += 1
        folded, offsets = _segment(text[start:end])
        pieces.append(folded)
        if len(offsets) == 1:
            origins.append(start + offsets[0])
        else:
            origins.extend([start + offset for offset in offsets])
        start = end
    return "".join(pieces), origins


@lru_cache(maxsize=4096)
def _joins(character: str) -> bool:
    """May normalizing combine or reorder this character with the ones before it?"""
    return (
        character in _DROPPED_CHARACTERS
        or unicodedata.category(character)[0] == "M"
        or "\u1160" <= character <= "\u11ff"  # Hangul vowels and finals
    )


@lru_cache(maxsize=4096)
def _segment(segment: str) -> tuple[str, list[int]]:
    """A letter with its marks, folded, and where in it each character came from."""
    folded = fold(segment)
    return folded, _offsets(segment, len(folded))


def _offsets(segment: str, count: int) -> list[int]:
    kept = [offset for offset, character in enumerate(segment) if character not in _DROPPED_CHARACTERS]
    if len(kept) == count:
        return kept
    last = len(segment) - 1
    return [min(offset, last) for offset in range(count)]
