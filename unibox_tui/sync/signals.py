"""Typing and seen, shown to customers where the channel has them and the inbox wants them sent. A courtesy: never waited for,
errors are only counted."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Coroutine
from typing import Any

from unibox_tui.connectors.contract import MarksRead, ShowsTyping
from unibox_tui.store import signals, tallies
from unibox_tui.store.database import Database
from unibox_tui.store.trouble import words_for
from unibox_tui.sync.wanted import Able, Wanted, can
from unibox_tui.sync.worker import Worker

log = logging.getLogger(__name__)

LOOK_S = 1.0
IDLE_S = 30.0
FRESH_MS = 6_000  # an agent's screen says every four seconds that they type
AGAIN_MS = 8_000
SEND_S = 5.0
ALL = 16
KEPT = 4_096


class SignalWorker(Worker):
    what = "typing and seen"

    def __init__(self, db: Database, able: Able) -> None:
        super().__init__()
        self.db = db
        self.able = able
        self._typed: dict[int, tuple[int, int, str]] = {}  # identity -> (told at, inbox, address)
        self._seen: dict[int, int] = {}  # identity -> n of the last message told as seen
        self._since = db.now()

    async def step(self) -> float:
        able = self.able()
        typing = {
            id: one
            for id, one in able.items()
            if can(one.connector, ShowsTyping) and getattr(one.settings, "send_typing", True)
        }
        seen = {
            id: one
            for id, one in able.items()
            if can(one.connector, MarksRead) and getattr(one.settings, "send_seen", False)
        }
        if typing:
            await self._type(typing)
        if seen:
            await self._read(seen)
        return LOOK_S if typing or seen else IDLE_S

    async def _type(self, able: dict[int, Wanted]) -> None:
        now = self.db.now()
        rows = await self.db.read(lambda db: signals.typing(db, now - FRESH_MS))
        here = {row["identity_id"] for row in rows}
        for row in rows:
            told, _, _ = self._typed.get(row["identity_id"], (0, 0, ""))
            if row["inbox_id"] in able and now - told >= AGAIN_MS:
                self._typed[row["identity_id"]] = (now, row["inbox_id"], row["address"])
                self._tell_typing(able[row["inbox_id"]], row["address"], True)
        for identity in self._typed.keys() - here:
            _, inbox, address = self._typed.pop(identity)
            if inbox in able:
                self._tell_typing(able[inbox], address, False)

    def _tell_typing(self, inbox: Wanted, address: str, on: bool) -> None:
        connector = inbox.connector
        assert isinstance(connector, ShowsTyping)
        self._tell(inbox, f"typing {inbox.row.id} {address}", connector.typing(address, on))

    async def _read(self, able: dict[int, Wanted]) -> None:
        since = self._since
        rows = await self.db.read(lambda db: signals.read_since(db, since))
        for row in rows:
            self._since = max(self._since, row["at"])
            last = await self.db.read(
                functools.partial(signals.last_read, conversation=row["conversation_id"], n=row["n"])
            )
            if last is None or last["provider_id"] is None or last["inbox_id"] not in able:
                continue
            if self._seen.get(last["identity_id"], 0) < last["n"]:
                self._seen[last["identity_id"]] = last["n"]
                inbox = able[last["inbox_id"]]
                connector = inbox.connector
                assert isinstance(connector, MarksRead)
                work = connector.mark_read(last["address"], last["provider_id"])
                self._tell(inbox, f"seen {inbox.row.id} {last['address']}", work)
        while len(self._seen) > KEPT:
            del self._seen[next(iter(self._seen))]

    def _tell(self, inbox: Wanted, key: str, work: Coroutine[Any, Any, None]) -> None:
        """One at a time to each address; what does not fit is left out."""
        if key in self._flying or len(self._flying) >= ALL:
            work.close()
            return
        self.fly(key, self._send(inbox, work))

    async def _send(self, inbox: Wanted, work: Coroutine[Any, Any, None]) -> None:
        try:
            async with asyncio.timeout(SEND_S):
                await work
        except Exception as error:
            log.debug("inbox %s: %s", inbox.row.name, words_for(error))
            await self.db.write(lambda tx: tallies.count(tx, inbox.row.id, tallies.ERROR))
