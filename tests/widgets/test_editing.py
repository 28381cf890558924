"""The text being written, without a screen."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unibox_tui.widgets.editing import EditBuffer
from unibox_tui.widgets.textbox import visual_lines


def typed(keys: str, buffer: EditBuffer | None = None) -> EditBuffer:
    buffer = buffer or EditBuffer()
    for key in keys:
        if key == "⌫":
            buffer.delete_left()
        else:
            buffer.insert(key)
    return buffer


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ("huynh⌫⌫⌫ỳnh", "huỳnh"),
        ("duong⌫⌫⌫⌫ường⌫⌫ng", "dường"),
        ("dd⌫⌫đi", "đi"),
        ("Viet⌫⌫⌫⌫Việt", "Việt"),
        ("e\u0323\u0302", "ệ"),
    ],
)
def test_input_methods_that_delete_and_retype(keys: str, text: str) -> None:
    assert typed(keys).text == text


def test_backspace_takes_a_thai_mark_alone_and_an_emoji_whole() -> None:
    assert typed("น้ำ⌫").text == "น้"
    assert typed("น้⌫").text == "น"
    family = EditBuffer("ok 👨‍👩‍👧")
    family.delete_left()
    assert family.text == "ok "


def test_the_caret_steps_over_whole_clusters() -> None:
    buffer = EditBuffer("กำไร👍🏽")
    buffer.left()
    assert buffer.text[buffer.caret :] == "👍🏽"
    buffer.move(0)
    buffer.right()
    assert buffer.text[: buffer.caret] == "กำ"


def test_words_lines_and_their_ends() -> None:
    buffer = EditBuffer("một hai\nba bốn", None)
    buffer.delete_word_left()
    assert buffer.text == "một hai\nba "
    buffer.line_start()
    buffer.insert("> ")
    assert buffer.text == "một hai\n> ba "
    buffer.delete_to_line_start()
    assert buffer.text == "một hai\nba "
    buffer.delete_to_line_end()
    assert buffer.text == "một hai\n"


def test_undo_takes_back_a_word_typed_in_one_go_and_redo_brings_it() -> None:
    buffer = typed("xin chào")
    buffer.replace(0, len(buffer.text), "khác hẳn")
    assert buffer.undo()
    assert buffer.text == "xin chào"
    assert buffer.redo()
    assert buffer.text == "khác hẳn"


def test_control_characters_of_a_paste_are_dropped_and_line_ends_are_one() -> None:
    buffer = EditBuffer()
    buffer.insert("a\x1b[31mb\r\nc\x07\td\u009b")
    assert buffer.text == "a[31mb\nc    d"
    single = EditBuffer(single=True)
    single.insert("a\nb")
    assert single.text == "a b"


@given(
    st.lists(
        st.sampled_from(["e", "\u0301", "\u0323", "ă", "น", "้", "ำ", "👍", "\u200d", " ", "\n", "⌫", "←", "→", "⌦"]),
        max_size=40,
    )
)
def test_text_is_always_composed_and_the_caret_inside(keys: list[str]) -> None:
    buffer = EditBuffer()
    for key in keys:
        {"⌫": buffer.delete_left, "←": buffer.left, "→": buffer.right, "⌦": buffer.delete_right}.get(
            key, lambda key=key: buffer.insert(key)
        )()  # type: ignore[misc]
        assert unicodedata.is_normalized("NFC", buffer.text)
        assert 0 <= buffer.caret <= len(buffer.text)


@given(st.text(st.sampled_from("ab c\nđệน้ำ👍"), max_size=80), st.integers(8, 20))
def test_shown_lines_cover_the_text_and_fit(text: str, cells: int) -> None:
    from unibox_tui.text.width import width

    lines = visual_lines(text, cells)
    assert "".join(text[start:end] for start, end in lines) == text.replace("\n", "")
    assert all(width(text[start:end].rstrip(" ")) <= cells for start, end in lines)
