"""Verbs that need no screen load nothing heavy."""

from __future__ import annotations

import subprocess
import sys

import click
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


def leaves(name: str) -> dict[str, click.Command]:
    """The verb, or the verbs below it, by what is typed: `inbox`, `contact merge`."""
    from unibox_tui.cli.main import root

    def below(path: str, command: click.Command | None) -> dict[str, click.Command]:
        assert command is not None, path
        if not isinstance(command, click.Group):
            return {path: command}
        return {
            leaf: it for word, child in command.commands.items() for leaf, it in below(f"{path} {word}", child).items()
        }

    return below(name, root.get_command(click.Context(root), name))


def test_every_verb_of_the_table_is_there_and_takes_json() -> None:
    from unibox_tui.cli.main import VERBS

    every = {path: command for name in VERBS for path, command in leaves(name).items()}
    without = [path for path, leaf in every.items() if not any("--json" in parameter.opts for parameter in leaf.params)]
    assert without == []


def test_every_action_with_a_verb_has_it() -> None:
    from unibox_tui.actions import ACTIONS
    from unibox_tui.cli.main import VERBS

    every = {path for name in VERBS for path in leaves(name)} | VERBS.keys()
    assert {action.verb for action in ACTIONS if action.verb} - every == set()


# Texts of one's own that have not been sent stay where they are written.
WITHIN_THE_SCREEN = {"discard", "detach", "as-note", "way", "envelope", "attach", "editor", "leave"}


def test_whatever_changes_data_has_a_verb() -> None:
    """By its call of the desk; or, without one, by not being about moving, showing, finding or the text being written."""
    from unibox_tui.actions import ACTIONS
    from unibox_tui.desk.actions import _VERBS as DONE

    without = {action.id for action in ACTIONS if not action.verb}
    assert {action.id for action in ACTIONS if action.call} & without == set()
    assert {action.call for action in ACTIONS if action.call} - DONE.keys() == set()
    answering = {action.id for action in ACTIONS if action.group in ("Answer", "Sort")}
    assert answering & without == {"repeat", "everything", "record"}
    writing = {action.id for action in ACTIONS if action.group == "Write"} & without
    assert {id for id in writing if not id.startswith("offer-")} - WITHIN_THE_SCREEN == {
        "parts",
        "send-next",
        "next-hole",
    }


def test_views_answer_in_json_to_every_verb(unibox: Unibox) -> None:
    unibox.ok("init")
    assert unibox.ok("view", "save", "late", "wait>2h", "--json").one["name"] == "late"
    assert unibox.ok("view", "rename", "late", "overdue", "--json").one == {"name": "overdue", "was": "late"}
    assert unibox.ok("view", "move", "overdue", "1", "--json").one == {"name": "overdue", "place": 1}
    assert unibox.ok("view", "remove", "overdue", "--json").one == {"name": "overdue", "removed": True}
