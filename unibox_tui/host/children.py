"""Child programs that never outlive us, however we end: ended in order, by a closed line, or by the kernel."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

from unibox_tui.host.processes import CommandFailed, child_environment

_PR_SET_PDEATHSIG = 1
_LOOK_S = 0.5


def start_child(module: str, arguments: Sequence[str], *, log: int, session: bool = False) -> subprocess.Popen[bytes]:
    """Run `python -m module PARENT arguments…` with a line to its stdin and one from its stdout; it prints errors to `log`.

    `session`: in a session of its own, so that the terminal's Ctrl-C and hang-up do not reach it; the line closing does.
    The module calls `die_with_parent(PARENT)` first of all. Call this on the main thread: the kernel watches the thread.
    """
    argv = [sys.executable, "-P", "-m", module, str(os.getpid()), *arguments]
    try:
        return subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env=child_environment(),
            start_new_session=session,
        )
    except OSError as error:
        raise CommandFailed(f"{argv[0]} cannot be started: {error.strerror}.", code="command_missing") from error


def end_child(process: subprocess.Popen[bytes], *, grace: float) -> int:
    """Ask it to end, wait `grace` seconds, then end it; returns its status."""
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError):
                stream.close()
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        return process.wait(grace)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()


def die_with_parent(parent: int, *, number: int = signal.SIGKILL, grace: float = 5.0) -> None:
    """From now on the death of `parent` sends us `number`; `grace` seconds later at the latest we are gone.

    Where the kernel offers no such thing (it is Linux's), a thread looks twice a second.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), number)
    threading.Thread(target=_watch, args=(parent, number, grace), name="parent watch", daemon=True).start()


def _watch(parent: int, number: int, grace: float) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_S)
    os.kill(os.getpid(), number)
    time.sleep(grace)
    os._exit(1)
