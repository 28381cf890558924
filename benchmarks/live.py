"""The app while others write: how soon a commit is painted, what a burst does to a key, what rest costs."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.ours import ROOT, app, environment
from benchmarks.pty_driver import Program

WRITER = """
import sys, time
from pathlib import Path
from unibox_tui.host.bell import BellFile
from unibox_tui.store import conversations
from unibox_tui.store.database import Database
home = Path(sys.argv[1]); how = sys.argv[2]
db = Database(home / 'unibox.db', bell=BellFile(home / 'bell'))
ids = db.read_now(lambda c: [row[0] for row in c.execute('SELECT id FROM conversation ORDER BY last_at DESC LIMIT 500')])
top = ids[0]
def rename(text):
    def write(tx):
        tx.run('UPDATE conversation SET snippet = :text WHERE id = :id', text=text, id=top)
        tx.changed('conversation', top)
    return write
def burst(at):
    def write(tx):
        for id in ids[at % 400 + 50 : at % 400 + 60]:
            tx.run('UPDATE conversation SET updated_at = updated_at + 1 WHERE id = :id', id=id)
            tx.changed('conversation', id)
    return write
if how == 'marks':
    for line in sys.stdin:
        db.write_now(rename(line.strip()))
        print(time.time(), flush=True)
else:
    until = time.time() + float(sys.argv[3])
    at = 0
    while time.time() < until:
        start = time.time()
        db.write_now(burst(at)); at += 10
        time.sleep(max(0.02 - (time.time() - start), 0))
    print(at)
db.close()
"""


def painted_after_commit(work: Path, home: Path, times: int = 30) -> list[float]:
    """Seconds from the return of a commit in one process until the terminal of another has it."""
    peer = app(work, home)
    rng = random.Random(2)
    taken: list[float] = []
    with Program(peer.argv, peer.env) as screen:
        screen.settle(1.0)
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(home), "marks"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment(work), cwd=ROOT,
        )  # fmt: skip
        assert writer.stdin
        assert writer.stdout
        try:
            for number in range(times):
                mark = chr(ord("a") + number % 26) * 8  # no cell of the one before stays, so all of it is sent
                writer.stdin.write(mark + "\n")
                writer.stdin.flush()
                committed = float(writer.stdout.readline())
                screen.wait_for(mark, 5)
                taken.append(max(time.time() - committed, 0.0))
                time.sleep(rng.uniform(0.1, 0.4))
                screen.settle(0.05)
        finally:
            writer.stdin.close()
            writer.wait(10)
    return taken


def keys(work: Path, home: Path, *, load: bool, presses: int = 60) -> list[float]:
    """Seconds from `j` to the first painted byte, while 500 changes a second are committed or in quiet."""
    peer = app(work, home)
    taken: list[float] = []
    with Program(peer.argv, peer.env) as screen:
        screen.settle(1.0)
        writer = None
        if load:
            writer = subprocess.Popen(
                [sys.executable, "-c", WRITER, str(home), "burst", "20"],
                stdout=subprocess.DEVNULL, env=environment(work), cwd=ROOT,
            )  # fmt: skip
            time.sleep(1.0)
            screen.settle(0.01, timeout=1.0)
        try:
            for number in range(presses):
                burst = screen.press("j" if number % 2 == 0 else "k", quiet=0.02, timeout=1.0)
                if burst.size:
                    taken.append(burst.first)
                time.sleep(0.05)
        finally:
            if writer is not None:
                writer.terminate()
                writer.wait(10)
    return taken


def idle_cpu(work: Path, home: Path, seconds: float = 10.0) -> float:
    """Milliseconds of processor time a second of a resting app."""
    peer = app(work, home)
    with Program(peer.argv, peer.env) as screen:
        screen.settle(1.5)
        before = screen.cpu()
        until = time.perf_counter() + seconds
        while (left := until - time.perf_counter()) > 0:
            screen.settle(min(left, 0.5), timeout=0.5)
        return (screen.cpu() - before) / seconds * 1_000
