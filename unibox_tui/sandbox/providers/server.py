"""One loopback port for many simulators, each below its own prefix."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Generator
from typing import Any, TypeVar

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from unibox_tui.sandbox.providers.base import Simulator

SimT = TypeVar("SimT", bound=Simulator)
STOP_WITHIN_S = 2


class _Line(H11Protocol):
    """Lets a simulator hang up without a word."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "line": transport}


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Signals are for whoever hosts us."""
        yield


class ProviderServer:
    """`async with ProviderServer() as server: sim = server.mount(LineSim())`. `port` 0 takes a free one, known from the
    start. `stop` and `start` may be called in turn: meanwhile every connection is refused."""

    def __init__(self, port: int = 0) -> None:
        self.simulators: dict[str, Simulator] = {}
        self._bound: socket.socket | None = _bind(port)
        self.port = int(self._bound.getsockname()[1])
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None

    def mount(self, simulator: SimT, prefix: str = "") -> SimT:
        """Reached below /prefix (the channel's name when none is given) from now on."""
        name = prefix or simulator.channel
        if name in self.simulators:
            raise ValueError(f"{name} is mounted already")
        self.simulators[name] = simulator
        simulator.base_url = f"http://127.0.0.1:{self.port}/{name}"
        return simulator

    async def start(self) -> None:
        bound = self._bound or _bind(self.port)
        self._bound = bound
        config = uvicorn.Config(
            self._app,
            interface="asgi3",
            http=_Line,
            ws="websockets-sansio",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=STOP_WITHIN_S,
        )
        server = self._server = _Server(config)
        serving = self._serving = asyncio.create_task(server.serve(sockets=[bound]))
        while not server.started and not serving.done():  # noqa: ASYNC110  uvicorn sets a flag only
            await asyncio.sleep(0.002)
        if not server.started:
            await serving

    async def stop(self) -> None:
        """Refuse connections; the state stays."""
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            self._server.force_exit = True
            await self._serving
        if self._bound is not None:
            self._bound.close()
        self._server = self._serving = self._bound = None

    async def aclose(self) -> None:
        for simulator in self.simulators.values():
            await simulator.aclose()
        await self.stop()

    async def __aenter__(self) -> ProviderServer:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = scope["path"].split("/")[1]
        simulator = self.simulators.get(name)
        if simulator is not None:
            await simulator({**scope, "root_path": f"/{name}"}, receive, send)
            return
        await _nothing_here(scope, send)


async def _nothing_here(scope: Scope, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    head: Any = {"type": "http.response.start", "status": 404, "headers": [(b"content-type", b"text/plain")]}
    await send(head)
    await send({"type": "http.response.body", "body": b"no provider of this name"})


def _bind(port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    return bound
