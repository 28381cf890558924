"""Starts services quickly: a process that has everything imported forks one for each line `HOME LOG [with_apps]`.

What is forked runs `service.main` in a session of its own, as when an app or a system starts it. Prints each one's pid.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys


def child(home: str, log: str, with_apps: bool) -> None:
    from unibox_tui.domain.errors import UniboxError
    from unibox_tui.host.paths import Home
    from unibox_tui.service import main

    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    descriptor = os.open(log, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    status = 1
    try:
        status = main(Home.find(home), with_apps=with_apps)
    except UniboxError as error:
        print(f"unibox: {error}", file=sys.stderr)
    finally:
        sys.stderr.flush()
        os._exit(status)


def run() -> None:
    for module in ("unibox_tui.service", "unibox_tui.connectors.email.connector", "unibox_tui.web.app", "watchfiles"):
        importlib.import_module(module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    for line in sys.stdin:
        home, log, *more = line.split()
        pid = os.fork()
        if pid == 0:
            child(home, log, bool(more))
        print(pid, flush=True)


if __name__ == "__main__":
    run()
