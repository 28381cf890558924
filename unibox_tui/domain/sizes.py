"""Sizes of files as people read them, in sentences that are said in the reader's language later."""

from __future__ import annotations

from unibox_tui.domain.saying import Said, say

KB, MB = 1_000, 1_000_000


def size_said(count: int, *, up: bool = True) -> Said:
    """`count` bytes as "812 kB", "18 MB", "17.9 MB". `up`: rounded up, as what a file has; else down, as what is allowed, so
    that a file just over a limit does not read like the limit."""
    if count < MB:
        return say("{n} kB", n=_part(count, KB, up))
    whole, tenth = divmod(_part(count, MB // 10, up), 10)
    return say("{whole}.{tenth} MB", whole=whole, tenth=tenth) if tenth else say("{n} MB", n=whole)


def _part(count: int, of: int, up: bool) -> int:
    return -(-count // of) if up else count // of
