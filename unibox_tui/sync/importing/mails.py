"""Mails of an import are read in processes of their own, while this one writes those before.

Reading a mail costs about as much as storing it, so on two processors both together take as long as one of them.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from multiprocessing import get_context
from typing import Any

from unibox_tui.connectors import registry
from unibox_tui.connectors.errors import Unparseable
from unibox_tui.connectors.settings import InboxSettings
from unibox_tui.domain.inbound import InboundEvent, MessageReceived
from unibox_tui.store.inboxes import InboxRow
from unibox_tui.sync.facts import Prepared, PutMedia, Rules, prepare
from unibox_tui.sync.importing.sources import File, Piece, pieces

GROUP = 40
GROUP_BYTES = 4_000_000
WORTH_A_PROCESS = 400  # mails; below, starting one takes longer than it saves


@dataclass(frozen=True, slots=True)
class Way:
    """Everything a mail is read with; travels to the reading processes."""

    inbox: InboxRow
    settings: InboxSettings
    rules: Rules
    put: PutMedia


@dataclass(frozen=True, slots=True)
class Read:
    """A piece that was read: `facts`, or `error` with the bytes to keep."""

    path: str
    position: int
    size: int
    headers: Mapping[str, str]
    facts: tuple[Prepared, ...] = ()
    error: str = ""
    raw: bytes | None = None


class Reader:
    """Reads mails with the inbox's own connector, which is pure for this."""

    def __init__(self, way: Way) -> None:
        self.way = way
        self.connector: Any = registry.build(way.inbox.name, way.settings, lambda name: None)

    def read(self, piece: Piece) -> Read:
        headers = headers_of(piece.file)
        at = (piece.file.path, piece.position, len(piece.raw or b""), headers)
        if piece.raw is None:
            return Read(*at, error=piece.error)
        try:
            facts = self.connector.parse(piece.raw, headers)
            return Read(*at, facts=tuple(map(self._prepared, facts)))
        except Unparseable as error:
            return Read(*at, error=error.message, raw=piece.raw)
        except OSError:
            raise  # the disk, not the mail
        except Exception as error:
            return Read(*at, error=f"Reading it failed: {type(error).__name__}.", raw=piece.raw)

    def _prepared(self, event: InboundEvent) -> Prepared:
        done = prepare(event, self.way.inbox, self.way.rules, self.way.put)
        if not isinstance(event, MessageReceived):
            return done
        return (
            replace(done, event=replace(event, attachments=())) if event.attachments else done
        )  # kept: need not travel


def headers_of(file: File) -> dict[str, str]:
    """What the connector is told besides the bytes; a mail without any date is as old as its file."""
    found = {"format": file.format, "received_at": str(int(file.mtime * 1000))}
    return found | {"sent": "1"} if file.sent else found


def read_all(files: Iterator[File], way: Way, *, workers: int | None = None) -> Iterator[Read]:
    """Every mail of these files, in order. `workers` 0 reads here; None decides by what there is to do."""
    if workers is None:
        first = list(islice(files, WORTH_A_PROCESS))
        much = len(first) == WORTH_A_PROCESS or sum(file.size for file in first) > 10_000_000
        workers = len(os.sched_getaffinity(0)) - 1 if much else 0
        workers = min(workers, 4)
        files = _chain(first, files)
    if workers < 1:
        reader = Reader(way)
        for file in files:
            for piece in pieces(file):
                yield reader.read(piece)
        return
    yield from _in_processes(files, way, workers)


def _chain(first: list[File], rest: Iterator[File]) -> Iterator[File]:
    yield from first
    yield from rest


def _in_processes(files: Iterator[File], way: Way, workers: int) -> Iterator[Read]:
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_begin, initargs=(way,))
    waiting: deque[Future[list[Read]]] = deque()
    try:
        for job in _jobs(files):
            waiting.append(pool.submit(_read_job, job))
            while len(waiting) > 2 * workers + 2:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _jobs(files: Iterator[File]) -> Iterator[list[File | Piece]]:
    """Small files travel by name and are opened there; what lies within a large one travels itself."""
    job: list[File | Piece] = []
    size = 0
    for file in files:
        for part in (file,) if file.format in ("maildir", "eml") else pieces(file):
            job.append(part)
            size += file.size if isinstance(part, File) else len(part.raw or b"")
            if len(job) >= GROUP or size >= GROUP_BYTES:
                yield job
                job, size = [], 0
    if job:
        yield job


_reader: Reader | None = None


def _begin(way: Way) -> None:
    import signal

    # Ctrl-C is the parent's; it ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    global _reader
    _reader = Reader(way)


def _read_job(job: list[File | Piece]) -> list[Read]:
    assert _reader is not None
    found: list[Read] = []
    for part in job:
        found.extend(map(_reader.read, pieces(part) if isinstance(part, File) else (part,)))
    return found
