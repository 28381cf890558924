"""A line at the foot when a customer writes in a conversation of ours that is not the open one, and the key that goes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unibox_tui.domain.errors import Refused
from unibox_tui.locale import _
from unibox_tui.screens.ports import Changed
from unibox_tui.screens.ringing import Ringing
from unibox_tui.widgets.kinds import said

if TYPE_CHECKING:
    from unibox_tui.screens.inbox import InboxScreen

MOST = 20  # changed at once: more is not news but catching up


class Arrivals:
    def __init__(self, screen: InboxScreen) -> None:
        self.screen = screen
        self.last: int | None = None
        self._since = screen.workspace.now()
        self._told: dict[int, int] = {}
        self.ringing = Ringing(self, self._since)

    def changed(self, changed: Changed) -> None:
        ids = sorted(int(id) for id in changed.rows.get("conversation", ()) if id.isdigit())
        if ids and len(ids) <= MOST and not changed.reload:
            self.screen.work(self._tell(ids), "arrivals", exclusive=False)

    async def _tell(self, ids: list[int]) -> None:
        screen = self.screen
        calls = await self.ringing.tell(ids)
        for row in await screen.workspace.rows(ids):
            heard = self._told.get(row.id, self._since)
            if (
                row.id in calls
                or row.assignee != screen.workspace.me
                or row.ours
                or not row.unread
                or row.last_at <= heard
            ):
                continue
            self._told[row.id] = row.last_at
            if row.id == screen.talk.conversation and screen.talk.opened:
                continue
            self.last = row.id
            dot = screen.app_palette.glyph("dot")
            key = screen.keyboard.keymap.key_of("arrived")
            screen.news(f"{row.mark} {row.name}: {said(row.snippet)}", f" {dot} {key} " + _("goes there"))

    def go(self) -> None:
        if self.last is None:
            raise Refused(_("Nothing has arrived in conversations of yours."))
        self.screen.open(self.last)
