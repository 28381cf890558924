"""Zalo's recent messages: one list over all customers, newest first, ten at a time (Zalo gives no more and refuses to be
asked for more)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

from unibox_tui.connectors import reading
from unibox_tui.connectors.contract import Batch, Item
from unibox_tui.connectors.errors import Unparseable
from unibox_tui.connectors.looking_back import NEWS, PAST, LookingBack, same_text
from unibox_tui.connectors.zalo import parse
from unibox_tui.connectors.zalo.calls import Calls

PAGE = 10
MOST_PAGES = 2_000


class History(LookingBack):
    def __init__(self, calls: Calls, api: str, side: parse.Side, now: Callable[[], int]) -> None:
        super().__init__(now)
        self._calls, self._api, self._side = calls, api, side

    async def _news(self, since: int) -> AsyncIterator[Batch]:
        for page in range(MOST_PAGES):
            rows = await self._page(page * PAGE)
            items = [self._item(row) for row in reversed(rows) if _time(row) >= since]
            if items:
                yield Batch(NEWS, tuple(items), phase="catching up")
            if not rows or len(items) < len(rows):
                return

    async def _past(self, past: Mapping[str, Any], oldest: int) -> AsyncIterator[Batch]:
        """New messages push the old ones further back: a page may hold some of the last again, never leave some out."""
        done = reading.count(past, "count")
        while True:
            rows = await self._page(done)
            items = [self._item(row) for row in reversed(rows) if _time(row) >= oldest]
            done += len(rows)
            over = not rows or len(items) < len(rows)
            cursor = {"count": done, "done": over}
            yield Batch(PAST, tuple(items), cursor, inert=True, phase="backfill", progress=(done, 0))
            if over:
                return

    async def _page(self, offset: int) -> Sequence[Mapping[str, Any]]:
        answer = await self._calls.get(f"{self._api}/v2.0/oa/listrecentchat", {"offset": offset, "count": PAGE})
        return reading.some(answer, "data")

    def _item(self, row: Mapping[str, Any]) -> Item:
        body = json.dumps({parse.HISTORY: row}, ensure_ascii=False).encode("utf-8", "replace")
        place = reading.word(row, "message_id")
        try:
            return Item(tuple(parse.events(body, self._side)), body, place)
        except Unparseable as error:
            return Item((), body, place, error.message)

    async def sent_since(self, customer: str, at: int, text: str) -> str | None:
        """The id of a message of ours to this customer with this text, not older than `at`; None when there is none."""
        answer = await self._calls.get(
            f"{self._api}/v2.0/oa/conversation", {"user_id": customer, "offset": 0, "count": PAGE}
        )
        for row in reading.some(answer, "data"):
            ours = reading.word(row, "src") == "0" and _time(row) >= at - 2_000
            if ours and same_text(reading.word(row, "message"), text):
                return reading.word(row, "message_id") or None
        return None


def _time(row: Mapping[str, Any]) -> int:
    """One that cannot be read is looked into rather than left out."""
    return reading.count(row, "time") or reading.LATEST_MS
