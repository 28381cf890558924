"""All channels at once: one puller per inbox, the raw events' worker, the sender. Inboxes come and go while it runs."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import random
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from unibox_tui.connectors.contract import Connector, Consents, ParsesRaw, PullsEvents
from unibox_tui.connectors.errors import ConnectorError, CredentialsRejected
from unibox_tui.domain.errors import UniboxError
from unibox_tui.domain.words import InboxState
from unibox_tui.store import inboxes, outages
from unibox_tui.store.database import Database, Tx
from unibox_tui.store.inboxes import InboxRow
from unibox_tui.store.trouble import passes, words_for
from unibox_tui.sync import gaps
from unibox_tui.sync.asking_states import StateWorker
from unibox_tui.sync.deletions import Deletions
from unibox_tui.sync.facts import PutMedia
from unibox_tui.sync.media import MediaWorker
from unibox_tui.sync.mirror import MirrorWorker
from unibox_tui.sync.profiles import ProfileWorker
from unibox_tui.sync.puller import BROKEN_RETRY_S, Puller
from unibox_tui.sync.quotas import QuotaWorker
from unibox_tui.sync.raw import RawEvents, RulesOf
from unibox_tui.sync.reactions import ReactionWorker
from unibox_tui.sync.rhythm import Rhythm
from unibox_tui.sync.rounds import Rounds
from unibox_tui.sync.sender import ReadMedia, Sender
from unibox_tui.sync.signals import SignalWorker
from unibox_tui.sync.tagging import TagWorker
from unibox_tui.sync.wanted import Wanted as Wanted
from unibox_tui.sync.worker import Worker

log = logging.getLogger(__name__)

CLOSE_WITHIN_S = 2.5
REVIVE_LOOK_S = 15.0
BEGIN_AT_ONCE = 16  # inboxes that may begin to pull at the same time
SPREAD_S = 0.01  # over which the pullers of many inboxes begin, for each


class Engine:
    """Holds the running parts. `use` says which inboxes there are now; `ring` what changed in the store."""

    def __init__(
        self,
        db: Database,
        fence: int,
        rules_of: RulesOf,
        put_media: PutMedia,
        read_media: ReadMedia,
        remove_media: Callable[[str], bool] | None = None,
    ) -> None:
        self.db = db
        self.fence = fence
        self.rules_of = rules_of
        self.put_media = put_media
        self.connectors: dict[int, Connector] = {}
        self._pulling: dict[int, asyncio.Task[None]] = {}
        self._pullers: dict[int, Puller] = {}
        self._changing = asyncio.Lock()
        self._broken_at: dict[int, float] = {}
        self._wanted: dict[int, Wanted] = {}
        self._states: dict[int, InboxState] = {}
        self._gate = asyncio.Semaphore(BEGIN_AT_ONCE)
        self._begun = False
        self.media = MediaWorker(db, self.able, put_media, remove_media, self._broken)
        self.profiles = ProfileWorker(db, self.able, rules_of, self._broken)
        self.reactions = ReactionWorker(db, self.able, self._broken)
        self.signals = SignalWorker(db, self.able)
        self.rounds = Rounds(db, self._not_paused, self._broken, self._well)
        self.rhythm = Rhythm(db)
        self.quotas = QuotaWorker(db, self.able)
        self.asking = StateWorker(db, self.able, rules_of)
        self.mirrors = MirrorWorker(db, self.able, self._broken)
        self.tags = TagWorker(db, self.able, rules_of, self._broken)
        self.deletions = Deletions(db, lambda: self._wanted)
        self.sender = Sender(db, self.connectors, read_media, fence, broken=self._broken)
        self.raw = RawEvents(db, self.parser_of, rules_of, put_media)

    def parser_of(self, inbox_id: int) -> ParsesRaw | None:
        connector = self.connectors.get(inbox_id)
        return connector if isinstance(connector, ParsesRaw) else None

    def able(self) -> Mapping[int, Wanted]:
        """Those that are on."""
        return {id: one for id, one in self._wanted.items() if self._states.get(id) is InboxState.ON}

    def _not_paused(self) -> Mapping[int, Wanted]:
        return {id: one for id, one in self._wanted.items() if self._states.get(id) is not InboxState.PAUSED}

    @property
    def _workers(self) -> tuple[Worker, ...]:
        return (
            self.media,
            self.profiles,
            self.reactions,
            self.signals,
            self.rounds,
            self.rhythm,
            self.quotas,
            self.asking,
            self.mirrors,
            self.deletions,
            self.tags,
        )

    async def run(self) -> None:
        """Until cancelled; then every connector is closed."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.sender.run(), name="sender")
                group.create_task(self.raw.run(), name="raw events")
                group.create_task(self._revive(), name="broken inboxes")
                for worker in self._workers:
                    group.create_task(worker.run(), name=worker.what)
        finally:
            await self.use({})

    def ring(self, kinds: Mapping[str, object] | None = None) -> None:
        """These kinds of rows changed; None: anything may have."""
        if kinds is None or "outbox" in kinds:
            self.sender.ring()
        if kinds is None or "raw" in kinds or "outbox" in kinds:
            self.raw.ring()
        if kinds is None or "conversation" in kinds:
            self.media.ring()
            self.mirrors.ring()
        if kinds is None or "contact" in kinds:
            self.profiles.ring()
        if kinds is None or "contact" in kinds or "conversation" in kinds:
            self.tags.ring()
        if kinds is None or "reaction" in kinds:
            self.reactions.ring()
        if kinds is None or "quarantine" in kinds:
            self.deletions.ring()

    async def use(self, wanted: Mapping[int, Wanted]) -> None:
        """Run exactly these. One whose connector is the same goes on untouched; another takes its place in one step, so
        that nothing posted meanwhile finds no reader."""
        async with self._changing:
            over = [id for id, old in self.connectors.items() if id not in wanted or wanted[id].connector is not old]
            await self._stop(over)
            left = [self.connectors[id] for id in over]
            for id in over:
                if id not in wanted:
                    del self.connectors[id]
            self.connectors.update({id: inbox.connector for id, inbox in wanted.items()})
            self._wanted = dict(wanted)
            self._states = {id: inbox.row.state for id, inbox in wanted.items()}
            if wanted and not self._begun:
                self._begun = True
                await self.db.write(self._look_back)
            for inbox in wanted.values():
                await self._pull_if_on(inbox.row)
            await _within(CLOSE_WITHIN_S, [_close(connector) for connector in left])
        self.ring()
        for worker in self._workers:
            worker.ring()

    def _look_back(self, tx: Tx) -> None:
        """For how long nobody has listened."""
        since = outages.last_alive(tx.db)
        if since is not None:
            gaps.noticed(tx, self._wanted.values(), since)
        outages.alive(tx)

    async def states_changed(self) -> None:
        """Somebody paused or resumed an inbox, or mended a broken one."""
        async with self._changing:
            for row in await self.db.read(inboxes.all_inboxes):
                if row.id in self.connectors:
                    before, self._states[row.id] = self._states.get(row.id), row.state
                    await self._pull_if_on(row)
                    if before is InboxState.BROKEN and row.state is InboxState.ON and row.id in self._pulling:
                        self._pullers[row.id].again()
        self.ring()

    async def _pull_if_on(self, row: InboxRow) -> None:
        pulls = self.connectors[row.id]
        running = row.id in self._pulling and not self._pulling[row.id].done()
        if row.state is InboxState.PAUSED or not isinstance(pulls, PullsEvents):
            if running:
                await self._stop([row.id])
        elif not running:
            puller = Puller(
                self.db,
                row,
                pulls,
                functools.partial(self.rules_of, row.group_name),
                self.put_media,
                self.fence,
                broken=self._broken,
                well=self._well,
                gate=self._gate,
                wait_s=random.uniform(0, SPREAD_S * len(self.connectors)),  # noqa: S311 - jitter, not a secret
            )
            task = asyncio.create_task(puller.run(), name=f"pull {row.name}")
            task.add_done_callback(self._ended)
            self._pulling[row.id], self._pullers[row.id] = task, puller

    @property
    def caught_up(self) -> bool:
        """Every inbox that pulls has taken all there was, or cannot."""
        return all(puller.caught_up or puller.in_trouble for puller in self._running)

    @property
    def in_trouble(self) -> list[str]:
        """Names of the inboxes that cannot pull now."""
        return sorted(puller.inbox.name for puller in self._running if puller.in_trouble)

    @property
    def _running(self) -> list[Puller]:
        return [self._pullers[id] for id in self._pulling]

    async def _stop(self, ids: Iterable[int]) -> None:
        tasks = [task for id in ids if (task := self._pulling.pop(id, None)) is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_WITHIN_S)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("%s ended: %s", task.get_name(), words_for(error))

    # -- inboxes that need a person -----------------------------------------------------------------------------------

    async def _broken(self, inbox_id: int, error: ConnectorError) -> None:
        """The inbox needs a person; the others go on."""

        def write(tx: Tx) -> None:
            row = inboxes.by_id(tx.db, inbox_id)
            consents = isinstance(error, CredentialsRejected) and isinstance(self.connectors.get(inbox_id), Consents)
            mend = f"`unibox inbox reconnect {row.name}` mends it." if consents else ""
            inboxes.failed(tx, inbox_id, error.message, mend or error.hint)
            if row.state is InboxState.ON:
                inboxes.set_state(tx, inbox_id, InboxState.BROKEN)

        self._broken_at[inbox_id] = asyncio.get_running_loop().time()
        if self._states.get(inbox_id) is InboxState.ON:
            self._states[inbox_id] = InboxState.BROKEN
        await self.db.write(write)

    async def _well(self, inbox_id: int) -> None:
        """It answers again. What was missed meanwhile is asked for, and its events are asked to be sent to us anew."""
        self._broken_at.pop(inbox_id, None)
        if self._states.get(inbox_id, InboxState.BROKEN) is not InboxState.BROKEN:
            return

        def write(tx: Tx) -> None:
            if inboxes.by_id(tx.db, inbox_id).state is not InboxState.BROKEN:
                return
            since = inboxes.broken_since(tx.db, inbox_id)
            if since is not None and inbox_id in self._wanted:
                gaps.noticed(tx, [self._wanted[inbox_id]], since)
            inboxes.set_state(tx, inbox_id, InboxState.ON)

        await self.db.write(write)
        self._states[inbox_id] = InboxState.ON
        self.rounds.again(inbox_id)

    async def _revive(self) -> None:
        """A refusal may have been mended where nothing tells us: what is broken is tried again now and then."""
        while True:
            await asyncio.sleep(REVIVE_LOOK_S)
            before = asyncio.get_running_loop().time() - BROKEN_RETRY_S
            for id in [id for id, since in self._broken_at.items() if since < before]:
                try:
                    await self._well(id)
                except (UniboxError, OSError) as error:
                    if not passes(error):
                        raise


async def _close(connector: Connector) -> None:
    with contextlib.suppress(ConnectorError, OSError):
        await connector.aclose()


async def _within(seconds: float, work: list[Any]) -> None:
    """All of it at once; what takes longer is given up."""
    tasks = [asyncio.ensure_future(one) for one in work]
    if tasks:
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            task.cancel()
