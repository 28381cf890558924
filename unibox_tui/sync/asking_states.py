"""What became of messages is asked for where no provider reports it: soon after sending, then ever more seldom."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from unibox_tui.connectors.contract import AsksStates, Sent
from unibox_tui.connectors.errors import ConnectorError
from unibox_tui.store import awaited, tallies
from unibox_tui.store.database import Database, Row
from unibox_tui.store.trouble import words_for
from unibox_tui.sync.facts import Prepared, Rules, arrived
from unibox_tui.sync.ingest import ingest
from unibox_tui.sync.wanted import Able, Wanted, can
from unibox_tui.sync.worker import Worker

log = logging.getLogger(__name__)

LOOK_S, IDLE_S = 30.0, 120.0
ASK_S = 60.0
AT_ONCE = 10  # messages of one inbox
SELDOMEST_MS = 6 * 3_600_000
KEPT = 4_096


class StateWorker(Worker):
    what = "asking what became of messages"

    def __init__(self, db: Database, able: Able, rules_of: Callable[[str], Rules]) -> None:
        super().__init__()
        self.db = db
        self.able = able
        self.rules_of = rules_of
        self._again: dict[int, int] = {}  # message -> when it is asked about again

    async def step(self) -> float:
        telling = {id: one for id, one in self.able().items() if can(one.connector, AsksStates)}
        for id, inbox in telling.items():
            if id not in self._flying and (rows := await self._due(id, inbox.connector)):
                self.fly(id, self._ask(rows, inbox))
        return LOOK_S if telling else IDLE_S

    async def _due(self, inbox: int, connector: object) -> list[Row]:
        assert isinstance(connector, AsksStates)
        now = self.db.now()
        soonest, latest = connector.asks_states()
        self._again = {n: at for n, at in self._again.items() if at > now - SELDOMEST_MS}
        resting = [n for n, at in self._again.items() if at > now]
        return await self.db.read(
            partial(
                awaited.sent,
                inbox=inbox,
                since=now - int(latest * 1000),
                until=now - int(soonest * 1000),
                without=resting,
                limit=AT_ONCE,
            )
        )

    async def _ask(self, rows: list[Row], inbox: Wanted) -> None:
        connector, now = inbox.connector, self.db.now()
        assert isinstance(connector, AsksStates)
        for row in rows:
            # Twice as long after it was sent as now, so that the first answer is soon and nobody is asked for ever.
            wait = min(max(now - row["sent_at"], int(LOOK_S * 1000)), SELDOMEST_MS)
            self._again[row["n"]] = now + wait
        while len(self._again) > KEPT:
            del self._again[next(iter(self._again))]
        sent = [Sent(row["client_ref"], tuple(row["ids"].split("\n")), row["sent_at"]) for row in rows]
        try:
            async with asyncio.timeout(ASK_S):
                told = await connector.states(sent)
        except (ConnectorError, TimeoutError) as error:
            log.debug("inbox %s: %s", inbox.row.name, words_for(error))
            await self.db.write(lambda tx: tallies.count(tx, inbox.row.id, tallies.ERROR))
            return
        if told:
            facts = [Prepared(arrived(one, self.db.now())) for one in told]
            rules = self.rules_of(inbox.row.group_name)
            await self.db.write(lambda tx: ingest(tx, inbox.row.id, facts, rules, cause="asked"))
