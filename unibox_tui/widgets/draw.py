"""Widgets that draw line by line: what every pane of ours is made of."""

from __future__ import annotations

from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from unibox_tui.widgets.lines import Line, blank, wall
from unibox_tui.widgets.palette import Palette

__all__ = ["Drawn", "Line", "blank", "wall"]

_DEFAULT = Palette()


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
        if not self.is_mounted:
            return
        if not self.size.height:
            # Hidden: the lines it was painted with last must not come back with it.
            self._painted.clear()
            self.refresh()
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
