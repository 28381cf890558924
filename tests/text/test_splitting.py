from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unibox_tui.text.splitting import cuts, measure_of, split
from unibox_tui.text.width import clusters

VIETNAMESE = (
    "Dạ shop chào chị Hà. Đơn DH20381 của chị gồm 2 áo sơ mi trắng size M, tổng 590.000 ₫. "
    "Kho báo thiếu 1 áo nên em gửi bù ngay chiều nay!\n\nChị vui lòng kiểm tra giúp em khi nhận hàng ạ. Cảm ơn chị."
)
THAI = (
    "สวัสดีค่ะคุณลูกค้า พัสดุของคุณลูกค้าอยู่ระหว่างการจัดส่งแล้วนะคะ คาดว่าจะถึงภายในพรุ่งนี้ช่วงบ่าย หากไม่ได้รับรบกวนแจ้งกลับมาที่ร้านได้เลยค่ะ ขอบคุณค่ะ"
)
ENGLISH = (
    "Your parcel left our warehouse this morning. It should reach you tomorrow; the courier will call first. Thank you!"
)

words = st.lists(
    st.one_of(
        st.text("abcdéđạường ", min_size=1, max_size=12),
        st.text("กเาิ่้ำแขคะโ", min_size=1, max_size=30),
        st.sampled_from(
            [". ", "! ", "\n", "\n\n", "👨‍👩‍👧", "🇻🇳", "e\u0301\u0323", "  ", "https://shop.example/a?b=c"]
        ),
    ),
    max_size=80,
).map("".join)


@settings(max_examples=120, deadline=None)
@given(words, st.integers(30, 120), st.sampled_from(["characters", "bytes"]))
def test_the_parts_are_the_text_and_each_fits(text: str, limit: int, unit: str) -> None:
    pieces = cuts(text, limit, unit=unit)
    assert "".join(pieces) == text
    whole = {0}
    at = 0
    for cluster in clusters(text):
        whole.add(at)
        at += len(cluster)
    at = 0
    for piece in pieces:
        assert at in whole, "a cluster was cut"
        at += len(piece)
    sent = split(text, limit, unit=unit)
    assert all(measure_of(unit)(part) <= limit for part in sent)
    bare = [re.sub(r" \(\d+/\d+\)$", "", part) for part in sent] if len(sent) > 1 else list(sent)
    assert "".join("".join(bare).split()) == "".join(text.split())


def test_a_text_that_fits_is_left_alone() -> None:
    assert split("  chào chị \n", 40) == ("  chào chị \n",)


def test_vietnamese_is_cut_between_sentences() -> None:
    parts = split(VIETNAMESE, 100)
    assert [part.endswith(f"({n}/{len(parts)})") for n, part in enumerate(parts, 1)] == [True] * len(parts)
    assert all(re.search(r"[.!] \(\d/\d\)$", part) for part in parts), parts


def test_a_paragraph_is_the_better_place() -> None:
    assert split(VIETNAMESE, 150)[-1].startswith("Chị vui lòng")


def test_english_is_cut_between_words_where_no_sentence_ends() -> None:
    for part in split(ENGLISH, 40, numbered=False):
        assert f" {part.strip()} " in f" {ENGLISH} "


def test_thai_is_cut_between_phrases() -> None:
    phrases = THAI.split(" ")
    assert all(re.sub(r" \(\d+/\d+\)$", "", part).split(" ")[-1] in phrases for part in split(THAI, 90))


def test_thai_without_spaces_is_never_cut_inside_a_syllables_vowel() -> None:
    run = "เราจะแจ้งให้ทราบโดยเร็วที่สุดเมื่อสินค้าถึงไปรษณีย์ใกล้บ้านท่าน" * 3
    for limit in range(24, 60):
        for piece in cuts(run, limit)[:-1]:
            assert piece[-1] not in "เแโใไ"
        for piece in cuts(run, limit)[1:]:
            assert piece[0] not in "ะาๅๆฯำ"


def test_numbers_of_two_digits_have_room() -> None:
    parts = split("từ ngữ " * 200, 60)
    assert len(parts) > 20
    assert max(map(len, parts)) <= 60
    assert parts[-1].endswith(f"({len(parts)}/{len(parts)})")


def test_bytes_are_counted_where_the_channel_counts_them() -> None:
    text = "đường " * 190
    parts = split(text, 1000, unit="bytes")
    assert len(parts) == 2
    assert max(len(part.encode()) for part in parts) <= 1000


def test_too_little_room_is_said() -> None:
    with pytest.raises(ValueError, match="20"):
        split("x" * 100, 10)


def test_a_long_text_is_quick() -> None:
    assert len(split("Dạ vâng ạ. " * 20_000, 2000)) > 100
