"""Hooks: programs of the configuration that run when something happened. They follow the event log by a cursor of their own.

What was imported, back-filled or replayed starts none. A hook runs after what it tells of is committed; one that was cut off
by a kill runs again, with the same `event.seq`. What fails is logged without anybody's words, and the next one runs.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from unibox_tui.config.commands import Hook
from unibox_tui.domain.errors import NotFound, UniboxError
from unibox_tui.host import processes
from unibox_tui.store import cursors, followed
from unibox_tui.store.database import Database, Row
from unibox_tui.views import jsonform, lists

log = logging.getLogger("unibox")

STREAM = "hooks"
NO_INBOX = 0  # the cursor is of the store, not of an inbox
LOOK_S = 1.0
_STATUS = {"resolved": "on_resolve", "snoozed": "on_snooze", "open": "on_reopen"}
_KINDS = {
    "message.received": "on_message",
    "message.written": "on_sent",
    "note.written": "on_note",
    "conversation.created": "on_new",
    "conversation.assigned": "on_assign",
    "conversation.labelled": "on_label",
    "conversation.unlabelled": "on_label",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One run of one hook."""

    name: str
    hook: Hook
    given: bytes


class Hooks:
    """`wanted`: name -> hook, asked for at every step, so that the configuration may change under way."""

    def __init__(
        self, db: Database, fence: int, wanted: Callable[[], Mapping[str, Hook]], zone: Callable[[], tzinfo | None]
    ) -> None:
        self.db = db
        self.fence = fence
        self.wanted = wanted
        self.zone = zone
        self._news = asyncio.Event()

    def ring(self) -> None:
        """Something may have happened."""
        self._news.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            self._news.clear()
            while await self.step():
                pass
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._news.wait()
            except TimeoutError:
                continue

    async def step(self) -> int:
        """Go through the next events; returns how many there were. The first time there is nothing to catch up."""
        place = await self.db.read(self._place)
        if place is None:
            head = await self.db.read(followed.head)
            await self._keep(head)
            return 0
        rows = await self.db.read(lambda db: followed.after(db, place))
        if not rows:
            return 0
        hooks = self.wanted()
        for row in rows:
            if not row["inert"] and hooks:
                for call in await self.db.read(lambda db: self._calls(db, row, hooks)):  # noqa: B023  it is awaited here
                    await self._run(call)
                    await self._keep(row["seq"])
        await self._keep(rows[-1]["seq"])
        return len(rows)

    @staticmethod
    def _place(db: sqlite3.Connection) -> int | None:
        kept = cursors.of_inbox(db, NO_INBOX).get(STREAM)
        return None if kept is None else int(kept["seq"])

    async def _keep(self, seq: int) -> None:
        await self.db.write(lambda tx: cursors.put(tx, NO_INBOX, STREAM, {"seq": seq}, self.fence))

    def _calls(self, db: sqlite3.Connection, row: Row, hooks: Mapping[str, Hook]) -> list[Call]:
        data = json.loads(row["data"])
        on = _STATUS.get(data.get("to", "")) if row["kind"] == "conversation.status" else _KINDS.get(row["kind"])
        id = row["conversation_id"]
        if on is None or id is None:
            return []
        found = [(name, hook) for name, hook in hooks.items() if hook.on == on and self._fits(db, name, hook, id)]
        if not found:
            return []
        try:
            told = self._told(db, on, row, data)
        except NotFound:
            return []  # forgotten meanwhile
        given = (jsonform.dumps(told) + "\n").encode()
        return [Call(name, hook, given) for name, hook in found]

    def _fits(self, db: sqlite3.Connection, name: str, hook: Hook, conversation: int) -> bool:
        if not hook.query:
            return True
        try:
            return bool(lists.matching(db, hook.query, [conversation], me="", now=self.db.now(), zone=self.zone()))
        except UniboxError as error:
            log.error("hook %s: its query cannot be read: %s", name, error.code)
            return False

    @staticmethod
    def _told(db: sqlite3.Connection, on: str, row: Row, data: Mapping[str, Any]) -> dict[str, Any]:
        event = {
            "seq": row["seq"],
            "at": row["at"],
            "hook": on,
            "kind": row["kind"],
            "actor_kind": row["actor_kind"],
            "actor": row["actor"],
            "cause": row["cause"],
            **{name: data[name] for name in ("from", "to", "label", "reason", "why") if name in data},
        }
        message = None if row["message_n"] is None else jsonform.message(db, row["message_n"])
        return {"event": event, "conversation": jsonform.conversation(db, row["conversation_id"]), "message": message}

    async def _run(self, call: Call) -> None:
        try:
            ran = await asyncio.to_thread(
                processes.pipe, call.hook.command, call.given, timeout=call.hook.seconds, limit=1 << 20
            )
        except processes.CommandFailed as error:
            log.error("hook %s: %s", call.name, error.code)
            return
        if ran.status:
            log.error("hook %s: %s ended with status %s", call.name, call.hook.command[0], ran.status)
