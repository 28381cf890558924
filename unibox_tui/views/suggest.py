"""What to answer: the canned replies that fit the open question, and how the team answered similar ones before."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from unibox_tui.learning.features import features
from unibox_tui.learning.model import ALIKE, ALSO, SPEAK, Model
from unibox_tui.learning.packed import Unreadable
from unibox_tui.store import conversations, lessons
from unibox_tui.store.database import Row
from unibox_tui.text.language import guess_language
from unibox_tui.text.mask import GAP, mask
from unibox_tui.text.safe import safe

AT_ONCE = 3
UNBUILT = 300  # examples a reader learns itself while the service has not built a model: well under a second
_GROWN = 5  # a fifth is new
_SAME = 0.7  # share of features two answers have in common when one of them is enough
_VARIABLE = re.compile(r"\{[^{}\n]{1,80}\}")


@dataclass(frozen=True, slots=True)
class Offer:
    """A canned reply that may be suggested. `key`: `canned:ID`, `file:SHORTCUT`, or `text:…` of a taught one."""

    key: str
    shortcut: str
    text: str
    title: str = ""
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Fitting:
    """A canned reply that fits. `text` is as it would be sent, None while `missing` names variables that nobody filled."""

    key: str
    shortcut: str
    title: str
    text: str | None
    missing: tuple[str, ...]
    chance: float  # 0 to 1


@dataclass(frozen=True, slots=True)
class Past:
    """How a similar question was answered. `gaps`: places of `text` where another customer's particulars were taken out."""

    message: str
    conversation: int
    text: str
    gaps: int
    likeness: float  # 0 to 1
    sent_at: int
    author: str | None


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Both empty when nothing fits. `question`: the customer's words that were looked at."""

    question: str = ""
    fitting: tuple[Fitting, ...] = ()
    past: tuple[Past, ...] = ()


Fill = Callable[[Offer], tuple[str, tuple[str, ...]]]  # -> (text, variables that could not be filled)


class Learned:
    """The model as this process knows it, read when first asked for and again when it changed. Any thread may ask."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._model: Model | None = None
        self._state: lessons.State | None = None
        self._answers: dict[int, tuple[str, str | None]] = {}

    def ask(
        self, db: sqlite3.Connection, text: str, keys: Iterable[str]
    ) -> tuple[list[tuple[str, float]], list[tuple[int, float]]]:
        """((key, chance) of the answers among `keys` and those taught from files, (example, likeness)); best first."""
        with self._guard:
            model = self._fresh(db)
            wanted = set(keys)
            among = {id for id, (key, taught) in self._answers.items() if key in wanted or taught is not None}
            said = model.ask(text, among=among)
            return [(self._answers[id][0], chance) for id, chance in said.answers], list(said.near)

    def taught(self, key: str) -> str | None:
        """The words of an answer taught from a file."""
        return next((text for known, text in self._answers.values() if known == key), None)

    def _fresh(self, db: sqlite3.Connection) -> Model:
        state = lessons.state(db)
        if self._model is None or state != self._state:
            self._model = _read(db)
            self._state = state
        later = lessons.examples(db, after=self._model.newest)
        for example in later:
            self._model.add(example)
        if not state.built and _GROWN * self._model.added > self._model.size:
            self._model = _read(db)  # small still: learned together they are told apart better
        if later or not self._answers:
            self._answers = lessons.answers(db)
        return self._model


def _read(db: sqlite3.Connection) -> Model:
    data = lessons.model_data(db)
    if data is not None:
        try:
            return Model.load(data)
        except Unreadable:
            pass  # another version wrote it; the service builds a new one
    return Model.build(lessons.examples(db, newest=UNBUILT))


def for_conversation(
    db: sqlite3.Connection, learned: Learned, conversation: int, offers: Sequence[Offer], fill: Fill
) -> Suggestions:
    """For what the customer asked last in this conversation; nothing when we have answered."""
    top = conversations.root(db, conversation)
    row = conversations.get(db, top)
    question = lessons.question_before(db, top, 1 << 62, 1 << 62)
    if question is None:
        return Suggestions()
    return _suggest(db, learned, question.text, offers, fill, top, row["group_name"])


def for_text(db: sqlite3.Connection, learned: Learned, text: str, offers: Sequence[Offer]) -> Suggestions:
    """For any words. Nobody is there whose name could be filled in."""
    return _suggest(db, learned, text, offers, None, None, None)


def _suggest(
    db: sqlite3.Connection,
    learned: Learned,
    text: str,
    offers: Sequence[Offer],
    fill: Fill | None,
    conversation: int | None,
    group: str | None,
) -> Suggestions:
    language = guess_language(text)
    known = {offer.key: offer for offer in offers if language is None or offer.language in (None, "", language)}
    ranked, near = learned.ask(db, text, known)
    fitting: list[Fitting] = []
    least = SPEAK
    for key, chance in ranked:
        offer = known.get(key) or _taught(learned, key)
        if chance < least or offer is None:
            continue
        least = ALSO
        filled, missing = (offer.text, _names(offer.text)) if fill is None else fill(offer)
        missing = tuple(dict.fromkeys((*missing, *_names(filled))))
        if fill is None or not missing:
            clean = None if missing else safe(filled)
            fitting.append(Fitting(key, offer.shortcut, offer.title, clean, missing, chance))
    return Suggestions(safe(text), tuple(fitting[:AT_ONCE]), _past(db, near, conversation, group))


def _taught(learned: Learned, key: str) -> Offer | None:
    text = learned.taught(key)
    return None if text is None else Offer(key, "", text)


def _past(
    db: sqlite3.Connection, near: Sequence[tuple[int, float]], conversation: int | None, group: str | None
) -> tuple[Past, ...]:
    alike = {example: likeness for example, likeness in near if likeness >= ALIKE}
    rows = lessons.past_answers(db, list(alike))
    found: list[Past] = []
    said: list[frozenset[int]] = []
    for example, likeness in alike.items():
        row = rows.get(example)
        if row is None or row["conversation_id"] == conversation or (group and row["group_name"] != group):
            continue
        text, gaps = _masked(row)
        meant = frozenset(features(text))
        if _VARIABLE.search(text) or not text.replace(GAP, "").strip() or any(_same(meant, other) for other in said):
            continue
        said.append(meant)
        found.append(Past(row["id"], row["conversation_id"], safe(text), gaps, likeness, row["sent_at"], row["author"]))
        if len(found) == AT_ONCE:
            break
    return tuple(found)


def _masked(row: Row) -> tuple[str, int]:
    names = [name for name in (row["contact_name"], row["identity_name"]) if name]
    return mask(row["text"], row["region"] or "VN", names)


def _same(one: frozenset[int], other: frozenset[int]) -> bool:
    return len(one & other) >= _SAME * max(len(one | other), 1)


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(match[0].strip("{}") for match in _VARIABLE.finditer(text)))
