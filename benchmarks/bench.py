"""`make bench`: all programs on the same mails, rounds interleaved, ratios of one run; the table goes to RESULTS.md.

benchmarks/run.sh [--quick] [--mails N] [--rounds N] [--store N] [--only SECTION,…]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import bars, inprocess, live, ours, peers
from benchmarks.corpus import NEWEST, write_maildir
from benchmarks.peers import Peer
from benchmarks.pty_driver import Program

WORK = Path(__file__).parent / "work"
RESULTS = Path(__file__).parent / "RESULTS.md"
SECTIONS = ("import", "screen", "search", "live", "lists", "size")


@dataclass
class Seen:
    """What the rounds of one program gave. Seconds, bytes, MiB."""

    start: list[float] = field(default_factory=list)
    start_bytes: list[int] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    j: list[float] = field(default_factory=list)
    j_bytes: list[int] = field(default_factory=list)
    page: list[float] = field(default_factory=list)
    page_bytes: list[int] = field(default_factory=list)
    open_bytes: list[int] = field(default_factory=list)

    def line(self, name: str) -> str:
        def middle(values: list[float] | list[int], by: float = 1) -> str:
            return f"{median(values) * by:.4g}" if values else "–"

        cells = (
            middle(self.start, 1_000), middle(self.start_bytes), middle(self.memory),
            f"{middle(self.j, 1_000)} / {high(self.j) * 1_000:.3g}", middle(self.j_bytes),
            middle(self.page, 1_000), middle(self.page_bytes), middle(self.open_bytes),
        )  # fmt: skip
        return f"| {name} | " + " | ".join(cells) + " |"


def high(values: list[float]) -> float:
    """The 95th percentile."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * 0.95), len(ordered) - 1)]


def say(text: str) -> None:
    print(text, flush=True)


class Bench:
    def __init__(self, mails: int, rounds: int, store: int) -> None:
        self.mails, self.rounds, self.store = mails, rounds, store
        self.work = WORK / str(mails)
        self.maildir = self.work / "mail"
        self.home = self.work / "home"
        self.values: dict[str, float] = {}
        self.notes: list[str] = []
        self.screens: list[str] = []
        self.missing = peers.missing()
        self.remark = ""
        self.ran: dict[str, dict[str, Any]] = {}

    def run(self, name: str, section: Callable[[], None]) -> None:
        """One section; what it found is kept, so that a later call may run the others."""
        self.values, self.notes, self.screens = {}, [], []
        section()
        self.ran[name] = {"values": self.values, "notes": self.notes, "screens": self.screens}
        (self.work / "found.json").write_text(json.dumps(self.ran))

    def recall(self) -> None:
        """What sections of earlier calls on the same mails found."""
        kept = self.work / "found.json"
        if kept.exists():
            self.ran = json.loads(kept.read_text())

    def has(self, *names: str) -> bool:
        return not set(names) & set(self.missing)

    def prepare(self) -> None:
        say(f"{self.mails:,} mails …")
        write_maildir(self.maildir, self.mails)
        if self.missing:
            say(f"not here, so not compared with: {', '.join(self.missing)}")

    # -- import ------------------------------------------------------------------------------------------------------

    def import_(self) -> None:
        notmuch = None
        if self.has("notmuch"):
            shutil.rmtree(peers.index(self.work), ignore_errors=True)
            env = peers.notmuch_env(self.work, self.maildir)
            say("notmuch new …")
            notmuch = peers.run(("notmuch", "new"), env)
        shutil.rmtree(self.home, ignore_errors=True)
        ours.make_home(self.work, self.home)
        say("unibox import …")
        mine = ours.import_mails(self.work, self.home, self.maildir)
        ours.give_me_some(self.home)
        self.notes.append(
            f"Import: unibox {self.mails / mine.cpu:,.0f} mails per CPU second, {self.mails / mine.wall:,.0f} per second"
        )
        if notmuch is not None:
            self.values["import/notmuch"] = mine.cpu / notmuch.cpu
            self.values["store/notmuch"] = ours.store_size(self.home) / peers.size(peers.index(self.work))
            self.notes[-1] += f"; notmuch {self.mails / notmuch.cpu:,.0f} and {self.mails / notmuch.wall:,.0f}."
            self.notes.append(
                f"Store {ours.store_size(self.home) / 1e6:,.0f} MB without attached files; "
                f"notmuch's index {peers.size(peers.index(self.work)) / 1e6:,.0f} MB; the mails {peers.size(self.maildir) / 1e6:,.0f} MB."
            )

    # -- the screen --------------------------------------------------------------------------------------------------

    def screen(self) -> None:
        programs: dict[str, Peer] = {"unibox": ours.app(self.work, self.home)}
        if self.has("neomutt"):
            programs["neomutt"] = peers.neomutt(self.work, self.maildir)
        if self.has("alot", "notmuch"):
            programs["alot"] = peers.alot(self.work, self.maildir)
        seen = {name: Seen() for name in programs}
        for round in range(self.rounds + 1):  # the first fills caches
            for name, peer in programs.items():
                say(f"screen {round}/{self.rounds}: {name}")
                one = seen[name] if round else Seen()
                self._look(name, peer, one)
        self.screens = [one.line(name) for name, one in seen.items()]
        mine = seen["unibox"]
        if "neomutt" in seen:
            mutt = seen["neomutt"]
            self.values["start/neomutt"] = median(mine.start) / median(mutt.start)
            self.values["j/neomutt"] = median(mine.j) / median(mutt.j)
            self.values["j bytes/neomutt"] = median(mine.j_bytes) / median(mutt.j_bytes)
            self.values["memory/neomutt"] = median(mine.memory) / median(mutt.memory)
        if "alot" in seen:
            alot = seen["alot"]
            self.values["start/alot"] = median(mine.start) / median(alot.start)
            self.values["page bytes/alot"] = median(mine.page_bytes) / median(alot.page_bytes)
            self.values["open bytes/alot"] = median(mine.open_bytes) / median(alot.open_bytes)

    def _look(self, name: str, peer: Peer, seen: Seen) -> None:
        with Program(peer.argv, peer.env) as screen:
            seen.start.append(screen.wait_for(NEWEST, 120))
            screen.settle(0.8)
            seen.start_bytes.append(len(screen.written))
            seen.memory.append(screen.memory())
            for _ in range(10):
                burst = screen.press("j", quiet=0.06)
                seen.j.append(burst.last)
                seen.j_bytes.append(burst.size)
            screen.settle(0.8)  # a thread beside the list follows when the hand rests
            for _ in range(3):
                burst = screen.press("\x1b[6~", quiet=0.15)
                seen.page.append(burst.last)
                seen.page_bytes.append(burst.size)
            # Opened at once, before the thread beside the list has followed: all of it is new on the screen.
            seen.open_bytes.append(screen.press("\r", quiet=0.6).size)
            if name == "unibox":
                screen.press("\x1b", quiet=0.3)
                with _ended():
                    screen.press("Q", quiet=0.2)
                    screen.settle(2.0)

    # -- search ------------------------------------------------------------------------------------------------------

    def search(self) -> None:
        words = ("shop", "order", "đơn hàng", "refund", "hoàn tiền", "ครับ", "invoice parcel")
        env = ours.environment(self.work)
        floor = ours.verb(self.home, "search", "--help")  # the same program with nothing to look up, as for notmuch
        bare = [peers.run([str(ours.PYTHON), "-c", "pass"], env).wall for _ in range(9)]
        mine, theirs, mine_floor, their_floor = [], [], [], []
        nm = peers.notmuch_env(self.work, self.maildir) if self.has("notmuch") else None
        for round in range(self.rounds + 1):
            for word in words:
                found = [
                    peers.run(ours.verb(self.home, "search", "--limit", "50", word), env).wall,
                    peers.run(floor, env).wall,
                ]
                if nm is not None:
                    found.append(peers.run(("notmuch", "search", "--limit=50", *word.split()), nm).wall)
                    found.append(peers.run(("notmuch", "--version"), nm).wall)
                if round:
                    for value, into in zip(found, (mine, mine_floor, theirs, their_floor), strict=False):
                        into.append(value)
        self.notes.append(
            f"Search, whole processes: unibox {median(mine) * 1e3:.0f} ms (floor, its help: {median(mine_floor) * 1e3:.0f} ms; bare Python: {median(bare) * 1e3:.0f} ms)"
        )
        if theirs:
            self.notes[-1] += f"; notmuch {median(theirs) * 1e3:.0f} ms (floor {median(their_floor) * 1e3:.0f} ms)."
            net = median(mine) - median(mine_floor)
            self.values["search/notmuch"] = net / max(median(theirs) - median(their_floor), 1e-4)
        inner = self._search_inside(words)
        self.notes.append(
            f"The same search inside a running unibox: p50 {median(inner) * 1e3:.2f} ms, p95 {high(inner) * 1e3:.2f} ms."
        )

    def _search_inside(self, words: tuple[str, ...]) -> list[float]:
        from unibox_tui.store.database import Database
        from unibox_tui.views import search

        taken = []
        with Database(self.home / "unibox.db") as db:
            now = int(time.time() * 1000)
            for word in words * 5:
                start = time.perf_counter()
                db.read_now(lambda c, word=word: search.search(c, word, me="an", now=now, limit=50))
                taken.append(time.perf_counter() - start)
        return taken

    # -- the app among others -----------------------------------------------------------------------------------------

    def live(self) -> None:
        say("commit to paint …")
        painted = live.painted_after_commit(self.work, self.home)
        self.values["commit to paint"] = high(painted) * 1e3
        self.notes.append(f"Commit to paint: p50 {median(painted) * 1e3:.1f} ms, p95 {high(painted) * 1e3:.1f} ms.")
        say("keys at rest and under load …")
        quiet, loaded = [], []
        for _ in range(2):
            quiet += live.keys(self.work, self.home, load=False)
            loaded += live.keys(self.work, self.home, load=True)
        self.values["key under load"] = high(loaded) / high(quiet)
        self.notes.append(
            f"Key to paint: at rest p50 {median(quiet) * 1e3:.1f}, p95 {high(quiet) * 1e3:.1f} ms; "
            f"under 500 changes a second p50 {median(loaded) * 1e3:.1f}, p95 {high(loaded) * 1e3:.1f} ms."
        )
        say("idle …")
        self.values["idle"] = live.idle_cpu(self.work, self.home)

    # -- large lists ----------------------------------------------------------------------------------------------------

    def _store(self, messages: int) -> Path:
        path = WORK / f"store-{messages}" / "unibox.db"
        say(f"a store of {messages:,} messages …")
        inprocess.make_store(path, messages)
        return path

    def lists(self) -> None:
        path = self._store(self.store)
        plain = inprocess.first_pages(path, inprocess.queries(400, text=False))
        text = inprocess.first_pages(path, inprocess.queries(400, text=True))
        self.values["filter p95"], self.values["filter max"] = high(plain) * 1e3, max(plain) * 1e3
        self.values["filter+text"] = high(text) * 1e3
        self.notes.append(
            f"First page of {len(plain)} random filters: p50 {median(plain) * 1e3:.2f} ms; with a word, {len(text)} queries: "
            f"p50 {median(text) * 1e3:.2f}, p95 {high(text) * 1e3:.1f}, max {max(text) * 1e3:.0f} ms."
        )

    def size(self) -> None:
        """The same start on a small and a large store; the first view is the seeded agent's."""
        small = min(inprocess.SMALL, self.store // 10)
        homes = [self._home_of(messages) for messages in (small, self.store)]
        taken: list[list[float]] = [[], []]
        for round in range(2 * self.rounds + 1):
            for home, into in zip(homes, taken, strict=True):
                peer = ours.app(self.work, home)
                with Program(peer.argv, peer.env) as screen:
                    end = screen.wait_for(inprocess.FOOT, 30)
                    screen.settle(0.3)
                    with _ended():
                        screen.press("Q", quiet=0.2)
                        screen.settle(2.0)
                    if round:
                        into.append(end)
        self.values["start/size"] = median(taken[1]) / median(taken[0])
        self.notes.append(
            f"Start until all panes stand: {median(taken[0]) * 1e3:.0f} ms at {small:,} messages, {median(taken[1]) * 1e3:.0f} ms at {self.store:,}."
        )

    def _home_of(self, messages: int) -> Path:
        from unibox_tui.host.paths import agent_name
        from unibox_tui.store.database import Database

        path = self._store(messages)
        home = path.parent
        if not (home / "config.toml").exists():
            peers.run(ours.verb(home, "init"), ours.environment(self.work))
            me = agent_name()
            with Database(path, checkpoints=True) as db:
                db.write_now(lambda tx: tx.run("UPDATE conversation SET assignee = :me WHERE assignee = 'an'", me=me))
        return home

    # -- the report ---------------------------------------------------------------------------------------------------

    def report(self) -> str:
        values = {key: value for one in self.ran.values() for key, value in one["values"].items()}
        notes = [note for one in self.ran.values() for note in one["notes"]]
        screens = [line for one in self.ran.values() for line in one["screens"]]
        lines = [
            "# Results of `make bench`",
            "",
            f"{time.strftime('%Y-%m-%d')}, {machine()}. {self.mails:,} mails, {self.rounds} rounds after one that fills caches, medians; "
            f"lists at {self.store:,} messages. Sections run: {', '.join(self.ran)}.",
            "The ratios of one run are what counts; times drift with the machine and with what else it does.",
            "",
            bars.table(values, full_store=self.store >= inprocess.BIG),
            "",
        ]
        if self.missing:
            lines += [f"Not installed, so not compared with: {', '.join(self.missing)}.", ""]
        if screens:
            lines += [
                "120 × 40, all panes; `j` and PgDn until the last byte; a thread is opened right after paging, so nothing of it stands there yet.",
                "",
                "| program | first list ms | bytes | RSS MiB | `j` ms p50 / p95 | `j` bytes | PgDn ms | PgDn bytes | open bytes |",
                "|---|---|---|---|---|---|---|---|---|",
                *screens,
                "",
            ]
        if self.remark:
            lines += [self.remark, ""]
        return "\n".join([*lines, *(f"* {note}" for note in notes), ""])


def _ended() -> contextlib.suppress:
    """A program that has left is what was wanted."""
    return contextlib.suppress(EOFError)


def machine() -> str:
    processors = len(os.sched_getaffinity(0))
    return (
        f"{processors} cores, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.system()}"
    )


def versions(names: list[str]) -> str:
    found = []
    for name in names:
        line = subprocess.run(
            [name, "--version" if name != "neomutt" else "-v"], capture_output=True, text=True, check=False
        ).stdout
        found.append(line.split("\n", 1)[0])
    return "; ".join(found)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="5,000 mails and a store of 100,000 messages")
    parser.add_argument("--mails", type=int)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--store", type=int, help="messages of the store that lists are measured on")
    parser.add_argument("--remark", default="", help="a sentence about this run for the report")
    parser.add_argument("--only", default="", help=f"of {', '.join(SECTIONS)}")
    asked = parser.parse_args()
    bench = Bench(
        asked.mails or (5_000 if asked.quick else 100_000),
        2 if asked.quick and asked.rounds == 5 else asked.rounds,
        asked.store or (100_000 if asked.quick else inprocess.BIG),
    )
    bench.remark = asked.remark
    bench.prepare()
    sections: dict[str, Callable[[], None]] = {
        "import": bench.import_,
        "screen": bench.screen,
        "search": bench.search,
        "live": bench.live,
        "lists": bench.lists,
        "size": bench.size,
    }
    if asked.only:
        bench.recall()
    wanted = [name for name in asked.only.split(",") if name] or list(SECTIONS)
    for name in wanted:
        if name not in sections:
            parser.error(f"there is no section {name!r}")
        say(f"== {name}")
        bench.run(name, sections[name])
    text = bench.report()
    print(text)
    target = RESULTS if not asked.quick else WORK / "results.md"
    target.write_text(text)
    say(f"written to {target.relative_to(Path.cwd()) if target.is_relative_to(Path.cwd()) else target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
