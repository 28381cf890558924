"""Particulars taken out of texts before a stranger's machine reads them, and put back into what it answers."""

from __future__ import annotations

import re
from collections.abc import Iterable

from unibox_tui.text.mask import private

_MARK = re.compile(r"⟦ ?(\d{1,4}) ?⟧")


class Hidden:
    """One and the same thing has one mark in all texts hidden by it."""

    def __init__(self, region: str, names: Iterable[str] = ()) -> None:
        self._region = region
        self._names = tuple(names)
        self._known: dict[str, int] = {}

    def hide(self, text: str) -> str:
        pieces: list[str] = []
        at = 0
        clean = text.replace("⟦", "[").replace("⟧", "]")
        for start, end in private(clean, self._region, self._names):
            number = self._known.setdefault(clean[start:end], len(self._known) + 1)
            pieces += (clean[at:start], f"⟦{number}⟧")
            at = end
        return "".join([*pieces, clean[at:]])

    def reveal(self, text: str) -> str:
        """Marks that were never given stay."""
        words = {number: word for word, number in self._known.items()}
        return _MARK.sub(lambda match: words.get(int(match[1]), match[0]), text)
