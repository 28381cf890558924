"""Writes docs/keys.md from the action table. `--check` writes nothing and exits with 1 when the file is old."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from unibox_tui.actions import ACTIONS, GROUPS, READING, Action
from unibox_tui.keymap import normal_chord, shown_key

KEYS = Path(__file__).resolve().parent.parent / "docs" / "keys.md"

HEAD = """\
# Keys

<!-- made by tools/keys.py from unibox_tui/actions.py: change the table there, then run it -->

`?` in the app shows this list and searches in it. `:` takes the commands, `Ctrl-P` finds an action by its words.
Two keys with a space between them are pressed one after the other. A number before a motion repeats it: `5j`.

Every key can be changed in `config.toml`:

```toml
[keys.list]
resolve = ["d"]        # instead of e
spam = []              # no key at all

[keys.compose]
send = ["ctrl+s", "ctrl+enter"]
```

An action's name is its `:command` in most cases; a wrong one is refused with the list of those there are. The places `list`,
`thread`, `panel` (the customer), `compose` (the text you write), `report` (health, history …) and `hits` (while a search stands)
only sort the file: an action has the same keys wherever it can be used. Your key takes the place of a default one. Two of
your own that clash are refused with both named when the app starts.
"""

_ARROWS = {"Up": "↑", "Down": "↓", "Left": "←", "Right": "→"}


def key_name(chord: str) -> str:
    """`ctrl+r` as `Ctrl-R`, `g a` as it is."""
    return " ".join(_ARROWS.get(key, key) for key in map(shown_key, normal_chord(chord)))


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _code(text: str) -> str:
    return f"`` {text} ``" if "`" in text else f"`{_cell(text)}`"


def _where(action: Action) -> str:
    return "everywhere but in a text" if action.contexts == READING else ", ".join(action.contexts)


def _rows(group: str) -> Iterator[str]:
    yield f"\n## {group}\n"
    yield "| keys | what it does | where | `:command` | verb |"
    yield "|---|---|---|---|---|"
    for action in ACTIONS:
        if action.group != group:
            continue
        keys = " ".join(_code(key_name(chord)) for chord in action.keys)
        names = " ".join(_code(f":{name}") for name in (action.typed, *action.aliases))
        verb = _code(f"unibox {action.verb}") if action.verb else ""
        many = " All marked ones, if any are." if action.many else ""
        yield f"| {keys} | {_cell(action.help)}.{many} | {_where(action)} | {names} | {verb} |"


def page() -> str:
    return HEAD + "\n".join(line for group in GROUPS for line in _rows(group)) + "\n"


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="write nothing; exit with 1 when the file is old")
    if arguments.parse_args().check:
        if not KEYS.exists() or KEYS.read_text("utf-8") != page():
            print("docs/keys.md is old: python tools/keys.py", file=sys.stderr)
            return 1
        return 0
    KEYS.write_text(page(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
