"""The moves: what up, down, deeper and back mean in each pane."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unibox_tui.screens.inbox import InboxScreen

Move = Callable[["InboxScreen", int], None]


def _step(screen: InboxScreen, by: int) -> None:
    match screen.pane:
        case "list":
            screen.lists.hand = True
            screen.list.move(by)
        case "thread":
            screen.thread.move(by)
        case "panel":
            screen.panel.move(by)
        case "report":
            screen.report.move(by)
            screen.contacts.moved()
        case _:
            pass


def _page(screen: InboxScreen, pages: float) -> None:
    match screen.pane:
        case "list":
            screen.lists.hand = True
            screen.list.page(pages)
        case "thread":
            screen.thread.page(pages)
        case "panel":
            screen.panel.move(int(pages * 10))
        case "report":
            screen.report.page(pages)
            screen.contacts.moved()
        case _:
            pass


def _top(screen: InboxScreen, _count: int) -> None:
    match screen.pane:
        case "list":
            screen.lists.hand = False
            screen.lists.reread()
        case "thread":
            screen.thread.to_end(first=True)
        case _:
            _step(screen, -10_000)


def _bottom(screen: InboxScreen, _count: int) -> None:
    match screen.pane:
        case "list":
            screen.lists.hand = True
            screen.list.go(len(screen.list.rows) - 1)
        case "thread":
            screen.talk.to_newest()
        case _:
            _step(screen, 10_000)


def _open(screen: InboxScreen, _count: int) -> None:
    if screen.pane == "panel" and screen.panel.subject is not None:
        screen.customer.enter_row()
    elif screen.contacts.here:
        screen.contacts.enter()
    elif screen.pane == "report":
        if screen.report.value is not None:
            screen.report_chosen(screen.report.value)
    elif screen.list.cursor is not None:
        screen.open(screen.list.cursor.id)


def _right(screen: InboxScreen, count: int) -> None:
    if screen.pane == "list":
        _open(screen, count)
    else:
        screen.toggle_panel(show=True)


def _back(screen: InboxScreen, _count: int) -> None:
    if not (screen.pane == "thread" and screen.story.leave()):
        screen.back()


def _stop(screen: InboxScreen, _count: int) -> None:
    """One thing at a time: marks, then search, then filter."""
    if screen.list.clear_marks():
        return
    asked = screen.lists.asked
    if asked.search:
        screen.lists.leave_search()
    elif asked.filter:
        screen.lists.narrow("")
    else:
        screen.foot.clear()


def _beside(screen: InboxScreen, by: int) -> None:
    screen.list.go_to(screen.talk.conversation) if screen.talk.conversation is not None else None
    before = screen.list.cursor
    screen.list.move(by)
    after = screen.list.cursor
    if after is not None and after is not before:
        screen.open(after.id)


def _mark(screen: InboxScreen, count: int) -> None:
    for _n in range(count):
        screen.list.toggle_mark()
        screen.list.move(1)
    screen.show_keys()


def _stretch(screen: InboxScreen, _count: int) -> None:
    screen.list.toggle_marking()
    screen.show_keys()


MOVES: dict[str, Move] = {
    "down": lambda screen, count: _step(screen, count),
    "up": lambda screen, count: _step(screen, -count),
    "top": _top,
    "bottom": _bottom,
    "half-down": lambda screen, count: _page(screen, count / 2),
    "half-up": lambda screen, count: _page(screen, -count / 2),
    "page-down": lambda screen, count: _page(screen, float(count)),
    "page-up": lambda screen, count: _page(screen, -float(count)),
    "open": _open,
    "right": _right,
    "back": _back,
    "close": _back,
    "stop": _stop,
    "leave": _back,
    "next": lambda screen, count: _beside(screen, count),
    "previous": lambda screen, count: _beside(screen, -count),
    "newest": lambda screen, count: screen.talk.to_newest(),
    "mark": _mark,
    "mark-to-here": _stretch,
    "panel": lambda screen, count: screen.toggle_panel(),
    "quotes": lambda screen, count: screen.thread.toggle_fold(),
    "quotes-all": lambda screen, count: screen.thread.toggle_all_folds(),
    "dense": lambda screen, count: screen.next_row_height(),
    "redraw": lambda screen, count: screen.draw_anew(),
}
