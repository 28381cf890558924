"""One daemon thread that runs blocking work for the event loop, one thing at a time.

A daemon, unlike an executor's thread: a server that hangs in `connect` must not hold up the end of the program.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from unibox_tui.connectors.errors import Transient

T = TypeVar("T")
_Job = tuple[Callable[[], Any], asyncio.AbstractEventLoop | None, asyncio.Future[Any] | None]


class Worker:
    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._ended = False

    async def call(self, job: Callable[[], T]) -> T:
        """Run `job` in the thread and give what it gives. Cancelling abandons the answer, not the job. Raises Transient after
        `end`."""
        if self._ended:
            raise Transient("The connector is closed.", code="closed")
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._jobs.put((job, loop, future))
        return await future

    def post(self, job: Callable[[], object]) -> None:
        """Run `job` after what waits already; nobody asks how it went."""
        self._jobs.put((job, None, None))

    def end(self) -> None:
        """The thread ends after what waits already; nothing more is taken."""
        self._ended = True
        self._jobs.put(None)

    def _run(self) -> None:
        while (entry := self._jobs.get()) is not None:
            job, loop, future = entry
            try:
                result, error = job(), None
            except BaseException as problem:
                result, error = None, problem
            if loop is None:
                continue
            try:
                loop.call_soon_threadsafe(_settle, future, result, error)
            except RuntimeError:
                return  # the loop is closed; nobody waits any more


def _settle(future: asyncio.Future[Any] | None, result: Any, error: BaseException | None) -> None:
    if future is None or future.done():
        return
    if isinstance(error, StopIteration):
        future.set_exception(StopAsyncIteration())
    elif error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)
