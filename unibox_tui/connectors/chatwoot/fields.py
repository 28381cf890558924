"""Chatwoot's custom attributes: as words for us, and of the kind they have there when they go back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MOST = 100
LONGEST_NAME, LONGEST = 100, 2_000
YES, NO = "yes", "no"
_TRUE, _FALSE = frozenset((YES, "true", "1")), frozenset((NO, "false", "0"))


def words(given: object) -> Mapping[str, str] | None:
    """Those with a value; None when this is no object. Lists and objects are left out: nobody here could write them."""
    if not isinstance(given, dict):
        return None
    found: dict[str, str] = {}
    for name, value in list(given.items())[:MOST]:
        word = _word(value)
        if word and len(word) <= LONGEST and 0 < len(name) <= LONGEST_NAME:
            found[_whole(name)] = word
    return found


def changed(there: Mapping[str, Any], wanted: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """What to set and what to take away so that `there` has what is `wanted` ("": nothing)."""
    put: dict[str, Any] = {}
    gone: list[str] = []
    for name, value in wanted.items():
        before = there.get(name)
        if value == _word(before):
            continue
        if value:
            put[name] = _typed(before, value)
        elif name in there:
            gone.append(name)
    return put, gone


def _word(value: object) -> str:
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, int):
        return str(value) if abs(value) < 10**18 else ""
    if isinstance(value, float):
        return (str(int(value)) if value.is_integer() else str(value)) if abs(value) < 1e15 else ""
    return " ".join(_whole(value).split()) if isinstance(value, str) else ""


def _typed(before: object, value: str) -> Any:
    if isinstance(before, bool) and value.casefold() in _TRUE | _FALSE:
        return value.casefold() in _TRUE
    if isinstance(before, int | float) and not isinstance(before, bool):
        try:
            number = float(value.replace(",", "."))
        except ValueError:
            return value
        if abs(number) < 1e15:
            return int(number) if number.is_integer() else number
    return value


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
