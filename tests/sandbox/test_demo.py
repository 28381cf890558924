"""The demo as a person starts it, and what is left of it afterwards: nothing."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from unibox_tui.sandbox.providers.registry import demos

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="looks at /proc")]

RUN = (
    "import sys; from unibox_tui.sandbox import demo; sys.exit(demo.main(headless=True, seconds={seconds}, json=True))"
)


class Demo:
    """A demo in a cache folder of its own; its processes are found by that folder in their environment."""

    def __init__(self, cache: Path, seconds: float) -> None:
        self.cache = cache
        environ = {**os.environ, "XDG_CACHE_HOME": str(cache)}
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", RUN.format(seconds=seconds)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environ,
            start_new_session=True,
        )

    def processes(self) -> set[int]:
        mark = f"XDG_CACHE_HOME={self.cache}".encode()
        found = set()
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if mark in (folder / "environ").read_bytes().split(b"\0"):
                    found.add(int(folder.name))
        return found

    def folders(self) -> list[Path]:
        return list((self.cache / "unibox").glob("demo-*"))

    def kill_all(self) -> None:
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[float], Demo]]:
    begun: list[Demo] = []

    def begin(seconds: float) -> Demo:
        begun.append(Demo(tmp_path / "cache", seconds))
        return begun[-1]

    yield begin
    for demo in begun:
        demo.kill_all()
        demo.process.communicate(timeout=10)


def until(true: Callable[[], object], seconds: float, what: str) -> None:
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, what
        time.sleep(0.05)


def is_open(demo: Demo) -> bool:
    """Seeded, and its service listens."""
    return any("listening on" in log.read_text() for folder in demo.folders() for log in folder.glob("run/service.log"))


def test_a_headless_run_ends_with_counts_and_leaves_nothing(start: Callable[[float], Demo]) -> None:
    demo = start(8)
    out, err = demo.process.communicate(timeout=60)
    assert demo.process.returncode == 0, err.decode()
    counts = json.loads(out)
    assert counts["conversations"] >= 100
    assert counts["missing"] == 0
    assert set(counts["arrived"]) == {"mail", "chat", "form"} | {network.way for network in demos()}
    assert counts["stored"] == sum(counts["arrived"].values())
    assert counts["answered"] >= 2
    assert sum(number["out"] for number in counts["during"].values()) >= counts["answered"]
    assert counts["mails_sent"] >= 1
    assert counts["quarantined"] == 2
    assert counts["stored_within_ms"]["p50"] <= counts["stored_within_ms"]["p95"]
    assert demo.processes() == set()
    assert demo.folders() == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_however_it_ends_nothing_is_left(start: Callable[[float], Demo], number: int) -> None:
    demo = start(60)
    until(lambda: is_open(demo), 40, "the demo did not start")
    assert len(demo.processes()) == 3
    os.kill(demo.process.pid, number)
    demo.process.wait(30)
    until(lambda: not demo.processes(), 20, "processes are left")
    until(lambda: not demo.folders(), 5, "the folder is left")


def test_a_backstage_that_is_killed_takes_the_service_with_it(start: Callable[[float], Demo]) -> None:
    demo = start(60)
    until(lambda: is_open(demo), 40, "the demo did not start")
    children = Path(f"/proc/{demo.process.pid}/task/{demo.process.pid}/children").read_text().split()
    assert len(children) == 1
    os.kill(int(children[0]), signal.SIGKILL)
    _, err = demo.process.communicate(timeout=30)
    assert demo.process.returncode != 0
    assert b"ended by itself" in err
    until(lambda: not demo.processes(), 10, "processes are left")
    assert demo.folders() == []


def test_killed_while_it_is_made(start: Callable[[float], Demo]) -> None:
    demo = start(60)
    until(lambda: len(demo.processes()) >= 2, 20, "the demo did not start")
    os.kill(demo.process.pid, signal.SIGKILL)
    until(lambda: not demo.processes(), 20, "processes are left")


def test_a_person_can_open_the_chat_in_a_browser(start: Callable[[float], Demo]) -> None:
    demo = start(60)
    until(lambda: is_open(demo), 40, "the demo did not start")
    config = tomllib.loads((demo.folders()[0] / "config.toml").read_text())
    with urllib.request.urlopen(f"http://{config['web']['listen']}/demo/shop-a-chat", timeout=10) as page:
        assert '<script src="/w/shop-a-chat.js"' in page.read().decode()


def test_a_service_that_is_killed_is_started_anew(start: Callable[[float], Demo]) -> None:
    demo = start(12)
    until(lambda: is_open(demo), 40, "the demo did not start")
    service = next(pid for pid in demo.processes() if b"sandbox.serve" in Path(f"/proc/{pid}/cmdline").read_bytes())
    time.sleep(2)
    os.kill(service, signal.SIGKILL)
    out, err = demo.process.communicate(timeout=60)
    assert demo.process.returncode == 0, err.decode()
    counts = json.loads(out)
    assert counts["missing"] == 0
    assert demo.processes() == set()
