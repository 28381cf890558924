"""The terminal as a device: what it can do, what to send it, and noticing that it is gone."""

from __future__ import annotations

import base64
import contextlib
import locale
import os
import select
import sys
import termios
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

BELL = "\a"
# What terminals take of OSC 52 in one go is about 100,000 bytes of base64.
COPY_BYTES = 74_994
_SCREEN_CHUNK = 240  # GNU screen cuts longer strings
_TRUECOLOUR_PROGRAMS = ("iterm", "wezterm", "ghostty", "vscode", "kitty", "alacritty", "foot", "rio")


@dataclass(frozen=True, slots=True)
class Terminal:
    """What we may count on. `colours`: 0 (NO_COLOR or none), 16, 256 or 16,777,216."""

    name: str
    colours: int
    unicode: bool
    inside: str = ""  # tmux, screen or nothing
    remote: bool = False
    known: bool = False  # well enough to paint on it before asking it anything
    can_copy: bool = True


def guess(environ: Mapping[str, str] | None = None, encoding: str | None = None) -> Terminal:
    """From the environment alone, so that it costs nothing and may be asked before anything is drawn."""
    environ = os.environ if environ is None else environ
    name = environ.get("TERM", "")
    program = environ.get("TERM_PROGRAM", "").casefold()
    if environ.get("TMUX") or name.startswith("tmux"):
        inside = "tmux"
    elif environ.get("STY") or name == "screen" or name.startswith("screen."):
        inside = "screen"
    else:
        inside = ""
    return Terminal(
        name=name,
        colours=_colours(environ, name, program),
        unicode=_is_unicode(environ, encoding) and name not in ("linux", "dumb", "vt100", "vt220"),
        inside=inside,
        remote=bool(environ.get("SSH_CONNECTION") or environ.get("SSH_TTY")),
        known=name.startswith(("xterm", "tmux", "screen", "rxvt", "alacritty", "foot", "st-", "linux")),
        can_copy=name not in ("", "dumb", "linux", "vt100", "vt220"),
    )


def _colours(environ: Mapping[str, str], name: str, program: str) -> int:
    if environ.get("NO_COLOR") or name in ("", "dumb", "vt100", "vt220"):
        return 0
    if environ.get("COLORTERM", "").casefold() in ("truecolor", "24bit") or name.endswith("-direct"):
        return 1 << 24
    if any(word in program or word in name for word in _TRUECOLOUR_PROGRAMS):
        return 1 << 24
    return 256 if "256" in name else 16


def _is_unicode(environ: Mapping[str, str], encoding: str | None) -> bool:
    if encoding is None:
        named = next((environ[key] for key in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(key)), "")
        encoding = named.partition(".")[2].partition("@")[0] or locale.getpreferredencoding(False)
    return encoding.casefold().replace("-", "").replace("_", "") == "utf8"


def copy_sequence(text: str, terminal: Terminal, *, limit: int = COPY_BYTES) -> str | None:
    """The bytes that put `text` on the agent's own clipboard (OSC 52), through tmux and screen too.

    None when it is too long or the terminal has no clipboard; nothing may be cut off in silence.
    """
    data = text.encode("utf-8", "replace")
    if len(data) > limit or not terminal.can_copy:
        return None
    plain = f"\x1b]52;c;{base64.b64encode(data).decode('ascii')}\x07"
    if terminal.inside == "tmux":
        # The first serves `set-clipboard on`, the wrapped one `allow-passthrough on`.
        return plain + "\x1bPtmux;" + plain.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    if terminal.inside == "screen":
        parts = [plain[at : at + _SCREEN_CHUNK] for at in range(0, len(plain), _SCREEN_CHUNK)]
        return "".join(f"\x1bP{part}\x1b\\" for part in parts)
    return plain


@contextlib.contextmanager
def modes_kept(descriptor: int = 0) -> Iterator[None]:
    """Whatever happens inside (a suspended editor, an exception), the terminal's modes are as before afterwards."""
    try:
        before = termios.tcgetattr(descriptor)
    except termios.error:
        yield
        return
    try:
        yield
    finally:
        with contextlib.suppress(termios.error):
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


@contextlib.contextmanager
def echo_off(descriptor: int = 0) -> Iterator[None]:
    """Keys typed ahead are kept for the app and do not smear what is painted before it reads them."""
    try:
        modes = termios.tcgetattr(descriptor)
    except termios.error:
        yield
        return
    with modes_kept(descriptor):
        modes[3] &= ~(termios.ECHO | termios.ICANON)
        termios.tcsetattr(descriptor, termios.TCSANOW, modes)
        yield


class HangupGuard:
    """Calls `on_gone` once when the terminal is gone: the window closed, the SSH line dropped.

    It does not rely on SIGHUP, which may be ignored (nohup); a screen program would then read end-of-file without end
    at full speed. If the program has not closed the guard `grace` seconds later, it is ended with status 129.
    `on_gone` runs on the guard's thread: hand over with `loop.call_soon_threadsafe`.
    """

    def __init__(
        self,
        on_gone: Callable[[], None],
        *,
        descriptor: int = 0,
        grace: float = 5.0,
        end: Callable[[int], object] = os._exit,
    ) -> None:
        self._on_gone = on_gone
        self._descriptor = descriptor
        self._grace = grace
        self._end = end
        self._closed = threading.Event()
        self._wake_read, self._wake_write = os.pipe()
        self._thread: threading.Thread | None = None
        if os.isatty(descriptor):
            self._thread = threading.Thread(target=self._watch, name="terminal-guard", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """The program ends by itself now. Safe to call twice, and from `on_gone`."""
        if self._closed.is_set():
            return
        self._closed.set()
        os.write(self._wake_write, b"\n")
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(5)
        os.close(self._wake_write)
        os.close(self._wake_read)

    def _watch(self) -> None:
        poll = select.poll()
        poll.register(self._descriptor, 0)  # asks for hang-up and error alone: typed keys do not wake it
        poll.register(self._wake_read, select.POLLIN)
        fired = dict(poll.poll())
        if self._closed.is_set() or self._descriptor not in fired:
            return
        try:
            self._on_gone()
        finally:
            if not self._closed.wait(self._grace):
                self._end(129)


def write_out(sequence: str) -> None:
    """Send a sequence past the screen library, whole. Nothing happens when stdout is no terminal."""
    if not sys.__stdout__ or not sys.__stdout__.isatty():
        return
    descriptor = sys.__stdout__.fileno()
    data = sequence.encode("utf-8", "replace")
    while data:
        data = data[os.write(descriptor, data) :]
