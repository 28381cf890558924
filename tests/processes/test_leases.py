"""One holder at a time, over killed and stopped processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from unibox_tui.host.locks import boot_id, boottime_ms
from unibox_tui.store import leases
from unibox_tui.store.database import Database, Tx

CONTENDER = """
import json, os, sys, time, uuid
from pathlib import Path
from unibox_tui.host.locks import boot_id, boottime_ms
from unibox_tui.store import leases
from unibox_tui.store.database import Database

db, me, log = Database(Path(sys.argv[1])), uuid.uuid4().hex, open(sys.argv[2], "a", buffering=1)
ttl = int(sys.argv[3])
clock = dict(boot_id=boot_id(), boottime_ms=0)
fence = None

def say(what):
    log.write(json.dumps([boottime_ms(), os.getpid(), what, fence]) + "\\n")

def work(tx):
    # What only the holder may do: the number it writes down is guarded by its fence.
    leases.check_fence(tx, "service", fence)
    tx.run("INSERT INTO counter VALUES (:name, :fence)", name=f"work {tx.next_number('work')}", fence=fence)

while True:
    try:
        if fence is None:
            fence = db.write_now(lambda tx: leases.acquire(tx, "service", me, ttl, boot_id=boot_id(),
                                 boottime_ms=boottime_ms(), pid=os.getpid(), uid=os.getuid()))
            if fence is not None:
                say("got")
        else:
            db.write_now(work)
            db.write_now(lambda tx: leases.renew(tx, "service", fence, ttl, boottime_ms=boottime_ms()))
            say("worked")
    except leases.LeaseLost:
        say("lost")
        fence = None
    time.sleep(0.02)
"""
TTL = 400


class Contenders:
    def __init__(self, folder: Path) -> None:
        self.path, self.log = folder / "unibox.db", folder / "log"
        self.running: dict[int, subprocess.Popen[bytes]] = {}

    def start(self) -> None:
        child = subprocess.Popen([sys.executable, "-c", CONTENDER, str(self.path), str(self.log), str(TTL)])
        self.running[child.pid] = child

    def lines(self) -> list[tuple[int, int, str, int | None]]:
        text = self.log.read_text() if self.log.exists() else ""
        return [tuple(json.loads(line)) for line in text.splitlines() if line.endswith("]")]

    def wait_for(self, what: str, *, fence_above: int = 0, pid: int | None = None) -> tuple[int, int, int]:
        """(time, pid, fence) of the first such line."""
        ends = time.monotonic() + 30
        while time.monotonic() < ends:
            for at, who, said, fence in self.lines():
                if said == what and (fence or 0) > fence_above and pid in (None, who):
                    return at, who, fence or 0
            time.sleep(0.01)
        raise AssertionError(f"nobody {what}: {self.lines()[-5:]}")

    def kill(self, pid: int) -> None:
        child = self.running.pop(pid)
        child.kill()
        child.wait()

    def stop_all(self) -> None:
        for pid in list(self.running):
            self.kill(pid)


@pytest.fixture
def contenders(tmp_path: Path):
    Database(tmp_path / "unibox.db").close()
    all_of_them = Contenders(tmp_path)
    yield all_of_them
    all_of_them.stop_all()


def fences_of_work(path: Path) -> list[int]:
    with Database(path) as db:
        rows = db.read_now(
            lambda db: db.execute(
                "SELECT value FROM counter WHERE name LIKE 'work _%' ORDER BY CAST(substr(name, 6) AS INTEGER)"
            ).fetchall()
        )
    return [row[0] for row in rows]


def test_after_kill_the_next_one_takes_over_and_there_is_never_a_second(contenders: Contenders) -> None:
    for _ in range(3):
        contenders.start()
    fence = 0
    for _ in range(3):
        _, holder, fence = contenders.wait_for("worked", fence_above=fence)
        contenders.kill(holder)
        contenders.start()
    contenders.wait_for("worked", fence_above=fence)
    contenders.stop_all()
    work = fences_of_work(contenders.path)
    assert work == sorted(work), "a later holder's work is never followed by an earlier one's"
    assert len(set(work)) == 4
    for before, after in zip(sorted(set(work)), sorted(set(work))[1:], strict=False):
        last = max(at for at, _, said, fence in contenders.lines() if fence == before and said == "worked")
        first = min(at for at, _, said, fence in contenders.lines() if fence == after)
        # The log line follows its commit, so the lease ran out at most a moment after what the line says.
        assert first >= last + TTL * 0.5


def test_a_stopped_holder_that_wakes_up_writes_nothing(contenders: Contenders) -> None:
    for _ in range(2):
        contenders.start()
    _, sleeper, old = contenders.wait_for("worked")
    os.kill(sleeper, signal.SIGSTOP)
    with Database(contenders.path) as db:
        # It may have been stopped inside a transaction, which keeps everybody out; then it first has to finish that.
        try:
            db.write_now(lambda tx: None)
        except Exception:
            os.kill(sleeper, signal.SIGCONT)
            pytest.skip("stopped inside a transaction")
    _, _, new = contenders.wait_for("worked", fence_above=old)
    os.kill(sleeper, signal.SIGCONT)
    contenders.wait_for("lost", pid=sleeper)
    contenders.stop_all()
    work = fences_of_work(contenders.path)
    assert new > old
    assert work == sorted(work)


@pytest.fixture
def db(tmp_path: Path):
    with Database(tmp_path / "unibox.db") as database:
        yield database


def take(tx: Tx, holder: str, *, now: int, boot: str = "boot 1", ttl: int = 1000) -> int | None:
    return leases.acquire(tx, "service", holder, ttl, boot_id=boot, boottime_ms=now, pid=1, uid=2)


def test_one_holder_until_it_runs_out(db: Database) -> None:
    assert db.write_now(lambda tx: take(tx, "a", now=0)) == 1
    assert db.write_now(lambda tx: take(tx, "b", now=999)) is None
    db.write_now(lambda tx: leases.renew(tx, "service", 1, 1000, boottime_ms=999))
    assert db.write_now(lambda tx: take(tx, "b", now=1998)) is None
    assert db.write_now(lambda tx: take(tx, "b", now=1999)) == 2


def test_a_lease_of_another_boot_is_dead(db: Database) -> None:
    assert db.write_now(lambda tx: take(tx, "a", now=9_000_000)) == 1
    assert db.write_now(lambda tx: take(tx, "b", now=5, boot="boot 2")) == 2
    held = db.read_now(lambda db: leases.holder(db, "service"))
    assert held is not None
    assert (held.holder, held.fence, held.pid, held.uid) == ("b", 2, 1, 2)
    assert held.alive("boot 2", 6)
    assert not held.alive("boot 2", 1005)
    assert not held.alive("boot 3", 6)


def test_late_holder_is_told_and_the_fence_only_grows(db: Database) -> None:
    db.write_now(lambda tx: take(tx, "a", now=0))
    db.write_now(lambda tx: leases.check_fence(tx, "service", 1))
    db.write_now(lambda tx: take(tx, "b", now=5000))
    for late in (
        lambda tx: leases.check_fence(tx, "service", 1),
        lambda tx: leases.renew(tx, "service", 1, 1000, boottime_ms=5001),
    ):
        with pytest.raises(leases.LeaseLost) as caught:
            db.write_now(late)
        assert (caught.value.name, caught.value.fence, caught.value.code) == ("service", 1, "lease_lost")
    assert db.write_now(lambda tx: leases.release(tx, "service", 1)) is False
    db.write_now(lambda tx: leases.check_fence(tx, "service", 2))
    assert db.write_now(lambda tx: leases.release(tx, "service", 2)) is True
    assert db.read_now(lambda db: leases.holder(db, "service")) is None
    with pytest.raises(leases.LeaseLost):
        db.write_now(lambda tx: leases.check_fence(tx, "service", 2))
    with pytest.raises(leases.LeaseLost):
        db.write_now(lambda tx: leases.renew(tx, "service", 2, 1000, boottime_ms=5001))
    assert db.write_now(lambda tx: take(tx, "c", now=5002)) == 3, "given up: free at once, with a new fence"


def test_late_is_late_even_for_oneself(db: Database) -> None:
    """A process that lost its lease and takes it anew must not finish what it began under the old one."""
    assert db.write_now(lambda tx: take(tx, "a", now=0)) == 1
    assert db.write_now(lambda tx: take(tx, "a", now=10)) == 2
    with pytest.raises(leases.LeaseLost):
        db.write_now(lambda tx: leases.check_fence(tx, "service", 1))


def test_a_lease_that_ran_out_and_nobody_took_can_be_renewed(db: Database) -> None:
    db.write_now(lambda tx: take(tx, "a", now=0))
    db.write_now(lambda tx: leases.renew(tx, "service", 1, 1000, boottime_ms=9000))
    assert db.write_now(lambda tx: take(tx, "b", now=9500)) is None


def test_leases_of_other_names_do_not_meddle(db: Database) -> None:
    assert db.write_now(lambda tx: take(tx, "a", now=0)) == 1
    now = boottime_ms()
    other = db.write_now(
        lambda tx: leases.acquire(tx, "export", "b", 1000, boot_id=boot_id(), boottime_ms=now, pid=1, uid=2)
    )
    assert other == 1
    with pytest.raises(leases.LeaseLost):
        db.write_now(lambda tx: leases.check_fence(tx, "import", 1))


def test_renewing_is_frequent_enough_for_its_life() -> None:
    assert leases.RENEW_S * 1000 * 2 < leases.TTL_MS <= 2000
