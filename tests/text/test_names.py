from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unibox_tui.text.names import given_name, greeting_name, initials, sort_key, title_guess


@pytest.mark.parametrize(
    ("full", "language", "name"),
    [
        ("Nguyễn Thị Hà", "vi", "Hà"),
        ("Trần Minh", "vi", "Minh"),
        ("Lê Hoàng Vũ", "vi", "Vũ"),
        ("Lan Nguyen", "vi", "Lan"),
        ("Chị Lan", "vi", "Lan"),
        ("Anh", "vi", "Anh"),
        ("Phạm Quỳnh Anh (Shop Hoa)", "vi", "Anh"),
        ("🌸 Nguyễn Mai 🌸", "vi", "Mai"),
        ("สมชาย ใจดี", "th", "สมชาย"),
        ("คุณสมชาย ใจดี", "th", "สมชาย"),
        ("คุณ สมชาย", "th", "สมชาย"),
        ("นางสาวศิริพร แก้วงาม", "th", "ศิริพร"),
        ("น.ส. ศิริพร", "th", "ศิริพร"),
        ("นายิกา ดีงาม", "th", "นายิกา"),
        ("สมชาย ใจดี", "vi", "สมชาย"),
        ("Siriporn K.", "th", "Siriporn"),
        ("Khun Siriporn", "th", "Siriporn"),
        ("Alice Baker", "en", "Alice"),
        ("Mr. John Smith", "en", "John"),
        ("Mary-Jane O'Neil", "en", "Mary-Jane"),
        ("Hoàng Anh", None, "Anh"),
        ("Alice Baker", None, "Alice"),
        ("", "vi", ""),
        ("12345", "vi", ""),
    ],
)
def test_given_name(full: str, language: str | None, name: str) -> None:
    assert given_name(full, language) == name


@pytest.mark.parametrize(
    ("full", "letters"),
    [
        ("Nguyễn Thị Hà", "NH"),
        ("đặng", "Đ"),
        ("คุณสมชาย ใจดี", "สจ"),
        ("เกม โอฬาร", "กอ"),
        ("alice", "A"),
        ("", "?"),
        ("🙂", "?"),
    ],
)
def test_initials(full: str, letters: str) -> None:
    assert initials(full) == letters


@pytest.mark.parametrize(
    ("full", "language", "greeting"),
    [
        ("Nguyễn Thị Hà", "vi", "chị Hà"),
        ("Nguyễn Văn Bình", "vi", "anh Bình"),
        ("Trần Minh", "vi", "anh/chị Minh"),
        ("Cô Tư", "vi", "cô Tư"),
        ("Chú Ba", "vi", "chú Ba"),
        ("", "vi", "anh/chị"),
        ("สมชาย ใจดี", "th", "คุณสมชาย"),
        ("คุณสมชาย", None, "คุณสมชาย"),
        ("", "th", "คุณลูกค้า"),
        ("Alice Baker", "en", "Alice"),
        ("", "en", ""),
    ],
)
def test_greeting(full: str, language: str | None, greeting: str) -> None:
    assert greeting_name(full, language) == greeting


def test_a_title_known_better_wins() -> None:
    assert greeting_name("Trần Minh", "vi", title="em") == "em Minh"
    assert title_guess("Anh", "vi") == "anh/chị"


def test_vietnamese_order() -> None:
    ordered = ["an", "az", "ăa", "Ăn", "ân", "ba", "bà", "bả", "bã", "bá", "bạ", "bàn", "Dung", "Đặng", "em", "êm"]
    ordered += ["on", "ôn", "ơn", "ung", "ưng"]
    assert sorted(random.Random(1).sample(ordered, len(ordered)), key=sort_key) == ordered


def test_thai_order() -> None:
    ordered = ["กา", "เกม", "แก้ง", "แก้ว", "ขาว", "ไข่", "คน", "โคน", "จาน", "ใจ"]
    assert sorted(random.Random(1).sample(ordered, len(ordered)), key=sort_key) == ordered


@given(st.text(), st.sampled_from(["vi", "th", "en", None]))
def test_any_name_is_survived(full: str, language: str | None) -> None:
    name = given_name(full, language)
    assert not any(character.isspace() for character in name)
    assert greeting_name(full, language) == greeting_name(full, language).strip()
    assert 1 <= len(initials(full)) <= 6
    assert isinstance(sort_key(full), str)
