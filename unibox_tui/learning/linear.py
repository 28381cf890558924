"""A linear judge between answers: a vector machine of many classes (Crammer and Singer) by dual coordinate descent.

Each step settles one example against all answers at once: how much it pulls the right one up and which wrong ones down.
Training is a function of the examples in the order given: the same examples give the same judge, bit for bit.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from heapq import nlargest

Vector = Sequence[tuple[int, float]]  # (feature, weight), of length 1
Weights = dict[int, dict[int, float]]  # feature -> answer -> weight

PASSES = 8
MOST_LOOKS = 10_000  # at examples, over all passes: bounds the time of training to some seconds
_RIVALS = 3  # wrong answers looked at in one step, beside those pulled down already
_PULL = 1.0  # of one example at most
_SETTLED = 0.05  # a step below this changes no order
_REST = 3  # passes a settled example is left alone


def train(
    examples: Sequence[tuple[Vector, int]], answers: int, *, between: Callable[[], None] | None = None
) -> Weights:
    """`examples`: (vector, answer from 0 to `answers` - 1). `between` is called now and then, and may raise to stop."""
    weights: Weights = {}
    pulls: list[dict[int, float]] = [{} for _ in examples]
    sizes = [sum(value * value for _, value in vector) for vector, _ in examples]
    order = list(range(len(examples)))
    rests = [0] * len(examples)
    shuffle = random.Random(1)  # noqa: S311 - the same on every machine, not a secret
    looks = 0
    for turn in range(PASSES if answers > 1 else 0):
        if looks >= MOST_LOOKS and turn:
            break
        shuffle.shuffle(order)
        largest = 0.0
        for position in order:
            vector, right = examples[position]
            if rests[position] > turn or not sizes[position] or (looks >= MOST_LOOKS and turn):
                continue
            steps = _settle(scores(weights, vector, answers), right, pulls[position], sizes[position])
            step = max(map(abs, steps.values()), default=0.0)
            largest = max(largest, step)
            if step < _SETTLED:
                rests[position] = turn + _REST
            else:
                _pull(weights, vector, steps)
            looks += 1
            if between is not None and looks % 64 == 0:
                between()
        if largest < _SETTLED and all(rest <= turn + 1 for rest in rests):
            break
    return weights


def _settle(scored: Sequence[float], right: int, pulls: dict[int, float], size: float) -> dict[int, float]:
    """The change of each answer's pull that is best while all else stays; `pulls` is brought up to date.

    Pulls add up to nothing: only the right answer is pulled up, by _PULL at most, and the nearest wrong ones down.
    """
    among = {right, *pulls, *nlargest(_RIVALS, range(len(scored)), key=scored.__getitem__)}
    wanted = {answer: scored[answer] + (answer != right) - size * pulls.get(answer, 0.0) for answer in among}
    ceiling = wanted[right] + size * _PULL
    ordered = sorted([ceiling, *(value for answer, value in wanted.items() if answer != right)], reverse=True)
    level, held = ordered[0] - size * _PULL, 1
    while held < len(ordered) and level < held * ordered[held]:
        level += ordered[held]
        held += 1
    level /= held
    steps: dict[int, float] = {}
    for answer, value in wanted.items():
        if value <= level and answer != right:
            pull = 0.0
        else:
            pull = min(_PULL if answer == right else 0.0, (level - value) / size)
        before = pulls.pop(answer, 0.0)
        if pull:
            pulls[answer] = pull
        if pull != before:
            steps[answer] = pull - before
    return steps


def _pull(weights: Weights, vector: Vector, steps: dict[int, float]) -> None:
    changes = list(steps.items())
    for feature, value in vector:
        row = weights.setdefault(feature, {})
        for answer, step in changes:
            row[answer] = row.get(answer, 0.0) + step * value


def scores(weights: Weights, vector: Vector, answers: int) -> list[float]:
    found = [0.0] * answers
    for feature, value in vector:
        row = weights.get(feature)
        if row:
            for answer, weight in row.items():
                found[answer] += weight * value
    return found


def correction(scored: Sequence[float], right: int) -> tuple[float, int]:
    """For one example more: (how far to move, the likeliest wrong answer of at least two); 0 when the right one leads by
    enough."""
    wrong = max((answer for answer in range(len(scored)) if answer != right), key=scored.__getitem__)
    return min(_PULL, max(0.0, 1.0 - scored[right] + scored[wrong]) / 2), wrong


def move(weights: Weights, vector: Vector, right: int, wrong: int, step: float) -> None:
    _pull(weights, vector, {right: step, wrong: -step})
