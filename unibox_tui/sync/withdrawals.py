"""Carries out what customers asked of their provider: to be erased. The request is an event, written with the message that tells
of it; our place in the log moves on when it is done, so that a kill loses none and repeats none."""

from __future__ import annotations

import asyncio
import functools
import logging
import sqlite3
from pathlib import Path

from unibox_tui.domain.errors import UniboxError
from unibox_tui.domain.words import Author
from unibox_tui.host.media import MediaStore
from unibox_tui.store import asked, cursors
from unibox_tui.store.asked import Asked
from unibox_tui.store.database import Database
from unibox_tui.store.events import Actor
from unibox_tui.store.trouble import words_for
from unibox_tui.sync.forgetting import forget
from unibox_tui.sync.worker import Worker

log = logging.getLogger(__name__)

ACTOR = Actor(Author.SYSTEM, None, "withdrawal")
LOOK_S = 30.0
FIRST_S, LONGEST_S = 1.0, 600.0
KEEP_EVERY = 1_000  # events passed over before the place is written down


class Withdrawals(Worker):
    what = "erasing who asked for it"

    def __init__(self, db: Database, fence: int, *, media: MediaStore, raw: Path, spool: Path) -> None:
        super().__init__()
        self.db, self.fence = db, fence
        self._forget = functools.partial(forget, db, ACTOR, media=media, raw=raw, spool=spool)
        self._after: int | None = None
        self._kept = 0
        self._done: set[int] = set()
        self._tries: dict[int, int] = {}
        self._due: dict[int, float] = {}

    async def step(self) -> float:
        """Erase whoever asked; what cannot be done now is tried again later, and keeps no other from being erased."""
        if self._after is None:
            self._after = self._kept = await self.db.read(asked.place)
        since = self._after
        found, head = await self.db.read(lambda db: asked.after(db, since))
        for one in found:
            if one.seq not in self._done and self._due.get(one.seq, 0.0) <= _now():
                await self._one(one)
        left = [one.seq for one in found if one.seq not in self._done]
        await self._move(min(left, default=head + 1) - 1, at_once=bool(found))
        return min([LOOK_S, *(max(self._due[seq] - _now(), 0.1) for seq in left)])

    async def _one(self, one: Asked) -> None:
        try:
            if one.contact is None:
                whole = await asyncio.to_thread(self.db.compact)
            else:
                whole = (await asyncio.to_thread(self._forget, one.contact)).compacted
                log.info("contact %s has withdrawn consent and is erased", one.contact)
        except (UniboxError, OSError, sqlite3.Error) as error:
            log.warning("contact %s has withdrawn consent and is not erased yet: %s", one.contact, words_for(error))
            whole = False
        if whole:
            self._done.add(one.seq)
            return
        tries = self._tries.get(one.seq, 0)
        self._tries[one.seq] = tries + 1
        self._due[one.seq] = _now() + min(FIRST_S * 2**tries, LONGEST_S)

    async def _move(self, to: int, *, at_once: bool) -> None:
        self._after = to
        if to > self._kept and (at_once or to - self._kept >= KEEP_EVERY):
            await self.db.write(lambda tx: cursors.put(tx, asked.NO_INBOX, asked.STREAM, {"seq": to}, self.fence))
            self._kept = to
            self._done = {seq for seq in self._done if seq > to}


def _now() -> float:
    return asyncio.get_running_loop().time()
