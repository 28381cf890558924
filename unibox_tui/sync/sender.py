"""The outbox's way out. Serial per destination, decided again before it leaves, no transaction open while it travels.

Outcomes of one attempt: sent; retry (certainly not sent); failed (never will be); unknown (the bytes left and no answer
came). An unknown one is looked up, never sent again by itself unless the channel is idempotent.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import logging
from collections.abc import Awaitable, Callable, Mapping

from unibox_tui.connectors.contract import Connector, PullsEvents, Reconciles, SendFile, SendRequest, SendResult
from unibox_tui.connectors.errors import (
    ConnectorError,
    CredentialsRejected,
    Misconfigured,
    OutcomeUnknown,
    SendRejected,
    Transient,
)
from unibox_tui.domain.errors import UniboxError
from unibox_tui.domain.saying import say, sentence
from unibox_tui.domain.words import DeliveryState
from unibox_tui.locale import N_
from unibox_tui.store import conversations, events, inboxes, messages, outbox, standings, tallies
from unibox_tui.store.database import Database, Row, Tx
from unibox_tui.store.trouble import passes, words_for
from unibox_tui.sync import echoes
from unibox_tui.sync.backoff import delay_s
from unibox_tui.sync.leaving import leave, redecide, refusal_words, told
from unibox_tui.sync.worker import Worker

log = logging.getLogger(__name__)

CLAIM_MS = 60_000  # from the claim to the first byte
NETWORK_S = 120.0  # one attempt, all told
MAX_ATTEMPTS = 12
PER_INBOX = 4
LAND_S = 1.0
LOOK_UP_CAP_S = 600.0
ReadMedia = Callable[[str], bytes]


class Sender(Worker):
    """`connectors`: inbox id -> connector, kept up to date by the engine. `broken`: told when credentials are refused."""

    what = "sending"

    def __init__(
        self,
        db: Database,
        connectors: Mapping[int, Connector],
        read_media: ReadMedia,
        fence: int,
        *,
        broken: Callable[[int, ConnectorError], Awaitable[None]],
        claim_ms: int = CLAIM_MS,
        network_s: float = NETWORK_S,
    ) -> None:
        super().__init__()
        self.db = db
        self.connectors = connectors
        self.read_media = read_media
        self.fence = fence
        self.broken = broken
        self.claim_ms = claim_ms
        self.network_s = network_s
        self._inbox_of: dict[str, int] = {}
        self._looking: dict[str, asyncio.Task[None]] = {}
        self._reconcile_at: dict[str, tuple[float, int]] = {}

    async def _land(self) -> None:
        """Attempts under way are waited for at most a second; what then is not known is `unknown`."""
        flying, looking = dict(self._flying), list(self._looking.values())
        if flying:
            await asyncio.wait(flying.values(), timeout=LAND_S)
        tasks = [*flying.values(), *looking]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=LAND_S)
        for id in flying:
            row = await self.db.read(functools.partial(outbox.get, id=str(id)))
            if row["fence"] == self.fence:
                with contextlib.suppress(UniboxError):
                    await self.db.write(functools.partial(self._take_over, row))

    async def step(self) -> float:
        """Start what is due, look after what was left behind; returns the seconds until the next look."""
        now = self.db.now()
        await self._recover()
        for item in await self.db.read(lambda db: outbox.due(db, now)):
            if item["id"] in self._flying or item["inbox_id"] not in self.connectors:
                continue
            if sum(1 for inbox in self._inbox_of.values() if inbox == item["inbox_id"]) >= PER_INBOX:
                continue
            self._inbox_of[item["id"]] = item["inbox_id"]
            self.fly(item["id"], self._attempt(item["id"]))
        next_at = await self.db.read(outbox.next_due_at)
        wait = 2.0 if next_at is None else max(min((next_at - self.db.now()) / 1000, 2.0), 0.02)
        return min(wait, 0.5) if self._flying else wait

    def _landed(self, key: object, task: asyncio.Task[None]) -> None:
        self._inbox_of.pop(str(key), None)
        super()._landed(key, task)

    async def _write_down(self, fn: Callable[[Tx], object]) -> None:
        """What is known is not given up for a full disk: an outcome that is forgotten becomes `unknown`."""
        while True:
            try:
                await self.db.write(fn)
                return
            except (UniboxError, OSError) as error:
                if not passes(error):
                    raise
                await asyncio.sleep(self._patience.wait_s(error))

    # -- one attempt -----------------------------------------------------------------------------------------------

    async def _attempt(self, id: str) -> None:
        claimed = await self.db.write(lambda tx: self._claim(tx, id))
        if claimed is None:
            return
        connector = self.connectors.get(claimed["inbox_id"])
        if connector is None:
            await self._settle(id, DeliveryState.QUEUED, retry_at=self.db.now() + 5_000)
            return
        request = self._request(claimed)
        try:
            async with asyncio.timeout(self.network_s):
                result = await connector.send(request)
        except TimeoutError:
            await self._lost(id, "No answer came in time.")
        except OutcomeUnknown as error:
            await self._settle(id, DeliveryState.UNKNOWN, reason=error.message)
        except SendRejected as error:
            await self._settle(id, DeliveryState.FAILED, reason=error.message)
        except (CredentialsRejected, Misconfigured) as error:
            await self._settle(id, DeliveryState.QUEUED, reason=error.message, retry_at=self.db.now() + 60_000)
            await self.broken(claimed["inbox_id"], error)
        except Transient as error:
            await self._retry(claimed, error)
        except Exception as error:
            log.error("the connector of inbox %s failed while sending: %s", claimed["inbox_id"], words_for(error))
            await self._lost(id, "The connector failed while sending.")
        else:
            await self._sent(claimed, result)

    def _claim(self, tx: Tx, id: str) -> Row | None:
        row = outbox.claim(tx, id, self.fence, tx.now + self.claim_ms)
        if row is None:
            return None
        verdict = redecide(tx, row)
        if not verdict.allowed:
            outbox.settle(tx, id, DeliveryState.FAILED, reason=refusal_words(verdict))
            self._after(tx, row, DeliveryState.FAILED, refusal_words(verdict))
            return None
        return leave(tx, row, verdict)

    def _request(self, row: Row) -> SendRequest:
        payload = json.loads(row["payload"])

        async def before_first_byte() -> None:
            if not await self.db.write(lambda tx: outbox.leaving(tx, row["id"], self.fence)):
                raise Transient("The deadline of this attempt has passed.")

        def reader(sha256: str) -> Callable[[], Awaitable[bytes]]:
            async def read() -> bytes:
                return await asyncio.to_thread(self.read_media, sha256)

            return read

        return SendRequest(
            client_ref=row["id"],
            destination=row["destination"],
            text=payload.get("text", ""),
            files=tuple(
                SendFile(file["name"], file["media_type"], file["size"], reader(file["sha256"]), file["sha256"])
                for file in payload.get("files", ())
            ),
            answers=payload.get("answers"),
            options=payload.get("options", {}),
            before_first_byte=before_first_byte,
        )

    async def _sent(self, row: Row, result: SendResult) -> None:
        def write(tx: Tx) -> None:
            if not outbox.settle(tx, row["id"], result.state, fence=self.fence):
                return
            if result.provider_id:
                echoes.adopt(tx, inboxes.by_id(tx.db, row["inbox_id"]).key_scope, result.provider_id, row["n"])
            if not isinstance(self.connectors.get(row["inbox_id"]), PullsEvents):
                standings.well(tx, row["inbox_id"])
            told(tx, row["n"], result.extra, at=result.at)
            self._after(tx, row, result.state, "")

        await self._write_down(write)

    async def _retry(self, row: Row, error: Transient) -> None:
        if row["attempts"] >= MAX_ATTEMPTS:
            await self._settle(
                row["id"],
                DeliveryState.FAILED,
                reason=say("{why} Tried {n} times.", why=sentence(error.message), n=row["attempts"]),
            )
            return
        at = self.db.now() + int(delay_s(row["attempts"], error.retry_after) * 1000)
        await self._settle(row["id"], DeliveryState.QUEUED, reason=error.message, retry_at=at)

    async def _lost(self, id: str, reason: str) -> None:
        """No word from the connector: unknown if the first byte may have left, else back to the queue."""

        def write(tx: Tx) -> None:
            row = outbox.get(tx.db, id)
            left = row["leaving_at"] is not None
            state = DeliveryState.UNKNOWN if left else DeliveryState.QUEUED
            retry = None if left else tx.now + int(delay_s(row["attempts"]) * 1000)
            if outbox.settle(tx, id, state, fence=self.fence, reason=reason, retry_at=retry):
                self._after(tx, row, state, reason)

        await self._write_down(write)

    async def _settle(
        self, id: str, state: DeliveryState, *, reason: str | None = None, retry_at: int | None = None
    ) -> None:
        def write(tx: Tx) -> None:
            if outbox.settle(tx, id, state, fence=self.fence, reason=reason, retry_at=retry_at):
                self._after(tx, outbox.get(tx.db, id), state, reason or "")

        await self._write_down(write)

    def _after(self, tx: Tx, row: Row, state: DeliveryState, reason: str) -> None:
        """The event and the conversation's derived columns that go with an outcome."""
        message = messages.get(tx.db, row["n"])
        if state in (DeliveryState.FAILED, DeliveryState.UNKNOWN) or reason:
            tallies.count(tx, row["inbox_id"], tallies.ERROR)
        events.record(
            tx,
            events.SYSTEM,
            f"message.{state}",
            conversation=message["conversation_id"],
            inbox=row["inbox_id"],
            message=row["n"],
            data={"reason": reason} if reason else {},
        )
        conversations.refresh(tx, message["conversation_id"])

    # -- what was left behind ----------------------------------------------------------------------------------------

    async def _recover(self) -> None:
        """Items of a dead holder, and unknown ones that can be looked up."""
        now = self.db.now()
        for row in await self.db.read(lambda db: outbox.stale_sending(db, self.fence, now)):
            if row["id"] in self._flying:
                continue
            over = row["leaving_at"] is None or now > (row["deadline"] or 0) + int(self.network_s * 1000)
            if row["fence"] < self.fence or over:
                await self.db.write(functools.partial(self._take_over, row))
        unknown = await self.db.read(outbox.unknown)
        for row in unknown:
            self._look_up_when_due(row)
        known = {row["id"] for row in unknown}
        self._reconcile_at = {id: when for id, when in self._reconcile_at.items() if id in known}

    def _take_over(self, row: Row, tx: Tx) -> None:
        left = row["leaving_at"] is not None
        state = DeliveryState.UNKNOWN if left else DeliveryState.QUEUED
        fresh = outbox.get(tx.db, row["id"])
        if fresh["state"] != "sending" or fresh["fence"] != row["fence"]:
            return
        reason = N_("unibox was stopped while sending.") if left else None
        outbox.settle(tx, row["id"], state, reason=reason)
        self._after(tx, row, state, reason or "")

    def _look_up_when_due(self, row: Row) -> None:
        """Each in a task of its own: a mailbox that answers slowly must not hold up what is to be sent."""
        now = asyncio.get_running_loop().time()
        due, tries = self._reconcile_at.get(row["id"], (0.0, 0))
        if row["inbox_id"] not in self.connectors or row["id"] in self._looking or now < due:
            return
        if sum(1 for task in self._looking.values() if task.get_name() == f"look up {row['inbox_id']}") >= PER_INBOX:
            return
        self._reconcile_at[row["id"]] = (now + delay_s(tries + 1, first=2.0, cap=LOOK_UP_CAP_S), tries + 1)
        task = asyncio.create_task(self._look_up(row), name=f"look up {row['inbox_id']}")
        self._looking[row["id"]] = task
        task.add_done_callback(functools.partial(self._looked_up, row["id"]))

    def _looked_up(self, id: str, task: asyncio.Task[None]) -> None:
        self._looking.pop(id, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("looking up a message of unknown fate ended badly: %s", words_for(error))

    async def _look_up(self, row: Row) -> None:
        """Reconcile one unknown outcome. Nothing but a find says anything: what is not there may still come."""
        connector = self.connectors.get(row["inbox_id"])
        if connector is None:
            return
        if connector.capabilities().idempotent:
            await self.db.write(lambda tx: outbox.retry(tx, row["id"]))
            return
        if not isinstance(connector, Reconciles):
            return
        try:
            async with asyncio.timeout(self.network_s):
                found = await connector.reconcile(self._request(row), row["leaving_at"] or row["updated_at"])
        except (ConnectorError, TimeoutError):
            return
        if found is not None:

            def write(tx: Tx) -> None:
                if outbox.get(tx.db, row["id"])["state"] == "unknown":
                    outbox.settle(tx, row["id"], found.state)
                    scope = inboxes.by_id(tx.db, row["inbox_id"]).key_scope
                    echoes.adopt(tx, scope, found.provider_id, row["n"])
                    self._after(tx, row, found.state, "")

            await self.db.write(write)
