"""`unibox demo`: a full workspace to try, in a folder of its own that is gone afterwards, like every process of it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from unibox_tui.domain.errors import Conflict, Refused, UniboxError, WrongUse
from unibox_tui.host.children import end_child, start_child
from unibox_tui.host.files import PRIVATE_FOLDER, make_folder, open_file
from unibox_tui.host.locks import FileLock, is_taken, note_in
from unibox_tui.host.paths import Home, agent_name
from unibox_tui.sandbox.order import Order

LOCK = "demo.lock"
LOG = "backstage.log"
_END_S = 12.0
_STALE_S = 120.0
_USUAL_PORT = 8787


def main(
    headless: bool = False,
    seconds: float | None = None,
    json: bool = False,
    home: str | os.PathLike[str] | None = None,
    language: str = "",
) -> int:
    """Run it until the app is left, or `headless` for so many `seconds` (None: until Ctrl-C) and print counts.

    `home`: a folder to make the workspace in and to keep; one that an earlier demo made is opened again. `language` of the
    screen; "" as the terminal's. Returns the exit status. Raises UniboxError when it cannot start.
    """
    if seconds is not None and not headless:
        raise WrongUse("--seconds goes with --headless.", hint="Leave the app with `Q`.")
    if not headless and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise WrongUse("The demo's screen needs a terminal.", hint="unibox demo --headless --seconds 10")
    if not headless:
        print("A workspace with invented customers is being made; it is gone afterwards unless --home names a folder.")
    with (
        _ending_in_order(),
        _folder(home) as folder,
        _backstage(folder, _order(folder, home, headless, seconds)) as said,
    ):
        ready = next(said)["ready"]
        if headless:
            counts = next(said)["counts"]
            _show(counts, as_json=json)
            return 1 if counts["missing"] else 0
        _welcome(ready)
        from unibox_tui import front

        return front.main(Home.find(folder), language=language)


def _order(folder: Path, home: object, headless: bool, seconds: float | None) -> Order:
    keep = home is not None
    order = Order(str(folder), agent_name(), keep, headless, seconds)
    if headless:
        return Order(str(folder), order.me, keep, True, seconds, rate=90.0, patience=0.3, answer_every=0.6)
    return Order(str(folder), order.me, keep, port=_USUAL_PORT if _is_free(_USUAL_PORT) else 0)


# -- the folder ----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _folder(home: str | os.PathLike[str] | None) -> Iterator[Path]:
    """Where the workspace is made; unless it was named, it is removed at the end."""
    if home is None:
        folder = _new_folder()
    else:
        folder = Path(home).expanduser().absolute()
        _check_named(folder)
        make_folder(folder, PRIVATE_FOLDER)
    lock = FileLock.take(folder / LOCK)
    if lock is None:
        raise Conflict(f"A demo runs in {folder} already.", hint="Name another folder.")
    try:
        yield folder
    finally:
        _end_stray_service(Home.find(folder))
        if home is None:
            shutil.rmtree(folder, ignore_errors=True)
        lock.release()


def _end_stray_service(home: Home) -> None:
    """One that the app started because ours had died would stay a little longer than the app."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        ends = time.monotonic() + 3.0
        word, _, pid = note_in(home.service_lock).partition(" ")
        while time.monotonic() < ends and is_taken(home.service_lock):
            if word == "pid" and pid.isdigit():
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(int(pid), number)
            time.sleep(0.1)


def _new_folder() -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "unibox"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        _sweep(cache)
        return Path(tempfile.mkdtemp(prefix="demo-", dir=cache))
    except OSError:
        return Path(tempfile.mkdtemp(prefix="unibox-demo-"))


def _sweep(cache: Path) -> None:
    """Folders of demos that were killed with everything they had started."""
    for old in cache.glob("demo-*"):
        with contextlib.suppress(OSError, UniboxError):
            if time.time() - old.stat().st_mtime > _STALE_S and not is_taken(old / LOCK):
                shutil.rmtree(old, ignore_errors=True)


def _check_named(folder: Path) -> None:
    if not folder.exists() or not any(folder.iterdir()) or (folder / LOCK).exists():
        return
    raise Refused(f"{folder} is not empty and no demo made it.", hint="Name a new folder.")


# -- the process behind ----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _backstage(folder: Path, order: Order) -> Iterator[Iterator[dict[str, Any]]]:
    """The customers, the mail server and the service. Gives what is said there; a closed line ends all of it."""
    log = open_file(folder / LOG, os.O_WRONLY | os.O_APPEND)
    try:
        process = start_child("unibox_tui.sandbox.backstage", [], log=log, session=True)
    finally:
        os.close(log)
    try:
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(order.to_line())
            process.stdin.flush()
        yield _said(process, folder)
    finally:
        _end(process)


def _said(process: subprocess.Popen[bytes], folder: Path) -> Iterator[dict[str, Any]]:
    assert process.stdout is not None
    while True:
        try:
            line = process.stdout.readline()
        except KeyboardInterrupt:
            _hang_up(process)  # Ctrl-C asks for the counts so far
            line = process.stdout.readline()
        if not line:
            raise Refused("The demo ended by itself.", hint=_last_words(folder / LOG))
        said: dict[str, Any] = json.loads(line)
        if "error" in said:
            raise Refused(said["error"]["message"], hint=said["error"]["hint"])
        yield said


def _hang_up(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    """In order, and whatever is left of its session by force."""
    _hang_up(process)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_END_S)
    end_child(process, grace=1.0)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


@contextlib.contextmanager
def _ending_in_order() -> Iterator[None]:
    """SIGTERM and a lost terminal end us through our `finally` blocks."""

    def leave(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, leave) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _last_words(log: Path) -> str:
    lines = log.read_text("utf-8", "replace").split("\n") if log.exists() else []
    return next((line for line in reversed(lines) if line.strip()), "")


def _is_free(port: int) -> bool:
    import socket

    with socket.socket() as probe, contextlib.suppress(OSError):
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        return True
    return False


# -- what is shown ---------------------------------------------------------------------------------------------------


def _welcome(ready: dict[str, Any]) -> None:
    for inbox, page in ready["pages"].items():
        print(f"Chat with {inbox} in a browser: {page}")
    print(f"What is sent, mail by mail: {ready['log']}")
    sys.stdout.flush()


def _show(counts: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(counts, ensure_ascii=False))
        return
    print(f"conversations     {counts['conversations']}")
    for channel, number in sorted(counts["messages"].items()):
        during = counts["during"].get(channel, {"in": 0, "out": 0})
        print(f"{channel:<17} {number['in']} in (+{during['in']}), {number['out']} out (+{during['out']})")
    print(f"new requests      {counts['requests']}")
    print(f"messages stored   {counts['stored']}, missing {counts['missing']}")
    print(f"answered          {counts['answered']}, {counts['mails_sent']} mails left by SMTP")
    print(f"quarantined       {counts['quarantined']}")
    within = counts["stored_within_ms"]
    if within["p50"] is not None:
        print(f"stored within     {within['p50']:g} ms (half), {within['p95']:g} ms (95 of 100)")
