"""Where the hand goes when a conversation has been dealt with, and play mode: one after the other, nobody in two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unibox_tui.domain.errors import NotFound, Refused
from unibox_tui.locale import _, translated

if TYPE_CHECKING:
    from unibox_tui.screens.inbox import InboxScreen

_PUTS_AWAY = frozenset({"resolve", "pending", "snooze", "spam", "join"})


class GoingOn:
    def __init__(self, screen: InboxScreen) -> None:
        self.screen = screen
        self.playing: str | None = None  # the query that is played
        self._passed: set[int] = set()
        self._here: int | None = None  # the one play mode opened
        self._dealt = False  # something was done with it

    # After an action

    def acted(self, call: str, conversation: int | None, *, go_on: bool | None = None) -> None:
        """`call` was done to the open conversation. `go_on`: whether to go to the next whatever the setting says."""
        if conversation is not None and conversation == self._here:
            self._dealt = True
        if self.screen.pane in ("list", "report") or conversation is None:
            return
        if self.playing is not None and (go_on or (call in _PUTS_AWAY and conversation == self._here)):
            self._next()
            return
        how = self.screen.workspace.hands.settings.advance
        if go_on or (go_on is None and call in _PUTS_AWAY and how != "stay"):
            self._advance(conversation, unread_only=how == "next-unread")

    def _advance(self, conversation: int, *, unread_only: bool) -> None:
        screen = self.screen
        rows = list(screen.list.rows)
        ids = [row.id for row in rows]
        cursor = screen.list.cursor
        if conversation in ids:
            start = ids.index(conversation) + 1
        else:  # it has left the list; the cursor stands on what followed
            start = ids.index(cursor.id) if cursor is not None else 0
        after = [row for row in rows[start:] if row.id != conversation]
        found = next((row for row in after if row.unread or not unread_only), None)
        if found is None:
            screen.go("list")
            screen.news(_("Nothing unread follows.") if unread_only else _("That was the last one."))
            return
        screen.open(found.id)

    # Play mode

    def play(self) -> None:
        """`gp`: into the first; again: on to the next, and if nothing was done with this one, why not."""
        screen = self.screen
        if self.playing is None or screen.pane == "list":
            self.playing, self._passed, self._here = screen.lists.query, set(), None
            self._next()
        elif self._here is None or self._dealt:
            self._next()
        else:
            self.skip()

    def skip(self, why: str | None = None) -> None:
        if self._here is None:
            raise Refused(_("Nothing is played."), hint=_("{key} begins.").format(key=self.screen.keyboard.keymap.key_of("play")))  # fmt: skip
        if why is None:
            self.screen.commands.asking.line(_("Why is it skipped?"), self._skip)
        else:
            self._skip(why)

    def _skip(self, why: str) -> None:
        here = self._here
        if here is None:
            return

        async def skip() -> None:
            await self.screen.workspace.perform("skip", {"why": why}, [here])
            self._next()

        self.screen.work(skip(), "play", exclusive=False)

    def _next(self) -> None:
        query = self.playing
        assert query is not None
        if self._here is not None:
            self._passed.add(self._here)
        self._here, self._dealt = None, False
        screen = self.screen
        screen.keyboard.hold()

        async def go() -> None:
            try:
                done = await screen.workspace.hands.play(query, self._passed)
            except NotFound as error:
                self.stop()
                screen.go("list")
                screen.news(translated(error.message))
                return
            self._here = done.conversations[0]
            screen.open(self._here)
            key = screen.keyboard.keymap.key_of("play")
            screen.news(_("play: #{n} · {key} goes on").format(n=self._here, key=key))

        screen.work(go(), "play", after=screen.keyboard.release)

    def stop(self) -> None:
        """Back in the list: play is over."""
        self.playing, self._here = None, None
