from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unibox_tui.text.safe import safe
from unibox_tui.text.width import clusters, cut, pad, width, wrap

WORDS = st.text(st.one_of(st.sampled_from("ab ơế กเโ้ำาัๆ日👩🏽\u200d❤\ufe0f🇻🇳🇹\u0301\n/."), st.characters())).map(safe)


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("", 0),
        ("abc", 3),
        ("Đặt hàng", 8),
        ("สวัสดี", 4),
        ("น้ำ", 2),
        ("日本", 4),
        ("👩‍👩‍👧", 2),
        ("e\u0301", 1),
        ("🇻🇳", 2),
    ],
)
def test_width(text: str, cells: int) -> None:
    assert width(text) == cells


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("ab", ["a", "b"]),
        ("ที่นี่", ["ที่", "นี่"]),
        ("น้ำใจ", ["น้ำ", "ใ", "จ"]),
        ("e\u0302\u0301a", ["e\u0302\u0301", "a"]),
        ("👩‍👩‍👧x❤️👍🏽", ["👩‍👩‍👧", "x", "❤️", "👍🏽"]),
        ("🇻🇳🇹🇭🇻", ["🇻🇳", "🇹🇭", "🇻"]),
        ("a🇻🇳🇹🇭", ["a", "🇻🇳", "🇹🇭"]),
        ("1️⃣", ["1️⃣"]),
        ("", []),
    ],
)
def test_clusters(text: str, pieces: list[str]) -> None:
    assert clusters(text) == pieces


@given(WORDS)
def test_clusters_lose_nothing(text: str) -> None:
    assert "".join(clusters(text)) == text


@pytest.mark.parametrize(
    ("text", "cells", "shown"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdef", 5, "abcd…"),
        ("abcdef", 1, "…"),
        ("abcdef", 0, ""),
        ("สวัสดี", 3, "สวั…"),
        ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"),
        ("👩‍👩‍👧👩‍👩‍👧", 3, "👩‍👩‍👧…"),
    ],
)
def test_cut(text: str, cells: int, shown: str) -> None:
    assert cut(text, cells) == shown


def test_cut_without_room_for_the_ellipsis() -> None:
    assert cut("abcdef", 2, "...") == "ab"


@given(WORDS, st.integers(0, 12))
def test_cut_never_exceeds_and_never_splits(text: str, cells: int) -> None:
    line = text.replace("\n", " ")
    shown = cut(line, cells)
    assert width(shown) <= cells
    kept = shown if shown == line else shown.removesuffix("…")
    pieces = clusters(line)
    assert any("".join(pieces[:n]) == kept for n in range(len(pieces) + 1))


@given(WORDS, st.integers(0, 12))
def test_pad_is_exact(text: str, cells: int) -> None:
    assert width(pad(text.replace("\n", " "), cells)) == cells


def test_wrap_breaks_latin_at_spaces() -> None:
    assert wrap("Chị ơi đơn hàng của em", 10) == ["Chị ơi đơn", "hàng của", "em"]


def test_wrap_keeps_indents_and_empty_lines() -> None:
    assert wrap("  a bcd efg\n\nx\n", 7) == ["  a bcd", "efg", "", "x", ""]


def test_wrap_cuts_a_long_address_on_lines_of_its_own() -> None:
    assert wrap("see https://a.example/0123456789 now", 12) == ["see", "https://a.ex", "ample/012345", "6789 now"]


def test_wrap_parts_thai_between_clusters_and_not_beside_its_vowels() -> None:
    text = "พัสดุยังไม่ถึงเลยครับแม่ค้าใจดีมากเก็บเงินปลายทางได้ไหมคะ"
    for cells in range(3, 30):
        lines = wrap(text, cells)
        assert "".join(lines) == text
        for line, following in itertools.pairwise(lines):
            assert line[-1] not in "เแโใไ", lines
            assert following[0] not in "ะาำๅๆัิีึืุู่้็์", lines


def test_a_short_thai_run_moves_whole_to_the_next_line() -> None:
    assert wrap("abcdefgh สวัสดีครับ", 12) == ["abcdefgh", "สวัสดีครับ"]


@given(WORDS, st.integers(2, 12))
def test_wrap_fits_and_loses_only_spaces(text: str, cells: int) -> None:
    lines = wrap(text, cells)
    assert "".join(lines).replace(" ", "") == text.replace("\n", "").replace("\t", "").replace(" ", "")
    for line in lines:
        assert width(line) <= cells or len(clusters(line.strip(" "))) == 1


def test_wrap_takes_a_long_run_without_a_space_in_one_step() -> None:
    lines = wrap("  ab " + "x" * 1_001 + " y", 50)
    assert (lines[:2], lines[-1], len(lines)) == (["  ab", "x" * 50], "x y", 22)
    took = []
    for letter in "xé":
        began = time.process_time()
        assert wrap(letter * 100_000, 50) == [letter * 50] * 2_000
        took.append(time.process_time() - began)
    assert 5 * took[0] < took[1]
