from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from unibox_tui.host.bell import BellFile, BellListener

ways = pytest.mark.parametrize("inotify", [True, False], ids=["inotify", "polling"])


@ways
async def test_a_ring_wakes_and_silence_does_not(tmp_path: Path, inotify: bool) -> None:
    listener = BellListener(tmp_path / "bell", inotify=inotify)
    assert listener.polls is not inotify
    bell = BellFile(tmp_path / "bell")
    assert await listener.wait(0.15) is False
    bell.ring()
    assert await listener.wait(5) is True
    assert await listener.wait(0.15) is False, "one ring wakes once"
    listener.close()
    bell.close()


@ways
async def test_a_ring_before_the_first_wait_is_not_lost(tmp_path: Path, inotify: bool) -> None:
    listener = BellListener(tmp_path / "bell", inotify=inotify)
    await asyncio.sleep(0.05)
    BellFile(tmp_path / "bell").ring()
    assert await listener.wait(5) is True
    listener.close()


@ways
async def test_another_process_is_heard(tmp_path: Path, inotify: bool) -> None:
    listener = BellListener(tmp_path / "bell", inotify=inotify)
    code = f"from pathlib import Path; from unibox_tui.host.bell import BellFile; BellFile(Path({str(tmp_path / 'bell')!r})).ring()"
    child = subprocess.Popen([sys.executable, "-c", code])
    assert await listener.wait(20) is True
    assert child.wait(10) == 0
    listener.close()


@ways
async def test_a_removed_bell_is_made_again_and_heard(tmp_path: Path, inotify: bool) -> None:
    path = tmp_path / "bell"
    listener = BellListener(path, inotify=inotify)
    bell = BellFile(path)
    bell.ring()
    assert await listener.wait(5)
    path.unlink()
    await listener.wait(0.3)
    bell.ring()
    assert await listener.wait(5), "the writer noticed that its file is gone, the listener watches the new one"
    listener.close()


async def test_rings_from_many_threads_wake_every_listener(tmp_path: Path) -> None:
    listeners = [BellListener(tmp_path / "bell") for _ in range(3)]
    bell = BellFile(tmp_path / "bell")
    waiting = [asyncio.create_task(listener.wait(5)) for listener in listeners]
    await asyncio.sleep(0.02)
    threads = [threading.Thread(target=bell.ring) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert await asyncio.gather(*waiting) == [True] * 3
    for thread in threads:
        thread.join()
    for listener in listeners:
        listener.close()


def test_a_bell_that_cannot_be_rung_says_so_once_and_breaks_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    bell = BellFile(tmp_path / "no such folder" / "bell")
    bell.ring()
    bell.ring()
    assert len(caplog.records) == 1
    assert "cannot be rung" in caplog.text


async def test_listening_ends_cleanly_while_somebody_waits(tmp_path: Path) -> None:
    listener = BellListener(tmp_path / "bell")
    waiting = asyncio.create_task(listener.wait(5))
    await asyncio.sleep(0.02)
    listener.close()
    assert await waiting is True
