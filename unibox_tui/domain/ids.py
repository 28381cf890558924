"""Ids made in Python: UUIDv7 for what travels, and the 64-bit message order `n`."""

from __future__ import annotations

import os
import time

N_COUNTER_BITS = 10
N_COUNTER_MAX = (1 << N_COUNTER_BITS) - 1


def now_ms() -> int:
    """UTC epoch milliseconds."""
    return time.time_ns() // 1_000_000


def new_id(at_ms: int | None = None) -> str:
    """A UUIDv7 (RFC 9562) as text; sorts by time of making."""
    ms = now_ms() if at_ms is None else max(at_ms, 0)
    random = int.from_bytes(os.urandom(10), "big")
    value = (
        (ms & ((1 << 48) - 1)) << 80 | 0x7 << 76 | (random >> 68 & 0xFFF) << 64 | 0b10 << 62 | random & ((1 << 62) - 1)
    )
    digits = f"{value:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def n_floor(sort_at_ms: int) -> int:
    """The smallest `n` a message of this time can have; `n = seconds << 10 | counter`."""
    return max(sort_at_ms, 0) // 1000 << N_COUNTER_BITS
