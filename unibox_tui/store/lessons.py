"""What suggested answers are learned from: questions as features, the answers they got, and the model built of them.

An example goes when one of its messages is erased, changed or taken back (triggers see to it), and the built model with it.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import sys
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unibox_tui.learning import features as feature_room
from unibox_tui.learning import matching
from unibox_tui.learning.features import features
from unibox_tui.learning.model import MOST_EXAMPLES, Example, Model
from unibox_tui.store import conversations
from unibox_tui.store.database import Row, Tx
from unibox_tui.text.filling import readings

_QUESTION_MESSAGES = 3
_QUESTION_ENOUGH = 60  # characters: a longer last message is the whole question
_ONE_ANSWER_MS = 180_000  # what we write within this time is one answer in several bubbles
_AT_ONCE = 500
_FORM = "\0"  # parts the key of a stored answer from the number of one of its forms


@dataclass(frozen=True, slots=True)
class Question:
    """The customer's messages one answer of ours answers: their numbers, and their words together."""

    ns: tuple[int, ...]
    text: str


@dataclass(frozen=True, slots=True)
class State:
    """Which model is there: compare two of them to know whether to read again."""

    generation: int
    upto: int
    size: int
    built: bool


# -- learning ----------------------------------------------------------------------------------------------------------


def learn_reply(tx: Tx, answer_n: int, stored: Mapping[str, str]) -> bool:
    """Learn from one answer of a person of ours. `stored`: key -> text of the canned replies there are.

    False when there is nothing to learn: no question before it, a machine's answer, spam, too few words.
    """
    row = tx.one(
        "SELECT m.conversation_id, m.sent_at, m.author_kind, m.automatic, m.state, m.direction, b.text, c.group_name, c.spam "
        "FROM message m JOIN message_body b ON b.n = m.n JOIN conversation c ON c.id = m.conversation_id WHERE m.n = :n",
        n=answer_n,
    )
    if row is None or row["direction"] != "out" or row["author_kind"] != "agent":
        return False
    if row["automatic"] or row["spam"] or row["state"] == "cancelled":
        return False
    key = matching.used(row["text"], stored)
    key = key if key is None else key.partition(_FORM)[0]
    if key is None and matching.too_short(row["text"]):
        return False
    question = question_before(tx.db, row["conversation_id"], answer_n, row["sent_at"])
    if question is None:
        return False
    answer = None if key is None else answer_id(tx, key)
    return _add(tx, f"n:{answer_n}", question.text, answer, answer_n, row["group_name"], (*question.ns, answer_n))


def teach(tx: Tx, text: str, key: str, answer_text: str | None = None) -> bool:
    """Learn that the answer `key` fits `text`; False when that is known, or `text` holds no words."""
    digest = hashlib.sha256(f"{key}\0{' '.join(text.split())}".encode("utf-8", "replace")).hexdigest()[:32]
    return _add(tx, f"file:{digest}", text, answer_id(tx, key, answer_text), None, None, ())


def key_of_text(text: str) -> str:
    """The key of an answer that is no canned reply."""
    return "text:" + hashlib.sha256(" ".join(text.split()).encode("utf-8", "replace")).hexdigest()[:32]


def answer_id(tx: Tx, key: str, text: str | None = None) -> int:
    known = tx.value("SELECT id FROM suggest_answer WHERE key = :key", key=key)
    if known is not None:
        return int(known)
    id = tx.next_number("suggest_answer")
    tx.run("INSERT INTO suggest_answer (id, key, text) VALUES (:id, :key, :text)", id=id, key=key, text=text)
    return id


def _add(
    tx: Tx, key: str, text: str, answer: int | None, answer_n: int | None, group: str | None, sources: Sequence[int]
) -> bool:
    found = features(text)
    known = tx.one("SELECT id, version FROM suggest_example WHERE key = :key", key=key)
    if not found or (known is not None and known["version"] >= feature_room.VERSION):
        return False
    if known is not None:  # of an older version of the features
        tx.run("DELETE FROM suggest_example WHERE id = :id", id=known["id"])
    id = tx.next_number("suggest_example")
    tx.run(
        "INSERT INTO suggest_example (id, key, answer_id, answer_n, group_name, features, version) "
        "VALUES (:id, :key, :answer, :n, :group, :features, :version)",
        id=id,
        key=key,
        answer=answer,
        n=answer_n,
        group=group,
        features=stored(found),
        version=feature_room.VERSION,
    )
    tx.many("INSERT INTO suggest_source (n, example_id) VALUES (:n, :id)", [{"n": n, "id": id} for n in sources])
    return True


def question_before(db: sqlite3.Connection, conversation: int, n: int, at: int) -> Question | None:
    """What the customer asked before our message `n` of time `at`; both beyond all: what waits for an answer now."""
    ids = conversations.members(db, conversations.root(db, conversation))
    marks = ",".join(str(id) for id in ids)
    rows = db.execute(
        "SELECT m.n, m.direction, m.sent_at, b.text, b.subject FROM message m JOIN message_body b ON b.n = m.n "
        f"WHERE m.conversation_id IN ({marks}) AND m.n < :n AND m.direction IN ('in', 'out') AND m.automatic = 0 "
        "AND m.unsent_at IS NULL AND m.state <> 'cancelled' ORDER BY m.n DESC LIMIT 12",
        {"n": n},
    ).fetchall()
    asked: list[Row] = []
    for row in rows:
        if row["direction"] == "out":
            if asked or at - row["sent_at"] > _ONE_ANSWER_MS:
                break
            continue
        if row["text"].strip() or row["subject"].strip():
            asked.append(row)
        if len(asked) == _QUESTION_MESSAGES or sum(len(one["text"]) for one in asked) >= _QUESTION_ENOUGH:
            break
    if not asked:
        return None
    asked.reverse()
    words = [f"{row['subject']}\n{row['text']}" if row["subject"] else row["text"] for row in asked]
    return Question(tuple(int(row["n"]) for row in asked), "\n".join(words))


# -- what the learner follows ------------------------------------------------------------------------------------------


def answers_since(db: sqlite3.Connection, seq: int, limit: int) -> list[tuple[int, int | None]]:
    """(seq, number of the message an agent wrote, None for other events), in order; a slice of the log without holes."""
    rows = db.execute(
        "SELECT seq, CASE WHEN kind IN ('message.written', 'message.retried') AND actor_kind = 'agent' THEN message_n END "
        "FROM event WHERE seq > :seq ORDER BY seq LIMIT :limit",
        {"seq": seq, "limit": limit},
    )
    return [(int(row[0]), None if row[1] is None else int(row[1])) for row in rows]


def answers_after(db: sqlite3.Connection, n: int, limit: int) -> list[int]:
    """Numbers of messages people of ours wrote, imported ones too, ascending."""
    rows = db.execute(
        "SELECT n FROM message WHERE n > :n AND direction = 'out' AND author_kind = 'agent' ORDER BY n LIMIT :limit",
        {"n": n, "limit": limit},
    )
    return [int(row[0]) for row in rows]


def canned_texts(db: sqlite3.Connection) -> dict[str, str]:
    """key -> text of the canned replies in the store; every form an answer made of one may have, see `form_keys`."""
    found: dict[str, str] = {}
    for id, text, variants in db.execute("SELECT id, text, variants FROM canned"):
        found |= form_keys(f"canned:{id}", (text, *json.loads(variants).values()))
    return found


def form_keys(key: str, texts: Sequence[str]) -> dict[str, str]:
    """The forms a stored answer may be sent in, the first under `key` and the others under `key` and a number."""
    forms = dict.fromkeys(form for text in texts for form in readings(text))
    return {key if not n else f"{key}{_FORM}{n}": form for n, form in enumerate(forms)}


# -- the model ---------------------------------------------------------------------------------------------------------


def state(db: sqlite3.Connection) -> State:
    row = db.execute("SELECT generation, upto, size, data IS NOT NULL FROM suggest_model WHERE id = 1").fetchone()
    return State(int(row[0]), int(row[1]), int(row[2]), bool(row[3]))


def model_data(db: sqlite3.Connection) -> bytes | None:
    row = db.execute("SELECT data FROM suggest_model WHERE id = 1").fetchone()
    return None if row[0] is None else bytes(row[0])


def keep_model(tx: Tx, model: Model, generation: int) -> bool:
    """False when examples have gone since `generation`, so that it must be built again."""
    return bool(
        tx.run(
            "UPDATE suggest_model SET data = :data, upto = :upto, size = :size, built_at = :now "
            "WHERE id = 1 AND generation = :generation",
            data=model.dump(),
            upto=model.newest,
            size=model.size,
            now=tx.now,
            generation=generation,
        )
    )


def examples(db: sqlite3.Connection, *, after: int = 0, newest: int = MOST_EXAMPLES) -> list[Example]:
    """The `newest` ones with an id above `after`, ascending."""
    rows = db.execute(
        "SELECT id, answer_id, features FROM suggest_example WHERE id > :after AND version >= :oldest "
        "ORDER BY id DESC LIMIT :newest",
        {"after": after, "oldest": feature_room.OLDEST, "newest": newest},
    ).fetchall()
    return [Example(int(row[0]), _numbers(row[2]), None if row[1] is None else int(row[1])) for row in reversed(rows)]


def count_after(db: sqlite3.Connection, id: int) -> int:
    row = db.execute(
        "SELECT count(*) FROM suggest_example WHERE id > :id AND version >= :oldest",
        {"id": id, "oldest": feature_room.OLDEST},
    ).fetchone()
    return int(row[0])


def trim(tx: Tx, keep: int = MOST_EXAMPLES) -> int:
    """Drop the oldest beyond `keep`; returns how many. The model has to be built again when there were any."""
    return tx.run(
        "DELETE FROM suggest_example WHERE id <= (SELECT id FROM suggest_example ORDER BY id DESC LIMIT 1 OFFSET :keep)",
        keep=keep,
    )


def answers(db: sqlite3.Connection) -> dict[int, tuple[str, str | None]]:
    """id -> (key, text of those that are no canned replies)."""
    return {int(row[0]): (row[1], row[2]) for row in db.execute("SELECT id, key, text FROM suggest_answer")}


def past_answers(db: sqlite3.Connection, example_ids: Sequence[int]) -> dict[int, Row]:
    """example id -> our message: n, id, text, sent_at, author, conversation_id, group_name, region, name of the contact
    and of the identity it went to. Only answers that left, to nobody's spam."""
    found: dict[int, Row] = {}
    for start in range(0, len(example_ids), _AT_ONCE):
        marks = ",".join(str(int(id)) for id in example_ids[start : start + _AT_ONCE])
        rows = db.execute(
            "SELECT e.id AS example, m.n, m.id, b.text, m.sent_at, m.author, m.conversation_id, e.group_name, "
            "i.region, k.name AS contact_name, p.name AS identity_name FROM suggest_example e "
            "JOIN message m ON m.n = e.answer_n JOIN message_body b ON b.n = m.n "
            "JOIN conversation c ON c.id = m.conversation_id JOIN contact k ON k.id = c.contact_id "
            "LEFT JOIN inbox i ON i.id = m.inbox_id LEFT JOIN identity p ON p.id = m.identity_id "
            f"WHERE e.id IN ({marks}) AND e.answer_id IS NULL AND c.spam = 0 AND m.unsent_at IS NULL "
            "AND m.state NOT IN ('cancelled', 'failed')"
        )
        found.update((int(row["example"]), row) for row in rows)
    return found


# -- forgetting --------------------------------------------------------------------------------------------------------


def forget(tx: Tx, *, messages: Sequence[int] = (), identities: Sequence[int] = ()) -> int:
    """Take out every example made of these messages, or of messages from or to these identities; returns how many.

    The built model goes with them: nothing of it is left until it is built anew of what remains.
    """
    gone = 0
    for start in range(0, len(messages), _AT_ONCE):
        marks = ",".join(str(int(n)) for n in messages[start : start + _AT_ONCE])
        gone += tx.run(
            f"DELETE FROM suggest_example WHERE id IN (SELECT example_id FROM suggest_source WHERE n IN ({marks}))"
        )
    for start in range(0, len(identities), _AT_ONCE):
        marks = ",".join(str(int(id)) for id in identities[start : start + _AT_ONCE])
        gone += tx.run(
            "DELETE FROM suggest_example WHERE id IN (SELECT s.example_id FROM message m JOIN suggest_source s ON s.n = m.n "
            f"WHERE m.identity_id IN ({marks}))"
        )
    return gone


def forget_taught(tx: Tx) -> int:
    """Take out everything taught from files; returns how many examples."""
    gone = tx.run("DELETE FROM suggest_example WHERE key >= 'file:' AND key < 'file;'")
    tx.run(
        "DELETE FROM suggest_answer WHERE text IS NOT NULL AND id NOT IN "
        "(SELECT answer_id FROM suggest_example WHERE answer_id IS NOT NULL)"
    )
    return gone


def stored(features: array[int]) -> bytes:
    """As the column `features` holds them."""
    return _little(features).tobytes()


def _little(numbers: array[int]) -> array[int]:
    """As stored, or back: the same file may be read on another kind of machine."""
    if sys.byteorder == "little":
        return numbers
    turned = array("I", numbers)
    turned.byteswap()
    return turned


def _numbers(blob: bytes) -> array[int]:
    return _little(array("I", blob))
