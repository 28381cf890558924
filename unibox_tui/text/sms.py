"""How many parts a text message takes, and what it would be without marks.

GSM 03.38: 160 septets alone, 153 in each of several parts; a character of the extension table takes two, which stay
together. One character outside of it makes the whole text UCS-2: 70 units alone, 67 in each part; what lies beyond the basic
plane takes two, which stay together.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
_GSM = (160, 153)
_UCS2 = (70, 67)

_PLAIN = str.maketrans({
    "đ": "d", "Đ": "D", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "‚": "'", "`": "'",
    "–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-", "…": "...", "•": "-", "·": "-", "₫": "d", "×": "x", "\t": " ",
    "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u200b": None, "\u200c": None, "\u200d": None, "\ufeff": None,
    "\u00ad": None,
})  # fmt: skip
_LATIN_MARKS = re.compile("[\u0300-\u036f]")


@dataclass(frozen=True, slots=True)
class Parts:
    """`units`: septets, or UTF-16 units where `unicode`. `left`: how many more of them fit without another part."""

    count: int
    units: int
    unicode: bool
    left: int


def parts(text: str) -> Parts:
    """What `text` takes on its way; nothing takes no part."""
    text = unicodedata.normalize("NFC", text)
    gsm = all(character in _BASIC or character in _EXTENSION for character in set(text))
    wide = _EXTENSION if gsm else None
    costs = [
        (2 if character in _EXTENSION else 1) if wide is not None else (2 if character > "\uffff" else 1)
        for character in text
    ]
    units = sum(costs)
    alone, each = _GSM if gsm else _UCS2
    if units <= alone:
        return Parts(1 if units else 0, units, not gsm, alone - units)
    count, used = 1, 0
    for cost in costs:
        if used + cost > each:
            count, used = count + 1, 0
        used += cost
    return Parts(count, units, not gsm, each - used)


def strip_marks(text: str) -> str:
    """Vietnamese and other Latin letters without their marks, typographic signs as plain ones; Thai stays as it is."""
    bare = _LATIN_MARKS.sub("", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFC", bare).translate(_PLAIN)
