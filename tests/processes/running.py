"""Real processes of unibox on a home of their own, for tests that kill, stop and crowd them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from unibox_tui.desk import answer
from unibox_tui.desk.letter import Letter
from unibox_tui.domain.words import Author
from unibox_tui.host.bell import BellFile
from unibox_tui.host.files import PRIVATE_FILE, write_atomic
from unibox_tui.host.paths import Home
from unibox_tui.store import agents, inboxes
from unibox_tui.store.database import Database, Row
from unibox_tui.store.events import Actor

ROOT = Path(__file__).parents[2]
AN = Actor(Author.AGENT, "an", cause="test")
RUNS = "the service runs"


def until(seen: Callable[[], Any], *, seconds: float = 20.0, what: str = "") -> Any:
    """What `seen` gives as soon as it is true; fails after `seconds`."""
    ends = time.monotonic() + seconds
    while not (found := seen()):
        assert time.monotonic() < ends, f"did not come: {what or seen}"
        time.sleep(0.01)
    return found


async def until_async(seen: Callable[[], Any], *, seconds: float = 20.0, what: str = "") -> Any:
    ends = time.monotonic() + seconds
    while not (found := seen()):
        assert time.monotonic() < ends, f"did not come: {what or seen}"
        await asyncio.sleep(0.01)
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@dataclass
class Place:
    """A home with a configuration, and the store opened from the test as an app has it."""

    folder: Path
    home: Home
    _db: Database | None = None

    @classmethod
    def at(cls, folder: Path, config: str) -> Place:
        folder.mkdir(parents=True, exist_ok=True)
        place = cls(folder, Home.find(folder))
        place.home.prepare()
        place.configure(config)
        return place

    @property
    def log(self) -> Path:
        return self.folder / "service.log"

    def words(self) -> str:
        return self.log.read_text("utf-8", "replace") if self.log.exists() else ""

    def configure(self, config: str) -> None:
        write_atomic(self.home.config, config.encode(), PRIVATE_FILE)

    @property
    def db(self) -> Database:
        if self._db is None:
            self._db = Database(self.home.database, bell=BellFile(self.home.bell))
            self._db.write_now(lambda tx: agents.ensure(tx, "an", "An"))
        return self._db

    def rows(self, sql: str, **params: Any) -> list[Row]:
        return self.db.read_now(lambda db: db.execute(sql, params).fetchall())

    def value(self, sql: str, **params: Any) -> Any:
        rows = self.rows(sql, **params)
        return rows[0][0] if rows else None

    def count(self, table: str, where: str = "1") -> int:
        return int(self.value(f"SELECT count(*) FROM {table} WHERE {where}"))

    def state_of(self, inbox: str) -> str | None:
        row = self.db.read_now(lambda db: inboxes.by_name(db, inbox))
        return None if row is None else str(row.state)

    def reply(self, conversation: int, text: str) -> int:
        """An answer of An's, as the app writes it; its n."""
        done = self.db.write_now(lambda tx: answer.reply(tx, AN, conversation, Letter(text=text, hold_ms=0)))
        return int(done.data["n"])

    def close(self) -> None:
        if self._db is not None:
            self._db.close()


@dataclass
class Nursery:
    """Every service it starts is dead when the test is over."""

    _process: subprocess.Popen[str] | None = None
    pids: list[int] = field(default_factory=list)

    def start(self, place: Place, *, with_apps: bool = False, wait: bool = True) -> int:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.processes.nursery"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            assert self._say() == "ready"
        assert self._process.stdin is not None
        before = place.words().count(RUNS)
        print(place.folder, place.log, *(["with_apps"] if with_apps else []), file=self._process.stdin, flush=True)
        pid = int(self._say())
        self.pids.append(pid)
        if wait:
            until(lambda: place.words().count(RUNS) > before or not alive(pid), what="the service")
            assert place.words().count(RUNS) > before, place.words()[-2000:]
        return pid

    def _say(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def kill(self, pid: int, number: int = signal.SIGKILL) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)

    def end(self) -> None:
        for pid in self.pids:
            if alive(pid):
                self.kill(pid, signal.SIGCONT)
                self.kill(pid)
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def ended(pid: int, *, seconds: float = 20.0) -> None:
    until(lambda: not alive(pid), seconds=seconds, what=f"the end of process {pid}")


@contextlib.contextmanager
def processes() -> Iterator[list[subprocess.Popen[Any]]]:
    """Started processes put into the list do not outlive the block."""
    started: list[subprocess.Popen[Any]] = []
    try:
        yield started
    finally:
        for process in started:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait()


# -- mail ----------------------------------------------------------------------------------------------------------------


def make_maildir(folder: Path, *more: str) -> Path:
    for name in ("", *more):
        for part in ("new", "cur", "tmp"):
            (folder / name / part).mkdir(parents=True, exist_ok=True)
    return folder


def deliver(maildir: Path, name: str, body: bytes) -> None:
    (maildir / "tmp" / name).write_bytes(body)
    (maildir / "tmp" / name).rename(maildir / "new" / name)


def mail(
    number: int | str,
    *,
    text: str = "Shop ơi em nhận thiếu 1 áo",
    address: str = "",
    subject: str = "",
    ago_s: float = 0.0,
) -> bytes:
    message = EmailMessage()
    message["From"] = f"Nguyễn Thị Hà <{address or f'ha{number}@khach.example'}>"
    message["To"] = "hello@shop-a.example"
    message["Subject"] = subject or f"Đơn số {number}"
    message["Message-ID"] = f"<m{number}@khach.example>"
    message["Date"] = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(time.time() - ago_s))
    message.set_content(f"{text} ({number})")
    return bytes(message)


def mail_inbox(maildir: Path, smtp_port: int = 1, *, name: str = "mail", more: str = "") -> str:
    return f"""
[inbox.{name}]
channel = "email"
address = "hello@shop-a.example"
source = "maildir"
maildir = "{maildir}"
smtp_host = "127.0.0.1"
smtp_port = {smtp_port}
smtp_security = "plain"
smtp_user = "none"
save_sent = "no"
undo_send_seconds = 0.0
poll_seconds = 1.0
{more}
"""


def message_id(body: bytes) -> str:
    found = re.search(rb"^message-id:\s*<([^>]+)>", body, re.IGNORECASE | re.MULTILINE)
    assert found is not None
    return found[1].decode()
