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
    segments = _segments(text)
    folded = [_segment_folded(segment) for segment in segments]
    if len(segments) == len(text) and all(len(piece) == 1 for piece, _ in folded):
        return "".join([piece for piece, _ in folded]), list(range(len(text)))
    origins: list[int] = []
    start = 0
    for segment, (_, offsets) in zip(segments, folded, strict=True):
        origins.extend([start + offset for offset in offsets])
        start += len(segment)
    return "".join([piece for piece, _ in folded]), origins


class _Segments:
    """Parts a text into letters with their marks. Which characters are marks is asked once for each that is met."""

    def __init__(self) -> None:
        self._met: set[str] = set()
        self._marks: set[str] = set()
        self._with_marks = re.compile(".", re.DOTALL)

    def __call__(self, text: str) -> list[str]:
        if fresh := set(text) - self._met:
            self._met |= fresh
            if marks := {character for character in fresh if _joins(character)}:
                self._marks |= marks
                self._with_marks = re.compile(f".[{re.escape(''.join(sorted(self._marks)))}]*", re.DOTALL)
        return self._with_marks.findall(text)


_segments = _Segments()


def _joins(character: str) -> bool:
    """May normalizing combine or reorder this character with the ones before it?"""
    return (
        character in _DROPPED_CHARACTERS
        or unicodedata.category(character)[0] == "M"
        or "\u1160" <= character <= "\u11ff"  # Hangul vowels and finals
    )


@lru_cache(maxsize=4096)
def _segment_folded(segment: str) -> tuple[str, list[int]]:
    """A letter with its marks, folded, and where in it each character came from."""
    folded = fold(segment)
    return folded, _offsets(segment, len(folded))


def _offsets(segment: str, count: int) -> list[int]:
    kept = [offset for offset, character in enumerate(segment) if character not in _DROPPED_CHARACTERS]
    if len(kept) == count:
        return kept
    last = len(segment) - 1
    return [min(offset, last) for offset in range(count)]
