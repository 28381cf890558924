"""A loop of the service that looks for work, does it, and sleeps until it is rung or its time comes."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Coroutine
from typing import Any

from unibox_tui.domain.errors import UniboxError
from unibox_tui.store.trouble import passes, words_for
from unibox_tui.sync.patience import Patience

log = logging.getLogger(__name__)


class Worker:
    """`step` starts what is due and returns the seconds until the next look. `what` is said in the log."""

    what = "work"

    def __init__(self) -> None:
        self._wake = asyncio.Event()
        self._patience = Patience(self.what)
        self._flying: dict[object, asyncio.Task[None]] = {}

    def ring(self) -> None:
        """There may be work."""
        self._wake.set()

    async def step(self) -> float:
        raise NotImplementedError

    async def run(self) -> None:
        """Until cancelled. Trouble of the machine is waited out; a hole in a connector is logged and passed over."""
        try:
            while True:
                self._wake.clear()
                try:
                    pause = await self.step()
                    self._patience.over()
                except (UniboxError, OSError) as error:
                    if not passes(error):
                        raise
                    pause = self._patience.wait_s(error)
                try:
                    async with asyncio.timeout(pause):
                        await self._wake.wait()
                except TimeoutError:
                    continue
        finally:
            await self._land()

    def fly(self, key: object, work: Coroutine[Any, Any, None]) -> None:
        """Run it beside; the loop is rung when it ends."""
        task = asyncio.create_task(self._guarded(work), name=f"{self.what} {key}")
        self._flying[key] = task
        task.add_done_callback(functools.partial(self._landed, key))

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (UniboxError, OSError) as error:
            if not passes(error):
                raise
            await asyncio.sleep(self._patience.wait_s(error))  # still flying: it is not taken up again meanwhile

    def _landed(self, key: object, task: asyncio.Task[None]) -> None:
        self._flying.pop(key, None)
        self._wake.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("%s: %s", self.what, words_for(error))

    async def _land(self) -> None:
        tasks = list(self._flying.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=1.0)
