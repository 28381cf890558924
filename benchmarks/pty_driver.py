"""One program on a pseudo-terminal of 120×40: what it writes, and when."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

COLUMNS, LINES = 120, 40


@dataclass(frozen=True, slots=True)
class Burst:
    """What one key brought: seconds to the first and last byte (inf: nothing came), and the bytes."""

    first: float
    last: float
    size: int


class Program:
    """Started at once. Use `with`, so that it ends."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str]) -> None:
        self.started = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                os.execvpe(argv[0], list(argv), dict(env))
            finally:
                os._exit(127)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        self.written = bytearray()

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def _read(self, timeout: float) -> bytes:
        ready, _, _ = select.select([self.fd], [], [], max(timeout, 0))
        if not ready:
            return b""
        try:
            data = os.read(self.fd, 1 << 16)
        except OSError:
            data = b""
        if not data:
            raise EOFError("the program has ended: " + self.written[-400:].decode("utf-8", "replace"))
        self.written += data
        return data

    def wait_for(self, mark: str, timeout: float = 60.0) -> float:
        """Seconds since the start until `mark` was written, since the last call."""
        wanted, seen = mark.encode(), bytearray()
        until = time.perf_counter() + timeout
        while time.perf_counter() < until:
            seen += self._read(until - time.perf_counter())
            if wanted in seen:
                return time.perf_counter() - self.started
        raise TimeoutError(f"{mark!r} did not come; last: {bytes(seen[-300:])!r}")

    def settle(self, quiet: float = 0.3, timeout: float = 20.0) -> int:
        """Read until nothing came for `quiet` seconds; the bytes read."""
        size, until = 0, time.perf_counter() + timeout
        while time.perf_counter() < until:
            data = self._read(quiet)
            if not data:
                break
            size += len(data)
        return size

    def press(self, keys: str, quiet: float = 0.05, timeout: float = 10.0, least: float = 0.0) -> Burst:
        """Type, and read until nothing came for `quiet` seconds, `least` seconds at any rate."""
        start = time.perf_counter()
        os.write(self.fd, keys.encode())
        first = last = float("inf")
        size = 0
        while (now := time.perf_counter() - start) < timeout:
            data = self._read(quiet if size else min(max(least, 1.0), timeout - now))
            if data:
                last = time.perf_counter() - start
                first = min(first, last)
                size += len(data)
            elif time.perf_counter() - start >= least:
                break
        return Burst(first, last, size)

    def memory(self) -> float:
        """Resident MiB of the program itself; a service that it started is one for all."""
        return _resident(self.pid) / 1024

    def cpu(self) -> float:
        """Seconds of processor time so far, of all its threads, to the nanosecond."""
        found = 0
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            with contextlib.suppress(OSError):
                found += int((task / "schedstat").read_text().split()[0])
        return found / 1e9

    def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        until = time.perf_counter() + 3
        while time.perf_counter() < until:
            with contextlib.suppress(EOFError, OSError):
                self._read(0.02)
            with contextlib.suppress(ChildProcessError):
                if os.waitpid(self.pid, os.WNOHANG)[0]:
                    break
                continue
            break
        else:
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
        with contextlib.suppress(OSError):
            os.close(self.fd)


def _resident(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1])
    return 0
