"""Twenty queries as they are asked all day: what each costs on a large store, and by which index it is answered.

python -m benchmarks.queries [--messages N] [--rounds N]
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.inprocess import BIG, NOW, make_store

WORK = Path(__file__).parent / "work"
MOST_MS = 30.0  # of performance's bars: any filter's first page, the slowest
TYPICAL = (
    "", "is:open assignee:me", "is:unassigned is:open", "is:unanswered sort:wait", "closes<2h sort:closes", "is:snoozed sort:returns",
    "is:unread channel:zalo", "wait>30m -label:vip", 'label:"giao thiếu" is:open', "has:phone is:open", "-has:phone channel:messenger",
    'inbox:oa,mail status:open,pending', "is:new", "answered-by:me after:7d", "last-answer-by:binh is:unanswered", "from:nguyen is:open",
    "language:th sort:priority,wait", "number:10100..10400", "hoàn tiền is:open", 'พัสดุ -is:spam after:30d',
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measured:
    query: str
    p50_ms: float
    worst_ms: float
    rows: int
    scans: tuple[str, ...]  # tables read from end to end


def measure(path: Path, rounds: int) -> list[Measured]:
    from unibox_tui.store.database import Database
    from unibox_tui.views import lists

    found: list[Measured] = []
    with Database(path) as db:

        def page(query: str) -> int:
            return len(db.read_now(lambda c: lists.page(c, query, me="an", now=NOW, limit=50)).rows)

        for query in TYPICAL:
            page(query)  # fills caches
            taken, rows = [], 0
            for _ in range(rounds):
                start = time.perf_counter()
                rows = page(query)
                taken.append((time.perf_counter() - start) * 1000)
            scans = db.read_now(lambda c, query=query: scanned(c, query))  # type: ignore[misc]
            found.append(Measured(query, statistics.median(taken), max(taken), rows, scans))
    return found


def scanned(db: sqlite3.Connection, query: str) -> tuple[str, ...]:
    """Tables the plan reads from end to end to find the first page; none is as it should be. What is scanned by an index in
    the order wanted, and left after fifty rows, is not meant."""
    from unibox_tui.store.filters import Scope
    from unibox_tui.store.paging import Result
    from unibox_tui.views.query import parse

    asked: list[str] = []
    db.set_trace_callback(asked.append)
    try:
        Result(Scope(db, "an", NOW, None), parse(query)).down(None, 50)
    finally:
        db.set_trace_callback(None)
    found: set[str] = set()
    for sql in asked:
        if sql.lstrip().upper().startswith(("SELECT", "WITH")):
            plan = [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}")]
            found |= {
                line
                for line in plan
                if line.startswith("SCAN") and "INDEX" not in line and "VIRTUAL" not in line and _stored(line)
            }
    return tuple(sorted(found))


def _stored(line: str) -> bool:
    """A table of the store, not a list in the query or what it has found so far."""
    return line.split()[1] in {"conversation", "c", "message", "m", "contact", "identity", "found"}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=BIG)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    path = WORK / f"queries-{options.messages}" / "unibox.db"
    started = time.perf_counter()
    make_store(path, options.messages)
    made = time.perf_counter() - started
    lines = [
        f"{options.messages:,} messages (store made in {made:.0f} s), {options.rounds} rounds, ms until the first fifty rows stand.",
        "", "| query | p50 | worst | rows | reads a whole table |", "|---|---|---|---|---|",
    ]  # fmt: skip
    found = measure(path, options.rounds)
    for one in found:
        query = f"`{one.query}`" if one.query else "(all)"
        lines.append(
            f"| {query} | {one.p50_ms:.1f} | {one.worst_ms:.1f} | {one.rows} | {', '.join(one.scans) or 'no'} |"
        )
    slow = [one.query for one in found if one.p50_ms > MOST_MS]
    lines += ["", f"Slower than {MOST_MS:.0f} ms: {', '.join(slow) or 'none'}."]
    print("\n".join(lines))
    return 1 if slow or any(one.scans for one in found) else 0


if __name__ == "__main__":
    sys.exit(main())
