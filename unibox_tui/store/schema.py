"""Migrations: numbered SQL files, each recorded in the same transaction as its effect."""

from __future__ import annotations

import functools
import json
import os
import re
import sqlite3
import zlib
from contextlib import closing
from pathlib import Path

from unibox_tui.domain.errors import Conflict
from unibox_tui.domain.ids import now_ms

FIRST_CONVERSATION = 10_000
KEPT = Path(__file__).parent / "migrations" / "made.json"


@functools.cache
def migrations() -> tuple[tuple[int, str, str], ...]:
    """(number, name, sql) in order."""
    found = []
    for entry in (Path(__file__).parent / "migrations").iterdir():
        match = re.fullmatch(r"(\d{4})_(\w+)\.sql", entry.name)
        if match:
            found.append((int(match[1]), match[2], entry.read_text("utf-8")))
    return tuple(sorted(found))


def statements(sql: str) -> list[str]:
    """Split a migration at the semicolons that end a statement (triggers hold some inside)."""
    parts: list[str] = []
    pending = ""
    for line in sql.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            parts.append(pending.strip())
            pending = ""
    return [part for part in parts if part]


def applied(db: sqlite3.Connection) -> int:
    """The number of the last migration in this file; 0 for an empty one."""
    row = db.execute("SELECT 1 FROM sqlite_schema WHERE type='table' AND name='meta'").fetchone()
    if row is None:
        return 0
    value = db.execute("SELECT value FROM meta WHERE key='schema'").fetchone()
    return int(value[0]) if value else 0


def migrate(db: sqlite3.Connection) -> None:
    """Bring the file up to date. Raises Conflict when it was written by a newer unibox."""
    known = migrations()
    if applied(db) > known[-1][0]:
        raise Conflict(
            "This store was written by a newer unibox.", hint="Upgrade unibox on this machine.", code="store_too_new"
        )
    while applied(db) < known[-1][0]:
        db.execute("BEGIN IMMEDIATE")
        try:
            done = applied(db)
            pending = next(((number, sql) for number, _, sql in known if number > done), None)
            if pending is not None:
                number, sql = pending
                for statement in statements(sql):
                    db.execute(statement)
                if done == 0:
                    db.execute("INSERT INTO meta VALUES ('store_id', ?)", (os.urandom(16).hex(),))
                    db.execute("INSERT INTO meta VALUES ('created_at', ?)", (str(now_ms()),))
                    db.execute("INSERT INTO counter VALUES ('conversation', ?)", (FIRST_CONVERSATION,))
                db.execute(
                    "INSERT INTO meta VALUES ('schema', ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                    (str(number),),
                )
            db.execute("COMMIT")
        except BaseException:
            db.execute("ROLLBACK")
            raise


def fingerprint(db: sqlite3.Connection) -> dict[str, str]:
    """name -> normalised SQL of everything in the schema, to compare a file with the migrations (planted triggers …)."""
    rows = db.execute("SELECT type || ' ' || name, coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'")
    # A table that was renamed has its name in other quotes than one made under that name.
    return {
        name: re.sub(r"""^(CREATE (?:VIRTUAL )?TABLE) ["'](\w+)["']""", r"\1 \2", " ".join(sql.split()))
        for name, sql in rows
    }


def expected_fingerprint(version: int | None = None) -> dict[str, str]:
    """`fingerprint` of a store that the migrations alone made, as it was after migration `version` (None: the last).

    That of the last is kept beside the migrations (see `made.py`), as making it anew at every start takes longer than
    most verbs.
    """
    if version in (None, migrations()[-1][0]) and (kept := _kept_fingerprint()) is not None:
        return kept
    return made_fingerprint(version)


def of_migrations() -> int:
    """A checksum of this package's migrations, to know whether what was made from them is still theirs."""
    return zlib.crc32("\0".join(f"{number} {sql}" for number, _, sql in migrations()).encode())


def _kept_fingerprint() -> dict[str, str] | None:
    try:
        kept = json.loads(KEPT.read_text("utf-8"))
    except FileNotFoundError:
        return None
    found: dict[str, str] = kept["schema"]
    return found if kept["of"] == of_migrations() else None


def made_fingerprint(version: int | None = None) -> dict[str, str]:
    """As `expected_fingerprint`, by making such a store in memory."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        for number, _, sql in migrations():
            if version is None or number <= version:
                for statement in statements(sql):
                    fresh.execute(statement)
        return fingerprint(fresh)
