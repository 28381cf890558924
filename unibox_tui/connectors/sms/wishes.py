"""What customers of text messages say with one word: that they want no more of them, or some again."""

from __future__ import annotations

import re

from unibox_tui.text.fold import fold

# TC is what Vietnamese senders are obliged to understand. "Hủy" is not among them: it cancels an order as often.
_WORDS = {
    "stop": "stop",
    "stop all": "stop",
    "stopall": "stop",
    "unsubscribe": "stop",
    "tc": "stop",
    "start": "start",
    "unstop": "start",
}


def wish(text: str, keyword: str = "") -> str:
    """stop, start, or nothing. `keyword`: the word by which a shared short code finds us, which the text begins with."""
    said = _plain(text)
    return _WORDS.get(said) or _WORDS.get(said.removeprefix(_plain(keyword)).strip(), "")


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", fold(text)))
