"""Pages of the hands: what was done, and what comes back when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unibox_tui.locale import _, translated
from unibox_tui.views.hands import Deed, Return
from unibox_tui.widgets.draw import Line
from unibox_tui.widgets.palette import Palette
from unibox_tui.widgets.report import Item
from unibox_tui.widgets.when import clock, day, number

if TYPE_CHECKING:
    from unibox_tui.screens.inbox import InboxScreen


def deeds(screen: InboxScreen) -> None:
    """What I did, newest first. Enter takes that one back, or does it again."""

    async def read() -> None:
        cells, palette, now = screen.size.width - 2, screen.app_palette, screen.workspace.now()
        items: list[Item] = []
        before = ""
        for deed in await screen.workspace.hands.deeds():
            today = day(deed.at, now)
            items.append(_deed(screen, deed, cells, palette, today if today != before else ""))
            before = today
        title = _("What you did: Enter takes one back, or does it again")
        screen.show_report(title, items, _("You have done nothing yet that can be taken back."), lambda: deeds(screen))

    screen.work(read(), "report")


def _deed(screen: InboxScreen, deed: Deed, cells: int, palette: Palette, heading: str) -> Item:
    undone = deed.undone_at is not None
    line = Line(cells).add(" " + clock(deed.at), palette["dim"]).to(8)
    line.add(translated(deed.summary), palette["dim"] if undone else palette["text"])
    state = _("under way") if deed.under_way else _("taken back") if undone else ""
    if deed.wanted is not None and deed.changed != deed.wanted:
        line.add("  " + _("{n} of {total}").format(n=number(deed.changed), total=number(deed.wanted)), palette["dim"])
    if deed.kept and (undone or deed.under_way):
        line.add("  " + _("{n} kept as changed since").format(n=number(deed.kept)), palette["warn"])
    strip = line.right([(state, palette["warn"] if deed.under_way else palette["dim"]), (" ", palette["text"])]).strip()
    lines = (Line(cells).add(heading, palette["bold"]).strip(), strip) if heading else (strip,)

    def turn() -> None:
        from unibox_tui.actions import BY_ID

        screen.commands.run(BY_ID["redo" if undone else "undo"], None, {"action": deed.id})

    return Item(lines, turn)


def returns(screen: InboxScreen) -> None:
    """What was put away, by the time it returns. Enter opens it."""

    async def read() -> None:
        cells, palette, now = screen.size.width - 2, screen.app_palette, screen.workspace.now()
        items: list[Item] = []
        before = ""
        for line in await screen.workspace.hands.returns():
            today = day(line.at, now)
            heading = today if today != before else ""
            items.append(_return(line, cells, palette, heading))
            before = today
        title = _("What returns when")
        screen.show_report(title, items, _("Nothing is put away."), lambda: returns(screen))

    screen.work(read(), "report")


def _return(line: Return, cells: int, palette: Palette, heading: str) -> Item:
    drawn = Line(cells).add(" " + clock(line.at), palette["accent"]).to(8)
    drawn.add(line.mark, palette.channel(line.channel)).to(11).add(f"#{line.id} ", palette["dim"]).add(line.name, palette["bold"])  # fmt: skip
    drawn.add("  " + (line.subject or line.snippet), palette["dim"])
    words = _("or when they write") if line.wakes else _("then only")
    strip = drawn.right([(words, palette["dim"]), (" ", palette["text"])]).strip()
    lines = (Line(cells).add(heading, palette["bold"]).strip(), strip) if heading else (strip,)
    return Item(lines, line.id)
