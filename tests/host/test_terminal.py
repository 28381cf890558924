from __future__ import annotations

import base64
import os
import pty
import re
import subprocess
import sys
import termios
import threading
import time

import pytest

from unibox_tui.host.terminal import HangupGuard, Terminal, copy_sequence, echo_off, guess, modes_kept

PLAIN = Terminal("xterm-256color", 256, True)


def test_what_terminals_can_do() -> None:
    utf8 = {"LANG": "vi_VN.UTF-8"}
    tmux = guess({**utf8, "TERM": "tmux-256color", "TMUX": "/tmp/x,1,0", "SSH_CONNECTION": "a b"})
    assert (tmux.inside, tmux.colours, tmux.remote, tmux.unicode, tmux.known) == ("tmux", 256, True, True, True)
    assert guess({**utf8, "TERM": "screen.xterm-256color"}).inside == "screen"
    assert guess({**utf8, "TERM": "xterm-256color", "COLORTERM": "truecolor"}).colours == 1 << 24
    assert guess({**utf8, "TERM": "xterm"}).colours == 16
    assert guess({**utf8, "TERM": "xterm-256color", "NO_COLOR": "1"}).colours == 0
    assert guess({**utf8, "TERM": "xterm-256color", "NO_COLOR": ""}).colours == 256
    console = guess({**utf8, "TERM": "linux"})
    assert (console.unicode, console.can_copy) == (False, False)
    nothing = guess({}, "ascii")
    assert (nothing.colours, nothing.unicode, nothing.can_copy, nothing.known) == (0, False, False, False)


@pytest.mark.parametrize(
    ("environ", "unicode"),
    [
        ({"LANG": "C"}, False),
        ({"LANG": "th_TH.utf8"}, True),
        ({"LANG": "vi_VN.UTF-8", "LC_ALL": "vi_VN.TCVN"}, False),
        ({"LC_CTYPE": "en_US.UTF-8@euro"}, True),
    ],
)
def test_locale_says_whether_there_is_unicode(environ: dict[str, str], unicode: bool) -> None:
    encoding = None if "." in str(environ) else "ascii"
    assert guess({**environ, "TERM": "xterm"}, encoding).unicode is unicode


def test_copy_holds_the_text() -> None:
    sequence = copy_sequence("Dạ\n0912 345 678", PLAIN)
    assert sequence is not None
    found = re.fullmatch("\x1b]52;c;([A-Za-z0-9+/=]*)\x07", sequence)
    assert found is not None
    assert base64.b64decode(found[1]).decode() == "Dạ\n0912 345 678"


def test_copy_goes_through_tmux_and_screen() -> None:
    plain = copy_sequence("x" * 2000, PLAIN)
    assert plain is not None
    in_tmux = copy_sequence("x" * 2000, Terminal("tmux", 256, True, "tmux"))
    assert in_tmux is not None
    assert in_tmux.startswith(plain)
    wrapped = in_tmux[len(plain) :]
    assert wrapped.startswith("\x1bPtmux;")
    assert wrapped.endswith("\x1b\\")
    assert wrapped[len("\x1bPtmux;") : -2].replace("\x1b\x1b", "\x1b") == plain
    in_screen = copy_sequence("x" * 2000, Terminal("screen", 256, True, "screen"))
    assert in_screen is not None
    parts = re.findall("\x1bP(.*?)\x1b\\\\", in_screen, re.DOTALL)
    assert "".join(parts) == plain
    assert max(map(len, parts)) < 256


def test_copy_is_whole_or_not_at_all() -> None:
    assert copy_sequence("ạ" * 100, PLAIN, limit=299) is None
    assert copy_sequence("ạ" * 100, PLAIN, limit=300) is not None
    assert copy_sequence("x", Terminal("linux", 16, False, can_copy=False)) is None


def test_modes_come_back_after_anything() -> None:
    control, terminal = pty.openpty()
    before = termios.tcgetattr(terminal)
    with pytest.raises(RuntimeError), echo_off(terminal):  # noqa: PT012  the state inside is the point
        assert not termios.tcgetattr(terminal)[3] & termios.ECHO
        raise RuntimeError
    assert termios.tcgetattr(terminal) == before
    with modes_kept(terminal):
        os.system(f"stty raw -echo < {os.ttyname(terminal)}")
        assert termios.tcgetattr(terminal) != before
    assert termios.tcgetattr(terminal) == before
    os.close(control)
    os.close(terminal)


def test_modes_of_what_is_no_terminal() -> None:
    read, write = os.pipe()
    with echo_off(read), modes_kept(read):
        pass
    os.close(read)
    os.close(write)


def test_guard_hears_the_terminal_go_and_is_deaf_to_keys() -> None:
    control, terminal = pty.openpty()
    gone = threading.Event()
    guard = HangupGuard(gone.set, descriptor=terminal, end=lambda _: None)
    os.write(control, b"typed keys\n")
    assert not gone.wait(0.2)
    os.close(control)
    assert gone.wait(10)
    guard.close()
    guard.close()
    os.close(terminal)


def test_guard_ends_a_program_that_does_not_end_itself() -> None:
    control, terminal = pty.openpty()
    ended = threading.Event()
    status: list[int] = []
    guard = HangupGuard(
        lambda: None, descriptor=terminal, grace=0.05, end=lambda code: (status.append(code), ended.set())
    )
    os.close(control)
    assert ended.wait(10)
    assert status == [129]
    guard.close()
    os.close(terminal)


def test_guard_is_silent_when_closed_in_time() -> None:
    control, terminal = pty.openpty()
    gone: list[None] = []
    guard = HangupGuard(lambda: gone.append(None), descriptor=terminal, end=lambda _: None)
    guard.close()
    os.close(control)
    time.sleep(0.05)
    assert not gone
    os.close(terminal)


IGNORES_HANGUP = """
import os, signal, sys, time
signal.signal(signal.SIGHUP, signal.SIG_IGN)
from unibox_tui.host.terminal import HangupGuard
guard = HangupGuard(lambda: None, grace=0.2)
print("ready", flush=True)
time.sleep(60)
"""


def test_a_process_that_ignores_sighup_ends_with_its_terminal() -> None:
    control, terminal = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", IGNORES_HANGUP], stdin=terminal, stdout=subprocess.PIPE, start_new_session=True
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n"
        os.close(terminal)
        os.close(control)
        assert child.wait(20) == 129
    finally:
        child.kill()
        child.wait()
