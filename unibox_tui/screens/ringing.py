"""A line at the foot while a customer's call rings, with the key that goes there; after a call of mine, the key that says
what it was about. Of a ringing call those are told whom it concerns; while nobody knows whose phone rings, all, after a
moment in which the exchange may still say it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from unibox_tui.domain.calls import ENDED, RINGING
from unibox_tui.locale import _
from unibox_tui.views.calls import LiveCall

if TYPE_CHECKING:
    from unibox_tui.screens.arrivals import Arrivals

RECENT_MS = 4 * 3_600_000
WHOSE_S = 1.5


class Ringing:
    def __init__(self, arrivals: Arrivals, since: int) -> None:
        self.arrivals = arrivals
        self.since = since
        self._told: dict[int, str] = {}
        self._rung: set[int] = set()
        self._awaited: set[int] = set()  # of these nobody knew whose they are
        self._overdue: set[int] = set()

    async def tell(self, ids: list[int]) -> set[int]:
        """Gives the conversations whose news are a call."""
        screen = self.arrivals.screen
        told: set[int] = set()
        since = max(self.since - RECENT_MS, screen.workspace.now() - RECENT_MS)
        for call in await screen.workspace.telephone.calls(ids, since):
            if call.state == RINGING and call.direction == "in" and call.n not in self._rung and self._is_for_me(call):
                self._rung.add(call.n)
                told.add(call.conversation)
                self._say(call, _("{who} is calling").format(who=call.who), "arrived", _("goes there"))
            if self._told.get(call.n) == call.state:
                continue
            first = call.n not in self._told
            self._told[call.n] = call.state
            if call.state == ENDED and call.agent == screen.workspace.me and not call.reason and not first:
                told.add(call.conversation)
                self._say(
                    call, _("Call with {who} is over").format(who=call.who), "call-reason", _("says what it was about")
                )
        return told

    def _is_for_me(self, call: LiveCall) -> bool:
        screen = self.arrivals.screen
        if call.concerns:
            return screen.workspace.me in call.concerns
        if call.n not in self._awaited:
            self._awaited.add(call.n)
            screen.set_timer(WHOSE_S, lambda: self._look_again(call))
        return call.n in self._overdue

    def _look_again(self, call: LiveCall) -> None:
        self._overdue.add(call.n)
        self.arrivals.screen.work(self.tell([call.conversation]), "ringing", exclusive=False)

    def _say(self, call: LiveCall, text: str, action: str, what: str) -> None:
        screen = self.arrivals.screen
        self.arrivals.last = call.conversation
        dot = screen.app_palette.glyph("dot")
        key = screen.keyboard.keymap.key_of(action)
        where = f" {dot} {call.hotline}" if call.hotline and call.state == RINGING else ""
        screen.news(f"☎ {text}{where}", f" {dot} {key} {what}")
