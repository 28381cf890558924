"""Telling the agent: the terminal's bell and notices, a program, a file for the status line."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from unibox_tui.host import processes, terminal
from unibox_tui.host.files import PRIVATE_FILE, write_atomic
from unibox_tui.text.safe import safe_line
from unibox_tui.text.width import cut

CELLS = 120
SECONDS = 10.0


def sequence(way: str, title: str, text: str) -> str:
    """What one way writes to the terminal. Strangers' words cannot end it: control characters are gone, and the
    semicolons that part its fields."""
    who, words = (cut(safe_line(part).replace(";", ","), CELLS) for part in (title, text))
    made = {
        "osc9": f"\x1b]9;{who}: {words}\x1b\\",
        "osc777": f"\x1b]777;notify;{who};{words}\x1b\\",
        "osc99": f"\x1b]99;i=unibox:d=0;{who}\x1b\\\x1b]99;i=unibox:d=1:p=body;{words}\x1b\\",
    }
    return made.get(way, terminal.BELL)


def tell(ways: Sequence[str], command: Sequence[str], title: str, text: str) -> None:
    """By each of the ways; the program runs beside us and nobody waits for it."""
    inside = terminal.guess().inside
    for way in ways:
        made = sequence(way, title, text)
        if inside == "tmux" and way != "bell":
            made = "\x1bPtmux;" + made.replace("\x1b", "\x1b\x1b") + "\x1b\\"
        terminal.write_out(made)
    if command:
        threading.Thread(target=_run, args=(list(command), f"{title}\n{text}\n"), name="notice", daemon=True).start()


def _run(command: list[str], given: str) -> None:
    with suppress(processes.CommandFailed):  # the next one tells again
        processes.pipe(command, given.encode(), timeout=SECONDS)


def write_status(path: str, words: str) -> None:
    """One line for tmux. A place that cannot be written is left alone."""
    with suppress(OSError):
        write_atomic(Path(path).expanduser(), (safe_line(words) + "\n").encode(), PRIVATE_FILE)
