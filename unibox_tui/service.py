"""The headless service: pulls, receives, sends, wakes. One per store, by lock and lease; started by an app or a system.

Everything it learns and does goes through the store, so that apps need only the file.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import os
import signal
import sys
from collections.abc import Coroutine, Mapping
from typing import Any

from unibox_tui.automation.clock import Clock
from unibox_tui.config.model import Config
from unibox_tui.config.reading import load
from unibox_tui.config.watching import watch
from unibox_tui.connectors import registry
from unibox_tui.connectors.contract import Connector, ParsesRaw, PullsEvents, VerifiesWebhooks
from unibox_tui.connectors.settings import InboxSettings
from unibox_tui.domain.errors import Conflict, UniboxError
from unibox_tui.domain.ids import new_id
from unibox_tui.domain.joining import DAY, MailJoin
from unibox_tui.domain.policy import Capabilities
from unibox_tui.domain.words import InboxState
from unibox_tui.host.bell import BellFile, BellListener
from unibox_tui.host.files import PRIVATE_FOLDER, make_folder, write_atomic
from unibox_tui.host.locks import FileLock, boot_id, boottime_ms, is_taken
from unibox_tui.host.media import MediaStore
from unibox_tui.host.paths import Home
from unibox_tui.host.secrets import Secrets
from unibox_tui.store import changes, inboxes, leases
from unibox_tui.store.database import Database, Tx
from unibox_tui.sync import raw
from unibox_tui.sync.engine import Engine, Wanted
from unibox_tui.sync.ingest import Rules
from unibox_tui.web.inboxes import WebInbox, WebInboxes

log = logging.getLogger("unibox")

CHECKPOINT_S = 5.0
UPKEEP_S = 600.0
GRACE_S = 2.0


def main(home: Home, *, once: bool = False, with_apps: bool = False) -> int:
    """Run until a signal. `once`: fetch, send what is due, stop. `with_apps`: stop when no app holds the store any more."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    config = load(home.config, inboxes=True)
    home = home.with_store(config.workspace.store)
    home.prepare()
    lock = FileLock.take_or_fail(home.service_lock, "The service lock of this store")
    lock.write_note(f"pid {os.getpid()}")
    try:
        return asyncio.run(_run(home, config, once=once, with_apps=with_apps))
    finally:
        lock.release()


async def _run(home: Home, config: Config, *, once: bool, with_apps: bool) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    service = Service(home, config, stop)
    async with service:
        if once:
            return await service.once()
        if with_apps:
            service.start(service.leave_with_apps(), "apps")
        await service.until_stopped()
    return service.failed


class Service:
    """The running service of one store. Use as an async context manager; `ready` fires when all parts run."""

    def __init__(self, home: Home, config: Config, stop: asyncio.Event) -> None:
        self.home = home
        self.config = config
        self.stop = stop
        self.failed = 0
        self.web_address: tuple[str, int] | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Service:
        self._bell = BellFile(self.home.bell)
        self.db = Database(self.home.database, bell=self._bell, readers=3)
        self._listener = BellListener(self.home.bell)
        self.media = MediaStore(self.home.media)
        self.secrets = Secrets(
            self.home.config_folder, commands=self.config.secret_commands, use_keyring=self.config.secrets.keyring
        )
        self.fence = await self._acquire()
        self.engine = Engine(self.db, self.fence, self.rules_of, self.media.put, self.media.read)
        self.clock = Clock(self.db)
        self._news = asyncio.Event()
        self.web_inboxes = WebInboxes()
        await self.apply_config(self.config)
        self.start(self._renew(), "lease")
        self.start(self.engine.run(), "engine")
        self.start(self.clock.run(), "clock")
        self.start(self._follow(), "feed")
        self.start(self._checkpoints(), "checkpoints")
        self.start(self._upkeep(), "upkeep")
        self.start(self._watch_config(), "config")
        await self._start_web()
        log.info("the service runs: %s inboxes, fence %s", len(self.engine.connectors), self.fence)
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with contextlib.suppress(UniboxError):
            await self.db.write(lambda tx: leases.release(tx, leases.SERVICE, self.fence))
        self.db.checkpoint()
        self.db.close()
        self._listener.close()
        self._bell.close()
        log.info("the service has stopped")

    def start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run a part; its failure stops the service with an error, so that a supervisor starts it anew."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._part_ended)

    def _part_ended(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or self.stop.is_set() or task.exception() is None:
            return
        error = task.exception()
        log.error("the %s ended: %s: %s", task.get_name(), type(error).__name__, error)
        self.failed = 1
        self.stop.set()

    async def until_stopped(self) -> None:
        await self.stop.wait()

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
        while True:
            await asyncio.sleep(leases.RENEW_S)
            await self.db.write(
                lambda tx: leases.renew(tx, leases.SERVICE, self.fence, leases.TTL_MS, boottime_ms=boottime_ms())
            )

    # -- configuration -------------------------------------------------------------------------------------------------

    def rules_of(self, group: str) -> Rules:
        """The joining rules of a brand: its own where it has some, else the workspace's."""
        workspace = self.config.workspace
        own = self.config.groups.get(group)
        days = own.reopen_days if own is not None and own.reopen_days is not None else workspace.reopen_days
        join = own.mail_join if own is not None and own.mail_join is not None else workspace.mail_join
        hours = (
            own.mail_join_hours if own is not None and own.mail_join_hours is not None else workspace.mail_join_hours
        )
        codes = own.order_codes if own is not None and own.order_codes is not None else workspace.order_codes
        return Rules(days * DAY, MailJoin(join), hours * 3_600_000, tuple(codes))

    async def apply_config(self, config: Config) -> None:
        """Make the inbox rows and the running connectors what the configuration says."""
        self.config = config
        wanted: dict[int, Wanted] = {}
        for name, settings in config.inboxes.items():
            make = functools.partial(self._make, name, settings)
            row = await self.db.write(functools.partial(self._ensure, name, settings, make().capabilities()))
            wanted[row.id] = Wanted(row, settings, make)
        for row in await self.db.read(inboxes.all_inboxes):
            if row.id not in wanted:
                await self.db.write(functools.partial(inboxes.set_state, id=row.id, state=InboxState.REMOVED))
        await self.engine.use(wanted)
        self.web_inboxes.replace(self._doors(wanted))

    def _doors(self, wanted: Mapping[int, Wanted]) -> list[WebInbox]:
        """The inboxes that the web edge answers for: those whose connector reads what is posted."""
        doors = []
        for id, inbox in wanted.items():
            connector = self.engine.connectors[id]
            if isinstance(connector, ParsesRaw) and not isinstance(connector, PullsEvents):
                verify = connector.verify if isinstance(connector, VerifiesWebhooks) else None
                secret_of = self.secrets.of_inbox(inbox.row.name)
                doors.append(WebInbox(id, inbox.row.name, inbox.row.channel, inbox.settings, secret_of, verify))
        return doors

    def _make(self, name: str, settings: InboxSettings) -> Connector:
        connector: Connector = registry.build(name, settings, self.secrets.of_inbox(name))
        return connector

    def _ensure(self, name: str, settings: InboxSettings, capabilities: Capabilities, tx: Tx) -> inboxes.InboxRow:
        """A pause that somebody asked for outlives a restart; a broken inbox gets a new chance."""
        old = inboxes.by_name(tx.db, name)
        paused = settings.paused or (old is not None and old.state is InboxState.PAUSED)
        id = inboxes.ensure(
            tx,
            name,
            settings.channel,
            settings.group or self.config.workspace.name,
            settings.title,
            getattr(settings, "address", ""),
            capabilities,
            region=settings.region,
            language=settings.language,
            state=InboxState.PAUSED if paused else InboxState.ON,
        )
        return inboxes.by_id(tx.db, id)

    async def _watch_config(self) -> None:
        """A changed file takes effect at once; a wrong one is reported and the last good one goes on."""
        async for _ in watch(self.home.config, stop=self.stop):
            try:
                config = await asyncio.to_thread(load, self.home.config, inboxes=True)
                await self.apply_config(config)
            except UniboxError as error:
                log.error("the new configuration is not used: %s", error)

    # -- parts -------------------------------------------------------------------------------------------------------

    async def _start_web(self) -> None:
        """Open the door for widgets, forms and webhooks when some inbox has one."""
        from unibox_tui.web.app import create
        from unibox_tui.web.server import serve

        if not any(True for _ in self.web_inboxes):
            return
        app = create(
            self.db,
            self.web_inboxes,
            media=self.media,
            token_key=web_key(self.home),
            wait_for_change=self._change,
            spool_folder=self.home.spool,
            trusted_proxies=self.config.web.trusted_proxies,
            demo=bool(os.environ.get("UNIBOX_DEMO")),
        )
        ready = asyncio.Event()

        def started(host: str, port: int) -> None:
            self.web_address = (host, port)
            log.info("listening on http://%s:%s", host, port)
            ready.set()

        host, port = self.config.web.address
        self.start(serve(app, host=host, port=port, stop=self.stop, started=started), "web")
        stopped = asyncio.create_task(self.stop.wait())
        waiting = asyncio.create_task(ready.wait())
        await asyncio.wait({stopped, waiting}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        waiting.cancel()

    async def _change(self) -> None:
        """Returns at the next news of the store."""
        await self._news.wait()

    async def _follow(self) -> None:
        """Tell the parts what changed, whoever wrote it."""
        seq = await self.db.read(changes.head)
        while True:
            await self._listener.wait(2.0)
            news = await self.db.read(functools.partial(changes.since, after=seq))
            if news.seq == seq and not news.reload:
                self.engine.ring()
                continue
            seq = news.seq
            self._news.set()
            self._news.clear()
            self.engine.ring(None if news.reload else news.rows)
            self.clock.ring()
            if news.reload or "inbox" in news.rows:
                await self.engine.states_changed()

    async def _checkpoints(self) -> None:
        while True:
            await asyncio.sleep(CHECKPOINT_S)
            await asyncio.to_thread(self.db.checkpoint)

    async def _upkeep(self) -> None:
        while True:
            await asyncio.sleep(UPKEEP_S)
            await self.db.write(changes.trim)
            await raw.pack(self.db, self.home.raw)
            await raw.forget_old(self.db, self.home.raw)
            await asyncio.to_thread(self.media.sweep)

    async def leave_with_apps(self) -> None:
        """Started for apps: stay as long as one of them holds the store open."""
        await asyncio.sleep(GRACE_S * 2)
        while True:
            await asyncio.sleep(GRACE_S)
            if not await asyncio.to_thread(is_taken, self.home.apps_lock):
                self.stop.set()
                return

    async def once(self) -> int:
        """Fetch what is there, send what is due, and come back."""
        deadline = asyncio.get_running_loop().time() + 60.0
        quiet = 0
        seq = -1
        while asyncio.get_running_loop().time() < deadline and quiet < 6 and not self.stop.is_set():
            await asyncio.sleep(0.5)
            now = await self.db.read(changes.head)
            quiet = quiet + 1 if now == seq else 0
            seq = now
        return self.failed


def web_key(home: Home) -> bytes:
    """The key that signs visitors' tokens: made once, kept beside the configuration, this account's alone."""
    folder = home.config_folder / "secrets"
    path = folder / "web.key"
    try:
        return path.read_bytes()
    except FileNotFoundError:
        make_folder(folder, PRIVATE_FOLDER)
        write_atomic(path, os.urandom(32))
        return path.read_bytes()
