"""One line above the text: which answers fit, and the key that puts each in. Not there when nothing fits."""

from __future__ import annotations

from collections.abc import Sequence

from rich.style import Style
from textual.strip import Strip

from unibox_tui.text.width import width
from unibox_tui.views.offers import Offered
from unibox_tui.widgets.draw import Drawn, Line
from unibox_tui.widgets.palette import Palette

LEAST = 12  # cells of an offer that is worth showing


def offers_line(offers: Sequence[Offered], keys: Sequence[str], cells: int, palette: Palette) -> Strip:
    """As many as have room; the words of a past answer are shortened first."""
    line = Line(cells).add(" ")
    left = cells - 2
    for place, (offer, key) in enumerate(zip(offers, keys, strict=False)):
        name = f"/{offer.stored.shortcut}" if offer.stored else f"“{' '.join(offer.text.split())}”"
        after = len(offers) - place - 1
        room = max(min(width(name), left - width(key) - 1 - after * (LEAST // 2)), 0)
        if room < min(LEAST, width(name)):
            break
        style: Style = palette["text"] if offer.stored else palette["dim"]
        line.add("  " if place else "").add(key, palette["key"]).add(" ")
        line.join(Line(room).add(name, style))
        left -= width(key) + room + 3
    return line.strip()


class OffersLine(Drawn):
    DEFAULT_CSS = "OffersLine { height: 1; display: none; }"

    def __init__(self) -> None:
        super().__init__()
        self.offers: tuple[Offered, ...] = ()
        self.keys: tuple[str, ...] = ()

    def show(self, offers: Sequence[Offered], keys: Sequence[str]) -> None:
        found = (tuple(offers), tuple(keys))
        if found != (self.offers, self.keys):
            self.offers, self.keys = found
            self.display = bool(self.offers)
            self.repaint()

    def line(self, y: int) -> Strip:
        return offers_line(self.offers, self.keys, self.size.width, self.palette)
