"""How fast a provider may be asked: every request waits for its turn, and a refusal holds all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiolimiter import AsyncLimiter


class Pace:
    """`limits`: (requests, seconds) each of which holds. One is shared by all who share a provider's count."""

    def __init__(self, limits: Sequence[tuple[float, float]]) -> None:
        self._limiters = [AsyncLimiter(most, seconds) for most, seconds in limits]
        self._free_at = 0.0

    async def turn(self) -> None:
        """Returns when the next request may leave."""
        loop = asyncio.get_running_loop()
        while (wait := self._free_at - loop.time()) > 0:  # noqa: ASYNC110  a later hold may make it longer
            await asyncio.sleep(wait)
        for limiter in self._limiters:
            await limiter.acquire()

    def hold(self, seconds: float) -> None:
        """The provider said that it is too fast: nobody asks for so long."""
        self._free_at = max(self._free_at, asyncio.get_running_loop().time() + seconds)


def retry_after(headers: object, default: float = 5.0) -> float:
    """Seconds of a Retry-After header (seconds only; dates are rare and then `default`). `headers`: a mapping with lower
    case names."""
    value = headers.get("retry-after", "") if hasattr(headers, "get") else ""
    try:
        return max(0.0, float(value))
    except (TypeError, ValueError):
        return default
