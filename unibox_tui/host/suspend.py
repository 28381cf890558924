"""Ctrl-Z and `kill -TSTP` stop this process only between its transactions: stopped inside one it locks everybody out."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType


def stop_when(when_quiet: Callable[[Callable[[], None]], None]) -> None:
    """`when_quiet(fn)` runs `fn` at a moment at which stopping is harmless (`Database.when_quiet`).

    A handler that is there already (the screen's, which first gives the terminal back) is called at that moment. Outside
    the main thread nothing is done. Nothing can be done against SIGSTOP itself; `unibox doctor` names a process that is
    stopped inside.
    """
    before = signal.getsignal(signal.SIGTSTP)
    # Whoever was started with the signal ignored (by a shell without job control) keeps it so.
    if threading.current_thread() is not threading.main_thread() or before is signal.SIG_IGN:
        return

    def stop(number: int, frame: FrameType | None) -> None:
        if callable(before):
            when_quiet(lambda: before(number, frame))
        else:
            when_quiet(lambda: os.kill(os.getpid(), signal.SIGSTOP))

    signal.signal(signal.SIGTSTP, stop)
