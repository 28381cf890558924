"""Runs the edge inside the service's own loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Generator

import uvicorn
from starlette.applications import Starlette

from unibox_tui.domain.errors import UniboxError

STOP_WITHIN = 3
FRAME_BYTES = 256_000


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Signals are the service's."""
        yield


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes a free one. Raises UniboxError naming what is in the way."""
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, proto)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        raise UniboxError(
            f"Cannot listen on {host}:{port}: {error.strerror or error}.",
            hint="Choose another `host` or `port` for the web server.",
            code="cannot_listen",
        ) from error
    return bound


async def serve(
    app: Starlette,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    stop: asyncio.Event,
    started: Callable[[str, int], None] | None = None,
    certificate: str | None = None,
    private_key: str | None = None,
) -> None:
    """Serves until `stop` is set, then closes sockets and returns. `started` is called with the host and the real port."""
    bound = listen(host, port)
    config = uvicorn.Config(
        app,
        ws="websockets-sansio",
        ws_max_size=FRAME_BYTES,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        ws_per_message_deflate=False,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=STOP_WITHIN,
        limit_concurrency=4_000,
        h11_max_incomplete_event_size=32_000,
        ssl_certfile=certificate,
        ssl_keyfile=private_key,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[bound]))
    stopping = asyncio.create_task(stop.wait())
    try:
        while not server.started and not serving.done():  # noqa: ASYNC110  uvicorn sets a flag only
            await asyncio.sleep(0.005)
        if server.started and started is not None:
            started(host, int(bound.getsockname()[1]))
        await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        app.state.hub.stopping = True
        for visit in list(app.state.hub.visits):
            visit.close()
        server.should_exit = True
        stopping.cancel()
        try:
            await asyncio.shield(serving)
        finally:
            bound.close()
    if not server.started:
        raise UniboxError("The web server could not start.", hint="Its log says why.", code="web_not_started")


@contextlib.asynccontextmanager
async def serving(app: Starlette, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """For tests and the demo: `async with serving(app) as url:`."""
    stop, ready = asyncio.Event(), asyncio.Event()
    url = ""

    def started(at: str, real_port: int) -> None:
        nonlocal url
        url = f"http://{at}:{real_port}"
        ready.set()

    task = asyncio.create_task(serve(app, host=host, port=port, stop=stop, started=started))
    waiting = asyncio.create_task(ready.wait())
    try:
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if not ready.is_set():
            await task
        yield url
    finally:
        waiting.cancel()
        stop.set()
        await task
