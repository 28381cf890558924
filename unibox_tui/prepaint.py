"""The first rows on the terminal before the screen library is loaded.

They are read by the query of the list, drawn as the list draws them, and written in one go; the app then draws over them
cell by cell. Only on a terminal we know, and only when it, its size and the configuration are as they were when the app
was last left: `remember` keeps what is needed to know that. What cannot be painted now is left to the app without a word.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import stat
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unibox_tui.host.terminal import echo_off, guess

if TYPE_CHECKING:
    from unibox_tui.host.paths import Home

_FORMAT = 1
_BEGIN = "\x1b[?1049h\x1b[2J\x1b[?25l"
_END = "\x1b[m\x1b[?1049l\x1b[?25h"
_ENDING = (signal.SIGTERM, signal.SIGHUP)


class Painted:
    """What stands on the terminal now. `modes`: the terminal's before; None when nothing was painted."""

    def __init__(self) -> None:
        self.modes: list[Any] | None = None
        self._given_back = contextlib.ExitStack()
        self._ours = False

    def __bool__(self) -> bool:
        return self._ours

    def begin(self, sequence: str) -> None:
        with contextlib.suppress(termios.error):
            self.modes = termios.tcgetattr(0)
        self._given_back.enter_context(echo_off(0))
        for name in _ENDING:
            signal.signal(name, lambda number, _frame: sys.exit(128 + number))
        self._ours = True
        _write(_BEGIN + sequence)

    def taken(self) -> None:
        """The app has the terminal and will put it back itself."""
        self._ours = False

    def give_back(self) -> None:
        """The terminal as it was. Safe to call twice."""
        if self._ours:
            self._ours = False
            _write(_END)
        self._given_back.close()


def paint(home: Home, painted: Painted) -> None:
    """The first rows, if they can be painted; whoever calls gives the terminal back."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, sqlite3.Error):
        known = json.loads(_place(home).read_bytes())
        if known.pop("format") == _FORMAT and known["here"] == _here(home):
            sequence = _rows(home, known)
            if sequence:
                painted.begin(sequence)


def remember(home: Home, look: Mapping[str, Any]) -> None:
    """What the next start is painted with. `look`: me, query, theme, plain, row_lines, language, zone."""
    from unibox_tui.host.files import write_atomic

    known = {"format": _FORMAT, "store": str(home.store), **look}
    with contextlib.suppress(OSError, ValueError):
        content = json.dumps(known | {"here": _here(home)}).encode()
        if not _place(home).exists() or _place(home).read_bytes() != content:
            write_atomic(_place(home), content)


def _place(home: Home) -> Path:
    return home.data_folder / "screen.json"  # this account's own, never a shared folder


def _here(home: Home) -> list[Any]:
    """What must not have changed: the terminal, its size, its colours, the configuration."""
    terminal = guess()
    if not terminal.known:
        raise ValueError("a terminal we do not know")
    try:
        config = home.config.stat()
        stamp = [config.st_mtime_ns, config.st_size]
    except FileNotFoundError:
        stamp = []
    size = os.get_terminal_size(1)
    names = ("LC_ALL", "LC_CTYPE", "LC_MESSAGES", "LANG", "NO_COLOR")
    return [size.columns, size.lines, terminal.name, terminal.colours, terminal.unicode, *stamp,
            *(os.environ.get(name, "") for name in names)]  # fmt: skip


def _rows(home: Home, known: Mapping[str, Any]) -> str:
    from unibox_tui.domain.ids import now_ms
    from unibox_tui.locale import set_language
    from unibox_tui.store.glance import glance
    from unibox_tui.views import lists

    store = home.with_store(known["store"])
    if not stat.S_ISREG(os.lstat(store.database).st_mode):
        return ""
    set_language(known["language"])
    if known["zone"]:
        os.environ["TZ"] = known["zone"]
        time.tzset()
    now = now_ms()
    size = os.get_terminal_size(1)
    with contextlib.closing(glance(store.database)) as db:
        page = lists.page(db, known["query"], me=known["me"], now=now, limit=size.lines, zone=_zone(known["zone"]))
    return _drawn(page.rows, size.columns, size.lines, now, known) if page.rows else ""


def _zone(name: str) -> Any:
    if not name:
        return None
    from zoneinfo import ZoneInfo

    return ZoneInfo(name)


def _drawn(rows: Any, columns: int, lines: int, now: int, known: Mapping[str, Any]) -> str:
    from unibox_tui.screens.layout import arrange
    from unibox_tui.widgets.cells import Cells, sgr
    from unibox_tui.widgets.lines import Line
    from unibox_tui.widgets.palette import Palette
    from unibox_tui.widgets.rows import Look, draw_row

    palette = Palette(known["theme"], plain=known["plain"])
    layout = arrange(columns, lines, pane="list", panel_open=False, row_lines=known["row_lines"])
    colours = guess().colours
    system = None if colours == 0 else "standard" if colours == 16 else "256" if colours == 256 else "truecolor"
    cells = Cells(columns, lines, sgr(_system(system)), symbols=not known["plain"])
    cells.forget(cleared=True)
    frame = 2 if layout.rules else 1
    first, last = frame, lines - frame
    bars = [at for at in (layout.list, layout.list + 1 + layout.thread) if layout.thread and at < columns]
    if layout.rules:
        for y, joint in ((1, "tee"), (lines - 2, "foot")):
            across = [palette.glyph("across")] * columns
            for at in bars:
                across[at] = palette.glyph(joint)
            cells.put(0, y, Line(columns).add("".join(across), palette["rule"]).segments)
    look = Look(cells=layout.list - 1, lines=layout.row_lines, now=now, me=known["me"])
    for number, row in enumerate(rows):
        for part, line in enumerate(draw_row(row, look, palette)):
            y = first + number * look.lines + part
            if y < last:
                if number == 0:
                    cells.put(0, y, Line(1).add(palette.glyph("cursor"), palette["cursor"]).segments)
                cells.put(1, y, line.segments)
    for y in range(first, last):
        for at in bars:
            cells.put(at, y, Line(1).add(palette.glyph("along"), palette["rule"]).segments)
    return cells.changes()


def _system(name: str | None) -> Any:
    from rich.color import ColorSystem

    return None if name is None else {"standard": ColorSystem.STANDARD, "256": ColorSystem.EIGHT_BIT}.get(
        name, ColorSystem.TRUECOLOR
    )  # fmt: skip


def _write(sequence: str) -> None:
    data = sequence.encode("utf-8", "replace")
    while data:
        data = data[os.write(1, data) :]
