"""Learns from the answers agents give: follows the log of events by a cursor of its own, saved with what it learned."""

from __future__ import annotations

import asyncio
import functools
import sqlite3
import sys
import time
from collections.abc import Callable, Mapping

from unibox_tui.learning.model import Example, Model
from unibox_tui.store import cursors, lessons, relearning
from unibox_tui.store.database import Database, Tx

STREAM = "learner"
NO_INBOX = 0  # the cursor is of the store, not of an inbox
EVENTS = 400  # looked through at once
LEARNED = 12  # in one transaction: it holds the lock for some milliseconds
LOOK_S = 20.0
_FEWEST_NEW = 10
_SHARE_NEW = 20  # build again when a twentieth is new
_BREATH_S = 0.002


class Learner:
    """`filed`: key -> text of the canned replies of the configuration (`file:SHORTCUT`), asked for at every step."""

    def __init__(self, db: Database, fence: int, filed: Callable[[], Mapping[str, str]] = dict) -> None:
        self.db = db
        self.fence = fence
        self.filed = filed

    async def run(self) -> None:
        """Until cancelled. It is in no hurry: readers take in new examples themselves."""
        await self.renew()
        while True:
            if await self.step():
                continue
            await self.settle()
            await asyncio.sleep(LOOK_S)

    async def step(self) -> int:
        """Learn from the next events; returns how many were looked at, 0 when there are no more."""
        return await self.db.write(self._step)

    async def renew(self) -> None:
        """Bring what an older version learned up to this one, some examples at a time."""
        await self.db.write(relearning.drop_unreadable)
        lowest = sys.maxsize
        while lowest:
            lowest = await self.db.write(functools.partial(relearning.renew, below=lowest, limit=LEARNED))

    async def settle(self) -> bool:
        """Build the model when enough is new, or when something was forgotten; returns whether it did."""
        state = await self.db.read(lessons.state)
        new = await self.db.read(functools.partial(lessons.count_after, id=state.upto))
        if not new or (state.built and new < max(_FEWEST_NEW, state.size // _SHARE_NEW)):
            return False
        await self.db.write(lessons.trim)

        def gather(db: sqlite3.Connection) -> tuple[int, list[Example]]:
            return lessons.state(db).generation, lessons.examples(db)

        generation, known = await self.db.read(gather)
        model = await asyncio.to_thread(Model.build, known, between=_breathe)
        return await self.db.write(lambda tx: lessons.keep_model(tx, model, generation))

    def _step(self, tx: Tx) -> int:
        seq = int(cursors.of_inbox(tx.db, NO_INBOX).get(STREAM, {}).get("seq", 0))
        looked = 0
        stored = {**lessons.canned_texts(tx.db), **self.filed()}
        learned = 0
        for at, answer in lessons.answers_since(tx.db, seq, EVENTS):
            looked += 1
            seq = at
            if answer is not None:
                lessons.learn_reply(tx, answer, stored)
                learned += 1
            if learned == LEARNED:
                break
        if looked:
            cursors.put(tx, NO_INBOX, STREAM, {"seq": seq}, self.fence)
        return looked


def _breathe() -> None:
    """Others of this process want to run too."""
    time.sleep(_BREATH_S)
