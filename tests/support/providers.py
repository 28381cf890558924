"""A simulated provider in a thread of its own, for whatever brings its own loop or has none (verbs of the command line)."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator

from unibox_tui.sandbox.providers.base import Simulator
from unibox_tui.sandbox.providers.server import ProviderServer


@contextlib.contextmanager
def provider(sim: Simulator) -> Iterator[None]:
    """`sim` is reached at `sim.base_url` while the block runs."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="provider")
    thread.start()
    server = ProviderServer()
    server.mount(sim)
    try:
        asyncio.run_coroutine_threadsafe(server.start(), loop).result(10)
        yield
    finally:
        asyncio.run_coroutine_threadsafe(server.aclose(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
