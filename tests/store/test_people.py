"""Customers by part of a name or address, up to date whatever wrote them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from unibox_tui.store import people
from unibox_tui.store.database import Database, Tx


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database(tmp_path / "unibox.db") as database:
        database.write_now(fill)
        yield database


def fill(tx: Tx) -> None:
    for id, name in ((1, "Nguyễn Thị Hà"), (2, "สมหญิง รักดี"), (3, "Mary Jones")):
        tx.run(
            "INSERT INTO contact (id, uid, name, created_at, updated_at) VALUES (:id, :uid, :name, 0, 0)",
            id=id,
            uid=str(id),
            name=name,
        )
        tx.run(
            "INSERT INTO identity (id, inbox_id, contact_id, kind, address, name) VALUES (:id, 1, :id, 'email', :a, '')",
            id=id,
            a=f"Person{id}@Mail.example",
        )


def found(database: Database, said: str, most: int = 10) -> list[int] | None:
    return database.read_now(lambda db: people.matching(db, said, most))


SAID = {"nguyen": [1], "thị hà": [1], "HA": [1], "หญิง": [2], "ญิ": [2], "jones": [3], "person2@mail": [2], "@mail.example": [1, 2, 3], "n3": [3], "zzz": [], '"': [], "*": []}  # fmt: skip


@pytest.mark.parametrize("fresh", [False, True], ids=["noted", "indexed"])
@pytest.mark.parametrize(("said", "expected"), SAID.items())
def test_part_of_a_name_or_address(database: Database, said: str, expected: list[int], fresh: bool) -> None:
    if fresh:
        assert database.write_now(people.refresh) == 3
    assert found(database, said) == expected


def test_too_many_are_not_listed(database: Database) -> None:
    assert found(database, "person", 2) is None
    database.write_now(people.refresh)
    assert found(database, "person", 2) is None
    assert found(database, "person", 3) == [1, 2, 3]


@pytest.mark.parametrize("refreshed", [False, True])
def test_changes_show_at_once(database: Database, refreshed: bool) -> None:
    database.write_now(people.refresh)

    def change(tx: Tx) -> None:
        tx.run("UPDATE contact SET name = 'Trần Minh' WHERE id = 1")
        tx.run("UPDATE identity SET contact_id = 3 WHERE id = 2")
        if refreshed:
            people.refresh(tx)

    database.write_now(change)
    assert found(database, "nguyen") == []
    assert found(database, "tran minh") == [1]
    assert found(database, "person2") == [3]
    database.write_now(lambda tx: tx.run("DELETE FROM contact WHERE id = 3"))
    database.write_now(people.refresh)
    assert found(database, "jones") == []
