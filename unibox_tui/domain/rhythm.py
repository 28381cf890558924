"""When the silence of an inbox is no longer its rhythm.

For each kind of hour (weekday or weekend, by hour of the day) the past says how often anything came. The chance that an inbox
is silent for so long is the product over the hours since its last arrival; below CHANCE somebody should look.
"""

from __future__ import annotations

import functools
import math
import time
from collections import Counter
from collections.abc import Callable, Collection

HOUR = 3_600_000
PAST_HOURS = 28 * 24
KNOWN_HOURS = 14 * 24  # a rhythm needs two weeks of past
CHANCE = 0.001
SHORTEST_MS = 2 * HOUR
LONGEST_HOURS = 14 * 24

Kind = tuple[bool, int]


@functools.lru_cache(maxsize=4096)
def local_kind(hour: int) -> Kind:
    """(weekend, hour of the day) of an epoch hour in this machine's zone."""
    at = time.localtime(hour * 3600)
    return at.tm_wday >= 5, at.tm_hour


def quiet_at(active: Collection[int], last: int, kind: Callable[[int], Kind] = local_kind) -> int | None:
    """When silence since `last` (epoch ms) becomes unlikely; None while no rhythm is known or the inbox is too quiet for one.

    `active`: the epoch hours in which anything came.
    """
    end = last // HOUR
    start = end - PAST_HOURS
    past = {hour for hour in active if start <= hour < end}
    if not past or min(past) > end - KNOWN_HOURS:
        return None
    start = max(start, min(past))
    had = Counter(kind(hour) for hour in past)
    all_of = Counter(kind(hour) for hour in range(start, end))
    limit = math.log(CHANCE)
    silence = 0.0
    at = last
    for hour in range(end, end + LONGEST_HOURS):
        until = (hour + 1) * HOUR
        fraction = (until - at) / HOUR
        # One hour more than was seen, with nothing in it: nothing is ever certain.
        weight = math.log1p(-had[kind(hour)] / (all_of[kind(hour)] + 1)) * fraction
        if weight and silence + weight <= limit:
            within = (limit - silence) / weight
            return max(at + int((until - at) * within), last + SHORTEST_MS)
        silence += weight
        at = until
    return None
