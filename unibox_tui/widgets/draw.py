"""Lines of cells: what every widget of ours is made of. Text enters only here, so nothing that moves a cursor leaves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from unibox_tui.text.width import cut, width
from unibox_tui.widgets.palette import NULL, Palette

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_DEFAULT = Palette()


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
        """The line, filled with blanks."""
        self.to(self.cells, style)
        return Strip(self._segments, self.used)


def blank(cells: int, style: Style = NULL) -> Strip:
    return Line(cells).strip(style)


class Drawn(Widget):
    """A widget that draws line by line and paints again only the lines that differ from what stands there."""

    DEFAULT_CSS = """
    Drawn { background: ansi_default; color: ansi_default; overflow: hidden; }
    """
    can_focus = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes, markup=False)
        self._painted: dict[int, Strip] = {}

    @property
    def palette(self) -> Palette:
        return getattr(self.app, "palette", _DEFAULT)

    def line(self, y: int) -> Strip:
        """Line `y` of the content, exactly as wide as the widget."""
        raise NotImplementedError

    def render_line(self, y: int) -> Strip:
        strip = self.line(y)
        self._painted[y] = strip
        return strip

    def repaint(self) -> None:
        """Paint what differs. Call after any change of data."""
        if not self.is_mounted or not self.size.height:
            return
        columns = self.size.width
        if len(self._painted) < self.size.height or any(
            strip.cell_length != columns for strip in self._painted.values()
        ):
            self._painted.clear()
            self.refresh()
            return
        changed = [Region(0, y, columns, 1) for y in range(self.size.height) if self.line(y) != self._painted.get(y)]
        if changed:
            self.refresh(*changed)

    def repaint_column(self, y: int, columns: int = 1) -> None:
        """Paint the first cells of line `y` only."""
        if self.is_mounted and 0 <= y < self.size.height:
            self.refresh(Region(0, y, columns, 1))

    def notify_style_update(self) -> None:
        self._painted.clear()
        super().notify_style_update()
