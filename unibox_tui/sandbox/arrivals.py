"""How long it takes from a customer's last byte to a row in the store, seen from outside, over the bell."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from unibox_tui.host.bell import BellListener
from unibox_tui.sandbox.cast import Thread
from unibox_tui.store import conversations, messages
from unibox_tui.store.database import Database


@dataclass(slots=True)
class Arrivals:
    """`waiting`: what was given away and is not stored yet: (scope, provider id) -> (when, whose). `took`: milliseconds."""

    db: Database
    waiting: dict[tuple[str, str], tuple[float, Thread]] = field(default_factory=dict)
    took: list[float] = field(default_factory=list)
    sent: dict[str, int] = field(default_factory=dict)

    def given(self, way: str, scope: str, provider_id: str, thread: Thread, at: float | None = None) -> None:
        """A message leaves its customer now (or left at `at`, by `clock`)."""
        self.waiting[(scope, provider_id)] = (clock() if at is None else at, thread)
        self.sent[way] = self.sent.get(way, 0) + 1

    async def follow(self, listener: BellListener) -> None:
        """Until cancelled: notes what has come, and tells the threads their conversation."""
        while True:
            await listener.wait(0.25)
            await self.look()

    async def look(self) -> None:
        if not self.waiting:
            return
        keys = list(self.waiting)
        found = await self.db.read(lambda db: {key: messages.by_key(db, *key) for key in keys})
        now = clock()
        for key, n in found.items():
            if n is None:
                continue
            at, thread = self.waiting.pop(key)
            self.took.append((now - at) * 1000)
            born = (await self.db.read(lambda db, n=n: messages.get(db, n)))["conversation_id"]  # type: ignore[misc]
            thread.conversation = await self.db.read(lambda db, born=born: conversations.root(db, born))  # type: ignore[misc]

    async def settle(self, seconds: float) -> None:
        """Give what is under way that long to arrive."""
        ends = clock() + seconds
        while self.waiting and clock() < ends:  # noqa: ASYNC110  what is waited for is in another process
            await asyncio.sleep(0.05)

    def share(self, part: float) -> float | None:
        """The time within which that part (0 to 1) was stored; None before the first."""
        took = sorted(self.took)
        return round(took[min(int(len(took) * part), len(took) - 1)], 1) if took else None


def clock() -> float:
    return time.monotonic()
