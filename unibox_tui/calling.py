"""Calls for the screens: implements screens.calls_port.Telephone over the real store."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from unibox_tui.screens.ports import Option
from unibox_tui.store import agents
from unibox_tui.store import calls as store
from unibox_tui.store.database import Database
from unibox_tui.views import call_ways as views
from unibox_tui.views import calls, masking
from unibox_tui.views.calls import LiveCall
from unibox_tui.widgets import call_ways


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

    async def ways(self, conversation: int, agent: str, now: int) -> list[Option]:
        """How this customer can be called, as `screens.call_commands` takes it."""
        found = await self.db.read(lambda db: views.call_ways(db, conversation, agent, now))
        return [self._option(way, now) for way in found]

    def _option(self, way: views.CallWay, now: int) -> Option:
        title = call_ways.title(way)
        return Option(
            f"{way.how}/{way.inbox.name}",
            masking.text(title) if self.hides else title,
            call_ways.detail(way, now),
            channel=way.inbox.channel,
            fields=() if way.allowed else (way.why,),
        )
