"""Workers that follow the log of what happened here and tell it elsewhere: one cursor for each inbox that wants it.

What could not be told is told again later, from the same place: what is told must be harmless to repeat.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Coroutine
from functools import partial
from typing import Any

from unibox_tui.connectors.errors import ConnectorError, CredentialsRejected, Misconfigured, Transient
from unibox_tui.store import mirrors, tallies
from unibox_tui.store.database import Database, Row, Tx
from unibox_tui.sync.backoff import delay_s
from unibox_tui.sync.wanted import Able, Broken, Wanted
from unibox_tui.sync.worker import Worker

FAR = 500  # events that are none of its business, before they are passed over for good
TELL_S = 60.0


class FollowsLog(Worker):
    """`idle_s`: seconds between two looks."""

    idle_s = 20.0

    def __init__(self, db: Database, able: Able, broken: Broken) -> None:
        super().__init__()
        self.db = db
        self.able = able
        self.broken = broken

    def wants(self, inbox: Wanted) -> bool:
        raise NotImplementedError

    def news(self, db: sqlite3.Connection, after: int) -> list[Row]:
        """Events after the one with this `seq`, oldest first, as many as are told at once."""
        raise NotImplementedError

    async def tell(self, id: int, inbox: Wanted, row: Row, found: list[Row]) -> None:
        """All of `found`; what is refused for good is passed over. Raises what is worth another try."""
        raise NotImplementedError

    def beside(self, id: int, inbox: Wanted) -> Coroutine[Any, Any, None] | None:
        """Something else whose turn it is with this inbox, before the log."""
        return None

    async def step(self) -> float:
        waits = [self.idle_s]
        for id, inbox in self.able().items():
            if self.wants(inbox) and id not in self._flying:
                waits.append(await self._begin(id, inbox))
        return max(min(waits), 0.05)

    async def _begin(self, id: int, inbox: Wanted) -> float:
        """Start what is to be told; seconds until there may be more."""
        row = await self.db.read(partial(mirrors.cursor, inbox=id))
        if row is None:
            # From now on: how everything stood when the inbox was made is the other side's word.
            seq = await self.db.read(mirrors.head)
            await self.db.write(lambda tx: mirrors.move(tx, id, seq))
            return 0.05
        now = self.db.now()
        if row["retry_at"] is not None and row["retry_at"] > now:
            return float((row["retry_at"] - now) / 1000)
        if (work := self.beside(id, inbox)) is not None:
            self.fly(id, self._guard(id, row, work))
            return self.idle_s
        found, head = await self.db.read(lambda db: (self.news(db, row["seq"]), mirrors.head(db)))
        if found:
            self.fly(id, self._guard(id, row, self._told(id, inbox, row, found)))
        elif head > row["seq"] + FAR:  # so that what is none of its business is not read again and again
            await self.db.write(lambda tx: mirrors.move(tx, id, head))
        return self.idle_s

    async def _told(self, id: int, inbox: Wanted, row: Row, found: list[Row]) -> None:
        await self.tell(id, inbox, row, found)
        await self.db.write(lambda tx: mirrors.move(tx, id, int(found[-1]["seq"])))

    async def _guard(self, id: int, row: Row, work: Coroutine[Any, Any, None]) -> None:
        try:
            async with asyncio.timeout(TELL_S):
                await work
        except TimeoutError:
            await self._later(id, row, Transient("No answer came in time."))
        except (CredentialsRejected, Misconfigured) as error:
            await self._later(id, row, error)
            await self.broken(id, error)
        except ConnectorError as error:
            await self._later(id, row, error)

    async def _later(self, id: int, row: Row, error: ConnectorError) -> None:
        wait = delay_s(row["attempts"] + 1, error.retry_after if isinstance(error, Transient) else None)

        def write(tx: Tx) -> None:
            now = mirrors.cursor(tx.db, id) or row
            mirrors.failed(tx, id, now, tx.now + int(wait * 1000), error.message)
            tallies.count(tx, id, tallies.ERROR)

        await self.db.write(write)
