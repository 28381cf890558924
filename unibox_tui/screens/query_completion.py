"""What may follow while a query is typed in the search line: shown at the foot, taken with Tab."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from unibox_tui.screens.ports import Option

if TYPE_CHECKING:
    from unibox_tui.screens.inbox import InboxScreen

SHOWN = 6


class QueryCompletion:
    def __init__(self, screen: InboxScreen) -> None:
        self.screen = screen
        self._options: Sequence[Option] = ()
        self._of = ""

    def look(self) -> None:
        """Ask anew, for what stands in the line now."""
        box = self.screen.search
        self.screen.work(self._look(box.text, box.caret), "complete")

    async def _look(self, text: str, caret: int) -> None:
        options = await self.screen.workspace.complete_query(text, caret)
        if text == self.screen.search.text:
            self._options, self._of = options, text
            self.screen.show_keys()

    def keys(self) -> list[tuple[str, str]]:
        """For the foot: the first is what Tab takes."""
        if self._of != self.screen.search.text:
            return []
        return [("Tab" if not place else "", option.text) for place, option in enumerate(self._options[:SHOWN])]

    def take(self) -> bool:
        """Put in the first; whether there was one."""
        box = self.screen.search
        if self._of != box.text or not self._options:
            return False
        rest = len(box.text) - box.caret
        value = self._options[0].value
        box.load(value, len(value) - rest)
        self.look()
        return True
