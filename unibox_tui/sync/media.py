"""Files that lie at a provider are fetched at once, before their link dies: newest first, those of imports and history last."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Callable

from unibox_tui.connectors.contract import FetchesMedia
from unibox_tui.connectors.errors import ConnectorError, CredentialsRejected, Misconfigured, Transient
from unibox_tui.domain.saying import say
from unibox_tui.locale import N_
from unibox_tui.store import media, tallies
from unibox_tui.store.database import Database, Row, Tx
from unibox_tui.store.trouble import words_for
from unibox_tui.sync.backoff import delay_s
from unibox_tui.sync.facts import PutMedia
from unibox_tui.sync.wanted import Able, Broken, Wanted, can
from unibox_tui.sync.worker import Worker

log = logging.getLogger(__name__)

FETCH_S = 120.0
MAX_TRIES = 8
LIMIT_MB = 25  # where the settings of an inbox say nothing
PER_INBOX, ALL = 3, 12
SLOW_PER_INBOX, SLOW_ALL = 1, 2
IDLE_S = 60.0


class MediaWorker(Worker):
    """`put` keeps bytes durably, `remove` erases those that nothing names any more."""

    what = "fetching files"

    def __init__(
        self, db: Database, able: Able, put: PutMedia, remove: Callable[[str], bool] | None, broken: Broken
    ) -> None:
        super().__init__()
        self.db = db
        self.able = able
        self.put = put
        self.remove = remove
        self.broken = broken
        self._of: dict[str, tuple[int, bool]] = {}  # attachment that is being fetched -> (inbox, slow)

    async def step(self) -> float:
        fetching = {id: one for id, one in self.able().items() if can(one.connector, FetchesMedia)}
        if not fetching:
            return IDLE_S
        for slow, each, most in ((False, PER_INBOX, ALL), (True, SLOW_PER_INBOX, SLOW_ALL)):
            while await self._start(fetching, slow, each, most):
                continue
        next_at = await self.db.read(lambda db: media.next_at(db, fetching, self.db.now()))
        return IDLE_S if next_at is None else min(max((next_at - self.db.now()) / 1000, 0.05), IDLE_S)

    async def _start(self, fetching: dict[int, Wanted], slow: bool, each: int, most: int) -> bool:
        """Start what there is room for; False when nothing more can be started now."""
        self._of = {id: of for id, of in self._of.items() if id in self._flying}
        busy = Counter(inbox for inbox, was_slow in self._of.values() if was_slow == slow)
        room = most - busy.total()
        free = [id for id in fetching if busy[id] < each]
        if room <= 0 or not free:
            return False
        now = self.db.now()
        rows = await self.db.read(lambda db: media.due(db, free, now, room + len(self._of), slow=slow))
        started = False
        for row in rows:
            inbox = row["inbox_id"]
            if row["id"] not in self._flying and busy[inbox] < each and room > 0:
                busy[inbox] += 1
                room -= 1
                self._of[row["id"]] = (inbox, slow)
                self.fly(row["id"], self._fetch(row, fetching[inbox]))
                started = True
        return started

    async def _fetch(self, row: Row, inbox: Wanted) -> None:
        limit_mb = int(getattr(inbox.settings, "media_limit_mb", LIMIT_MB))
        limit = limit_mb * 1_000_000
        connector = inbox.connector
        assert isinstance(connector, FetchesMedia)
        try:
            async with asyncio.timeout(FETCH_S):
                data = await connector.fetch(json.loads(row["remote"]), limit)
        except TimeoutError:
            await self._later(row, N_("The provider did not answer in time."))
        except Transient as error:
            await self._later(row, error.message, error.retry_after)
        except (CredentialsRejected, Misconfigured) as error:
            await self._later(row, error.message)
            await self.broken(row["inbox_id"], error)
        except ConnectorError as error:
            await self._fail(row, error.message)
        except OSError:
            raise
        except Exception as error:
            log.error("the connector of inbox %s failed while fetching: %s", inbox.row.name, words_for(error))
            await self._later(row, N_("The connector failed while fetching."))
        else:
            if len(data) > limit:
                await self._fail(row, say("It is larger than {limit} MB.", limit=limit_mb))
            else:
                await self._hold(row, data)

    async def _hold(self, row: Row, data: bytes) -> None:
        sha256, size = await asyncio.to_thread(self.put, data)
        if await self.db.write(lambda tx: media.hold(tx, row["id"], sha256, size)):
            return
        # Taken back or forgotten meanwhile.
        if self.remove is not None and not await self.db.read(lambda db: media.in_use(db, sha256)):
            await asyncio.to_thread(self.remove, sha256)

    async def _later(self, row: Row, reason: str, retry_after: float | None = None) -> None:
        tries = row["tries"] + 1
        if tries >= MAX_TRIES:
            await self._fail(row, reason)
            return
        at = self.db.now() + int(delay_s(tries, retry_after, first=2.0, cap=1800.0) * 1000)

        def write(tx: Tx) -> None:
            media.later(tx, row["id"], at, reason)
            tallies.count(tx, row["inbox_id"], tallies.ERROR)

        await self.db.write(write)

    async def _fail(self, row: Row, reason: str) -> None:
        def write(tx: Tx) -> None:
            media.fail(tx, row["id"], reason)
            tallies.count(tx, row["inbox_id"], tallies.ERROR)

        await self.db.write(write)
