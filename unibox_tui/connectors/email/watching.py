"""Names of files that appear in folders, by watchfiles, for code that blocks."""

from __future__ import annotations

import queue
import threading
import time


class Watcher:
    """Collects the names of files that appear in some folders, in a thread of its own."""

    def __init__(self, paths: list[str], stop: threading.Event) -> None:
        self._paths, self._stop, self._ended = paths, stop, threading.Event()
        self._found: queue.SimpleQueue[set[str]] = queue.SimpleQueue()
        self._ready = threading.Event()

    def __enter__(self) -> Watcher:
        threading.Thread(target=self._run, name="maildir watcher", daemon=True).start()
        self._ready.wait(2)
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()

    def wait(self, seconds: float) -> set[str]:
        """The files named since the last call; waits up to `seconds` for the first. Wakes up when all is to end."""
        deadline = time.monotonic() + seconds
        found: set[str] = set()
        while not self._stop.is_set():
            try:
                found |= self._found.get(timeout=0 if found else max(min(deadline - time.monotonic(), 0.25), 0))
            except queue.Empty:
                if found or time.monotonic() >= deadline:
                    break
        return found

    def _run(self) -> None:
        from watchfiles import Change, watch

        try:
            for changes in watch(
                *self._paths,
                watch_filter=None,
                recursive=False,
                debounce=200,
                step=20,
                rust_timeout=250,
                yield_on_timeout=True,
                stop_event=_Either(self._stop, self._ended),
                raise_interrupt=False,
                ignore_permission_denied=True,
            ):
                self._ready.set()
                if names := {path for change, path in changes if change is not Change.deleted}:
                    self._found.put(names)
        except (OSError, RuntimeError):
            return  # no watching here (a network file system, no watches left): the regular look finds everything
        finally:
            self._ready.set()


class _Either:
    def __init__(self, *events: threading.Event) -> None:
        self._events = events

    def is_set(self) -> bool:
        return any(event.is_set() for event in self._events)
