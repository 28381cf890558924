"""Raw events become rows: the connector's pure parse, then ingest, each in one transaction. Replay goes the same way, inert."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from unibox_tui.connectors.contract import ParsesRaw
from unibox_tui.connectors.errors import Unparseable
from unibox_tui.domain.errors import NotFound, UniboxError
from unibox_tui.domain.ids import new_id
from unibox_tui.domain.inbound import InboundEvent
from unibox_tui.host.files import PRIVATE_FILE, SHARED_FILE, is_shared, sync_folder
from unibox_tui.store import inboxes, raw_events
from unibox_tui.store.database import Database, Row, Tx
from unibox_tui.store.trouble import StoreMoved, passes, words_for
from unibox_tui.sync import echoes
from unibox_tui.sync.facts import Outcome, Prepared, PutMedia, Rules, arrived, prepare
from unibox_tui.sync.ingest import ingest
from unibox_tui.sync.patience import Patience

log = logging.getLogger(__name__)

ParserOf = Callable[[int], ParsesRaw | None]
RulesOf = Callable[[str], Rules]
"""The joining rules of an inbox group."""
WAITS = Outcome("waits")
WAITING_S = 0.25
TOGETHER, TOGETHER_BYTES = 16, 1_000_000
SEGMENT_AFTER_MS = 3_600_000
KEEP_MS = 30 * 86_400_000


class RawEvents:
    """Works off what the web edge saved, in the order it came."""

    def __init__(self, db: Database, parser_of: ParserOf, rules_of: RulesOf, put_media: PutMedia) -> None:
        self.db = db
        self.parser_of = parser_of
        self.rules_of = rules_of
        self.put_media = put_media
        self._wake = asyncio.Event()
        self._wake.set()
        self._patience = Patience("what was posted")
        self._waiting: set[str] = set()  # may be about a message that is being sent now

    def ring(self) -> None:
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled. Trouble of the machine is waited out: what is not worked off stays `new`."""
        while True:
            self._wake.clear()
            try:
                if await self.step():
                    self._wake.set()
                self._patience.over()
            except (UniboxError, OSError) as error:
                if not passes(error):
                    raise
                await asyncio.sleep(self._patience.wait_s(error))
                continue
            try:
                async with asyncio.timeout(WAITING_S if self._waiting else 2.0):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def step(self, limit: int = 100) -> int:
        """Work off up to `limit`; returns how many were. Those that must wait stay `new` and are looked at again."""
        rows = await self.db.read(lambda db: raw_events.pending(db, limit + len(self._waiting)))
        self._waiting &= {row["id"] for row in rows}
        done = 0
        for some in _together(rows):
            for row, outcomes in zip(some, await self._work_off_some(some), strict=True):
                if outcomes == [WAITS]:
                    self._waiting.add(row["id"])
                else:
                    self._waiting.discard(row["id"])
                    done += 1
        return done

    async def _work_off_some(self, rows: Sequence[Row]) -> list[list[Outcome]]:
        """In one transaction when nothing is wrong with any of them, else one by one."""
        if len(rows) > 1:
            try:
                ids = {row["inbox_id"] for row in rows}
                of = await self.db.read(lambda db: {id: inboxes.by_id(db, id) for id in ids})
                ready = await asyncio.to_thread(self._prepare_some, rows, of)
                return await self.db.write(
                    lambda tx: [
                        self._store(tx, row, of[row["inbox_id"]], facts) for row, facts in zip(rows, ready, strict=True)
                    ]
                )
            except Exception as error:
                if isinstance(error, OSError | StoreMoved) or passes(error):
                    raise
        return [await self.work_off(row) for row in rows]

    def _prepare_some(self, rows: Sequence[Row], of: Mapping[int, inboxes.InboxRow]) -> list[list[Prepared]]:
        """Raises whatever is wrong with one of them."""
        found = []
        for row in rows:
            parser = self.parser_of(row["inbox_id"])
            if parser is None or row["body"] is None:
                raise Unparseable("One of them cannot be parsed.")
            found.append(self._prepare(parser, bytes(row["body"]), row, of[row["inbox_id"]]))
        return found

    async def work_off(self, row: Row, *, inert: bool = False) -> list[Outcome]:
        """One raw event, whatever it holds: stored, quarantined with the reason, or left for later ([WAITS])."""
        inbox = await self.db.read(lambda db: inboxes.by_id(db, row["inbox_id"]))
        parser = self.parser_of(inbox.id)
        try:
            if parser is None:
                raise Unparseable("No connector for this inbox is configured here.")
            body = row["body"]
            if body is None:
                raise Unparseable("Its payload is not in the store any more.")
            facts = await asyncio.to_thread(self._prepare, parser, bytes(body), row, inbox)
        except OSError:
            raise
        except Unparseable as error:
            reason = error.message
            await self.db.write(lambda tx: raw_events.quarantine(tx, row["id"], reason))
            return [Outcome("quarantined")]
        except Exception as error:
            log.error("a payload of inbox %s could not be parsed: %s", inbox.name, words_for(error))
            reason = f"parsing it failed: {type(error).__name__}"
            await self.db.write(lambda tx: raw_events.quarantine(tx, row["id"], reason))
            return [Outcome("quarantined")]

        try:
            return await self.db.write(lambda tx: self._store(tx, row, inbox, facts, inert=inert))
        except Exception as error:
            if passes(error) or isinstance(error, StoreMoved):
                raise
            log.error("a payload of inbox %s could not be stored: %s", inbox.name, words_for(error))
            reason = f"storing it failed: {type(error).__name__}"
            await self.db.write(lambda tx: raw_events.quarantine(tx, row["id"], reason))
            return [Outcome("quarantined")]

    def _store(
        self, tx: Tx, row: Row, inbox: inboxes.InboxRow, facts: Sequence[Prepared], *, inert: bool = False
    ) -> list[Outcome]:
        if not inert and echoes.must_wait(tx.db, inbox, [fact.event for fact in facts], tx.now):
            return [WAITS]
        outcomes = ingest(tx, inbox.id, facts, self.rules_of(inbox.group_name), inert=inert, cause=row["source"])
        raw_events.finish(tx, row["id"])
        if not inert and any(outcome.what == "new" for outcome in outcomes):
            inboxes.health(tx, inbox.id, last_inbound_at=tx.now, last_ok_at=tx.now)
        if not inert and row["source"] == "webhook":
            inboxes.health(tx, inbox.id, quiet=True, last_webhook_at=row["received_at"])
        tx.changed("raw_done", row["id"])
        return outcomes

    def _prepare(self, parser: ParsesRaw, body: bytes, row: Row, inbox: inboxes.InboxRow) -> list[Prepared]:
        parsed: Sequence[InboundEvent] = parser.parse(body, json.loads(row["headers"]))
        rules = self.rules_of(inbox.group_name)
        return [prepare(arrived(event, row["received_at"]), inbox, rules, self.put_media) for event in parsed]


def _together(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """What one transaction may hold: it keeps others from writing."""
    some: list[Row] = []
    size = 0
    for row in rows:
        size += len(row["body"] or b"")
        if some and (len(some) >= TOGETHER or size > TOGETHER_BYTES):
            yield some
            some, size = [], len(row["body"] or b"")
        some.append(row)
    if some:
        yield some


async def replay(worker: RawEvents, id: str) -> list[Outcome]:
    """Parse a quarantined event again, inert; it leaves quarantine when it can be read now."""
    row = await worker.db.read(lambda db: raw_events.get(db, id))
    return await worker.work_off(row, inert=True)


# -- segments: parsed payloads leave the database into compressed, dated files ------------------------------------------


async def pack(db: Database, folder: Path, *, older_than_ms: int = SEGMENT_AFTER_MS, limit: int = 1000) -> int:
    """Move parsed payloads into one new segment; returns how many. The file is durable before a row points to it."""
    rows = await db.read(lambda connection: raw_events.parsed_with_body(connection, db.now() - older_than_ms, limit))
    if not rows:
        return 0
    name = f"{new_id(rows[0]['received_at'])}.jsonl.gz"
    await asyncio.to_thread(_write_segment, folder / name, rows)
    ids = [row["id"] for row in rows]
    await db.write(lambda tx: raw_events.to_segment(tx, ids, name))
    return len(rows)


def _write_segment(path: Path, rows: Sequence[Row]) -> None:
    """Whole and on disk under its name when this returns; a part left by a killed process is written over."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    mode = SHARED_FILE if is_shared(path.parent) else PRIVATE_FILE
    descriptor = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW, mode)
    with open(descriptor, "wb") as raw:
        os.fchmod(descriptor, mode)
        with gzip.GzipFile(fileobj=raw, mode="wb") as packed:
            for row in rows:
                line = {"id": row["id"], "headers": json.loads(row["headers"]), "body": bytes(row["body"]).hex()}
                packed.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")
        raw.flush()
        os.fsync(descriptor)
    part.rename(path)
    sync_folder(path.parent)


def from_segment(folder: Path, segment: str, id: str) -> bytes:
    """The payload of one packed event."""
    with gzip.open(folder / Path(segment).name, "rt", encoding="utf-8") as lines:
        for line in lines:
            entry = json.loads(line)
            if entry["id"] == id:
                return bytes.fromhex(entry["body"])
    raise NotFound(f"Raw event {id} is not in {segment}.")


async def forget_old(db: Database, folder: Path, *, keep_ms: int = KEEP_MS) -> int:
    """Drop parsed payloads past their keeping time, rows and segment files; returns files removed."""
    gone = await db.write(lambda tx: raw_events.drop_older(tx, tx.now - keep_ms))
    for segment in gone:
        (folder / Path(segment).name).unlink(missing_ok=True)
    return len(gone)
