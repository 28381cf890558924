"""Between the screen library and the terminal: what it repaints is compared with what stands there, cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from rich.console import Console
from rich.segment import Segment
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver

from unibox_tui.widgets.cells import Cells, sgr
from unibox_tui.widgets.typed import KeyParser

_ALTERNATE = "\x1b[?1049h"
_CLEAR = "\x1b[2J"
_NOWHERE = "\x1b[1;1H"  # where the cursor is sent when nobody types: it is hidden anyway


class Canvas:
    """The terminal of one app. `painted`: something stands on it already, and the terminal's modes were `modes` before;
    `taken` is called when the app has taken it over. `symbols`: as `Cells` has it."""

    def __init__(
        self, *, painted: bool = False, modes: list[Any] | None = None, taken: Callable[[], None] = lambda: None
    ) -> None:
        self.painted = painted
        self.taken = taken
        self.modes = modes
        self.symbols = True
        self._cells: Cells | None = None
        self._cleared = False

    def draw(self, update: LayoutUpdate | ChopsUpdate, columns: int, lines: int, console: Console) -> str:
        """The sequence that brings `update` to a terminal of this size."""
        cells = self._cells
        if cells is None or (cells.columns, cells.lines) != (columns, lines):
            cells = self._cells = Cells(columns, lines, sgr(console._color_system), symbols=self.symbols)
            cells.forget(cleared=self._cleared)
            self._cleared = False
        for x, y, segments in _pieces(update):
            cells.put(x, y, segments)
        return cells.changes()

    def forget(self, *, cleared: bool = False) -> None:
        """The terminal shows something else now: nothing at all, when it was cleared."""
        if self._cells is not None:
            self._cells.forget(cleared=cleared)
        else:
            self._cleared = cleared


class Drawing(CompositorUpdate):
    """A compositor's update on its way to the terminal."""

    def __init__(self, update: LayoutUpdate | ChopsUpdate, canvas: Canvas, columns: int, lines: int) -> None:
        self._update = update
        self._canvas = canvas
        self._size = columns, lines

    def render_segments(self, console: Console) -> str:
        return self._canvas.draw(self._update, *self._size, console)


def _pieces(update: LayoutUpdate | ChopsUpdate) -> Iterator[tuple[int, int, Iterable[Segment]]]:
    """(x, y, segments)"""
    if isinstance(update, LayoutUpdate):
        for y, line in enumerate(update.strips, update.region.y):
            yield update.region.x, y, (segment for strip in line for segment in strip)
        return
    for y, x1, x2 in update.spans:
        for end, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
            if strip is not None and x <= x2 and end > x1:
                yield x, y, strip if end <= x2 else strip.crop(0, x2 - x)


class CanvasDriver(LinuxDriver):
    """Keeps the canvas in step with the terminal whenever the app takes it over: at the start, back from an editor."""

    _takes_over = False

    def run_input_thread(self) -> None:
        linux_driver.XTermParser = KeyParser  # type: ignore[attr-defined]
        super().run_input_thread()

    def start_application_mode(self) -> None:
        canvas: Canvas = self._app.canvas  # type: ignore[attr-defined]
        self._takes_over, modes = canvas.painted, canvas.modes
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self._takes_over:
            self._takes_over = canvas.painted = False
            canvas.taken()
            if modes is not None:
                self.attrs_before = modes
            canvas.forget()
        else:
            canvas.forget(cleared=True)

    def write(self, data: str) -> None:
        if data == _ALTERNATE:
            data = "" if self._takes_over else _ALTERNATE + _CLEAR
        data = data.removesuffix(_NOWHERE)
        if data:
            super().write(data)
