"""A TCP proxy on loopback that cuts, freezes and refuses connections at will."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from types import TracebackType


class Proxy:
    """Forwards `port` to 127.0.0.1:`target`. All switches act at once and from any thread.

    `cut()` resets what is open; `cut_after(n)` resets a connection after n more bytes from the server (of all connections
    together); `freeze()` swallows bytes both ways without closing (a half-open line); `refuse()` turns new ones away.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.connections = 0
        self.bytes_down = 0
        self._budget: int | None = None
        self._budget_times = 0
        self._budget_size = 0
        self._frozen = threading.Event()
        self._refusing = False
        self._lock = threading.Lock()
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Proxy:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            self._reset(pair)

    def cut_after(self, count: int, *, times: int = 1) -> None:
        """`times`: how many connections are cut, each after `count` more bytes."""
        with self._lock:
            self._budget, self._budget_size, self._budget_times = count, count, times

    def freeze(self, on: bool = True) -> None:
        self._frozen.set() if on else self._frozen.clear()

    def refuse(self, on: bool = True) -> None:
        self._refusing = on

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self._refusing:
                near.close()
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self.target), timeout=10)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            pair = (near, far)
            with self._lock:
                self._pairs.add(pair)
                self.connections += 1
            threading.Thread(target=self._pump, args=(pair, near, far, False), daemon=True).start()
            threading.Thread(target=self._pump, args=(pair, far, near, True), daemon=True).start()

    def _pump(
        self, pair: tuple[socket.socket, socket.socket], source: socket.socket, sink: socket.socket, down: bool
    ) -> None:
        try:
            while data := source.recv(65536):
                if self._frozen.is_set():
                    continue
                if down:
                    data, cut = self._spend(data)
                    if data:
                        sink.sendall(data)
                    if cut:
                        break
                else:
                    sink.sendall(data)
        except OSError:
            pass
        if self._frozen.is_set():
            return  # a half-open line tells nobody anything
        self._reset(pair)

    def _spend(self, data: bytes) -> tuple[bytes, bool]:
        with self._lock:
            self.bytes_down += len(data)
            if self._budget is None:
                return data, False
            if len(data) < self._budget:
                self._budget -= len(data)
                return data, False
            data = data[: self._budget]
            self._budget_times -= 1
            self._budget = self._budget_size if self._budget_times > 0 else None
            return data, True

    def _reset(self, pair: tuple[socket.socket, socket.socket]) -> None:
        with self._lock:
            self._pairs.discard(pair)
        for sock in pair:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            with contextlib.suppress(OSError):
                sock.close()
