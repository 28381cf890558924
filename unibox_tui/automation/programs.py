"""Runs programs for people: a typed line, a command of the configuration. No shell, a time limit, stdin for what others wrote."""

from __future__ import annotations

import shlex
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from unibox_tui.config.commands import Command, filled
from unibox_tui.config.model import Config
from unibox_tui.domain.errors import NotFound, Refused, WrongUse
from unibox_tui.domain.saying import say
from unibox_tui.host import processes
from unibox_tui.text.safe import safe
from unibox_tui.views import jsonform, masking

SECONDS = 30.0
MOST_SHOWN = 400_000


@dataclass(frozen=True, slots=True)
class Ran:
    """`text`: what it printed, safe to draw; of one that failed without a word on stdout, its stderr."""

    command: str
    status: int
    text: str


class Programs:
    """`me`: the account that runs them."""

    def __init__(self, config: Config, me: str) -> None:
        self.config = config
        self.me = me

    def named(self, name: str) -> Command:
        found = self.config.commands.get(name)
        if found is None:
            known = ", ".join(self.config.commands)
            raise NotFound(
                say("There is no command {name} in the configuration.", name=name),
                hint=say("Known: {known}.", known=known) if known else say("The configuration has no commands."),
            )
        return found

    def run_line(self, line: str, given: bytes) -> Ran:
        """A line as typed: words in quotes hold together, nothing else is special."""
        try:
            argv = shlex.split(line)
        except ValueError as error:
            raise WrongUse(say("This is no command: {why}.", why=error), hint="Close the quote.") from None
        return self._run(argv, given, SECONDS)

    def run(self, name: str, given: bytes, conversation: int | None, answers: Mapping[str, str]) -> Ran:
        command = self.named(name)
        return self._run(self._argv(command, conversation, answers), given, command.seconds)

    def run_in_terminal(self, name: str, conversation: int | None, answers: Mapping[str, str]) -> int:
        """On this terminal; the screen must be put away."""
        return processes.in_foreground(self._argv(self.named(name), conversation, answers))

    def _argv(self, command: Command, conversation: int | None, answers: Mapping[str, str]) -> list[str]:
        missing = [ask.name for ask in command.ask if ask.name not in answers]
        if missing:
            raise WrongUse(say("{names} must be given.", names=", ".join(missing)), hint="--set NAME=VALUE")
        for ask in command.ask:
            if ask.kind == "menu" and answers[ask.name] not in ask.choices:
                raise WrongUse(say("{name}: one of {known}.", name=ask.name, known=", ".join(ask.choices)))
            if ask.kind == "confirm" and answers[ask.name] != "yes":
                raise Refused("Nothing was done.")
        values = {**answers, "conversation": "" if conversation is None else str(conversation), "agent": self.me}
        return filled(command.command, values)

    def _run(self, argv: Sequence[str], given: bytes, seconds: float) -> Ran:
        if not argv:
            raise WrongUse("Which program?")
        ran = processes.pipe(argv, given, timeout=seconds)
        printed = ran.out or (ran.err if ran.status else b"")
        return Ran(argv[0], ran.status, safe(printed.decode("utf-8", "replace")[:MOST_SHOWN]))


def said(
    db: sqlite3.Connection, conversation: int, form: str, zone: tzinfo | None = None, *, masked: bool = False
) -> bytes:
    """The conversation for a program's input: `json` (one document, as `unibox show --json`) or `text`. `masked`: without
    whole phone numbers beside what was written."""
    head, entries = jsonform.conversation(db, conversation), list(jsonform.messages_of(db, conversation))
    if masked:
        head, entries = masking.conversation(head), [masking.message(entry) for entry in entries]
    if form == "json":
        return (jsonform.dumps({**head, "messages": entries}) + "\n").encode()
    lines = [f"#{head['id']} {head['contact']}: {head['subject']}"]
    for entry in entries:
        at = datetime.fromtimestamp((entry["sent_at"] or entry["received_at"]) / 1000, zone).strftime("%Y-%m-%d %H:%M")
        lines += ["", f"{at} {entry['direction']} {entry['author']}", *entry["text"].splitlines()]
        lines += [f"[{file['name']}]" for file in entry["attachments"]]
    return ("\n".join(lines) + "\n").encode()
