"""What happens because time passes: snoozes end, reply windows close."""

from __future__ import annotations

import asyncio

from unibox_tui.desk import reading, triage
from unibox_tui.store import attention, conversations, terms
from unibox_tui.store.database import Database, Tx

LOOK_S = 30.0


class Clock:
    """Wakes snoozed conversations at their time."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self._wake = asyncio.Event()

    def ring(self) -> None:
        """A snooze may be new."""
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._wake.clear()
            await self.step()
            next_at = await self.db.read(conversations.next_snooze)
            wait = LOOK_S if next_at is None else min(max((next_at - self.db.now()) / 1000, 0.05), LOOK_S)
            try:
                async with asyncio.timeout(wait):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def step(self) -> list[int]:
        """Wake those that are due; what time alone has changed of answering is written down."""
        if await self.db.read(lambda db: terms.due(db, self.db.now())):
            await self.db.write(terms.advance)
        if await self.db.read(lambda db: attention.lost(db, self.db.now())):
            await self.db.write(reading.left_behind)
        due = await self.db.read(lambda db: conversations.snoozes_over(db, self.db.now()))

        def write(tx: Tx) -> list[int]:
            attention.drop_stale(tx)
            return triage.wake_due(tx)

        return await self.db.write(write) if due else []
