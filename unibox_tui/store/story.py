"""A customer's whole life as a list of message numbers: all their conversations over all channels, read from any place.

Each page costs one look into the thread index for each conversation and no more rows than it can use, however long the
conversations are. Reads only.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from heapq import heappush, heappushpop, merge

from unibox_tui.domain.query import Words
from unibox_tui.store import search
from unibox_tui.store.database import Row
from unibox_tui.store.reading import marks

TOKENS = 100  # conversations a search of words is narrowed to at once
END = (1 << 62) - 1


def parts(db: sqlite3.Connection, contact: int) -> list[Row]:
    """Their conversations, last used first: id, top (the one of theirs it is shown in), subject, snippet, status, last_at,
    last_n, channel. `contact` is who they are now; each conversation is in the story of one contact."""
    return db.execute(
        "WITH RECURSIVE part (id, top) AS ("
        " SELECT id, id FROM conversation WHERE contact_id = :contact AND joined_into IS NULL"
        " UNION SELECT c.id, part.top FROM conversation c JOIN part ON c.joined_into = part.id "
        " WHERE c.contact_id = :contact), "
        "elsewhere (id) AS (SELECT id FROM conversation WHERE contact_id = :contact EXCEPT SELECT id FROM part) "
        "SELECT c.id, part.top, c.subject, c.snippet, c.status, c.last_at, c.last_n, i.channel FROM part "
        "JOIN conversation c ON c.id = part.id LEFT JOIN inbox i ON i.id = c.last_inbox_id "
        "UNION ALL SELECT c.id, c.id, c.subject, c.snippet, c.status, c.last_at, c.last_n, i.channel FROM elsewhere "
        "JOIN conversation c ON c.id = elsewhere.id LEFT JOIN inbox i ON i.id = c.last_inbox_id "
        "ORDER BY 7 DESC, 1 DESC",
        {"contact": contact},
    ).fetchall()


def newest_elsewhere(db: sqlite3.Connection, contact: int, conversation: int) -> list[Row]:
    """(id, group_name): of each other brand the conversation with this contact that was used last, open ones before resolved
    ones; the brand used last first."""
    rows = db.execute(
        "SELECT id, group_name, last_at, row_number() OVER (PARTITION BY group_name ORDER BY status = 'resolved', last_at DESC, "
        "id DESC) AS place, max(last_at) OVER (PARTITION BY group_name) AS used FROM conversation WHERE contact_id = :contact "
        "AND joined_into IS NULL AND spam = 0 AND group_name <> (SELECT group_name FROM conversation WHERE id = :id)",
        {"contact": contact, "id": conversation},
    ).fetchall()
    return sorted((row for row in rows if row["place"] == 1), key=lambda row: (-row["used"], row["group_name"]))


def guests(db: sqlite3.Connection, ids: Sequence[int], top: int) -> list[Row]:
    """Rows as of `parts` for conversations that are shown in `top` although they are another customer's."""
    return db.execute(
        "SELECT c.id, ? AS top, c.subject, c.snippet, c.status, c.last_at, c.last_n, i.channel FROM conversation c "
        f"LEFT JOIN inbox i ON i.id = c.last_inbox_id WHERE c.id IN ({marks(ids)})",
        [top, *ids],
    ).fetchall()


def inboxes(db: sqlite3.Connection, ids: Sequence[int]) -> list[Row]:
    """Every inbox these conversations went over (id, name, title, channel), last used last."""
    return db.execute(
        "SELECT i.id, i.name, i.title, i.channel, max(c.last_at) AS last_at FROM conversation_inbox c "
        f"JOIN inbox i ON i.id = c.inbox_id WHERE c.conversation_id IN ({marks(ids)}) GROUP BY i.id ORDER BY 5, i.id",
        list(ids),
    ).fetchall()


def before(
    db: sqlite3.Connection, ids: Sequence[int], n: int | None, limit: int, through: Sequence[int] | None = None
) -> list[int]:
    """The `limit` entries before `n` (None: the last ones), ascending; `through`: only of these inboxes."""
    end = END if n is None else n
    narrow = "" if through is None else f"AND inbox_id IN ({marks(through)}) "
    sql = (
        "SELECT n FROM message WHERE conversation_id = ? AND n < ? AND n > ? "
        f"{narrow}AND state <> 'cancelled' ORDER BY n DESC LIMIT ?"
    )
    best: list[int] = []
    for id in ids:
        floor = best[0] if len(best) == limit else -1
        for (found,) in db.execute(sql, [id, end, floor, *(through or ()), limit]):
            if len(best) < limit:
                heappush(best, found)
            elif found > best[0]:
                heappushpop(best, found)
            else:
                break
    return sorted(best)


def from_(
    db: sqlite3.Connection, ids: Sequence[int], n: int, limit: int, through: Sequence[int] | None = None
) -> list[int]:
    """The `limit` entries at and after `n`, ascending."""
    narrow = "" if through is None else f"AND inbox_id IN ({marks(through)}) "
    sql = (
        "SELECT n FROM message WHERE conversation_id = ? AND n >= ? AND n < ? "
        f"{narrow}AND state <> 'cancelled' ORDER BY n LIMIT ?"
    )
    best: list[int] = []  # negative: the heap's first is the latest
    for id in ids:
        end = -best[0] if len(best) == limit else END
        for (found,) in db.execute(sql, [id, n, end, *(through or ()), limit]):
            if len(best) < limit:
                heappush(best, -found)
            elif found < -best[0]:
                heappushpop(best, -found)
            else:
                break
    return sorted(-found for found in best)


def hits(
    db: sqlite3.Connection,
    ids: Sequence[int],
    words: Words,
    *,
    before: int | None = None,
    through: Sequence[int] | None = None,
) -> Iterator[int]:
    """The messages that hold the words, newest first. Raises WrongUse when there is nothing to look up."""
    own, inboxes_ = set(ids), None if through is None else set(through)
    for n in _hits(db, ids, words, before):
        row = db.execute(
            "SELECT conversation_id, inbox_id FROM message WHERE n = :n AND state <> 'cancelled'", {"n": n}
        ).fetchone()
        if row is not None and row[0] in own and (inboxes_ is None or row[1] in inboxes_):
            yield n


def _hits(db: sqlite3.Connection, ids: Sequence[int], words: Words, before: int | None) -> Iterable[int]:
    """Newest first. A message that moved is found under the conversation it was born in."""
    moved = db.execute(
        f"SELECT DISTINCT born_in FROM message WHERE conversation_id IN ({marks(ids)}) AND born_in <> conversation_id",
        list(ids),
    )
    born = list(dict.fromkeys([*ids, *(int(row[0]) for row in moved)]))
    chunks = (born[start : start + TOKENS] for start in range(0, len(born), TOKENS))
    return merge(*(search.hits(db, words, before=before, born_in=chunk) for chunk in chunks), reverse=True)
