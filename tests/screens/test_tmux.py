"""The app on a real terminal: typed keys, the screen read back, hostile text, the ways out."""

from __future__ import annotations

import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

pytestmark = [pytest.mark.server, pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")]
ROOT = Path(__file__).parents[2]
PATIENCE_S = 20.0


class Tmux:
    """One app in one tmux server of its own."""

    def __init__(self, columns: int, lines: int, *args: str, env: dict[str, str] | None = None) -> None:
        self._socket = f"unibox-test-{uuid4().hex[:8]}"
        command = " ".join([sys.executable, "-m", "tests.support.run_app", *args])
        environment = {"TZ": "UTC", "LANG": "C.UTF-8", "COLORTERM": "", **(env or {})}
        settings = " ".join(f"{name}={value}" for name, value in environment.items())
        self._run(
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            str(columns),
            "-y",
            str(lines),
            "-c",
            str(ROOT),
            f"env -u COLUMNS -u LINES {settings} bash --norc -i",
        )
        self.keys(f"PS1=; {command}; echo ENDED $?", "Enter")  # fmt: skip

    def _run(self, *args: str) -> str:
        return subprocess.run(
            ["tmux", "-u", "-L", self._socket, *args], capture_output=True, text=True, check=True
        ).stdout

    def keys(self, *keys: str) -> None:
        self._run("send-keys", *keys)

    def burst(self, text: str) -> None:
        """All bytes in one go, as an input method sends them."""
        self._run("send-keys", "-H", *(f"{byte:02x}" for byte in text.replace("⌫", "\x7f").encode()))

    def resize(self, columns: int, lines: int) -> None:
        self._run("resize-window", "-x", str(columns), "-y", str(lines))

    @property
    def screen(self) -> list[str]:
        return self._run("capture-pane", "-p").split("\n")

    @property
    def cursor(self) -> tuple[int, int]:
        x, y = self._run("display-message", "-p", "#{cursor_x} #{cursor_y}").split()
        return int(x), int(y)

    def until(self, true: Callable[[list[str]], bool]) -> list[str]:
        ends = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends:
            lines = self.screen
            if true(lines):
                return lines
            time.sleep(0.05)
        raise AssertionError("never on the screen:\n" + "\n".join(self.screen))

    def see(self, text: str) -> list[str]:
        return self.until(lambda lines: any(text in line for line in lines))

    def close(self) -> None:
        subprocess.run(["tmux", "-L", self._socket, "kill-server"], capture_output=True, check=False)


@pytest.fixture
def tmux() -> Iterator[Callable[..., Tmux]]:
    opened: list[Tmux] = []

    def start(columns: int = 120, lines: int = 30, *args: str, env: dict[str, str] | None = None) -> Tmux:
        opened.append(Tmux(columns, lines, *args, env=env))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


def test_a_telex_burst_in_one_read(tmux: Callable[..., Tmux]) -> None:
    app = tmux()
    app.see("Nguyễn Thị Hà")
    app.keys("r")
    app.see("Alt-Enter new line")
    app.burst("huynh⌫⌫⌫ỳnh ddung⌫⌫⌫⌫⌫đừng")
    lines = app.see("huỳnh đừng")
    row = next(n for n, line in enumerate(lines) if "huỳnh đừng" in line)
    assert app.cursor[1] == row


def test_the_search_prompt_takes_telex_too(tmux: Callable[..., Tmux]) -> None:
    app = tmux(80, 24)
    app.see("Nguyễn Thị Hà")
    app.burst("/thieu⌫⌫ếu")
    app.see(" / thiếu")


def test_a_reply_from_key_to_thread(tmux: Callable[..., Tmux]) -> None:
    app = tmux()
    app.see("Nguyễn Thị Hà")
    app.burst("rDạ em gửi bù ngay ạ")
    app.see("Dạ em gửi bù ngay ạ")
    app.keys("Enter")
    app.see("reply #10482")
    app.see("·")


@pytest.mark.parametrize(("columns", "lines"), [(120, 30), (80, 24), (40, 20), (200, 50)])
def test_thai_keeps_its_columns(tmux: Callable[..., Tmux], columns: int, lines: int) -> None:
    app = tmux(columns, lines)
    screen = app.see("สมชาย ใจดี")
    if columns >= 80:
        bars = {len_cells(line, "│") for line in screen[3 : lines - 3] if "│" in line}
        assert len(bars) == 1


def len_cells(line: str, until: str) -> int:
    from unibox_tui.text.width import width

    return width(line[: line.index(until)])


def test_resizing_goes_from_three_panes_to_one_and_back(tmux: Callable[..., Tmux]) -> None:
    app = tmux()
    app.see("thích màu trắng")
    app.resize(40, 20)
    app.until(lambda lines: not any("│ #10482" in line for line in lines) and any("สมชาย" in line for line in lines))
    app.keys("Enter")
    app.see("#10482")
    app.keys("i")
    app.see("thích màu trắng")
    app.resize(120, 30)
    app.see("Reply via")


def test_without_colour_and_in_plain_symbols_the_meaning_stays(tmux: Callable[..., Tmux]) -> None:
    app = tmux(80, 24, "40", "plain=yes", env={"NO_COLOR": "1"})
    app.see("> ")
    lines = app.see("Trần Minh")
    text = "\n".join(lines)
    assert "●" not in text
    assert "│" not in text
    coloured = app._run("capture-pane", "-p", "-e")
    assert "\x1b[36m" not in coloured


def test_suspend_return_and_leave(tmux: Callable[..., Tmux]) -> None:
    app = tmux(80, 24)
    app.see("Trần Minh")
    app.burst("nviết dở")
    app.see("viết dở")
    app.keys("C-z")
    app.see("Stopped")
    app.keys("fg", "Enter")
    app.see("viết dở")
    app.keys("Escape")
    app.see("resolve")
    app.keys("Q")
    app.see("ENDED")


def test_a_lost_terminal_ends_the_app() -> None:
    pid, fd = pty.fork()
    if pid == 0:
        os.chdir(ROOT)
        os.environ.update(TERM="xterm-256color")
        os.execv(sys.executable, [sys.executable, "-m", "tests.support.run_app"])
    try:
        _read_until(fd, "Trần Minh".encode())
        os.close(fd)
        ended = time.monotonic() + PATIENCE_S
        while os.waitpid(pid, os.WNOHANG) == (0, 0):
            assert time.monotonic() < ended, "still running without a terminal"
            time.sleep(0.05)
    finally:
        _kill(pid)


def _read_until(fd: int, wanted: bytes) -> None:
    read = b""
    ends = time.monotonic() + PATIENCE_S
    while wanted not in read:
        assert time.monotonic() < ends, read[-2000:]
        if select.select([fd], [], [], 0.2)[0]:
            read += os.read(fd, 65_536)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    except (ProcessLookupError, ChildProcessError):
        pass
