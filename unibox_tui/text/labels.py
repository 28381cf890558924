"""How labels are spelt where only letters, digits, - and _ may stand."""

from __future__ import annotations

import re
import unicodedata


def spelt(name: str) -> str:
    """Lower case, with - for spaces and marks; "" when nothing is left. Two labels that differ only so are the same there."""
    clean = unicodedata.normalize("NFC", name).casefold()
    kept = "".join(one if one in "-_" or unicodedata.category(one)[0] in "LMN" else "-" for one in clean)
    return re.sub("-{2,}", "-", kept).strip("-")
