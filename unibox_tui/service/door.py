"""The HTTP edge of the service: opened when the first inbox needs it, opened anew when its address changes."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable

from unibox_tui.domain.errors import UniboxError
from unibox_tui.host.files import PRIVATE_FOLDER, make_folder, write_atomic
from unibox_tui.host.media import MediaStore
from unibox_tui.host.paths import Home
from unibox_tui.service.inboxes import ConfiguredInboxes
from unibox_tui.service.outside import Outside
from unibox_tui.store import inboxes
from unibox_tui.store.database import Database, Tx

log = logging.getLogger("unibox")

AGAIN_S = 10.0


class Door:
    """`changed` is set after each change of the configuration. `address` is where it listens, None while closed."""

    def __init__(
        self,
        home: Home,
        db: Database,
        configured: ConfiguredInboxes,
        media: MediaStore,
        wait_for_change: Callable[[], Awaitable[None]],
        outside: Outside,
    ) -> None:
        self.home = home
        self.db = db
        self.configured = configured
        self.media = media
        self.wait_for_change = wait_for_change
        self.outside = outside
        self.changed = asyncio.Event()
        self.address: tuple[str, int] | None = None
        self.tried = asyncio.Event()

    @property
    def wanted(self) -> bool:
        return self.outside.wanted or any(True for _ in self.configured.doors)

    async def run(self) -> None:
        """Until cancelled. An address that is taken is tried again: mail does not stop for it."""
        while True:
            self.changed.clear()
            if not self.wanted:
                self.tried.set()
                await self.changed.wait()
                continue
            try:
                await self._serve()
            except UniboxError as error:
                if error.code != "cannot_listen":
                    raise
                log.error("the web door stays closed: %s", error)
                await self._tell(error)
                self.tried.set()
                await _either(self.changed, AGAIN_S)

    async def _serve(self) -> None:
        from unibox_tui.web.app import create
        from unibox_tui.web.edge import Limits
        from unibox_tui.web.server import serve

        web = self.configured.config.web
        app = create(
            self.db,
            self.configured.doors,
            media=self.media,
            token_key=web_key(self.home),
            wait_for_change=self.wait_for_change,
            spool_folder=self.home.spool,
            limits=Limits(webhook_bytes=web.body_limit, upload_bytes=web.upload_limit),
            trusted_proxies=web.trusted_proxies,
            demo=bool(os.environ.get("UNIBOX_DEMO")),
            public_url=web.public_url,
            api=self.outside.api,
        )
        close = asyncio.Event()

        def started(host: str, port: int) -> None:
            self.address = (host, port)
            self.tried.set()
            log.info("listening on http://%s:%s", host, port)

        host, port = web.address
        moving = asyncio.create_task(self._close_when_moved(close))
        try:
            await serve(app, host=host, port=port, stop=close, started=started)
        finally:
            moving.cancel()
            self.address = None

    async def _close_when_moved(self, close: asyncio.Event) -> None:
        web = self.configured.config.web
        while self.wanted and self.configured.config.web == web:
            self.changed.clear()
            await self.changed.wait()
        close.set()

    async def _tell(self, error: UniboxError) -> None:
        """Health of every inbox that is reached through this door."""

        def write(tx: Tx) -> None:
            for inbox in self.configured.doors:
                inboxes.failed(tx, inbox.id, error.message, error.hint)

        await self.db.write(write)


async def _either(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


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
