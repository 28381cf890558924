"""What came without words is named in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import unibox_tui
from unibox_tui.locale import set_language
from unibox_tui.widgets.kinds import said

LITERAL = re.compile(r'(?<![f\w])"(\[[a-z][^"{}\\]*\])"')


@pytest.fixture(params=["vi", "th"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    set_language(request.param)
    yield request.param
    set_language("en")


@pytest.mark.parametrize("text", ["[sticker]", "[image, not shown]", "[call, 2:05]", "[call, 35 s]", "[missed call]"])
def test_it_is_translated(language: str, text: str) -> None:
    shown = said(text)
    assert shown.startswith("[")
    assert shown.endswith("]")
    assert not re.search(r"sticker|image|shown|missed", shown)
    for number in re.findall(r"\d+", text):
        assert number in shown


@pytest.mark.parametrize("text", ["", "[", "sticker", "[sticker] ạ", "[ghi chú của khách]", "[a, b, not shown]"])
def test_what_a_customer_wrote_stays(language: str, text: str) -> None:
    assert said(text) == text


def test_an_unknown_kind_is_named_as_the_network_names_it(language: str) -> None:
    assert "hologram" in said("[hologram, not shown]")


def test_none_is_forgotten(language: str) -> None:
    root = Path(unibox_tui.__file__).parent
    files = [*(root / "connectors").rglob("*.py"), root / "domain" / "calls.py"]
    words = {word for file in files for word in LITERAL.findall(file.read_text("utf-8"))}
    assert "[sticker]" in words
    assert sorted(word for word in words if said(word) == word) == []
