"""Strict reading of what a client sends. A check is a function (value, where) that raises Wrong; a simulator turns Wrong
into its provider's own error body (`Simulator.wrong`).

    PUSH = shape(required={"to": text(33), "messages": many(MESSAGE, 1, 5)}, optional={"notificationDisabled": flag()})
    PUSH(call.json(), "")
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

Check = Callable[[Any, str], None]


class Wrong(Exception):
    """What a strict provider finds in a request.

    `kind`: token, body (not JSON, not a form, wrong content type), missing, unknown, type, length, value, not_found, method,
    rate (`retry_after` seconds), quota, window, conflict, forbidden; a simulator may use words of its own.
    """

    def __init__(
        self, kind: str, where: str = "", why: str = "", *, retry_after: float | None = None, code: str | int = ""
    ) -> None:
        super().__init__(f"{kind} {where}: {why}".strip())
        self.kind = kind
        self.where = where
        self.why = why or kind
        self.retry_after = retry_after
        self.code = code


def text(limit: int | None = None, *, least: int = 1, pattern: str = "", count: Callable[[str], int] = len) -> Check:
    """A string of `least` to `limit` units as `count` counts them (len: code points; `utf16` for those who count so)."""
    fits = re.compile(pattern) if pattern else None

    def check(value: Any, where: str) -> None:
        if not isinstance(value, str):
            raise Wrong("type", where, "must be a string")
        length = count(value)
        if length < least:
            raise Wrong("length", where, "may not be empty")
        if limit is not None and length > limit:
            raise Wrong("length", where, f"length must be at most {limit}")
        if fits is not None and not fits.fullmatch(value):
            raise Wrong("value", where, "has the wrong form")

    return check


def utf16(value: str) -> int:
    return len(value.encode("utf-16-le", "surrogatepass")) // 2


def utf8(value: str) -> int:
    return len(value.encode("utf-8", "surrogatepass"))


def number(low: float | None = None, high: float | None = None, *, whole: bool = True) -> Check:
    def check(value: Any, where: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            raise Wrong("type", where, "must be a number")
        if (low is not None and value < low) or (high is not None and value > high):
            raise Wrong("value", where, f"must be between {low} and {high}")

    return check


def flag() -> Check:
    def check(value: Any, where: str) -> None:
        if not isinstance(value, bool):
            raise Wrong("type", where, "must be true or false")

    return check


def one_of(*values: Any) -> Check:
    def check(value: Any, where: str) -> None:
        if value not in values:
            raise Wrong("value", where, f"must be one of {', '.join(map(str, values))}")

    return check


def address(scheme: str = "https", *, limit: int = 2_000, local: bool = True) -> Check:
    """An absolute URL; `local`: one on 127.0.0.1 may be plain http, as everything in the sandbox is."""

    def check(value: Any, where: str) -> None:
        text(limit)(value, where)
        parts = urlsplit(value)
        here = local and parts.hostname in ("127.0.0.1", "localhost")
        if not parts.netloc or (parts.scheme != scheme and not (here and parts.scheme == "http")):
            raise Wrong("value", where, f"must be an {scheme} address")

    return check


def many(each: Check, low: int = 0, high: int | None = None) -> Check:
    def check(value: Any, where: str) -> None:
        if not isinstance(value, list):
            raise Wrong("type", where, "must be an array")
        if len(value) < low or (high is not None and len(value) > high):
            raise Wrong("length", where, f"size must be between {low} and {high}")
        for index, one in enumerate(value):
            each(one, f"{where}[{index}]")

    return check


def anything() -> Check:
    return lambda value, where: None


def shape(
    required: Mapping[str, Check] | None = None, optional: Mapping[str, Check] | None = None, *, closed: bool = True
) -> Check:
    """An object with these fields; `closed`: others are refused, so that a misspelt name does not pass."""
    must, may = required or {}, optional or {}

    def check(value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise Wrong("type", where, "must be an object")
        for name, one in must.items():
            if name not in value:
                raise Wrong("missing", _inside(where, name), "is required")
            one(value[name], _inside(where, name))
        for name, given in value.items():
            if name in must:
                continue
            if name in may:
                may[name](given, _inside(where, name))
            elif closed:
                raise Wrong("unknown", _inside(where, name), "is not known")

    return check


def by_type(field: str, kinds: Mapping[str, Check]) -> Check:
    """An object whose `field` says which of the checks holds for it."""

    def check(value: Any, where: str) -> None:
        if not isinstance(value, dict):
            raise Wrong("type", where, "must be an object")
        kind = value.get(field)
        if not isinstance(kind, str) or kind not in kinds:
            raise Wrong("value", _inside(where, field), f"must be one of {', '.join(kinds)}")
        kinds[kind](value, where)

    return check


def _inside(where: str, name: str) -> str:
    return f"{where}.{name}" if where else name


class Rate:
    """At most `most` in any `per_ms`, for each key. `take` gives None, or the seconds until there is room."""

    def __init__(self, most: int, per_ms: int, clock: Callable[[], int]) -> None:
        self.most = most
        self.per_ms = per_ms
        self.clock = clock
        self._taken: dict[str, list[int]] = {}

    def take(self, key: str = "") -> float | None:
        now = self.clock()
        taken = [at for at in self._taken.get(key, ()) if at > now - self.per_ms]
        self._taken[key] = taken
        if len(taken) >= self.most:
            return max((taken[0] + self.per_ms - now) / 1000, 0.001)
        taken.append(now)
        return None

    def check(self, key: str = "", *, code: str | int = "") -> None:
        """Raises Wrong("rate")."""
        wait = self.take(key)
        if wait is not None:
            raise Wrong("rate", why="too many requests", retry_after=wait, code=code)


def names(given: Sequence[str], known: Sequence[str], where: str = "") -> None:
    """Raises Wrong("unknown") for a form field or query parameter that the provider does not have."""
    for name in given:
        if name not in known:
            raise Wrong("unknown", _inside(where, name), "is not known")
