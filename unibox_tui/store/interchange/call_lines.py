"""The call that a message is the card of: out of its row, and into one."""

from __future__ import annotations

import json

from unibox_tui.domain import calls as facts_of
from unibox_tui.domain.words import Direction
from unibox_tui.store import calls
from unibox_tui.store.database import Row, Tx
from unibox_tui.store.interchange import records
from unibox_tui.store.interchange.records import BadLine, ms_or_none

_TIMES = ("started", "answered", "ended", "waited_ms", "talked_ms")
_SHAPES = {"rang": dict, "told": dict, "voicemail": bool}


def told(row: Row) -> records.Call:
    return records.Call(
        via=row["via"],
        direction=row["direction"],
        agent=row["agent"],
        counts_at=row["counts_at"],
        reason=row["reason"],
        facts=json.loads(row["facts"]),
    )


def write(tx: Tx, n: int, line: records.Call) -> None:
    """Raises BadLine."""
    if line.direction not in (Direction.IN, Direction.OUT):
        raise BadLine(f"call: direction: {line.direction!r} is neither in nor out.")
    facts = line.facts
    if type(facts.get("started")) is not int:
        raise BadLine("call: facts: `started` is missing, in epoch milliseconds.")
    for name, value in facts.items():
        wanted = int if name in _TIMES else _SHAPES.get(name)
        if wanted is None or type(value) is not wanted:
            raise BadLine(f"call: facts: {name!r} is not known, or not what it should be.")
    try:
        facts_of.card(facts, id="", direction=line.direction)
    except (TypeError, ValueError, AttributeError, IndexError, KeyError):
        raise BadLine("call: facts: `told` or `rang` is not what it should be.") from None
    calls.put(
        tx,
        n,
        via=line.via,
        direction=line.direction,
        facts=facts,
        agent=line.agent,
        counts_at=ms_or_none(line.counts_at, "counts_at"),
    )
    if line.reason:
        calls.set_reason(tx, n, line.reason)
