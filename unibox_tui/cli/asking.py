"""What `inbox add` is told and asks: settings from the fields of their dataclass, secrets without echo."""

from __future__ import annotations

import dataclasses
import shlex
import sys
import tomllib
import typing
from collections.abc import Container, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from unibox_tui.cli.args import as_text
from unibox_tui.domain.errors import UniboxError, WrongUse

if TYPE_CHECKING:
    from unibox_tui.connectors.settings import InboxSettings

_COMMON = ("channel",)


def text(prompt: str, may_ask: bool, otherwise: str) -> str:
    if not may_ask:
        raise WrongUse(f"{prompt.partition(' (')[0]} is missing.", hint=f"Give {otherwise}.")
    return str(click.prompt(prompt, err=True)).strip()


def choose(prompt: str, choices: Sequence[str], may_ask: bool, otherwise: str) -> str:
    if not may_ask:
        raise WrongUse(f"{prompt} is missing.", hint=f"Give {otherwise}: {', '.join(choices)}.")
    return str(click.prompt(prompt, type=click.Choice(list(choices)), default=choices[0], err=True))


def inbox_name(taken: Container[str], may_ask: bool) -> str:
    """A name that the configuration will take, asked for until it is one."""
    from unibox_tui.config import editing

    while True:
        said = text("Name of the inbox (shop-a)", may_ask, "the name as an argument")
        try:
            editing.refuse_bad_name(said, taken)
        except UniboxError as error:
            click.echo(f"{error.message} {error.hint}", err=True)
        else:
            return said


def command_apart(given: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """The `KEY=VALUE` words without `secret_command`, and that program, which is no setting of a channel."""
    others = []
    command: tuple[str, ...] = ()
    for word in given:
        key, equals, value = as_text(word).partition("=")
        if key.strip() != "secret_command" or not equals:
            others.append(word)
            continue
        try:
            argv = tomllib.loads(f"value = {value}")["value"] if value.lstrip().startswith("[") else shlex.split(value)
        except ValueError:
            argv = []
        if not argv or not all(isinstance(part, str) and part for part in argv):
            raise WrongUse("--set secret_command: no program is named.", hint='As in: "pass show shop-a".')
        command = tuple(argv)
    return others, command


STOP, ANYWAY = "stop", "add anyway"


def what_to_change(kind: type[InboxSettings], values: Mapping[str, Any]) -> str:
    """After a check that failed: the name of a setting or secret to ask for again, STOP or ANYWAY."""
    from unibox_tui.connectors.settings import secret_fields

    known = [*secret_fields(kind), *_fields(kind)]
    prompt = f"What shall be changed? A setting or secret ({', '.join(_likely(kind, values))} …), `{ANYWAY}`, `{STOP}`"
    while True:
        said = str(click.prompt(prompt, default=STOP, err=True)).strip()
        if said in (STOP, ANYWAY, *known):
            return said
        click.echo(f"There is no setting {said!r}. Known: {', '.join(known)}.", err=True)


def _likely(kind: type[InboxSettings], values: Mapping[str, Any]) -> list[str]:
    from unibox_tui.connectors.settings import secret_fields

    return [*secret_fields(kind)[:1], *(name for name in _fields(kind) if name in values)]


def again(kind: type[InboxSettings], name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` with this one asked for once more; what was said stands as the default."""
    found = dict(values)
    _ask(kind, _fields(kind)[name], found)
    return found


def pairs(given: Sequence[str], kind: type[InboxSettings]) -> dict[str, Any]:
    """`KEY=VALUE` words as values of the fields' types. Raises WrongUse for unknown keys and secrets."""
    from unibox_tui.connectors.settings import secret_fields

    fields = _fields(kind)
    found: dict[str, Any] = {}
    for word in given:
        key, equals, value = as_text(word).partition("=")
        key = key.strip()
        if not equals:
            raise WrongUse(f"--set {word}: there is no value.", hint="Write --set key=value.")
        if key in secret_fields(kind):
            raise WrongUse(
                f"--set {key}: a secret is not given like this.", hint=f"Use --secret {key} or --secret-stdin."
            )
        if key not in fields:
            raise WrongUse(f"--set {key}: there is no such setting.", hint=f"Known: {', '.join(fields)}.")
        found[key] = _value(kind, key, value)
    return found


def settings(kind: type[InboxSettings], values: Mapping[str, Any], may_ask: bool) -> dict[str, Any]:
    """`values` with what is missing asked for. Raises WrongUse naming it when nobody can be asked."""
    found = dict(values)
    for name, field in _fields(kind).items():
        required = field.default is field.default_factory is dataclasses.MISSING
        if name in found or not (required or (may_ask and field.metadata.get("ask"))):
            continue
        if not may_ask:
            raise WrongUse(f"{name} is missing: {field.metadata.get('help', '')}.", hint=f"Give --set {name}=…")
        _ask(kind, field, found)
    while may_ask:
        try:
            kind(**found)
            break
        except WrongUse as error:
            # Which of the settings are needed depends on the others; the class says which, by name.
            name = error.message.partition(" ")[0].strip(":")
            if name not in _fields(kind):
                raise
            click.echo(f"{error.message} {error.hint}", err=True)
            _ask(kind, _fields(kind)[name], found)
    return found


def build(kind: type[InboxSettings], name: str, values: Mapping[str, Any]) -> InboxSettings:
    """The settings, checked as the configuration file would be."""
    from unibox_tui.config.convert import convert
    from unibox_tui.config.problems import ConfigError, Problems

    problems = Problems(Path("--set"), "")
    built = convert(kind, dict(values), ("inbox", name), problems)
    if built is None or problems.found:
        first = problems.found[0]
        raise WrongUse(f"{first.key} {first.what}".strip(), hint=first.fix) from ConfigError(problems.found)
    return built


def secrets(
    kind: type[InboxSettings], names: Sequence[str], *, from_stdin: bool, may_ask: bool, needed: bool = True
) -> dict[str, str]:
    """These secrets, from standard input or asked for without echo; empty ones are left out. `needed`: it is wrong use
    when nobody can be asked."""
    from unibox_tui.connectors.settings import secret_fields

    known = secret_fields(kind)
    for name in names:
        if name not in known:
            raise WrongUse(f"This channel has no secret {name!r}.", hint=f"It may have: {', '.join(known) or 'none'}.")
    if from_stdin:
        return _from_lines(sys.stdin.buffer.read(65_536), tuple(dict.fromkeys((*names, *known))))
    if not may_ask:
        if names and needed:
            raise WrongUse("Nobody can be asked for a secret here.", hint="Use --secret-stdin.")
        return {}
    found = {}
    for name in names:
        value = click.prompt(f"{name} (empty: none)", hide_input=True, default="", show_default=False, err=True)
        if value:
            found[name] = str(value)
    return found


def _from_lines(data: bytes, names: Sequence[str]) -> dict[str, str]:
    try:
        lines = [line for line in data.decode("utf-8").splitlines() if line]
    except UnicodeDecodeError:
        raise WrongUse("The secrets on standard input are not UTF-8.") from None
    if not lines or not names:
        raise WrongUse("There is no secret on standard input.", hint="NAME=VALUE lines, or the secret alone.")
    found = {}
    for line in lines:
        name, equals, value = line.partition("=")
        if equals and name in names:
            found[name] = value
        elif len(lines) == 1:
            found[names[0]] = line
        else:
            raise WrongUse("A line on standard input names no secret.", hint=f"NAME=VALUE, of: {', '.join(names)}.")
    return found


def _ask(kind: type[InboxSettings], field: dataclasses.Field[Any], found: dict[str, Any]) -> None:
    default = found.get(field.name, field.default if field.default is not dataclasses.MISSING else None)
    choices = [choice for choice in field.metadata.get("choices", ()) if choice]
    help = field.metadata.get("help", "")
    example = field.metadata.get("example")
    prompt = f"{field.name}: {help}" + (f" (as {example})" if example and not choices and default is None else "")
    answer = click.prompt(
        prompt,
        type=click.Choice(choices) if choices else str,
        default=default if default is not None else None,
        show_default=default not in (None, ""),
        err=True,
    )
    found[field.name] = _value(kind, field.name, str(answer).strip())


def _value(kind: type[InboxSettings], name: str, said: str) -> Any:
    """Text for a text setting; else TOML; a list also as words with commas, a command as the shell writes it."""
    wanted = typing.get_type_hints(kind)[name]
    if wanted is str:
        return said
    if typing.get_origin(wanted) in (list, tuple) and not said.lstrip().startswith("["):
        from unibox_tui.config.convert import runs

        if runs(_fields(kind)[name]):
            return shlex.split(said)
        return [piece.strip() for piece in said.split(",") if piece.strip()]
    try:
        return tomllib.loads(f"value = {said}")["value"]
    except tomllib.TOMLDecodeError:
        return said


def _fields(kind: type[InboxSettings]) -> dict[str, dataclasses.Field[Any]]:
    return {field.name: field for field in dataclasses.fields(kind) if field.init and field.name not in _COMMON}
