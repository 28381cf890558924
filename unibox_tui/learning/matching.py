"""Which stored answer was used: an answer holds nearly all of its words and not much besides."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from unibox_tui.learning.features import MOST, features, words

_VARIABLE = re.compile(r"\{[^{}\n]{0,80}\}")
_HELD = 0.8
_BESIDES = 1.6
_FEWEST = 3  # words: what is shorter says too little


def used(answer: str, stored: Mapping[str, str]) -> str | None:
    """The key in `stored` (key -> text, variables as {name}) of the text that `answer` was made from."""
    said = frozenset(features(answer))
    if len(said) < _FEWEST:
        return None
    cut = max(said) if len(said) == MOST else 0
    best, key = 0.0, None
    for candidate in sorted(stored):
        wanted = _wanted(stored[candidate])
        if cut:  # of a long answer the lowest numbers are known only
            wanted = frozenset(feature for feature in wanted if feature <= cut)
        if not wanted or len(said) > _BESIDES * len(wanted) + 60:
            continue
        held = len(wanted & said) / len(wanted)
        share = held * len(wanted) / max(len(said), len(wanted))
        if held >= _HELD and share > best:
            best, key = share, candidate
    return key


def too_short(answer: str) -> bool:
    """Whether an answer says too little to be offered to another customer."""
    return sum(1 if word.isascii() else max(1, len(word) // 4) for word in words(answer)) < _FEWEST


@lru_cache(maxsize=2_000)
def _wanted(text: str) -> frozenset[int]:
    """Without what stands next to a variable: its value is another word each time."""
    found: set[int] = set()
    for part in _VARIABLE.split(text):
        found.update(features(part))
    return frozenset(found)
