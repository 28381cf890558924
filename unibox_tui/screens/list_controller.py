"""The list's reading: views, pages, search, and what the change feed brings. It holds no rows; the widget does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from textual.timer import Timer

from unibox_tui.locale import _
from unibox_tui.screens.ports import Changed
from unibox_tui.screens.query_completion import QueryCompletion
from unibox_tui.views.models import Tab
from unibox_tui.widgets.conversation_list import ConversationList
from unibox_tui.widgets.kinds import said

if TYPE_CHECKING:
    from unibox_tui.screens.inbox import InboxScreen

PAGE = 50
_EITHER = re.compile(r"(?i)\bor\b|\|")
TYPING_S = 0.12
TABS_S = 1.0
MOST_CHANGED = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list shows: a view, narrowed by a filter, or a search over everything."""

    view: str = ""
    filter: str = ""
    search: str = ""


class ListController:
    def __init__(self, screen: InboxScreen, widget: ConversationList) -> None:
        self.screen = screen
        self.widget = widget
        self.tabs: Sequence[Tab] = ()
        self.asked = Asked()
        self._kept: int | None = None  # open, and no longer of this list
        self.hand = False  # has the agent's hand been on the list since it was read?
        self.searching = False
        self.completion = QueryCompletion(screen)
        self._before_search: tuple[Asked, int | None] | None = None
        self._typing: Timer | None = None
        self._tabs_due = False
        self._arrived: set[int] = set()
        self._rung: dict[int, int] = {}  # conversation -> the time of the message the bell rang for
        self._rings_from = screen.workspace.now()
        self._shown = Asked()  # what the rows answer to; behind `asked` while they are read

    # Asking

    @property
    def query(self) -> str:
        view = next((tab.query for tab in self.tabs if tab.key == self.asked.view), "")
        if self.asked.search:
            return self.asked.search
        return both(view, self.asked.filter) if self.asked.filter else view

    @property
    def has_hits(self) -> bool:
        """A search stands: n and N step through its hits."""
        return bool(self.asked.search) and not self.searching

    async def start(self) -> None:
        self.tabs = await self.screen.workspace.tabs()
        self.asked = Asked(view=self.tabs[0].key if self.tabs else "")
        self.screen.show_tabs()
        await self.read()

    async def read(self, *, cursor: int | None = None, keep_line: bool = False) -> None:
        """The list anew, from the top or around conversation `cursor`."""
        asked = self.asked
        self.screen.workspace.hands.view = "" if asked.search else asked.view
        page = await self.screen.workspace.page(self.query, limit=PAGE, around=cursor)
        if asked != self.asked:
            return
        self.widget.empty = self._empty()
        self._arrived.clear()
        columns = next((tab.columns for tab in self.tabs if tab.key == asked.view and not asked.search), ())
        self.widget.set_look(now=self.screen.workspace.now(), query=asked.search, columns=columns)
        self.widget.show(page, cursor=cursor, keep_line=keep_line)
        self._shown = asked

    def reread(self, *, cursor: int | None = None, keep_line: bool = False, hold: bool = False) -> None:
        """`hold`: keys typed meanwhile are meant for what comes, not for what still stands there."""
        after = None
        if hold:
            self.screen.keyboard.hold()
            after = self.screen.keyboard.release
        self.screen.work(self.read(cursor=cursor, keep_line=keep_line), "list", after=after)

    async def more(self, older: bool, token: str) -> None:
        asked = self.asked
        before, after = (token, None) if older else (None, token)
        page = await self.screen.workspace.page(self.query, limit=PAGE, before=before, after=after)
        if asked == self.asked:
            self.widget.extend(page, older=older)

    # Views

    def choose_view(self, key: str) -> None:
        if any(tab.key == key for tab in self.tabs):
            self.ask(Asked(view=key))

    def step_view(self, by: int) -> None:
        keys = [tab.key for tab in self.tabs]
        if keys:
            at = keys.index(self.asked.view) if self.asked.view in keys else 0
            self.choose_view(keys[(at + by) % len(keys)])

    def number_view(self, number: int) -> None:
        if number <= len(self.tabs):
            self.choose_view(self.tabs[number - 1].key)

    def ask(self, asked: Asked, *, cursor: int | None = None) -> None:
        self.asked = asked
        self.hand = cursor is not None
        self.widget.clear_marks()
        self.screen.show_tabs()
        self.screen.show_keys()
        self.reread(cursor=cursor, hold=True)

    def narrow(self, text: str) -> None:
        """Filter within the view; "" ends it."""
        wrong = self.screen.workspace.check_query(text) if text else ""
        if wrong:
            self.screen.foot.show_error(wrong)
            return
        self.ask(replace(self.asked, filter=text, search=""))

    # Searching as one types

    def open_search(self) -> None:
        cursor = self.widget.cursor
        if not self.asked.search:
            self._before_search = (self.asked, cursor.id if cursor else None)
        self.searching = True
        box = self.screen.search
        box.load(self.asked.search)
        box.active = True
        self.screen.show_search(True)
        self.completion.look()

    def search_for(self, text: str) -> None:
        """Search without the box: `:search words`."""
        cursor = self.widget.cursor
        if not self.asked.search:
            self._before_search = (self.asked, cursor.id if cursor else None)
        self.screen.search.load(text)
        self._look_up()

    def search_key(self, key: str, character: str | None) -> None:
        box = self.screen.search
        if key in ("escape", "ctrl+c", "ctrl+g"):
            self.leave_search()
        elif key == "enter":
            self._close_box()
            self._look_up(hold=True)
            if not self.asked.search:
                self.leave_search()
        elif key in ("down", "ctrl+n"):
            self.widget.move(1)
        elif key in ("up", "ctrl+p"):
            self.widget.move(-1)
        elif key == "tab":
            if self.completion.take():
                self._typed()
        else:
            before = box.text
            box.press(key, character)
            if box.text != before:
                self._typed()

    def search_paste(self, text: str) -> None:
        self.screen.search.paste(text)
        self._typed()

    def leave_search(self) -> None:
        """Back to exactly where one was."""
        self._close_box()
        before, cursor = self._before_search or (Asked(view=self.asked.view), None)
        self._before_search = None
        self.screen.talk.highlight("")
        self.ask(before, cursor=cursor)

    def _close_box(self) -> None:
        self.searching = False
        self.screen.search.active = False
        self.screen.show_search(False)

    def _typed(self) -> None:
        if self._typing is not None:
            self._typing.stop()
        self._typing = self.screen.set_timer(TYPING_S, self._look_up)
        self.completion.look()

    def _look_up(self, *, hold: bool = False) -> None:
        if self._typing is not None:
            self._typing.stop()
            self._typing = None
        text = self.screen.search.text.strip()
        wrong = self.screen.workspace.check_query(text) if text else ""
        if wrong:
            if not self.searching:
                self.screen.foot.show_error(wrong)
            return
        if text == self.asked.search:
            if hold and self._shown != self.asked:
                self.reread(hold=True)
        else:
            self.asked = replace(self.asked, search=text)
            self.hand = False
            self.screen.show_tabs()
            self.screen.show_keys()
            self.screen.talk.highlight(text)
            self.reread(hold=hold)

    # What happened elsewhere

    def changed(self, changed: Changed) -> None:
        ids = {int(id) for id in changed.rows.get("conversation", ()) if id.isdigit()}
        if changed.reload or len(ids) > MOST_CHANGED:
            cursor = self.widget.cursor
            self.reread(cursor=cursor.id if cursor and self.hand else None, keep_line=True)
        elif ids and not self.hand and self.widget.at_top and self.screen.pane in ("list", "report"):
            self.reread()
        elif ids:
            self.screen.work(self._patch(ids), "patch", exclusive=False)
        if ids or changed.reload or changed.rows:
            self._tabs_soon()
        if ids and self.screen.workspace.ui.bell:
            self.screen.work(self._ring(ids), "bell", exclusive=False)

    async def _ring(self, ids: set[int]) -> None:
        """Once for each time a customer writes in a conversation that we want to be told of."""
        workspace = self.screen.workspace
        meant = await workspace.hands.noticed(sorted(ids))
        for row in await workspace.rows(sorted(meant)):
            heard = self._rung.get(row.id, self._rings_from)
            if row.unread and not row.ours and row.last_at > heard:
                self._rung[row.id] = row.last_at
                workspace.hands.notice(row.name, said(row.snippet))

    async def _patch(self, ids: set[int]) -> None:
        workspace = self.screen.workspace
        asked = self.asked
        here = {row.id for row in self.widget.rows} & ids
        found = await workspace.matching(self.query, sorted(ids))
        rows = await workspace.rows(sorted(here)) if here else ()
        if asked != self.asked:
            return
        self.widget.patch(rows)
        self.widget.set_gone((self.widget.gone - found) | (here - found))
        self._arrived |= found - {row.id for row in self.widget.rows}
        self.widget.set_arrivals(len(self._arrived))

    async def after_action(self, ids: Sequence[int], *, back: bool = False) -> None:
        """Our own action: rows that no longer belong leave at once, the next one comes under the cursor. `back`: what an
        undo brings back comes in at once too, under the cursor, and is no new arrival. The open conversation keeps its row,
        dim, until it is left: list and thread speak of the same."""
        found = await self.screen.workspace.matching(self.query, list(ids))
        leaving = [id for id in ids if id not in found]
        cursor = self.widget.cursor
        here = cursor.id if cursor else None
        listed = {row.id for row in self.widget.rows}
        coming = [id for id in ids if id in found and id not in listed] if back else []
        if coming:
            self.hand = True
            await self.read(cursor=coming[0], keep_line=True)
        elif here is not None and here in leaving and self._stays_open(here):
            self._kept = here
            self.hand = True
            self.widget.patch(await self.screen.workspace.rows(list(ids)))
            self.widget.set_gone(self.widget.gone | set(leaving))
        elif leaving:
            await self.read(cursor=self.widget.beside(leaving) if here in leaving else here, keep_line=True)
        else:
            self.widget.patch(await self.screen.workspace.rows(list(ids)))
            self.widget.set_gone(self.widget.gone - set(found))
        self._tabs_soon()

    def _stays_open(self, id: int) -> bool:
        return self.screen.pane not in ("list", "report") and self.screen.talk.conversation == id

    def let_go(self, opens: int | None = None) -> None:
        """The open conversation is left, for the list or for `opens`: if it no longer belongs here, its row leaves."""
        kept = self._kept
        if kept is None or kept == opens:
            return
        self._kept = None
        if kept in self.widget.gone:
            self.reread(cursor=self.widget.beside([kept]) if opens is None else opens, keep_line=True)

    async def redraw(self, ids: Sequence[int]) -> None:
        """Rows that look different now, though nothing was announced: a draft began or is gone."""
        self.widget.patch(await self.screen.workspace.rows(list(ids)))

    def _tabs_soon(self) -> None:
        if not self._tabs_due:
            self._tabs_due = True
            self.screen.set_timer(TABS_S, self._read_tabs)

    def _read_tabs(self) -> None:
        self._tabs_due = False
        self.screen.work(self._tabs_again(), "tabs")

    async def _tabs_again(self) -> None:
        self.tabs = await self.screen.workspace.tabs()
        await self.screen.read_health()
        self.screen.show_tabs()
        if not self.widget.rows:
            self.widget.empty = self._empty()
            self.widget.repaint()

    def _empty(self) -> list[str]:
        if self.asked.search:
            lines = [_("Nothing found for “{query}”.").format(query=self.asked.search), _("Esc goes back.")]
            if ":" not in self.asked.search:
                lines.append(_("from:NAME looks in customers' names and addresses."))
            return lines
        if self.asked.filter:
            return [_("Nothing here fits “{query}”.").format(query=self.asked.filter), _("Esc takes the filter off.")]
        lines = [_("No conversations wait here.")]
        for number, tab in enumerate(self.tabs[:9], start=1):
            if tab.key != self.asked.view and tab.count:
                count = "99+" if tab.count > 99 else str(tab.count)
                lines.append(_("{key} shows {count} in {view}.").format(key=number, count=count, view=tab.name))
                break
        return lines


def both(view: str, filter: str) -> str:
    """The query for what fits `view` and `filter`; `or` binds weaker than standing beside each other."""
    return " ".join(
        f"({part})" if _EITHER.search(part) and "sort:" not in part else part for part in (view, filter) if part
    )
