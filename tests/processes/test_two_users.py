"""Two Unix accounts of one group on one store, as on a shared server. Needs root to become them."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from unibox_tui.domain.errors import Refused
from unibox_tui.host.bell import BellFile, BellListener
from unibox_tui.host.checks import Level, inspect, refuse_if_unsafe
from unibox_tui.host.locks import FileLock, is_taken
from unibox_tui.host.media import MediaStore
from unibox_tui.host.paths import Home
from unibox_tui.host.processes import start_service
from unibox_tui.store import changes
from unibox_tui.store.database import Database

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="becomes other accounts")
MAI, AN, TEAM, STRANGER = 60001, 60002, 60010, 60003


@pytest.fixture
def home() -> Iterator[Home]:
    folder = Path(tempfile.mkdtemp(prefix="unibox-team-"))
    folder.chmod(0o755)
    store = folder / "store"
    store.mkdir()
    os.chown(store, MAI, TEAM)
    store.chmod(0o3770)
    for uid in (MAI, AN, STRANGER):
        (folder / str(uid)).mkdir(mode=0o700)
        os.chown(folder / str(uid), uid, uid)
    yield Home(folder, folder, store)
    shutil.rmtree(folder)


def become(uid: int, act: Callable[[Home], None], home: Home) -> None:
    """Run `act` in a child process of that account (umask 077, as careful people have it); its failure is ours."""
    own = home.config_folder / str(uid)
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.setgroups([TEAM] if uid != STRANGER else [])
            os.setgid(uid)
            os.setuid(uid)
            os.umask(0o077)
            act(Home(own, own, home.store))
            status = 0
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
        finally:
            os._exit(status)
    assert os.waitpid(pid, 0)[1] == 0


def test_both_work_on_one_store(home: Home) -> None:
    def work(own: Home) -> None:
        own.prepare()
        refuse_if_unsafe(own)
        bell = BellFile(own.bell)
        with Database(own.database, bell=bell) as db:
            for n in range(20):
                db.write_now(lambda tx, n=n: tx.changed("conversation", n))
        sha, _ = MediaStore(own.media).put(b"one picture")
        assert MediaStore(own.media).read(sha) == b"one picture"
        with FileLock.take_or_fail(own.apps_lock, "apps", shared=True):
            assert is_taken(own.apps_lock)
        assert [finding for finding in inspect(own) if finding.level is Level.ERROR] == []

    with Database(home.store / "warm-up.db"):  # imports are done before the accounts change
        (home.store / "warm-up.db").unlink()
    for uid in (MAI, AN, MAI):
        become(uid, work, home)
    with Database(home.database) as db:
        assert db.read_now(changes.head) == 60


async def test_a_ring_of_one_wakes_the_other(home: Home) -> None:
    become(MAI, lambda own: (own.prepare(), BellFile(own.bell).ring())[0], home)
    listener = BellListener(home.bell)
    become(AN, lambda own: BellFile(own.bell).ring(), home)
    assert await listener.wait(10)
    listener.close()


def test_no_colleague_can_swap_the_store_or_start_its_service(home: Home) -> None:
    def begin(own: Home) -> None:
        own.prepare()
        Database(own.database).close()

    def attack(own: Home) -> None:
        for change in (
            lambda: own.database.rename(own.store / "old.db"),
            lambda: own.database.unlink(),
            lambda: own.media.rename(own.store / "old"),
        ):
            with pytest.raises(PermissionError):
                change()
        with pytest.raises(Refused, match="belongs to another account"):
            start_service(own)

    become(MAI, begin, home)
    become(AN, attack, home)


def test_strangers_stay_outside(home: Home) -> None:
    def look(own: Home) -> None:
        with pytest.raises(PermissionError):
            list(own.store.iterdir())

    become(MAI, lambda own: own.prepare(), home)
    become(STRANGER, look, home)


def test_a_service_lock_dies_with_a_killed_holder_of_another_account(home: Home) -> None:
    become(MAI, lambda own: own.prepare(), home)
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.setgroups([TEAM])
            os.setuid(MAI)
            lock = FileLock.take(home.service_lock)
            os.write(write, b"1" if lock else b"0")
            time.sleep(60)
        finally:
            os._exit(1)
    try:
        assert os.read(read, 1) == b"1"

        def held(_: Home) -> None:
            assert FileLock.take(home.service_lock) is None

        become(AN, held, home)
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        os.close(read)
        os.close(write)

    def free(_: Home) -> None:
        assert FileLock.take(home.service_lock, wait=10) is not None

    become(AN, free, home)
