from __future__ import annotations

import tomllib
from typing import Any

import pytest

from unibox_tui.config.lines import key_lines

TEXT = """\
# heading with [brackets] = and "quotes"
top = 1 # [not.a.table]

[a]
plain = "x # y"
"quoted = key" = 'it''s' # literal
dotted.deep."er.est" = 2
"""

RICH = '''\
title = "a \\" ] } # quote"
[inbox.shop-a]
signature = """
-- \\"""
[inbox.fake]
key = 1
"""
raw = \'\'\'
[x]
\'\'\'
folders = [ # first
  "INBOX", # ] no end
  [1, 2],

  { a = 1, "b c" = [3] },
]
inline = { one = 1, two = { three = "}" } }
[inbox."tiếng việt"]
x = 1979-05-27T07:32:00Z
[[canned]]
text = "1"
[[canned]]

text = """two"""
[[canned.parts]]
p = 1
[[canned.parts]]
p = 2
[canned.extra]
e = -inf
["esc\\u0041ped"]
z = 1
'''


def test_every_key_has_its_line() -> None:
    lines = key_lines(RICH)
    for path, line in {
        ("title",): 1,
        ("inbox", "shop-a"): 2,
        ("inbox", "shop-a", "signature"): 3,
        ("inbox", "shop-a", "raw"): 8,
        ("inbox", "shop-a", "folders"): 11,
        ("inbox", "shop-a", "folders", 0): 12,
        ("inbox", "shop-a", "folders", 1, 1): 13,
        ("inbox", "shop-a", "folders", 2, "b c"): 15,
        ("inbox", "shop-a", "inline", "two", "three"): 17,
        ("inbox", "tiếng việt", "x"): 19,
        ("canned",): 20,
        ("canned", 0, "text"): 21,
        ("canned", 1): 22,
        ("canned", 1, "text"): 24,
        ("canned", 1, "parts", 0, "p"): 26,
        ("canned", 1, "parts", 1, "p"): 28,
        ("canned", 1, "extra", "e"): 30,
        ("escAped", "z"): 32,
    }.items():
        assert lines[path] == line, path
    assert ("inbox", "fake") not in lines


def paths(value: Any, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    found = {path} if path else set()
    if isinstance(value, dict):
        return found.union(*(paths(entry, (*path, key)) for key, entry in value.items()), set())
    if isinstance(value, list):
        return found.union(*(paths(entry, (*path, index)) for index, entry in enumerate(value)), set())
    return found


@pytest.mark.parametrize(
    "text", [RICH, TEXT.replace("'it''s'", "'its'"), "", "\n\n# only\n", "a=1", "a.b.c=[ ]\r\nd={}\r\n"]
)
def test_lines_and_values_speak_of_the_same_keys(text: str) -> None:
    data = tomllib.loads(text)
    lines = key_lines(text)
    # Headers name parents that have no line of their own.
    missing = paths(data) - lines.keys()
    assert all(any(known[: len(path)] == path for known in lines) for path in missing)
    assert lines.keys() <= paths(data)
