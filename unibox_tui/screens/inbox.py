"""The one screen: views on top, list | thread | customer, a foot. It arranges the panes and routes; it does no work itself."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from typing import Any, Literal

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.geometry import Size
from textual.screen import Screen
from textual.timer import Timer

from unibox_tui.actions import ACTIONS
from unibox_tui.domain.errors import UniboxError
from unibox_tui.keymap import Keymap
from unibox_tui.locale import _, ngettext, translated
from unibox_tui.screens.arrivals import Arrivals
from unibox_tui.screens.commands import Commands
from unibox_tui.screens.composer_controller import ComposerController
from unibox_tui.screens.contacts_page import ContactsPage
from unibox_tui.screens.customer_controller import CustomerController
from unibox_tui.screens.keyboard import Keyboard
from unibox_tui.screens.layout import THREE_PANES_FROM, Layout, Pane, arrange
from unibox_tui.screens.list_controller import ListController
from unibox_tui.screens.ports import Done, Workspace
from unibox_tui.screens.story_controller import StoryController
from unibox_tui.screens.thread_controller import ThreadController
from unibox_tui.screens.work import Work
from unibox_tui.views.models import HealthLine
from unibox_tui.widgets.chrome import Air, Bar, Rule, StatusLine, TabLine
from unibox_tui.widgets.composer import Composer
from unibox_tui.widgets.conversation_list import ConversationList
from unibox_tui.widgets.customer_panel import CustomerPanel
from unibox_tui.widgets.draw import Drawn
from unibox_tui.widgets.overlay import Overlay
from unibox_tui.widgets.palette import Palette
from unibox_tui.widgets.report import Item, Report
from unibox_tui.widgets.sheet import Sheet
from unibox_tui.widgets.textbox import TextBox
from unibox_tui.widgets.thread_head import ThreadHead
from unibox_tui.widgets.thread_view import ThreadView
from unibox_tui.widgets.when import MINUTE, clock

Focus = Literal["list", "thread", "panel", "compose", "report"]
NEWS_S = 3.0
BEAT_S = 15.0  # presence is forgotten after a minute
SHEET_LINES = 12


class InboxScreen(Screen[None], inherit_bindings=False):
    AUTO_FOCUS = None
    lists: ListController
    talk: ThreadController
    pen: ComposerController
    thread: ThreadView
    customer: CustomerController
    story: StoryController
    contacts: ContactsPage
    arrivals: Arrivals

    def __init__(self, workspace: Workspace, keymap: Keymap) -> None:
        super().__init__()
        self.workspace = workspace
        self.pane: Focus = "list"
        self.panel_open = False
        self.arranged = Layout(0, 0, 0, 3, True, 2, 8)
        self.tabs_line = TabLine(id="tabs")
        self.search = TextBox(single=True, prompt=" / ", id="search")
        self.rule_top, self.rule_middle, self.rule_foot = (
            Rule(id="rule-top"),
            Rule(id="rule-middle"),
            Rule(id="rule-foot"),
        )
        self.list = ConversationList(id="list")
        self.bar_left, self.bar_right = Bar(id="bar-left"), Bar(id="bar-right")
        self.thread_head, self.thread = ThreadHead(id="thread-head"), ThreadView(id="thread")
        self.composer = Composer(id="composer")
        self.panel = CustomerPanel(id="panel")
        self.air = Air(id="air")
        self.report = Report(id="report")
        self.foot = StatusLine(id="foot")
        self.sheet = Sheet(id="sheet")
        self.overlay = Overlay(id="overlay")
        self.overlay.closed = self.sheet_closed
        self.keyboard = Keyboard(self, keymap)
        self._work = Work(self.complain, lambda error: self.app._handle_exception(error))
        self.lists = ListController(self, self.list)
        self.talk = ThreadController(self)
        self.pen = ComposerController(self, self.composer)
        self.commands = Commands(self)
        self.customer, self.story = CustomerController(self), StoryController(self)
        self.contacts, self.arrivals = ContactsPage(self), Arrivals(self)
        self._news_timer: Timer | None = None
        self._nothing_yet = ExitStack()
        self._row_lines = workspace.ui.row_lines
        self._health: list[HealthLine] = []
        self._report_from: Focus = "list"
        self._read_report: Callable[[], None] = lambda: None
        self._middle = Vertical(self.thread_head, self.thread, self.rule_middle, self.composer, id="middle")
        self._body = Horizontal(self.list, self.bar_left, self._middle, self.bar_right, self.panel, self.air, id="body")

    def compose(self) -> ComposeResult:
        yield self.tabs_line
        yield self.search
        yield self.rule_top
        yield self._body
        yield self.report
        yield self.rule_foot
        yield self.foot
        yield self.sheet
        yield self.overlay

    @property
    def app_palette(self) -> Palette:
        return self.tabs_line.palette

    @property
    def previews(self) -> bool:
        return self.workspace.ui.preview and self.arranged.list > 0 and self.arranged.thread > 0

    def on_mount(self) -> None:
        self._nothing_yet.enter_context(self.app.batch_update())
        keys = self.keyboard.keymap
        self.thread.set_look(
            keys=(keys.key_of("retry"), keys.key_of("keep"), keys.key_of("cancel"), keys.key_of("quotes"))
        )
        self.list.set_look(me=self.workspace.me, now=self.workspace.now())
        self.thread.empty = (_("No conversation is open."),)
        self.set_out()
        self.commands.hands.rebind()
        self.work(self._start(), "list")
        self.set_interval(MINUTE / 1000, self._minute)
        self.set_interval(BEAT_S, self.talk.beat)
        self.work(self._follow(), "feed")

    async def _start(self) -> None:
        # Nothing is painted before there is a list to paint: each empty frame would cost a screenful on the line.
        try:
            await self.lists.start()
            await self.read_health()
        finally:
            self.call_later(self._first_paint)
        self.show_tabs()
        if self.list.cursor is not None and self.previews:
            await self.talk.open(self.list.cursor.id, enter=False)

    def _first_paint(self) -> None:
        self._nothing_yet.close()
        self.refresh(layout=True, repaint=False)

    # Work that takes time

    def work(
        self,
        doing: Coroutine[Any, Any, Any],
        group: str,
        *,
        exclusive: bool = True,
        after: Callable[[], None] | None = None,
    ) -> None:
        """Run it; what goes wrong in a way a person can understand stands at the foot until a key."""
        self._work.start(doing, group, exclusive=exclusive, after=after)

    def complain(self, error: UniboxError) -> None:
        self.commands.hands.macros.trouble = error
        self.foot.show_error(translated(error.message), translated(error.hint))

    def on_unmount(self) -> None:
        self._work.stop()

    def guard(self, act: Callable[[], object]) -> None:
        try:
            act()
        except UniboxError as error:
            self.complain(error)

    async def _follow(self) -> None:
        async for changed in self.workspace.changes():
            self.lists.changed(changed)
            self.talk.changed(changed)
            self.arrivals.changed(changed)
            if self.pane == "report":
                self._read_report()

    async def read_health(self) -> None:
        self._health = list(await self.workspace.health())

    def _minute(self) -> None:
        self.list.set_look(now=self.workspace.now())
        self.thread.set_look(now=self.workspace.now())
        self.pen.refresh()
        self.work(self._look_again(), "health")

    async def _look_again(self) -> None:
        await self.read_health()
        self.show_tabs()

    # Where things stand

    def on_resize(self) -> None:
        self.set_out()

    def set_out(self) -> None:
        size = self.size or Size(80, 24)
        # The list keeps its pane while one looks at a page or writes.
        pane: Pane = "thread" if self.pane == "compose" else self._report_pane() if self.pane == "report" else self.pane
        layout = arrange(size.width, size.height, pane=pane, panel_open=self.panel_open, row_lines=self._row_lines)
        self.arranged = layout
        for widget, columns in ((self.list, layout.list), (self._middle, layout.thread), (self.panel, layout.panel)):
            widget.display = columns > 0
            widget.styles.width = max(columns, 1)
        self.bar_left.display = layout.list > 0 and (layout.thread > 0 or layout.panel > 0)
        self.bar_right.display = layout.thread > 0 and layout.panel > 0
        self.air.display = not layout.one_pane
        for rule in (self.rule_top, self.rule_foot):
            rule.display = layout.rules
        self.list.set_look(lines=layout.row_lines)
        self.report.display = self.pane == "report"
        self._body.display = self.pane != "report"
        self._joints()
        self.fit_composer()
        self.show_tabs()
        self.show_keys()
        self.list.set_here(self.pane == "list")
        self.thread.set_here(self.pane == "thread")
        self.panel.set_here(self.pane == "panel")

    def _report_pane(self) -> Pane:
        return "list" if self._report_from not in ("thread", "panel") else self._report_from

    def _joints(self) -> None:
        layout = self.arranged
        columns = []
        if self.bar_left.display:
            columns.append(layout.list)
        if self.bar_right.display:
            columns.append((layout.list + 1 if layout.list else 0) + layout.thread)
        shown = self.pane != "report"
        self.rule_top.show(dict.fromkeys(columns, "tee") if shown else {})
        self.rule_foot.show(dict.fromkeys(columns, "foot") if shown else {})

    def fit_composer(self) -> None:
        """The composer grows with its text, up to its share."""
        layout = self.arranged
        least = 1 + layout.composer_lines
        height = max(least, self.composer.wanted_height(layout.composer_most))
        self.composer.styles.height = height
        row = self._body.size.height - height - 1
        self.bar_left.show({row: "left"} if self.bar_left.display and layout.thread else {})
        self.bar_right.show({row: "right"} if self.bar_right.display else {})

    def go(self, pane: Focus) -> None:
        """The keys go to `pane`."""
        if pane == "panel" and not self.arranged.panel:
            self.panel_open = True
        if pane in ("list", "thread", "compose") and self.size.width < THREE_PANES_FROM:
            self.panel_open = False
        if self.pane == "compose" and pane != "compose":
            self.work(self.pen.save(), "draft", exclusive=False)
            self.pen.rest()
        if pane == "list":
            self.lists.let_go()
        self.pane = pane
        self.composer.box.active = pane == "compose"
        self.set_out()
        self.pen.refresh()

    def open(self, id: int, *, at: int | None = None, peek: bool = False) -> None:
        """Into the conversation; keys typed meanwhile wait. `peek`: it stays unread."""
        self.keyboard.hold()
        self.talk.stop_following()
        self.lists.let_go(id)

        async def opening() -> None:
            await self.talk.open(id, at=at, peek=peek)
            self.list.go_to(id)
            self.go("thread")

        self.work(opening(), "thread", after=self.keyboard.release)

    def back(self) -> None:
        match self.pane:
            case "report":
                self.go(self._report_from)
            case "compose":
                self.go("thread" if self.talk.conversation is not None else "list")
            case "panel":
                self.panel_open = False
                self.go("thread" if self.talk.conversation is not None and self.talk.opened else "list")
            case _:
                if self.panel_open:
                    self.panel_open = False
                self.commands.hands.going_on.stop()
                self.go("list")

    def toggle_panel(self, *, show: bool = False) -> None:
        if self.pane == "panel" and not show:
            self.back()
        elif self.arranged.panel and self.size.width >= THREE_PANES_FROM:
            self.go("panel")
        else:
            if self.pane == "list" and self.list.cursor is not None and self.talk.conversation != self.list.cursor.id:
                self.talk.preview(self.list.cursor.id)
            self.panel_open = True
            self.go("panel")

    def next_row_height(self) -> None:
        self._row_lines = {3: 2, 2: 1, 1: 3}[self.arranged.row_lines]
        self.set_out()

    def draw_anew(self) -> None:
        self.refresh(layout=True)
        for widget in self.query(Drawn):
            widget.notify_style_update()
            widget.refresh()

    # Reports and the sheet

    def show_report(self, title: str, items: list[Item], empty: str, again: Callable[[], None]) -> None:
        """`again` reads the page anew when something has changed; the place on it is kept."""
        same = self.pane == "report" and self.report.title == title
        if self.pane != "report":
            self._report_from = self.pane
        self._read_report = again
        self.report.show(title, items, empty, keep=same)
        if not same:
            self.go("report")

    def report_chosen(self, value: Any) -> None:
        if isinstance(value, int):
            self.open(value)
        elif callable(value):
            self.guard(value)

    def sheet_opened(self, *, tall: bool = False) -> None:
        """Never over the row it speaks about."""
        height = self.size.height
        wanted = (
            max(height - 3, 6)
            if tall
            else min(max(height // 2, 6), SHEET_LINES, max(len(self.sheet.list.choices) + 3, 6))
        )
        if self.arranged.list and not tall and self.pane == "list":
            self.list.lift(max(wanted - (height - self.list.region.bottom), 0))
        self.sheet.styles.height = wanted

    def sheet_closed(self) -> None:
        self.list.lower()
        self.show_keys()

    # The frame

    def show_tabs(self) -> None:
        asked = self.lists.asked
        query = f"/ {asked.search}" if asked.search else f"\\ {asked.filter}" if asked.filter else ""
        self.tabs_line.show(self.lists.tabs, asked.view, query=query, right=self._right())

    def _right(self) -> list[tuple[str, str]]:
        width = self.size.width
        bad = [line for line in self._health if line.state == "broken" or line.error]
        paused = sum(line.state == "paused" for line in self._health)
        well = len(self._health) - len(bad) - paused
        dot = f" {self.app_palette.glyph('dot')} "
        parts = [(f"{self.app_palette.glyph('online')} ", "ok"), (self.workspace.me, "text")]
        if width >= 100:
            parts.append((dot + ngettext("{n} inbox ok", "{n} inboxes ok", well), "dim"))
            if paused:
                parts.append((dot + _("{n} paused").format(n=paused), "dim"))
        if bad:
            text = _("{n} need you").format(n=len(bad)) if width >= 60 else f"!{len(bad)}"
            parts.append((dot + text, "danger"))
        if width >= 60:
            parts.append(("   " + clock(self.workspace.now()), "dim"))
        return parts if width >= 60 else parts[2:]

    def show_search(self, on_: bool) -> None:
        self.search.display = on_
        self.tabs_line.display = not on_
        self.show_keys()

    def show_keys(self) -> None:
        """The keys that make sense here and now; after a first key of a chord, what may follow."""
        keymap = self.keyboard.keymap
        if self.keyboard.typed:
            follow = keymap.follow(self.keyboard.typed, self.keyboard.contexts())
            self.foot.show_keys([(key, _(action.label)) for key, action in follow])
            return
        if self.sheet.is_open or self.lists.searching:
            offered = self.lists.completion.keys() if self.lists.searching else []
            self.foot.show_keys([*offered, (_("Enter"), _("takes")), ("Esc", _("leaves"))])
            return
        special: tuple[str, ...] | None = {
            "compose": ("send", "leave", "as-note", "way", "attach", "editor"),
            "report": self.contacts.page_keys,
            "panel": ("back", "open", "reply"),
        }.get(self.pane)
        if self.pane == "compose" and self.pen.enter_sends:
            keys = [(_("Enter"), _("send")), ("Alt-Enter", _("new line"))]
            self.foot.show_keys(
                keys + [(keymap.key_of(id), _(label)) for id, label in self._labels(special[1:] if special else ())]
            )
            return
        if special is None:
            shown = sorted((action for action in ACTIONS if action.foot), key=lambda action: action.foot)
            special = tuple(action.id for action in shown)
            if self.arranged.one_pane and self.pane == "thread":
                special = ("back", *special)
            if self.list.marked and self.pane == "list":
                special = ("stop", *special[2:])
            if self.pane == "thread":
                special = (*self.customer.keys, *special)
            if self.lists.has_hits:
                special = ("hit-next", "hit-previous", "stop", *(id for id in special if id != "note"))
        self.foot.show_keys([(keymap.key_of(id), _(label)) for id, label in self._labels(special) if keymap.key_of(id)])

    def _labels(self, ids: tuple[str, ...]) -> list[tuple[str, str]]:
        labels = {action.id: action.label for action in ACTIONS}
        return [(id, labels[id]) for id in ids]

    def say_unknown(self, chord: str) -> None:
        self.news(_("{keys} does nothing here").format(keys=chord))

    def done(self, done: Done) -> None:
        """One line says what happened and how to take it back."""
        key = self.keyboard.keymap.key_of("undo")
        undo = f" {self.app_palette.glyph('dot')} {key} " + _("undo") if done.action_id else ""
        self.news(translated(done.summary), undo)

    def news(self, text: str, tail: str = "") -> None:
        self.foot.show_news(text, tail)
        if self._news_timer is not None:
            self._news_timer.stop()
        self._news_timer = self.set_timer(NEWS_S, self._news_over)

    def _news_over(self) -> None:
        if not self.foot.error:
            self.foot.clear()

    # Messages of the panes

    @on(ConversationList.Moved)
    def _moved(self, event: ConversationList.Moved) -> None:
        if self.pane == "list":
            self.talk.follow(event.id)

    @on(ConversationList.MoreWanted)
    def _more_rows(self, event: ConversationList.MoreWanted) -> None:
        self.work(self.lists.more(event.older, event.token), "list-more", exclusive=False)

    @on(ConversationList.TopWanted)
    def _to_top(self) -> None:
        if self.list.arrivals:
            self.lists.hand = False
            self.lists.reread()

    @on(ThreadView.MoreWanted)
    def _more_entries(self, event: ThreadView.MoreWanted) -> None:
        self.work(self.talk.more(event.older, event.n), "thread-more", exclusive=False)

    @on(ThreadView.Read)
    def _read(self, event: ThreadView.Read) -> None:
        self.talk.read_to(event.conversation, event.n)

    # Leaving

    def interrupt(self) -> None:
        """Ctrl-C: out of whatever is open. It never loses text and never ends the app."""
        if self.pane == "list":
            self.news(_("{key} leaves unibox").format(key=self.keyboard.keymap.key_of("quit")))
        else:
            self.back()

    def suspend(self) -> None:
        async def draining() -> None:
            await self.pen.save()
            await self.workspace.drain()
            self.app.action_suspend_process()

        self.work(draining(), "suspend")

    def leave(self) -> None:
        async def leaving() -> None:
            await self.finish()
            self.app.exit()

        self.work(leaving(), "leave")

    async def finish(self) -> None:
        """Everything on disk: before the app ends in whatever way."""
        await self.talk.leave()
        await self._work.idle()
        await self.workspace.drain()
