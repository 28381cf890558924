"""Ctrl-Z and `kill -TSTP` stop this process only between its transactions: stopped inside one it locks everybody out."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from types import FrameType


def stop_when(when_quiet: Callable[[Callable[[], None]], None]) -> None:
    """`when_quiet(fn)` runs `fn` at a moment at which stopping is harmless (`Database.when_quiet`). Main thread only.

    Nothing can be done against SIGSTOP itself; `unibox doctor` names a process that is stopped inside.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        when_quiet(lambda: os.kill(os.getpid(), signal.SIGSTOP))

    # Whoever was started with the signal ignored (a job of a shell without job control) keeps it so.
    if signal.getsignal(signal.SIGTSTP) is not signal.SIG_IGN:
        signal.signal(signal.SIGTSTP, stop)
