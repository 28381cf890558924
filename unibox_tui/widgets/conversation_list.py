"""The list of conversations: holds a window of rows of a list of any length, and paints only what differs.

The row under the cursor keeps its line while the cursor is on it; what arrives above is counted at the edge.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from textual.message import Message
from textual.strip import Strip

from unibox_tui.locale import _
from unibox_tui.text.width import wrap
from unibox_tui.views.models import Page, Row
from unibox_tui.widgets.draw import Drawn, Line, blank
from unibox_tui.widgets.rows import Look, draw_row

NEAR_END = 20  # ask for more this many rows before the window's end
MOST_PAGES = 6


class ConversationList(Drawn):
    @dataclass
    class Moved(Message):
        """The cursor stands on another conversation (None: the list is empty)."""

        id: int | None

    @dataclass
    class MoreWanted(Message):
        """The window's end comes near. `token` is the keyset token to go on from."""

        older: bool
        token: str

    @dataclass
    class TopWanted(Message):
        """The cursor wants above the first row: what has arrived may come in."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._pages: list[Page] = []
        self._rows: list[Row] = []
        self._places: dict[int, int] = {}
        self._strips: dict[int, list[Strip]] = {}
        self._look = Look(cells=0, lines=3, now=0, me="")
        self._at = 0
        self._top = 0
        self._wanted: set[str] = set()
        self._lifted: int | None = None
        self.marked: dict[int, None] = {}  # in the order of marking
        self.gone: set[int] = set()
        self.arrivals = 0
        self.empty: Sequence[str] = ()
        self.here = True  # is this the pane the keys go to?
        self.marking_from: int | None = None  # `V`: where marking began

    # What it shows

    @property
    def rows(self) -> Sequence[Row]:
        return self._rows

    @property
    def cursor(self) -> Row | None:
        return self._rows[self._at] if self._rows else None

    @property
    def at_top(self) -> bool:
        return self._at == 0 and (not self._pages or self._pages[0].after is None)

    @property
    def targets(self) -> tuple[int, ...]:
        """The conversations an action works on: the marked ones, else the one under the cursor, as they are painted."""
        if self.marked:
            return tuple(self.marked)
        return (self.cursor.id,) if self.cursor else ()

    def following(self, count: int) -> tuple[int, ...]:
        """The one under the cursor and those below it, `count` in all."""
        return tuple(row.id for row in self._rows[self._at : self._at + count])

    def shown_ids(self) -> list[int]:
        return [row.id for row in self._rows[self._top : self._top + self._capacity()]]

    def set_look(
        self,
        *,
        lines: int | None = None,
        now: int | None = None,
        me: str | None = None,
        query: str | None = None,
        columns: tuple[str, ...] | None = None,
    ) -> None:
        look = self._look
        look = replace(
            look,
            lines=look.lines if lines is None else lines,
            now=look.now if now is None else now,
            me=look.me if me is None else me,
            query=look.query if query is None else query,
            columns=look.columns if columns is None else columns,
        )
        if look != self._look:
            self._look = look
            self._strips.clear()
            self._keep_in_sight()
            self.repaint()

    def show(self, page: Page, *, cursor: int | None = None, keep_line: bool = False) -> None:
        """Start anew from `page` with the cursor on conversation `cursor`, else on the first row.

        `keep_line`: the cursor stays on the screen line where it is, so nothing moves under the hand.
        """
        line = self._at - self._top
        before = self.cursor.id if self.cursor else None
        self._pages = [page]
        self._wanted.clear()
        self.gone.clear()
        self.arrivals = 0
        self._reindex()
        self._strips = {id: strips for id, strips in self._strips.items() if id in self._places}
        for row in self._rows:
            self._strips.pop(row.id, None)
        self._at = self._places.get(cursor, 0) if cursor is not None else 0
        self._top = max(self._at - line, 0) if keep_line else self._top
        self._keep_in_sight()
        self.repaint()
        self._tell(before)

    def extend(self, page: Page, *, older: bool) -> None:
        """Put the page asked for by MoreWanted at its end of the window; the far end is let go."""
        first_shown = self._rows[self._top].id if self._rows else None
        here = self.cursor.id if self.cursor else None
        if older:
            self._pages.append(page)
            del self._pages[: max(0, len(self._pages) - MOST_PAGES)]
        else:
            self._pages.insert(0, page)
            del self._pages[MOST_PAGES:]
        self._wanted.clear()
        self._reindex()
        self._at = self._places.get(here, 0) if here is not None else 0
        self._top = self._places.get(first_shown, self._top) if first_shown is not None else 0
        self._keep_in_sight()
        self.repaint()

    def patch(self, rows: Iterable[Row]) -> None:
        """Rows of the window that have changed, drawn anew where they stand."""
        fresh: Mapping[int, Row] = {row.id: row for row in rows if row.id in self._places}
        if not fresh:
            return
        self._pages = [replace(page, rows=tuple(fresh.get(row.id, row) for row in page.rows)) for page in self._pages]
        for id, row in fresh.items():
            self._rows[self._places[id]] = row
            self._strips.pop(id, None)
        self.repaint()

    def set_gone(self, ids: Iterable[int]) -> None:
        """These no longer belong here; they stay, dim, until the list is read anew."""
        gone = {id for id in ids if id in self._places}
        for id in gone ^ self.gone:
            self._strips.pop(id, None)
        self.gone = gone
        self.repaint()

    def set_arrivals(self, count: int) -> None:
        if count != self.arrivals:
            self.arrivals = count
            self.repaint()

    def set_here(self, here: bool) -> None:
        if here != self.here:
            self.here = here
            self._paint_gutter(self._at)

    # Moving

    def move(self, by: int) -> None:
        if by < 0 and self._at == 0:
            self.post_message(self.TopWanted())
            return
        self.go(self._at + by)

    def page(self, pages: float) -> None:
        """Move by so many screens, the view with the cursor."""
        rows = max(1, int(self._capacity() * abs(pages)))
        if pages > 0:
            self._top = min(self._top + rows, max(len(self._rows) - self._capacity(), 0))
            self.go(self._at + rows, repaint=True)
        else:
            if self._at == 0:
                self.post_message(self.TopWanted())
                return
            self._top = max(self._top - rows, 0)
            self.go(self._at - rows, repaint=True)

    def go(self, place: int, *, repaint: bool = False) -> None:
        """The cursor to the row at `place` of the window."""
        if not self._rows:
            return
        before, top = self._at, self._top
        self._at = min(max(place, 0), len(self._rows) - 1)
        self._keep_in_sight()
        if self.marking_from is not None:
            self._mark_stretch(before)
        if self._top != top or repaint or self.marking_from is not None:
            self.repaint()
        elif before != self._at:
            self._paint_gutter(before)
            self._paint_gutter(self._at)
        if before != self._at:
            self.post_message(self.Moved(self._rows[self._at].id))
        self._ask_for_more()

    def go_to(self, id: int) -> bool:
        """The cursor to this conversation; False when it is not in the window."""
        place = self._places.get(id)
        if place is None:
            return False
        self.go(place)
        return True

    def beside(self, ids: Sequence[int]) -> int | None:
        """The conversation the cursor should stand on when these are gone: the next below, else above."""
        leaving = set(ids)
        below = [row.id for row in self._rows[self._at :] if row.id not in leaving]
        above = [row.id for row in self._rows[: self._at] if row.id not in leaving]
        return below[0] if below else above[-1] if above else None

    def lift(self, covered: int) -> None:
        """The lowest `covered` lines will be hidden: scroll just so far that the cursor's row stays in sight."""
        lines = self._look.lines
        free = max((self.size.height - covered) // lines, 1)
        over = self._at - self._top - (free - 1)
        if over > 0:
            self._lifted = self._top
            self._top += over
            self.repaint()

    def lower(self) -> None:
        """Back to where it was before `lift`."""
        if self._lifted is not None:
            self._top, self._lifted = self._lifted, None
            self._keep_in_sight()
            self.repaint()

    # Marking

    def toggle_mark(self) -> None:
        if self.cursor is not None:
            self.set_marks([self.cursor.id], self.cursor.id not in self.marked)

    def set_marks(self, ids: Iterable[int], on: bool = True) -> None:
        for id in ids:
            if on:
                self.marked[id] = None
            else:
                self.marked.pop(id, None)
            self._strips.pop(id, None)
        self.repaint()

    def clear_marks(self) -> bool:
        had = bool(self.marked) or self.marking_from is not None
        self.marking_from = None
        self.set_marks(list(self.marked), False)
        return had

    def toggle_marking(self) -> None:
        if self.marking_from is None:
            self.marking_from = self._at
            self._mark_stretch(self._at)
            self.repaint()
        else:
            self.marking_from = None

    def _mark_stretch(self, before: int) -> None:
        assert self.marking_from is not None
        start = self.marking_from
        old = {row.id for row in self._rows[min(start, before) : max(start, before) + 1]}
        new = [row.id for row in self._rows[min(start, self._at) : max(start, self._at) + 1]]
        for id in old - set(new):
            self.marked.pop(id, None)
            self._strips.pop(id, None)
        for id in new:
            if id not in self.marked:
                self.marked[id] = None
                self._strips.pop(id, None)

    # Drawing

    def line(self, y: int) -> Strip:
        cells = self.size.width
        if not self._rows:
            return self._empty_line(y, cells)
        if self.arrivals and y == self.size.height - 1:
            text = f"{self.palette.glyph('up')} " + _("{n} new").format(n=self.arrivals)
            return Line(cells).add(" ").add(text, self.palette["accent"]).strip()
        lines = self._look.lines
        place = self._top + y // lines
        if place >= len(self._rows):
            return blank(cells)
        body = self._strips_of(self._rows[place])[y % lines]
        gutter = Line(1)
        if place == self._at:
            gutter.add(self.palette.glyph("cursor"), self.palette["cursor" if self.here else "dim"])
        return Strip.join([gutter.strip(), body])

    def on_resize(self) -> None:
        self._strips.clear()
        self._keep_in_sight()
        self.repaint()
        self._ask_for_more()

    def _empty_line(self, y: int, cells: int) -> Strip:
        lines = [part for text in self.empty for part in wrap(text, cells - 3)]
        if 1 <= y <= len(lines):
            return Line(cells).add("  ").add(lines[y - 1], self.palette["dim"]).strip()
        return blank(cells)

    def _strips_of(self, row: Row) -> list[Strip]:
        strips = self._strips.get(row.id)
        if strips is None or strips[0].cell_length != self.size.width - 1 or len(strips) != self._look.lines:
            look = replace(self._look, cells=self.size.width - 1)
            lines = draw_row(row, look, self.palette, marked=row.id in self.marked, gone=row.id in self.gone)
            strips = [line.strip() for line in lines]
            self._strips[row.id] = strips
        return strips

    def _paint_gutter(self, place: int) -> None:
        first = (place - self._top) * self._look.lines
        for y in range(first, first + self._look.lines):
            self.repaint_column(y)

    def _capacity(self) -> int:
        """How many whole rows fit."""
        return max(self.size.height // self._look.lines, 1)

    def _keep_in_sight(self) -> None:
        """Half a screen at a time: a line-wise scroll would paint the whole list for each key."""
        capacity = self._capacity()
        if self._at < self._top:
            self._top = max(self._at - capacity // 2, 0) if self._top - self._at <= capacity else self._at
        elif self._at >= self._top + capacity:
            self._top = self._at - capacity // 2 if capacity > 1 else self._at
        self._top = max(0, min(self._top, len(self._rows) - capacity))

    def _reindex(self) -> None:
        seen: dict[int, Row] = {}
        for page in self._pages:
            for row in page.rows:
                seen.setdefault(row.id, row)
        self._rows = list(seen.values())
        self._places = {id: place for place, id in enumerate(seen)}
        for id in [id for id in self._strips if id not in self._places]:
            del self._strips[id]

    def _ask_for_more(self) -> None:
        if not self._pages:
            return
        if self._at + NEAR_END >= len(self._rows):
            self._ask(older=True, token=self._pages[-1].before)
        if self._at < NEAR_END:
            self._ask(older=False, token=self._pages[0].after)

    def _ask(self, *, older: bool, token: str | None) -> None:
        key = f"{older}{token}"
        if token is not None and key not in self._wanted:
            self._wanted.add(key)
            self.post_message(self.MoreWanted(older, token))

    def _tell(self, before: int | None) -> None:
        now = self.cursor.id if self.cursor else None
        if now != before:
            self.post_message(self.Moved(now))
        self._ask_for_more()
