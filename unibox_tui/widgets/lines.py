"""Lines of cells as (text, style) pieces. Text enters only here, so nothing that moves a cursor leaves.

Knows nothing of the screen library, so that rows can be drawn before it is loaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style

from unibox_tui.text.width import cut, width
from unibox_tui.widgets.palette import NULL

if TYPE_CHECKING:
    from textual.strip import Strip

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def wall(text: str) -> str:
    """The second wall: what came past `safe()` by mistake shows as U+FFFD instead of reaching the terminal."""
    if text.isascii() and text.isprintable():
        return text
    return _CONTROL.sub("\ufffd", text.replace("\t", "    "))


class Line:
    """One line being built, left to right, never wider than `cells`."""

    __slots__ = ("_segments", "cells", "used")

    def __init__(self, cells: int) -> None:
        self.cells = max(cells, 0)
        self.used = 0
        self._segments: list[Segment] = []

    @property
    def room(self) -> int:
        return self.cells - self.used

    @property
    def segments(self) -> list[Segment]:
        return self._segments

    def add(self, text: str, style: Style = NULL) -> Line:
        """As much of `text` as fits, with an ellipsis when cut."""
        if text and self.room > 0:
            fitting = cut(wall(text), self.room)
            self._put(fitting, style)
            self.used += width(fitting)
        return self

    def _put(self, text: str, style: Style) -> None:
        """Neighbours of one style are one segment: each new one costs its escape codes on the line."""
        if self._segments and self._segments[-1].style == style:
            text = self._segments.pop().text + text
        self._segments.append(Segment(text, style))

    def spans(self, text: str, style: Style, hits: Sequence[tuple[int, int]], hit_style: Style) -> Line:
        """`text` with stretches in `hit_style`."""
        at = 0
        fitting = cut(text, self.room)
        for start, end in hits:
            start, end = min(start, len(fitting)), min(end, len(fitting))
            self.add(fitting[at:start], style).add(fitting[start:end], style + hit_style)
            at = end
        return self.add(fitting[at:], style)

    def join(self, other: Line) -> Line:
        """What `other` holds, which must fit."""
        for segment in other._segments:
            self._put(segment.text, segment.style or NULL)
        self.used += other.used
        return self

    def to(self, column: int, style: Style = NULL) -> Line:
        """Blanks up to `column`."""
        gap = min(column, self.cells) - self.used
        if gap > 0:
            self._put(" " * gap, style)
            self.used += gap
        return self

    def right(self, parts: Iterable[tuple[str, Style]], style: Style = NULL) -> Line:
        """`parts` flush right, after at least one blank; left out from the left when there is no room."""
        kept = [(wall(text), style) for text, style in parts if text]
        while kept and sum(width(text) for text, _ in kept) + (1 if self.used else 0) > self.room:
            kept.pop(0)
        self.to(self.cells - sum(width(text) for text, _ in kept), style)
        for text, part_style in kept:
            self._put(text, part_style)
            self.used += width(text)
        return self

    def strip(self, style: Style = NULL) -> Strip:
        """The line, filled with blanks, as the screen library takes it."""
        from textual.strip import Strip

        self.to(self.cells, style)
        return Strip(self._segments, self.used)


def blank(cells: int, style: Style = NULL) -> Strip:
    return Line(cells).strip(style)
