"""Reactions of ours on their way to the provider. Each may be sent any number of times, so what is not sure is sent again."""

from __future__ import annotations

import asyncio
import logging

from unibox_tui.connectors.contract import Reacts
from unibox_tui.connectors.errors import (
    ConnectorError,
    CredentialsRejected,
    Misconfigured,
    OutcomeUnknown,
    Transient,
)
from unibox_tui.locale import N_
from unibox_tui.store import reactions_owed, tallies
from unibox_tui.store.database import Database, Row, Tx
from unibox_tui.store.trouble import words_for
from unibox_tui.sync.backoff import delay_s
from unibox_tui.sync.wanted import Able, Broken, Wanted
from unibox_tui.sync.worker import Worker

log = logging.getLogger(__name__)

REACT_S = 30.0
MAX_TRIES = 12
ALL = 8
IDLE_S = 30.0


class ReactionWorker(Worker):
    what = "reacting"

    def __init__(self, db: Database, able: Able, broken: Broken) -> None:
        super().__init__()
        self.db = db
        self.able = able
        self.broken = broken

    async def step(self) -> float:
        now = self.db.now()
        able = self.able()
        rows = await self.db.read(lambda db: reactions_owed.due(db, now, 100))
        for row in rows:
            if row["inbox_id"] in able and row["n"] not in self._flying and len(self._flying) < ALL:
                self.fly(row["n"], self._react(row, able[row["inbox_id"]]))
        return 2.0 if rows else IDLE_S

    async def _react(self, row: Row, inbox: Wanted) -> None:
        connector = inbox.connector
        if not isinstance(connector, Reacts) or row["address"] is None or row["provider_id"] is None:
            await self._fail(row, N_("This channel takes no reaction to this message."))
            return
        try:
            async with asyncio.timeout(REACT_S):
                await connector.react(row["address"], row["provider_id"], row["emoji"])
        except (CredentialsRejected, Misconfigured) as error:
            await self._later(row, error.message, 60.0)
            await self.broken(row["inbox_id"], error)
        except Transient as error:
            await self._later(row, error.message, error.retry_after)
        except (OutcomeUnknown, TimeoutError):
            await self._later(row, N_("No answer came in time."))
        except ConnectorError as error:
            await self._fail(row, error.message)
        except OSError:
            raise
        except Exception as error:
            log.error("the connector of inbox %s failed at a reaction: %s", inbox.row.name, words_for(error))
            await self._later(row, N_("The connector failed while sending."))
        else:
            await self.db.write(lambda tx: reactions_owed.done(tx, row))

    async def _later(self, row: Row, reason: str, retry_after: float | None = None) -> None:
        if row["tries"] + 1 >= MAX_TRIES:
            await self._fail(row, reason)
            return
        at = self.db.now() + int(delay_s(row["tries"] + 1, retry_after) * 1000)

        def write(tx: Tx) -> None:
            reactions_owed.later(tx, row, at, reason)
            tallies.count(tx, row["inbox_id"], tallies.ERROR)

        await self.db.write(write)

    async def _fail(self, row: Row, reason: str) -> None:
        def write(tx: Tx) -> None:
            reactions_owed.fail(tx, row, reason)
            tallies.count(tx, row["inbox_id"], tallies.ERROR)

        await self.db.write(write)
