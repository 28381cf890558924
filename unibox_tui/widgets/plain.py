"""Symbols as ASCII of the same width, for fonts and terminals that have letters and nothing else."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from unibox_tui.text.width import clusters, width

_SYMBOLS = {
    "…": "~", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'", "‚": "'", "‹": "<", "›": ">",
    "–": "-", "—": "-", "−": "-", "·": "-", "•": "*", "×": "x", "→": ">", "←": "<", "↑": "^", "↓": "v", "↩": "<", "✓": "v",
    "✗": "x", "✎": "N", "◔": "h", "◉": "r", "●": "*", "○": "o", "◆": "+", "▌": ">", "▎": "|", "▸": ">", "▾": "v", "│": "|", "─": "-",
    "┬": "+", "┴": "+", "├": "+", "┤": "+", "┼": "+", "☎": "T", "⏱": "t", "❤": "3",
}  # fmt: skip
_FACES = {
    "📎": "@ ", "📞": "T ", "👍": "+1", "👎": "-1", "❤": "<3", "🧡": "<3", "💛": "<3", "💚": "<3", "💙": "<3", "💜": "<3",
    "🥰": "<3", "😍": "<3", "🙂": ":)", "😊": ":)", "😀": ":D", "😁": ":D", "😃": ":D", "😄": ":D", "😆": "XD", "😂": "XD",
    "🤣": "XD", "😉": ";)", "🙁": ":(", "😞": ":(", "😔": ":(", "😢": ";(", "😭": ";(", "😡": ">(", "😠": ">(", "😮": ":o",
    "😱": ":O", "🙏": "/\\", "🎉": "\\o", "🔥": "^^", "✅": "ok", "❌": "no",
}  # fmt: skip


def plain(text: str) -> str:
    """`text` as wide as before: symbols by what looks or means alike, pictures without such a likeness as `[]`."""
    return text if text.isascii() else _plain(text)


@lru_cache(4096)
def _plain(text: str) -> str:
    return "".join(_alike(cluster) for cluster in clusters(text))


def _alike(cluster: str) -> str:
    first, cells = cluster[0], width(cluster)
    if cells == 1 and first in _SYMBOLS:
        return _SYMBOLS[first]
    if cells == 2 and (first in _FACES or unicodedata.category(first) == "So"):
        return _FACES.get(first, "[]")
    return "?" if cells == 1 and unicodedata.category(first) == "So" else cluster
