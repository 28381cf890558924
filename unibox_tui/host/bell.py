"""The bell: after a commit the writer touches one byte of a file, and every process that listens wakes at once."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from unibox_tui.domain.errors import UniboxError
from unibox_tui.host.files import open_file

if TYPE_CHECKING:
    import asyncio
    import ctypes

POLL_S = 0.1
_IN_MODIFY, _IN_DELETE_SELF, _IN_MOVE_SELF, _IN_IGNORED = 0x2, 0x400, 0x800, 0x8000
_IN_ATTRIB = 0x4  # unlinking a file that is still held open shows only as a change of its link count


class BellFile:
    """Rings. Safe to share between threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._descriptor = -1
        self._guard = threading.Lock()
        self._complained = False

    def ring(self) -> None:
        """Wake the listeners. Never raises: what was committed is committed, and listeners look by themselves too."""
        try:
            with self._guard:
                if self._descriptor < 0 or os.fstat(self._descriptor).st_nlink == 0:
                    self._close()
                    self._descriptor = open_file(self.path, os.O_WRONLY)
                os.pwrite(self._descriptor, b"\n", 0)
        except (OSError, UniboxError) as error:
            if not self._complained:
                self._complained = True
                _warn("the bell %s cannot be rung, screens update more slowly: %s", self.path, error)

    def close(self) -> None:
        with self._guard:
            self._close()

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class BellListener:
    """Hears the bell in the running event loop: inotify, or a look ten times a second where there is none.

    One per process. It listens from the moment it is made; a ring before the first `wait` is not lost.
    """

    def __init__(self, path: Path, *, inotify: bool = True) -> None:
        self.path = path
        os.close(open_file(path))
        import asyncio  # only who listens has a loop; ringing must load quickly

        self._rung = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._libc: ctypes.CDLL | None = None
        self._descriptor = _inotify() if inotify else -1
        self._seen = self._stamp()
        if self._descriptor >= 0 and not self._watch():
            self._drop_inotify()

    @property
    def polls(self) -> bool:
        """Whether it must look by itself because the system cannot tell it."""
        return self._descriptor < 0

    async def wait(self, timeout: float) -> bool:  # noqa: ASYNC109  a silence is an answer here, no error
        """True as soon as the bell was rung since the last True; False after `timeout` seconds of silence."""
        import asyncio

        if self._descriptor >= 0:
            loop = asyncio.get_running_loop()
            if self._loop is not loop:
                self._loop = loop
                loop.add_reader(self._descriptor, self._heard)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout):
                    await self._rung.wait()
            heard = self._rung.is_set()
            self._rung.clear()
            return heard
        ends = asyncio.get_running_loop().time() + timeout
        while not self._looked():
            left = ends - asyncio.get_running_loop().time()
            if left <= 0:
                return False
            await asyncio.sleep(min(POLL_S, left))
        return True

    def close(self) -> None:
        self._drop_inotify()

    def _heard(self) -> None:
        try:
            events = os.read(self._descriptor, 4096)
        except BlockingIOError:
            return
        self._rung.set()
        masks = [int.from_bytes(events[at + 4 : at + 8], sys.byteorder) for at in range(0, len(events), 16)]
        # A watched file has no name in its events, so each is 16 bytes.
        if any(mask & (_IN_DELETE_SELF | _IN_MOVE_SELF | _IN_IGNORED | _IN_ATTRIB) for mask in masks):
            self._watch_again()

    def _watch_again(self) -> None:
        try:
            os.close(open_file(self.path))
        except (OSError, UniboxError) as error:
            _warn("the bell %s is gone, looking ten times a second instead: %s", self.path, error)
            self._drop_inotify()
            return
        if not self._watch():
            self._drop_inotify()

    def _watch(self) -> bool:
        mask = _IN_MODIFY | _IN_DELETE_SELF | _IN_MOVE_SELF | _IN_ATTRIB
        return bool(_libc().inotify_add_watch(self._descriptor, os.fsencode(self.path), mask) >= 0)

    def _drop_inotify(self) -> None:
        if self._descriptor >= 0:
            if self._loop is not None and not self._loop.is_closed():
                self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1
            self._rung.set()
            self._loop = None

    def _stamp(self) -> tuple[int, int]:
        try:
            status = self.path.stat()
        except FileNotFoundError:
            return (0, 0)
        return (status.st_ino, status.st_mtime_ns)

    def _looked(self) -> bool:
        now = self._stamp()
        changed, self._seen = now != self._seen, now
        return changed


def _warn(words: str, path: Path, error: BaseException) -> None:
    import logging  # ringing must load quickly

    logging.getLogger(__name__).warning(words, path, error)


def _libc() -> ctypes.CDLL:
    import ctypes

    return ctypes.CDLL(None, use_errno=True)


def _inotify() -> int:
    """A descriptor, or -1 where the system has no inotify or no more instances to give."""
    try:
        return int(_libc().inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
    except (AttributeError, OSError):
        return -1
