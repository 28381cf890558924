"""What a check found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"  # unibox does not start, or loses or leaks something


@dataclass(frozen=True, slots=True)
class Finding:
    """`what` is so, `why` it matters and what to do by hand; `mend` does what may be done without asking."""

    level: Level
    what: str
    why: str
    mend: Callable[[], None] | None = None
