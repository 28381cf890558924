"""Ids made in Python: UUIDv7 for what travels, and the 64-bit message order `n`."""

from __future__ import annotations

import os
import threading
import time

N_COUNTER_BITS = 10
N_COUNTER_MAX = (1 << N_COUNTER_BITS) - 1

_RANDOM = (1 << 74) - 1
_guard = threading.Lock()
_last_ms = -1
_last_random = 0


def now_ms() -> int:
    """UTC epoch milliseconds."""
    return time.time_ns() // 1_000_000


def new_id(at_ms: int | None = None) -> str:
    """A UUIDv7 (RFC 9562) as text; sorts by time of making, in one process also within a millisecond."""
    global _last_ms, _last_random
    ms = now_ms() if at_ms is None else max(at_ms, 0)
    with _guard:
        # The upper half leaves room to count upwards until the next millisecond.
        random = _last_random + 1 if ms == _last_ms else int.from_bytes(os.urandom(10), "big") & _RANDOM >> 1
        _last_ms, _last_random = ms, random
    value = (
        (ms & ((1 << 48) - 1)) << 80 | 0x7 << 76 | (random >> 62 & 0xFFF) << 64 | 0b10 << 62 | random & ((1 << 62) - 1)
    )
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def n_floor(sort_at_ms: int) -> int:
    """The smallest `n` a message of this time can have; `n = seconds << 10 | counter`."""
    return max(sort_at_ms, 0) // 1000 << N_COUNTER_BITS
