from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unibox_tui.text.safe import csv_cell, safe, safe_filename, safe_line

ANYTHING = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "\x1b\x07\x9b\r\n\t\u200b\u200d\u202e\u2028\ufe0f\u0301\u0300\u0e49\u0e38\u0e33ก👩🏽❤\U000e0041\ud800"
        ),
    )
)
WELCOME = [
    "",
    "Plain words, 100% fine!\n\tindented",
    "Chị ơi, đơn hàng của em đâu rồi ạ? Nguyễn Thị Hà",
    "น้ำปลา กุ้งสด ที่นี่ เก่ง เข็ม ปู่ ฤๅษี ๑๒๓ ฯลฯ ฿590",
    "👩‍👩‍👧 ❤️ 👍🏽 🇻🇳 1️⃣ 🏳️‍🌈",
]


@pytest.mark.parametrize("text", WELCOME)
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert safe(text) == text


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("a\x1b]52;c;aGk=\x07b", "a\ufffd]52;c;aGk=\ufffdb"),
        ("\x9b31m", "\ufffd31m"),
        ("\x00\x08\x0b\x0c\x7f\x85", "\ufffd" * 6),
        ("anh\u202egpj.exe", "anh\ufffdgpj.exe"),
        ("\u2066x\u2069\u061c\u200e", "\ufffdx\ufffd\ufffd\ufffd"),
        ("pay\u200bpal\ufeff", "pay\ufffdpal\ufffd"),
        ("a\u200db", "a\ufffdb"),
        ("hi\U000e0041\U000e0042", "hi\ufffd\ufffd"),
        ("x\ud83dy", "x\ufffdy"),
        ("a\ufe00\ufe05", "a\ufffd\ufffd"),
    ],
)
def test_what_moves_hides_or_reorders_becomes_visible(hostile: str, shown: str) -> None:
    assert safe(hostile) == shown


def test_every_kind_of_line_end_is_a_newline() -> None:
    assert safe("a\r\nb\rc\u2028d\u2029e\nf\r\n\r\ng") == "a\nb\nc\nd\ne\nf\n\ng"


def test_piles_of_marks_are_cut_but_letters_keep_theirs() -> None:
    assert safe("H" + "\u0335" * 50 + "i") == "H" + "\u0335" * 4 + "i"
    assert safe("ก" + "\u0e49" * 50) == "ก" + "\u0e49" * 8
    assert safe("e\u0302\u0301") == "ế"


def test_a_mark_pile_cannot_hide_between_selectors() -> None:
    assert len(safe("a" + "\u0335\ufe0f" * 100)) <= 9


def test_a_word_break_between_thai_letters_leaves_no_trace() -> None:
    assert safe("สวัสดี\u200bครับ") == "สวัสดีครับ"
    assert safe("ดี\u200bok") == "ดี\ufffdok"


@given(ANYTHING)
def test_safe_text_holds_nothing_dangerous_and_is_stable(text: str) -> None:
    cleaned = safe(text)
    assert safe(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    for character in cleaned:
        category = unicodedata.category(character)
        assert category not in ("Cc", "Cs") or character in "\n\t"
        assert unicodedata.bidirectional(character) not in (
            "LRE",
            "RLE",
            "LRO",
            "RLO",
            "PDF",
            "LRI",
            "RLI",
            "FSI",
            "PDI",
        )


@given(ANYTHING)
def test_a_line_is_one_line(text: str) -> None:
    line = safe_line(text)
    assert "\n" not in line
    assert "\t" not in line
    assert safe_line(line) == line


def test_a_line_joins_with_one_space_and_keeps_inner_spaces() -> None:
    assert safe_line("  dạ \r\n\r\n\t vâng  ạ\n") == "dạ vâng  ạ"


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\lan\\ảnh.jpg", "ảnh.jpg"),
        ("-rf", "rf"),
        (".bashrc", "bashrc"),
        ("..", "file"),
        ("", "file"),
        ("///", "file"),
        ("hóa đơn tháng 5.pdf", "hóa đơn tháng 5.pdf"),
        ("ใบกำกับภาษี.pdf", "ใบกำกับภาษี.pdf"),
        ("a\x1b[2J\u202egpj.exe", "a_[2J_gpj.exe"),
        ("x\ny.txt", "x y.txt"),
        ('a<b>:"c|d?.txt', "a_b_c_d_.txt"),
        ("\x00\x01", "file"),
    ],
)
def test_file_names(given_name: str, kept: str) -> None:
    assert safe_filename(given_name) == kept


def test_a_long_file_name_keeps_its_extension_and_whole_letters() -> None:
    name = safe_filename("ก" * 300 + ".jpeg")
    assert name.endswith("ก.jpeg")
    assert 175 <= len(name.encode()) <= 180


@given(ANYTHING)
def test_a_file_name_is_one_harmless_component(name: str) -> None:
    kept = safe_filename(name)
    assert kept
    assert kept[0] not in ".-/"
    assert "/" not in kept
    assert "\\" not in kept
    assert len(kept.encode()) <= 180
    assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in kept)


@pytest.mark.parametrize(
    "text", ["=1+1", "+84912345678", "-cmd", "@SUM(A1)", " \t=1", "\r=1", "＝1", "\ufeff=1", "\n=1"]
)
def test_a_formula_becomes_text(text: str) -> None:
    assert csv_cell(text) == "'" + text


@pytest.mark.parametrize("text", ["", "a=b", "-12", "-12.5", "590.000đ", "ขอบคุณ", "lan@cua-hang.example"])
def test_other_cells_stay(text: str) -> None:
    assert csv_cell(text) == text
