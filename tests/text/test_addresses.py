"""Postal addresses in what customers write, and in what only looks like one."""

from __future__ import annotations

import time

import pytest

from unibox_tui.text.addresses import find_addresses


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Địa chỉ: 12 ngõ 5 Láng Hạ, Đống Đa, Hà Nội sđt 0912345678", "12 ngõ 5 Láng Hạ, Đống Đa, Hà Nội"),
        ("dc 0912345678\nđịa chỉ:\n12 Nguyễn Trãi, P.5, Q.3", "12 Nguyễn Trãi, P.5, Q.3"),
        ("ship về 45/2 đường Lê Lợi, phường Bến Nghé, quận 1", "45/2 đường Lê Lợi, phường Bến Nghé, quận 1"),
        ("em ở số 8 ngách 12, phường Mai Dịch, quận Cầu Giấy nha", "số 8 ngách 12, phường Mai Dịch, quận Cầu Giấy nha"),
        ("ที่อยู่ 99/1 หมู่ 4 ต.บางรัก อ.เมือง จ.นนทบุรี 11000 โทร 0812345678", "99/1 หมู่ 4 ต.บางรัก อ.เมือง จ.นนทบุรี 11000"),
        ("address: 12 Le Loi street, District 1, HCM", "12 Le Loi street, District 1, HCM"),
    ],
)
def test_what_is_one_is_found_where_it_stands(text: str, value: str) -> None:
    [found] = find_addresses(text)
    assert found.value == value
    assert found.confidence == "high"
    assert " ".join(text[found.start : found.end].split()) == value


@pytest.mark.parametrize(
    "text",
    [
        "Shop ơi em nhận thiếu 1 áo",
        "cho em hỏi shop ở phường nào vậy, 3 hôm rồi",
        "mua 2 áo, 3 quần, 590k",
        "địa chỉ shop ở đâu ạ",
        "ส่งของวันไหนคะ 2 วันแล้ว",
        "",
        "x" * 5_000,
    ],
)
def test_what_is_none_is_not(text: str) -> None:
    assert [one for one in find_addresses(text) if one.confidence == "high"] == []


def test_it_is_linear_in_a_long_text() -> None:
    def took(lines: int) -> float:
        text = "em ở số 8 ngách 12 phường quận tỉnh " * 4 + "\n"
        begun = time.perf_counter()
        find_addresses(text * lines)
        return time.perf_counter() - begun

    took(10)
    assert took(2_000) < 40 * max(took(200), 0.001)
