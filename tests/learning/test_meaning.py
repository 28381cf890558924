"""Words that mean the same bring questions together that share no word."""

from __future__ import annotations

import pytest

from unibox_tui.learning import meaning
from unibox_tui.learning.features import MEANINGS, features, words
from unibox_tui.learning.model import SPEAK, Example, Model


def meant(text: str) -> set[int]:
    return meaning.meanings(words(text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("em muốn hoàn tiền", "cho mình lấy lại tiền"),
        ("can i get a refund", "i want my money back"),
        ("ขอคืนเงินค่ะ", "เงินคืนเมื่อไหร่"),
        ("Phí vận chuyển", "tien ship"),
        ("is it genuine", "hàng chính hãng"),
        ("delivery", "การจัดส่ง"),
        ("cancelled", "ยกเลิก"),
    ],
)
def test_what_means_the_same_is_the_same(one: str, other: str) -> None:
    assert meant(one) & meant(other)
    assert {feature for feature in features(one) if feature < MEANINGS} == meant(one)


@pytest.mark.parametrize(
    ("one", "other"), [("refund please", "what size fits me"), ("hoàn tiền", "đổi màu"), ("คืนเงิน", "เปิดกี่โมง")]
)
def test_other_wishes_mean_something_else(one: str, other: str) -> None:
    assert meant(one)
    assert meant(other)
    assert not meant(one) & meant(other)


def test_words_of_no_meaning() -> None:
    assert meant("con mèo ngủ trên mái nhà") == set()
    assert meant("") == set()


def test_the_list_is_written_as_questions_are_compared() -> None:
    for way in (*meaning.EXACT, *meaning.THAI):
        assert " ".join(words(way)) == way, way
    for way in meaning.BEGUN:
        assert words(way) == [way], way
    assert max(len(way.split()) for way in meaning.EXACT) <= meaning.LONGEST
    assert max(found for table in (meaning.EXACT, meaning.BEGUN, meaning.THAI) for many in table.values() for found in many) < MEANINGS  # fmt: skip


def test_a_question_in_other_words_finds_its_answer() -> None:
    taught = {
        1: ("can i get a refund for this", "how do refunds work"),
        2: ("what are your opening hours", "what time do you open"),
        3: ("is this bag genuine", "are your shoes authentic"),
    }
    model = Model.build(
        Example(10 * answer + at, features(text), answer)
        for answer, texts in taught.items()
        for at, text in enumerate(texts)
    )
    for text, answer in (("money back pls", 1), ("at which hours is it closing", 2), ("looks counterfeit to me", 3)):
        assert model.ask(text).answers[0][0] == answer
    assert all(chance < SPEAK for _, chance in model.ask("my cat sleeps all night").answers)
