"""The judge: it parts what can be parted, balances its pulls, and stops when told to."""

from __future__ import annotations

import math
import random

import pytest

from unibox_tui.learning import linear


def drawn(answers: int, each: int, seed: int = 1) -> list[tuple[linear.Vector, int]]:
    """Vectors of length 1: half of their features tell the answer, half tell nothing."""
    rng = random.Random(seed)
    found: list[tuple[linear.Vector, int]] = []
    for answer in range(answers):
        for _ in range(each):
            features = {1000 + 10 * answer + rng.randrange(6) for _ in range(4)} | {
                rng.randrange(300) for _ in range(4)
            }
            found.append(([(feature, 1 / math.sqrt(len(features))) for feature in sorted(features)], answer))
    return found


def best(weights: linear.Weights, vector: linear.Vector, answers: int) -> int:
    scored = linear.scores(weights, vector, answers)
    return max(range(answers), key=scored.__getitem__)


def test_it_parts_what_was_learned_and_what_is_like_it() -> None:
    weights = linear.train(drawn(12, 10), 12)
    for seed, least in ((1, 1.0), (2, 0.9)):
        asked = drawn(12, 10, seed)
        assert sum(best(weights, vector, 12) == answer for vector, answer in asked) >= least * len(asked)


def test_the_same_twice() -> None:
    assert linear.train(drawn(8, 6), 8) == linear.train(drawn(8, 6), 8)


def test_pulls_add_up_to_nothing_and_none_is_too_strong() -> None:
    weights = linear.train(drawn(8, 6), 8)
    for row in weights.values():
        assert sum(row.values()) == pytest.approx(0, abs=1e-9)
    pulls: dict[int, float] = {}
    linear._settle([0.2, 0.9, -0.5, 0.1], 0, pulls, 1.0)
    assert sum(pulls.values()) == pytest.approx(0)
    assert 0 < pulls[0] <= 1
    assert all(pull <= 0 for answer, pull in pulls.items() if answer)
    assert min(pulls, key=pulls.__getitem__) == 1, "the nearest wrong answer is pulled down most"


def test_an_example_that_leads_by_enough_pulls_nothing() -> None:
    pulls: dict[int, float] = {}
    assert linear._settle([1.5, 0.2, 0.4], 0, pulls, 1.0) == {}
    assert pulls == {}


def test_contradictions_end() -> None:
    vector = [(1, 1.0)]
    weights = linear.train([(vector, 0), (vector, 1), (vector, 0)], 2)
    assert best(weights, vector, 2) == 0


@pytest.mark.parametrize("examples", [[], [([], 0), ([], 1)], drawn(1, 3)])
def test_nothing_to_part(examples: list[tuple[linear.Vector, int]]) -> None:
    assert linear.train(examples, min(len(examples), 2) if len(examples) != 3 else 1) == {}


def test_looks_are_bounded_and_it_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    monkeypatch.setattr(linear, "MOST_LOOKS", 130)
    linear.train(drawn(10, 64), 10, between=lambda: calls.append(1))
    assert len(calls) == 10, "each is looked at once, whatever the bound"

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        linear.train(drawn(10, 20), 10, between=stop)
