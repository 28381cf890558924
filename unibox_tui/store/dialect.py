"""What SQLite wants said differently from other engines, in one place."""

from __future__ import annotations

import sqlite3

READER_PRAGMAS = ("PRAGMA query_only=ON",)
COMMON_PRAGMAS = (
    "PRAGMA trusted_schema=OFF",
    "PRAGMA foreign_keys=OFF",
    "PRAGMA busy_timeout=5000",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-16000",
    "PRAGMA mmap_size=268435456",
)
WRITER_PRAGMAS = ("PRAGMA synchronous=FULL",)
NO_CHECKPOINTS = "PRAGMA wal_autocheckpoint=0"
BEGIN_WRITE = "BEGIN IMMEDIATE"
_TROUBLE = {
    sqlite3.SQLITE_FULL: "its disk is full",
    sqlite3.SQLITE_IOERR: "its disk gives errors",
    sqlite3.SQLITE_READONLY: "it may only be read",
    sqlite3.SQLITE_CANTOPEN: "its file cannot be opened",
}


def is_busy(error: BaseException) -> bool:
    """Another writer holds the lock for longer than the busy time-out."""
    return isinstance(error, sqlite3.OperationalError) and ("locked" in str(error) or "busy" in str(error))


def is_unique_violation(error: BaseException) -> bool:
    return isinstance(error, sqlite3.IntegrityError) and "UNIQUE" in str(error)


def trouble(error: BaseException) -> str | None:
    """What the machine has against writing, in words; None for any other error."""
    primary = (getattr(error, "sqlite_errorcode", 0) or 0) & 0xFF
    return _TROUBLE.get(primary) if isinstance(error, sqlite3.OperationalError) else None
