"""What was said before, and while our webhook could not be reached: one list over all customers, newest first, ten at a
time (Zalo gives no more and refuses to be asked for more).

Two streams. `news` remembers until when everything has been seen, and looks again every so often. `history` is what lies
before the inbox was first used, taken once, inert, and goes on where it was left.
"""

from __future__ import annotations

import asyncio
import json
import unicodedata
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

from unibox_tui.connectors import reading
from unibox_tui.connectors.contract import OUTAGE, Batch, Cursor, Item
from unibox_tui.connectors.errors import Unparseable
from unibox_tui.connectors.zalo import parse
from unibox_tui.connectors.zalo.calls import Calls

NEWS, PAST = "news", "history"
PAGE = 10
MOST_PAGES = 2_000
OVERLAP_MS = 120_000
DAY = 86_400_000


class History:
    def __init__(self, calls: Calls, api: str, side: parse.Side, now: Callable[[], int]) -> None:
        self._calls, self._api, self._side, self._now = calls, api, side, now

    async def pull(self, cursors: Mapping[str, Cursor], *, every_s: float, history_days: int) -> AsyncIterator[Batch]:
        """Never ends. `history_days` 0: none."""
        seen = reading.count(cursors.get(NEWS) or {}, "until") or self._now()
        if NEWS not in cursors:
            yield Batch(NEWS, cursor={"until": seen}, phase="catching up")
        lost = reading.count(cursors.get(OUTAGE) or {}, "from")
        since = min(seen, lost) if lost else seen
        past = cursors.get(PAST) or {}
        while True:
            begun = self._now()
            async for batch in self._news(since - OVERLAP_MS):
                yield batch
            since = begun
            yield Batch(NEWS, cursor={"until": begun}, phase="polling")
            if history_days and not past.get("done"):
                async for batch in self._past(past, begun - history_days * DAY):
                    past = batch.cursor or past
                    yield batch
            await asyncio.sleep(every_s)

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
            if ours and _same(reading.word(row, "message"), text):
                return reading.word(row, "message_id") or None
        return None


def _same(one: str, other: str) -> bool:
    return unicodedata.normalize("NFC", one).strip() == unicodedata.normalize("NFC", other).strip()


def _time(row: Mapping[str, Any]) -> int:
    """One that cannot be read is looked into rather than left out."""
    return reading.count(row, "time") or reading.LATEST_MS
