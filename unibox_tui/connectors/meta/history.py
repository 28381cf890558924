"""Meta's conversations, newest first, each with its last messages."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from unibox_tui.connectors import reading
from unibox_tui.connectors.contract import Batch, Item
from unibox_tui.connectors.errors import Misconfigured, Unparseable
from unibox_tui.connectors.looking_back import NEWS, PAST, LookingBack, same_text
from unibox_tui.connectors.meta import parse
from unibox_tui.connectors.meta.graph import Graph, following

PAGE = 50
MESSAGES = 20  # Meta tells no more than the last twenty of a conversation
_FIELDS = (
    f"id,updated_time,messages.limit({MESSAGES})"
    "{id,created_time,from,to,message,attachments{id,name,size,mime_type,image_data,video_data,file_url},sticker,reply_to}"
)


@dataclass(frozen=True, slots=True)
class Where:
    """`owner`: whose conversations (a Page's id, or `me`). `platform`: messenger, instagram, or empty where it is known."""

    owner: str
    platform: str
    ours: str


class Conversations(LookingBack):
    def __init__(self, graph: Graph, where: Where, side: parse.Side, now: Callable[[], int]) -> None:
        super().__init__(now)
        self._graph, self._where, self._side = graph, where, side

    async def _news(self, since: int) -> AsyncIterator[Batch]:
        after = ""
        while True:
            page, after = await self._page(after)
            fresh = [one for one in page if _updated(one) >= since]
            items = [item for one in fresh for item in self._items(one, since)]
            if items:
                yield Batch(NEWS, tuple(items), phase="catching up")
            if not after or len(fresh) < len(page):
                return

    async def _past(self, past: Mapping[str, Any], oldest: int) -> AsyncIterator[Batch]:
        after = reading.word(past, "after")
        done = reading.count(past, "count")
        while True:
            page, after = await self._page(after)
            wanted = [one for one in page if _updated(one) >= oldest]
            items = [item for one in wanted for item in self._items(one, oldest)]
            done += len(wanted)
            over = not after or len(wanted) < len(page)
            cursor = {"after": after, "count": done, "done": over}
            yield Batch(PAST, tuple(items), cursor, inert=True, phase="backfill", progress=(done, 0))
            if over:
                return

    async def _page(self, after: str) -> tuple[Sequence[Mapping[str, Any]], str]:
        params = {"fields": _FIELDS, "limit": str(PAGE)}
        if self._where.platform:
            params["platform"] = self._where.platform
        if after:
            params["after"] = after
        data = await self._graph.get(f"{self._where.owner}/conversations", params)
        data = data if isinstance(data, dict) else {}
        return reading.some(data, "data"), following(data)

    def _items(self, conversation: Mapping[str, Any], since: int) -> list[Item]:
        """Oldest first, as they were said."""
        messages = reading.some(reading.maybe(conversation, "messages"), "data")
        found = []
        for message in reversed(messages):
            body = json.dumps(
                {"object": parse.HISTORY, "ours": self._where.ours, "message": message}, ensure_ascii=False
            ).encode()
            try:
                facts = tuple(parse.events(body, self._side))
            except Unparseable as error:
                found.append(Item((), body, reading.word(message, "id"), error.message))
                continue
            if all(getattr(fact, "sent_at", since) >= since for fact in facts):
                found.append(Item(facts, body, reading.word(message, "id")))
        return found

    async def sent_since(self, customer: str, at: int, text: str) -> str | None:
        """The id of a message of ours to this customer with this text, not older than `at`; None when there is none."""
        params = {"user_id": customer, "fields": f"messages.limit({MESSAGES}){{id,created_time,from,message}}"}
        if self._where.platform:
            params["platform"] = self._where.platform
        try:
            data = await self._graph.get(f"{self._where.owner}/conversations", params)
        except Misconfigured:
            return None
        for conversation in reading.some(data if isinstance(data, dict) else {}, "data"):
            for message in reading.some(reading.maybe(conversation, "messages"), "data"):
                ours = reading.word(reading.maybe(message, "from"), "id") == self._where.ours
                # Meta's times are whole seconds.
                late = parse.moment(reading.word(message, "created_time")) >= at - 1_000
                if ours and late and same_text(reading.word(message, "message"), text):
                    return reading.word(message, "id") or None
        return None


def _updated(conversation: Mapping[str, Any]) -> int:
    try:
        return parse.moment(reading.word(conversation, "updated_time"))
    except Unparseable:
        return reading.LATEST_MS  # looked into rather than left out
