"""Macros of one agent: `macros.toml` beside config.toml, a table for each letter, its steps as typed after `:`.

[a]
title = "thiếu hàng"
key = "g 1"
steps = ["label giao thiếu", "assign an", "down"]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unibox_tui.config import own_file
from unibox_tui.domain.errors import NotFound, WrongUse
from unibox_tui.domain.saying import say

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

MOST_STEPS = 200


@dataclass(frozen=True, slots=True)
class Macro:
    letter: str
    steps: tuple[str, ...]
    title: str = ""
    key: str = ""


def load(path: Path) -> dict[str, Macro]:
    """letter -> macro. Raises BadFile or Refused naming the file."""
    return _read(path, own_file.read(path, runs=True))


def keep(path: Path, letter: str, steps: Sequence[str], *, title: str | None = None, key: str | None = None) -> Macro:
    """Record it in the place of the one of that letter; title and key stay unless given."""
    _check_letter(letter)
    if not steps:
        raise WrongUse("A macro needs a step.")

    def edit(document: TOMLDocument) -> None:
        import tomlkit

        table = document.get(letter)
        if table is None:
            table = tomlkit.table()
            document.add(letter, table)
        table["steps"] = list(steps)
        for name, value in (("title", title), ("key", key)):
            if value is not None:
                table[name] = value

    own_file.change(path, edit, lambda data: _read(path, data))
    return load(path)[letter]


def remove(path: Path, letter: str) -> None:
    """Raises NotFound."""
    if letter not in load(path):
        raise NotFound(say("There is no macro {letter}.", letter=letter), hint="`:macro` lists them.")
    own_file.change(path, lambda document: document.__delitem__(letter), lambda data: _read(path, data))


def _check_letter(letter: str) -> None:
    if len(letter) != 1 or not (letter.isascii() and letter.isalnum()):
        raise WrongUse(say("A macro is called by one letter or digit, not “{letter}”.", letter=letter))


def _read(path: Path, data: Mapping[str, Any]) -> dict[str, Macro]:
    found = {}
    for letter, table in data.items():
        steps = table.get("steps") if isinstance(table, Mapping) else None
        fine = isinstance(steps, list) and 0 < len(steps) <= MOST_STEPS and all(isinstance(step, str) for step in steps)
        words = isinstance(table, Mapping) and all(isinstance(table.get(name, ""), str) for name in ("title", "key"))
        if len(letter) != 1 or not fine or not words:
            raise own_file.BadFile(
                say(
                    "{path}, [{letter}]: a letter, and steps as a list of commands are needed.",
                    path=path,
                    letter=letter,
                ),
                hint='[a] steps = ["label vip", "down"]',
            )
        found[letter] = Macro(letter, tuple(table["steps"]), table.get("title", ""), table.get("key", ""))
    return found
