"""Committed or spooled, never lost, never doubled, in order."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from unibox_tui.domain.errors import Refused
from unibox_tui.store.database import Database
from unibox_tui.web import intake as intake_module
from unibox_tui.web.intake import Intake
from unibox_tui.web.spool import Arrival, Spool, SpoolFull


@pytest.fixture
def db(tmp_path: Path) -> Any:
    with Database(tmp_path / "unibox.db") as db:
        yield db


def bodies(db: Database) -> list[bytes]:
    rows = db.read_now(lambda connection: connection.execute("SELECT body FROM raw_event ORDER BY id").fetchall())
    return [bytes(row[0]) for row in rows]


class Blocker:
    """Another process in the middle of a write."""

    def __init__(self, path: Path) -> None:
        self.db = sqlite3.connect(path, isolation_level=None)

    def __enter__(self) -> Blocker:
        self.db.execute("BEGIN IMMEDIATE")
        return self

    def __exit__(self, *_: object) -> None:
        self.db.execute("ROLLBACK")
        self.db.close()


async def test_what_the_store_cannot_take_in_time_is_on_disk_before_it_is_acknowledged(
    db: Database, tmp_path: Path
) -> None:
    intake = Intake(db, Spool(tmp_path / "spool"))
    await intake.take(1, "form", b"0")
    with Blocker(db.path):
        await intake.take(1, "form", "một".encode())
        await intake.take(1, "form", b"\x00\xff")
        assert len(intake.spool) == 2
        assert bodies(db) == [b"0"]
        # As after kill -9: another process finds the same.
        assert [arrival.body for arrival in Spool(tmp_path / "spool").oldest(9)] == ["một".encode(), b"\x00\xff"]
    await intake.take(1, "form", b"3")  # does not overtake those that wait
    assert await intake.drain() == 3
    assert bodies(db) == [b"0", "một".encode(), b"\x00\xff", b"3"]
    assert list((tmp_path / "spool").iterdir()) == []
    await intake.take(1, "form", b"4")
    assert len(intake.spool) == 0


async def test_draining_twice_stores_once(db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(tmp_path / "spool")
    spool.keep(Arrival("01-a", 1, "form", {}, b"x", 5))
    monkeypatch.setattr(spool, "forget", lambda ids: (_ for _ in ()).throw(OSError("killed here")))
    intake = Intake(db, spool)
    with pytest.raises(OSError):
        await intake.drain()
    after = Intake(db, Spool(tmp_path / "spool"))
    await after.drain()
    assert bodies(db) == [b"x"]


async def test_a_commit_that_is_late_is_waited_for_not_doubled(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go = threading.Event(), threading.Event()
    real = intake_module._save

    def slow(tx: Any, arrival: Arrival) -> None:
        begun.set()
        go.wait(5)
        real(tx, arrival)

    monkeypatch.setattr(intake_module, "_save", slow)
    monkeypatch.setattr(intake_module, "COMMIT_WITHIN", 0.05)
    intake = Intake(db, Spool(tmp_path / "spool"))
    taking = asyncio.create_task(intake.take(1, "form", b"once"))
    await asyncio.to_thread(begun.wait, 5)
    await asyncio.sleep(0.1)
    assert not taking.done()
    go.set()
    await taking
    assert (bodies(db), len(intake.spool)) == ([b"once"], 0)


class Counting:
    """A store that counts its transactions, and begins none before `go`."""

    def __init__(self, db: Database, go: asyncio.Event) -> None:
        self.db, self.go, self.count = db, go, 0

    async def write(self, fn: Any) -> Any:
        self.count += 1
        await self.go.wait()
        return await self.db.write(fn)


async def test_what_comes_while_the_writer_is_busy_shares_one_commit(db: Database, tmp_path: Path) -> None:
    go = asyncio.Event()
    counting = Counting(db, go)
    intake = Intake(counting, Spool(tmp_path / "spool"))  # type: ignore[arg-type]
    wanted = [f"{n}".encode() for n in range(intake_module._BATCH + 10)]
    taking = [asyncio.create_task(intake.take(1, "form", body)) for body in wanted]
    await asyncio.sleep(0.01)
    assert not any(task.done() for task in taking)  # nobody is told before it is on disk
    leaves = taking.pop(3)
    leaves.cancel()  # a provider that hung up takes no other with it
    go.set()
    ids = await asyncio.gather(*taking)
    assert len(set(ids)) == len(wanted) - 1
    assert bodies(db) == wanted
    assert (counting.count, len(intake.spool)) == (2, 0)


async def test_large_ones_do_not_hold_the_store_for_long(db: Database, tmp_path: Path) -> None:
    go = asyncio.Event()
    counting = Counting(db, go)
    intake = Intake(counting, Spool(tmp_path / "spool"))  # type: ignore[arg-type]
    large = b"x" * intake_module._BATCH_BYTES
    taking = [asyncio.create_task(intake.take(1, "form", large)) for _ in range(3)]
    await asyncio.sleep(0.01)
    go.set()
    await asyncio.gather(*taking)
    assert (counting.count, len(bodies(db))) == (3, 3)


async def test_a_shared_commit_that_fails_sends_each_to_the_spool(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = intake_module._save, iter([True, False])

    def full(tx: Any, arrival: Arrival) -> None:
        real(tx, arrival)
        if not next(calls, False):
            raise sqlite3.OperationalError("database or disk is full")

    intake = Intake(db, Spool(tmp_path / "spool"))
    with monkeypatch.context() as patched:
        patched.setattr(intake_module, "_save", full)
        await asyncio.gather(*(intake.take(1, "form", body) for body in (b"1", b"2", b"3")))
    assert (bodies(db), len(intake.spool)) == ([], 3)
    await intake.drain()
    assert bodies(db) == [b"1", b"2", b"3"]


async def test_a_write_that_fails_goes_to_the_spool(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    intake = Intake(db, Spool(tmp_path / "spool"))
    with monkeypatch.context() as patched:
        patched.setattr(intake_module, "_save", full)
        await intake.take(1, "form", b"x")
    assert len(intake.spool) == 1
    running = asyncio.create_task(intake.run())
    async with asyncio.timeout(5):
        while len(intake.spool):
            await asyncio.sleep(0.01)
    running.cancel()
    assert bodies(db) == [b"x"]


def test_a_spool_of_others_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    (tmp_path / "open").chmod(0o755)
    with pytest.raises(Refused, match="not a folder of this account alone"):
        Spool(tmp_path / "open")
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(Refused):
        Spool(tmp_path / "link")


def test_half_written_files_go_and_unreadable_ones_are_set_aside(tmp_path: Path) -> None:
    Spool(tmp_path / "spool").keep(Arrival("02", 1, "form", {}, b"good", 5))
    (tmp_path / "spool" / "01.json").write_bytes(b"{")
    (tmp_path / "spool" / "03.part").write_bytes(b"{")
    spool = Spool(tmp_path / "spool")
    assert [arrival.id for arrival in spool.oldest(9)] == ["02"]
    assert sorted(entry.name for entry in (tmp_path / "spool").iterdir()) == ["01.json.broken", "02.json"]


def test_a_full_spool_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unibox_tui.web.spool.MOST_FILES", 1)
    spool = Spool(tmp_path / "spool")
    spool.keep(Arrival("1", 1, "form", {}, b"", 5))
    with pytest.raises(SpoolFull):
        spool.keep(Arrival("2", 1, "form", {}, b"", 5))
