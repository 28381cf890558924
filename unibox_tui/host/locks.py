"""Locks that die with their process, and the clock that leases run on.

`run/service.lock` is held exclusively by the one service; every app holds `run/apps.lock` shared, and the service stays
as long as somebody does. On leaving, the service takes `apps.lock` first (`FileLock.take` with wait 0) and gives up
`service.lock` before it; an app takes `apps.lock` and then looks for a service, so none is missed in between.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from unibox_tui.domain.errors import Conflict
from unibox_tui.host.files import open_file

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class FileLock:
    """A held `flock`. Freed by `release`, by leaving the `with` block, and by any death of the process."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    @classmethod
    def take(cls, path: Path, *, shared: bool = False, wait: float = 0.0) -> FileLock | None:
        """The lock, or None when it is not to be had within `wait` seconds."""
        how = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB
        ends = time.monotonic() + wait
        while True:
            descriptor = open_file(path)
            try:
                fcntl.flock(descriptor, how)
                if _is_still(path, descriptor):
                    return cls(path, descriptor)
            except BlockingIOError:
                pass
            except BaseException:
                os.close(descriptor)
                raise
            os.close(descriptor)
            if time.monotonic() >= ends:
                return None
            time.sleep(0.01)

    @classmethod
    def take_or_fail(cls, path: Path, what: str, *, shared: bool = False, wait: float = 5.0) -> FileLock:
        """As `take`; raises Conflict naming `what` and the process that has it."""
        lock = cls.take(path, shared=shared, wait=wait)
        if lock is None:
            whom = note_in(path)
            raise Conflict(
                f"{what} is held by another process{f' ({whom})' if whom else ''}.",
                hint="`unibox doctor` names it.",
                code="locked",
            )
        return lock

    def write_note(self, text: str) -> None:
        """One line in the file for people: who holds it."""
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, text.encode() + b"\n", 0)

    def release(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    @property
    def held(self) -> bool:
        return self._descriptor >= 0

    def __enter__(self) -> FileLock:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def is_taken(path: Path) -> bool:
    """Whether anybody holds this lock, in either way. Takes it for an instant: who wants it should `wait` a little."""
    if not path.exists():
        return False
    lock = FileLock.take(path)
    if lock is None:
        return True
    lock.release()
    return False


def note_in(path: Path) -> str:
    """What the holder wrote into the lock file; empty when nothing."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return ""
    try:
        return os.read(descriptor, 200).decode("utf-8", "replace").strip()
    finally:
        os.close(descriptor)


def boot_id() -> str:
    """Names this run of the machine: a lease of another one is dead."""
    try:
        return _BOOT_ID.read_text("ascii").strip()
    except OSError:
        return "unknown"


def boottime_ms() -> int:
    """Milliseconds since the machine started, sleep included; the same in every process and never set by hand."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)) // 1_000_000


def _is_still(path: Path, descriptor: int) -> bool:
    """A lock on a file that has been removed or replaced meanwhile protects nothing."""
    ours = os.fstat(descriptor)
    try:
        named = os.stat(path, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return (ours.st_dev, ours.st_ino) == (named.st_dev, named.st_ino)
