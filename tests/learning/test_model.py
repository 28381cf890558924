"""How well answers are found, when nothing is said, and that a model is its examples and nothing else."""

from __future__ import annotations

import random
from functools import cache

import pytest

from benchmarks.suggest_data import LANGUAGES, examples, others
from unibox_tui.learning.evaluate import evaluate
from unibox_tui.learning.features import features
from unibox_tui.learning.model import ALIKE, SPEAK, Example, Model
from unibox_tui.learning.packed import Unreadable, dump

WISHES = 49


def ready(language: str, each: int, *, seed: int = 1) -> tuple[list[Example], list[tuple[str, int]]]:
    """(examples, (text, answer) of each)."""
    made = examples(language, each, seed=seed)
    names = {reply: id for id, reply in enumerate(sorted({one.reply for one in made}), 1)}
    return (
        [Example(id, features(one.text), names[one.reply]) for id, one in enumerate(made, 1)],
        [(one.text, names[one.reply]) for one in made],
    )


@cache
def built(language: str, each: int) -> Model:
    return Model.build(ready(language, each)[0])


def right(model: Model, asked: list[tuple[str, int]], among: int) -> float:
    """Share of the asked whose answer is among the first."""
    return sum(answer in [id for id, _ in model.ask(text).answers[:among]] for text, answer in asked) / len(asked)


# The figures to beat were .63 (few) and .91 (all); this set is harder where marks are missing, see benchmarks/suggest.py.
@pytest.mark.parametrize(("language", "first", "three"), [("vi", 0.66, 0.75), ("th", 0.71, 0.82), ("en", 0.69, 0.79)])
def test_five_examples_of_each_help_already(language: str, first: float, three: float) -> None:
    asked = ready(language, 12, seed=9)[1][:300]
    assert right(built(language, 5), asked, 1) >= first
    assert right(built(language, 5), asked, 3) >= three


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_many_examples(language: str) -> None:
    asked = ready(language, 12, seed=9)[1][:300]
    assert right(built(language, 30), asked, 1) >= 0.92
    assert right(built(language, 30), asked, 3) >= 0.97


@pytest.mark.parametrize(("language", "first", "three"), [("vi", 0.30, 0.50), ("th", 0.50, 0.64), ("en", 0.31, 0.58)])
def test_wishes_put_in_words_never_learned_are_found_too(language: str, first: float, three: float) -> None:
    made = examples(language, 12)
    names = {reply: id for id, reply in enumerate(sorted({one.reply for one in made}), 1)}
    learned = [one for one in made if one.phrasing != 0]
    model = Model.build(Example(id, features(one.text), names[one.reply]) for id, one in enumerate(learned, 1))
    asked = [(one.text, names[one.reply]) for one in made if one.phrasing == 0]
    assert right(model, asked, 1) >= first
    assert right(model, asked, 3) >= three
    said = [answers[0] for text, _ in asked if (answers := model.ask(text).answers) and answers[0][1] >= SPEAK]
    assert len(said) < 0.6 * len(asked), "of what it does not know it mostly says nothing"


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_said_is_mostly_right_and_nonsense_gets_silence(language: str) -> None:
    model = built(language, 5)
    said = [
        (verdict.answers[0][0] == answer)
        for text, answer in ready(language, 12, seed=9)[1][:300]
        if (verdict := model.ask(text)).answers and verdict.answers[0][1] >= SPEAK
    ]
    assert len(said) > 100
    assert sum(said) / len(said) >= 0.85
    nonsense = [model.ask(text) for text in others(language, 100)]
    assert sum(bool(one.answers) and one.answers[0][1] >= SPEAK for one in nonsense) <= 4
    assert sum(bool(one.near) and one.near[0][1] >= ALIKE for one in nonsense) <= 4


def test_one_model_serves_three_languages_at_once() -> None:
    known: list[Example] = []
    asked: list[tuple[str, int]] = []
    for position, language in enumerate(LANGUAGES):
        some, _ = ready(language, 5)
        known += [Example(one.id + 1000 * position, one.features, (one.answer or 0) + 100 * position) for one in some]
        asked += [(text, answer + 100 * position) for text, answer in ready(language, 12, seed=9)[1][:60]]
    assert right(Model.build(known), asked, 3) >= 0.68


# -- a model is its examples -------------------------------------------------------------------------------------------


def test_the_order_of_arrival_leaves_no_trace() -> None:
    known, _ = ready("vi", 3)
    mixed = known[:]
    random.Random(3).shuffle(mixed)
    assert Model.build(mixed).dump() == Model.build(known).dump()


def test_forgetting_is_never_having_known() -> None:
    known, _ = ready("vi", 4)
    person = set(random.Random(5).sample(range(len(known)), 20))
    rest = [one for position, one in enumerate(known) if position not in person]
    secret = Example(9_999, features("mật khẩu tủ đồ của bà ngoại là cá vàng bơi ngược"), 1)
    with_secret = Model.build([*rest, secret])
    assert with_secret.ask("cá vàng bơi ngược của bà ngoại").near
    without = Model.build(rest)
    assert without.dump() == Model.build([one for one in [*rest, secret] if one.id != 9_999]).dump()
    assert not [like for _, like in without.ask("cá vàng bơi ngược của bà ngoại").near if like >= ALIKE]


def test_adding_one_by_one_comes_near_to_building_and_building_again_is_exact() -> None:
    known, _ = ready("en", 6)
    asked = ready("en", 12, seed=9)[1][:200]
    whole = Model.build(known)
    grown = Model.build(known[: len(known) * 4 // 5])
    for example in known[len(known) * 4 // 5 :]:
        grown.add(example)
    assert grown.size == whole.size
    assert grown.newest == whole.newest
    assert right(grown, asked, 3) >= right(whole, asked, 3) - 0.05
    same = [grown.ask(text).near[0][0] == whole.ask(text).near[0][0] for text, _ in asked]
    assert sum(same) / len(same) >= 0.8


def test_what_was_added_is_suggested_at_once() -> None:
    model = Model.build([])
    assert model.ask("how much is shipping").answers == ()
    model.add(Example(1, features("how much is shipping to Hanoi"), 7))
    model.add(Example(2, features("when do you open on sunday"), 8))
    assert model.ask("how much is shipping to Phuket?").answers[0][0] == 7
    assert model.ask("are you open on sunday").answers[0][0] == 8


def test_three_examples_of_three_answers_are_enough_to_speak() -> None:
    taught = {
        1: ("phí ship về Huế bao nhiêu", "ship ra Hà Nội nhiêu tiền", "tiền ship sao vậy shop"),
        2: ("shop mở cửa mấy giờ", "chủ nhật có bán không", "mấy giờ shop đóng cửa"),
        3: ("em muốn đổi size M qua L", "áo chật quá đổi size được không", "đổi cỡ lớn hơn giúp em"),
    }
    known = [
        Example(10 * answer + at, features(text), answer)
        for answer, texts in taught.items()
        for at, text in enumerate(texts)
    ]
    model = Model.build(known)
    for text, answer in (("ship ve Da Nang bao nhieu", 1), ("may gio mo cua vay shop", 2), ("doi size L duoc ko", 3)):
        assert model.ask(text).answers[0][0] == answer
        assert model.ask(text).answers[0][1] >= SPEAK
    assert all(chance < SPEAK for _, chance in model.ask("con mèo nhà em bỏ ăn").answers)


def test_only_the_answers_that_may_be_given() -> None:
    model = built("en", 5)
    best = model.ask("how much is shipping to Hanoi").answers[0][0]
    assert best not in [
        id for id, _ in model.ask("how much is shipping to Hanoi", among=set(range(1, 50)) - {best}).answers
    ]
    assert model.ask("how much is shipping to Hanoi", among=()).answers == ()


# -- kept and read again -----------------------------------------------------------------------------------------------


def test_kept_and_read_again() -> None:
    model = built("th", 5)
    again = Model.load(model.dump())
    assert again.dump() == model.dump()
    for text, _ in ready("th", 12, seed=9)[1][:20]:
        assert again.ask(text) == model.ask(text)


@pytest.mark.parametrize("blob", [b"", b"x", dump({"answers": []}, []), dump({"features": -1, "answers": []}, [])])
def test_what_is_no_model_is_refused(blob: bytes) -> None:
    with pytest.raises(Unreadable):
        Model.load(blob)


def test_a_damaged_model_is_refused() -> None:
    blob = built("en", 5).dump()
    with pytest.raises(Unreadable):
        Model.load(blob[: len(blob) // 2])


def test_many_answers_with_one_example_each() -> None:
    known = [Example(id, features(f"question about thing{id} number{id} please"), id) for id in range(1, 800)]
    model = Model.build(known)
    assert model.ask("question about thing77 number77").near


# -- measuring ---------------------------------------------------------------------------------------------------------


def test_measuring_is_the_same_twice_whatever_the_order() -> None:
    pairs = [(one.text, one.reply) for one in examples("en", 4)]
    ticks = iter(range(10**9))
    first = evaluate(pairs, lambda: float(next(ticks)))
    second = evaluate(pairs[::-1], lambda: float(next(ticks)))
    assert (first.top1, first.top3, first.coverage) == (second.top1, second.top3, second.coverage)
    assert first.examples == len(pairs)
    assert first.answers == WISHES
    assert first.asked == len(pairs)
    assert 0 < first.top1 <= first.top3 <= 1


def test_measuring_needs_something_to_ask() -> None:
    with pytest.raises(ValueError, match="too few"):
        evaluate([("how much", "price")], lambda: 0.0)
