"""Another customer's particulars never stay in a text that is offered again."""

from __future__ import annotations

import pytest

from unibox_tui.text.mask import GAP, mask


@pytest.mark.parametrize(
    ("text", "names", "gone"),
    [
        ("Dạ chị Lan ơi, đơn DH12045 giao tới số 0900 000 112 ạ", ["Nguyễn Thị Lan"], ["Lan", "DH12045", "112"]),
        ("da chi lan oi, em gui roi", ["Nguyễn Thị Lan"], ["lan"]),
        ("Em đã gửi cho NGUYỄN THỊ LAN nhé", ["Nguyễn Thị Lan"], ["NGUYỄN", "LAN"]),
        ("Chị Hoa hàng xóm nhận giúp rồi ạ", [], ["Hoa"]),
        ("Hi Alice, we wrote to alice@khach.example about SO-99120.", ["Alice Brown"], ["Alice", "alice@", "99120"]),
        ("คุณสมชายคะ ส่งไปที่เบอร์ 090-000-0551 แล้วค่ะ", ["สมชาย ใจดี"], ["สมชาย", "0551"]),
        ("สมชาย ของถึงแล้วนะ", ["คุณสมชาย"], ["สมชาย"]),
        ("เบอร์ ๐๙๐ ๐๐๐ ๐๕๕๑ นะคะ", [], ["๐๕๕๑"]),
        ("stk 0123456789 vcb", [], ["0123456789"]),
        ("xem https://shop.example/o/8841?c=lan nhé", [], ["8841"]),
    ],
)
def test_particulars_go(text: str, names: list[str], gone: list[str]) -> None:
    masked, gaps = mask(text, "VN", names)
    assert gaps >= 1
    assert masked.count(GAP) == gaps
    for word in gone:
        assert word not in masked


@pytest.mark.parametrize(
    "text",
    [
        "Dạ phí ship nội thành 20k ạ",
        "mai em gửi nhé, hàng còn size M",
        "We open at 8 and close at 21.",
        "ร้านเปิดทุกวันค่ะ",
        "",
    ],
)
def test_the_rest_stays(text: str) -> None:
    assert mask(text, "VN", ["Nguyễn Thị Mai", "An"]) == (text, 0)


def test_hostile_text_is_masked_in_linear_time() -> None:
    for text in ("chị " * 20_000, "A" * 50_000, "0" * 50_000, "Chị " + "Lan " * 10_000, "คุณ" * 20_000):
        mask(text[:60_000], "TH", ["Lan", "คุณ"])
