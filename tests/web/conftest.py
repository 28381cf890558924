"""A whole small workspace: store, chat and form inbox, the raw events' worker, the edge on a real port."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from unibox_tui.connectors.form import FormConnector, FormSettings
from unibox_tui.connectors.livechat import LivechatConnector, LivechatSettings
from unibox_tui.desk import answer
from unibox_tui.desk.letter import Letter
from unibox_tui.domain.words import Author
from unibox_tui.host.media import MediaStore
from unibox_tui.store import inboxes as inbox_rows
from unibox_tui.store import messages
from unibox_tui.store.database import Database
from unibox_tui.store.events import Actor
from unibox_tui.sync.facts import Rules
from unibox_tui.sync.raw import RawEvents
from unibox_tui.web import app as web_app
from unibox_tui.web.edge import Limits
from unibox_tui.web.inboxes import WebInbox, WebInboxes
from unibox_tui.web.server import serving

SECRETS = {"identity_secret": "shop-and-unibox-share-this", "signing_secret": "only-servers-know-this"}
LINH = Actor(Author.AGENT, "linh", cause="key")


class LoopBell:
    """Rings everybody in this loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._events: list[asyncio.Event] = []

    def ring(self) -> None:
        self._loop.call_soon_threadsafe(self._ring)

    def _ring(self) -> None:
        for event in self._events:
            event.set()

    def listener(self) -> Callable[[], Awaitable[None]]:
        event = asyncio.Event()
        self._events.append(event)

        async def wait() -> None:
            await event.wait()
            event.clear()

        return wait


class World:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.bell = LoopBell()
        self.db = Database(folder / "unibox.db", bell=self.bell)
        self.media = MediaStore(folder / "media")
        self.inboxes = WebInboxes()
        self.connectors: dict[int, Any] = {}
        self.chat_settings = LivechatSettings(title="Shop Áo Dài", needs_agents=False, ask_away=())
        self.form_settings = FormSettings(title="Liên hệ", posts_per_minute=600)
        self.limits = Limits()
        self.worker = RawEvents(self.db, self.connectors.get, lambda group: Rules(), self.media.put)
        self.url = ""
        self.port = 0
        self.app: Any = None
        self._stack = contextlib.AsyncExitStack()
        self._working: list[asyncio.Task[Any]] = []
        self.clock_shift = 0

    def configure(self, chat: dict[str, Any] | None = None, form: dict[str, Any] | None = None) -> None:
        self.chat_settings = dataclasses.replace(self.chat_settings, **(chat or {}))
        self.form_settings = dataclasses.replace(self.form_settings, **(form or {}))
        kept = []
        for name, settings, connector_class in (
            ("chat", self.chat_settings, LivechatConnector),
            ("form", self.form_settings, FormConnector),
        ):
            connector: Any = connector_class(name, settings, SECRETS.get)  # type: ignore[arg-type]
            id = self.db.write_now(
                lambda tx, name=name, connector=connector, settings=settings: inbox_rows.ensure(
                    tx, name, connector.channel, "main", settings.title, name, connector.capabilities()
                )
            )
            self.connectors[id] = connector
            kept.append(WebInbox(id, name, connector.channel, settings, SECRETS.get))
        self.inboxes.replace(kept)

    async def start(self, *, port: int = 0, demo: bool = True) -> None:
        """The edge and the worker."""
        from unibox_tui.domain.ids import now_ms

        self.app = web_app.create(
            self.db,
            self.inboxes,
            media=self.media,
            token_key=b"k" * 32,
            wait_for_change=self.bell.listener(),
            demo=demo,
            limits=self.limits,
            clock=lambda: now_ms() + self.clock_shift,
        )
        self.url = await self._stack.enter_async_context(serving(self.app, port=port))
        self.port = int(self.url.rpartition(":")[2])
        if not self._working:
            self._working = [asyncio.create_task(self.worker.run()), asyncio.create_task(self._ring_worker())]

    async def _ring_worker(self) -> None:
        wait = self.bell.listener()
        while True:
            await wait()
            self.worker.ring()

    async def stop_edge(self) -> None:
        await self._stack.aclose()

    async def close(self) -> None:
        await self.stop_edge()
        for task in self._working:
            task.cancel()
        await asyncio.gather(*self._working, return_exceptions=True)
        self.db.close()

    # -- looking and acting ----------------------------------------------------------------------------------------

    def rows(self, sql: str, **values: Any) -> list[Any]:
        return self.db.read_now(lambda db: db.execute(sql, values).fetchall())

    def said(self) -> list[tuple[str, str]]:
        """(direction, text) of what visitor and agents said, in its order."""
        return [
            tuple(row)
            for row in self.rows(
                "SELECT m.direction, b.text FROM message m JOIN message_body b ON b.n = m.n "
                "WHERE m.direction IN ('in', 'out') ORDER BY m.n"
            )
        ]

    async def until(self, check: Callable[[], Any], *, seconds: float = 10) -> Any:
        """The first true answer of `check`."""
        async with asyncio.timeout(seconds):
            while not (found := check()):
                await asyncio.sleep(0.02)
        return found

    def agent(self, name: str = "linh", display: str = "Linh") -> None:
        self.db.write_now(
            lambda tx: tx.run(
                "INSERT INTO agent (name, display, created_at, seen_at) VALUES (:name, :display, :now, :now) "
                "ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at",
                name=name,
                display=display,
                now=tx.now,
            )
        )

    def conversation(self) -> int:
        return int(self.rows("SELECT max(id) FROM conversation")[0][0])

    async def reply(
        self, text: str, files: tuple[messages.StoredFile, ...] = (), conversation: int | None = None
    ) -> None:
        letter = Letter(text=text, files=files, force=True)
        target = conversation or self.conversation()
        await self.db.write(lambda tx: answer.reply(tx, LINH, target, letter))

    @contextlib.asynccontextmanager
    async def visitor(self, **hello: Any) -> AsyncIterator[Talk]:
        async with connect(f"{self.url.replace('http', 'ws')}/w/chat/socket") as socket:
            talk = Talk(socket)
            await talk.say("hello", **hello)
            talk.welcome = await talk.hear("welcome", "no")
            yield talk


class Talk:
    """A visitor's side of the socket."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.welcome: dict[str, Any] = {}

    @property
    def token(self) -> str:
        return str(self.welcome["token"])

    async def say(self, kind: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({"t": kind, **fields}))

    async def hear(self, *kinds: str, seconds: float = 5) -> dict[str, Any]:
        """The next frame of one of these kinds; others are passed over."""
        async with asyncio.timeout(seconds):
            while True:
                frame: dict[str, Any] = json.loads(await self.socket.recv())
                if frame["t"] in kinds:
                    return frame

    async def write(self, text: str, id: str = "message-0001", **fields: Any) -> dict[str, Any]:
        await self.say("msg", id=id, text=text, **fields)
        return await self.hear("got", "no")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path)
    world.configure()
    world.agent()
    try:
        yield world
    finally:
        await world.close()
