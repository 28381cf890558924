"""The change feed as a screen wants it: the first change at once, then no more often than the eye can follow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from time import monotonic
from typing import Protocol

from unibox_tui.store import changes
from unibox_tui.store.changes import Changes
from unibox_tui.store.database import Database

GAP_S = 0.033
UNFOCUSED_GAP_S = 0.1
SAFETY_POLL_S = 2.0


class Listener(Protocol):
    """Hears the bell. A ring that came before `wait` was called ends it at once."""

    async def wait(self, timeout: float) -> bool:  # noqa: ASYNC109 - the bell itself waits, nothing is cancelled
        """Whether it rang within `timeout` seconds."""
        ...


class Feed:
    """Follows one store from the moment it is made: make it before the first page is read. One consumer.

    `focused` may be set at any time; False shows changes less often.
    """

    def __init__(self, db: Database, listener: Listener, *, focused: bool = True) -> None:
        self._db = db
        self._listener = listener
        self.focused = focused
        self.seq = db.read_now(changes.head)

    async def changes(self) -> AsyncGenerator[Changes, None]:
        """Never empty ones. `reload`: too far behind, or the log was trimmed: read everything anew; it goes on from there.

        Runs until closed or cancelled; changes that come while the consumer works are given together.
        """
        while True:
            found = await self._db.read(lambda db: changes.since(db, self.seq))
            self.seq = found.seq
            if not found.reload and not found.rows:
                await self._listener.wait(SAFETY_POLL_S)
                continue
            given_at = monotonic()
            yield found
            gap = GAP_S if self.focused else UNFOCUSED_GAP_S
            if (rest := given_at + gap - monotonic()) > 0:
                await asyncio.sleep(rest)
