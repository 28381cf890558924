"""A simulator's clock: the real one, moved or standing still as a test wants."""

from __future__ import annotations

import time


class SandboxClock:
    """Called, it gives UTC epoch milliseconds. With `at` it stands still there; `forward` moves it either way."""

    def __init__(self, at: int | None = None) -> None:
        self._at = at
        self._moved = 0

    def __call__(self) -> int:
        return (int(time.time() * 1000) if self._at is None else self._at) + self._moved

    def forward(self, *, ms: int = 0, seconds: float = 0, hours: float = 0, days: float = 0) -> None:
        self._moved += ms + int((seconds + hours * 3_600 + days * 86_400) * 1000)
