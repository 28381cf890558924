"""All channels at once: one puller per inbox, the raw events' worker, the sender. Inboxes come and go while it runs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from unibox_tui.connectors.contract import Connector, ParsesRaw, PullsEvents
from unibox_tui.connectors.errors import ConnectorError
from unibox_tui.domain.words import InboxState
from unibox_tui.store import inboxes
from unibox_tui.store.database import Database, Tx
from unibox_tui.store.inboxes import InboxRow
from unibox_tui.sync.ingest import PutMedia
from unibox_tui.sync.puller import Puller
from unibox_tui.sync.raw import RawEvents, RulesOf
from unibox_tui.sync.sender import ReadMedia, Sender

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """An inbox that should run: its row, the settings it was made from, and how to make its connector."""

    row: InboxRow
    settings: Any
    make: Callable[[], Connector]


class Engine:
    """Holds the running parts. `use` says which inboxes there are now; `ring` what changed in the store."""

    def __init__(self, db: Database, fence: int, rules_of: RulesOf, put_media: PutMedia, read_media: ReadMedia) -> None:
        self.db = db
        self.fence = fence
        self.rules_of = rules_of
        self.put_media = put_media
        self.connectors: dict[int, Connector] = {}
        self._pulling: dict[int, asyncio.Task[None]] = {}
        self._settings: dict[int, Any] = {}
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
        finally:
            await self.use({})

    def ring(self, kinds: Mapping[str, object] | None = None) -> None:
        """These kinds of rows changed; None: anything may have."""
        if kinds is None or "outbox" in kinds:
            self.sender.ring()
        if kinds is None or "raw" in kinds:
            self.raw.ring()

    async def use(self, wanted: Mapping[int, Wanted]) -> None:
        """Run exactly these. One whose settings are the same goes on untouched."""
        for id in list(self.connectors):
            if id not in wanted or self._settings.get(id) != wanted[id].settings:
                await self._drop(id)
        for id, inbox in wanted.items():
            if id not in self.connectors:
                self.connectors[id] = inbox.make()
                self._settings[id] = inbox.settings
            await self._pull_if_on(inbox.row)
        self.ring()

    async def states_changed(self) -> None:
        """Somebody paused or resumed an inbox."""
        for row in await self.db.read(inboxes.all_inboxes):
            if row.id in self.connectors:
                await self._pull_if_on(row)
        self.ring()

    async def _pull_if_on(self, row: InboxRow) -> None:
        pulls = self.connectors[row.id]
        running = row.id in self._pulling and not self._pulling[row.id].done()
        if row.state is InboxState.PAUSED or not isinstance(pulls, PullsEvents):
            if running:
                await self._stop(row.id)
        elif not running:
            puller = Puller(
                self.db,
                row,
                pulls,
                self.rules_of(row.group_name),
                self.put_media,
                self.fence,
                broken=self._broken,
                well=self._well,
            )
            task = asyncio.create_task(puller.run(), name=f"pull {row.name}")
            task.add_done_callback(self._ended)
            self._pulling[row.id] = task

    async def _stop(self, id: int) -> None:
        task = self._pulling.pop(id, None)
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task

    async def _drop(self, id: int) -> None:
        await self._stop(id)
        connector = self.connectors.pop(id, None)
        self._settings.pop(id, None)
        if connector is not None:
            with contextlib.suppress(ConnectorError, OSError):
                await connector.aclose()

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            log.error("%s ended: %s: %s", task.get_name(), type(task.exception()).__name__, task.exception())

    async def _broken(self, inbox_id: int, error: ConnectorError) -> None:
        """The inbox needs a person; the others go on."""

        def write(tx: Tx) -> None:
            inboxes.failed(tx, inbox_id, error.message, error.hint)
            if inboxes.by_id(tx.db, inbox_id).state is InboxState.ON:
                inboxes.set_state(tx, inbox_id, InboxState.BROKEN)

        await self.db.write(write)

    async def _well(self, inbox_id: int) -> None:
        def write(tx: Tx) -> None:
            if inboxes.by_id(tx.db, inbox_id).state is InboxState.BROKEN:
                inboxes.set_state(tx, inbox_id, InboxState.ON)

        await self.db.write(write)
