"""How long to wait before trying again: exponential, with jitter, a provider's own wish first."""

from __future__ import annotations

import random

FIRST_S = 1.0
CAP_S = 300.0


def delay_s(attempt: int, retry_after: float | None = None, *, first: float = FIRST_S, cap: float = CAP_S) -> float:
    """Seconds before try number `attempt` + 1 (attempt counts from 1)."""
    if retry_after is not None:
        return max(retry_after, 0.0)
    ceiling = min(cap, first * 2.0 ** min(attempt - 1, 20))
    return ceiling * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret
