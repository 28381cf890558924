"""The tasks a service is made of. None dies silently: trouble that passes is waited out, anything else ends the service."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from unibox_tui.store.trouble import passes, words_for
from unibox_tui.sync.patience import Patience

log = logging.getLogger("unibox")

STOP_WITHIN_S = 4.5


class Parts:
    """`stop` is set when a part fails; `failed` then says so, and a supervisor starts the service anew."""

    def __init__(self, stop: asyncio.Event) -> None:
        self.stop = stop
        self.failed = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run a part; after trouble of the machine (a full disk, a held lock) it is run again."""
        task = asyncio.create_task(self._keep(name, work), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def _keep(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        patience = Patience(f"the {name}")
        while True:
            started = asyncio.get_running_loop().time()
            try:
                return await work()
            except Exception as error:
                if not passes(error):
                    raise
                if asyncio.get_running_loop().time() - started > 60.0:
                    patience.over()
                await asyncio.sleep(patience.wait_s(error))

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled() or self.stop.is_set() or (error := task.exception()) is None:
            return
        log.error("the %s ended, and the service with it: %s", task.get_name(), words_for(error))
        self.failed = 1
        self.stop.set()

    async def end(self) -> None:
        """Cancel all and wait for them, but not for ever."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=STOP_WITHIN_S)
            for task in late:
                log.warning("the %s does not stop and is left behind", task.get_name())
