"""What recognising a customer costs as contacts grow: one arriving message, from the transaction's begin to its end.

    python -m benchmarks.joining [--sizes 10000,100000,300000] [--messages 300]

Contacts are written straight into the tables, each with a verified phone, a stated address and an order code; the messages
that are measured then come through ingest: strangers, known people, and people who share a key or a code with another. A
flat column is what is looked for. Prints one JSON line for each size.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from pathlib import Path

from unibox_tui.domain.ids import n_floor, new_id
from unibox_tui.domain.inbound import MessageReceived, Person
from unibox_tui.domain.policy import Capabilities
from unibox_tui.store import inboxes, recognising
from unibox_tui.store.database import Database, Tx
from unibox_tui.sync.facts import Rules, prepare
from unibox_tui.sync.ingest import ingest

START = 1_790_000_000_000
CHUNK = 10_000


def phone(number: int) -> str:
    return f"+8490{number:07d}"


def fill(db: Database, inbox: int, first: int, last: int) -> None:
    """Contacts `first` to `last`, each with an identity, two keys, a conversation and a message that names an order."""
    for low in range(first, last, CHUNK):
        numbers = range(low, min(low + CHUNK, last))

        def write(tx: Tx, numbers: range = numbers) -> None:
            rows = [
                {
                    "id": number,
                    "uid": new_id(START),
                    "conversation": 10_000 + number,
                    "n": n_floor(START + number * 1_000),
                    "message": new_id(START),
                    "at": START + number * 1_000,
                    "inbox": inbox,
                    "name": f"Khách {number}",
                    "address": f"b{number}",
                    "phone": phone(number),
                    "email": f"k{number}@khach.example",
                    "order": f"DH{1_000_000 + number}",
                }
                for number in numbers
            ]
            for sql in (
                "INSERT INTO contact (id, uid, name, first_seen_at, last_seen_at, created_at, updated_at) "
                "VALUES (:id, :uid, :name, :at, :at, :at, :at)",
                "INSERT INTO identity (id, inbox_id, contact_id, kind, address, first_seen_at, last_seen_at) "
                "VALUES (:id, :inbox, :id, 'id', :address, :at, :at)",
                "INSERT INTO contact_key (kind, value, contact_id, identity_id, verified, norm, at) "
                "VALUES ('phone', :phone, :id, :id, 1, :phone, :at)",
                "INSERT INTO contact_key (kind, value, contact_id, identity_id, verified, norm, at) "
                "VALUES ('email', :email, :id, :id, 0, :email, :at)",
                "INSERT INTO conversation (id, uid, group_name, contact_id, last_at, created_at, updated_at) "
                "VALUES (:conversation, :message, 'main', :id, :at, :at, :at)",
                "INSERT INTO message (n, id, conversation_id, born_in, inbox_id, identity_id, direction, author_kind, sent_at, "
                "received_at, state) VALUES (:n, :message, :conversation, :conversation, :inbox, :id, 'in', 'contact', :at, :at, "
                "'received')",
                "INSERT INTO message_body (n, text, fold_version) VALUES (:n, '', 1)",
                "INSERT INTO found (kind, value, n, raw, confidence, conversation_id) "
                "VALUES ('order', :order, :n, :order, 'high', :conversation)",
            ):
                tx.many(sql, rows)
            tx.run("DELETE FROM people_stale")
            for name in ("contact", "identity", "conversation"):
                tx.run(
                    "INSERT INTO counter (name, value) VALUES (:name, 2000000) ON CONFLICT (name) DO UPDATE SET value = max(value, 2000000)",
                    name=name,
                )

        db.write_now(write)


def measure(db: Database, inbox: int, contacts: int, messages: int, run: int) -> dict[str, float | int]:
    """Milliseconds of one message's ingest, and of the look-ups in it."""
    chance = random.Random(run)
    row = db.read_now(lambda reader: inboxes.by_id(reader, inbox))
    whole: list[float] = []
    looking: list[float] = []

    def timed(original):  # type: ignore[no-untyped-def]
        def call(*args, **named):  # type: ignore[no-untyped-def]
            begin = time.perf_counter()
            try:
                return original(*args, **named)
            finally:
                looking[-1] += time.perf_counter() - begin

        return call

    originals = recognising.automatic, recognising.suggest
    recognising.automatic, recognising.suggest = map(timed, originals)
    try:
        for number in range(messages):
            other = chance.randrange(contacts)
            address, text, vouched = f"r{run}-{number}", "em hỏi size M ạ", ()
            kind = number % 4
            if kind == 1:
                address = f"b{other}"
            elif kind == 2:
                text = f"đơn DH{1_000_000 + other} của em, số em {phone(other)}"
            elif kind == 3:
                vouched = (("phone", phone(other)),)
            fact = MessageReceived(
                f"m{run}-{number}", Person(address, "id", f"Khách {other}", vouched=vouched), db.now(), text
            )
            ready = prepare(fact, row, Rules(), lambda data: ("", 0))
            looking.append(0.0)
            begin = time.perf_counter()
            db.write_now(lambda tx, ready=ready: ingest(tx, inbox, [ready], Rules()))
            whole.append(time.perf_counter() - begin)
    finally:
        recognising.automatic, recognising.suggest = originals
    joined = db.read_now(lambda reader: reader.execute("SELECT count(*) FROM contact_merge").fetchone()[0])
    offered = db.read_now(lambda reader: reader.execute("SELECT count(*) FROM contact_suggestion").fetchone()[0])
    return {
        "contacts": contacts,
        "look_ms_p50": round(statistics.median(looking) * 1000, 3),
        "look_ms_p95": round(statistics.quantiles(looking, n=20)[-1] * 1000, 3),
        "ingest_ms_p50": round(statistics.median(whole) * 1000, 3),
        "joined": joined,
        "offered": offered,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sizes", default="10000,100000,300000")
    parser.add_argument("--messages", type=int, default=300)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Database(Path(folder) / "unibox.db") as db:
        inbox = db.write_now(lambda tx: inboxes.ensure(tx, "bench", "zalo", "main", "Bench", "bench", Capabilities()))
        clock = START + 3_000_000_000
        db.now = lambda: clock
        size = 0
        for run, wanted in enumerate(int(piece) for piece in given.sizes.split(",")):
            fill(db, inbox, size, wanted)
            size = wanted
            db.checkpoint()
            print(json.dumps(measure(db, inbox, size, given.messages, run)), flush=True)


if __name__ == "__main__":
    main()
