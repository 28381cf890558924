"""Calls whose end nobody told: an exchange that was restarted, a post that never came. They do not go on for ever: after a
while they end as calls of which it is not known what became. The real end, should it come, still holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable

from unibox_tui.domain.calls import ENDED, UNTOLD
from unibox_tui.domain.inbound import CallChanged, Person
from unibox_tui.domain.words import Direction
from unibox_tui.store import calls, inboxes
from unibox_tui.store.database import Database, Tx
from unibox_tui.sync.facts import Prepared, Rules
from unibox_tui.sync.ingest import ingest

RINGS_MS = 2 * 3_600_000  # with the longest wait in a queue
TALKS_MS = 12 * 3_600_000


async def close(db: Database, rules_of: Callable[[str], Rules]) -> int:
    """End them; how many."""

    def write(tx: Tx) -> int:
        rows = calls.left_open(tx.db, rang_before=tx.now - RINGS_MS, talked_before=tx.now - TALKS_MS)
        of: dict[int, list[Prepared]] = defaultdict(list)
        for row in rows:
            id = str(row["provider_id"])
            nobody = Person(f"withheld:{id}", "withheld")  # the card knows who it is
            end = CallChanged(id, nobody, tx.now, ENDED, direction=Direction(row["direction"]), cause=UNTOLD)
            of[row["inbox_id"]].append(Prepared(end))
        for inbox, ends in of.items():
            ingest(tx, inbox, ends, rules_of(inboxes.by_id(tx.db, inbox).group_name), cause="clock")
        return len(rows)

    if not await db.read(
        lambda reader: calls.left_open(
            reader, rang_before=db.now() - RINGS_MS, talked_before=db.now() - TALKS_MS, most=1
        )
    ):
        return 0
    return await db.write(write)
