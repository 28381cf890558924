"""What an open app does, without the screen: hears the bell, reads lists, writes labels, notes and drafts.

`HOME NAME SECONDS`: prints "written" when it has written for so long; then a line with a seq on its standard input tells how
far the feed goes; it prints one JSON document when it has seen that and leaves.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time

from unibox_tui.desk import answer, drafts, triage
from unibox_tui.desk.drafts import Draft
from unibox_tui.domain.words import Author
from unibox_tui.host.bell import BellFile, BellListener
from unibox_tui.host.paths import Home
from unibox_tui.store import agents, changes
from unibox_tui.store.database import Database, Tx
from unibox_tui.store.events import Actor
from unibox_tui.views import lists


class App:
    def __init__(self, home: Home, name: str) -> None:
        self.name = name
        self.actor = Actor(Author.AGENT, name, "test")
        self.db = Database(home.database, bell=BellFile(home.bell))
        self.listener = BellListener(home.bell)
        self.errors: list[str] = []
        self.heard: dict[int, int] = {}  # seq -> monotonic ns
        self.written: dict[int, int] = {}
        self.notes = 0
        self.reads = 0
        self.reloads = 0
        self.seq = 0

    async def listen(self) -> None:
        while True:
            await self.listener.wait(2.0)
            try:
                news = await self.db.read(lambda db: changes.since(db, self.seq))
                at = time.monotonic_ns()
                self.reloads += news.reload
                self.heard |= dict.fromkeys(range(self.seq + 1, news.seq + 1), at)
                self.seq = news.seq
                for query in ("", "is:unread"):
                    await self.db.read(
                        lambda db, query=query: lists.page(db, query, me=self.name, now=self.db.now(), limit=50)
                    )
                    self.reads += 1
            except Exception as error:
                self.errors.append(f"reading: {type(error).__name__}: {error}")
            await asyncio.sleep(0.033)

    async def write(self, seconds: float) -> None:
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            await asyncio.sleep(random.uniform(0.05, 0.25))
            try:
                ids = await self.db.read(self._some)
                await self.db.write(self._one_thing(random.choice(ids)))
            except Exception as error:
                self.errors.append(f"writing: {type(error).__name__}: {error}")

    @staticmethod
    def _some(db) -> list[int]:
        return [row[0] for row in db.execute("SELECT id FROM conversation ORDER BY id LIMIT 40")]

    def _one_thing(self, conversation: int):
        what = random.choice(("note", "label", "unlabel", "draft"))

        def write(tx: Tx) -> None:
            before = changes.head(tx.db)
            if what == "note":
                answer.note(tx, self.actor, conversation, f"{self.name} ghi chú {self.notes}")
            elif what == "label":
                triage.label(tx, self.actor, [conversation], [f"nhãn {random.randrange(5)}"])
            elif what == "unlabel":
                triage.unlabel(tx, self.actor, [conversation], [f"nhãn {random.randrange(5)}"])
            else:
                drafts.save(tx, self.name, Draft(conversation, "reply", f"đang viết {random.random()}"))
            after = changes.head(tx.db)
            if after > before:
                self.written[after] = time.monotonic_ns()
            self.notes += what == "note"

        return write

    async def run(self, seconds: float) -> None:
        await self.db.write(lambda tx: agents.ensure(tx, self.name, self.name))
        self.seq = await self.db.read(changes.head)
        first = self.seq
        listening = asyncio.create_task(self.listen())
        print("here", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        await self.write(seconds)
        print("written", flush=True)
        last = int(await asyncio.to_thread(sys.stdin.readline))
        async with asyncio.timeout(20):
            while self.seq < last:
                await asyncio.sleep(0.01)
        listening.cancel()
        seen = {"first": first, "seq": self.seq, "reloads": self.reloads, "reads": self.reads}
        told = {"errors": self.errors, "notes": self.notes, "written": self.written, "heard": self.heard}
        print(json.dumps(seen | told), flush=True)
        self.db.close()


if __name__ == "__main__":
    asyncio.run(App(Home.find(sys.argv[1]), sys.argv[2]).run(float(sys.argv[3])))
