"""Looks at a store from outside, changing nothing: is it ours, whole, and what the migrations made?"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from unibox_tui.store import dialect, schema

# SQLite's write lock in WAL mode is one byte of the `-shm` file.
WAL_WRITE_LOCK_BYTE = 120


class Examined(NamedTuple):
    """`extra`, `missing` and `changed` are schema entries as `trigger NAME`; `newest_at` the time of the last event, ms.

    `version` 0: an empty file. `error`: it could not be read at all; `spoiled`: because of what is in the file, not because
    of the disk or somebody's rights.
    """

    version: int = 0
    known_version: int = 0
    extra: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    newest_at: int | None = None
    damage: tuple[str, ...] = ()
    error: str = ""
    spoiled: bool = False


def examine(path: Path, *, thorough: bool = False) -> Examined:
    """`thorough` reads every page for damage, which takes a while on a large store."""
    known = schema.migrations()[-1][0]
    try:
        with closing(_open(path)) as db:
            version = schema.applied(db)
            if version == 0:
                return Examined(0, known)
            found = schema.fingerprint(db)
            expected = schema.expected_fingerprint(version) if version <= known else found
            newest = db.execute("SELECT at FROM event ORDER BY seq DESC LIMIT 1").fetchone()
            damage: tuple[str, ...] = ()
            if thorough:
                damage = tuple(row[0] for row in db.execute("PRAGMA quick_check(20)") if row[0] != "ok")
            return Examined(
                version,
                known,
                extra=tuple(sorted(found.keys() - expected.keys())),
                missing=tuple(sorted(expected.keys() - found.keys())),
                changed=tuple(sorted(name for name in found.keys() & expected.keys() if found[name] != expected[name])),
                newest_at=newest[0] if newest else None,
                damage=damage,
            )
    except (sqlite3.Error, OSError) as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        return Examined(0, known, error=str(error), spoiled=code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB))


def drop_planted(path: Path, entry: str) -> None:
    """Remove a trigger or view that no migration made. Raises ValueError for anything else."""
    kind, _, name = entry.partition(" ")
    if kind not in ("trigger", "view") or entry not in examine(path).extra:
        raise ValueError(f"{entry} is not a planted trigger or view")
    quoted = name.replace('"', '""')
    with closing(sqlite3.connect(path, isolation_level=None, timeout=5)) as db:
        for pragma in dialect.COMMON_PRAGMAS:
            db.execute(pragma)
        db.execute(f'DROP {kind.upper()} "{quoted}"')


def _open(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, isolation_level=None, timeout=5)
    try:
        for pragma in (*dialect.COMMON_PRAGMAS, *dialect.READER_PRAGMAS):
            db.execute(pragma)
    except BaseException:
        db.close()
        raise
    return db
