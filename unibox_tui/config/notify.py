"""How the agent is told that a customer wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass

from unibox_tui.connectors.settings import setting

WAYS = ("bell", "osc9", "osc777", "osc99")
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, kw_only=True)
class Notify:
    """What happens when a customer writes in one of your conversations, or in a view named here."""

    ways: tuple[str, ...] = setting(
        "bell, or the terminal's own notices: osc9 (iTerm2, WezTerm, Windows Terminal), osc777 (foot, Ghostty), osc99 (kitty)",
        default=(),
        example=["osc9"],
    )
    command: tuple[str, ...] = setting(
        "a program that is run; who wrote comes on its input, never as an argument",
        default=(),
        example=["notify-shop"],
        runs=True,
    )
    status_file: str = setting(
        "a file with the counts of your views, for tmux: set -g status-right '#(cat FILE)'",
        default="",
        example="~/.cache/unibox-status",
    )
    views: tuple[str, ...] = setting(
        "only what these views hold; none: conversations of yours", default=(), example=["mine"]
    )
    quiet: tuple[str, ...] = setting("hours in which nothing is told", default=(), example=["22:00-07:00"])

    def __post_init__(self) -> None:
        for way in self.ways:
            if way not in WAYS:
                raise ValueError(f"ways: {way} is none; there is {', '.join(WAYS)}")
        for hours in self.quiet:
            if not _HOURS.fullmatch(hours):
                raise ValueError(f"quiet: {hours} is no span; write it as 22:00-07:00")

    def is_quiet(self, minute: int) -> bool:
        """`minute` of the day."""
        for hours in self.quiet:
            found = _HOURS.fullmatch(hours)
            assert found is not None
            start, end = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
            if (start <= minute < end) if start <= end else (minute >= start or minute < end):
                return True
        return False
