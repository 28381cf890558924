"""The heartbeat of the service, and from which moment on each inbox is quieter than its rhythm allows."""

from __future__ import annotations

import sqlite3

from unibox_tui.domain.rhythm import HOUR, PAST_HOURS, quiet_at
from unibox_tui.store import health_reading, outages, standings, tallies
from unibox_tui.store.database import Database, Tx
from unibox_tui.sync.worker import Worker

BEAT_S = 30.0
FIRST_MS = 10_000
RECKON_MS = 300_000
KEEP_OUTAGES_MS = 60 * 86_400_000


class Rhythm(Worker):
    what = "the heartbeat"

    def __init__(self, db: Database, *, wait_ms: int = FIRST_MS) -> None:
        """`wait_ms`: before the first beat; the engine has written one when it began."""
        super().__init__()
        self.db = db
        self._reckoned_at = 0
        self._beat_at = db.now() + wait_ms

    async def step(self) -> float:
        early = (self._beat_at - self.db.now()) / 1000
        if early > 0:
            return min(early, BEAT_S)
        self._beat_at = self.db.now() + int(BEAT_S * 1000)
        await self.db.write(outages.alive)
        if self.db.now() - self._reckoned_at >= RECKON_MS:
            self._reckoned_at = self.db.now()
            await self.reckon()
        return BEAT_S

    async def reckon(self) -> None:
        """Write down when the silence of each inbox would be unlikely."""
        found = await self.db.read(self._quiet)

        def write(tx: Tx) -> None:
            for inbox, since, at in found:
                standings.quiet(tx, inbox, since, at)
            tallies.forget_old(tx)
            outages.drop_older(tx, tx.now - KEEP_OUTAGES_MS)

        await self.db.write(write)

    def _quiet(self, db: sqlite3.Connection) -> list[tuple[int, int, int | None]]:
        oldest = self.db.now() // HOUR - PAST_HOURS - 24
        return [
            (
                row["id"],
                row["last_inbound_at"],
                quiet_at(tallies.hours(db, row["id"], tallies.ARRIVED, oldest), row["last_inbound_at"]),
            )
            for row in health_reading.inboxes(db)
            if row["last_inbound_at"] is not None and row["state"] == "on"
        ]
