"""One task per inbox that pulls: asks the connector for batches, makes each durable before asking for the next."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from unibox_tui.connectors.contract import Batch, Item, PullsEvents
from unibox_tui.connectors.errors import ConnectorError, CredentialsRejected, CursorExpired, Misconfigured, Transient
from unibox_tui.store import cursors, inboxes, raw_events
from unibox_tui.store.database import Database, Tx
from unibox_tui.store.inboxes import InboxRow
from unibox_tui.sync.backoff import delay_s
from unibox_tui.sync.ingest import Ingest, Outcome, Prepared, PutMedia, Rules, prepare

log = logging.getLogger(__name__)

BROKEN_RETRY_S = 600.0
HEALTHY_AFTER_S = 60.0


class Puller:
    def __init__(
        self,
        db: Database,
        inbox: InboxRow,
        connector: PullsEvents,
        rules: Rules,
        put_media: PutMedia,
        fence: int,
        *,
        broken: Callable[[int, ConnectorError], Awaitable[None]],
        well: Callable[[int], Awaitable[None]],
    ) -> None:
        self.db = db
        self.inbox = inbox
        self.connector = connector
        self.rules = rules
        self.put_media = put_media
        self.fence = fence
        self.broken = broken
        self.well = well

    async def run(self) -> None:
        """Until cancelled; errors of the connector are shown in health and waited out."""
        failures = 0
        while True:
            started = asyncio.get_running_loop().time()
            places = await self.db.read(lambda db: cursors.of_inbox(db, self.inbox.id))
            try:
                first = True
                async for batch in self.connector.pull(places):
                    if first:
                        first = False
                        await self.well(self.inbox.id)
                    await self.take(batch)
                return
            except CursorExpired as error:
                await self._error(error)
                await self.db.write(lambda tx: cursors.forget(tx, self.inbox.id))
                wait = delay_s(1)
            except (CredentialsRejected, Misconfigured) as error:
                await self.broken(self.inbox.id, error)
                failures += 1
                wait = BROKEN_RETRY_S
            except Transient as error:
                if asyncio.get_running_loop().time() - started > HEALTHY_AFTER_S:
                    failures = 0
                failures += 1
                await self._error(error)
                wait = delay_s(failures, error.retry_after)
            except ConnectorError as error:
                failures += 1
                await self._error(error)
                wait = delay_s(failures)
            await asyncio.sleep(wait)

    async def take(self, batch: Batch) -> list[Outcome]:
        """Make one batch durable together with its cursor."""
        ready = await asyncio.to_thread(self._prepare, batch)

        def write(tx: Tx) -> list[Outcome]:
            outcomes = self._ingest(tx, ready, batch)
            if batch.cursor is not None:
                cursors.put(tx, self.inbox.id, batch.stream, batch.cursor, self.fence)
            self._health(tx, batch, outcomes)
            return outcomes

        return await self.db.write(write)

    def _prepare(self, batch: Batch) -> list[tuple[Item, list[Prepared]]]:
        ready: list[tuple[Item, list[Prepared]]] = []
        for item in batch.items:
            try:
                ready.append((item, [prepare(event, self.inbox, self.rules, self.put_media) for event in item.events]))
            except OSError:
                raise  # a full disk is not the message's fault: nothing is acknowledged, the batch comes again
            except Exception as error:
                log.error("a message of inbox %s could not be read: %s", self.inbox.name, type(error).__name__)
                ready.append(
                    (Item(raw=item.raw, place=item.place, error=f"reading it failed: {type(error).__name__}"), [])
                )
        return ready

    def _ingest(self, tx: Tx, ready: list[tuple[Item, list[Prepared]]], batch: Batch) -> list[Outcome]:
        outcomes: list[Outcome] = []
        work = Ingest(tx, inboxes.by_id(tx.db, self.inbox.id), self.rules, batch.inert, "pull")
        for item, facts in ready:
            if item.error:
                outcomes.append(self._quarantine(tx, item, item.error))
                continue
            tx.run("SAVEPOINT item")
            try:
                outcomes.extend([work.apply(fact) for fact in facts])
            except Exception as error:
                tx.run("ROLLBACK TO item")
                log.error("a message of inbox %s could not be stored: %s", self.inbox.name, type(error).__name__)
                outcomes.append(self._quarantine(tx, item, f"storing it failed: {type(error).__name__}"))
            tx.run("RELEASE item")
        work.finish()
        return outcomes

    def _quarantine(self, tx: Tx, item: Item, error: str) -> Outcome:
        if item.place and raw_events.is_quarantined_at(tx.db, self.inbox.id, item.place):
            return Outcome("ignored")
        raw_events.save(
            tx, self.inbox.id, "pull", {}, item.raw or b"", place=item.place, state="quarantined", error=error
        )
        return Outcome("quarantined")

    def _health(self, tx: Tx, batch: Batch, outcomes: list[Outcome]) -> None:
        fields: dict[str, object] = {
            "last_check_at": tx.now,
            "last_ok_at": tx.now,
            "error": None,
            "hint": None,
            "error_since": None,
        }
        if batch.phase:
            fields["phase"] = batch.phase
        fields["progress_done"], fields["progress_total"] = batch.progress or (None, None)
        if not batch.inert and any(outcome.what == "new" for outcome in outcomes):
            fields["last_inbound_at"] = tx.now
        inboxes.health(tx, self.inbox.id, quiet=not (batch.phase or batch.progress or outcomes), **fields)

    async def _error(self, error: ConnectorError) -> None:
        await self.db.write(lambda tx: inboxes.failed(tx, self.inbox.id, error.message, error.hint))
