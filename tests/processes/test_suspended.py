"""A suspended process holds nobody up, and one that was stopped by force inside a transaction is named."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from tests.processes.running import ROOT, Place, processes, until
from tests.support.world import World
from unibox_tui.host.checks import inspect, write_lock_holder
from unibox_tui.host.findings import Level
from unibox_tui.host.mounts import process_state
from unibox_tui.host.suspend import stop_when
from unibox_tui.store import agents
from unibox_tui.store.database import Tx


def writer(place: Place, how: str, ms: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.processes.writer", str(place.home.database), how, str(ms)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("how", ["main", "thread"])
def test_suspending_waits_for_the_end_of_the_transaction(place: Callable[..., Place], how: str) -> None:
    home = place()
    assert home.db is not None
    with processes() as started:
        app = writer(home, how, 15)
        started.append(app)
        assert app.stdout is not None
        app.stdout.readline()
        for _ in range(15):
            time.sleep(random.uniform(0.0, 0.05))
            app.send_signal(signal.SIGTSTP)
            until(lambda: process_state(app.pid) == "T", what="it stops")
            assert write_lock_holder(home.home) is None
            home.db.write_now(lambda tx: agents.ensure(tx, "an", "An"))
            app.send_signal(signal.SIGCONT)
            until(lambda: process_state(app.pid) != "T")
        before = home.value("SELECT display FROM agent WHERE name = 'writer'")
        until(
            lambda: home.value("SELECT display FROM agent WHERE name = 'writer'") != before, what="it goes on writing"
        )


def test_the_screens_own_way_of_suspending_is_kept(world: World) -> None:
    """It gives the terminal back first; called within a transaction it waits for its end."""
    inside: list[bool] = []
    assert world.db._writer is not None
    writer = world.db._writer
    before = signal.signal(signal.SIGTSTP, lambda *_: inside.append(writer.in_transaction))
    try:
        stop_when(world.db.when_quiet)

        def write(tx: Tx) -> None:
            os.kill(os.getpid(), signal.SIGTSTP)
            agents.ensure(tx, "an", "An")
            assert inside == []

        world.db.write_now(write)
        assert inside == [False]
        os.kill(os.getpid(), signal.SIGTSTP)
        assert inside == [False, False]
    finally:
        signal.signal(signal.SIGTSTP, before)


def test_health_names_who_was_stopped_inside_a_transaction(place: Callable[..., Place]) -> None:
    home = place()
    assert home.db is not None
    with processes() as started:
        app = writer(home, "inside", 60_000)
        started.append(app)
        assert app.stdout is not None
        while app.stdout.readline().strip() != "inside":
            continue
        holder = write_lock_holder(home.home)
        assert holder is not None
        assert holder.level is Level.NOTE
        os.kill(app.pid, signal.SIGSTOP)
        until(lambda: process_state(app.pid) == "T")
        found = next(one for one in inspect(home.home) if "write lock" in one.what)
        assert found.level is Level.ERROR
        assert f"Process {app.pid} of" in found.what
        assert f"kill -CONT {app.pid}" in found.why
        assert home.count("agent") == 1, "reading goes on"
        assert found.mend is not None
        found.mend()
        until(lambda: process_state(app.pid) != "T", what="it goes on")
        app.send_signal(signal.SIGSTOP)
        app.kill()
        app.wait()
        home.db.write_now(lambda tx: agents.ensure(tx, "binh", "Bình"))
        assert write_lock_holder(home.home) is None
