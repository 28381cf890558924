"""Verbs around programs and macros: pipe a conversation, run a command of the configuration, macros step by step."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from unibox_tui.cli import args, say
from unibox_tui.cli.session import Session
from unibox_tui.domain.errors import NotFound, WrongUse

if TYPE_CHECKING:
    from unibox_tui.automation.programs import Ran
    from unibox_tui.desk.done import Done


def _show(ran: Ran, *, as_json: bool) -> int:
    if as_json:
        say.document({"command": ran.command, "status": ran.status, "text": ran.text})
    else:
        say.text(ran.text)
    return 1 if ran.status else 0


@click.command(context_settings={"ignore_unknown_options": True})
@args.conversation
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.option("--as", "form", type=click.Choice(["text", "json"]), default="text", help="What it gets on its input.")
@args.as_json
@click.pass_obj
def pipe(session: Session, conversation: str, command: tuple[str, ...], form: str, as_json: bool) -> int:
    """Give a conversation to the input of a program, and show what it prints."""
    import shlex

    from unibox_tui.automation.programs import Programs, said

    number = args.one(session, conversation)
    given = session.read(lambda db: said(db, number, form, session.zone, masked=session.hides_phones))
    line = shlex.join(map(args.as_text, command))
    return _show(Programs(session.config, session.me).run_line(line, given), as_json=as_json)


@click.command()
@click.argument("name")
@click.argument("conversation", required=False)
@click.option("--set", "answers", multiple=True, metavar="NAME=VALUE", help="What the command would ask.")
@args.as_json
@click.pass_obj
def run(session: Session, name: str, conversation: str | None, answers: tuple[str, ...], as_json: bool) -> int:
    """Run a command of your configuration, on a conversation if it works on one."""
    from unibox_tui.automation.programs import Programs, said

    programs = Programs(session.config, session.me)
    command = programs.named(name)
    number = None if conversation is None else args.one(session, conversation)
    wants = command.input != "none" and number is not None
    given = (
        session.read(lambda db: said(db, number or 0, command.input, session.zone, masked=session.hides_phones))
        if wants
        else b""
    )
    known = dict(answer.partition("=")[::2] for answer in map(args.as_text, answers))
    if command.output == "terminal" and sys.stdout.isatty():
        return programs.run_in_terminal(name, number, known)
    return _show(programs.run(name, given, number, known), as_json=as_json)


@click.group()
def macro() -> None:
    """Your macros: what `q` records and `@` plays."""


@macro.command("list")
@args.as_json
@click.pass_obj
def macro_list(session: Session, as_json: bool) -> None:
    """All, with their steps."""
    from unibox_tui.config import macros

    for one in macros.load(_file(session)).values():
        if as_json:
            say.document({"letter": one.letter, "title": one.title, "key": one.key, "steps": list(one.steps)})
        else:
            say.line(f"@{one.letter}  {one.title}  {one.key}".rstrip())
            for step in one.steps:
                say.line(f"    {step}")


@macro.command("set")
@click.argument("letter")
@click.argument("steps", nargs=-1, required=True)
@click.option("--title", help="What it is for.")
@click.option("--key", help="A key that plays it, as in `g 1`.")
@args.as_json
@click.pass_obj
def macro_set(
    session: Session, letter: str, steps: tuple[str, ...], title: str | None, key: str | None, as_json: bool
) -> None:
    """Write one down: each argument is a step, as typed after `:`."""
    from unibox_tui import command_line
    from unibox_tui.config import macros

    lines = [args.as_text(step) for step in steps]
    for line in lines:
        if not line.startswith("@"):
            command_line.read(line, session.db.now())
    one = macros.keep(_file(session), letter, lines, title=title, key=key)
    if as_json:
        say.document({"letter": one.letter, "title": one.title, "key": one.key, "steps": list(one.steps)})
    else:
        say.line(f"@{one.letter}: {len(one.steps)} steps")


@macro.command("remove")
@click.argument("letter")
@args.as_json
@click.pass_obj
def macro_remove(session: Session, letter: str, as_json: bool) -> None:
    """Forget one."""
    from unibox_tui.config import macros

    macros.remove(_file(session), letter)
    if as_json:
        say.document({"letter": letter, "removed": True})
    else:
        say.line(f"@{letter} is gone")


@macro.command("play")
@click.argument("letter")
@args.conversations
@args.as_json
@click.pass_obj
def macro_play(session: Session, letter: str, conversations: tuple[str, ...], as_json: bool) -> None:
    """Do its steps to conversations, one after the other; the first error ends it and names the step. Steps that only move
    on the screen have no place here."""
    from unibox_tui.config import macros

    known = macros.load(_file(session))
    if letter not in known:
        raise NotFound(f"There is no macro {letter}.", hint="`unibox macro list` shows them.")
    targets = args.resolve(session, conversations)
    steps = known[letter].steps
    calls = [_call(session, place, line, len(steps)) for place, line in enumerate(steps, start=1)]
    for target in targets:
        for place, (name, arguments) in enumerate(calls, start=1):
            say.done(_do(session, name, arguments, target, f"step {place} of {len(steps)}, “{steps[place - 1]}”"), as_json=as_json)  # fmt: skip


def _call(session: Session, place: int, line: str, of: int) -> tuple[str, dict[str, Any]]:
    from unibox_tui import command_line

    step = command_line.read(line, session.db.now())
    if not step.action.call:
        raise WrongUse(f"Step {place} of {of}, “{line}”, works on the screen only.", hint="Play it there with @.")
    arguments = {**step.action.fixed, **step.args}
    until = arguments.get("until")
    if isinstance(until, command_line.Said) and not until.wakes:
        arguments["wake_on_reply"] = False
    return step.action.call, arguments


def _do(session: Session, name: str, arguments: dict[str, Any], target: int, where: str) -> Done:
    from unibox_tui.desk.actions import Call, perform
    from unibox_tui.domain.errors import UniboxError

    try:
        return session.write(lambda tx: perform(tx, session.actor, Call(name, arguments), [target]))
    except UniboxError as error:
        raise type(error)(f"#{target}, {where}: {error.message}", hint=error.hint, code=error.code) from error


def _file(session: Session) -> Any:
    return session.home.config_folder / "macros.toml"
