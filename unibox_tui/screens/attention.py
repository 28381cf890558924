"""How long an agent had a conversation open, typed in it and idled. Times only; no key is kept."""

from __future__ import annotations

from typing import TypedDict

IDLE_AFTER_MS = 30_000
TYPING_GAP_MS = 3_000


class Spent(TypedDict):
    open_ms: int
    typed_ms: int
    idle_ms: int


class Attention:
    """Tell it of every key with `key`; `spent` sums up."""

    def __init__(self, now: int = 0) -> None:
        self._opened = self._last_key = now
        self._last_typed: int | None = None
        self._typed = self._idle = 0

    def key(self, now: int, *, typing: bool = False) -> None:
        gap = now - self._last_key
        if gap > IDLE_AFTER_MS:
            self._idle += gap
        if typing:
            if self._last_typed is not None and now - self._last_typed <= TYPING_GAP_MS:
                self._typed += now - self._last_typed
            self._last_typed = now
        self._last_key = now

    def idle(self, now: int) -> bool:
        """Whether the hand has rested long enough to say so."""
        return now - self._last_key > IDLE_AFTER_MS

    def spent(self, now: int) -> Spent:
        gap = now - self._last_key
        idle = self._idle + (gap if gap > IDLE_AFTER_MS else 0)
        return Spent(open_ms=max(now - self._opened, 0), typed_ms=self._typed, idle_ms=idle)
