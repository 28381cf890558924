"""The one way in: a raw event is committed, or spooled durably, before anybody is told that we have it."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Mapping

from unibox_tui.domain.errors import UniboxError
from unibox_tui.domain.ids import new_id, now_ms
from unibox_tui.store import raw_events
from unibox_tui.store.database import Database, Tx
from unibox_tui.web.spool import Arrival, Spool

COMMIT_WITHIN = 0.5
_DRAIN_EVERY = 0.25
_BATCH, _BATCH_BYTES = 50, 1_000_000  # of one transaction, which keeps others from writing

log = logging.getLogger(__name__)


class Intake:
    """`take` returns when the event is durable; raises SpoolFull or OSError when it is not and the sender must come again."""

    def __init__(self, db: Database, spool: Spool, *, clock: Callable[[], int] = now_ms) -> None:
        self._db = db
        self.spool = spool
        self._clock = clock
        self._last_ms = 0
        self._spooling = asyncio.Lock()
        self._drain_now = asyncio.Event()
        self._group: _Group | None = None
        if len(spool):
            self._drain_now.set()

    async def take(
        self,
        inbox_id: int,
        source: str,
        body: bytes,
        headers: Mapping[str, str] | None = None,
        *,
        state: str = "new",
        error: str | None = None,
        id: str | None = None,
    ) -> str:
        now = self._clock()
        # Events are worked off in the order of their ids, so no two share a millisecond.
        self._last_ms = max(now, self._last_ms + 1)
        arrival = Arrival(id or new_id(self._last_ms), inbox_id, source, dict(headers or {}), body, now, state, error)
        # What waits in the spool came first, so nothing overtakes it.
        if len(self.spool) or self._spooling.locked() or not await self._commit(arrival):
            async with self._spooling:
                await asyncio.to_thread(self.spool.keep, arrival)
            self._drain_now.set()
        return arrival.id

    async def _commit(self, arrival: Arrival) -> bool:
        """False: certainly not in the store, and never will be by this call."""
        claim = threading.Lock()  # whoever has it, the writer or the time-out, decides
        if self._group is None or not self._group.join(arrival, claim):
            self._group = _Group()
            self._group.join(arrival, claim)
            self._group.writing = asyncio.ensure_future(self._db.write(self._group.save))
            self._group.writing.add_done_callback(_swallow)
        writing = self._group.writing
        try:
            done, _ = await asyncio.wait({writing}, timeout=COMMIT_WITHIN)
            if not done and claim.acquire(blocking=False):
                return False
            return arrival.id in await asyncio.shield(writing)
        except (UniboxError, OSError) as error:
            log.warning("A raw event goes to the spool: %s", type(error).__name__)
            return False
        except Exception as error:
            # sqlite3's errors have no name in this room: disk full, file gone. Rolled back, so the spool takes it.
            log.warning("A raw event goes to the spool: %s", type(error).__name__)
            return False

    async def run(self) -> None:
        """Drains the spool for ever."""
        while True:
            await self._drain_now.wait()
            try:
                await self.drain()
            except Exception as error:
                log.warning("The spool waits for the database: %s", type(error).__name__)
            if len(self.spool):
                await asyncio.sleep(_DRAIN_EVERY)
            else:
                self._drain_now.clear()

    async def drain(self) -> int:
        """Move all that waits into the store, oldest first; returns how many. Raises what the database raises."""
        moved = 0
        while batch := await asyncio.to_thread(self.spool.oldest, _BATCH):

            def save(tx: Tx, batch: list[Arrival] = batch) -> None:
                for arrival in batch:
                    _save(tx, arrival)

            await self._db.write(save)
            await asyncio.to_thread(self.spool.forget, [arrival.id for arrival in batch])
            moved += len(batch)
        return moved


class _Group:
    """Events that came while the writer was busy: one transaction, one wait for the disk, for all of them."""

    def __init__(self) -> None:
        self.writing: asyncio.Future[set[str]]
        self._entries: list[tuple[Arrival, threading.Lock]] = []
        self._guard = threading.Lock()
        self._closed = False
        self._bytes = 0

    def join(self, arrival: Arrival, claim: threading.Lock) -> bool:
        """False: its transaction has begun, or it is full."""
        with self._guard:
            if self._closed or len(self._entries) >= _BATCH or self._bytes >= _BATCH_BYTES:
                return False
            self._entries.append((arrival, claim))
            self._bytes += len(arrival.body)
            return True

    def save(self, tx: Tx) -> set[str]:
        """The ids of those that are in the store once this is committed."""
        with self._guard:
            self._closed = True
        saved = set()
        for arrival, claim in self._entries:
            if claim.acquire(blocking=False):
                _save(tx, arrival)
                saved.add(arrival.id)
        return saved


def _save(tx: Tx, arrival: Arrival) -> None:
    raw_events.save(
        tx,
        arrival.inbox_id,
        arrival.source,
        arrival.headers,
        arrival.body,
        state=arrival.state,
        error=arrival.error,
        id=arrival.id,
        received_at=arrival.received_at,
    )


def _swallow(done: asyncio.Future[set[str]]) -> None:
    if not done.cancelled():
        done.exception()
