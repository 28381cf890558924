"""What is typed after `:log`: `[visit|phone] [in|out] [when="yesterday 14:00"] [who=…] [minutes=…] what was said`."""

from __future__ import annotations

import re
from datetime import tzinfo
from typing import Any

from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.query import span
from unibox_tui.domain.saying import say
from unibox_tui.views.query import values

_PAIR = re.compile(r"(when|who|minutes)=(?:\"([^\"]*)\"|(\S+))(?:\s+|$)")
_HOW = {"visit": "visit", "phone": "phone", "call": "phone"}


def read(words: str, now: int, zone: tzinfo | None = None) -> dict[str, Any]:
    """The arguments of the verb `log`. Raises WrongUse."""
    found: dict[str, Any] = {}
    rest = words.strip()
    while rest:
        head, _, tail = rest.partition(" ")
        pair = _PAIR.match(rest)
        if pair is not None:
            name, value = pair[1], pair[2] if pair[2] is not None else pair[3]
            found[name] = {"when": lambda v: time_of(v, now, zone), "minutes": minutes}.get(name, str)(value)
            rest = rest[pair.end() :]
        elif head in _HOW and "how" not in found:
            found["how"] = _HOW[head]
            rest = tail.lstrip()
        elif head in ("in", "out") and "direction" not in found:
            found["direction"] = head
            rest = tail.lstrip()
        else:
            break
    return {**found, "text": rest}


def time_of(said: str, now: int, zone: tzinfo | None = None) -> int:
    """A time gone by, epoch ms: `14:00`, `yesterday 9`, `hôm qua`, `2h` ago. Raises WrongUse."""
    ago = values.duration(said)
    if ago is not None:
        return now - ago.ms
    moment = values.moment(said) or values.moment(f"today {said}")
    if moment is None:
        raise WrongUse(say("{said!r} is no time.", said=said), hint="As in 14:00, yesterday 9:30, 2026-11-20, 2h.")
    return span(moment, now, zone)[0]


def minutes(said: str) -> int:
    if not said.isascii() or not said.isdigit() or len(said) > 4:
        raise WrongUse(say("{said!r} is no number of minutes.", said=said))
    return int(said)
