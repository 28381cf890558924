"""Where the panes stand at a given size: the rules of the screen as one pure function."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Pane = Literal["list", "thread", "panel"]

ONE_PANE_BELOW = 80
THREE_PANES_FROM = 100
AIRY_FROM = 200
READABLE = 96


@dataclass(frozen=True, slots=True)
class Layout:
    """Columns of the panes (0: not shown), the row height, and the lines of the frame."""

    list: int
    thread: int
    panel: int
    row_lines: int
    rules: bool
    composer_lines: int  # of text, at least
    composer_most: int  # with its head

    @property
    def one_pane(self) -> bool:
        return (self.list > 0) + (self.thread > 0) + (self.panel > 0) == 1


def arrange(width: int, height: int, *, pane: Pane, panel_open: bool, row_lines: int = 0) -> Layout:
    """`pane` has the keys; `panel_open`: the customer is wanted where there is no room for three panes."""
    rules = height >= 22
    body = height - (4 if rules else 2)
    lines = row_lines or (3 if width >= THREE_PANES_FROM and height >= 28 else 2 if body >= 12 else 1)
    composer = 3 if height >= 36 else 2 if height >= 22 else 1
    most = max(composer + 1, body * 2 // 5)
    if width < ONE_PANE_BELOW:
        shown: Pane = "panel" if panel_open and pane != "list" else pane
        columns = {"list": 0, "thread": 0, "panel": 0, shown: width}
        return Layout(columns["list"], columns["thread"], columns["panel"], lines, rules, composer, most)
    if width < THREE_PANES_FROM:
        rest = width - 28 - 1
        return Layout(28, 0 if panel_open else rest, rest if panel_open else 0, lines, rules, composer, most)
    if width >= AIRY_FROM:
        return Layout(48, min(READABLE, width - 48 - 40 - 2), 40, lines, rules, composer, most)
    list_ = min(max(width * 31 // 100, 30), 48)
    panel = min(max(width * 27 // 100, 26), 40)
    return Layout(list_, width - list_ - panel - 2, panel, lines, rules, composer, most)
