"""A process that writes to a store for ever. `DATABASE thread|main|inside [MS]`: where, and how long each transaction takes.

`inside` goes into one transaction, says so and stays there.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from unibox_tui.host.suspend import stop_when
from unibox_tui.store import agents
from unibox_tui.store.database import Database, Tx


def main() -> None:
    db = Database(Path(sys.argv[1]))
    stop_when(db.when_quiet)
    how, seconds = sys.argv[2], float(sys.argv[3]) / 1000

    def work(tx: Tx) -> None:
        agents.ensure(tx, "writer", str(time.monotonic_ns()))
        if how == "inside":
            print("inside", flush=True)
        time.sleep(seconds)

    async def for_ever() -> None:
        while True:
            await db.write(work)

    print("here", flush=True)
    if how == "thread":
        asyncio.run(for_ever())
    while True:
        db.write_now(work)


if __name__ == "__main__":
    main()
