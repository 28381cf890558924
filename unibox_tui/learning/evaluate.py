"""How good suggestions are on questions whose answer is known: what was held back is asked for."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zlib import crc32

from unibox_tui.learning.features import features
from unibox_tui.learning.model import SPEAK, Example, Model

FOLDS = 5
ONE_FOLD_FROM = 3_000  # examples; above it a fifth is held back once instead of each fifth in turn


@dataclass(frozen=True, slots=True)
class Report:
    """Shares from 0 to 1, times in milliseconds. `coverage`: how often something was suggested at all; `precision`: how
    often the first was right then. `top1` and `top3` count every question, suggested or not."""

    examples: int
    answers: int
    asked: int
    top1: float
    top3: float
    coverage: float
    precision: float
    build_ms: float  # one model of all that is learned from
    add_ms: float  # one example more
    ask_p50_ms: float
    ask_p95_ms: float


def evaluate(pairs: Sequence[tuple[str, str]], clock: Callable[[], float], *, each: int | None = None) -> Report:
    """Of (question, answer) pairs. `each`: learn from so many of every answer and ask the rest, else in five folds.

    The same pairs give the same shares. Raises ValueError when nothing is left to learn from or to ask.
    """
    kept = sorted(set(pairs), key=lambda pair: (crc32(pair[0].encode("utf-8", "replace")), pair))
    names = {answer: id for id, answer in enumerate(sorted({answer for _, answer in kept}), 1)}
    ready = [Example(position, features(text), names[answer]) for position, (text, answer) in enumerate(kept, 1)]
    splits = _few(ready, each) if each else _folds(ready)
    ranks: list[int] = []
    spoken: list[bool] = []
    build: list[float] = []
    ask: list[float] = []
    for learned, held in splits:
        if not learned or not held:
            raise ValueError("too few examples: some to learn from and some to ask are needed")
        start = clock()
        model = Model.build(learned)
        build.append(clock() - start)
        for example in held:
            start = clock()
            said = model.ask(kept[example.id - 1][0]).answers
            ask.append(clock() - start)
            ranks.append(next((rank for rank, (answer, _) in enumerate(said) if answer == example.answer), 99))
            if said and said[0][1] >= SPEAK:
                spoken.append(ranks[-1] == 0)
    start = clock()
    for example in held[:100]:
        model.add(example)
    add = (clock() - start) / len(held[:100])
    return Report(
        examples=len(kept),
        answers=len(names),
        asked=len(ranks),
        top1=sum(rank == 0 for rank in ranks) / len(ranks),
        top3=sum(rank < 3 for rank in ranks) / len(ranks),
        coverage=len(spoken) / len(ranks),
        precision=sum(spoken) / len(spoken) if spoken else 0.0,
        build_ms=1000 * statistics.mean(build),
        add_ms=1000 * add,
        ask_p50_ms=1000 * statistics.median(ask),
        ask_p95_ms=1000 * sorted(ask)[int(0.95 * (len(ask) - 1))],
    )


def _folds(ready: Sequence[Example]) -> list[tuple[list[Example], list[Example]]]:
    folds = FOLDS if len(ready) < ONE_FOLD_FROM else 1
    return [
        (
            [one for position, one in enumerate(ready) if position % FOLDS != fold],
            [one for position, one in enumerate(ready) if position % FOLDS == fold],
        )
        for fold in range(folds)
    ]


def _few(ready: Sequence[Example], each: int) -> list[tuple[list[Example], list[Example]]]:
    taken: Counter[int | None] = Counter()
    learned: list[Example] = []
    held: list[Example] = []
    for example in ready:
        taken[example.answer] += 1
        (learned if taken[example.answer] <= each else held).append(example)
    return [(learned, held)]
