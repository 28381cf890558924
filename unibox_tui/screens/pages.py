"""The full-width pages: history, health, outbox, quarantine. Each is read when asked for and again when it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unibox_tui.domain.errors import Refused
from unibox_tui.locale import _, term, translated
from unibox_tui.views.models import OutboxLine, QuarantineLine
from unibox_tui.widgets.draw import Line, blank
from unibox_tui.widgets.palette import Palette
from unibox_tui.widgets.report import Item, health_items, history_items
from unibox_tui.widgets.when import age, clock, day

if TYPE_CHECKING:
    from unibox_tui.screens.inbox import InboxScreen


def history(screen: InboxScreen) -> None:
    id = screen.list.cursor.id if screen.pane == "list" and screen.list.cursor else screen.talk.conversation
    if id is None:
        raise Refused(_("No conversation is chosen."))
    _history(screen, id)


def _history(screen: InboxScreen, id: int) -> None:
    async def read() -> None:
        lines = await screen.workspace.history(id)
        items = history_items(lines, _cells(screen), screen.workspace.now(), screen.app_palette)
        title = _("History of #{n}").format(n=id)
        screen.show_report(title, items, _("Nothing has been done here yet."), lambda: _history(screen, id))

    screen.work(read(), "report")


def health(screen: InboxScreen) -> None:
    async def read() -> None:
        lines = await screen.workspace.health()
        items = health_items(lines, _cells(screen), screen.workspace.now(), screen.app_palette)
        empty = _("There is no inbox yet. `unibox inbox add` makes one.")
        screen.show_report(_("Health of the inboxes"), items, empty, lambda: health(screen))

    screen.work(read(), "report")


def outbox(screen: InboxScreen) -> None:
    async def read() -> None:
        lines = await screen.workspace.outbox()
        items = [_outbox_item(line, _cells(screen), screen.workspace.now(), screen.app_palette) for line in lines]
        title = _("Outbox: answers that wait, failed, or whose fate is unknown")
        screen.show_report(title, items, _("Nothing waits to be sent."), lambda: outbox(screen))

    screen.work(read(), "report")


def quarantine(screen: InboxScreen) -> None:
    async def read() -> None:
        lines = await screen.workspace.quarantine()
        items = [_quarantine_item(line, _cells(screen), screen.workspace.now(), screen.app_palette) for line in lines]
        title = _("Quarantine: could not be read, kept as received") + "   unibox quarantine replay"
        screen.show_report(title, items, _("Everything that came in could be read."), lambda: quarantine(screen))

    screen.work(read(), "report")


def _cells(screen: InboxScreen) -> int:
    return screen.size.width - 2


def _outbox_item(line: OutboxLine, cells: int, now: int, palette: Palette) -> Item:
    style = {"failed": "danger", "unknown": "warn"}.get(line.state, "dim")
    head = (
        Line(cells)
        .add(line.mark, palette.channel(line.channel))
        .to(4)
        .add(f"#{line.conversation_id}  " if line.conversation_id else "", palette["accent"])
    )
    head.add(line.contact or line.to, palette["bold"]).add(f"  {line.to}", palette["dim"])
    first = head.right(
        [(term("delivery", line.state), palette[style]), (f"  {age(line.created_at, now)} ", palette["dim"])]
    ).strip()
    lines = [first, Line(cells).to(4).add(f"{line.author_display}: ", palette["dim"]).add(line.text).strip()]
    if line.state == "held" and line.not_before > now:
        when = f"{day(line.not_before, now)} {clock(line.not_before)}"
        lines.append(Line(cells).to(4).add(_("leaves {when}").format(when=when), palette["accent"]).strip())
    if line.reason:
        lines.append(Line(cells).to(4).add(translated(line.reason), palette[style]).strip())
    return Item((*lines, blank(cells)), line.conversation_id, line.n)


def _quarantine_item(line: QuarantineLine, cells: int, now: int, palette: Palette) -> Item:
    head = (
        Line(cells)
        .add(line.mark, palette.channel(line.channel))
        .to(4)
        .add(line.inbox, palette["bold"])
        .add(f"  {line.place}", palette["dim"])
    )
    first = head.right([(age(line.received_at, now) + " ", palette["dim"])]).strip()
    return Item((first, Line(cells).to(4).add(translated(line.error), palette["warn"]).strip(), blank(cells)))
