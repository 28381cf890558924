"""The page on looks names the themes there are and the signs as they are drawn."""

from __future__ import annotations

import dataclasses
import re

from tests.docs import pages
from tests.docs.pages import ROOT
from unibox_tui.config.model import Ui
from unibox_tui.widgets.palette import GLYPHS, STATE_GLYPHS

PAGE = ROOT / "docs" / "looks.md"


def rows(head: str) -> list[list[str]]:
    table = pages.text(PAGE).partition(f"\n| {head} |")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def test_the_themes_are_those_there_are() -> None:
    (theme,) = (field for field in dataclasses.fields(Ui) if field.name == "theme")
    assert {row[0].strip("`") for row in rows("`theme`")} == set(theme.metadata["choices"])


def test_the_signs_are_those_drawn() -> None:
    said = set()
    for fancy, plain, _says in rows("sign"):
        said |= set(zip(re.findall(r"`(.+?)`", fancy), re.findall(r"`(.+?)`", plain), strict=True))
    assert said <= set(GLYPHS.values())
    assert {GLYPHS[state] for state in STATE_GLYPHS} <= said
