"""A linear judge between answers: averaged passive-aggressive updates, each moving the right and the likeliest wrong one.

Training is a function of the examples in the order given: the same examples give the same judge, bit for bit.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

Vector = Sequence[tuple[int, float]]  # (feature, weight), of length 1
Weights = dict[int, dict[int, float]]  # feature -> answer -> weight

PASSES = 5
MOST_LOOKS = 12_000  # examples looked at over all passes: bounds the time of training to some seconds
_STEP = 1.0


def train(
    examples: Sequence[tuple[Vector, int]], answers: int, *, between: Callable[[], None] | None = None
) -> Weights:
    """`examples`: (vector, answer from 0 to `answers` - 1). `between` is called now and then, and may raise to stop."""
    weights: Weights = {}
    late: Weights = {}  # updates weighted by the time they were made, for the average
    passes = max(1, min(PASSES, MOST_LOOKS // max(len(examples), 1)))
    order = list(range(len(examples)))
    shuffle = random.Random(1)  # noqa: S311 - the same on every machine, not a secret
    time = 1
    for _ in range(passes if answers > 1 else 0):
        shuffle.shuffle(order)
        for position in order:
            vector, right = examples[position]
            step, wrong = correction(scores(weights, vector, answers), right)
            if step:
                move(weights, vector, right, wrong, step)
                move(late, vector, right, wrong, step * time)
            time += 1
            if between is not None and time % 64 == 0:
                between()
    return {
        feature: {answer: weight - late[feature][answer] / time for answer, weight in row.items()}
        for feature, row in weights.items()
    }


def scores(weights: Weights, vector: Vector, answers: int) -> list[float]:
    found = [0.0] * answers
    for feature, value in vector:
        row = weights.get(feature)
        if row:
            for answer, weight in row.items():
                found[answer] += weight * value
    return found


def correction(scored: Sequence[float], right: int) -> tuple[float, int]:
    """(how far to move, the likeliest wrong answer of at least two); 0 when the right one leads by enough."""
    wrong = max((answer for answer in range(len(scored)) if answer != right), key=scored.__getitem__)
    return min(_STEP, max(0.0, 1.0 - scored[right] + scored[wrong]) / 2), wrong


def move(weights: Weights, vector: Vector, right: int, wrong: int, step: float) -> None:
    for feature, value in vector:
        row = weights.setdefault(feature, {})
        row[right] = row.get(right, 0.0) + step * value
        row[wrong] = row.get(wrong, 0.0) - step * value
