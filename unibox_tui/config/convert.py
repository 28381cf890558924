"""One TOML table into one settings dataclass; everything that is wrong in it is collected, nothing is raised."""

from __future__ import annotations

import dataclasses
import re
import shlex
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

from unibox_tui.config.lines import KeyPath
from unibox_tui.config.problems import Problems, nearest
from unibox_tui.connectors.settings import secret_fields
from unibox_tui.domain.errors import UniboxError

T = TypeVar("T")
_PLAIN = {str: "text in quotes", int: "a whole number", float: "a number", bool: "true or false"}
_GIVEN = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a table",
}
_WORDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "object": "a table",
    "array": "a list",
    "null": "nothing",
}
# Named here too, so that a connector that forgets to mark such a field leaves no hole.
_RUNS = frozenset({"command", "editor", "opener", "secret_command", "sendmail"})

_TAKE_IT_OUT = (
    "Take it out, change it with the provider if others could read the file, and give it to `unibox inbox secret`: "
    "docs, “Secrets”."
)


def convert(kind: type[T], table: Any, at: KeyPath, problems: Problems, *, distrust: str = "") -> T | None:
    """The settings in `table`, or None when something was wrong with them. `distrust`: why programs are refused."""
    if not isinstance(table, Mapping):
        problems.add(at, f"This must be a table, not {_given(table)}.", f"Write [{'.'.join(map(str, at))}].")
        return None
    fields = {field.name: field for field in dataclasses.fields(kind) if field.init}  # type: ignore[arg-type]
    hints = typing.get_type_hints(kind)
    before = len(problems.found)
    values: dict[str, Any] = {}
    for key, given in table.items():
        place = (*at, key)
        if key in secret_fields(kind):
            problems.add(place, "A secret does not belong in this file.", _TAKE_IT_OUT)
        elif key not in fields:
            problems.add(place, "There is no such setting.", nearest(key, fields))
        elif runs(fields[key]) and distrust and given:
            problems.add(place, f"Programs are not taken from this file: {distrust}")
        else:
            values[key] = _value(hints[key], fields[key], given, place, problems)
    for name, field in fields.items():
        if name not in table and field.default is field.default_factory is dataclasses.MISSING:
            example = field.metadata.get("example")
            problems.add(
                at, f'"{name}" is missing: {field.metadata.get("help", "")}.', f"Add: {name} = {_toml(example)}"
            )
    if len(problems.found) > before:
        return None
    try:
        return kind(**values)
    except UniboxError as error:
        _whole(error.message, error.hint, fields, at, problems)
    except ValueError as error:
        _whole(str(error), "", fields, at, problems)
    return None


def runs(field: dataclasses.Field[Any]) -> bool:
    """Whether this setting names a program."""
    return bool(field.metadata.get("runs")) or field.name in _RUNS


def _value(hint: Any, field: dataclasses.Field[Any], given: Any, at: KeyPath, problems: Problems) -> Any:
    if runs(field) and isinstance(given, str):
        try:
            given = shlex.split(given)
        except ValueError as error:
            problems.add(at, f"This is no command: {error}.", 'Write it as a list: ["program", "argument"].')
            return None
    if hint is float and type(given) is int:
        given = float(given)
    if hint in _PLAIN:
        if type(given) is not hint:
            problems.add(at, f"{_PLAIN[hint].capitalize()} is needed, not {_given(given)}.", _hint(field))
            return None
    else:
        import msgspec

        try:
            given = msgspec.convert(given, hint)
        except msgspec.ValidationError as error:
            problems.add(at, _reworded(str(error), hint, given), _hint(field))
            return None
    choices = field.metadata.get("choices") or ()
    if choices and given not in choices and given is not None:
        problems.add(at, f"{given!r} is not known here.", nearest(str(given), choices))
    return given


def _whole(message: str, hint: str, fields: Mapping[str, Any], at: KeyPath, problems: Problems) -> None:
    """What the settings class itself refuses; a message that begins with a field's name is put on that field's line."""
    first = message.split(maxsplit=1)[0].rstrip(":") if message.split() else ""
    named = first in fields
    text = message.removeprefix(f"{first}:").strip() if named else message
    problems.add((*at, first) if named else at, text if text.endswith((".", "?")) else f"{text}.", hint)


def _reworded(message: str, hint: Any, given: Any) -> str:
    inner, _, place = message.partition(" - at ")
    if "tuple" in str(hint) or "list" in str(hint):
        return f"A list is needed, not {_given(given)}." if not place else "Every entry of this list must be text."
    said = re.sub(
        "`([^`]*)`", lambda found: " or ".join(_WORDS.get(word, word) for word in found[1].split(" | ")), inner
    )
    return f"{said.replace(', got', ', not')}{f' (in {place})' if place else ''}."


def _hint(field: dataclasses.Field[Any]) -> str:
    example = field.metadata.get("example")
    if example is None and field.default is not dataclasses.MISSING and field.default not in ("", None, ()):
        example = field.default
    return f"For example: {field.name} = {_toml(example)}" if example is not None else ""


def _given(value: Any) -> str:
    return _GIVEN.get(type(value), "a date" if hasattr(value, "isoformat") else type(value).__name__)


def _toml(value: Any) -> str:
    from unibox_tui.config.example import toml_value

    return toml_value("…" if value is None else value)
