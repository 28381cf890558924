"""`unibox keys`: the table of keys as bound now, and a sheet to print."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import click

from unibox_tui.cli import args, say
from unibox_tui.cli.session import Session
from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.saying import say as says

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unibox_tui.actions import Action
    from unibox_tui.keymap import Keymap

COLUMN = 38


@click.command()
@click.option(
    "--sheet", is_flag=True, help="A sheet to print: groups side by side, as wide as the paper (or the terminal)."
)
@click.option("--width", type=click.IntRange(COLUMN, 400), help="Characters across; 132 fits A4 across.")
@args.as_json
@click.pass_obj
def keys(session: Session, sheet: bool, width: int | None, as_json: bool) -> None:
    """Every action with its keys (your own among them), its `:command` and its verb."""
    from unibox_tui.actions import ACTIONS

    keymap, more = bindings(session)
    if sheet:
        for line in sheet_lines(keymap, width or min(shutil.get_terminal_size((132, 24)).columns, 200), more):
            say.line(line)
        return
    rows = []
    for action in (*ACTIONS, *more):
        bound = keymap.keys_of(action.id)
        if as_json:
            say.document({"id": action.id, "group": action.group, "keys": bound, "command": action.typed, "verb": action.verb, "places": list(action.contexts), "help": action.help})  # fmt: skip
        else:
            rows.append(
                ("  ".join(bound), f":{action.typed}", f"unibox {action.verb}" if action.verb else "", action.help)
            )
    say.table(rows)


def bindings(session: Session) -> tuple[Keymap, list[Action]]:
    """The keys as the screen takes them, and what the agent added. Raises WrongUse with two that clash."""
    from unibox_tui.keymap import Keymap as Bound

    more = _added(session)
    own = {f"{place}.{id}": chords for place, of in session.config.keys.items() for id, chords in of.items()}
    return Bound.build(own, more), more


def check(session: Session) -> None:
    """Raises WrongUse with two keys that clash, and with a command of one's own whose name the table has."""
    from unibox_tui.actions import BY_COMMAND

    for name in session.config.commands:
        if name in BY_COMMAND:
            raise WrongUse(
                says("[commands.{name}]: unibox has a command of that name.", name=name),
                hint="Give yours another name.",
                code="keys",
            )
    bindings(session)


def _added(session: Session) -> list[Action]:
    """The agent's own macros, commands and views, with the verb that does each."""
    from unibox_tui.actions import Action
    from unibox_tui.config import macros, views

    def chords(key: str) -> tuple[str, ...]:
        return (key,) if key else ()

    played = macros.load(session.home.config_folder / "macros.toml")
    saved = views.load(session.config, views.places(session.home.config_folder, session.home.store))
    return [
        *(Action(f"macro:{letter}", "Sort", one.title or f"@{letter}", " → ".join(one.steps), chords(one.key), command=f"@{letter}", verb=f"macro play {letter}") for letter, one in played.items()),
        *(Action(f"custom:{name}", "App", one.title or name, one.title or name, chords(one.key), command=name, verb=f"run {name}") for name, one in session.config.commands.items()),
        *(Action(f"view:{one.name}", "Find", one.title or one.name, one.query, chords(one.key), contexts=("list",), command=f"view {one.name}", verb="ls") for one in saved),
    ]  # fmt: skip


def sheet_lines(keymap: Keymap, width: int, more: Sequence[Action] = ()) -> list[str]:
    """The groups of the table in columns, each key with its word."""
    from unibox_tui.actions import ACTIONS, GROUPS
    from unibox_tui.locale import _
    from unibox_tui.text.width import cut, pad

    lines: list[str] = []
    for group in GROUPS:
        found = [(keymap.keys_of(action.id), action) for action in (*ACTIONS, *more) if action.group == group]
        bound = [f"{chords[0]:<9} {_(action.label)}" for chords, action in found if (chords and not action.id.startswith("view-")) or action.id == "view-1"]  # fmt: skip
        lines += ["", _(group).upper()]
        columns = max(width // COLUMN, 1)
        depth = -(-len(bound) // columns)
        for row in range(depth):
            cells = [bound[row + place * depth] for place in range(columns) if row + place * depth < len(bound)]
            lines.append("".join(pad(cut(cell, COLUMN - 2), COLUMN) for cell in cells).rstrip())
    return lines[1:]
