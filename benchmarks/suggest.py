"""Suggested answers: how often right, how often silent, how fast; beside the usual simple methods on the same questions.

    python -m benchmarks.suggest [vi th en] [--file FILE.jsonl]

`five`: learned from five questions of each of the 49 wishes. `all`: from four fifths of 2,400. `unheard`: from all but one of
the ways each wish is put in the phrase files, asked in the one left out. The methods beside ours see the plain text in small
letters, as they are usually set up: the centroid and the vector machine pieces of two to four letters with tf-idf, naive Bayes
words and pieces, the nearest neighbour BM25 over the same. `+` are the same methods on our features. "without meanings" is
ours without the list of words that mean the same (`learning/meaning.py`).

Silence: `nonsense` are texts no wish answers, `unknown wish` are questions of every fourth wish after learning without it.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from random import Random
from unittest import mock

from benchmarks.suggest_data import LANGUAGES, Example, examples, others
from unibox_tui.learning import meaning
from unibox_tui.learning.features import features
from unibox_tui.learning.model import ALIKE, SPEAK, Model, Verdict
from unibox_tui.learning.model import Example as Known

Bag = frozenset[object]
Ranker = Callable[[Bag], list[str]]
Data = Sequence[tuple[Bag, str]]


def plain(text: str) -> Bag:
    low = f" {text.lower()} "
    return frozenset(low[at : at + size] for size in (2, 3, 4) for at in range(len(low) - size + 1))


def plain_and_words(text: str) -> Bag:
    return plain(text) | frozenset(("word", word) for word in text.lower().split())


def ours(text: str) -> Bag:
    return frozenset(features(text))


# -- the usual methods -------------------------------------------------------------------------------------------------


def _idf(data: Data) -> dict[object, float]:
    seen = Counter(piece for bag, _ in data for piece in bag)
    return {piece: math.log((len(data) + 1) / (count + 0.5)) for piece, count in seen.items()}


def _vector(bag: Iterable[object], idf: dict[object, float]) -> dict[object, float]:
    found = {piece: idf[piece] for piece in bag if piece in idf}
    length = math.sqrt(sum(value * value for value in found.values())) or 1.0
    return {piece: value / length for piece, value in found.items()}


def _best(scores: dict[str, float]) -> list[str]:
    return [answer for answer, _ in sorted(scores.items(), key=lambda item: (-item[1], item[0]))[:3]]


def centroid(data: Data) -> Ranker:
    idf = _idf(data)
    sums: dict[str, Counter[object]] = defaultdict(Counter)
    for bag, answer in data:
        for piece, value in _vector(bag, idf).items():
            sums[answer][piece] += value
    lengths = {answer: math.sqrt(sum(v * v for v in row.values())) for answer, row in sums.items()}

    def rank(bag: Bag) -> list[str]:
        asked = _vector(bag, idf)
        return _best({
            answer: sum(value * row.get(piece, 0.0) for piece, value in asked.items()) / lengths[answer] for answer, row in sums.items()
        })  # fmt: skip

    return rank


def naive_bayes(data: Data, *, complement: bool = False) -> Ranker:
    counts: dict[str, Counter[object]] = defaultdict(Counter)
    whole: Counter[object] = Counter()
    for bag, answer in data:
        counts[answer].update(bag)
        whole.update(bag)
    totals = {answer: sum(row.values()) for answer, row in counts.items()}
    everything, size, smooth = sum(whole.values()), len(whole), 0.1

    def score(answer: str, known: list[object]) -> float:
        row = counts[answer]
        if complement:
            rest = everything - totals[answer] + smooth * size
            return -sum(math.log((whole[piece] - row.get(piece, 0) + smooth) / rest) for piece in known)
        mine = totals[answer] + smooth * size
        return sum(math.log((row.get(piece, 0) + smooth) / mine) for piece in known)

    def rank(bag: Bag) -> list[str]:
        known = [piece for piece in bag if piece in whole]
        return _best({answer: score(answer, known) for answer in counts})

    return rank


def nearest(data: Data) -> Ranker:
    idf = _idf(data)
    mean = statistics.mean(len(bag) for bag, _ in data)
    holding: dict[object, list[int]] = defaultdict(list)
    for position, (bag, _) in enumerate(data):
        for piece in bag:
            holding[piece].append(position)

    def rank(bag: Bag) -> list[str]:
        shared: dict[int, float] = defaultdict(float)
        for piece in bag:
            for position in holding.get(piece, ()):
                shared[position] += idf[piece] * 2.2 / (1 + 1.2 * (0.25 + 0.75 * len(data[position][0]) / mean))
        votes: dict[str, float] = defaultdict(float)
        for position, score in sorted(shared.items(), key=lambda item: (-item[1], item[0]))[:8]:
            votes[data[position][1]] += score**3
        return _best(votes)

    return rank


def vector_machine(data: Data, passes: int = 6) -> Ranker:
    """Linear, one answer against the rest, by dual coordinate descent."""
    idf = _idf(data)
    vectors = [list(_vector(bag, idf).items()) for bag, _ in data]
    weights: dict[str, dict[object, float]] = {}
    for answer in sorted({answer for _, answer in data}):
        weight: dict[object, float] = defaultdict(float)
        alpha = [0.0] * len(data)
        order = list(range(len(data)))
        shuffle = Random(1)
        for _ in range(passes):
            shuffle.shuffle(order)
            for position in order:
                sign = 1.0 if data[position][1] == answer else -1.0
                vector = vectors[position]
                gradient = sign * sum(value * weight[piece] for piece, value in vector if piece in weight) - 1
                if gradient >= 0 and alpha[position] == 0:
                    continue
                new = min(max(alpha[position] - gradient, 0.0), 1.0)
                step = (new - alpha[position]) * sign
                alpha[position] = new
                if step:
                    for piece, value in vector:
                        weight[piece] += step * value
        weights[answer] = dict(weight)

    def rank(bag: Bag) -> list[str]:
        asked = _vector(bag, idf)
        return _best({
            answer: sum(value * row.get(piece, 0.0) for piece, value in asked.items()) for answer, row in weights.items()
        })  # fmt: skip

    return rank


METHODS: dict[str, tuple[Callable[[Data], Ranker], Callable[[str], Bag]]] = {
    "centroid": (centroid, plain),
    "naive Bayes": (naive_bayes, plain_and_words),
    "naive Bayes, complement": (lambda data: naive_bayes(data, complement=True), plain_and_words),
    "nearest, BM25": (nearest, plain_and_words),
    "vector machine": (vector_machine, plain),
    "centroid +": (centroid, ours),
    "naive Bayes +": (naive_bayes, ours),
    "nearest, BM25 +": (nearest, ours),
    "vector machine +": (vector_machine, ours),
}

# -- the questions -----------------------------------------------------------------------------------------------------


def splits(language: str) -> dict[str, tuple[list[Example], list[Example]]]:
    made = examples(language, 60)
    cut = len(made) * 4 // 5
    taken: Counter[str] = Counter()
    few: list[Example] = []
    for example in made[:cut]:
        if taken[example.reply] < 5:
            taken[example.reply] += 1
            few.append(example)
    last = [one for one in made if one.phrasing == 3]
    return {
        "five": (few, made[cut:]),
        "all": (made[:cut], made[cut:]),
        "unheard": ([one for one in made if one.phrasing != 3], last),
    }


def model_of(learned: Sequence[Example]) -> tuple[Model, dict[int, str]]:
    names = {reply: id for id, reply in enumerate(sorted({one.reply for one in learned}), 1)}
    model = Model.build(Known(id, features(one.text), names[one.reply]) for id, one in enumerate(learned, 1))
    return model, {id: reply for reply, id in names.items()}


def hits(ranked: Iterable[tuple[list[str], str]]) -> tuple[float, float]:
    rows = list(ranked)
    return (
        sum(said[:1] == [answer] for said, answer in rows) / len(rows),
        sum(answer in said for said, answer in rows) / len(rows),
    )


def answered(
    learned: Sequence[Example], asked: Sequence[Example]
) -> tuple[Model, list[tuple[Verdict, list[str], str]]]:
    """The model of the learned, and for each question (verdict, replies said, the right one)."""
    model, names = model_of(learned)
    verdicts = ((model.ask(one.text), one.reply) for one in asked)
    return model, [(verdict, [names[id] for id, _ in verdict.answers[:3]], reply) for verdict, reply in verdicts]


def speaks(verdict: Verdict) -> bool:
    return bool(verdict.answers) and verdict.answers[0][1] >= SPEAK


def share(found: Iterable[bool]) -> float:
    kept = list(found)
    return sum(kept) / max(len(kept), 1)


def compared(language: str, most: int, *, peers: bool) -> None:
    for name, (learned, asked) in splits(language).items():
        asked = asked[:most]
        for method, (train, bag) in METHODS.items() if peers else ():
            rank = train([(bag(one.text), one.reply) for one in learned])
            row(language, name, method, *hits((rank(bag(one.text)), one.reply) for one in asked))
        with mock.patch.object(meaning, "meanings", return_value=set()):
            _, said = answered(learned, asked)
        row(language, name, "OURS, without meanings", *hits((replies, reply) for _, replies, reply in said))
        model, said = answered(learned, asked)
        spoken = [replies[0] == reply for verdict, replies, reply in said if speaks(verdict)]
        nonsense = [model.ask(text) for text in others(language, 200)]
        unknown = set(sorted({one.reply for one in learned})[::4])
        _, strange = answered(
            [one for one in learned if one.reply not in unknown], [one for one in asked if one.reply in unknown]
        )
        row(language, name, "OURS", *hits((replies, reply) for _, replies, reply in said),
            f"speaks {len(spoken) / len(said):.2f}, right then {share(spoken):.2f}; "
            f"to nonsense {share(map(speaks, nonsense)):.3f}, "
            f"past answers {share(bool(v.near) and v.near[0][1] >= ALIKE for v in nonsense):.3f}, "
            f"to an unknown wish {share(speaks(verdict) for verdict, _, _ in strange):.2f}")  # fmt: skip


def speed() -> None:
    """With how much is known: building, the file, loading, asking, adding."""
    made = [one for language in LANGUAGES for one in examples(language, 140)]
    asked = [one.text for language in LANGUAGES for one in examples(language, 2, seed=7)]
    for size in (250, 1_000, 5_000, 20_000):
        learned = Random(2).sample(made, min(size, len(made)))
        start = time.perf_counter()
        model, _ = model_of(learned)
        built = time.perf_counter() - start
        blob = model.dump()
        start = time.perf_counter()
        model = Model.load(blob)
        loaded = time.perf_counter() - start
        times = []
        for text in asked:
            start = time.perf_counter()
            model.ask(text)
            times.append(time.perf_counter() - start)
        times.sort()
        more = [Known(10**6 + id, features(text), 1 + id % 49) for id, text in enumerate(asked[:100])]
        start = time.perf_counter()
        for one in more:
            model.add(one)
        added = (time.perf_counter() - start) / len(more)
        print(f"{len(learned):>7} examples: built in {built:.1f} s, {len(blob) / 1e6:.1f} MB, loaded in {1000 * loaded:.0f} ms, asked "
              f"in {1000 * times[len(times) // 2]:.1f} ms (p95 {1000 * times[int(len(times) * 0.95)]:.1f}), one more {1000 * added:.1f} ms")  # fmt: skip


def row(language: str, split: str, method: str, first: float, three: float, more: str = "") -> None:
    print(f"{language}  {split:<8} {method:<24} {first:.3f}  {three:.3f}  {more}".rstrip(), flush=True)


def main(args: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description="Figures of suggested answers.")
    parser.add_argument("languages", nargs="*", default=LANGUAGES)
    parser.add_argument("--file", type=Path, help='lines {"text", "reply"} to measure instead')
    parser.add_argument("--asked", type=int, default=600, help="at most so many questions of each split")
    parser.add_argument("--ours", action="store_true", help="without the other methods")
    parser.add_argument("--no-speed", action="store_true", help="without the times")
    given = parser.parse_args(args)
    if given.file:
        from unibox_tui.learning.evaluate import evaluate

        rows = [json.loads(line) for line in given.file.read_text("utf-8").splitlines() if line.strip()]
        pairs = [(one["text"], one["reply"]) for one in rows]
        for each in (5, None):
            print(evaluate(pairs, time.perf_counter, each=each))
        return
    print("                                        top-1  top-3")
    for language in given.languages:
        compared(language, given.asked, peers=not given.ours)
    if not given.no_speed:
        speed()


if __name__ == "__main__":
    main(sys.argv[1:])
