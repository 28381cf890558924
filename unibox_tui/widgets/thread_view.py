"""A conversation's messages, a window of them at a time, with a cursor that stands on one message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from textual.message import Message
from textual.strip import Strip

from unibox_tui.locale import _
from unibox_tui.text.width import wrap
from unibox_tui.views.models import Entry, Thread
from unibox_tui.widgets.draw import Drawn, Line, blank
from unibox_tui.widgets.entries import EntryLook, day_line, draw_entry, new_line, part_line, shares_head
from unibox_tui.widgets.rows import hits_in
from unibox_tui.widgets.when import moment

_NOTHING = -1


class ThreadView(Drawn):
    @dataclass
    class MoreWanted(Message):
        """The window's end comes near; `n` is the outermost entry held."""

        older: bool
        n: int

    @dataclass
    class Read(Message):
        """The newest message is in sight."""

        conversation: int
        n: int

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.thread: Thread | None = None
        self._entries: list[Entry] = []
        self._lines: list[tuple[int, Strip]] = []  # (place of the entry or _NOTHING, line)
        self._starts: list[int] = []  # first line of each entry
        self._look = EntryLook(cells=0, now=0, subject="", several=False)
        self._at = 0
        self._top = 0
        self._unfolded: set[int] = set()
        self._all_unfolded = False
        self._asked: set[tuple[bool, int]] = set()
        self._new_from: int | None = None  # n of the first unread, as it was when opened
        self._pending_read = True
        self.below = 0  # new messages below the window's sight
        self.here = False
        self.empty: Sequence[str] = ()

    # What it shows

    @property
    def entries(self) -> Sequence[Entry]:
        return self._entries

    @property
    def cursor(self) -> Entry | None:
        return self._entries[self._at] if self._entries else None

    @property
    def at_end(self) -> bool:
        return self._top >= self._last_top() and not (self.thread and self.thread.newer)

    @property
    def last_seen_n(self) -> int:
        """The newest entry that has been in the window in sight."""
        bottom = self._top + self.size.height
        seen = [entry.n for place, entry in enumerate(self._entries) if self._starts[place] < bottom]
        return max(seen, default=0)

    def set_look(
        self, *, now: int | None = None, query: str | None = None, keys: tuple[str, str, str, str] | None = None
    ) -> None:
        look = self._look
        if now is not None and moment(now).date() != moment(look.now).date():
            look = replace(look, now=now)
        if query is not None:
            look = replace(look, query=query)
        if keys is not None:
            look = replace(look, retry_key=keys[0], keep_key=keys[1], cancel_key=keys[2], unfold_key=keys[3])
        if look != self._look:
            self._look = look
            self._lay_out()
            self.repaint()

    def show(self, thread: Thread | None, *, at: int | None = None) -> None:
        """Open `thread` at entry `at`, else at the first unread one, else at the end."""
        self.thread = thread
        self._asked.clear()
        self._unfolded.clear()
        self._all_unfolded = False
        self.below = 0
        self._pending_read = True
        self._entries = list(thread.entries) if thread else []
        self._new_from = thread.first_unread_n if thread else None
        self._lay_out()
        start = at if at is not None else self._new_from
        place = next(
            (place for place, entry in enumerate(self._entries) if start is not None and entry.n >= start), None
        )
        if place is None:
            self._at = self._said(len(self._entries) - 1, -1)
            self._top = self._last_top()
        else:
            self._at = self._said(place, 1)
            last = len(self._entries) - 1
            height = self.size.height
            fits = self._end(last) - self._first_line(place) <= height
            self._top = self._last_top() if fits else max(self._first_line(place) - 1, 0)
        self.repaint()
        self._look_around()

    def extend(self, part: Thread, *, older: bool) -> None:
        """Entries asked for by MoreWanted; what is in sight stays where it is."""
        if self.thread is None or part.id != self.thread.id:
            return
        known = {entry.n for entry in self._entries}
        fresh = [entry for entry in part.entries if entry.n not in known]
        before = len(self._lines)
        if older:
            self._entries = fresh + self._entries
            self.thread = replace(self.thread, older=part.older)
            self._at += len(fresh)
        else:
            self._entries = self._entries + fresh
            self.thread = replace(self.thread, newer=part.newer)
        self._lay_out()
        if older:
            self._top += len(self._lines) - before
        self.repaint()

    def patch(self, thread: Thread) -> None:
        """The same conversation read anew: changed and new entries come in, the sight stays; at the end it follows."""
        if self.thread is None or thread.id != self.thread.id:
            self.show(thread)
            return
        at_end = self.at_end
        cursor = self.cursor
        old = {entry.n: entry for entry in self._entries}
        last = self._entries[-1].n if self._entries else 0
        fresh = {entry.n: entry for entry in thread.entries}
        reached = min(fresh, default=0)
        kept = [entry for entry in self._entries if entry.n < reached or entry.n in fresh]
        merged = {entry.n: entry for entry in kept} | fresh
        entries = [merged[n] for n in sorted(merged)]
        arrived = [entry for entry in entries if entry.n > last and entry.n not in old]
        anchor = self._lines[self._top][0] if self._lines and self._top < len(self._lines) else _NOTHING
        anchor_n = self._entries[anchor].n if anchor != _NOTHING else None
        offset = self._top - self._starts[anchor] if anchor != _NOTHING else 0
        self.thread = replace(thread, older=self.thread.older if kept and kept[0].n < reached else thread.older)
        self._entries = entries
        answered = max((entry.n for entry in arrived if entry.mine and entry.direction != "activity"), default=0)
        if self._new_from is not None and self._new_from < answered:
            self._new_from = None
        if self._new_from is None:
            self._new_from = next((e.n for e in arrived if e.direction == "in" and e.n > answered), None)
        self._lay_out()
        places = {entry.n: place for place, entry in enumerate(entries)}
        self._at = places.get(cursor.n, len(entries) - 1) if cursor else 0
        if at_end:
            self._top = self._last_top()
            if cursor is not None and cursor.n == last:
                self._at = self._said(len(entries) - 1, -1)
        elif anchor_n in places:
            self._top = min(self._starts[places[anchor_n]] + offset, self._last_top())
        self.below = 0 if self.at_end else self.below + sum(entry.direction == "in" for entry in arrived)
        self._pending_read = self._pending_read or bool(arrived)
        self.repaint()
        self._look_around()

    # Moving

    def move(self, by: int) -> None:
        """The cursor to the next message; a message taller than the screen is read through first."""
        if not self._entries:
            return
        height = self.size.height
        step = 1 if by > 0 else -1
        for _n in range(abs(by)):
            first, end = self._first_line(self._at), self._end(self._at)
            if step > 0 and end > self._top + height and end - first > height - 1:
                self._scroll(height // 2)
                continue
            if step < 0 and first < self._top and end - first > height - 1:
                self._scroll(-(height // 2))
                continue
            self._at = self._said(self._at + step, step)
            self._to_sight(step)
        self.repaint()
        self._look_around()

    def page(self, pages: float) -> None:
        self._scroll(int(self.size.height * pages) or (1 if pages > 0 else -1))
        shown = [
            place
            for place in range(len(self._entries))
            if self._top <= self._first_line(place) < self._top + self.size.height
        ]
        if shown and self._at not in shown:
            self._at = shown[0] if pages > 0 else shown[-1]
        if pages > 0 and self._top >= self._last_top() and self._entries:
            self._at = len(self._entries) - 1
        elif pages < 0 and self._top == 0:
            self._at = 0
        self.repaint()
        self._look_around()

    def to_end(self, first: bool = False) -> None:
        self._at = self._said(0, 1) if first else self._said(len(self._entries) - 1, -1)
        self._top = 0 if first else self._last_top()
        self.repaint()
        self._look_around()

    def go_to(self, n: int) -> bool:
        """The cursor to entry `n`; False when it is not in the window."""
        for place, entry in enumerate(self._entries):
            if entry.n == n:
                self._at = place
                self._to_sight(1)
                self.repaint()
                return True
        return False

    def step_hit(self, by: int) -> bool:
        """The cursor to the next message the search finds; False: no further one here."""
        places = range(self._at + 1, len(self._entries)) if by > 0 else range(self._at - 1, -1, -1)
        for place in places:
            entry = self._entries[place]
            if hits_in(entry.text, self._look.query) or hits_in(entry.hidden_text, self._look.query):
                self._at = place
                self._to_sight(by)
                self.repaint()
                return True
        return False

    @property
    def cursor_has_hit(self) -> bool:
        entry = self.cursor
        query = self._look.query
        return entry is not None and bool(hits_in(entry.text, query) or hits_in(entry.hidden_text, query))

    def toggle_fold(self) -> None:
        if self.cursor is not None:
            self._unfolded ^= {self.cursor.n}
            self._again()

    def toggle_all_folds(self) -> None:
        self._all_unfolded = not self._all_unfolded
        self._unfolded.clear()
        self._again()

    def set_here(self, here: bool) -> None:
        if here != self.here:
            self.here = here
            self.repaint()

    # Drawing

    def line(self, y: int) -> Strip:
        cells = self.size.width
        if not self._lines:
            lines = [part for text in self.empty for part in wrap(text, cells - 3)]
            if 1 <= y <= len(lines):
                return Line(cells).add("  ").add(lines[y - 1], self.palette["dim"]).strip()
            return blank(cells)
        if self.below and y == self.size.height - 1:
            text = f"{self.palette.glyph('down')} " + _("{n} new").format(n=self.below)
            return Line(cells).add(" ").add(text, self.palette["accent"]).strip()
        row = self._top + y
        if row >= len(self._lines):
            return blank(cells)
        place, body = self._lines[row]
        gutter = Line(1)
        if self.here and place == self._at and self._entries:
            gutter.add(self.palette.glyph("cursor"), self.palette["cursor"])
        return Strip.join([gutter.strip(), body])

    def on_resize(self) -> None:
        at_end = self.at_end or not self._lines
        anchor = self.cursor.n if self.cursor else None
        self._lay_out()
        if at_end:
            self._top = self._last_top()
        elif anchor is not None:
            self._to_sight(1)
        self.repaint()
        self._look_around()

    def _again(self) -> None:
        """Laid out anew with the cursor's message on its line."""
        offset = self._first_line(self._at) - self._top
        self._lay_out()
        self._top = max(0, min(self._first_line(self._at) - offset, self._last_top()))
        self.repaint()

    def _lay_out(self) -> None:
        """Draw all entries of the window into lines."""
        self._lines, self._starts = [], []
        if self.thread is None or not self.size.width:
            self._starts = [0] * len(self._entries)
            return
        palette = self.palette
        inboxes = {entry.inbox for entry in self._entries if entry.inbox}
        look = replace(self._look, cells=self.size.width - 1, subject=self.thread.subject, several=len(inboxes) > 1)
        look = replace(look, now=look.now or max((entry.sent_at for entry in self._entries), default=0))
        new_count = sum(
            e.direction == "in" for e in self._entries if self._new_from is not None and e.n >= self._new_from
        )
        part_of = {id: part for part in self.thread.story for id in part.ids}
        before: Entry | None = None
        shown_day = None
        for place, entry in enumerate(self._entries):
            separate = False
            entry_day = moment(entry.sent_at).date()
            if entry_day != shown_day:
                if self._lines:
                    self._lines.append((_NOTHING, blank(look.cells)))
                self._lines.append((_NOTHING, day_line(entry.sent_at, look, palette)))
                shown_day, separate = entry_day, True
            part = part_of.get(entry.conversation_id)
            if part is not None and (before is None or part_of.get(before.conversation_id) is not part):
                self._lines.append((_NOTHING, part_line(part, look, palette)))
                separate = True
            if entry.n == self._new_from and new_count:
                self._lines.append((_NOTHING, new_line(new_count, look, palette)))
                separate = True
            own_head = separate or not shares_head(entry, before)
            if own_head and not separate and entry.direction != "activity":
                self._lines.append((_NOTHING, blank(look.cells)))
            self._starts.append(len(self._lines))
            unfolded = self._all_unfolded ^ (entry.n in self._unfolded)
            drawn = draw_entry(entry, None if own_head else before, look, palette, unfolded=unfolded)
            self._lines.extend((place, strip) for strip in drawn)
            before = entry

    def _said(self, place: int, step: int) -> int:
        """The place of the next entry that somebody said, going by `step`: nothing can be done with an activity line."""
        last = len(self._entries) - 1
        start = place = min(max(place, 0), max(last, 0))
        while 0 <= place <= last and self._entries[place].direction == "activity":
            place += step
        if 0 <= place <= last:
            return place
        back = [n for n, entry in enumerate(self._entries) if entry.direction != "activity"]
        return min(back, key=lambda n: abs(n - start), default=start)

    def _first_line(self, place: int) -> int:
        return self._starts[place] if 0 <= place < len(self._starts) else 0

    def _end(self, place: int) -> int:
        """The line after the entry's last."""
        if place + 1 >= len(self._starts):
            return len(self._lines)
        line = self._starts[place + 1]
        while line > self._starts[place] and self._lines[line - 1][0] != place:
            line -= 1
        return line

    def _last_top(self) -> int:
        return max(len(self._lines) - self.size.height, 0)

    def _scroll(self, lines: int) -> None:
        self._top = max(0, min(self._top + lines, self._last_top()))

    def _to_sight(self, step: int) -> None:
        first, end = self._first_line(self._at), self._end(self._at)
        height = self.size.height
        if end > self._top + height:
            self._top = min(first if end - first > height else end - height, self._last_top())
        if first < self._top:
            self._top = max(end - height, 0) if step < 0 and end - first > height else max(first - 1, 0)
        if self._said(self._at + 1, 1) == self._at and end - first <= height:
            self._top = max(self._top, min(self._last_top(), first))

    def _look_around(self) -> None:
        """Ask for more near an end, and tell when the newest message has been seen."""
        if self.thread is None or not self._entries or not self.size.height:
            return
        if self._top < self.size.height and self.thread.older:
            self._ask(True, self._entries[0].n)
        if self._top + 2 * self.size.height > len(self._lines) and self.thread.newer:
            self._ask(False, self._entries[-1].n)
        if self.at_end:
            self.below = 0
            if self._pending_read:
                self._pending_read = False
                self.post_message(self.Read(self.thread.id, self._entries[-1].n))

    def _ask(self, older: bool, n: int) -> None:
        if (older, n) not in self._asked:
            self._asked.add((older, n))
            self.post_message(self.MoreWanted(older, n))
