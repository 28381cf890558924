"""The thread as the customer's whole life: turned on and off, narrowed to a channel, jumped in by date, searched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from unibox_tui.domain.errors import Refused
from unibox_tui.locale import _
from unibox_tui.views.models import Elsewhere, Thread, Way
from unibox_tui.widgets.sheet import Choice
from unibox_tui.widgets.when import span

if TYPE_CHECKING:
    from unibox_tui.screens.inbox import InboxScreen

END = 1 << 60  # behind every message


class StoryController:
    def __init__(self, screen: InboxScreen) -> None:
        self.screen = screen
        self.on = False
        self.channel = ""
        self.search = ""

    async def read(self, conversation: int, **window: Any) -> Thread:
        """The conversation, or the life it is part of."""
        workspace = self.screen.workspace
        if not self.on:
            return await workspace.thread(conversation, **window)
        return await workspace.customers.story(conversation, channel=self.channel, **window)

    @property
    def line(self) -> str:
        """What the thread shows, for its head."""
        if not self.on:
            return ""
        return _("whole story, {channel} only").format(channel=self.channel) if self.channel else _("whole story")

    def off(self) -> None:
        """Another conversation is opened: it is shown by itself."""
        self.on, self.channel, self.search = False, "", ""

    def toggle(self) -> None:
        self._open_one()
        self.on, self.channel, self.search = not self.on, "", ""
        cursor = self.screen.thread.cursor
        self.show_at(cursor.n if cursor else None)

    def leave(self) -> bool:
        """One step back: out of the search, then out of the story; False: there is neither."""
        if self.search:
            self.search = ""
            self.screen.talk.highlight(self.screen.lists.asked.search)
            self.screen.show_keys()
        elif self.on:
            self.toggle()
        else:
            return False
        return True

    def show_at(self, n: int | None) -> None:
        """Read anew around `n` (None: the end) and go there; keys typed meanwhile wait."""
        self.screen.keyboard.hold()
        self.screen.work(self._show_at(n), "thread", after=self.screen.keyboard.release)

    async def _show_at(self, n: int | None) -> None:
        screen = self.screen
        id = screen.talk.conversation
        if id is None:
            return
        thread = await self.read(id, around_n=END if n is None else n, limit=60)
        if id != screen.talk.conversation:
            return
        screen.thread.show(thread, at=END if n is None else n)
        screen.talk.show_head()
        self._answer_through(thread)
        if screen.pane == "list":
            screen.go("thread")

    def _answer_through(self, thread: Thread) -> None:
        """The channel used last, unless something is being written already."""
        pen = self.screen.pen
        pen.ways = thread.ways
        if not pen.text.strip():
            pen.writing = replace(pen.writing, way=thread.chosen_way)
        pen.refresh()

    # Narrowing, dates, words

    def narrow(self, channel: str | None) -> None:
        self._open_one()
        if channel is not None:
            self._narrow("" if channel.lower() in ("all", "*") else channel)
            return

        async def ask() -> None:
            thread = self.screen.talk.thread
            names = await self.screen.workspace.customers.channels(thread.contact_id) if thread else ()
            choices = [Choice(_("all channels"), ""), *(Choice(name, name, channel=name) for name in names)]
            self.screen.commands.asking.pick(_("Show:"), choices, self._narrow)

        self.screen.keyboard.hold()
        self.screen.work(ask(), "ask", after=self.screen.keyboard.release)

    def _narrow(self, channel: str) -> None:
        before = self.on, self.channel
        self.on, self.channel = True, channel
        cursor = self.screen.thread.cursor

        async def show() -> None:
            try:
                await self._show_at(cursor.n if cursor else None)
            except BaseException:
                self.on, self.channel = before
                raise

        self.screen.keyboard.hold()
        self.screen.work(show(), "thread", after=self.screen.keyboard.release)

    def date(self, text: str) -> None:
        self._open_one()
        self.show_at(self.screen.workspace.customers.place(text))

    def find(self, text: str) -> None:
        """The newest message of the story with these words; `n` goes on to older ones."""
        self.search = text.strip()
        self.screen.talk.highlight(self.search)
        self.screen.show_keys()
        if self.search:
            self._step(END, older=True)

    def step(self, by: int) -> None:
        cursor = self.screen.thread.cursor
        self._step(cursor.n if cursor else END, older=by > 0)

    def _step(self, n: int, *, older: bool) -> None:
        async def find() -> None:
            thread = self.screen.talk.thread
            if thread is None:
                return
            customers = self.screen.workspace.customers
            found = await customers.find(thread.contact_id, self.search, n, older=older, channel=self.channel)
            if found is None:
                self.screen.news(_("no further hit"))
            elif not self.screen.thread.go_to(found):
                await self._show_at(found)

        self.screen.keyboard.hold()
        self.screen.work(find(), "find", after=self.screen.keyboard.release)

    def windows(self, ways: Sequence[Way]) -> tuple[str, ...]:
        """Which ways are open and for how long, beside the one that is chosen."""
        if not self.on:
            return ()
        now, thread = self.screen.workspace.now(), self.screen.talk.thread
        others = thread.elsewhere if thread is not None else ()
        return tuple(self._window(way, now) for way in (*ways, *(one.way for one in others)))

    # Other brands

    @property
    def elsewhere(self) -> tuple[Elsewhere, ...]:
        """Ways of other brands that may be chosen while the story stands there."""
        thread = self.screen.talk.thread
        return thread.elsewhere if self.on and thread is not None else ()

    def answer_elsewhere(self, chosen: Elsewhere) -> None:
        """Go into that brand's conversation, the story still shown, and write there; what was begun comes along."""
        self.screen.keyboard.hold()
        self.screen.work(self._elsewhere(chosen), "thread", after=self.screen.keyboard.release)

    async def _elsewhere(self, chosen: Elsewhere) -> None:
        screen = self.screen
        pen, left = screen.pen, screen.talk.conversation
        text = pen.text if pen.writing.mode == "reply" and not pen.writing.files else ""
        screen.lists.let_go(chosen.conversation_id)
        await screen.talk.open(chosen.conversation_id)
        screen.list.go_to(chosen.conversation_id)
        self.on = True
        await self._show_at(None)
        await pen.begin("reply")
        if text.strip() and not pen.text.strip() and left is not None:
            pen.paste(text)
            await screen.workspace.save_draft(left, "reply", None)
            await screen.lists.redraw([left])
        wanted = (chosen.way.inbox_id, chosen.way.identity_id, chosen.way.address)
        places = [n for n, way in enumerate(pen.ways) if (way.inbox_id, way.identity_id, way.address) == wanted]
        if places:
            pen.choose_way(places[0])
        screen.news(_("now in #{n} of {brand}").format(n=chosen.conversation_id, brand=chosen.brand))

    @staticmethod
    def _window(way: Way, now: int) -> str:
        if not way.allowed:
            return f"{way.mark} " + _("closed")
        if way.closes_at is None:
            return f"{way.mark} " + _("open")
        return f"{way.mark} {span(way.closes_at - now)}"

    def _open_one(self) -> None:
        screen = self.screen
        row = screen.list.cursor if screen.pane == "list" else None
        if screen.talk.conversation is None or (row is not None and row.id != screen.talk.conversation):
            raise Refused(_("Open the conversation first."), hint=_("{key} opens it.").format(key=_("Enter")))
