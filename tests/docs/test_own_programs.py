"""The examples of the two pages on keys, commands, notices and hooks, tried as they stand there."""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
from functools import partial
from pathlib import Path

import pytest

from tests.docs import pages
from tests.docs.pages import ROOT
from tests.support.world import World
from unibox_tui import command_line
from unibox_tui.automation.hooks import Hooks
from unibox_tui.automation.programs import Programs
from unibox_tui.config import macros
from unibox_tui.config.commands import HOOKS, KINDS, OUTPUTS
from unibox_tui.config.model import Config
from unibox_tui.config.notify import WAYS
from unibox_tui.config.reading import parse
from unibox_tui.desk.actions import Call, perform
from unibox_tui.keymap import Keymap
from unibox_tui.views.query import parse as parse_query
from unibox_tui.workspace import own_keys

NOTICES = ROOT / "docs" / "notifications.md"
OWN = ROOT / "docs" / "your-own-keys-and-commands.md"
_TELLS = '#!/bin/sh\nfor word in "$0" "$@"; do printf "%s\\n" "${word##*/}"; done\ncat\n'


def configs(page: Path) -> list[Config]:
    return [parse(block, page, inboxes=False) for block in pages.blocks(page, "toml")]


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the PATH; what is put there by `tells` prints how it was called."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    return folder


def tells(folder: Path, name: str) -> None:
    (folder / name).write_text(_TELLS)
    (folder / name).chmod(0o755)


@pytest.mark.parametrize("page", [NOTICES, OWN], ids=pages.name)
def test_keys_can_be_bound_and_queries_read(page: Path) -> None:
    for config in configs(page):
        Keymap.build(own_keys(config))
        for query in [*(view.query for view in config.views.values()), *(hook.query for hook in config.hooks.values())]:
            parse_query(query)
        assert set(config.notify.views) <= {*config.views, "mine"}


def test_the_macro_is_one(tmp_path: Path) -> None:
    (block,) = (text for text in pages.blocks(OWN, "text") if "steps =" in text)
    path = tmp_path / "macros.toml"
    path.write_text(block, "utf-8")
    path.chmod(0o600)
    (macro,) = macros.load(path).values()
    assert [command_line.write(command_line.read(step, now=0)) for step in macro.steps] == list(macro.steps)


def test_commands_run_as_the_page_runs_them(programs: Path) -> None:
    (config,) = (config for config in configs(OWN) if config.commands)
    shown = {}
    for command in config.commands.values():
        tells(programs, command.command[0])
    for words in pages.commands(OWN):
        if words[0] != "run" or "--set" not in words:
            continue
        answers = dict(word.split("=", 1) for before, word in itertools.pairwise(words) if before == "--set")
        number = next((int(word) for word in words[2:] if word.isdigit()), None)
        shown[words[1]] = Programs(config, "an").run(words[1], b"given\n", number, answers).text.split()
    assert shown == {
        "parcel": ["parcel-state", "--carrier", "GHN", "SPXVN01", "given"],
        "refund": ["shop-refund", "--by", "an", "10482", "250000", "given"],
    }
    assert {command.output for command in config.commands.values()} == set(OUTPUTS)
    assert {ask.kind for command in config.commands.values() for ask in command.ask} == set(KINDS)


def test_the_programs_of_a_notice_get_two_lines(programs: Path) -> None:
    tells(programs, "notify-send")
    (script,) = pages.blocks(NOTICES, "sh")
    told = "Nguyễn Thị Hà\nShop ơi; $(reboot) --urgent\n"
    ran = subprocess.run(["sh", "-c", script], input=told, capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == ["notify-send", "--", "Nguyễn Thị Hà", "Shop ơi; $(reboot) --urgent"]


def test_the_tables_are_whole() -> None:
    text = pages.text(NOTICES)
    assert set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) >= set(WAYS)
    rows = re.findall(r"^\| ((?:`on_\w+`(?:, )?)+) \|", text, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"on_\w+", row)} == set(HOOKS)


def test_a_hook_is_told_what_the_page_says(world: World) -> None:
    said = re.search(r"`event` \((.*?)\)", pages.text(NOTICES), re.DOTALL)
    assert said is not None
    named = set(re.findall(r"`(\w+)`", said[1]))
    an, id = world.agent("an"), world.mail(world.inbox("a"), "k@khach.example").conversation
    assert id is not None
    world.db.write_now(lambda tx: perform(tx, an, Call("label", {"labels": ["vip"]}), [id]))
    world.db.write_now(lambda tx: perform(tx, an, Call("resolve", {"reason": "xong"}), [id]))
    told = set()
    for on, kind in (("on_label", "conversation.labelled"), ("on_resolve", "conversation.status")):
        row = world.row("SELECT * FROM event WHERE kind = :kind ORDER BY seq DESC LIMIT 1", kind=kind)
        document = world.db.read_now(partial(Hooks._told, on=on, row=row, data=json.loads(row["data"])))
        assert document.keys() == {"event", "conversation", "message"}
        told |= document["event"].keys()
    assert told == named
