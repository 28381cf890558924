"""The words an answer is about, as a line above it, where the channel cannot point at a message."""

from __future__ import annotations

SIGN = "> "


def above(words: str, text: str) -> str:
    """`words` is one line."""
    return f"{SIGN}{words}\n{text}" if text else f"{SIGN}{words}"
