"""Reading a provider's JSON without trust: whatever is not as promised is Unparseable, never another exception, and no
value of it is in the message. Ids may come as strings or numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from unibox_tui.connectors.errors import Unparseable

EARLIEST_MS = 946_684_800_000  # 2000: nothing here is older
LATEST_MS = 4_102_444_800_000  # 2100


def load(body: bytes, what: str) -> Mapping[str, Any]:
    """The object that is the whole body; `what` names it in the error."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Unparseable(f"{what} is not JSON.", code=type(error).__name__) from None
    if not isinstance(data, dict):
        raise Unparseable(f"{what} is not a JSON object.")
    return data


def obj(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = data.get(key)
    if not isinstance(found, dict):
        raise Unparseable(f"There is no object {key!r}.")
    return found


def maybe(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """An object, or an empty one when there is none."""
    found = data.get(key)
    return found if isinstance(found, dict) else {}


def objects(data: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    """A list of objects; raises when it is something else."""
    found = data.get(key)
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Unparseable(f"There is no list of objects {key!r}.")
    return found


def some(data: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    """The objects of a list that may be missing."""
    found = data.get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else ()


def ident(data: Mapping[str, Any], key: str) -> str:
    """An id: a string that is not empty, or a whole number."""
    found = word(data, key)
    if not found:
        raise Unparseable(f"There is no id {key!r}.")
    return found


def word(data: Mapping[str, Any], key: str, default: str = "") -> str:
    """A string or a number as text; anything else is not there. Halves of surrogate pairs are replaced: they fit no file."""
    found = data.get(key)
    if isinstance(found, str):
        return found.encode("utf-8", "replace").decode() if _broken(found) else found
    if isinstance(found, int | float) and not isinstance(found, bool):
        return str(found)
    return default


def count(data: Mapping[str, Any], key: str, default: int = 0) -> int:
    """A whole number that is not negative, given as one or as digits."""
    found = data.get(key)
    if isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 2**63:
        return found
    if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) < 19:
        return int(found)
    return default


def millis(data: Mapping[str, Any], key: str, *, seconds: bool = False) -> int:
    """A time in epoch milliseconds (given in seconds when so said), of this century."""
    at = count(data, key, -1) * (1000 if seconds else 1)
    if not EARLIEST_MS <= at <= LATEST_MS:
        raise Unparseable(f"There is no time {key!r}.")
    return at


def decimal(data: Mapping[str, Any], key: str) -> float | None:
    """A number, or one written as text; None when it is neither."""
    found = data.get(key)
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        return None
    try:
        value = float(found)
    except ValueError:
        return None
    return value if abs(value) < 1e15 else None


def _broken(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
