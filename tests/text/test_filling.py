"""Stored answers as texts with holes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unibox_tui.text.filling import as_one, bubbles, fill, holes, moved, numbered, readings, unresolved


@pytest.mark.parametrize(
    ("text", "known", "filled", "missing"),
    [
        ("Dạ {customer} ơi", {"customer": "chị Hà"}, "Dạ chị Hà ơi", ()),
        ("Dạ {customer} ơi", {}, "Dạ {customer} ơi", ("customer",)),
        ("{if title=chị}váy{else}quần{end} ạ", {"title": "chị"}, "váy ạ", ()),
        ("{if title=chị}váy{else}quần{end} ạ", {"title": "anh"}, "quần ạ", ()),
        ("{if !order}mã đơn?{end}ok", {"order": "DH1"}, "ok", ()),
        ("{if order}Đơn {order}{if given} của {given}{end}{end}.", {"order": "DH1"}, "Đơn DH1.", ()),
        ("{if order}Đơn {order}", {}, "", ()),
        ("a{end}b{else}c", {}, "a{end}b{else}c", ()),
        ("ขอบคุณ{polite}", {"polite": "ค่ะ"}, "ขอบคุณค่ะ", ()),
        ("ขอบคุณ{polite}", {}, "ขอบคุณ{polite}", ("polite",)),
        ("Thanks{polite}", {"polite": ""}, "Thanks", ()),
        ("size {|size} nhé", {}, "size ‹size› nhé", ()),
        ("{ not } {a b} {}", {}, "{ not } {a b} {}", ()),
    ],
)
def test_filling(text: str, known: dict[str, str], filled: str, missing: tuple[str, ...]) -> None:
    made = fill(text, known)
    assert (made.text, made.missing) == (filled, missing)


def test_places_for_the_caret_are_where_they_stand_in_the_filled_text() -> None:
    made = fill("Dạ {given} {|} ạ{|}", {"given": "Hà"})
    assert made.text == "Dạ Hà  ạ"
    assert [made.text[:stop] for stop in made.stops] == ["Dạ Hà ", "Dạ Hà  ạ"]


def test_what_still_waits_is_found_and_other_braces_are_not() -> None:
    assert unresolved("Dạ {given} size ‹size› {x} {0} {if a") == ("{given}", "‹size›")
    assert unresolved("{if order}a{end}") == ("{if order}", "{end}")
    assert holes("a ‹b› c") == [(2, 5)]


def test_bubbles_are_parted_by_lines_of_their_own() -> None:
    assert bubbles("một\n---\nhai\n\n --- \nba --- bốn") == ["một", "hai", "ba --- bốn"]
    assert as_one("một\n---\nhai") == "một\n\nhai"


def test_buttons_become_numbered_lines() -> None:
    assert numbered("Chọn giúp em:", ["M", "L"]) == "Chọn giúp em:\n1. M\n2. L"


def test_the_forms_an_answer_may_have() -> None:
    assert readings("{if title=anh}quần{else}váy{end} {given}") == ["váy {given}", "quần {given}"]
    assert readings("một\n---\nhai") == ["một\n---\nhai", "một", "hai"]


@given(st.text(alphabet="{}|if els nd=!ạá‹›-\n", max_size=40))
def test_any_text_is_filled_without_an_error(text: str) -> None:
    fill(text, {"given": "Hà"})
    readings(text)


@given(st.text("ab", max_size=12), st.data())
def test_stops_move_with_the_text_around_them(before: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(before)))
    end = data.draw(st.integers(start, len(before)))
    after = before[:start] + data.draw(st.text("cd", max_size=5)) + before[end:]
    stops = moved([0, start, end, len(before)], before, after)
    assert list(stops) == sorted(stops)
    assert all(0 <= stop <= len(after) for stop in stops)


def test_a_stop_behind_what_was_typed_goes_along() -> None:
    assert moved([2, 6], "ab cd ef", "ab XX cd ef") == (2, 9)
    assert moved([2, 4, 8], "ab cd ef", "ab ef") == (2, 5)
