"""The place where text is written, of one line or many. Every key is worked on at once, deletions too."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from textual import events
from textual.geometry import Offset
from textual.message import Message
from textual.strip import Strip

from unibox_tui.text.width import clusters, width
from unibox_tui.widgets.draw import Drawn, Line
from unibox_tui.widgets.editing import EditBuffer

_TOKENS = re.compile(r"\S+ *| +")
_THAI = re.compile("[\u0e01-\u0e5b]")


def visual_lines(text: str, cells: int) -> list[tuple[int, int]]:
    """Where each shown line of `text` begins and ends when folded at `cells`; blanks at a fold stay on the line before."""
    cells = max(cells, 2)
    lines: list[tuple[int, int]] = []
    at = 0
    for logical in text.split("\n"):
        start, used = at, 0
        for token in _TOKENS.findall(logical):
            size = width(token.rstrip(" "))
            if used and used + size > cells and not (_THAI.search(token) and used < cells):
                lines.append((start, at))
                start, used = at, 0
            if used + size <= cells:
                at += len(token)
                used += width(token)
                continue
            for cluster in clusters(token):
                wide = width(cluster)
                if cluster != " " and used + wide > cells:
                    lines.append((start, at))
                    start, used = at, 0
                at += len(cluster)
                used += wide
        lines.append((start, at))
        at += 1
    return lines


class TextBox(Drawn):
    """A text with a caret. Keys come by `press`, which answers whether it used the key; it posts Changed and Moved.

    `active` draws the caret. `single` keeps one line that scrolls sideways."""

    @dataclass
    class Changed(Message):
        box: TextBox

        @property
        def control(self) -> TextBox:
            return self.box

    DEFAULT_CSS = "TextBox { height: 1; }"

    def __init__(
        self, text: str = "", *, single: bool = False, prompt: str = "", hint: str = "", id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self.buffer = EditBuffer(text, single=single)
        self.prompt = prompt
        self.hint = hint  # shown dim while there is no text
        self.style_name = "text"
        self._active = False
        self._top = 0
        self._lines: list[tuple[int, int]] = [(0, 0)]
        self._lines_of: tuple[str, int] | None = None
        buffer = self.buffer
        self._keys: dict[str, Callable[[], object]] = {
            "backspace": buffer.delete_left, "ctrl+h": buffer.delete_left, "delete": buffer.delete_right,
            "ctrl+w": buffer.delete_word_left, "alt+backspace": buffer.delete_word_left, "ctrl+backspace": buffer.delete_word_left,
            "alt+d": buffer.delete_word_right, "ctrl+u": buffer.delete_to_line_start, "ctrl+k": buffer.delete_to_line_end,
            "left": buffer.left, "ctrl+b": buffer.left, "right": buffer.right, "ctrl+f": buffer.right,
            "ctrl+left": buffer.word_left, "alt+b": buffer.word_left, "ctrl+right": buffer.word_right, "alt+f": buffer.word_right,
            "home": buffer.line_start, "ctrl+a": buffer.line_start, "end": buffer.line_end,
            "ctrl+underscore": buffer.undo, "alt+u": buffer.undo, "alt+r": buffer.redo,
        }  # fmt: skip
        if not single:
            self._keys |= {
                "up": lambda: self._vertical(-1), "down": lambda: self._vertical(1), "ctrl+home": lambda: buffer.move(0),
                "ctrl+end": lambda: buffer.move(len(buffer.text)), "pageup": lambda: self._vertical(-self.size.height), "pagedown": lambda: self._vertical(self.size.height),
            }  # fmt: skip

    @property
    def text(self) -> str:
        return self.buffer.text

    @property
    def caret(self) -> int:
        return self.buffer.caret

    @property
    def active(self) -> bool:
        return self._active

    @active.setter
    def active(self, active: bool) -> None:
        if active != self._active:
            self._active = active
            self.repaint()

    def load(self, text: str, caret: int | None = None) -> None:
        self.buffer.load(text, caret)
        self._top = 0
        self.repaint()

    def press(self, key: str, character: str | None) -> bool:
        """Take one key; False: it is not ours."""
        before = (self.buffer.text, self.buffer.caret)
        command = self._keys.get(key)
        if command is not None:
            command()
        elif character is not None and (character.isprintable() or (character == "\n" and not self.buffer.single)):
            self.buffer.insert(character)
        else:
            return False
        self._after(before)
        return True

    def paste(self, text: str) -> None:
        before = (self.buffer.text, self.buffer.caret)
        self.buffer.insert(text)
        self._after(before)

    def edit(self, change: Callable[[EditBuffer], object]) -> None:
        """Change the buffer from outside, as one step."""
        before = (self.buffer.text, self.buffer.caret)
        change(self.buffer)
        self._after(before)

    def wanted_height(self, cells: int) -> int:
        """How many lines the text takes at this width."""
        return len(visual_lines(self.buffer.text, cells - 1))

    async def _on_key(self, event: events.Key) -> None:
        if self.press(event.key, event.character):
            event.stop()
            event.prevent_default()

    def _after(self, before: tuple[str, int]) -> None:
        if before == (self.buffer.text, self.buffer.caret):
            return
        self.repaint()
        if before[0] != self.buffer.text:
            self.post_message(self.Changed(self))

    # Drawing

    def _layout(self) -> list[tuple[int, int]]:
        key = (self.buffer.text, self.size.width)
        if self._lines_of != key:
            # The last column stays free for the caret at a line's end.
            self._lines = [(0, len(self.text))] if self.buffer.single else visual_lines(self.text, self.size.width - 1)
            self._lines_of = key
        return self._lines

    def _caret_row(self) -> int:
        caret = self.buffer.caret
        lines = self._layout()
        for row in range(len(lines) - 1, -1, -1):
            if lines[row][0] <= caret:
                return row
        return 0

    def _vertical(self, by: int) -> None:
        lines = self._layout()
        row = self._caret_row()
        column = width(self.text[lines[row][0] : self.buffer.caret])
        target = min(max(row + by, 0), len(lines) - 1)
        start, end = lines[target]
        at = start
        for cluster in clusters(self.text[start:end]):
            if width(self.text[start : at + len(cluster)]) > column:
                break
            at += len(cluster)
        if target < len(lines) - 1 and at == end and lines[target + 1][0] == end:
            at = max(start, at - 1)
        self.buffer.move(at)

    def repaint(self) -> None:
        row = self._caret_row()
        height = max(self.size.height, 1)
        self._top = min(max(self._top, row - height + 1), row)
        self._top = max(0, min(self._top, len(self._layout()) - height))
        super().repaint()
        if self._active and self.is_mounted and self.size.width:
            start = self._layout()[row][0]
            column = width(self.prompt) + width(self.text[start : self.buffer.caret])
            self.app.cursor_position = self.region.offset + Offset(min(column, self.size.width - 1), row - self._top)

    def on_resize(self) -> None:
        self.repaint()

    def line(self, y: int) -> Strip:
        palette = self.palette
        style = palette[self.style_name]
        line = Line(self.size.width)
        if self.buffer.single:
            return self._single_line(line)
        lines = self._layout()
        row = self._top + y
        if not self.text and self.hint and not self._active:
            if y == 0:
                line.add(self.hint, palette["dim"])
            return line.strip(style)
        if row >= len(lines):
            return line.strip(style)
        start, end = lines[row]
        text = self.text[start:end].rstrip("\n")
        if self._active and row == self._caret_row():
            at = self.buffer.caret - start
            under = (clusters(text[at:]) or [" "])[0]
            line.add(text[:at], style).add(under, style + palette["caret"])
            line.add(text[at + len(under) :].rstrip(" "), style)
        else:
            line.add(text.rstrip(" "), style)
        return line.strip(style)

    def _single_line(self, line: Line) -> Strip:
        palette = self.palette
        line.add(self.prompt, palette["accent"])
        if not self.text and self.hint:
            if self._active:
                line.add(" ", palette["caret"])
            return line.add(self.hint, palette["dim"]).strip()
        before = self.text[: self.buffer.caret]
        room = line.room - 1
        pieces = clusters(before)
        used = width(before)
        while pieces and used > room:
            used -= width(pieces.pop(0))
        rest = clusters(self.text[self.buffer.caret :])
        line.add("".join(pieces))
        if self._active:
            line.add(rest[0] if rest else " ", palette["caret"])
            rest = rest[1:]
        return line.add("".join(rest)).strip()
