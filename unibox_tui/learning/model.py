"""What is learned of questions and answers, and what it says to a new question.

Two parts share one table of features. A linear judge ranks the *answers* that were given again and again; it needs a few
examples of each and is better than any count of features (benchmarks/suggest.py). Beside it stand the *examples* themselves,
found again by how much of their meaning they share with the question (cosine, rare features weigh more).
The judge ranks; the nearest examples tell whether anything fits at all.

A built model is a function of the set of its examples alone. `add` takes in one more within a millisecond or so, until the
next building; there is no taking out: a model is built without what is to be forgotten.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from typing import Any

from unibox_tui.learning import features as feature_room
from unibox_tui.learning import linear, packed
from unibox_tui.learning.features import features

MOST_EXAMPLES = 20_000  # the newest ones are kept
MOST_OF_ONE = 80  # of one answer, for the judge
MOST_JUDGED = 6_000
MOST_ANSWERS = 400  # the judge tells apart: the ones given most; others are found by their examples
MOST_WEIGHTS = 400_000
_BUDGET = 30_000  # entries looked at to find the nearest ones
_COMMON = 0.2  # what is in more of the examples than this finds none of them
_NONE = 0xFFFF
_NEIGHBOURS = 40
_RANKED = 6
SPEAK = 0.4  # a chance below this is not worth a person's look
ALSO = 0.03  # but beside one that is, others may stand that are less likely
ALIKE = 0.35  # and so is an example less like the question
_NEAR_WEIGHT = 0.1  # of the nearest example beside the judge
_MEANING_WEIGHT = 2.8


@dataclass(frozen=True, slots=True)
class Example:
    """A question's features and the answer it got: `answer` is None when it was written for this one question."""

    id: int
    features: array[int]
    answer: int | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`answers`: (answer, chance that it fits, 0 to 1), best first. `near`: (example id, likeness 0 to 1), nearest first."""

    answers: tuple[tuple[int, float], ...] = ()
    near: tuple[tuple[int, float], ...] = ()


class Model:
    def __init__(self, answers: list[int], ids: array[int], labels: array[int], lengths: array[float], counts: packed.Table,
                 judge: packed.Table, near: packed.Table) -> None:  # fmt: skip
        self.answers = answers
        self._index = {answer: position for position, answer in enumerate(answers)}
        self._ids = ids
        self._labels = labels
        self._lengths = lengths
        self._counts = counts
        self._judge = judge
        self._near = near
        self._built = len(ids)
        self._later: linear.Weights = {}
        self._added: dict[int, list[int]] = {}  # feature -> positions of examples added since

    # -- learning ------------------------------------------------------------------------------------------------------

    @classmethod
    def build(cls, examples: Iterable[Example], *, between: Callable[[], None] | None = None) -> Model:
        """From all examples, whatever their order. Some seconds for thousands; `between` is called now and then."""
        kept = sorted(examples, key=lambda example: example.id)[-MOST_EXAMPLES:]
        counts: dict[int, int] = defaultdict(int)
        for example in kept:
            for feature in example.features:
                counts[feature] += 1
        total = len(kept)
        given = Counter(example.answer for example in kept if example.answer is not None)
        answers = sorted(given, key=lambda answer: (-given[answer], answer))
        index = {answer: position for position, answer in enumerate(answers)}
        weight = {feature: _weight(feature, total, count) for feature, count in counts.items()}
        common = max(_COMMON * total, 20)
        near: dict[int, list[tuple[int]]] = defaultdict(list)
        lengths = array("f")
        for position, example in enumerate(kept):
            lengths.append(math.sqrt(sum(weight[feature] ** 2 for feature in example.features)) or 1.0)
            for feature in example.features:
                if counts[feature] <= common:
                    near[feature].append((position,))
        judged = [
            ([(feature, weight[feature] / lengths[position]) for feature in kept[position].features], index[answer])
            for position, answer in _judged(kept)
            if index[answer] < MOST_ANSWERS
        ]
        weights = linear.train(judged, min(len(answers), MOST_ANSWERS), between=between)
        return cls(
            answers,
            array("q", [example.id for example in kept]),
            array("H", [_NONE if one.answer is None else index[one.answer] for one in kept]),
            lengths,
            packed.Table.of({feature: [(count,)] for feature, count in counts.items()}, "I"),
            _table(weights),
            packed.Table.of(near, "I"),
        )

    def add(self, example: Example) -> None:
        """One more, at once."""
        position = len(self._ids)
        vector = self._vector(example.features)
        for feature in example.features:
            self._added.setdefault(feature, []).append(position)
        label = _NONE
        if example.answer is not None and (example.answer in self._index or len(self.answers) < _NONE):
            if example.answer not in self._index:
                self._index[example.answer] = len(self.answers)
                self.answers.append(example.answer)
            label = self._index[example.answer]
            vector = self._vector(example.features)
            if len(self.answers) > 1 and vector:
                step, wrong = linear.correction(self._scores(vector), label)
                if step:
                    linear.move(self._later, vector, label, wrong, step)
        self._ids.append(example.id)
        self._labels.append(label)
        self._lengths.append(self._length(example.features))

    @property
    def size(self) -> int:
        return len(self._ids)

    @property
    def newest(self) -> int:
        """The highest id of an example in it; 0 for none."""
        return max(self._ids, default=0)

    @property
    def added(self) -> int:
        """How many came since it was built."""
        return len(self._ids) - self._built

    # -- saying --------------------------------------------------------------------------------------------------------

    def ask(self, text: str, *, among: Collection[int] | None = None) -> Verdict:
        """What fits `text`. `among`: the answers that may be given now; None: all that are known."""
        asked = features(text)
        if not asked or not self.size:
            return Verdict()
        near = self._nearest(asked)
        vector = self._vector(asked)
        scores = self._scores(vector)
        nearest: dict[int, float] = {}
        for position, likeness in near:
            label = self._labels[position]
            if label != _NONE:
                nearest.setdefault(label, likeness)
        combined = [
            (score + _NEAR_WEIGHT * nearest.get(position, 0.0), position)
            for position, score in enumerate(scores)
            if among is None or self.answers[position] in among
        ]
        best = nlargest(_RANKED + 1, combined)
        likeness = near[0][1] if near else 0.0
        known = sum(value * value for _, value in vector)
        return Verdict(
            tuple(
                (
                    self.answers[position],
                    chance(score, max((other for other, at in best if at != position), default=0.0), likeness, known),
                )
                for score, position in best[:_RANKED]
            ),
            tuple((self._ids[position], round(like, 4)) for position, like in near),
        )

    def _count(self, feature: int) -> int:
        start, end = self._counts.span(feature)
        return (self._counts.columns[0][start] if start < end else 0) + len(self._added.get(feature, ()))

    def _vector(self, asked: Sequence[int]) -> list[tuple[int, float]]:
        """Of length 1 if all were known; what nobody wrote before weighs as the rarest does, and is missing."""
        length = self._length(asked)
        return [
            (feature, _weight(feature, self.size, count) / length)
            for feature in asked
            if (count := self._count(feature))
        ]

    def _length(self, asked: Sequence[int]) -> float:
        return math.sqrt(sum(_weight(feature, self.size, self._count(feature)) ** 2 for feature in asked)) or 1.0

    def _scores(self, vector: linear.Vector) -> list[float]:
        found = linear.scores(self._later, vector, len(self.answers))
        labels, weights = self._judge.columns
        for feature, value in vector:
            start, end = self._judge.span(feature)
            for at in range(start, end):
                found[labels[at]] += weights[at] * value
        return found

    def _nearest(self, asked: Sequence[int]) -> list[tuple[int, float]]:
        """(position, likeness), nearest first; the rarest features are looked up first, until the budget is spent."""
        length = self._length(asked)
        shared: dict[int, float] = defaultdict(float)
        budget = _BUDGET
        members = self._near.columns[0]
        for count, feature in sorted((self._count(feature), feature) for feature in asked):
            if not count:
                continue
            start, end = self._near.span(feature)
            later = self._added.get(feature, ())
            budget -= end - start + len(later)
            if budget < 0:
                break
            worth = _weight(feature, self.size, count) ** 2
            for position in members[start:end]:
                shared[position] += worth
            for position in later:
                shared[position] += worth
        found = ((worth / (length * self._lengths[position]), position) for position, worth in shared.items())
        return [(position, min(like, 1.0)) for like, position in nlargest(_NEIGHBOURS, found)]

    # -- keeping -------------------------------------------------------------------------------------------------------

    def dump(self) -> bytes:
        """Of a model as it was built; what was added since is in the examples."""
        tables = (self._counts, self._judge, self._near)
        arrays: list[array[Any]] = [self._ids, self._labels, self._lengths]
        for table in tables:
            arrays += [table.keys, table.starts, *table.columns]
        return packed.dump({"features": feature_room.VERSION, "answers": self.answers}, arrays)

    @classmethod
    def load(cls, blob: bytes) -> Model:
        """Raises packed.Unreadable."""
        head, arrays = packed.load(blob)
        if head.get("features") != feature_room.VERSION or len(arrays) != 13:
            raise packed.Unreadable("another version of the features")
        ids, labels, lengths, *rest = arrays
        counts = packed.Table(rest[0], rest[1], [rest[2]])
        judge = packed.Table(rest[3], rest[4], [rest[5], rest[6]])
        near = packed.Table(rest[7], rest[8], [rest[9]])
        return cls(list(head["answers"]), ids, labels, lengths, counts, judge, near)


def chance(score: float, other: float, likeness: float, known: float) -> float:
    """That an answer fits, by its score, the best other one's, the likeness of the nearest example and how much of the
    question was ever seen before. The figures were fitted on made-up questions (benchmarks/suggest.py)."""
    margin = max(min(score - other, 1.0), -1.0)
    return round(
        1 / (1 + math.exp(-(_BASE + _SCORE * score + _MARGIN * margin + _LIKE * likeness + _KNOWN * known))), 4
    )


_BASE, _SCORE, _MARGIN, _LIKE, _KNOWN = -4.03, 3.62, 4.74, 3.58, 0.83


def _weight(feature: int, total: int, count: int) -> float:
    """The rarer, the more; a meaning more than a spelling, of which a word has many."""
    rare = math.log((total + 1.5) / (count + 0.5))
    return rare * _MEANING_WEIGHT if feature < feature_room.MEANINGS else rare


def _judged(kept: Sequence[Example]) -> list[tuple[int, int]]:
    """(position, answer) of what the judge learns from: the newest of each answer, so many in all."""
    taken: dict[int, int] = defaultdict(int)
    found: list[tuple[int, int]] = []
    for position in range(len(kept) - 1, -1, -1):
        answer = kept[position].answer
        if answer is not None and taken[answer] < MOST_OF_ONE and len(found) < MOST_JUDGED:
            taken[answer] += 1
            found.append((position, answer))
    return found[::-1]


def _table(weights: Mapping[int, Mapping[int, float]]) -> packed.Table:
    least = 0.0
    count = sum(len(row) for row in weights.values())
    if count > MOST_WEIGHTS:
        least = nlargest(MOST_WEIGHTS, (abs(value) for row in weights.values() for value in row.values()))[-1]
    rows = {
        feature: [(answer, value) for answer, value in sorted(row.items()) if abs(value) > least]
        for feature, row in weights.items()
    }
    return packed.Table.of({feature: row for feature, row in rows.items() if row}, "Hf")
