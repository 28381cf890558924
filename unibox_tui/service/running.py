"""The running service of one store: its lease, its parts, what wakes them."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import os
import sqlite3
from zoneinfo import ZoneInfo

from unibox_tui.automation.clock import Clock
from unibox_tui.automation.hooks import Hooks
from unibox_tui.automation.learner import Learner
from unibox_tui.config.model import Config
from unibox_tui.domain.errors import Conflict, UniboxError
from unibox_tui.domain.ids import new_id, now_ms
from unibox_tui.host.bell import BellFile, BellListener
from unibox_tui.host.checks import write_lock_holder
from unibox_tui.host.locks import FileLock, boot_id, boottime_ms
from unibox_tui.host.media import MediaStore
from unibox_tui.host.paths import Home
from unibox_tui.service.door import Door
from unibox_tui.service.inboxes import ConfiguredInboxes
from unibox_tui.service.outside import Outside
from unibox_tui.service.parts import Parts
from unibox_tui.service.tooling import Toolbox
from unibox_tui.store import changes, leases, lessons, outbox, raw_events
from unibox_tui.store.database import Database, Tx
from unibox_tui.store.trouble import passes, words_for
from unibox_tui.sync import raw, retention, untold
from unibox_tui.sync.engine import Engine
from unibox_tui.sync.withdrawals import Withdrawals

log = logging.getLogger("unibox")

CHECKPOINT_S = 5.0
UPKEEP_S = 600.0
GRACE_S = 2.0
RELEASE_WITHIN_S = 2.0
ONCE_QUIET_S = 0.5
ONCE_STUCK_S = 60.0


class Service:
    """Use as an async context manager; inside it all parts run. `apps_lock`: taken when it leaves with the apps."""

    def __init__(self, home: Home, config: Config, stop: asyncio.Event) -> None:
        self.home = home
        self.stop = stop
        self.apps_lock: FileLock | None = None
        self._first = config
        self._once_failed = 0
        self._toolbox: Toolbox | None = None
        self.outside: Outside | None = None
        self._parts = Parts(stop)
        self.start = self._parts.start

    @property
    def failed(self) -> int:
        """1 when a part ended that should not have, or `once` could not do all."""
        return self._parts.failed or self._once_failed

    @property
    def config(self) -> Config:
        return self.inboxes.config

    @property
    def web_address(self) -> tuple[str, int] | None:
        """Where the web door listens; None while it is closed."""
        return self.door.address

    async def __aenter__(self) -> Service:
        self.fence = 0
        self._bell = BellFile(self.home.bell)
        self.db = Database(self.home.database, bell=self._bell, readers=3)
        self._listener = BellListener(self.home.bell)
        try:
            await self._open()
        except BaseException:
            await self.__aexit__()
            raise
        log.info("the service runs: %s inboxes, fence %s", len(self.engine.connectors), self.fence)
        return self

    async def _open(self) -> None:
        self.fence = await self._acquire()
        self.start("lease", self._renew)
        self.media = MediaStore(self.home.media)
        self.inboxes = ConfiguredInboxes(self.home, self._first, self.db)
        self.engine = Engine(
            self.db, self.fence, self.inboxes.rules_of, self.media.put, self.media.read, self.media.remove
        )
        self._toolbox = self.inboxes.toolbox
        self.inboxes.engine = self.engine
        self.clock = Clock(self.db)
        self.hooks = Hooks(self.db, self.fence, lambda: self.config.hooks, self._zone)
        self.withdrawals = Withdrawals(self.db, self.fence, media=self.media, raw=self.home.raw, spool=self.home.spool)
        self._news = asyncio.Event()
        await self.inboxes.apply(self._first)
        self.outside = Outside(self.home, self.db, lambda: self.config)
        self.door = Door(self.home, self.db, self.inboxes, self.media, self._change, self.outside)
        self.start("engine", self.engine.run)
        self.start("clock", self.clock.run)
        self.start("feed", self._follow)
        self.start("checkpoints", self._checkpoints)
        self.start("upkeep", self._upkeep)
        self.start("configuration", functools.partial(self.inboxes.follow, self.stop, self.door.changed))
        self.start("web door", self.door.run)
        self.start("learner", self._learn)
        self.start("webhooks", self.outside.outgoing.run)
        self.start("hooks", self.hooks.run)
        self.start("withdrawals", self.withdrawals.run)
        await self._stopped_or(self.door.tried)

    async def _learn(self) -> None:
        """Suggestions are a help: what goes wrong with them is said, and nothing else waits for it."""
        try:
            await Learner(self.db, self.fence, self._filed_replies).run()
        except Exception as error:
            log.error("suggestions are not learned any more: %s", words_for(error))

    def _filed_replies(self) -> dict[str, str]:
        """The canned replies of the configuration file, by the key they are learned under."""
        found: dict[str, str] = {}
        for entry in self.inboxes.config.canned:
            found |= lessons.form_keys(f"file:{entry.shortcut}", (entry.text, *entry.variants.values()))
        return found

    def _zone(self) -> ZoneInfo | None:
        name = self.config.workspace.timezone
        return ZoneInfo(name) if name else None

    async def __aexit__(self, *_: object) -> None:
        await self._parts.end()
        if self._toolbox is not None:
            await self._toolbox.aclose()
        if self.outside is not None:
            await self.outside.aclose()
        # Where somebody holds the lock the lease runs out by itself.
        with contextlib.suppress(UniboxError, sqlite3.Error, TimeoutError):
            async with asyncio.timeout(RELEASE_WITHIN_S):
                await self.db.write(lambda tx: leases.release(tx, leases.SERVICE, self.fence))
                await asyncio.to_thread(self.db.checkpoint)
        self.db.close()
        self._listener.close()
        self._bell.close()
        log.info("the service has stopped")

    async def until_stopped(self) -> None:
        await self.stop.wait()

    async def _stopped_or(self, event: asyncio.Event) -> None:
        waiting = [asyncio.create_task(one.wait()) for one in (self.stop, event)]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()

    # -- lease -------------------------------------------------------------------------------------------------------

    async def _acquire(self) -> int:
        """The lease; a dead holder's runs out within two seconds."""
        holder = new_id()

        def take(tx: Tx) -> int | None:
            return leases.acquire(
                tx,
                leases.SERVICE,
                holder,
                leases.TTL_MS,
                boot_id=boot_id(),
                boottime_ms=boottime_ms(),
                pid=os.getpid(),
                uid=os.geteuid(),
            )

        for _ in range(100):
            fence = await self.db.write(take)
            if fence is not None:
                return fence
            await asyncio.sleep(0.05)
        raise Conflict("Another service holds the lease of this store.", hint="`unibox doctor` names it.")

    async def _renew(self) -> None:
        """Raises LeaseLost, which ends the service. While nobody can write nobody can take it either."""
        while True:
            await asyncio.sleep(leases.RENEW_S)
            try:
                await self.db.write(
                    lambda tx: leases.renew(tx, leases.SERVICE, self.fence, leases.TTL_MS, boottime_ms=boottime_ms())
                )
            except UniboxError as error:
                if not passes(error):
                    raise
                holder = await asyncio.to_thread(write_lock_holder, self.home)
                log.error("the lease cannot be renewed: %s", f"{holder.what} {holder.why}" if holder else error)
                await asyncio.sleep(leases.RENEW_S)

    # -- parts -------------------------------------------------------------------------------------------------------

    async def _change(self) -> None:
        """Returns at the next news of the store, at once when there were some since the last call."""
        await self._news.wait()
        self._news.clear()

    async def _follow(self) -> None:
        """Tell the parts what changed, whoever wrote it."""
        seq = await self.db.read(changes.head)
        self._tell_all()
        await self.engine.states_changed()
        while True:
            await self._listener.wait(2.0)
            news = await self.db.read(functools.partial(changes.since, after=seq))
            if news.seq == seq and not news.reload:
                self.engine.ring()
                continue
            seq = news.seq
            self._news.set()
            self.door.outside.outgoing.ring()
            self.engine.ring(None if news.reload else news.rows)
            self.clock.ring()
            self.hooks.ring()
            self.withdrawals.ring()
            if news.reload or "inbox" in news.rows:
                await self.engine.states_changed()

    def _tell_all(self) -> None:
        self._news.set()
        self.engine.ring()
        self.clock.ring()

    async def _checkpoints(self) -> None:
        while True:
            await asyncio.sleep(CHECKPOINT_S)
            await asyncio.to_thread(self.db.checkpoint)

    async def _upkeep(self) -> None:
        while True:
            await untold.close(self.db, self.inboxes.rules_of)
            keeps = self.config.privacy
            await retention.expire(
                self.db, self.media, recordings_days=keeps.recordings_days, files_days=keeps.files_days
            )
            await asyncio.sleep(UPKEEP_S)
            await self.db.write(changes.trim)
            while await raw.pack(self.db, self.home.raw):
                continue
            await raw.forget_old(self.db, self.home.raw)
            await asyncio.to_thread(self.media.sweep)

    async def leave_with_apps(self) -> None:
        """Started for apps: stay as long as one of them holds the store open. The apps' lock is kept until the service's
        own is free, so that an app which opens meanwhile waits and finds that it must start a new one."""
        await asyncio.sleep(GRACE_S * 2)
        while self.apps_lock is None:
            await asyncio.sleep(GRACE_S)
            self.apps_lock = await asyncio.to_thread(FileLock.take, self.home.apps_lock)
        log.info("the last app has closed")
        self.stop.set()

    async def once(self) -> None:
        """Fetch what is there, send what is due, and come back; `failed` when an inbox could not. History that is still
        to be fetched goes on next time where it was left, when nothing moves any more."""
        loop = asyncio.get_running_loop()
        moved_at, seq = loop.time(), -1
        while not self.stop.is_set():
            await asyncio.sleep(0.1)
            head, busy = await self.db.read(_head_and_work)
            if head != seq:
                moved_at, seq = loop.time(), head
            done = self.engine.caught_up and not busy
            if loop.time() - moved_at > (ONCE_QUIET_S if done else ONCE_STUCK_S):
                break
        else:
            return
        names = self.engine.in_trouble
        if names or not done:
            self._once_failed = 1
            log.error(
                "not all is done: %s", f"see `unibox health` for {', '.join(names)}" if names else "nothing moves"
            )


def _head_and_work(db: sqlite3.Connection) -> tuple[int, bool]:
    return changes.head(db), outbox.busy(db, now_ms()) or bool(raw_events.pending(db, 1))
