"""Keys to actions: the table itself, chords, counts, and a person's own keys."""

from __future__ import annotations

import subprocess
import sys

import pytest

from unibox_tui.actions import ACTIONS, BY_COMMAND, GROUPS
from unibox_tui.domain.errors import WrongUse
from unibox_tui.keymap import Keymap, Pending, Run, Unknown, normal_key, shown_key


def run(keymap: Keymap, keys: list[str], *contexts: str) -> Run | Pending | Unknown:
    typed: tuple[str, ...] = ()
    found: Run | Pending | Unknown = Unknown(())
    for key in keys:
        found = keymap.feed(typed, key, contexts)  # type: ignore[arg-type]
        typed = found.typed if isinstance(found, Pending) else ()
    return found


def test_the_table_has_no_clash_and_every_action_is_named_once() -> None:
    Keymap.build()
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)
    assert len(BY_COMMAND) == sum(1 + len(action.aliases) for action in ACTIONS)
    assert {action.group for action in ACTIONS} == set(GROUPS)
    assert all(action.help and action.label for action in ACTIONS)


def test_every_desk_call_of_the_table_exists() -> None:
    from unibox_tui.desk import actions

    assert {action.call for action in ACTIONS if action.call} <= set(actions.names())


def test_chords_counts_and_contexts() -> None:
    keymap = Keymap.build()
    found = run(keymap, ["1", "2", "j"], "list")
    assert isinstance(found, Run)
    assert (found.action.id, found.count) == ("down", 12)
    assert isinstance(run(keymap, ["g"], "list"), Pending)
    found = run(keymap, ["g", "h"], "list")
    assert isinstance(found, Run)
    assert found.action.id == "health"
    assert isinstance(run(keymap, ["g", "ö"], "list"), Unknown)
    note = run(keymap, ["n"], "list")
    hit = run(keymap, ["n"], "hits", "list")
    assert isinstance(note, Run)
    assert isinstance(hit, Run)
    assert (note.action.id, hit.action.id) == ("note", "hit-next")


def test_a_lone_digit_is_a_view_when_nothing_follows() -> None:
    keymap = Keymap.build()
    found = run(keymap, ["3"], "list")
    assert isinstance(found, Pending)
    assert found.timed
    flushed = keymap.flush(found.typed, ("list",))
    assert isinstance(flushed, Run)
    assert flushed.action.id == "view-3"
    thread = run(keymap, ["3"], "thread")
    assert isinstance(thread, Pending)
    assert not thread.timed


@pytest.mark.parametrize(
    ("written", "key"),
    [("Ctrl-R", "ctrl+r"), ("C-r", "ctrl+r"), ("ctrl+r", "ctrl+r"), ("R", "R"), (" ", "space"), ("Esc", "escape"), ("PgDn", "pagedown"), ("alt-enter", "alt+enter"), ("-", "-")],
)  # fmt: skip
def test_keys_may_be_written_in_many_ways(written: str, key: str) -> None:
    assert normal_key(written) == key


def test_keys_are_shown_as_people_write_them() -> None:
    assert [shown_key(key) for key in ("ctrl+r", "enter", "g", "G", "alt+enter")] == [
        "Ctrl-R",
        "Enter",
        "g",
        "G",
        "Alt-Enter",
    ]


def test_own_keys_take_the_place_of_the_tables() -> None:
    keymap = Keymap.build({"resolve": ["d", "x x"], "spam": ""})
    found = run(keymap, ["d"], "list")
    assert isinstance(found, Run)
    assert found.action.id == "resolve"
    assert isinstance(run(keymap, ["e"], "list"), Unknown)
    assert isinstance(run(keymap, ["S"], "list"), Unknown)
    assert keymap.keys_of("resolve") == ["d", "x x"]
    quotes = run(keymap, ["x", "x"], "thread")
    assert isinstance(quotes, Run)
    assert quotes.action.id == "resolve"


@pytest.mark.parametrize(
    ("own", "names"),
    [
        ({"resolve": "d", "spam": "d"}, ("d", "resolve", "spam")),
        ({"resolve": "d", "spam": "d d"}, ("d", "resolve", "spam")),
        ({"resolv": "d"}, ("resolv", "resolve")),
    ],
)
def test_what_clashes_is_named(own: dict[str, str], names: tuple[str, ...]) -> None:
    with pytest.raises(WrongUse) as caught:
        Keymap.build(own)
    assert all(name in str(caught.value) for name in names)


def test_the_table_costs_a_command_nothing() -> None:
    code = "import sys; import unibox_tui.keymap; print([m for m in ('textual', 'rich', 'sqlite3', 'httpx') if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def test_own_keys_hold_where_they_are_given_and_nowhere_else() -> None:
    keymap = Keymap.build({"thread.resolve": ["E"], "thread.reopen": ["e"], "list.undo": []})
    run = keymap.feed((), "e", ("thread",))
    assert isinstance(run, Run)
    assert run.action.id == "reopen"
    run = keymap.feed((), "E", ("thread",))
    assert isinstance(run, Run)
    assert run.action.id == "resolve"
    run = keymap.feed((), "e", ("list",))
    assert isinstance(run, Run)
    assert run.action.id == "resolve"
    assert isinstance(keymap.feed((), "u", ("list",)), Unknown)
    assert isinstance(keymap.feed((), "u", ("thread",)), Run)
    with pytest.raises(WrongUse, match=r"there is no action “panel\.open-file”"):
        Keymap.build({"panel.open-file": "o"})


def test_two_digits_of_views_leave_no_count_behind() -> None:
    keymap = Keymap.build()
    first = keymap.feed((), "1", ("list",))
    assert isinstance(first, Pending)
    second = keymap.feed(first.typed, "2", ("list",))
    assert isinstance(second, Pending)
    assert second.timed
    run = keymap.flush(second.typed, ("list",))
    assert isinstance(run, Run)
    assert (run.action.id, run.count) == ("view-2", None)
    counted = keymap.feed(second.typed, "j", ("list",))
    assert isinstance(counted, Run)
    assert (counted.action.id, counted.count) == ("down", 12)
