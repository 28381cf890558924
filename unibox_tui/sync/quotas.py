"""What may still be sent to the customers whom colleagues have open now: the provider is asked, and its word wins."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from unibox_tui.connectors.contract import TellsQuota
from unibox_tui.connectors.errors import ConnectorError
from unibox_tui.store import attention, standing, tallies
from unibox_tui.store.database import Database, Row
from unibox_tui.store.trouble import words_for
from unibox_tui.sync.leaving import stands
from unibox_tui.sync.wanted import Able, Wanted, can
from unibox_tui.sync.worker import Worker

log = logging.getLogger(__name__)

LOOK_S = 2.0
IDLE_S = 30.0
ASK_S = 15.0
AGAIN_MS = 300_000  # or as soon as a message came or went
ALL = 4
KEPT = 4_096


class QuotaWorker(Worker):
    what = "asking for quotas"

    def __init__(self, db: Database, able: Able) -> None:
        super().__init__()
        self.db = db
        self.able = able
        self._asked: dict[int, tuple[int, int]] = {}  # identity -> (when, the last message then)

    async def step(self) -> float:
        telling = {id: one for id, one in self.able().items() if can(one.connector, TellsQuota)}
        if not telling:
            return IDLE_S
        now = self.db.now()
        rows = await self.db.read(lambda db: standing.looked_at(db, list(telling), now - attention.FRESH_MS))
        for row in rows:
            asked_at, last_n = self._asked.get(row["identity_id"], (0, -1))
            fresh = now - asked_at < AGAIN_MS and row["last_n"] == last_n
            if fresh or row["identity_id"] in self._flying or len(self._flying) >= ALL:
                continue
            self._asked[row["identity_id"]] = (now, row["last_n"])
            self.fly(row["identity_id"], self._ask(row, telling[row["inbox_id"]]))
        while len(self._asked) > KEPT:
            del self._asked[next(iter(self._asked))]
        return LOOK_S

    async def _ask(self, row: Row, inbox: Wanted) -> None:
        connector = inbox.connector
        assert isinstance(connector, TellsQuota)
        at = self.db.now()
        try:
            async with asyncio.timeout(ASK_S):
                told = facts(await connector.quota(row["address"]))
        except (ConnectorError, TimeoutError) as error:
            log.debug("inbox %s: %s", inbox.row.name, words_for(error))
            await self.db.write(lambda tx: tallies.count(tx, inbox.row.id, tallies.ERROR))
            return
        await self.db.write(lambda tx: stands(tx, row["identity_id"], told, at=at))


def facts(told: Mapping[str, Any]) -> dict[str, Any]:
    """What a connector's `quota` gave, as facts of a standing: `free_left` is that of the quota it calls `kind`."""
    found = {name: value for name, value in told.items() if name not in ("free_left", "free_total", "kind")}
    if told.get("free_left") is not None:
        total = {} if told.get("free_total") is None else {"total": told["free_total"]}
        found["quota"] = {
            **(found.get("quota") or {}),
            str(told.get("kind") or "reply"): {"left": told["free_left"], **total},
        }
    return found
