"""What the documentation says is there: verbs, options, keys, links; and it names nobody's hosts."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest

from tests.docs import pages
from tests.docs.pages import PAGES, ROOT
from unibox_tui.actions import ACTIONS, BY_COMMAND
from unibox_tui.cli.main import root
from unibox_tui.config.reading import load
from unibox_tui.keymap import normal_chord

every_page = pytest.mark.parametrize("page", PAGES, ids=pages.name)


# -- the command line --------------------------------------------------------------------------------------------------


def complaint(words: list[str]) -> str:
    """Why `unibox` would not take these words; "" when it would. Words in capitals and … stand for something."""
    command: click.Command = root
    context = click.Context(command, info_name="unibox")
    rest = list(words)
    while rest:
        word = rest.pop(0)
        options = option_names(command) | set(command.get_help_option_names(context))
        if word.startswith("-") and word != "-":
            if word.partition("=")[0] not in options:
                return f"{word} is no option of {context.command_path}"
            if takes_value(command, word) and rest:
                rest.pop(0)
        elif isinstance(command, click.Group) and word not in ("…", "VERB"):
            names = word.split("|")
            found = [command.get_command(context, name) for name in names]
            if None in found:
                return f"{word} is no verb of {context.command_path}"
            if len(found) > 1 or found[0] is None:
                return ""
            command = found[0]
            context = click.Context(command, info_name=word, parent=context)
    return ""


def option_names(command: click.Command) -> set[str]:
    options = [one for one in command.params if isinstance(one, click.Option)]
    return {name for option in options for name in (*option.opts, *option.secondary_opts)}


def takes_value(command: click.Command, word: str) -> bool:
    return any(
        isinstance(one, click.Option) and word in one.opts and not one.is_flag and not one.count
        for one in command.params
    )


@every_page
def test_command_lines_are_understood(page: Path) -> None:
    wrong = {" ".join(words): why for words in pages.commands(page) if (why := complaint(clean(words)))}
    assert not wrong


def clean(words: list[str]) -> list[str]:
    """`[--json]` and `[NAME…]` are the page's way to say that something may be left out."""
    return [word.strip("[]") for word in words if word.strip("[]…")]


def test_a_wrong_command_line_would_be_seen() -> None:
    assert complaint(["inbox", "ad"]) == "ad is no verb of unibox inbox"
    assert complaint(["ls", "--nosuch"]) == "--nosuch is no option of unibox ls"
    assert complaint(["demo", "--home", "DIR"]) == "--home is no option of unibox demo"
    assert complaint(["--home", "DIR", "inbox", "add", "x", "--channel", "form"]) == ""
    assert len([words for page in PAGES for words in pages.commands(page)]) > 60


# -- keys --------------------------------------------------------------------------------------------------------------

KEYS = {normal_chord(chord) for action in ACTIONS for chord in action.keys}
# What the composer, a sheet and the report take besides, which are no actions of the table.
WITHIN = {("enter",), ("alt+enter",), ("tab",)}
_KEY = re.compile(r"[a-zA-Z]|g [a-zA-Z]|y [a-z]|[/?:#.\\]|(Ctrl|Alt|Shift)-\w+|Enter|Esc|Space|Tab|PgUp|PgDn|[1-9]")


@every_page
def test_keys_named_exist(page: Path) -> None:
    if page.name in ("interchange.md", "cli.md", "AGENTS.md"):
        return  # letters in code there are no keys
    named = [span for span in pages.spans(page) if _KEY.fullmatch(span)]
    assert [key for key in named if normal_chord(key) not in KEYS | WITHIN] == []


@every_page
def test_typed_commands_exist(page: Path) -> None:
    typed = [span for span in pages.spans(page) if re.fullmatch(r":[a-z]+(-[a-z]+)*( .*)?", span)]
    assert [span for span in typed if span[1:].split()[0] not in BY_COMMAND] == []


# -- what is generated -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tool", ["keys.py", pytest.param("picture.py", marks=pytest.mark.slow)])
def test_generated_pages_are_current(tool: str) -> None:
    """Else run `python tools/TOOL` and look at what it wrote."""
    found = subprocess.run([sys.executable, f"tools/{tool}", "--check"], cwd=ROOT, capture_output=True, text=True, check=False)  # fmt: skip
    assert found.returncode == 0, found.stdout + found.stderr


def test_the_first_screen_of_the_readme() -> None:
    first = "\n".join(pages.text(ROOT / "README.md").splitlines()[:60])
    assert "make demo" in first
    assert "make test" in first
    assert pages.text(ROOT / "docs" / "picture.txt") in first


def test_every_verb_is_in_the_page_of_the_command_line() -> None:
    from unibox_tui.cli.main import VERBS

    said = set(re.findall(r"[\w-]+", " ".join(pages.spans(ROOT / "docs" / "cli.md"))))
    assert [verb for verb in VERBS if verb not in said] == []


def test_every_field_of_a_query_is_in_its_page() -> None:
    from unibox_tui.views.query import QueryError, parse
    from unibox_tui.views.query.fields import BY_ANY_NAME, SORTS

    page = ROOT / "docs" / "queries.md"
    said = set(pages.spans(page))
    assert [name for name in BY_ANY_NAME if f"{name}:" not in said] == []
    assert [name for name in SORTS if name not in said] == []
    for line in pages.blocks(page, "text")[0].splitlines():
        try:
            parse(line)
        except QueryError as error:
            raise AssertionError(line) from error


# -- configuration -----------------------------------------------------------------------------------------------------


@every_page
def test_configurations_are_right(page: Path, tmp_path: Path) -> None:
    for block in pages.blocks(page, "toml"):
        tomllib.loads(block)
        path = tmp_path / "config.toml"
        path.write_text(block, "utf-8")
        path.chmod(0o600)
        load(path, inboxes=True)


@every_page
def test_python_examples_run(page: Path) -> None:
    for block in pages.blocks(page, "python"):
        if "class " not in block:  # a whole module is imported by a test of its own
            exec(compile(block, f"{page.name} example", "exec"), {})


# -- links and hosts ---------------------------------------------------------------------------------------------------

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HOST = re.compile(r"(?:https?|wss?)://([^/\s\"'`:;)<>|]+)|\b[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")
PROVIDERS = {
    "imap.gmail.com", "smtp.gmail.com", "mail.google.com", "oauth2.googleapis.com",
    "outlook.office365.com", "smtp.office365.com", "login.microsoftonline.com",
}  # fmt: skip


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    links = [link for link in _LINK.findall(pages.text(page)) if "://" not in link and not link.startswith("#")]
    missing = [link for link in links if not (page.parent / link.partition("#")[0]).exists()]
    assert missing == []


@every_page
def test_no_hosts_of_others(page: Path) -> None:
    hosts = {(a or b).lower() for a, b in _HOST.findall(pages.text(page))}
    others = {host for host in hosts if not host.endswith(".example") and host not in PROVIDERS | {"127.0.0.1", "host", "localhost"}}  # fmt: skip
    assert others == set()


def test_every_page_is_reachable_from_the_readme() -> None:
    seen, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        waiting += [
            (page.parent / link.partition("#")[0]).resolve()
            for link in _LINK.findall(pages.text(page))
            if "://" not in link and not link.startswith("#")
        ]
    assert [pages.name(page) for page in PAGES if page not in seen] == []
