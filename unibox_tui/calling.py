"""Calls for the screens: implements screens.calls_port.Telephone over the real store."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from unibox_tui.store import agents
from unibox_tui.store import calls as store
from unibox_tui.store.database import Database
from unibox_tui.views import calls, masking
from unibox_tui.views.calls import LiveCall


class StoreTelephone:
    def __init__(self, db: Database, hides: bool) -> None:
        self.db = db
        self.hides = hides

    async def calls(self, conversations: Sequence[int], since: int) -> Sequence[LiveCall]:
        def read(db: sqlite3.Connection) -> list[LiveCall]:
            rows = store.of_conversations(db, conversations, since)
            known = agents.names(db) if rows else []
            return [calls.live(row, known) for row in rows]

        found = await self.db.read(read)
        return [masking.live_call(call) for call in found] if self.hides else found
