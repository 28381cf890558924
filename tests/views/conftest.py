from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from unibox_tui.store.database import Database


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "unibox.db") as database:
        yield database


@pytest.fixture
def plan(db: Database) -> Callable[[str], str]:
    """The engine's plan of a statement, one line."""

    def explain(sql: str) -> str:
        return db.read_now(lambda read: " / ".join(row["detail"] for row in read.execute(f"EXPLAIN QUERY PLAN {sql}")))

    return explain
