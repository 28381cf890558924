"""The catalogues are current, whole, and fit what the code fills in."""

from __future__ import annotations

import ast
import gettext
import string
from pathlib import Path
from types import ModuleType

import pytest

from tests.locale.conftest import ROOT
from unibox_tui.actions import ACTIONS, GROUPS
from unibox_tui.domain import words
from unibox_tui.locale.terms import TERMS

LANGUAGES = ("vi", "th")
PACKAGE = ROOT / "unibox_tui"
# Rooms whose refusals an agent meets on the screen.
MET = ("desk", "store", "views", "screens", "widgets", "text")
MET_FILES = ("workspace.py", "keymap.py", "host/desktop.py", "host/media.py", "host/processes.py")
# Said by `unibox serve`, by examining a store, or while importing: no screen shows them.
NOT_MET = ("store/interchange/", "store/examine.py", "store/raw_events.py", "host/processes.py:The store in")


def placeholders(text: str) -> set[tuple[str, str, str]]:
    return {
        (name, form or "", conversion or "")
        for _, name, form, conversion in string.Formatter().parse(text)
        if name is not None
    }


def forms(text: object) -> list[str]:
    return list(text) if isinstance(text, tuple | list) else [str(text)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_is_current(messages: ModuleType, language: str) -> None:
    catalogue = messages.merged(language, messages.extract())
    folder: Path = messages.folder(language)
    assert messages.untranslated(catalogue) == [], "translate these in the .po file, then run `make messages`"
    assert (folder / "unibox.po").read_bytes() == messages.as_po(catalogue), "run `make messages`"
    assert (folder / "unibox.mo").read_bytes() == messages.as_mo(catalogue), "run `make messages`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_fill_in_the_same_things(messages: ModuleType, language: str) -> None:
    wrong = []
    for message in messages.merged(language, messages.extract()):
        wanted = set().union(*(placeholders(one) for one in forms(message.id)))
        wrong += [
            f"{message.id} → {one}"
            for one in forms(message.string or "")
            if message.id and one and placeholders(one) != wanted
        ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_spaces_at_the_ends_and_command_names_stay(messages: ModuleType, language: str) -> None:
    for message in messages.merged(language, messages.extract()):
        if not message.id or not message.string:
            continue
        one, said = forms(message.id)[0], forms(message.string)[0]
        assert said == said.strip(), said
        assert one.count("`") == said.count("`"), said
        commands = [part.split()[:2] for part in one.split("`")[1::2] if part.startswith("unibox ")]
        assert all(" ".join(command) in said for command in commands), said


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_form_is_enough(messages: ModuleType, language: str) -> None:
    catalogue = messages.merged(language, messages.extract())
    assert catalogue.num_plurals == 1
    assert all(len(m.string) == 1 for m in catalogue if isinstance(m.id, tuple))


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_and_help_of_every_action_are_translated(language: str) -> None:
    said = gettext.translation("unibox", PACKAGE / "locale", languages=[language])
    for action in ACTIONS:
        for text in (action.label, action.help):
            assert said.gettext(text) != text or (language, text) == ("vi", "spam"), text
    assert all(said.gettext(group) != group for group in GROUPS)


def test_terms_cover_the_words_of_the_data() -> None:
    assert set(TERMS["status"]) == set(words.Status)
    assert set(TERMS["priority"]) == set(words.Priority)
    assert set(TERMS["delivery"]) == set(words.DeliveryState)
    assert set(TERMS["inbox"]) == set(words.InboxState)


def met() -> list[Path]:
    rooms = [path for room in MET for path in sorted((PACKAGE / room).rglob("*.py"))]
    return [*rooms, *(PACKAGE / name for name in MET_FILES)]


def test_no_refusal_or_summary_is_put_together_where_nobody_can_translate_it(messages: ModuleType) -> None:
    made = []
    for path in met():
        name = path.relative_to(PACKAGE).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if called not in messages.SAID | {"begin", "say", "_", "N_"}:
                continue
            parts = [*node.args, *(word.value for word in node.keywords if word.arg in ("hint", "summary"))]
            for part in parts:
                shown = f"{name}:{ast.unparse(part)[2:14]}"
                if isinstance(part, ast.JoinedStr) and not any(shown.startswith(known) for known in NOT_MET):
                    made.append(f"{name}:{part.lineno} {ast.unparse(part)}")
    assert made == [], "say it with domain.saying.say"


def test_the_package_holds_what_is_needed() -> None:
    """hatch takes every file of the package that git does not ignore: the compiled catalogues are such."""
    ignored = (ROOT / ".gitignore").read_text().split()
    assert "*.mo" not in ignored
    for language in LANGUAGES:
        assert (PACKAGE / "locale" / language / "LC_MESSAGES" / "unibox.mo").is_file()


def test_extraction_finds_every_way_of_saying(messages: ModuleType) -> None:
    source = """
_("a"); N_("b"); say("c {x}", x=1); ngettext("d", "ds", 2); say_count("e", "es", 2)
WrongUse("f", hint="g" if x else "h"); Done(say("i")); Other("no"); raise NotFound(f"no {x}")
_(variable); _("")
"""
    assert sorted(str(id) for id, _ in messages.found_in(source)) == sorted(
        ["a", "b", "c {x}", "('d', 'ds')", "('e', 'es')", "f", "g", "h", "i"]
    )
