"""What is wrong in a configuration file, all of it at once, with file, line, key and the way out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from unibox_tui.config.lines import KeyPath, key_lines
from unibox_tui.domain.errors import WrongUse

# Sections whose tables have names.
_NAMED = ("inbox", "apps", "groups", "views", "keys", "shops", "fields", "panels", "outgoing", "systems", "policy")


class Problem(NamedTuple):
    """`line` 0: the file as a whole. `key` as it is written: `[ui] rows`."""

    file: Path
    line: int
    key: str
    what: str
    fix: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else str(self.file)
        return " ".join(part for part in (f"{place}:", f"{self.key}:" if self.key else "", self.what, self.fix) if part)


class ConfigError(WrongUse):
    """The file cannot be used as it is. `problems` has every one; the text is one line for each."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems), code="bad_config")
        self.problems = tuple(problems)


class Problems:
    """Collects while a file is read; lines are looked up only when there is something to report."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self._text = text
        self._lines: dict[KeyPath, int] | None = None
        self.found: list[Problem] = []

    def add(self, key: KeyPath, what: str, fix: str = "") -> None:
        self.found.append(Problem(self.path, self._line(key), written(key), what, fix))

    def raise_if_any(self) -> None:
        if self.found:
            raise ConfigError(sorted(self.found, key=lambda problem: problem.line))

    def _line(self, key: KeyPath) -> int:
        """The key's own line, else the first of what is in it, else that of what it belongs to."""
        if self._lines is None:
            self._lines = key_lines(self._text)
        while key:
            found = [line for known, line in self._lines.items() if known[: len(key)] == key]
            if found:
                return min(found)
            key = key[:-1]
        return 0


def written(key: KeyPath) -> str:
    """A key path as people find it in the file."""
    names = [_quoted(part) for part in key if isinstance(part, str)]
    if not names:
        return ""
    if isinstance(key[0], str) and len(key) > 1 and key[1:2] and isinstance(key[1], int):
        return f"[[{names[0]}]] {'.'.join(names[1:])}".strip()
    if names[0] in _NAMED and len(names) > 1:
        return f"[{names[0]}.{names[1]}] {'.'.join(names[2:])}".strip()
    return f"[{names[0]}] {'.'.join(names[1:])}".strip()


def nearest(word: str, known: Iterable[str]) -> str:
    """A question that offers what was probably meant, or the list of what there is."""
    from difflib import get_close_matches

    names = list(known)
    close = get_close_matches(word.casefold(), [name.casefold() for name in names], 1, 0.6)
    if close:
        return f'Did you mean "{next(name for name in names if name.casefold() == close[0])}"?'
    there = ", ".join(sorted(name for name in names if name))
    return f"Known: {there}." if there else ""


def _quoted(word: str) -> str:
    return word if word.replace("-", "").replace("_", "").isalnum() and word.isascii() else f'"{word}"'
