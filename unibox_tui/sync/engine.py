"""All channels at once: one puller per inbox, the raw events' worker, the sender. Inboxes come and go while it runs."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from unibox_tui.connectors.contract import Connector, ParsesRaw, PullsEvents
from unibox_tui.connectors.errors import ConnectorError
from unibox_tui.domain.errors import UniboxError
from unibox_tui.domain.words import InboxState
from unibox_tui.store import inboxes
from unibox_tui.store.database import Database, Tx
from unibox_tui.store.inboxes import InboxRow
from unibox_tui.store.trouble import passes, words_for
from unibox_tui.sync.ingest import PutMedia
from unibox_tui.sync.puller import BROKEN_RETRY_S, Puller
from unibox_tui.sync.raw import RawEvents, RulesOf
from unibox_tui.sync.sender import ReadMedia, Sender

log = logging.getLogger(__name__)

CLOSE_WITHIN_S = 2.5
REVIVE_LOOK_S = 15.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """An inbox that should run: its row, the settings it was made from, and its connector."""

    row: InboxRow
    settings: Any
    connector: Connector


class Engine:
    """Holds the running parts. `use` says which inboxes there are now; `ring` what changed in the store."""

    def __init__(self, db: Database, fence: int, rules_of: RulesOf, put_media: PutMedia, read_media: ReadMedia) -> None:
        self.db = db
        self.fence = fence
        self.rules_of = rules_of
        self.put_media = put_media
        self.connectors: dict[int, Connector] = {}
        self._pulling: dict[int, asyncio.Task[None]] = {}
        self._pullers: dict[int, Puller] = {}
        self._changing = asyncio.Lock()
        self._broken_at: dict[int, float] = {}
        self.sender = Sender(db, self.connectors, read_media, fence, broken=self._broken)
        self.raw = RawEvents(db, self.parser_of, rules_of, put_media)

    def parser_of(self, inbox_id: int) -> ParsesRaw | None:
        connector = self.connectors.get(inbox_id)
        return connector if isinstance(connector, ParsesRaw) else None

    async def run(self) -> None:
        """Until cancelled; then every connector is closed."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.sender.run(), name="sender")
                group.create_task(self.raw.run(), name="raw events")
                group.create_task(self._revive(), name="broken inboxes")
        finally:
            await self.use({})

    def ring(self, kinds: Mapping[str, object] | None = None) -> None:
        """These kinds of rows changed; None: anything may have."""
        if kinds is None or "outbox" in kinds:
            self.sender.ring()
        if kinds is None or "raw" in kinds:
            self.raw.ring()

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
            for inbox in wanted.values():
                await self._pull_if_on(inbox.row)
            await _within(CLOSE_WITHIN_S, [_close(connector) for connector in left])
        self.ring()

    async def states_changed(self) -> None:
        """Somebody paused or resumed an inbox."""
        async with self._changing:
            for row in await self.db.read(inboxes.all_inboxes):
                if row.id in self.connectors:
                    await self._pull_if_on(row)
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
            inboxes.failed(tx, inbox_id, error.message, error.hint)
            if inboxes.by_id(tx.db, inbox_id).state is InboxState.ON:
                inboxes.set_state(tx, inbox_id, InboxState.BROKEN)

        self._broken_at[inbox_id] = asyncio.get_running_loop().time()
        await self.db.write(write)

    async def _well(self, inbox_id: int) -> None:
        def write(tx: Tx) -> None:
            if inboxes.by_id(tx.db, inbox_id).state is InboxState.BROKEN:
                inboxes.set_state(tx, inbox_id, InboxState.ON)

        self._broken_at.pop(inbox_id, None)
        await self.db.write(write)

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
