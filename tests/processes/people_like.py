"""One of several processes that decide about the same customers at once. `DATABASE ROLE SEED SECONDS`; ROLE: an agent's name,
`arrivals`, or `forget:ADDRESS`. Waits for a line, works, then prints what it did as JSON: outcome -> how often."""

from __future__ import annotations

import collections
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

from unibox_tui.desk import people, undo
from unibox_tui.domain.errors import Conflict, NotFound, Refused, WrongUse
from unibox_tui.domain.inbound import MessageReceived, Person
from unibox_tui.domain.words import Author
from unibox_tui.host.media import MediaStore
from unibox_tui.store import inboxes
from unibox_tui.store.database import Database, Tx
from unibox_tui.store.events import Actor
from unibox_tui.sync import forgetting
from unibox_tui.sync.facts import Rules, prepare
from unibox_tui.sync.ingest import ingest


class Work:
    def __init__(self, db: Database, role: str, seed: int) -> None:
        self.db = db
        self.role = role
        self.chance = random.Random(seed)
        self.actor = Actor(Author.AGENT, role, "cli")
        self.count = 0

    def step(self) -> str:
        """What was tried and what came of it."""
        name, act = self._choice()
        try:
            act()
        except (Conflict, NotFound, Refused, WrongUse) as error:
            return f"{name}: {type(error).__name__}"
        return f"{name}: done"

    def _choice(self) -> tuple[str, Any]:
        kind, _, address = self.role.partition(":")
        if kind == "arrivals":
            return "arrived", self._arrive
        if kind == "forget":
            return "forget", lambda: self._forget(address)
        name = self.chance.choice(("merge", "merge", "split", "identity", "undo", "redo", "label"))
        return name, lambda: self.db.write_now(getattr(self, f"_{name}"))

    def _somebody(self, tx: Tx) -> Any:
        found = tx.all("SELECT * FROM identity ORDER BY id")
        return self.chance.choice(found)

    def _merge(self, tx: Tx) -> None:
        one, other = (self._somebody(tx)["contact_id"] for _ in range(2))
        people.merge(tx, self.actor, one, other, join=self.chance.random() < 0.5)

    def _split(self, tx: Tx) -> None:
        people.split(tx, self.actor, self._somebody(tx)["contact_id"])

    def _identity(self, tx: Tx) -> None:
        row = self._somebody(tx)
        people.split(tx, self.actor, row["contact_id"], identity=row["id"])

    def _label(self, tx: Tx) -> None:
        people.label(tx, self.actor, self._somebody(tx)["contact_id"], [f"nhãn {self.chance.randrange(3)}"])

    def _undo(self, tx: Tx) -> None:
        undo.undo(tx, self.actor)

    def _redo(self, tx: Tx) -> None:
        undo.redo(tx, self.actor)

    def _arrive(self) -> None:
        self.count += 1
        name = self.chance.choice(("a", "b"))
        address = f"z{self.chance.randrange(8)}"
        row = self.db.read_now(lambda db: inboxes.named(db, name))
        fact = MessageReceived(f"{address}-{self.count}", Person(address, "id", f"Khách {address}"), self.db.now(), "ạ")
        ready = prepare(fact, row, Rules(), lambda data: ("", 0))
        self.db.write_now(lambda tx: ingest(tx, row.id, [ready], Rules()))

    def _forget(self, address: str) -> None:
        row = self.db.read_now(
            lambda db: db.execute("SELECT contact_id FROM identity WHERE address = :a", {"a": address}).fetchone()
        )
        if row is None:
            raise NotFound("Nobody has that address.")
        folder = self.db.path.parent
        kept = MediaStore(folder / "media")
        forgetting.forget(self.db, self.actor, row[0], media=kept, raw=folder / "raw", spool=folder / "spool")


def main() -> None:
    path, role, seed, seconds = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    with Database(path) as db:
        work = Work(db, role, seed)
        print("here", flush=True)
        sys.stdin.readline()
        told: collections.Counter[str] = collections.Counter()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            told[work.step()] += 1
            time.sleep(work.chance.random() / 100)  # a hand, not a loop: who waits for the file has a turn
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
