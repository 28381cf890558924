"""What a check found."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple


class Level(StrEnum):
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"  # unibox does not start, or loses or leaks something


class Finding(NamedTuple):
    """`what` is so, `why` it matters and what to do by hand; `mend` does what may be done without asking."""

    level: Level
    what: str
    why: str
    mend: Callable[[], None] | None = None
