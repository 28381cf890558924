"""Zalo's reactions, which are written as signs, and the emojis they look like."""

from __future__ import annotations

_SIGNS = {
    "/-strong": "👍",
    "/-heart": "❤️",
    ":>": "😂",
    ":o": "😮",
    ":-((": "😢",
    ":-h": "😡",
}
_EMOJIS = {emoji: sign for sign, emoji in _SIGNS.items()}
REMOVE = "/-remove"
EMOJIS = tuple(_EMOJIS)


def emoji_of(sign: str) -> str:
    """Empty: taken back. A sign that is not known is shown as it is."""
    return "" if sign == REMOVE else _SIGNS.get(sign, sign)


def sign_of(emoji: str) -> str | None:
    """None: Zalo has no such reaction."""
    return _EMOJIS.get(emoji) if emoji else REMOVE
