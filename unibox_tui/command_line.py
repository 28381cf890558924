"""The `:` line: words to an action and its arguments, and back. What is typed, recorded and bound reads the same."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from unibox_tui.actions import BY_COMMAND, Action, Argument
from unibox_tui.domain.errors import WrongUse
from unibox_tui.locale import _

_COUNTED = re.compile(r"(\d{1,4}) +(?=\D)")


class Said(int):
    """A time (epoch ms) that remembers the words it was said in, so that a macro says them again. `wakes`: what is put
    away until then comes back as soon as its customer writes."""

    words: str
    wakes: bool

    def __new__(cls, at: int, words: str, wakes: bool = True) -> Said:
        made = super().__new__(cls, at)
        made.words, made.wakes = words, wakes
        return made


def time_said(text: str, now: int) -> Said:
    """`2h`, `mon 9`, `tomorrow even if they reply`. Raises WrongUse."""
    from unibox_tui.views.snoozing import snooze_words

    meant = snooze_words(text, now)
    return Said(meant.until, text, meant.wake_on_reply)


@dataclass(frozen=True, slots=True)
class Step:
    """One action with all it was given."""

    action: Action
    count: int | None = None
    args: Mapping[str, Any] = field(default_factory=dict)


def read(line: str, now: int, more: Mapping[str, Action] | None = None) -> Step:
    """`label giao thiếu`, `3 down`, `snooze mon 9`. A beginning that only one command has is enough. `more`: commands
    besides the table's, by name. Raises WrongUse."""
    line = line.strip().removeprefix(":").strip()
    counted = _COUNTED.match(line)
    count = int(counted[1]) if counted else None
    word, _space, rest = (line[counted.end() :] if counted else line).partition(" ")
    known = {**BY_COMMAND, **(more or {})}
    action = known.get(word) or _only(word, known)
    return Step(action, count, read_arguments(action, rest.strip(), now))


def write(step: Step) -> str:
    """The line that `read` understands as this step."""
    parts = [str(step.count)] if step.count is not None else []
    parts.append(step.action.typed)
    given = [argument for argument in step.action.arguments if argument.name in step.args]
    parts += [_written(argument, step.args[argument.name]) for argument in given]
    return " ".join(part for part in parts if part)


def _written(argument: Argument, value: Any) -> str:
    if isinstance(value, Said):
        return value.words
    if argument.many and not isinstance(value, str):
        names = [f'"{name}"' if "," in name else name for name in value]
        return shlex.join(value) if any("," in name for name in value) else ", ".join(names)
    if argument.kind == "conversation":
        return f"#{value}"
    if argument.kind == "agent" and value is None:
        return "nobody"
    return " ".join(str(value).split("\n")) if argument.kind != "text" else str(value).replace("\n", "\\n")


def _only(word: str, known: Mapping[str, Action]) -> Action:
    found = {action.id: action for name, action in known.items() if word and name.startswith(word)}
    if len(found) == 1:
        return next(iter(found.values()))
    raise WrongUse(
        _("There is no command “{word}”.").format(word=word), hint=_("{key} lists them all.").format(key="?")
    )


def read_arguments(action: Action, rest: str, now: int) -> dict[str, Any]:
    """The arguments of a typed command: the last one takes what is left."""
    if not rest or not action.arguments:
        if rest:
            raise WrongUse(_("“{name}” takes nothing more.").format(name=action.typed))
        return {}
    args: dict[str, Any] = {}
    for place, argument in enumerate(action.arguments):
        if not rest:
            break
        last = place == len(action.arguments) - 1
        value, rest = (rest, "") if last else _first_word(rest)
        args[argument.name] = _value(argument, value, now)
    return args


def _first_word(rest: str) -> tuple[str, str]:
    word, _space, rest = rest.partition(" ")
    return word, rest.strip()


def _value(argument: Argument, text: str, now: int) -> Any:
    if argument.many:
        # A label may be several words: commas part them, or quotes around each.
        if text[:1] in "\"'" and "," not in re.sub(r"([\"']).*?\1", "", text):
            try:
                return shlex.split(text)
            except ValueError:
                pass
        return [part for part in (part.strip().strip("\"'") for part in text.split(",")) if part]
    if argument.kind == "time":
        return time_said(text, now)
    if argument.kind == "conversation":
        number = text.lstrip("#")
        if not number.isdigit():
            raise WrongUse(
                _("“{typed}” is no conversation's number.").format(typed=text), hint=_("Type it as in #10482.")
            )
        return int(number)
    if argument.kind == "agent" and text.lower() in ("nobody", "-", "none"):
        return None
    if argument.kind == "text":
        return text.replace("\\n", "\n")
    return text
