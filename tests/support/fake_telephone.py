"""Calls in memory, for the screens."""

from __future__ import annotations

from collections.abc import Sequence

from unibox_tui.views.calls import LiveCall


class FakeTelephone:
    def __init__(self) -> None:
        self.live: list[LiveCall] = []

    async def calls(self, conversations: Sequence[int], since: int) -> Sequence[LiveCall]:
        return [call for call in self.live if call.conversation in conversations]
