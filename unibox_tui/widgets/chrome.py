"""The frame of the screen: the line of views, the thin lines between panes, the foot."""

from __future__ import annotations

from collections.abc import Sequence

from rich.style import Style
from textual.strip import Strip

from unibox_tui.text.width import width
from unibox_tui.views.models import Tab
from unibox_tui.widgets.draw import Drawn, Line, blank
from unibox_tui.widgets.palette import NULL


class TabLine(Drawn):
    """Views with their counts at the left, who and how the inboxes are at the right."""

    DEFAULT_CSS = "TabLine { height: 1; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._tabs: Sequence[Tab] = ()
        self._chosen = ""
        self._query = ""
        self._right: Sequence[tuple[str, str]] = ()  # (text, style name)

    def show(self, tabs: Sequence[Tab], chosen: str, *, query: str = "", right: Sequence[tuple[str, str]] = ()) -> None:
        """`query` stands in the place of the views while a search or filter is on."""
        self._tabs, self._chosen, self._query, self._right = tabs, chosen, query, right
        self.repaint()

    def line(self, y: int) -> Strip:
        palette = self.palette
        line = Line(self.size.width).add(" ")
        right = [(text, palette[style]) for text, style in self._right]
        room = self.size.width - sum(width(text) for text, _ in right) - 3
        if self._query:
            left = Line(max(room, 10)).add(self._query, palette["accent"])
            return line.join(left).right([*right, (" ", NULL)]).strip()
        parts = self._tab_parts(max(room, self.size.width // 2))
        for text, style in parts:
            line.add(text, style)
        return line.right([*right, (" ", NULL)]).strip()

    def _tab_parts(self, room: int) -> list[tuple[str, Style]]:
        """Names are shortened until all counts are seen, the chosen one last."""
        separator = f" {self.palette.glyph('along')} "
        short = f"{self.palette.glyph('along')}"
        for longest, gap in ((99, separator), (9, separator), (6, separator), (4, short)):
            parts = self._parts(longest, gap)
            if sum(width(text) for text, _ in parts) <= room:
                return parts
        chosen = next((n for n, tab in enumerate(self._tabs) if tab.key == self._chosen), 0)
        return self._parts(99, separator, self._tabs[chosen:])

    def _parts(self, longest: int, gap: str, tabs: Sequence[Tab] | None = None) -> list[tuple[str, Style]]:
        palette = self.palette
        parts: list[tuple[str, Style]] = []
        for tab in self._tabs if tabs is None else tabs:
            if parts:
                parts.append((gap, palette["rule"]))
            here = tab.key == self._chosen
            name = Line(max(longest, 8 if here and longest > 1 else longest)).add(tab.name)
            style = palette["tab"] if here else NULL
            parts += [(segment.text, style) for segment in name.segments]
            if tab.count:
                count = "99+" if tab.count > 99 else str(tab.count)
                parts.append((f" {count}", style if here else palette["dim"]))
                if tab.urgent:
                    parts.append(("!", palette["danger"]))
        return parts


class Rule(Drawn):
    """A thin line across, with joints where lines along meet it. `joints`: column -> glyph name."""

    DEFAULT_CSS = "Rule { height: 1; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._joints: dict[int, str] = {}

    def show(self, joints: dict[int, str]) -> None:
        self._joints = joints
        self.repaint()

    def line(self, y: int) -> Strip:
        across = self.palette.glyph("across")
        cells = [across] * self.size.width
        for column, name in self._joints.items():
            if 0 <= column < len(cells):
                cells[column] = self.palette.glyph(name)
        return Line(self.size.width).add("".join(cells), self.palette["rule"]).strip()


class Bar(Drawn):
    """A thin line along. `joints`: row -> glyph name."""

    DEFAULT_CSS = "Bar { width: 1; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._joints: dict[int, str] = {}

    def show(self, joints: dict[int, str]) -> None:
        self._joints = joints
        self.repaint()

    def line(self, y: int) -> Strip:
        return Line(1).add(self.palette.glyph(self._joints.get(y, "along")), self.palette["rule"]).strip()


class Air(Drawn):
    """Nothing, on purpose."""

    def line(self, y: int) -> Strip:
        return blank(self.size.width)


class StatusLine(Drawn):
    """The foot: the keys that make sense here at the left, the last thing that happened at the right.

    An error takes the whole line until a key; `hint` follows it.
    """

    DEFAULT_CSS = "StatusLine { height: 1; }"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._keys: Sequence[tuple[str, str]] = ()
        self.news = ""
        self.tail = ""
        self.error = ""
        self.hint = ""

    def show_keys(self, keys: Sequence[tuple[str, str]]) -> None:
        if keys != self._keys:
            self._keys = keys
            self.repaint()

    def show_news(self, news: str, tail: str = "") -> None:
        """`tail` stays whole when the news must be cut: it says how to take it back."""
        self.news, self.tail, self.error, self.hint = news, tail, "", ""
        self.repaint()

    def show_error(self, error: str, hint: str = "") -> None:
        self.news, self.error, self.hint = "", error, hint
        self.repaint()

    def clear(self) -> None:
        if self.news or self.error:
            self.show_news("")

    def clear_error(self) -> None:
        if self.error:
            self.show_news("")

    def line(self, y: int) -> Strip:
        palette = self.palette
        line = Line(self.size.width).add(" ")
        if self.error:
            return line.add(f"{palette.glyph('failed')} {self.error}", palette["error"]).add(" " + self.hint).strip()
        most = self.size.width * 2 // 3 if self._keys else self.size.width
        news = Line(most - width(self.tail)).add(self.news)
        taken = news.used + width(self.tail) + 1
        room = self.size.width - (taken + 1 if self.news else 1)
        for key, label in self._keys:
            if line.used + width(key) + width(label) + 3 > room:
                break
            line.add("  " if line.used > 1 else "").add(key, palette["key"]).add(f" {label}", palette["dim"])
        parts = [(segment.text, NULL) for segment in news.segments]
        return line.right([*parts, (self.tail, palette["dim"]), (" ", NULL)] if self.news else []).strip()
