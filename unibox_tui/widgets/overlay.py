"""Something to look at and decide, from the bottom: two customers side by side, two messages side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from textual.strip import Strip

from unibox_tui.widgets.draw import Drawn, Line, blank
from unibox_tui.widgets.palette import Palette


class Content(Protocol):
    """What an overlay shows. `press` answers whether the key meant something; it calls what it was made with to decide."""

    at: int  # the line that is to stay in sight

    @property
    def keys(self) -> Sequence[tuple[str, str]]:
        """(key, what it does)."""
        ...

    def lines(self, cells: int, now: int, palette: Palette) -> list[Strip]: ...
    def press(self, key: str) -> bool: ...


class Overlay(Drawn):
    """Open with `show`; every key belongs to it until it is closed. Esc closes it and changes nothing."""

    DEFAULT_CSS = "Overlay { layer: sheet; dock: bottom; height: 12; display: none; background: ansi_default; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.content: Content | None = None
        self.closed: Callable[[], None] = lambda: None
        self._now = 0
        self._lines: list[Strip] = []
        self._top = 0

    @property
    def is_open(self) -> bool:
        return self.content is not None

    def show(self, content: Content, now: int, most: int, cells: int) -> None:
        """`most`: lines it may take; `cells`: how wide it will be."""
        self.content, self._now, self._top = content, now, 0
        self.display = True
        self._draw(cells)
        self.styles.height = min(len(self._lines) + 2, most)
        self.repaint()

    def close(self) -> None:
        self.content = None
        self.display = False
        self.closed()

    def press(self, key: str) -> None:
        content = self.content
        if content is None:
            return
        if key in ("escape", "ctrl+c", "ctrl+g", "q"):
            self.close()
        elif key in ("pagedown", "pageup"):
            self._scroll(self._room - 1 if key == "pagedown" else 1 - self._room)
        elif content.press(key) and self.content is content:
            self._draw(self.size.width)
            self._top = max(0, min(self._top, content.at), content.at - self._room + 1)
        self.repaint()

    @property
    def _room(self) -> int:
        """Lines between the rule and the keys."""
        return max(self.size.height - 2, 1)

    def _scroll(self, by: int) -> None:
        self._top = max(0, min(self._top + by, len(self._lines) - self._room))

    def on_resize(self) -> None:
        self._draw(self.size.width)
        self.repaint()

    def _draw(self, cells: int) -> None:
        self._lines = self.content.lines(cells, self._now, self.palette) if self.content and cells else []

    def line(self, y: int) -> Strip:
        cells = self.size.width
        if y == 0:
            return Line(cells).add(self.palette.glyph("across") * cells, self.palette["rule"]).strip()
        if y == self.size.height - 1:
            return self._hint(cells)
        row = self._top + y - 1
        return self._lines[row] if row < len(self._lines) else blank(cells)

    def _hint(self, cells: int) -> Strip:
        line = Line(cells)
        for key, what in self.content.keys if self.content is not None else ():
            line.add(f" {key}", self.palette["key"]).add(f" {what} ", self.palette["dim"])
        return line.strip()
