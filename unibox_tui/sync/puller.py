"""One task per inbox that pulls: asks the connector for batches, makes each durable before asking for the next."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable

from unibox_tui.connectors.contract import CAUGHT_UP, OUTAGE, Batch, Cursor, Item, PullsEvents
from unibox_tui.connectors.errors import ConnectorError, CredentialsRejected, CursorExpired, Misconfigured, Transient
from unibox_tui.domain.errors import UniboxError
from unibox_tui.domain.inbound import MessageReceived
from unibox_tui.domain.joining import DAY
from unibox_tui.store import cursors, inboxes, outages, raw_events
from unibox_tui.store.database import Database, Tx
from unibox_tui.store.inboxes import InboxRow
from unibox_tui.store.trouble import passes, words_for
from unibox_tui.sync import echoes
from unibox_tui.sync.backoff import delay_s
from unibox_tui.sync.facts import Outcome, Prepared, PutMedia, Rules, arrived, prepare
from unibox_tui.sync.gaps import ASK_WITHIN_MS
from unibox_tui.sync.ingest import Ingest
from unibox_tui.sync.patience import Patience

log = logging.getLogger(__name__)

BROKEN_RETRY_S = 600.0
HEALTHY_AFTER_S = 60.0
WAIT_S = 0.2
GATE_S = 10.0


class Puller:
    """`rules` is asked for each batch, so that a changed configuration counts at once."""

    def __init__(
        self,
        db: Database,
        inbox: InboxRow,
        connector: PullsEvents,
        rules: Callable[[], Rules],
        put_media: PutMedia,
        fence: int,
        *,
        broken: Callable[[int, ConnectorError], Awaitable[None]],
        well: Callable[[int], Awaitable[None]],
        gate: asyncio.Semaphore | None = None,
        wait_s: float = 0.0,
    ) -> None:
        self.db = db
        self.inbox = inbox
        self.connector = connector
        self.rules = rules
        self.put_media = put_media
        self.fence = fence
        self.broken = broken
        self.well = well
        self.gate = gate or asyncio.Semaphore()
        self.wait_s = wait_s
        self.caught_up = False  # once all there was has been taken
        self.in_trouble = False
        self._asking: int | None = None  # the beginning of the outage that is being asked for
        self._filled: int | None = None  # and of the one that has been
        self._failures = 0
        self._patience = Patience(f"inbox {inbox.name}")
        self._mended = asyncio.Event()

    def again(self) -> None:
        """A person says that what was wrong is mended: what is waited for now is over."""
        self._mended.set()

    async def run(self) -> None:
        """Until cancelled. Errors of the connector are shown in health and waited out, trouble of the machine too. Begins
        `wait_s` late; through the `gate` only so many inboxes begin at once."""
        await asyncio.sleep(self.wait_s)
        while True:
            started = asyncio.get_running_loop().time()
            self._mended.clear()
            try:
                wait = await self._pull()
            except (UniboxError, OSError) as error:
                if not passes(error):
                    raise
                self.in_trouble = True
                wait = self._patience.wait_s(error)
                await self._tell_if_possible(error)
            except Exception as error:
                # A hole in the connector: this inbox tries again, the others go on.
                self._failures += 1
                self.in_trouble = True
                log.error("the connector of inbox %s failed: %s", self.inbox.name, words_for(error))
                wait = delay_s(self._failures)
                await self._tell_if_possible(error)
            if asyncio.get_running_loop().time() - started > HEALTHY_AFTER_S:
                self._failures = 0
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._mended.wait(), wait)

    async def _pull(self) -> float:
        """Take what comes until the stream ends; returns the seconds to wait before the next."""
        places = await self.db.read(self._places)
        turn = _Turn(self.gate)
        try:
            await turn.begin()
            async with _closing(self.connector.pull(places)) as batches:
                first = True
                async for batch in batches:
                    turn.end()
                    if first:
                        first = False
                        await self.well(self.inbox.id)
                    await self.take(batch)
                    self._patience.over()
            return delay_s(1)
        except CursorExpired as error:
            await self._error(error.message, error.hint)
            await self.db.write(lambda tx: cursors.forget(tx, self.inbox.id))
            return delay_s(1)
        except (CredentialsRejected, Misconfigured) as error:
            self.in_trouble = True
            await self.broken(self.inbox.id, error)
            self._failures += 1
            return BROKEN_RETRY_S
        except ConnectorError as error:
            self.in_trouble = True
            self._failures += 1
            await self._error(error.message, error.hint)
            return delay_s(self._failures, error.retry_after if isinstance(error, Transient) else None)
        finally:
            turn.end()

    def _places(self, db: sqlite3.Connection) -> dict[str, Cursor]:
        """The cursors, and the outage whose events are still to be asked for."""
        places: dict[str, Cursor] = dict(cursors.of_inbox(db, self.inbox.id))
        outage = outages.latest(db, self.inbox.id)
        since = inboxes.broken_since(db, self.inbox.id)
        now = self.db.now()
        if since is not None:
            places[OUTAGE] = {"from": since, "to": now}
        elif outage is not None and outage["from_at"] != self._filled and outage["to_at"] > now - ASK_WITHIN_MS:
            places[OUTAGE] = {"from": outage["from_at"], "to": outage["to_at"]}
        self._asking = places[OUTAGE]["from"] if OUTAGE in places else None
        return places

    async def take(self, batch: Batch) -> list[Outcome]:
        """Make one batch durable together with its cursor."""
        rules = self.rules()
        ready = await asyncio.to_thread(self._prepare, batch, rules)
        while not batch.inert and await self.db.read(lambda db: self._must_wait(db, ready)):  # noqa: ASYNC110 - its outcome is written by anybody
            await asyncio.sleep(WAIT_S)

        def write(tx: Tx) -> list[Outcome]:
            outcomes = self._ingest(tx, ready, batch, rules)
            if batch.cursor is not None:
                cursors.put(tx, self.inbox.id, batch.stream, batch.cursor, self.fence)
            self._health(tx, batch, outcomes)
            return outcomes

        outcomes = await self.db.write(write)
        if batch.phase in CAUGHT_UP:
            self.caught_up = True
            self._filled = self._asking or self._filled
        self.in_trouble = False
        return outcomes

    def _must_wait(self, db: sqlite3.Connection, ready: list[tuple[Item, list[Prepared]]]) -> bool:
        facts = [fact.event for _, some in ready for fact in some]
        return echoes.must_wait(db, inboxes.by_id(db, self.inbox.id), facts, self.db.now())

    def _prepare(self, batch: Batch, rules: Rules) -> list[tuple[Item, list[Prepared]]]:
        ready: list[tuple[Item, list[Prepared]]] = []
        for item in batch.items:
            try:
                ready.append(
                    (
                        item,
                        [
                            prepare(arrived(event, self.db.now()), self.inbox, rules, self.put_media)
                            for event in item.events
                        ],
                    )
                )
            except OSError:
                raise  # a full disk is not the message's fault: nothing is acknowledged, the batch comes again
            except Exception as error:
                log.error("a message of inbox %s could not be read: %s", self.inbox.name, words_for(error))
                ready.append(
                    (Item(raw=item.raw, place=item.place, error=f"reading it failed: {type(error).__name__}"), [])
                )
        return ready

    def _ingest(self, tx: Tx, ready: list[tuple[Item, list[Prepared]]], batch: Batch, rules: Rules) -> list[Outcome]:
        outcomes: list[Outcome] = []
        work = Ingest(tx, inboxes.by_id(tx.db, self.inbox.id), rules, batch.inert, "pull")
        for item, facts in ready:
            if item.error:
                outcomes.append(self._quarantine(tx, item, item.error))
                continue
            mark = work.mark()
            tx.run("SAVEPOINT item")
            try:
                for fact in facts:
                    work.inert = batch.inert and not self._is_news(fact)
                    outcomes.append(work.apply(fact))
            except Exception as error:
                if tx.broken_by(error):
                    raise
                tx.run("ROLLBACK TO item")
                work.back_to(mark)
                log.error("a message of inbox %s could not be stored: %s", self.inbox.name, words_for(error))
                outcomes.append(self._quarantine(tx, item, f"storing it failed: {type(error).__name__}"))
            tx.run("RELEASE item")
        work.finish()
        return outcomes

    def _is_news(self, fact: Prepared) -> bool:
        """What came after the inbox was made is news, also when the first look finds it among the history."""
        event = fact.event
        begun = self.inbox.created_at // 1000 * 1000  # many tell whole seconds
        return isinstance(event, MessageReceived) and begun <= event.sent_at <= self.db.now() + DAY

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

    async def _error(self, message: str, hint: str) -> None:
        await self.db.write(lambda tx: inboxes.failed(tx, self.inbox.id, message, hint))

    async def _tell_if_possible(self, error: Exception) -> None:
        """Health says what is wrong, unless it is the store itself that cannot be written; the log has said it already."""
        with contextlib.suppress(UniboxError, OSError):
            if isinstance(error, OSError):
                await self._error(f"Nothing can be kept: {words_for(error)}", "Make room on the disk of the store.")
            elif isinstance(error, UniboxError):
                await self._error(error.message, error.hint)
            else:
                await self._error(f"The connector failed: {type(error).__name__}.", "The service's log says where.")


class _Turn:
    """A place in the gate, held until the first batch, and not longer than GATE_S: one that hangs holds up no other."""

    def __init__(self, gate: asyncio.Semaphore) -> None:
        self._gate = gate
        self._held = False
        self._timer: asyncio.TimerHandle | None = None

    async def begin(self) -> None:
        await self._gate.acquire()
        self._held = True
        self._timer = asyncio.get_running_loop().call_later(GATE_S, self.end)

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._held:
            self._held = False
            self._gate.release()


@contextlib.asynccontextmanager
async def _closing(batches: AsyncIterator[Batch]) -> AsyncIterator[AsyncIterator[Batch]]:
    """Ends the connector's work now, not when the generator happens to be collected."""
    try:
        yield batches
    finally:
        close = getattr(batches, "aclose", None)
        if close is not None:
            await close()
