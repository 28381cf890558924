"""Verbs that need no screen load nothing heavy."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

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


# What only moves the screen, sits at the terminal, or repeats what was typed there: nothing a script would say otherwise.
WITHIN_THE_SCREEN = {
    "cursor and panes": "down up top bottom half-down half-up page-down page-up open back close stop right next previous newest "
    "hit-next hit-previous peek view-next view-previous panel quotes quotes-all dense redraw leave next-hole",
    "tabs by number (their queries: `ls`)": " ".join(f"view-{n}" for n in range(1, 10)),
    "marks, which `--query` and numbers are elsewhere": "mark mark-to-here everything",
    "what was typed, once more (a macro: `macro set`)": "repeat record",
    "offers above the text (`suggest` lists them)": " ".join(f"offer-{n}" for n in range(1, 7)),
    "the machine's own programs": "call open-link open-file run suspend",
    "the app itself": "command palette help interrupt quit",
}


def test_every_action_is_a_key_or_in_the_palette_a_command_and_a_verb() -> None:
    from unibox_tui.actions import ACTIONS, BY_COMMAND
    from unibox_tui.desk.actions import _VERBS as DONE

    within = {id for ids in WITHIN_THE_SCREEN.values() for id in ids.split()}
    assert within <= {action.id for action in ACTIONS}, "listed, but no action any more"
    for action in ACTIONS:
        assert BY_COMMAND[action.typed] is action
        assert action.keys or action.label, f"{action.id}: neither a key nor words for the palette"
        assert bool(action.verb) != (action.id in within), f"{action.id}: a verb, or a reason why it has none"
        assert not action.call or (action.verb and action.call in DONE), f"{action.id}: what the desk does has a verb"


def test_views_answer_in_json_to_every_verb(unibox: Unibox) -> None:
    unibox.ok("init")
    assert unibox.ok("view", "save", "late", "wait>2h", "--json").one["name"] == "late"
    assert unibox.ok("view", "rename", "late", "overdue", "--json").one == {"name": "overdue", "was": "late"}
    assert unibox.ok("view", "move", "overdue", "1", "--json").one == {"name": "overdue", "place": 1}
    assert unibox.ok("view", "remove", "overdue", "--json").one == {"name": "overdue", "removed": True}


def test_the_words_of_the_keys_that_narrow_the_list_are_those_of_ls(shop: Unibox) -> None:
    from unibox_tui.screens.saved_views import CYCLES

    page = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
    table = page.partition("| key | `unibox ls` |")[2].partition("\n\n")[0]
    words = re.findall(r"`([-\w]+:[\w]+)`", table)
    assert {word for pair in CYCLES.values() for word in pair} <= set(words)
    assert {"assignee", "inbox", "order"} <= {word.partition(":")[0] for word in words}
    for word in words:
        if word == "page:NAME":  # only an inbox of Meta's has one
            assert shop("ls", word, "--json").error["code"] == "unknown_page"
        else:
            shop.ok("ls", "--json", "--", word.replace("inbox:NAME", "inbox:shop"))
