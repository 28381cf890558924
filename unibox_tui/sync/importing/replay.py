"""A quarantined payload read once more, inert: an imported line by the lines' own reader, all else by its connector."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, Protocol

from unibox_tui.config import Config
from unibox_tui.connectors import registry
from unibox_tui.connectors.contract import Connector, ParsesRaw
from unibox_tui.connectors.errors import Unparseable
from unibox_tui.domain.errors import Refused
from unibox_tui.store import inboxes, messages, raw_events
from unibox_tui.store.database import Database, Row, Tx
from unibox_tui.sync import raw
from unibox_tui.sync.importing.lines import LineImport, Media
from unibox_tui.sync.importing.parting import NOBODY, parted
from unibox_tui.sync.importing.sources import File, Piece
from unibox_tui.sync.registering import register, rules_of

POSTED = ("webhook", "replay")


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
    rows, for_nobody = _by_inbox(db, row, config, secrets)
    results = [_read(db, part, config, secrets, media) for part in rows]
    if for_nobody:
        results.append({"outcome": "quarantined", "message_ids": [], "reason": NOBODY})
    stays = next((one for one in results if one["outcome"] == "quarantined"), None)
    new = next((one for one in results if one["outcome"] == "new"), None)
    told = stays or new or results[0]
    ids = [id for one in results for id in one["message_ids"]]
    return {"id": row["id"], "outcome": told["outcome"], "message_ids": ids, "reason": told["reason"]}


def _by_inbox(db: Database, row: Row, config: Config, secrets: SecretChain) -> tuple[list[Row], bool]:
    """What can be read now: the row itself; or, where inboxes of an app share an address and it is not (only) for the one
    under which it waits, a row for each it is for. And whether something is for nobody: that waits on under the old one."""
    inbox = db.read_now(lambda read: inboxes.by_id(read, row["inbox_id"]))
    if row["source"] not in POSTED or row["body"] is None or inbox.name not in config.inboxes:
        return [row], False
    try:
        parts = parted(_reader(inbox.name, config, secrets), bytes(row["body"]), inbox.name, config)
    except Unparseable:
        return [row], False  # reading it says what is wrong
    owned = [part.inbox for part in parts if part.inbox]
    if owned == [part.inbox for part in parts] and owned in ([], [inbox.name]):
        return [row], False

    def work(tx: Tx) -> list[str]:
        if not owned:
            raw_events.quarantine(tx, row["id"], NOBODY)
            return []
        headers, at = json.loads(row["headers"]), row["received_at"]
        ids = []
        for part in parts:
            owner = inboxes.by_name(tx.db, part.inbox) if part.inbox else inbox
            if owner is None:
                connector = _reader(part.inbox, config, secrets)
                owner = register(tx, part.inbox, config.inboxes[part.inbox], config, connector.capabilities())
            why = row["error"] if part.inbox else NOBODY
            id = raw_events.save(
                tx, owner.id, row["source"], headers, part.body, state="quarantined", error=why, received_at=at
            )
            if part.inbox:
                ids.append(id)
        raw_events.finish(tx, row["id"])
        tx.changed("quarantine", row["id"])
        return ids

    ids = db.write_now(work)
    return db.read_now(lambda read: [raw_events.get(read, id) for id in ids]), len(owned) < len(parts)


def _reader(name: str, config: Config, secrets: SecretChain) -> Connector:
    connector: Connector = registry.build(name, config.inboxes[name], secrets.of_inbox(name))
    return connector


def _read(db: Database, row: Row, config: Config, secrets: SecretChain, media: Media) -> dict[str, Any]:
    inbox = db.read_now(lambda read: inboxes.by_id(read, row["inbox_id"]))
    connector = _reader(inbox.name, config, secrets) if inbox.name in config.inboxes else None
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
    return {"outcome": outcome, "message_ids": list(ids.values()), "reason": now["error"] or ""}


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
