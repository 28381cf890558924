"""Files are kept as long as `[privacy]` says: recordings of calls, and all other files. The words of messages stay."""

from __future__ import annotations

import asyncio
from functools import partial

from unibox_tui.host.media import MediaStore
from unibox_tui.store import forgetting, retention
from unibox_tui.store.database import Database, Tx

BATCH = 100


async def expire(db: Database, media: MediaStore, *, recordings_days: int, files_days: int) -> int:
    """Delete what is past its time; how many messages had such files. 0 days: for ever. Bytes that another message, a draft
    or a stored answer has too stay where they are."""
    messages = 0
    for recordings, days in retention.keeping(recordings_days, files_days).items():
        before = db.now() - days * retention.DAY_MS
        while rows := await db.read(partial(retention.due, recordings=recordings, before=before, limit=BATCH)):
            await db.write(partial(retention.expire, rows=rows, days=days))
            messages += len(rows)
    after = ""
    while found := await db.read(partial(retention.unneeded, limit=BATCH, after=after)):
        after = found[-1]
        for sha in found:
            await db.write(partial(_remove, media=media, sha=sha))
            await asyncio.sleep(0)
    return messages


def _remove(tx: Tx, media: MediaStore, sha: str) -> None:
    """Looked up and removed in one transaction, so that nobody begins to hold it between."""
    if not forgetting.referenced(tx.db, sha):
        media.remove(sha)
    retention.forget_hash(tx, sha)
