"""The HTTP edge as one ASGI application."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from unibox_tui.domain.ids import now_ms
from unibox_tui.store import changes
from unibox_tui.store.database import Database
from unibox_tui.web import guards, pages
from unibox_tui.web.api import ApiDoors, ApiSettings
from unibox_tui.web.chat import ChatDoors
from unibox_tui.web.deletions import DeletionDoors
from unibox_tui.web.edge import Edge, Limits
from unibox_tui.web.files import FileDoors
from unibox_tui.web.forms import FormDoors
from unibox_tui.web.hooks import HookDoors
from unibox_tui.web.hub import Hub
from unibox_tui.web.inboxes import Media, WebInboxes
from unibox_tui.web.intake import Intake
from unibox_tui.web.senders import SenderDoors
from unibox_tui.web.spool import Spool
from unibox_tui.web.tokens import Tokens

_POLL_STORE = 0.05


def create(
    db: Database,
    inboxes: WebInboxes,
    *,
    media: Media,
    token_key: bytes,
    wait_for_change: Callable[[], Awaitable[object]] | None = None,
    spool_folder: Path | None = None,
    trusted_proxies: Iterable[str] = (),
    demo: bool = False,
    public_url: str = "",
    clock: Callable[[], int] = now_ms,
    limits: Limits | None = None,
    api: Callable[[], Awaitable[ApiSettings]] | None = None,
) -> Starlette:
    """`wait_for_change` returns soon after any process committed to the store (None: looked for every 50 ms); returning for
    nothing does no harm.

    `api`: who may write contacts and orders; None: nobody. `spool_folder` is `spool/` beside the database by default. `trusted_proxies` are addresses or networks whose
    X-Forwarded-For and -Proto are believed. Raises Refused for a spool folder of somebody else, ValueError for a bad network.
    `app.state.hub` and `app.state.edge` are for the service and tests.
    """

    async def look() -> None:
        before = await db.read(changes.head)
        while await db.read(changes.head) == before:  # noqa: ASYNC110  the store of other processes sets no Event
            await asyncio.sleep(_POLL_STORE)

    intake = Intake(db, Spool(spool_folder or db.path.parent / "spool"), clock=clock)
    edge = Edge(
        db=db,
        inboxes=inboxes,
        intake=intake,
        tokens=Tokens(token_key),
        media=media,
        wait_for_change=wait_for_change or look,
        clock=clock,
        trusted=guards.networks(trusted_proxies),
        limits=limits or Limits(),
        demo=demo,
        public_url=public_url,
    )
    hub = Hub(edge)

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(hub.run()), asyncio.create_task(intake.run())]
        try:
            yield
        finally:
            hub.stopping = True
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def healthz(_: Request) -> Response:
        try:
            async with asyncio.timeout(2):
                await db.read(_alive)
        except Exception:
            return JSONResponse({"ok": False, "spooled": len(intake.spool)}, 503)
        return JSONResponse({"ok": True, "connections": len(hub.visits), "spooled": len(intake.spool)})

    app = Starlette(
        routes=[
            Route("/healthz", healthz, methods=["GET"]),
            *ChatDoors(edge, hub).routes(),
            *FormDoors(edge).routes(),
            *HookDoors(edge).routes(),
            *DeletionDoors(edge).routes(),
            *SenderDoors(edge).routes(),
            *(ApiDoors(edge, api).routes() if api is not None else ()),
            *FileDoors(edge).routes(),
        ],
        middleware=[Middleware(Headers)],
        exception_handlers={HTTPException: _refused},
        lifespan=lifespan,
    )
    app.state.hub = hub
    app.state.edge = edge
    return app


def _alive(db: sqlite3.Connection) -> int:
    return changes.head(db)


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


class Headers:
    """What every answer carries unless its door said otherwise."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", pages.CSP)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "no-referrer")
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, send_with if scope["type"] == "http" else send)
