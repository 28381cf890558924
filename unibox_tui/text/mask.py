"""Another customer's particulars taken out of a text: names, telephones, mail addresses, order codes, transfers."""

from __future__ import annotations

import re
from collections.abc import Iterable

from unibox_tui.text.fold import fold, fold_map
from unibox_tui.text.found import find
from unibox_tui.text.names import VIETNAMESE_TITLES, given_name

GAP = "___"

_PRIVATE = frozenset(("phone", "email", "order", "bank", "url"))
_LONG_NUMBER = re.compile(r"[0-9๐-๙](?:[ .\-]?[0-9๐-๙]){5,}")
_TITLES = sorted(
    {*VIETNAMESE_TITLES, "miss", "dear", "hi", "hello", "hey", "dạ", "da", "k", "khun"}, key=len, reverse=True
)
# A word with a capital after a polite address is somebody's name, whoever's.
_ADDRESSED = re.compile(
    rf"(?<!\w)((?i:{'|'.join(map(re.escape, _TITLES))})\.?[ ]+)((?:[^\W\d_a-zà-ỹ][^\W\d_]*)(?:[ ]+[^\W\d_a-zà-ỹ][^\W\d_]*){{0,3}})"
)
_THAI = re.compile("[\u0e01-\u0e4e]")
_ADDRESSED_THAI = re.compile("(คุณ|น้อง|พี่)[ ]?(?!ลูกค้า|แม่|พ่อ|พี่|น้อง)([\u0e01-\u0e4e]{2,12})(?=[ ,.!?\n]|$|ค่ะ|ครับ|คะ|นะ|จ้า)")


def mask(text: str, region: str, names: Iterable[str] = (), order_patterns: Iterable[str] = ()) -> tuple[str, int]:
    """(`text` with GAP where something of a customer stood, how many gaps). `names`: of the customers it was written to."""
    pieces: list[str] = []
    at = gaps = 0
    for start, end in private(text, region, names, order_patterns):
        pieces += (text[at:start], GAP)
        at = end
        gaps += 1
    return "".join([*pieces, text[at:]]), gaps


def private(
    text: str, region: str, names: Iterable[str] = (), order_patterns: Iterable[str] = ()
) -> list[tuple[int, int]]:
    """Where something of a customer stands, in order."""
    spans = [item.span for item in find(text, region, tuple(order_patterns)) if item.kind in _PRIVATE]
    spans += [match.span() for match in _LONG_NUMBER.finditer(text)]
    spans += [match.span(2) for match in _ADDRESSED.finditer(text)]
    spans += [match.span(2) for match in _ADDRESSED_THAI.finditer(text)]
    for name in names:
        spans += _named(text, name)
    return _joined(spans)


def _named(text: str, name: str) -> list[tuple[int, int]]:
    """Where a word of this name stands: a capital, or right after a polite address; Thai anywhere."""
    folded, origins = fold_map(text)
    found: list[tuple[int, int]] = []
    for word in dict.fromkeys([*name.split(), given_name(name)]):
        wanted = fold(word.strip(".,-'’()[]"))
        thai = _THAI.match(wanted) is not None
        if len(wanted) < (3 if thai else 2) or fold(wanted) in _FOLDED_TITLES:
            continue
        pattern = re.escape(wanted) if thai else rf"(?<!\w){re.escape(wanted)}(?!\w)"
        for match in re.finditer(pattern, folded):
            start, last = origins[match.start()], origins[match.end() - 1]
            before = folded[: match.start()].rstrip().rpartition(" ")[2]
            if thai or not text[start].islower() or before.strip(".,!") in _FOLDED_TITLES:
                found.append((start, last + 1))
    return found


_FOLDED_TITLES = frozenset(fold(title) for title in _TITLES)


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found
