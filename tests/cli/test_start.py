"""Verbs that need no screen load nothing heavy."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cli.conftest import Unibox

HEAVY = {
    "textual",
    "httpx",
    "phonenumbers",
    "imapclient",
    "starlette",
    "keyring",
    "uvicorn",
    "aiosqlite",
    "tomlkit",
    "babel",
}


READING = ("connectors.contract", "domain.inbound", "domain.matching", "domain.policy", "domain.send_rules", "desk")
SORTING = (
    "connectors.contract",
    "desk.answer",
    "desk.people",
    "desk.undo",
    "domain.inbound",
    "domain.matching",
    "views.ways",
)
# What of our own no such verb may load, as each costs it milliseconds; the screen and the service load them all.
UNNEEDED: dict[tuple[str, ...], tuple[str, ...]] = {
    ("ls",): READING,
    ("ls", "--json"): READING,
    ("search", "parcel", "--json"): READING,
    ("show", "{number}", "--json"): (*READING, "domain.query", "views.lists", "store.search"),
    ("assign", "{number}", "me"): (*SORTING, "views.lists"),
    ("label", "{number}", "vip"): (*SORTING, "views.lists"),
    ("resolve", "{number}"): (*SORTING, "views.lists"),
    ("reply", "{number}", "On its way."): (
        "connectors.contract",
        "desk.people",
        "desk.undo",
        "desk.threads",
        "views.lists",
    ),
    ("outbox", "list"): READING[:3],
}


@pytest.mark.parametrize("verb", UNNEEDED, ids=" ".join)
def test_a_verb_loads_only_what_it_needs(shop: Unibox, numbers: list[str], verb: tuple[str, ...]) -> None:
    args = ["--home", str(shop.folder), *(word.format(number=numbers[0]) for word in verb)]
    program = (
        "import sys; from unibox_tui.cli.main import main; status = main(sys.argv[1:]); "
        "sys.stderr.write(' '.join(sorted(sys.modules))); sys.exit(status)"
    )
    ran = subprocess.run([sys.executable, "-c", program, *args], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0
    loaded = set(ran.stderr.split())
    assert {name.partition(".")[0] for name in loaded} & (HEAVY | {"ctypes", "asyncio"}) == set()
    assert {f"unibox_tui.{name}" for name in UNNEEDED[verb]} & loaded == set()


def test_help_needs_no_workspace(unibox: Unibox) -> None:
    assert "import" in unibox.ok("--help").out
    assert "--inbox" in unibox.ok("import", "--help").out


def test_every_verb_of_the_table_is_there_and_takes_json(unibox: Unibox) -> None:
    import click

    from unibox_tui.cli.main import VERBS, root

    def leaves(command: click.Command) -> list[click.Command]:
        if isinstance(command, click.Group):
            return [leaf for child in command.commands.values() for leaf in leaves(child)]
        return [command]

    for name in VERBS:
        command = root.get_command(click.Context(root), name)
        assert command is not None
        for leaf in leaves(command):
            assert any("--json" in parameter.opts for parameter in leaf.params), name


def test_every_action_with_a_verb_has_it() -> None:
    from unibox_tui.actions import ACTIONS
    from unibox_tui.cli.main import VERBS

    assert {action.verb for action in ACTIONS if action.verb} <= VERBS.keys()
