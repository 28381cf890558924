"""Lists and search on a large workspace, in this process: the part that no terminal blurs.

The workspace is the tests' seeded one with a realistic vocabulary in place of its few sentences.
"""

from __future__ import annotations

import random
import time
from pathlib import Path

from benchmarks.corpus import Vocabulary, vocabularies

BIG, SMALL = 1_000_000, 20_000
PER_CONVERSATION = 5
NOW = 1_795_000_000_000
FOOT = "help"  # the last thing the first screen writes


def make_store(path: Path, messages: int) -> None:
    """A store of about `messages` messages; one that is there already is left as it is."""
    if path.exists() and path.with_suffix(".ready").exists():
        return
    from tests.support import seed as seeded
    from unibox_tui.store.database import Database

    for old in path.parent.glob(path.name + "*"):
        old.unlink()
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = random.Random(3)
    words = vocabularies()
    sentences = {language: _Sentences(words[language], rng) for language in ("vi", "th", "en")}
    plain = seeded.SENTENCES
    seeded.SENTENCES = sentences  # type: ignore[assignment]
    try:
        with Database(path, checkpoints=True) as db:
            seeded.seed(db, conversations=messages // PER_CONVERSATION, per_conversation=PER_CONVERSATION, now=NOW)
            db.write_now(lambda tx: tx.run("INSERT INTO search (search) VALUES ('optimize')"))
            db.write_now(lambda tx: tx.run("ANALYZE"))
    finally:
        seeded.SENTENCES = plain
    path.with_suffix(".ready").touch()


class _Sentences:
    """Looks like a sequence to `random.choice`; each item is a sentence made anew."""

    def __init__(self, words: Vocabulary, rng: random.Random) -> None:
        self._words, self._rng = words, rng

    def __len__(self) -> int:
        return 1_000

    def __getitem__(self, at: int) -> str:
        return self._words.sentence(self._rng)


def queries(count: int, *, text: bool, seed: int = 5) -> list[str]:
    """Random filters as agents write them; with `text` each has a word besides, common or rare."""
    rng = random.Random(seed)
    words = vocabularies()
    choices = (
        ("status:open", "status:pending", "status:snoozed", "status:resolved", "status:open,pending"),
        ("assignee:me", "assignee:none", "assignee:an", "assignee:binh"),
        ("is:unread", "is:unanswered", "is:draft", "-is:spam", "is:spam"),
        ("label:vip", 'label:"giao thiếu"', "-label:vip"),
        ("channel:zalo", "channel:email", "channel:messenger"),
        ("last>7d", "last<30d", "has:file"),
    )
    made = []
    for _ in range(count):
        parts = [rng.choice(some) for some in rng.sample(choices, rng.randrange(1, 4))]
        if text:
            language = rng.choices(("vi", "th", "en"), (45, 20, 35))[0]
            parts.append(words[language].word(rng))
        elif rng.random() < 0.3:
            parts.append(rng.choice(("sort:wait", "sort:closes", "sort:last")))
        made.append(" ".join(parts))
    return made


def first_pages(path: Path, asked: list[str]) -> list[float]:
    """Seconds for each query's first page of fifty; queries that this workspace cannot answer are left out."""
    from unibox_tui.domain.errors import UniboxError
    from unibox_tui.store.database import Database
    from unibox_tui.views import lists

    taken: list[float] = []
    with Database(path) as db:
        db.read_now(lambda c: lists.page(c, "", me="an", now=NOW))
        for query in asked:
            start = time.perf_counter()
            try:
                db.read_now(lambda c, query=query: lists.page(c, query, me="an", now=NOW, limit=50))
            except UniboxError:
                continue
            taken.append(time.perf_counter() - start)
    if len(taken) < len(asked) * 0.6:
        raise RuntimeError(f"only {len(taken)} of {len(asked)} queries could be asked")
    return taken
