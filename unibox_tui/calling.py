"""Calls for the screens: implements screens.calls_port.Telephone over the real store."""

from __future__ import annotations

from collections.abc import Sequence

from unibox_tui.store import calls as store
from unibox_tui.store.database import Database
from unibox_tui.views import calls, masking
from unibox_tui.views.calls import LiveCall


class StoreTelephone:
    def __init__(self, db: Database, hides: bool) -> None:
        self.db = db
        self.hides = hides

    async def calls(self, conversations: Sequence[int], since: int) -> Sequence[LiveCall]:
        rows = await self.db.read(lambda db: store.of_conversations(db, conversations, since))
        found = [calls.live(row) for row in rows]
        return [masking.live_call(call) for call in found] if self.hides else found
