"""What a question is compared by: numbers that stand for its words and for pieces of them.

Folded, so that missing marks and capitals do not matter; pieces, so that typing errors and Thai without spaces do not;
chat spelling as the word meant; every number of a kind alike, so that no telephone or order code is ever learned.
"""

from __future__ import annotations

import re
from array import array
from zlib import crc32

from unibox_tui.learning import spelling
from unibox_tui.text.fold import fold

VERSION = 1  # stored features are worth nothing beside those of another version: raise it with any change of result
LONGEST = 1_000  # characters looked at: the wish stands at the beginning or it is no question
MOST = 400  # features kept of one text

_THAI = "\u0e01-\u0e3a\u0e40-\u0e4e"
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|\S{1,80}@\S{1,80}")
_TOKEN = re.compile(rf"[{_THAI}]+|[^\W\d_{_THAI}]+(?:['’][^\W\d_]+)?|\d+")
_HELD = re.compile(r"(.)\1{2,}")
_MARKS_ABOVE = re.compile("[\u0e47-\u0e4e]")  # typed carelessly, and the word is clear without
_PIECES = (3, 4)
_THAI_PIECES = (2, 3, 4)
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
    found: set[str] = set()
    before = "^"
    for word in words(text):
        thai = "\u0e01" <= word[0] <= "\u0e4e"
        framed = f"^{word}$"
        for size in _THAI_PIECES if thai else _PIECES:
            found.update(framed[at : at + size] for at in range(len(framed) - size + 1))
        if not thai:
            found.add(f"w{word}")
        if len(word) <= 12:
            found.add(f"b{before} {word}")
        before = word if len(word) <= 12 else "~"
        if len(found) > MOST:
            break
    # Digits alone mean nothing; a text of nothing else has no wish.
    numbers = sorted({crc32(feature.encode("utf-8", "replace")) for feature in found if feature.strip("0^$wb ")})
    return array("I", numbers[:MOST])


def _thai(run: str) -> str:
    bare = _MARKS_ABOVE.sub("", run)
    for way, meant in spelling.THAI:
        if way in bare:
            bare = bare.replace(way, meant)
    return bare
