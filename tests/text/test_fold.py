from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unibox_tui.text.fold import fold, fold_map

WORDS = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from("ĐđẾếơƯßİıſKÅ\u0301\u0323\u0345กุู้ำํา่\u200b가\u1100\u1161\u11a8"),
    )
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đặt Hàng", "dat hang"),
        ("ĐÃ", "da"),
        ("Nguyễn Thị Hà", "nguyen thi ha"),
        ("Nguyê\u0303n", "nguyen"),
        ("STRASSE straße", "strasse strasse"),
        ("น้ำปลา", "น้ำปลา"),
        ("กุ้ง", "กุ้ง"),
        ("Café ☕", "cafe ☕"),
        ("sản\u200bphẩm", "sanpham"),
        ("가", "가"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_thai_reads_the_same_however_its_marks_were_typed() -> None:
    assert fold("กุ้ง") == fold("ก\u0e49\u0e38ง")
    assert fold("น้ำ") == "น\u0e49\u0e33"


@given(WORDS)
def test_folding_is_stable_and_blind_to_normal_forms(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert fold(unicodedata.normalize("NFC", text)) == folded
    assert fold(unicodedata.normalize("NFD", text)) == folded


@given(WORDS)
def test_the_map_folds_alike_and_never_falls(text: str) -> None:
    folded, origins = fold_map(text)
    assert folded == fold(text)
    assert len(origins) == len(folded)
    assert origins == sorted(origins)
    assert all(0 <= origin < len(text) for origin in origins)


def test_the_map_points_at_the_letter() -> None:
    assert fold_map("Đặt") == ("dat", [0, 1, 2])
    assert fold_map("Đă\u0323t") == ("dat", [0, 1, 3])
    assert fold_map("aßb") == ("assb", [0, 1, 1, 2])
    assert fold_map("น้ำปลา") == ("น้ำปลา", list(range(6)))
