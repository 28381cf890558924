"""One consistent, read-only view of a store, streamed: what is read does not pile up in memory, and writers go on."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite

from unibox_tui.store import dialect
from unibox_tui.store.database import Row, refuse_links

Params = Sequence[object] | Mapping[str, object]


class Snapshot:
    def __init__(self, db: aiosqlite.Connection) -> None:
        self._db = db

    async def all(self, sql: str, params: Params = ()) -> list[Row]:
        return list(await self._db.execute_fetchall(sql, params))

    async def stream(self, sql: str, params: Params = ()) -> AsyncGenerator[Row, None]:
        async with self._db.execute(sql, params) as cursor:
            async for row in cursor:
                yield row


@asynccontextmanager
async def snapshot(path: Path) -> AsyncIterator[Snapshot]:
    """The store as it is now, until the block ends."""
    refuse_links(path)
    async with aiosqlite.connect(path, isolation_level=None, iter_chunk_size=256) as db:
        db.row_factory = sqlite3.Row
        for pragma in (*dialect.COMMON_PRAGMAS, *dialect.READER_PRAGMAS):
            await db.execute(pragma)
        await db.execute("BEGIN")
        try:
            yield Snapshot(db)
        finally:
            await db.execute("ROLLBACK")
