"""What was said before, and while our webhook could not be reached, from networks that list their messages newest first.

Two streams. `news` remembers until when everything has been seen, and looks again every so often. `history` is what lies
before the inbox was first used, taken once, inert, and goes on where it was left.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from unibox_tui.connectors import reading
from unibox_tui.connectors.contract import OUTAGE, Batch, Cursor

NEWS, PAST = "news", "history"
OVERLAP_MS = 120_000
DAY = 86_400_000


class LookingBack:
    """Subclasses say how the lists are read."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now

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

    def _news(self, since: int) -> AsyncIterator[Batch]:
        """Batches of NEWS without a cursor: all that is not older than `since`, epoch ms."""
        raise NotImplementedError

    def _past(self, past: Mapping[str, Any], oldest: int) -> AsyncIterator[Batch]:
        """Inert batches of PAST from where the cursor `past` stands down to `oldest`, epoch ms; the last says `done`."""
        raise NotImplementedError


def same_text(one: str, other: str) -> bool:
    """Whether a network tells what we wrote: it may write accents differently and drop spaces around."""
    return unicodedata.normalize("NFC", one).strip() == unicodedata.normalize("NFC", other).strip()
