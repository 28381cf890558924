"""One look into the store without opening it for work: no migration, no writer, nothing waited for."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from unibox_tui.store import dialect


def glance(path: Path) -> sqlite3.Connection:
    """A query-only connection of this thread; close it. Raises sqlite3.Error where there is no store to be read at once."""
    db = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=0)
    db.row_factory = sqlite3.Row
    try:
        for pragma in (*dialect.COMMON_PRAGMAS, *dialect.READER_PRAGMAS, "PRAGMA busy_timeout=0"):
            db.execute(pragma)
    except BaseException:
        db.close()
        raise
    return db
