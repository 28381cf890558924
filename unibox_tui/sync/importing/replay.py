"""A quarantined payload read once more, inert: an imported line by the lines' own reader, all else by its connector."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, Protocol

from unibox_tui.config import Config
from unibox_tui.connectors import registry
from unibox_tui.connectors.contract import ParsesRaw
from unibox_tui.domain.errors import Refused
from unibox_tui.store import inboxes, messages, raw_events
from unibox_tui.store.database import Database, Row
from unibox_tui.sync import raw
from unibox_tui.sync.importing.lines import LineImport, Media
from unibox_tui.sync.importing.sources import File, Piece
from unibox_tui.sync.registering import rules_of


class SecretChain(Protocol):
    def of_inbox(self, inbox: str) -> Callable[[str], str | None]: ...


def replay(db: Database, id: str, config: Config, secrets: SecretChain, media: Media) -> dict[str, Any]:
    """{id, outcome (new, duplicate, applied, ignored, quarantined), message_ids, reason}. Raises NotFound, Refused."""
    row = db.read_now(lambda read: raw_events.get(read, id))
    if row["state"] != "quarantined":
        raise Refused(f"{row['id']} is not in quarantine but {row['state']}.")
    if row["source"] == "import" and json.loads(row["headers"]).get("format") == "jsonl":
        return _line(db, row, config, media)
    if row["source"] == raw_events.DELETION:
        db.write_now(lambda tx: raw_events.look_up_again(tx, row["id"]))
        reason = "The service looks once more for whom it is about."
        return {"id": row["id"], "outcome": "quarantined", "message_ids": [], "reason": reason}
    inbox = db.read_now(lambda read: inboxes.by_id(read, row["inbox_id"]))
    settings = config.inboxes.get(inbox.name)
    connector: Any = registry.build(inbox.name, settings, secrets.of_inbox(inbox.name)) if settings else None
    parser = connector if isinstance(connector, ParsesRaw) else None

    async def work() -> list[Any]:
        worker = raw.RawEvents(db, lambda _: parser, lambda group: rules_of(group, config), media.put)
        try:
            return await worker.work_off(row, inert=True)
        finally:
            if connector is not None:
                await connector.aclose()

    outcomes = asyncio.run(work())
    now = db.read_now(lambda read: raw_events.get(read, row["id"]))
    ns = [outcome.n for outcome in outcomes if outcome.n is not None]
    ids = db.read_now(lambda read: messages.public_ids(read, ns))
    words = [outcome.what for outcome in outcomes]
    outcome = "new" if "new" in words else words[0] if words else "ignored"
    return {"id": row["id"], "outcome": outcome, "message_ids": list(ids.values()), "reason": now["error"] or ""}


def _line(db: Database, row: Row, config: Config, media: Media) -> dict[str, Any]:
    inbox = db.read_now(lambda read: inboxes.by_id(read, row["inbox_id"]))
    path, _, position = row["place"].rpartition(":")
    piece = Piece(File(path, "jsonl", 0, 0.0), int(position or 1), bytes(row["body"] or b""))
    work = LineImport(db, media, lambda group: rules_of(group, config), inbox)
    item = work.replay(piece)
    if item.outcome != "quarantined":
        db.write_now(lambda tx: raw_events.finish(tx, row["id"]))
    else:
        db.write_now(lambda tx: raw_events.quarantine(tx, row["id"], item.reason))
    return {"id": row["id"], "outcome": item.outcome, "message_ids": list(item.message_ids), "reason": item.reason}
