"""What a question is compared by: numbers that stand for its words and for pieces of them.

Folded, so that missing marks and capitals do not matter; pieces, so that typing errors and Thai without spaces do not;
pieces across words, so that a forgotten space does not; chat spelling as the word meant; what means the same as one meaning
(`meaning`); every number of a kind alike, so that no telephone or order code is ever learned.
"""

from __future__ import annotations

import re
from array import array
from zlib import crc32

from unibox_tui.learning import meaning, spelling
from unibox_tui.text.fold import fold

VERSION = 2  # of stored features: raise it with any change of result
OLDEST = 1  # what may still be learned from beside it: 1 lacks the meanings and the pieces across words
LONGEST = 1_000  # characters looked at: the wish stands at the beginning or it is no question
MOST = 500  # features kept of one text
MEANINGS = 1 << 10  # numbers below are those of meanings, the others of spellings

_THAI = "\u0e01-\u0e3a\u0e40-\u0e4e"
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S{1,80}@\S{1,80}")
_TOKEN = re.compile(rf"[{_THAI}]+|[^\W\d_{_THAI}]+(?:['’][^\W\d_]+)?|\d+")
_HELD = re.compile(r"(.)\1{2,}")
_MARKS_ABOVE = re.compile("[\u0e47-\u0e4e]")  # typed carelessly, and the word is clear without
_PIECES = (3, 4)
_THAI_PIECES = (2, 3, 4)
_ACROSS = 4
_LONGEST_WORD = 40


def words(text: str) -> list[str]:
    """The words compared, folded and spelled out; a Thai run is one word."""
    found: list[str] = []
    for token in _TOKEN.findall(_HELD.sub(r"\1", fold(_ADDRESS.sub(" ", text[:LONGEST])))):
        first = token[0]
        if first.isdigit():
            found.append("0" * min(len(token), 5))
        elif "\u0e01" <= first <= "\u0e4e":
            found.append(_thai(token))
        else:
            plain = token.replace("'", "").replace("’", "")[:_LONGEST_WORD]
            found.extend(spelling.WORDS.get(plain, plain).split())
    return [word for word in found if word]


def features(text: str) -> array[int]:
    """Ascending, none twice, at most MOST; empty when there is nothing to compare."""
    said = words(text)
    found: set[str] = set()
    before = "^"
    run = ""
    for word in said:
        thai = "\u0e01" <= word[0] <= "\u0e4e"
        framed = f"^{word}$"
        for size in _THAI_PIECES if thai else _PIECES:
            found.update(framed[at : at + size] for at in range(len(framed) - size + 1))
        if thai:
            run = ""
        else:
            found.add(f"w{word}")
            run = run[1 - _ACROSS :]
            run += word
            found.update(f"n{run[at : at + _ACROSS]}" for at in range(max(len(run) - _ACROSS + 1, 0)))
        if len(word) <= 12:
            found.add(f"b{before} {word}")
        before = word if len(word) <= 12 else "~"
        if len(found) > MOST:
            break
    # Digits alone mean nothing; a text of nothing else has no wish.
    numbers = {crc32(feature.encode("utf-8", "replace")) for feature in found if feature.strip("0^$wbn ")}
    kept = {number if number >= MEANINGS else number + MEANINGS for number in numbers}
    if kept:
        kept.update(meaning.meanings(said))
    return array("I", sorted(kept)[:MOST])


def _thai(run: str) -> str:
    bare = _MARKS_ABOVE.sub("", run)
    for way, meant in spelling.THAI:
        if way in bare:
            bare = bare.replace(way, meant)
    return bare
