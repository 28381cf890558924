"""Work that takes time, in named groups: a new one of a group ends the one before, unless they may run beside each other."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from unibox_tui.domain.errors import UniboxError


class Work:
    """`complain` gets the errors a person can understand; any other one goes to `crash`, never lost."""

    def __init__(self, complain: Callable[[UniboxError], None], crash: Callable[[Exception], None]) -> None:
        self._complain = complain
        self._crash = crash
        self._running: set[asyncio.Task[None]] = set()
        self._last: dict[str, asyncio.Task[None]] = {}

    def start(
        self,
        doing: Coroutine[Any, Any, Any],
        group: str,
        *,
        exclusive: bool = True,
        after: Callable[[], None] | None = None,
    ) -> None:
        """`after` is called however it ends, also when it is cancelled before it began (a `finally` inside would not run)."""
        before = self._last.get(group)
        if exclusive and before is not None:
            before.cancel()
        task = asyncio.get_running_loop().create_task(self._guarded(doing), name=group)
        if exclusive:
            self._last[group] = task
        self._running.add(task)

        def ended(task: asyncio.Task[None]) -> None:
            # One that was cancelled before it began is closed here, else it would be said never to have been awaited.
            doing.close()
            self._running.discard(task)
            if self._last.get(group) is task:
                del self._last[group]
            if after is not None:
                after()

        task.add_done_callback(ended)

    @property
    def running(self) -> frozenset[asyncio.Task[None]]:
        return frozenset(self._running)

    async def idle(self) -> None:
        """Until all that runs now has ended, but what follows the store for ever."""
        waited = [task for task in self._running if task.get_name() != "feed" and task is not asyncio.current_task()]
        if waited:
            await asyncio.wait(waited, timeout=2)

    def stop(self) -> None:
        for task in self._running:
            task.cancel()

    async def _guarded(self, doing: Coroutine[Any, Any, Any]) -> None:
        try:
            await doing
        except UniboxError as error:
            self._complain(error)
        except Exception as error:
            self._crash(error)
