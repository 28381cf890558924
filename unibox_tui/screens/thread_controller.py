"""The open conversation: which one it is, its messages, its customer, and what has been read of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual.timer import Timer

from unibox_tui.locale import _
from unibox_tui.screens.attention import Attention
from unibox_tui.screens.ports import Changed
from unibox_tui.views.models import Thread

if TYPE_CHECKING:
    from unibox_tui.screens.inbox import InboxScreen

PREVIEW_S = 0.3
WINDOW = 60
STILL_HERE_MS = 240_000
_ELSEWHERE = ("list", "report")


class ThreadController:
    def __init__(self, screen: InboxScreen) -> None:
        self.screen = screen
        self.conversation: int | None = None
        self.opened = False  # gone into by the agent, not just previewed
        self.peeking = False  # gone into without marking it read
        self.attention = Attention()
        self._told_idle = False
        self._told_at = 0
        self._unseen: tuple[int, int] | None = None  # (conversation, n) in sight while nobody looked
        self._rest: Timer | None = None

    @property
    def thread(self) -> Thread | None:
        return self.screen.thread.thread

    # Opening

    def follow(self, id: int | None) -> None:
        """The list's cursor stands on `id`: show it when the hand rests."""
        self.stop_following()
        if id is None:
            self.screen.work(self.close(), "thread")
        elif self.screen.previews and id != self.conversation:
            self._rest = self.screen.set_timer(PREVIEW_S, lambda: self.preview(id))

    def stop_following(self) -> None:
        if self._rest is not None:
            self._rest.stop()
            self._rest = None

    def preview(self, id: int) -> None:
        self.screen.work(self.open(id, enter=False), "thread")

    async def open(self, id: int, *, enter: bool = True, at: int | None = None, peek: bool = False) -> None:
        """Read and show conversation `id`; `enter`: the agent goes into it, which others may see; `peek`: it stays unread."""
        self.stop_following()
        workspace = self.screen.workspace
        if id != self.conversation or self.thread is None or at is not None:
            await self._leave()
            if id != self.conversation:
                self.screen.story.off()
                self.screen.customer.forget()
            self.conversation, self.opened = id, False
            thread = await self.screen.story.read(id, around_n=at, limit=WINDOW)
            if self.conversation != id:
                return
            self.screen.thread.set_look(now=workspace.now(), query=self.screen.lists.asked.search)
            self.screen.thread.show(thread, at=at)
            self.conversation = thread.id
            self._show_head()
            await self.screen.pen.show(thread)
            self.screen.work(self._panel(thread.id), "panel")
        if enter and not self.opened:
            self.opened = True
            self.peeking = peek
            self._told_idle = False
            self._unseen = None
            self.attention = Attention(workspace.now())
            self.screen.work(workspace.opened(self.conversation, peek=peek), "attention", exclusive=False)
            if self.screen.thread.at_end:
                self._seen(self.conversation, self.screen.thread.last_seen_n)
        elif enter:
            self._look_again()

    async def close(self) -> None:
        await self._leave()
        self.conversation = None
        self.screen.thread.empty = (_("No conversation is open."),)
        self.screen.thread.show(None)
        self.screen.thread_head.show(None, 0)
        self.screen.panel.show(None, 0)
        await self.screen.pen.show(None)

    async def leave(self) -> None:
        """Before the app ends."""
        await self._leave()

    async def _leave(self) -> None:
        await self.screen.pen.save()
        if self.conversation is not None and self.opened:
            seen = None if self.peeking else self.screen.thread.last_seen_n or None
            spent = self.attention.spent(self.screen.workspace.now())
            work = self.screen.workspace.left(self.conversation, seen_n=seen, **spent)
            self.screen.work(work, "attention", exclusive=False)
        self.opened = False

    async def _panel(self, id: int) -> None:
        panel = await self.screen.workspace.panel(id)
        suggestions = await self.screen.customer.read(id)
        if id == self.conversation:
            self.screen.panel.show(panel, self.screen.workspace.now(), suggestions)
            self._show_head(panel.looking)
            self.screen.show_keys()
        await self._outside(id)

    async def _outside(self, id: int) -> None:
        """What other systems say comes when it comes; its lines are reserved at once."""
        selling = self.screen.workspace.selling
        shown = list(selling.panels())
        if not shown:
            return
        self.screen.panel.show_outside(tuple(shown))
        for place, one in enumerate(shown):
            shown[place] = await selling.panel(one.name, id)
            if id != self.conversation:
                return
            self.screen.panel.show_outside(tuple(shown))

    def reread_panel(self) -> None:
        if self.conversation is not None:
            self.screen.work(self._panel(self.conversation), "panel")

    def show_head(self) -> None:
        self._show_head(self.screen.panel.panel.looking if self.screen.panel.panel else ())

    def _show_head(self, looking: tuple[str, ...] = ()) -> None:
        keys = self.screen.keyboard.keymap
        join_keys = (keys.key_of("join"), keys.key_of("keep-apart"))
        self.screen.thread_head.show(
            self.thread,
            self.screen.workspace.now(),
            looking=looking,
            join_keys=join_keys,
            suggestion=self.screen.customer.line,
            story=self.screen.story.line,
        )

    # What colleagues are told

    def key(self) -> None:
        """The agent's hand is here."""
        if not self.opened:
            return
        self.attention.key(self.screen.workspace.now())
        if self._told_idle:
            self._told_idle = False
            self.tell("viewing")
        self._look_again()

    def beat(self) -> None:
        """Presence fades unless told again; a resting hand is told once, as idle."""
        if not self.opened:
            return
        now = self.screen.workspace.now()
        if self._told_idle:
            if now - self._told_at > STILL_HERE_MS:
                self.tell("idle")  # resting, but alive: an app that says nothing for long is taken for lost
            return
        self._told_idle = self.attention.idle(now)
        if self._told_idle:
            self.tell("idle")
        elif not self.screen.pen.told_typing:
            self.tell("viewing")

    def tell(self, what: str) -> None:
        if self.opened and self.conversation is not None:
            self._told_at = self.screen.workspace.now()
            self.screen.work(self.screen.workspace.doing(self.conversation, what), "doing", exclusive=False)

    # Reading on

    async def more(self, older: bool, n: int) -> None:
        id = self.conversation
        if id is None:
            return
        side = {"before_n": n} if older else {"after_n": n}
        part = await self.screen.story.read(id, limit=WINDOW, **side)
        if id == self.conversation:
            self.screen.thread.extend(part, older=older)

    def to_newest(self) -> None:
        """To the last message, read first when it is not in the window."""
        thread, id = self.thread, self.conversation
        if thread is None or id is None:
            return
        if not thread.newer:
            self.screen.thread.to_end()
        elif self.screen.story.on:
            self.screen.story.show_at(None)
        else:
            self.screen.work(self._reopen_at_end(id, thread.last_n), "thread")

    async def _reopen_at_end(self, id: int, n: int) -> None:
        part = await self.screen.workspace.thread(id, around_n=n, limit=WINDOW)
        if id == self.conversation:
            self.screen.thread.show(part, at=n)
            self.screen.thread.to_end()

    def read_to(self, conversation: int, n: int) -> None:
        """The end is in sight. It counts when the agent looks: not from the list, not with the hand at rest."""
        if self.screen.pane in _ELSEWHERE or self.attention.idle(self.screen.workspace.now()):
            self._unseen = (conversation, n)
        else:
            self._seen(conversation, n)

    def _look_again(self) -> None:
        """The hand is back in the thread: what came meanwhile and is in sight is seen now."""
        if self._unseen is not None and self.screen.pane not in _ELSEWHERE and self.screen.thread.at_end:
            unseen, self._unseen = self._unseen, None
            self._seen(*unseen)

    def _seen(self, conversation: int, n: int) -> None:
        if self.opened and not self.peeking and conversation == self.conversation:
            if self.thread is not None and self.screen.story.on:
                n = min(n, self.thread.last_n)  # what was written elsewhere says nothing of this one
            self.screen.work(self.screen.workspace.read_to(conversation, n), "read", exclusive=False)

    def highlight(self, query: str) -> None:
        self.screen.thread.set_look(query=query)

    def step_hit(self, by: int) -> None:
        """The next hit in this conversation, else in the next one of the list."""
        widget = self.screen.thread
        if self.conversation == self._listed() and widget.step_hit(by):
            return
        before = self._listed()
        self.screen.list.move(by)
        if self._listed() == before and self.conversation == before:
            self.screen.news(_("no further hit"))
            return
        id = self._listed()
        if id is not None:
            self.screen.work(self._open_hit(id, by), "thread")

    async def _open_hit(self, id: int, by: int) -> None:
        await self.open(id, enter=False)
        self.screen.thread.to_end(first=by > 0)
        cursor = self.screen.thread.cursor
        if cursor is not None and not self.screen.thread.cursor_has_hit:
            self.screen.thread.step_hit(by)

    def _listed(self) -> int | None:
        row = self.screen.list.cursor
        return row.id if row else None

    # What happened elsewhere

    def changed(self, changed: Changed) -> None:
        id = self.conversation
        self._drafts_changed(changed)
        if id is None:
            return
        if changed.reload or str(id) in changed.rows.get("conversation", ()):
            self.reread()
        if changed.reload or "contact" in changed.rows:
            self.screen.work(self._panel(id), "panel")

    def _drafts_changed(self, changed: Changed) -> None:
        """Drafts of this agent that were changed outside this app, as `agent/conversation`."""
        mine = [name.rpartition("/") for name in changed.rows.get("draft", ())]
        ids = [int(id) for agent, _slash, id in mine if agent == self.screen.workspace.me]
        if ids:
            self.screen.work(self.screen.lists.redraw(ids), "patch", exclusive=False)
        if self.conversation in ids:
            self.screen.work(self.screen.pen.written_elsewhere(), "draft", exclusive=False)

    def reread(self) -> None:
        if self.conversation is not None:
            self.screen.work(self._patch(self.conversation), "thread-patch")

    async def _patch(self, id: int) -> None:
        widget = self.screen.thread
        held = widget.thread
        around = widget.cursor.n if widget.cursor else None
        limit = max(WINDOW, len(widget.entries) + 20)
        fresh = await self.screen.story.read(id, around_n=around, limit=limit)
        if id != self.conversation or held is None:
            return
        widget.patch(replace(fresh, first_unread_n=held.first_unread_n))
        self.show_head()
        self.screen.pen.thread_changed(widget.thread or fresh)
