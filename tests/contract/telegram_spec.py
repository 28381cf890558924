"""Whether a call or an update is what the description of Telegram's Bot API says."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_PLAIN: dict[str, tuple[type, ...]] = {
    "Integer": (int,),
    "String": (str,),
    "Boolean": (bool,),
    "Float": (int, float),
}


class TelegramSpec:
    def __init__(self, path: Path) -> None:
        self._document = _read(path)

    def call(self, method: str, fields: Mapping[str, Any], *, form: bool = False) -> Iterator[str]:
        """What is wrong with a call of `method`; in a form everything but text is JSON."""
        found = self._document["methods"].get(method)
        if found is None:
            yield f"{method}: there is no such method"
            return
        yield from self._fields(found.get("fields", ()), fields, method, form)

    def value(self, name: str, value: Any, where: str = "") -> Iterator[str]:
        """Whether a value is of the type of this name."""
        if name.startswith("Array of "):
            if not isinstance(value, list):
                yield f"{where}: {type(value).__name__} instead of a list"
                return
            for index, one in enumerate(value):
                yield from self.value(name.removeprefix("Array of "), one, f"{where}[{index}]")
        elif name in _PLAIN:
            if not isinstance(value, _PLAIN[name]) or (isinstance(value, bool) and name != "Boolean"):
                yield f"{where}: {type(value).__name__} instead of {name}"
        elif name == "InputFile":
            if not isinstance(value, str):
                yield f"{where}: no file"
        else:
            yield from self._type(name, value, where)

    def _type(self, name: str, value: Any, where: str) -> Iterator[str]:
        found = self._document["types"][name]
        subtypes = found.get("subtypes")
        if subtypes:
            tried = [list(self.value(one, value, where)) for one in subtypes]
            if all(tried):
                yield from min(tried, key=len)
        elif not isinstance(value, Mapping):
            yield f"{where}: {type(value).__name__} instead of {name}"
        else:
            yield from self._fields(found.get("fields", ()), value, where or name, False)

    def _fields(self, known: Any, given: Mapping[str, Any], where: str, form: bool) -> Iterator[str]:
        fields = {one["name"]: one for one in known}
        for name, one in fields.items():
            if one["required"] and name not in given:
                yield f"{where}: {name} is missing"
        for name, value in given.items():
            if name not in fields:
                yield f"{where}: {name} is not known"
                continue
            types = fields[name]["types"]
            read = _from_form(value, types) if form else value
            tried = [list(self.value(kind, read, f"{where}.{name}")) for kind in types]
            if all(tried):
                yield from min(tried, key=len)


def _from_form(value: Any, types: list[str]) -> Any:
    if not isinstance(value, str) or "InputFile" in types or "String" in types:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


@functools.cache
def _read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))
