"""Forget a person everywhere: the store, payloads as received (rows, segments, spool), the media folder."""

from __future__ import annotations

import gzip
import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from urllib.parse import unquote_to_bytes

from unibox_tui.domain.errors import Refused
from unibox_tui.host.files import sync_folder
from unibox_tui.host.media import MediaStore
from unibox_tui.store import forgetting, raw_events
from unibox_tui.store.database import Database
from unibox_tui.store.events import Actor
from unibox_tui.store.forgetting import BATCH, Traces

SHORT = 5  # marks shorter than this are believed only between quotes


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was erased. `compacted` False: others used the store without a pause, so that what was deleted could not be
    cleared out of the file; running it again finishes."""

    contact: int
    conversations: int
    messages: int
    files: int
    identities: int
    payloads: int
    compacted: bool


def forget(db: Database, actor: Actor, contact: int, *, media: MediaStore, raw: Path, spool: Path) -> Forgotten:
    """Erase all that is held of this person. Safe to run again after an interruption; never to be undone.

    Raises NotFound, and Refused while something of theirs is on its way in or out.
    """
    found = db.read_now(lambda reader: forgetting.traces(reader, contact))
    known = marks_of(found)
    arriving = db.read_now(lambda reader: raw_events.pending(reader, 1_000))
    if any(known(bytes(row["body"] or b"")) for row in arriving) or _spooled(spool, known):
        raise Refused(
            "A message of theirs is just being taken in.", hint="Try again when it is there.", code="arriving"
        )
    found = db.write_now(lambda tx: forgetting.begin(tx, contact))
    known = marks_of(found)
    payloads = _payloads(db, raw, known)
    for start in range(0, len(found.messages), BATCH):
        some = found.messages[start : start + BATCH]
        db.write_now(partial(forgetting.words, ns=some))
    files = _files(db, found.files, media)
    counts = {
        "conversations": len(found.conversations),
        "messages": len(found.messages),
        "files": files,
        "identities": len(found.identities),
        "payloads": payloads,
    }
    whole, counts = db.write_now(lambda tx: forgetting.finish(tx, actor, found, counts))
    counts["files"] += _files(db, sorted(set(whole.files) - set(found.files)), media)
    payloads += _payloads(db, raw, marks_of(whole))  # what came or was packed meanwhile
    for _ in range(100_000):
        if not db.write_now(forgetting.merge_index):
            break
    return Forgotten(found.contact, **{**counts, "payloads": payloads}, compacted=db.compact())


def _files(db: Database, shas: Sequence[str], media: MediaStore) -> int:
    """Remove those that no message has any more; returns how many."""
    unneeded = [sha for sha in shas if not db.read_now(partial(forgetting.referenced, sha=sha))]
    for sha in unneeded:
        media.remove(sha)
    return len(unneeded)


def as_json(done: Forgotten) -> dict[str, object]:
    return asdict(done)


# -- payloads ------------------------------------------------------------------------------------------------------


def marks_of(found: Traces) -> Callable[[bytes], bool]:
    """Whether a payload speaks of this person: one of their addresses, keys or message ids stands in it by itself."""
    pieces = []
    for mark in found.marks:
        escaped = re.escape(mark.casefold().encode())
        pieces.append(
            b'"' + escaped + b'"' if len(mark) < SHORT else rb"(?<![0-9a-z._+-])" + escaped + rb"(?![0-9a-z])"
        )
    if not pieces:
        return lambda body: False
    pattern = re.compile(b"|".join(pieces))

    def known(body: bytes) -> bool:
        lowered = body.lower()
        if pattern.search(lowered):
            return True
        return b"%" in lowered and pattern.search(unquote_to_bytes(lowered.replace(b"+", b" "))) is not None

    return known


def _payloads(db: Database, raw: Path, known: Callable[[bytes], bool]) -> int:
    gone, after = 0, ""
    while rows := db.read_now(partial(raw_events.bodies, after=after, limit=200)):
        after = rows[-1]["id"]
        ids = [row["id"] for row in rows if known(bytes(row["body"])) or known(row["headers"].encode())]
        if ids:
            db.write_now(partial(raw_events.erase, ids=ids))
            gone += len(ids)
    return gone + _segments(db, raw, known)


def _segments(db: Database, raw: Path, known: Callable[[bytes], bool]) -> int:
    """Write each segment anew without the lines that speak of the person."""
    gone = 0
    for path in sorted(raw.glob("*.jsonl.gz")) if raw.is_dir() else []:
        with gzip.open(path, "rb") as lines:
            kept, ids = _sifted(lines.readlines(), known)
        if not ids:
            continue
        if kept:
            part = path.with_suffix(".part")
            mode = path.stat().st_mode & 0o777
            with open(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_NOFOLLOW, mode), "wb") as file:
                os.fchmod(file.fileno(), mode)
                with gzip.GzipFile(fileobj=file, mode="wb") as packed:
                    packed.writelines(kept)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        else:
            path.unlink()
        sync_folder(raw)
        db.write_now(partial(raw_events.erase, ids=ids))
        gone += len(ids)
    return gone


def _sifted(lines: Sequence[bytes], known: Callable[[bytes], bool]) -> tuple[list[bytes], list[str]]:
    kept, ids = [], []
    for line in lines:
        entry = json.loads(line)
        if known(bytes.fromhex(entry["body"])) or known(json.dumps(entry["headers"], ensure_ascii=False).encode()):
            ids.append(entry["id"])
        else:
            kept.append(line)
    return kept, ids


def _spooled(spool: Path, known: Callable[[bytes], bool]) -> bool:
    import base64

    for path in spool.glob("*.json") if spool.is_dir() else []:
        try:
            fields = json.loads(path.read_bytes())
        except (FileNotFoundError, ValueError):
            continue  # taken in meanwhile, or not ours to read
        if known(base64.b64decode(fields["body"])):
            return True
    return False
