"""What has happened at Chatwoot: first what was missed, conversation by conversation, then what its socket says.

The cursor is the greatest number of a message that is here and the time until which everything has been looked at.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from unibox_tui.connectors import reading
from unibox_tui.connectors.chatwoot import parse
from unibox_tui.connectors.chatwoot.api import ChatwootApi
from unibox_tui.connectors.chatwoot.settings import ChatwootSettings
from unibox_tui.connectors.chatwoot.socket import room
from unibox_tui.connectors.contract import OUTAGE, Batch, Cursor, Item, Tools
from unibox_tui.connectors.errors import CredentialsRejected, SendRejected, Unparseable
from unibox_tui.domain.inbound import Upstream

STREAM = "events"
OVERLAP_MS = 300_000
OVERLAP_IDS = 50  # numbers are given before they are written, so a smaller one may come later
MOST_BACK = 25  # pages of twenty of one conversation
DAY = 86_400_000


class Pulling:
    def __init__(self, api: ChatwootApi, settings: ChatwootSettings, terms: parse.Terms, tools: Tools) -> None:
        self._api, self._settings, self._terms, self._tools = api, settings, terms, tools
        self._last, self._at = 0, 0
        self._stood: dict[str, Upstream] = {}

    async def run(self, cursors: Mapping[str, Cursor]) -> AsyncIterator[Batch]:
        kept = cursors.get(STREAM) or {}
        self._last, self._at = reading.count(kept, "last_id"), reading.count(kept, "at")
        outage = reading.count(cursors.get(OUTAGE) or {}, "from")
        if self._settings.ways == "poll":
            while True:
                async for batch in self._missed(outage):
                    yield batch
                outage = 0
                await asyncio.sleep(self._settings.poll_seconds)
        profile = await self._api.call("GET", "/profile")
        profile = profile if isinstance(profile, dict) else {}
        word, user = reading.word(profile, "pubsub_token"), reading.word(profile, "id")
        if not word or not user.isdigit():
            raise CredentialsRejected("This token is no agent's.", hint='Take one of an agent, or set ways = "poll".')
        async with room(self._settings.api, word, self._settings.account, user) as open_room:
            present = asyncio.create_task(open_room.be_present()) if self._settings.online else None
            try:
                # The room is open already, so nothing falls between what is listed and what is told.
                async for batch in self._missed(outage):
                    yield batch
                async for frame in open_room.frames():
                    item = self._item(frame)
                    self._last = max(self._last, parse.last_id(frame))
                    if item is not None:
                        self._at = self._tools.now()
                        yield Batch(STREAM, (item,), self._cursor, phase="listening")
            finally:
                if present is not None:
                    present.cancel()
                    with contextlib.suppress(asyncio.CancelledError, Exception):
                        await present

    @property
    def _cursor(self) -> dict[str, int]:
        return {"last_id": self._last, "at": self._at}

    async def _missed(self, outage: int) -> AsyncIterator[Batch]:
        """Each conversation with news, oldest page of news last; the cursor moves when all are here."""
        begun, first = self._tools.now(), not self._at
        since = self._at - OVERLAP_MS if self._at else begun - self._settings.history_days * DAY
        if outage:
            since = min(since, outage - OVERLAP_MS)
        back_to = since if first or outage else None
        last, number, done = self._last, 1, 0
        while True:
            page = await self._page(number)
            fresh = [one for one in page if reading.count(one, "last_activity_at") * 1000 >= since]
            for conversation in fresh:
                items, greatest = await self._of(conversation, back_to)
                last, done = max(last, greatest), done + 1
                if items:
                    phase = "backfill" if first else "catching up"
                    yield Batch(STREAM, tuple(items), inert=first, phase=phase, progress=(done, 0))
            if not first and (quiet := [item for one in page if one not in fresh and (item := self._quiet(one))]):
                yield Batch(STREAM, tuple(quiet), phase="catching up")
            if not page or len(fresh) < len(page):
                break
            number += 1
        self._last, self._at = max(self._last, last), begun
        phase = "polling" if self._settings.ways == "poll" else "listening"
        yield Batch(STREAM, (), self._cursor, phase=phase)

    async def _page(self, number: int) -> Sequence[Mapping[str, Any]]:
        params = {
            "status": "all", "assignee_type": "all", "sort_by": "last_activity_at_desc", "page": str(number),
        }  # fmt: skip
        if len(self._settings.inboxes) == 1:
            params["inbox_id"] = self._settings.inboxes[0]
        found = await self._api.call("GET", "conversations", params=params)
        return reading.some(reading.maybe(found if isinstance(found, dict) else {}, "data"), "payload")

    async def _of(self, conversation: Mapping[str, Any], back_to: int | None) -> tuple[list[Item], int]:
        """Its messages that may be new, oldest first, then how it stands; and the greatest number among them."""
        thread = reading.word(conversation, "id")
        inbox = reading.word(conversation, "inbox_id")
        if not thread.isdigit() or (self._settings.inboxes and inbox not in self._settings.inboxes):
            return [], 0
        contact = reading.maybe(reading.maybe(conversation, "meta"), "sender")
        messages = await (self._since(thread) if back_to is None else self._back(thread, back_to))
        frames: list[dict[str, Any]] = [
            {"event": "message.created", "data": {"conversation_id": thread, **message}, "contact": contact}
            for message in messages
        ]
        frames += [
            {"event": "message.updated", "data": message}
            for message in messages
            if reading.word(message, "status") in ("delivered", "read", "failed")
        ]
        frames.append({"event": "conversation.updated", "data": conversation})
        self._stood[thread] = parse.state(conversation, self._terms)
        items = [item for frame in frames if (item := self._item(frame)) is not None]
        return items, max((reading.count(message, "id") for message in messages), default=0)

    def _quiet(self, conversation: Mapping[str, Any]) -> Item | None:
        """How one without news stands, if it stood otherwise: fields and teams change without a word in the conversation."""
        thread, state = reading.word(conversation, "id"), parse.state(conversation, self._terms)
        if self._stood.get(thread) == state:
            return None
        self._stood[thread] = state
        return self._item({"event": "conversation.updated", "data": conversation})

    async def _since(self, thread: str) -> list[Mapping[str, Any]]:
        """All after the last that is here."""
        found: dict[int, Mapping[str, Any]] = {}
        after = max(self._last - OVERLAP_IDS, 0)
        while True:
            page = await self.messages(thread, {"after": str(after)})
            fresh = {reading.count(one, "id"): one for one in page if reading.count(one, "id") > after}
            if not fresh.keys() - found.keys():
                return [found[id] for id in sorted(found)]
            found |= fresh
            after = max(fresh)

    async def _back(self, thread: str, until: int) -> list[Mapping[str, Any]]:
        """Backwards to that time."""
        found: dict[int, Mapping[str, Any]] = {}
        params: dict[str, str] = {}
        for _ in range(MOST_BACK):
            page = [one for one in await self.messages(thread, params) if reading.count(one, "id")]
            fresh = {reading.count(one, "id"): one for one in page}
            if not fresh.keys() - found.keys():
                break
            found |= fresh
            if min(reading.count(one, "created_at") for one in page) * 1000 < until:
                break
            params = {"before": str(min(fresh))}
        return [found[id] for id in sorted(found)]

    async def messages(self, thread: str, params: Mapping[str, str] | None = None) -> Sequence[Mapping[str, Any]]:
        try:
            found = await self._api.call("GET", f"conversations/{thread}/messages", params=params or {}, decides=True)
        except SendRejected:
            return ()  # gone meanwhile
        return reading.some(found if isinstance(found, dict) else {}, "payload")

    def _item(self, frame: Mapping[str, Any]) -> Item | None:
        raw = json.dumps(frame, ensure_ascii=False).encode("utf-8", "replace")
        place = f"{reading.word(frame, 'event')} {reading.word(reading.maybe(frame, 'data'), 'id')}".strip()
        try:
            facts = tuple(parse.events(raw, self._terms))
        except Unparseable as error:
            return Item((), raw, place, error.message)
        return Item(facts, raw, place) if facts else None
