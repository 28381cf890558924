"""The first rows stand on the terminal before the app does, and only when they may."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.seed import seed
from unibox_tui.__main__ import screen_call
from unibox_tui.host.paths import agent_name
from unibox_tui.store.database import Database
from unibox_tui.views import lists
from unibox_tui.widgets.palette import Palette
from unibox_tui.widgets.rows import Look, draw_row

pytestmark = pytest.mark.server
OURS = b"\x1b[?2004h"  # the screen library asks for pastes to be marked: from here on the app has the terminal
PATIENCE_S = 30.0


class Screen:
    program: Sequence[str] = (sys.executable, "-m", "unibox_tui")

    def __init__(self, home: Path, columns: int, lines: int, **env: str) -> None:
        self.master, slave = pty.openpty()
        self.resize(columns, lines)
        self.before = termios.tcgetattr(slave)
        plain = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "TZ": "UTC",
        }
        self.process = subprocess.Popen(
            [*self.program, "--home", str(home)],
            stdin=slave, stdout=slave, stderr=slave, env=plain | env, start_new_session=True, cwd=Path(__file__).parents[1],
        )  # fmt: skip
        self.slave = slave
        self.out = b""

    def resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def until(self, mark: bytes) -> bytes:
        ends = time.monotonic() + PATIENCE_S
        while mark not in self.out:
            assert time.monotonic() < ends, self.out[-500:]
            if select.select([self.master], [], [], 0.1)[0]:
                self.out += os.read(self.master, 1 << 16)
        return self.out

    def leave(self) -> int:
        self.until(b"help")
        ends = time.monotonic() + PATIENCE_S
        while self.process.poll() is None and time.monotonic() < ends:
            os.write(self.master, b"Q")
            if select.select([self.master], [], [], 0.3)[0]:
                self.out += os.read(self.master, 1 << 16)
        return self.process.wait(5)

    def rest(self) -> bytes:
        while select.select([self.master], [], [], 0.1)[0]:
            self.out += os.read(self.master, 1 << 16)
        return self.out

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(5)
        os.close(self.master)
        os.close(self.slave)


@contextmanager
def screen(home: Path, columns: int = 120, lines: int = 40, **env: str) -> Iterator[Screen]:
    opened = Screen(home, columns, lines, **env)
    try:
        yield opened
    finally:
        opened.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A seeded workspace whose app was opened and left once, by an agent who has conversations."""
    folder = tmp_path / "home"
    verb = [sys.executable, "-m", "unibox_tui", "--home", str(folder)]
    subprocess.run([*verb, "init"], check=True, capture_output=True)
    with Database(folder / "unibox.db") as db:
        seed(db, conversations=60)
        me = agent_name()
        db.write_now(lambda tx: tx.run("UPDATE conversation SET assignee = :me, status = 'open', spam = 0", me=me))
    with screen(folder) as app:
        assert app.leave() == 0
    return folder


def painted_early(app: Screen) -> str:
    return app.until(OURS).partition(OURS)[0].decode()


def test_the_first_rows_stand_before_the_app(home: Path) -> None:
    with Database(home / "unibox.db") as db:
        known = json.loads((home / "screen.json").read_bytes())
        page = db.read_now(lambda c: lists.page(c, known["query"], me=known["me"], now=db.now(), limit=10))
    assert len(page.rows) > 5
    with screen(home) as app:
        early = painted_early(app)
        assert app.leave() == 0
    for row in page.rows[:5]:
        line = draw_row(row, Look(36, 3, 0, known["me"]), Palette(known["theme"]))[0]
        name = max((segment.text for segment in line.segments), key=len)
        assert name.strip() in early
    assert early.startswith("\x1b[?1049h")


def test_the_app_takes_over_without_clearing_what_stands_there(home: Path) -> None:
    with screen(home) as app:
        app.until(b"help")
        after = app.out.partition(b"\x1b[?25l")[2]
        assert b"\x1b[?1049h" not in after
        assert b"\x1b[2J" not in after
        assert app.leave() == 0


def test_the_terminal_is_as_before_afterwards(home: Path) -> None:
    with screen(home) as app:
        app.until(b"help")
        assert not termios.tcgetattr(app.slave)[3] & termios.ECHO
        assert app.leave() == 0
        assert b"\x1b[?1049l" in app.rest()
        assert termios.tcgetattr(app.slave) == app.before


def test_an_end_between_the_two_gives_the_terminal_back(home: Path) -> None:
    with screen(home) as app:
        app.until(b"\x1b[?25l")
        app.process.send_signal(signal.SIGTERM)
        assert app.process.wait(PATIENCE_S) != -signal.SIGTERM
        assert app.rest().rstrip().endswith((b"\x1b[?25h", b"\x1b[?1004l"))
        assert termios.tcgetattr(app.slave) == app.before


def test_a_wrong_configuration_is_said_on_the_usual_screen(home: Path) -> None:
    config = home / "config.toml"
    stamp = config.stat()
    content = config.read_text()
    config.write_text("nonsense = " + content[11:])
    os.utime(config, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))  # as if it had not changed: the rows are painted
    with screen(home) as app:
        app.process.wait(PATIENCE_S)
        said = app.rest()
    assert b"config.toml:1" in said.rpartition(b"\x1b[?1049l")[2]


@pytest.mark.parametrize("change", ["size", "terminal", "colours", "config", "unknown"])
def test_nothing_is_painted_early_when_something_differs(home: Path, change: str) -> None:
    env: dict[str, str] = {}
    columns = 120
    match change:
        case "size":
            columns = 100
        case "terminal":
            env["TERM"] = "screen-256color"
        case "colours":
            env["NO_COLOR"] = "1"
        case "config":
            (home / "config.toml").write_text('[ui]\nrows = "compact"\n')
        case "unknown":
            env["TERM"] = "vt100"
    with screen(home, columns, **env) as app:
        assert len(painted_early(app)) < 200
        assert app.leave() == 0


def test_an_empty_workspace_paints_nothing_early(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    subprocess.run([sys.executable, "-m", "unibox_tui", "--home", str(folder), "init"], check=True, capture_output=True)
    for _ in range(2):
        with screen(folder) as app:
            assert len(painted_early(app)) < 200
            assert app.leave() == 0


def test_only_a_plain_call_goes_the_short_way() -> None:
    assert screen_call([]) == ""
    assert screen_call(["--home", "/x"]) == "/x"
    for args in (["ls"], ["--home", "/x", "ls"], ["--lang", "vi"], ["--home"], ["--help"], ["--home", "--json"]):
        assert screen_call(args) is None
