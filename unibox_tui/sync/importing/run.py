"""One import from beginning to end: read, store in batches, quarantine what cannot be read, count.

Every batch is one short transaction, so that others work meanwhile; what was imported before an interruption is there, and
a second run finds it.
"""

from __future__ import annotations

import hashlib
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from unibox_tui.domain.errors import WrongUse
from unibox_tui.store import messages, raw_events
from unibox_tui.store.database import Database, Tx
from unibox_tui.store.inboxes import InboxRow
from unibox_tui.sync.facts import Outcome
from unibox_tui.sync.importing.mails import Read, Way, read_all
from unibox_tui.sync.importing.sources import File, Format, find
from unibox_tui.sync.ingest import ingest

BATCH = 200
QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Item:
    """What became of one mail or line: new, duplicate, quarantined."""

    path: str
    position: int
    outcome: str
    message_ids: tuple[str, ...] = ()
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "position": self.position,
            "outcome": self.outcome,
            "message_ids": list(self.message_ids),
            "reason": self.reason,
        }


@dataclass
class Counts:
    """`done` and `total` are bytes."""

    read: int = 0
    new: int = 0
    duplicate: int = 0
    quarantined: int = 0
    files_missing: int = 0
    done: int = 0
    total: int = 0
    started: float = field(default_factory=time.monotonic)

    def count(self, item: Item) -> None:
        self.read += 1
        if item.outcome == "new":
            self.new += 1
        elif item.outcome == QUARANTINED:
            self.quarantined += 1
        else:
            self.duplicate += 1

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    @property
    def rate(self) -> float:
        """Items a second."""
        return self.read / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        if self.done <= 0 or self.seconds < 0.5:
            return None
        return self.seconds * (self.total - self.done) / self.done

    def as_json(self) -> dict[str, Any]:
        return {
            "summary": True,
            "read": self.read,
            "new": self.new,
            "duplicate": self.duplicate,
            "quarantined": self.quarantined,
            "files_missing": self.files_missing,
            "seconds": round(self.seconds, 3),
        }


Told = Callable[[Item | None, Counts], None]
"""Called for every item, and with None after each batch."""


def survey(paths: Sequence[Path], format: str = "auto") -> tuple[list[Format], int]:
    """(the formats found, bytes in all). Raises WrongUse when there is nothing to import."""
    total, formats = 0, {}
    for file in find(paths, format):
        total += file.size
        formats[file.format] = True
    if not formats:
        where = ", ".join(map(str, paths))
        raise WrongUse(f"There is nothing to import in {where}.", hint="Maildir, mbox, .eml or .jsonl files are.")
    return list(formats), total


def import_mails(
    db: Database, files: Iterable[File], way: Way, counts: Counts, told: Told, *, workers: int | None = None
) -> None:
    """Take in every mail of these files through one inbox."""
    reads = read_all(iter(files), way, workers=workers)
    for batch in batched(reads, BATCH):
        for item in store_batch(db, batch, way):
            counts.count(item)
            told(item, counts)
        counts.done += sum(read.size for read in batch)
        told(None, counts)


def store_batch(db: Database, batch: Sequence[Read], way: Way) -> list[Item]:
    """In one transaction; when that fails, each alone, so that the one it fails for is found and kept."""
    try:
        return db.write_now(lambda tx: _write(tx, batch, way))
    except (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError, ValueError, TypeError, KeyError):
        return list(chain.from_iterable(_alone(db, read, way) for read in batch))


def _alone(db: Database, read: Read, way: Way) -> list[Item]:
    try:
        return db.write_now(lambda tx: _write(tx, [read], way))
    except (
        sqlite3.IntegrityError,
        sqlite3.DataError,
        sqlite3.InterfaceError,
        ValueError,
        TypeError,
        KeyError,
    ) as error:
        reason = f"Storing it failed: {type(error).__name__}."
        failed = Read(read.path, read.position, read.size, read.headers, error=reason, raw=_again(read))
        return db.write_now(lambda tx: _write(tx, [failed], way))


def _again(read: Read) -> bytes | None:
    """The bytes of a mail that was read and could not be stored."""
    from unibox_tui.sync.importing.sources import pieces

    format = read.headers.get("format", "eml")
    file = File(read.path, format, 0, 0.0)  # type: ignore[arg-type]
    return next((piece.raw for piece in pieces(file) if piece.position == read.position), None)


def _write(tx: Tx, batch: Sequence[Read], way: Way) -> list[Item]:
    facts = [fact for read in batch for fact in read.facts]
    outcomes = iter(ingest(tx, way.inbox.id, facts, way.rules, inert=True, cause="import"))
    results = [(read, [next(outcomes) for _ in read.facts]) for read in batch]
    ns = [outcome.n for _, found in results for outcome in found if outcome.n is not None]
    ids = messages.public_ids(tx.db, ns)
    return [_item(tx, read, found, ids, way.inbox) for read, found in results]


def _item(tx: Tx, read: Read, found: Sequence[Outcome], ids: dict[int, str], inbox: InboxRow) -> Item:
    if not read.facts:
        return keep_unread(tx, inbox, read)
    # The message comes first; a receipt that a bounce brings along says nothing about the mail.
    outcome = "new" if any(one.what == "new" for one in found) else "duplicate"
    known = tuple(dict.fromkeys(ids[one.n] for one in found[:1] if one.n in ids))
    return Item(read.path, read.position, outcome, known)


def keep_unread(tx: Tx, inbox: InboxRow, read: Read) -> Item:
    """Into quarantine, once: the same bytes from the same inbox are one payload however often they are imported."""
    body = read.raw if read.raw is not None else b""
    place = f"{read.path}:{read.position}"
    digest = hashlib.sha256(b"\0".join((inbox.name.encode(), body or place.encode()))).digest()
    raw_events.save(
        tx,
        inbox.id,
        "import",
        read.headers,
        body,
        place=place,
        state=QUARANTINED,
        error=read.error,
        id=id_of(digest),
    )
    return Item(read.path, read.position, QUARANTINED, reason=read.error)


def id_of(digest: bytes) -> str:
    """A UUIDv8 of these bytes."""
    value = int.from_bytes(digest[:16], "big")
    value = value & ~(0xF << 76) | 8 << 76
    value = value & ~(0b11 << 62) | 0b10 << 62
    return str(uuid.UUID(int=value))


def batched(values: Iterable[Any], size: int) -> Iterator[list[Any]]:
    batch: list[Any] = []
    for value in values:
        batch.append(value)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
