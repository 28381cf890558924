"""Programs of the agent's own configuration: commands with a key, and hooks the service runs. Only from a file that is
this account's alone: what others could have written is never executed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from unibox_tui.connectors.settings import setting

INPUTS = ("text", "json", "none")
OUTPUTS = ("popup", "terminal", "composer", "nowhere")
KINDS = ("input", "menu", "confirm")
HOOKS = ("on_message", "on_sent", "on_note", "on_assign", "on_label", "on_snooze", "on_resolve", "on_reopen", "on_new")
WAITING = {"on_sla": "service levels (SLA)", "on_mention": "teams"}  # what unibox must have first
PLACES = ("conversation", "agent")  # what an argument may name besides the questions
_NAMED = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, kw_only=True)
class Ask:
    """One thing a command asks before it runs."""

    name: str = setting("filled in for {name} in the arguments", example="code")
    kind: str = setting("a line to type, a choice, or yes and no", default="input", choices=KINDS)
    text: str = setting("the question; empty: the name", default="", example="Mã vận đơn?")
    choices: tuple[str, ...] = setting("of a menu", default=(), example=["GHN", "Kerry"])

    def __post_init__(self) -> None:
        if self.kind == "menu" and not self.choices:
            raise ValueError("choices: a menu needs some")
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.name) or self.name in PLACES:
            raise ValueError(f"name: small letters, and not {' or '.join(PLACES)}")


@dataclass(frozen=True, kw_only=True)
class Command:
    """A program with a name after `:`, and a key. Customers' words reach it by its input only, never as an argument."""

    command: tuple[str, ...] = setting(
        "program and arguments; {conversation} is the number, {agent} your account, {NAME} what is asked",
        example=["parcel-state", "{conversation}"],
        runs=True,
    )
    title: str = setting("what the palette says", default="", example="Tra vận đơn")
    key: str = setting("a key of its own", default="", example="g 9")
    input: str = setting("what it gets on its input: the open conversation", default="text", choices=INPUTS)
    output: str = setting("where what it prints goes", default="popup", choices=OUTPUTS)
    ask: tuple[Ask, ...] = setting("what is asked first", default=(), example=[{"name": "code", "text": "Mã vận đơn?"}])
    seconds: float = setting("it is stopped after these", default=30.0)

    def __post_init__(self) -> None:
        _check(self.command, self.seconds, {*PLACES, *(ask.name for ask in self.ask)})


@dataclass(frozen=True, kw_only=True)
class Hook:
    """A program the service runs when something happens, with JSON on its input: event, conversation, message."""

    on: str = setting("when", choices=(*HOOKS, *WAITING), example="on_message")
    command: tuple[str, ...] = setting("program and arguments", example=["notify-shop"], runs=True)
    query: str = setting("only for conversations this finds", default="", example="label:vip")
    seconds: float = setting("it is stopped after these", default=10.0)

    def __post_init__(self) -> None:
        if self.on in WAITING:
            raise ValueError(f"on: {self.on} needs {WAITING[self.on]}, which this unibox does not have yet")
        _check(self.command, self.seconds, set())


def _check(command: tuple[str, ...], seconds: float, known: set[str]) -> None:
    if not command or not command[0]:
        raise ValueError("command: a program is needed")
    if not 0 < seconds <= 600:
        raise ValueError("seconds: between 0 and 600")
    for part in command:
        for name in _NAMED.findall(part):
            if name not in known:
                raise ValueError(
                    f"command: nothing is known as {{{name}}}; there is {', '.join(sorted(known)) or 'nothing to fill in'}"
                )


def filled(command: tuple[str, ...], values: dict[str, str]) -> list[str]:
    """The arguments with what is asked in them; each stays one argument, whatever it holds."""
    return [_NAMED.sub(lambda found: values.get(found[1], found[0]), part) for part in command]
