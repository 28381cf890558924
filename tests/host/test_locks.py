from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from unibox_tui.domain.errors import Conflict
from unibox_tui.host.locks import FileLock, boot_id, boottime_ms, is_taken, note_in

HOLD = """
import sys, time
from pathlib import Path
from unibox_tui.host.locks import FileLock
lock = FileLock.take_or_fail(Path(sys.argv[1]), "it")
lock.write_note("pid of the other")
print("held", flush=True)
time.sleep(60)
"""


def test_exclusive_keeps_others_out_until_released(tmp_path: Path) -> None:
    path = tmp_path / "service.lock"
    assert not is_taken(path)
    with FileLock.take_or_fail(path, "the service") as lock:
        assert lock.held
        assert is_taken(path)
        assert FileLock.take(path) is None
        assert FileLock.take(path, shared=True) is None
    assert not is_taken(path)
    assert FileLock.take(path) is not None


def test_shared_locks_live_together_and_keep_an_exclusive_one_out(tmp_path: Path) -> None:
    path = tmp_path / "apps.lock"
    first, second = FileLock.take(path, shared=True), FileLock.take(path, shared=True)
    assert first is not None
    assert second is not None
    first.release()
    assert is_taken(path)
    second.release()
    assert not is_taken(path)


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    path = tmp_path / "service.lock"
    child = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        with pytest.raises(Conflict, match=r"the service is held by another process \(pid of the other"):
            FileLock.take_or_fail(path, "the service", wait=0.05)
        assert note_in(path) == "pid of the other"
    finally:
        child.kill()
        child.wait()
    lock = FileLock.take(path, wait=10)
    assert lock is not None
    lock.release()


def test_a_lock_on_a_replaced_file_is_not_taken_for_held(tmp_path: Path) -> None:
    path = tmp_path / "service.lock"
    old = FileLock.take_or_fail(path, "it")
    path.unlink()
    new = FileLock.take(path)
    assert new is not None
    assert is_taken(path)
    old.release()
    assert is_taken(path)


def test_clock_of_leases_runs_forward_and_is_one_for_all_processes() -> None:
    before = boottime_ms()
    code = "from unibox_tui.host.locks import *; print(boottime_ms(), boot_id())"
    other, boot = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert before <= int(other) <= boottime_ms()
    assert boot == boot_id() != ""
    time.sleep(0.002)
    assert boottime_ms() > before
