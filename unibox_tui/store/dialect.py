"""What SQLite wants said differently from other engines, in one place."""

from __future__ import annotations

import sqlite3
import time

READER_PRAGMAS = ("PRAGMA query_only=ON",)
COMMON_PRAGMAS = (
    "PRAGMA trusted_schema=OFF",
    "PRAGMA foreign_keys=OFF",
    "PRAGMA busy_timeout=5000",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-16000",
    "PRAGMA mmap_size=67108864",
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


def compact(db: sqlite3.Connection, patience_s: float) -> bool:
    """Rewrite the whole file through a file on disk, and cut the log to nothing; False when others did not let it."""
    until = time.monotonic() + patience_s
    db.execute("PRAGMA temp_store=FILE")
    try:
        db.execute("VACUUM")
    except sqlite3.OperationalError as error:
        if is_busy(error):
            return False
        raise
    finally:
        db.execute("PRAGMA temp_store=MEMORY")
    while True:
        busy, _, _ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if not busy:
            return True
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
