"""What the panel and the story of a customer cost beside the thread: milliseconds to read each, as the store grows.

    python -m benchmarks.panel [--sizes 10000,100000] [--rounds 60]

The customers are those of `benchmarks.joining`; one more has a conversation of 50 000 messages and two hundred short ones. The
panel should take no longer than the thread, and neither should follow the number of contacts. Prints a JSON line for each size.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.joining import START, fill
from unibox_tui.domain.ids import n_floor, new_id
from unibox_tui.domain.policy import Capabilities
from unibox_tui.store import inboxes
from unibox_tui.store.database import Database, Tx
from unibox_tui.views import contacts, panel, story, suggested, thread

LONG = 50_000
SHORT = 200
WHO = 3_000_000  # beside the numbers of `joining`


def life(db: Database, inbox: int) -> int:
    """The customer with the long story; returns their newest conversation."""

    def write(tx: Tx) -> None:
        at = START + 9_000_000_000
        tx.run(
            "INSERT INTO contact (id, uid, name, first_seen_at, last_seen_at, created_at, updated_at) "
            "VALUES (:id, :uid, 'Khách quen', :at, :at, :at, :at)",
            id=WHO,
            uid=new_id(START),
            at=at,
        )
        tx.run(
            "INSERT INTO identity (id, inbox_id, contact_id, kind, address, first_seen_at, last_seen_at) "
            "VALUES (:id, :inbox, :id, 'id', 'quen', :at, :at)",
            id=WHO,
            inbox=inbox,
            at=at,
        )
        conversations, rows = [], []
        for place in range(SHORT + 1):
            id = WHO + place
            count = LONG if place == 0 else 3
            conversations.append({"id": id, "uid": new_id(START), "who": WHO, "at": at + place})
            rows += [
                {
                    "n": n_floor(at + number * 60_000 + place * 3_000) + place % 1_000,
                    "id": new_id(START),
                    "conversation": id,
                    "inbox": inbox,
                    "who": WHO,
                    "at": at + number * 60_000,
                }
                for number in range(count)
            ]
        tx.many(
            "INSERT INTO conversation (id, uid, group_name, contact_id, last_at, created_at, updated_at) "
            "VALUES (:id, :uid, 'main', :who, :at, :at, :at)",
            conversations,
        )
        tx.many(
            "INSERT INTO message (n, id, conversation_id, born_in, inbox_id, identity_id, direction, author_kind, sent_at, "
            "received_at, state) VALUES (:n, :id, :conversation, :conversation, :inbox, :who, 'in', 'contact', :at, :at, 'received')",
            rows,
        )
        tx.many("INSERT INTO message_body (n, text, fold_version) VALUES (:n, 'em hỏi size M ạ', 1)", rows)

    db.write_now(write)
    return WHO


def timed(db: Database, read: Callable[[Any], object], rounds: int) -> float:
    """Median milliseconds."""
    spent = []
    for _round in range(rounds):
        begin = time.perf_counter()
        db.read_now(read)
        spent.append((time.perf_counter() - begin) * 1000)
    return round(statistics.median(spent), 2)


def measure(db: Database, size: int, conversation: int, rounds: int) -> dict[str, float | int]:
    now = db.now()
    chance = random.Random(size)

    def anybody() -> int:
        return 10_000 + chance.randrange(1, size)

    def of(view: Callable[..., object]) -> Callable[[Any], object]:
        return lambda reader: view(reader, anybody(), me="an", now=now)

    middle = n_floor(START + 9_000_000_000 + LONG // 2 * 60_000)
    return {
        "contacts": size,
        "thread_ms": timed(db, of(thread.thread), rounds),
        "panel_ms": timed(db, of(panel.panel), rounds),
        "suggested_ms": timed(db, lambda reader: suggested.of_conversation(reader, anybody()), rounds),
        "contacts_ms": timed(db, contacts.page, rounds),
        "find_ms": timed(
            db, lambda reader: contacts.page(reader, f"k{chance.randrange(1, size)}@khach.example"), rounds
        ),
        "long_thread_ms": timed(db, lambda r: thread.thread(r, conversation, me="an", now=now), rounds),
        "long_panel_ms": timed(db, lambda r: panel.panel(r, conversation, me="an", now=now), rounds),
        "story_end_ms": timed(db, lambda r: story.thread(r, conversation, me="an", now=now), rounds),
        "story_middle_ms": timed(
            db, lambda r: story.thread(r, conversation, me="an", now=now, around_n=middle), rounds
        ),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--sizes", default="10000,100000")
    parser.add_argument("--rounds", type=int, default=60)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Database(Path(folder) / "unibox.db") as db:
        inbox = db.write_now(lambda tx: inboxes.ensure(tx, "chat", "livechat", "main", "Chat", "chat", Capabilities()))
        conversation = life(db, inbox)
        filled = 1
        for size in (int(part) for part in args.sizes.split(",")):
            fill(db, inbox, filled, size)
            filled = size
            print(json.dumps(measure(db, size, conversation, args.rounds)), flush=True)


if __name__ == "__main__":
    main()
