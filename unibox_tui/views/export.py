"""Conversations as unibox JSON Lines, streamed."""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

from unibox_tui.store.interchange import records
from unibox_tui.store.interchange.reading import Export
from unibox_tui.store.interchange.snapshot import snapshot
from unibox_tui.views.jsonform import dumps

FileOf = Callable[[str], bytes | None]
"""The bytes of a file by its SHA-256; None when they are not there."""


@dataclass
class Told:
    """What was written so far."""

    conversations: int = 0
    messages: int = 0
    files: int = 0
    files_missing: int = 0
    told: set[str] = field(default_factory=set, repr=False)


async def export_lines(
    database: Path,
    ids: Iterable[int] | None,
    counts: Told,
    *,
    events: bool = False,
    inline: FileOf | None = None,
    aside: FileOf | None = None,
) -> AsyncGenerator[str, None]:
    """Each line with its newline. `ids` None: everything. `events`: the log of what happened too.

    `inline` puts the bytes of files into the lines; `aside` is asked once for each file, to put it somewhere else.
    """
    async with snapshot(database) as store, aclosing(Export(store, ids, events=events).lines()) as lines:
        async for line in lines:
            if isinstance(line, records.Conversation):
                counts.conversations += 1
            elif isinstance(line, records.Message):
                counts.messages += 1
                _files(line, counts, inline, aside)
            yield dumps(records.encode(line)) + "\n"


def _files(message: records.Message, counts: Told, inline: FileOf | None, aside: FileOf | None) -> None:
    for one in message.attachments:
        if one.sha256 is None:
            continue
        if inline is not None:
            data = inline(one.sha256)
            counts.files_missing += data is None
            if data is not None:
                one.base64 = base64.b64encode(data).decode()
                counts.files += 1
        elif aside is not None and one.sha256 not in counts.told:
            counts.told.add(one.sha256)
            found = aside(one.sha256) is not None
            counts.files += found
            counts.files_missing += not found
