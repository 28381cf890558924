"""What an older version of unibox learned, made to fit this one: questions are read again where their messages are here.

What was taught from a file holds no words to read again: it is learned from as it is, until the file is taught once more.
"""

from __future__ import annotations

from unibox_tui.learning import features as feature_room
from unibox_tui.learning.features import features
from unibox_tui.learning.model import Model
from unibox_tui.learning.packed import Unreadable
from unibox_tui.store import lessons
from unibox_tui.store.database import Tx


def renew(tx: Tx, below: int, limit: int) -> int:
    """Read the questions of so many outdated examples with ids below `below` again, the newest first; returns the lowest of
    their ids, 0 when none is left.

    One whose question is gone goes too. The built model goes with the first of them.
    """
    rows = tx.all(
        "SELECT e.id, e.answer_n, m.conversation_id, m.sent_at FROM suggest_example e JOIN message m ON m.n = e.answer_n "
        "WHERE e.id < :below AND e.version < :version ORDER BY e.id DESC LIMIT :limit",
        below=below,
        version=feature_room.VERSION,
        limit=limit,
    )
    for row in rows:
        question = lessons.question_before(tx.db, row["conversation_id"], row["answer_n"], row["sent_at"])
        found = features(question.text) if question else None
        if not found:
            tx.run("DELETE FROM suggest_example WHERE id = :id", id=row["id"])
            continue
        tx.run(
            "UPDATE suggest_example SET features = :features, version = :version WHERE id = :id",
            features=lessons.stored(found),
            version=feature_room.VERSION,
            id=row["id"],
        )
    if rows:
        _drop_model(tx)
    return int(rows[-1]["id"]) if rows else 0


def drop_unreadable(tx: Tx) -> bool:
    """Whether a built model was there that this version or machine cannot read; it is gone, and is to be built again."""
    data = lessons.model_data(tx.db)
    if data is None:
        return False
    try:
        Model.load(data)
    except Unreadable:
        _drop_model(tx)
        return True
    return False


def _drop_model(tx: Tx) -> None:
    tx.run("UPDATE suggest_model SET generation = generation + 1, data = NULL, upto = 0, size = 0 WHERE id = 1")
