"""What stands on the terminal, cell by cell, so that only cells that differ are sent.

The screen library sends every cell of each span it repaints; over a slow line that is most of the wait. Positions are
absolute after every character whose width terminals disagree about, so that such a disagreement never moves what follows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache

from rich.segment import Segment
from rich.style import Style

from unibox_tui.text.width import clusters, width
from unibox_tui.widgets.plain import plain

Cell = tuple[str, str]  # (what stands in it, SGR codes); the second half of a wide one: ("", codes)
Codes = Callable[[Style], str]

BLANK: Cell = (" ", "")
ERASE_FROM = 8  # blanks; fewer are cheaper written than erased
BRIDGE = 4  # cells that have not changed are written again rather than jumped over


class Cells:
    """`columns` × `lines`. What is `put` is kept until `changes` says how to get there from what the terminal shows.
    `symbols`: as they are; otherwise in ASCII of their width."""

    def __init__(self, columns: int, lines: int, codes: Codes, *, symbols: bool = True) -> None:
        self.columns, self.lines = columns, lines
        self._symbols = symbols
        self._codes = codes
        self._wanted: list[list[Cell]] = [[BLANK] * columns for _ in range(lines)]
        self._shown: list[list[Cell] | None] = [None] * lines  # None: who knows
        self._due: set[int] = set(range(lines))

    def forget(self, *, cleared: bool = False) -> None:
        """The terminal shows something else: nothing at all when it was cleared."""
        self._shown = [[BLANK] * self.columns if cleared else None for _ in range(self.lines)]
        self._due = set(range(self.lines))

    def put(self, x: int, y: int, segments: Iterable[Segment]) -> None:
        if not 0 <= y < self.lines:
            return
        row = self._wanted[y]
        if 0 < x < self.columns and row[x][0] == "":
            row[x - 1] = BLANK  # its other half is written over
        for segment in segments:
            if segment.control:
                continue
            codes = self._codes(segment.style) if segment.style is not None else ""
            cells = _cells(segment.text if self._symbols else plain(segment.text), codes)
            end = min(x + len(cells), self.columns)
            kept = max(end - x, 0)
            if kept < len(cells) and cells[kept][0] == "":  # half of it would stand beyond the edge
                while kept and cells[kept][0] == "":
                    kept -= 1
            row[x:end] = [*cells[:kept], *[BLANK] * (end - x - kept)]
            x = end
        if x < self.columns and row[x][0] == "":
            row[x] = BLANK
        self._due.add(y)

    def changes(self) -> str:
        """The sequence for the terminal; it is taken as sent."""
        pen = _Pen(self.columns)
        for y in sorted(self._due):
            wanted, shown = self._wanted[y], self._shown[y]
            if wanted != shown:
                self._line(pen, y, wanted, shown)
                self._shown[y] = wanted[:]
        self._due.clear()
        return pen.finish()

    def _line(self, pen: _Pen, y: int, wanted: list[Cell], shown: list[Cell] | None) -> None:
        columns = self.columns
        blank_from = columns
        while blank_from > 0 and wanted[blank_from - 1] == BLANK:
            blank_from -= 1
        x = 0
        while x < columns:
            if shown is not None and wanted[x] == shown[x]:
                x += 1
                continue
            if x >= blank_from and _worth_erasing(wanted, shown, x):
                pen.erase_to_end(x, y)
                return
            end = self._run_end(x, wanted, shown)
            start = x
            while start > 0 and wanted[start][0] == "":
                start -= 1
            if x < blank_from < end:
                end = _past_phantoms(wanted, start, blank_from)
            pen.write(start, y, wanted[start:end])
            x = end

    def _run_end(self, start: int, wanted: list[Cell], shown: list[Cell] | None) -> int:
        """Past the last cell to write in one go: short stretches that stand there already are bridged."""
        end = x = start
        codes = wanted[start][1]
        while x < self.columns and x - end <= BRIDGE:
            if shown is None or wanted[x] != shown[x]:
                end = x + 1
                codes = wanted[x][1]
            elif wanted[x][1] != codes:
                break
            x += 1
        return _past_phantoms(wanted, start, end)


def _past_phantoms(wanted: list[Cell], start: int, end: int) -> int:
    """What follows a character of unsure width is written again: some terminals have spoilt it by then."""
    at = start
    while at < min(end, len(wanted)):
        text = wanted[at][0]
        if text and not _is_sure(text):
            end = max(end, at + 2 * len(text))
        at += 1
    end = min(end, len(wanted))
    while end < len(wanted) and wanted[end][0] == "":
        end += 1
    return end


def _worth_erasing(wanted: list[Cell], shown: list[Cell] | None, x: int) -> bool:
    """Erasing a line's rest takes three bytes: as much as three blanks."""
    return shown is None or sum(shown[at] != BLANK for at in range(x, min(x + 64, len(wanted)))) > 2


class _Pen:
    """Writes where it is told, by the shortest way there."""

    def __init__(self, columns: int) -> None:
        self._out: list[str] = []
        self._columns = columns
        self._x = self._y = -1
        self._codes = ""

    def _go(self, x: int, y: int) -> None:
        if (x, y) == (self._x, self._y):
            return
        if y == self._y and self._x >= 0:
            by = x - self._x
            self._out.append(
                ("\x1b[C" if by == 1 else f"\x1b[{by}C") if by > 0 else "\r" if x == 0 else f"\x1b[{x + 1}G"
            )
        elif x == 0 and self._y >= 0 and y == self._y + 1:
            self._out.append("\r\n")
        elif self._y >= 0 and (x, y) == (self._x - 1, self._y + 1):
            self._out.append("\b\x1b[B")
        else:
            self._out.append(f"\x1b[{y + 1};{x + 1}H")
        self._x, self._y = x, y

    def _use(self, codes: str) -> None:
        if codes != self._codes:
            plain = not self._codes
            self._out.append("\x1b[m" if not codes else f"\x1b[{codes}m" if plain else f"\x1b[0;{codes}m")
            self._codes = codes

    def write(self, x: int, y: int, cells: list[Cell]) -> None:
        at = 0
        while at < len(cells):
            text, codes = cells[at]
            if cells[at] == BLANK:
                end = at
                while end < len(cells) and cells[end] == BLANK:
                    end += 1
                if end - at >= ERASE_FROM:
                    self._go(x + at, y)
                    self._use("")
                    self._out.append(f"\x1b[{end - at}X")
                    at = end
                    continue
            self._go(x + at, y)
            self._use(codes)
            size = 1
            while at + size < len(cells) and cells[at + size][0] == "":
                size += 1
            if _is_sure(text):
                self._out.append(text)
                self._x = x + at + size
            else:
                self._out.append(" " * size + f"\x1b[{x + at + 1}G" + text)
                self._x = x + at + size
                if self._x < self._columns:
                    self._out.append(f"\x1b[{self._x + 1}G")
            if self._x >= self._columns:
                self._x = self._y = -1  # terminals differ about where the cursor is now
            at += size

    def erase_to_end(self, x: int, y: int) -> None:
        self._go(x, y)
        self._use("")
        self._out.append("\x1b[K")

    def finish(self) -> str:
        self._use("")
        return "".join(self._out)


@lru_cache(maxsize=4096)
def _is_sure(text: str) -> bool:
    """Whether every terminal gives it the same width: no emoji, no joined or invisible characters."""
    return text.isascii() or (
        text[0] < "\U0001f000" and not any(c in "\ufe0e\ufe0f\u200d\u200c\u20e3\u0e33\u0eb3" for c in text)
    )


def _cells(text: str, codes: str) -> list[Cell]:
    if text.isascii():
        return [(character, codes if character != " " or _marks_blanks(codes) else "") for character in text]
    return list(_wide_cells(text, codes))


@lru_cache(maxsize=4096)
def _wide_cells(text: str, codes: str) -> tuple[Cell, ...]:
    found: list[Cell] = []
    for cluster in clusters(text):
        size = width(cluster)
        if size == 0:
            if found:
                last = max(at for at in range(len(found)) if found[at][0])
                found[last] = (found[last][0] + cluster, codes)
            continue
        found.append(BLANK if cluster == " " and not _marks_blanks(codes) else (cluster, codes))
        found.extend(("", codes) for _ in range(size - 1))
    return tuple(found)


@lru_cache(maxsize=1024)
def _marks_blanks(codes: str) -> bool:
    """Whether a blank in this style differs from an empty cell: underlined, reversed, struck or on a colour."""
    parts = iter(codes.split(";"))
    for part in parts:
        if part in ("4", "7", "9", "21", "53") or (part[:1] == "4" and len(part) == 2) or part[:2] == "10":
            return True
        if part == "38":
            for _ in range(1 if next(parts, "") == "5" else 3):
                next(parts, None)
    return False


def sgr(color_system: object) -> Codes:
    """Style -> SGR codes on a terminal of these colours, without what is the default anyhow."""

    @lru_cache(maxsize=4096)
    def codes(style: Style) -> str:
        rendered = style.render("x", color_system=color_system)  # type: ignore[arg-type]
        before = rendered.partition("x")[0]
        if not before.startswith("\x1b[") or not before.endswith("m"):
            return ""
        return _without_defaults(before[2:-1])

    return codes


def _without_defaults(codes: str) -> str:
    kept: list[str] = []
    parts = iter(codes.split(";"))
    for part in parts:
        if part in ("38", "48"):
            mode = next(parts, "")
            kept += [part, mode, *(next(parts, "") for _ in range(1 if mode == "5" else 3))]
        elif part not in ("39", "49", ""):
            kept.append(part)
    return ";".join(kept)
