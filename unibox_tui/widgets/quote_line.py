"""One line above the text: the message that the answer quotes. Not there when it quotes none."""

from __future__ import annotations

from dataclasses import dataclass

from textual.strip import Strip

from unibox_tui.locale import _
from unibox_tui.text.width import cut, width
from unibox_tui.widgets.draw import Drawn, Line
from unibox_tui.widgets.palette import Palette

LEAST = 12  # cells of the words; what stands behind them gives way


@dataclass(frozen=True, slots=True)
class QuoteLook:
    """`words` "": nothing is quoted. `as_line`: the channel cannot point at it. `key`: what drops it."""

    words: str = ""
    as_line: bool = False
    key: str = ""


def quote_line(look: QuoteLook, cells: int, palette: Palette) -> Strip:
    sign = ">" if palette.plain else "↪"
    line = Line(cells).add(f" {sign} ", palette["accent"])
    tail = [_("as a line of the text")] if look.as_line else []
    if look.key:
        tail.append(_("{key} drops it").format(key=look.key))
    dot = f" {palette.glyph('dot')} "
    while tail and line.room - width(dot.join(tail)) - width(dot) - 2 < LEAST:
        tail.pop()
    behind = dot + dot.join(tail) if tail else ""
    words = cut(look.words, max(line.room - width(behind) - 3, 0))
    return line.add(f"“{words}”").add(behind, palette["dim"]).strip()


class QuoteLine(Drawn):
    DEFAULT_CSS = "QuoteLine { height: 1; display: none; }"

    def __init__(self) -> None:
        super().__init__()
        self.look = QuoteLook()

    def show(self, look: QuoteLook) -> None:
        if look != self.look:
            self.look = look
            self.display = bool(look.words)
            self.repaint()

    def line(self, y: int) -> Strip:
        return quote_line(self.look, self.size.width, self.palette)
