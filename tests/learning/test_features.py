"""What two texts have in common, however they are typed."""

from __future__ import annotations

import time

import pytest

from tests.test_import_hygiene import HEAVY, loaded_by
from unibox_tui.learning import matching
from unibox_tui.learning.features import LONGEST, MOST, features, words


def alike(one: str, other: str) -> float:
    a, b = set(features(one)), set(features(other))
    return len(a & b) / max(len(a | b), 1)


@pytest.mark.parametrize(
    ("proper", "typed"),
    [
        ("Phí ship bao nhiêu không shop", "phi ship bao nhiu ko shop"),
        ("chưa được hàng", "CHUA DC HANGGGG"),
        ("please call your shop", "pls call ur shop"),
        ("ส่งไปเชียงใหม่กี่วันถึง", "สงไปเชียงใหมกี่วันถึง"),
    ],
)
def test_careless_typing_is_nearly_the_same(proper: str, typed: str) -> None:
    assert alike(proper, typed) > 0.6


def test_a_thai_word_is_found_within_a_run() -> None:
    assert alike("ค่าส่งเท่าไหร่", "สวัสดีค่ะค่าส่งเท่าไหร่คะ") > 0.3
    assert alike("ค่าส่งเท่าไหร่", "ขอบคุณมากเลยนะ") < 0.05


def test_numbers_and_addresses_are_not_learned() -> None:
    asked = "đơn DH{} gọi số 0900000{} mail {}@khach.example"
    assert features(asked.format("12045", "112", "lan")) == features(asked.format("99871", "734", "hoa"))


def test_nothing_to_compare() -> None:
    for empty in ("", "   ", "🙂🙂", "12345", "…?!", "\u200b"):
        assert not features(empty)


@pytest.mark.parametrize(
    "hostile",
    ["a" * 200_000, "ก" * 200_000, "x " * 100_000, "\ud800\udfff abc", "\x00\x1b[31m" * 1000, "e\u0301\u0302" * 50_000, "@" * 100_000],
)  # fmt: skip
def test_hostile_text_is_bounded(hostile: str) -> None:
    found = features(hostile)
    assert len(found) <= MOST
    assert list(found) == sorted(set(found))


def test_time_does_not_grow_beyond_what_is_looked_at() -> None:
    def seconds(text: str) -> float:
        start = time.perf_counter()
        for _ in range(5):
            features(text)
        return time.perf_counter() - start

    sentence = "bao giờ hàng về tới Đà Nẵng vậy shop "
    seconds(sentence)
    assert seconds(sentence * 5_000) < 60 * seconds(sentence * (LONGEST // len(sentence)))


def test_words_are_spelled_out() -> None:
    assert words("Ko đc gửi mess cho e") == ["khong", "duoc", "gui", "mess", "cho", "em"]


SHIP = "Dạ {title} {given} ơi, phí ship nội thành 20k, ngoại thành 30k, từ 500k shop miễn phí ship ạ"
STORED = {
    "canned:1": SHIP,
    "canned:2": "Shop mở cửa từ 8 giờ sáng đến 9 giờ tối, cả chủ nhật ạ",
    "canned:3": "{name}",
    "canned:4": "ร้านเปิดทุกวันตั้งแต่แปดโมงเช้าถึงสามทุ่มค่ะ",
}


def test_the_canned_reply_an_answer_was_made_from() -> None:
    answer = "Dạ chị Lan ơi, phí ship nội thành 25k, ngoại thành 30k, từ 500k shop miễn phí ship ạ nhé"
    assert matching.used(answer, STORED) == "canned:1"
    assert matching.used("ร้านเปิดทุกวันตั้งแต่แปดโมงเช้าถึงสามทุ่มค่ะ คุณลูกค้า", STORED) == "canned:4"


def test_an_answer_of_its_own_is_none_of_them() -> None:
    assert matching.used("Dạ áo này còn size M ạ, chị lấy màu gì để em giữ", STORED) is None
    assert matching.used("ok", STORED) is None
    assert (
        matching.used(SHIP + " ".join(f"và điều thứ{n} khác{n * 7}" for n in "abcdefghijklmnopqrstuvwxyz"), STORED)
        is None
    )


def test_what_is_too_short_to_offer() -> None:
    assert matching.too_short("dạ vâng")
    assert matching.too_short("ค่ะ")
    assert not matching.too_short("Áo này còn size M ạ")
    assert not matching.too_short("ของเข้าวันศุกร์หน้าค่ะ")


def test_learning_loads_nothing_heavy() -> None:
    loaded = loaded_by("import unibox_tui.learning.model, unibox_tui.learning.evaluate, unibox_tui.learning.matching")
    assert not loaded & (HEAVY | {"sqlite3", "numpy", "sklearn"})
