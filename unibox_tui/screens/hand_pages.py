"""Pages of the hands: what was done, and what comes back when."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from unibox_tui.domain.errors import WrongUse
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


def labels(screen: InboxScreen) -> None:
    """All labels, last used first. Enter shows what has one."""

    async def read() -> None:
        cells, palette = screen.size.width - 2, screen.app_palette
        items = []
        for one in await screen.workspace.hands.labels():
            line = Line(cells).add(one.name, palette.label(one.colour)).to(26).add(number(one.conversations)).to(34)
            line.add(f"[{one.label_set}] " if one.label_set else "", palette["accent"])
            line.add(_("sticks to the customer") + "  " if one.sticks else "", palette["dim"]).add(
                one.description, palette["dim"]
            )
            items.append(Item((line.strip(),), functools.partial(_show_label, screen, one.name)))
        title = _("Labels") + "   :label-edit"
        screen.show_report(title, items, _("There is no label yet."), lambda: labels(screen))

    screen.work(read(), "report")


def _show_label(screen: InboxScreen, name: str) -> None:
    screen.back()
    screen.lists.narrow(f'label:"{name}"')


def edit_label(screen: InboxScreen, words: str) -> None:
    """`old = new` names it anew, `old > other` makes it one with another, `old -` takes it away."""
    for sign, key in (("=", "name"), (">", "into")):
        old, found, new = words.partition(sign)
        if found and old.strip() and new.strip():
            args: dict[str, object] = {"label": old.strip(), key: new.strip()}
            break
    else:
        if not words.rstrip().endswith("-"):
            raise WrongUse(_("How is it to be changed?"), hint=_("old = new, old > other, old -"))
        args = {"label": words.rstrip()[:-1].strip(), "remove": True}

    many = screen.commands.hands.many

    async def change() -> None:
        everywhere = "into" in args or "remove" in args
        done = await (many.relabel(args) if everywhere else screen.workspace.perform("label_edit", args, ()))
        screen.done(done)
        screen.lists.reread(keep_line=True)

    def go() -> None:
        screen.work(change(), "act", exclusive=False)

    async def look() -> None:
        count = next(
            (one.conversations for one in await screen.workspace.hands.labels() if one.name == args["label"]), 0
        )
        words = _("“{name}” is on {n} conversations. Change them all?").format(name=args["label"], n=number(count))
        many.ask(words, count, go)

    if "name" in args:
        go()
    else:
        screen.work(look(), "labels")


def keys(screen: InboxScreen) -> None:
    """Which key does what, place by place, as it is bound now."""
    cells, palette = screen.size.width - 2, screen.app_palette
    items = []
    for place, bound in screen.keyboard.keymap.places():
        lines = [Line(cells).add(place, palette["bold"]).strip()]
        for chord, action in bound:
            line = Line(cells).to(2).add(chord, palette["key"]).to(18).add(_(action.label)).to(44)
            lines.append(line.add(f":{action.typed}", palette["dim"]).strip())
        items.append(Item((*lines, Line(cells).strip())))
    screen.show_report(_("Keys by place"), items, "", lambda: None)
