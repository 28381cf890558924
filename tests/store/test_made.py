"""What a start compares the schema with is kept beside the migrations, and never trusted when it is of others."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from unibox_tui.store import made, schema
from unibox_tui.store.database import Database
from unibox_tui.store.examine import examine


def test_what_is_kept_is_what_the_migrations_make() -> None:
    assert schema.KEPT.read_text("utf-8") == made.as_text(), "run: python -m unibox_tui.store.made"


@pytest.mark.parametrize("kept", ['{"of": 1, "schema": {"trigger planted": "CREATE TRIGGER planted"}}', None])
def test_what_is_of_other_migrations_or_missing_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: str | None
) -> None:
    place = tmp_path / "made.json"
    if kept is not None:
        place.write_text(kept)
    monkeypatch.setattr(schema, "KEPT", place)
    assert schema.expected_fingerprint() == schema.made_fingerprint()


def test_a_planted_trigger_is_found_with_what_is_kept(tmp_path: Path) -> None:
    Database(tmp_path / "unibox.db").close()
    assert json.loads(schema.KEPT.read_text())["of"] == schema.of_migrations()
    with sqlite3.connect(tmp_path / "unibox.db") as db:
        db.execute("CREATE TRIGGER planted AFTER INSERT ON message BEGIN SELECT 1; END")
    db.close()
    seen = examine(tmp_path / "unibox.db")
    assert seen.extra == ("trigger planted",)
    assert not seen.missing
    assert not seen.changed
