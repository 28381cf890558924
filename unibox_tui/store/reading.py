"""One conversation as it is seen: the joined set, a window of its messages, what hangs on them. Reads only.

A join is a pointer; the set of a conversation is its root and everything joined into it, transitively.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence

from unibox_tui.store.database import Row

QUOTED = 240  # characters of an answered message that are worth reading


def marks(values: Collection[object]) -> str:
    """Question marks for an IN list."""
    return ",".join("?" * len(values))


def joined_set(db: sqlite3.Connection, conversation: int) -> tuple[int, ...]:
    """The root first, then all conversations shown inside it. Raises NotFound."""
    from unibox_tui.store import conversations

    return tuple(conversations.members(db, conversations.root(db, conversation)))


def roots(db: sqlite3.Connection, ids: Collection[int]) -> dict[int, int]:
    """conversation -> the one it is shown in (itself when it is not joined)."""
    asked = list(ids)
    rows = db.execute(
        "WITH RECURSIVE up (start, id, parent, depth) AS ("
        f" SELECT id, id, joined_into, 0 FROM conversation WHERE id IN ({marks(asked)})"
        " UNION SELECT up.start, c.id, c.joined_into, up.depth + 1 FROM conversation c JOIN up ON c.id = up.parent"
        " WHERE up.depth < 1000) "
        "SELECT start, id FROM up WHERE parent IS NULL",
        asked,
    )
    found = {row["start"]: row["id"] for row in rows}
    return {conversation: found.get(conversation, conversation) for conversation in asked}


def head(db: sqlite3.Connection, root: int) -> Row:
    """The conversation with its contact (the one it was merged into, if it was) and its owner's shown name.

    A contact without a name goes by the name or address of the identity they wrote from last.
    """
    row: Row = db.execute(
        "WITH RECURSIVE who (id, next, depth) AS ("
        " SELECT t.id, t.merged_into, 0 FROM contact t JOIN conversation c ON c.contact_id = t.id WHERE c.id = :id"
        " UNION SELECT t.id, t.merged_into, who.depth + 1 FROM contact t JOIN who ON t.id = who.next WHERE who.depth < 1000) "
        "SELECT c.*, a.display AS assignee_display, t.id AS person_id, coalesce(nullif(t.name, ''), nullif(d.name, ''), d.address, '') AS person_name, t.title AS person_title, "
        "t.language AS person_language, t.note AS person_note, t.attributes AS person_attributes, "
        "t.first_seen_at AS person_first_seen_at, t.last_seen_at AS person_last_seen_at "
        "FROM conversation c LEFT JOIN agent a ON a.name = c.assignee LEFT JOIN identity d ON d.id = c.last_identity_id "
        "LEFT JOIN contact t ON t.id = (SELECT id FROM who ORDER BY depth DESC LIMIT 1) WHERE c.id = :id",
        {"id": root},
    ).fetchone()
    return row


def extent(db: sqlite3.Connection, ids: Sequence[int]) -> tuple[int, int]:
    """(number of entries, n of the last one or 0), without those taken back."""
    row = db.execute(
        f"SELECT count(*), max(n) FROM message WHERE conversation_id IN ({marks(ids)}) AND state <> 'cancelled'",
        list(ids),
    ).fetchone()
    return int(row[0]), int(row[1] or 0)


def first_unread(db: sqlite3.Connection, ids: Sequence[int], agent: str) -> int | None:
    """n of the first entry after the place where this agent stopped reading; their own and activity do not count.

    The marker of the root holds for everything shown in it, a joined conversation's own marker for that one. An agent
    who never opened any of it begins where the team's shared unread count begins.
    """
    marker = {
        row["conversation_id"]: int(row["n"])
        for row in db.execute(
            f"SELECT conversation_id, n FROM read_marker WHERE agent = ? AND conversation_id IN ({marks(ids)})",
            [agent, *ids],
        )
    }
    if not marker:
        return _first_of_shared(db, ids)
    floor = marker.get(ids[0], min(marker.values()))
    row = db.execute(
        "SELECT min(m.n) FROM message m LEFT JOIN read_marker r ON r.agent = ? AND r.conversation_id = m.conversation_id "
        f"WHERE m.conversation_id IN ({marks(ids)}) AND m.n > ? AND m.n > coalesce(r.n, 0) "
        "AND m.direction <> 'activity' AND m.state <> 'cancelled' AND NOT (m.author_kind = 'agent' AND m.author IS ?)",
        [agent, *ids, floor, agent],
    ).fetchone()
    return None if row[0] is None else int(row[0])


def _first_of_shared(db: sqlite3.Connection, ids: Sequence[int]) -> int | None:
    row = db.execute(
        "SELECT min(n) FROM (SELECT n FROM message "
        f"WHERE conversation_id IN ({marks(ids)}) AND direction = 'in' ORDER BY n DESC "
        f"LIMIT (SELECT sum(unread) FROM conversation WHERE id IN ({marks(ids)})))",
        [*ids, *ids],
    ).fetchone()
    return None if row[0] is None else int(row[0])


def before(db: sqlite3.Connection, ids: Sequence[int], n: int | None, limit: int) -> list[int]:
    """The `limit` entries before `n` (None: the last ones), ascending, without those taken back."""
    below = "" if n is None else "AND n < ?"
    rows = db.execute(
        f"SELECT n FROM message WHERE conversation_id IN ({marks(ids)}) {below} AND state <> 'cancelled' ORDER BY n DESC LIMIT ?",
        [*ids, *([] if n is None else [n]), limit],
    )
    return [int(row[0]) for row in rows][::-1]


def from_(db: sqlite3.Connection, ids: Sequence[int], n: int, limit: int, *, taken_back: bool = False) -> list[int]:
    """The `limit` entries at and after `n`, ascending; with `taken_back` also notes and answers that were."""
    shown = "" if taken_back else "AND state <> 'cancelled'"
    rows = db.execute(
        f"SELECT n FROM message WHERE conversation_id IN ({marks(ids)}) AND n >= ? {shown} ORDER BY n LIMIT ?",
        [*ids, n, limit],
    )
    return [int(row[0]) for row in rows]


def entries(db: sqlite3.Connection, ns: Sequence[int]) -> list[Row]:
    """The messages with everything their one line each needs, ascending."""
    return db.execute(
        "SELECT m.*, b.text, b.hidden_text, b.subject, b.email, b.extra, "
        "i.name AS inbox_name, i.title AS inbox_title, i.channel, "
        "d.address AS identity_address, d.name AS identity_name, t.name AS contact_name, a.display AS agent_display, "
        f"substr(q.text, 1, {QUOTED}) AS quoted_text, q.subject AS quoted_subject, "
        "(SELECT f.name FROM attachment f WHERE f.n = m.answers_n ORDER BY f.position LIMIT 1) AS quoted_file "
        "FROM message m LEFT JOIN message_body b ON b.n = m.n LEFT JOIN inbox i ON i.id = m.inbox_id "
        "LEFT JOIN identity d ON d.id = m.identity_id LEFT JOIN contact t ON t.id = d.contact_id "
        "LEFT JOIN agent a ON m.author_kind = 'agent' AND a.name = m.author "
        "LEFT JOIN message_body q ON q.n = m.answers_n "
        f"WHERE m.n IN ({marks(ns)}) ORDER BY m.n",
        list(ns),
    ).fetchall()


def stickers(db: sqlite3.Connection, ids: Sequence[int], among: int = 1_000) -> list[tuple[int, str, str]]:
    """(inbox, text, extra) of stickers that came in, newest first, among the last messages of these conversations."""
    rows = db.execute(
        "SELECT m.inbox_id, b.text, b.extra FROM message_body b JOIN (SELECT n, inbox_id FROM message "
        f"WHERE conversation_id IN ({marks(ids)}) AND direction = 'in' AND inbox_id IS NOT NULL ORDER BY n DESC LIMIT ?) m USING (n) "
        "WHERE b.extra LIKE '%\"sticker\"%' ORDER BY m.n DESC",
        [*ids, among],
    )
    return [(int(row[0]), str(row[1]), str(row[2])) for row in rows]


def attachments(db: sqlite3.Connection, ns: Sequence[int]) -> dict[int, list[Row]]:
    return _by_n(
        db.execute(f"SELECT * FROM attachment WHERE n IN ({marks(ns)}) ORDER BY n, position, id", list(ns)).fetchall()
    )


def reactions(db: sqlite3.Connection, ns: Sequence[int]) -> dict[int, list[Row]]:
    return _by_n(
        db.execute(f"SELECT * FROM reaction WHERE n IN ({marks(ns)}) ORDER BY n, at, who", list(ns)).fetchall()
    )


def _by_n(rows: list[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(int(row["n"]), []).append(row)
    return found


def labels(db: sqlite3.Connection, ids: Sequence[int]) -> list[Row]:
    """Labels (name, colour) on any of these conversations."""
    return db.execute(
        "SELECT DISTINCT l.id, l.name, l.colour, l.folded FROM conversation_label c JOIN label l ON l.id = c.label_id "
        f"WHERE c.conversation_id IN ({marks(ids)}) ORDER BY l.folded",
        list(ids),
    ).fetchall()


def inboxes(db: sqlite3.Connection, ids: Sequence[int]) -> list[Row]:
    """Every inbox the conversation has travelled over, in the order of last use."""
    return db.execute(
        "SELECT i.id, i.name, i.title, i.channel, max(c.last_at) AS last_at FROM conversation_inbox c "
        f"JOIN inbox i ON i.id = c.inbox_id WHERE c.conversation_id IN ({marks(ids)}) GROUP BY i.id ORDER BY 5, i.id",
        list(ids),
    ).fetchall()


def agents(db: sqlite3.Connection) -> dict[str, str]:
    """account -> shown name."""
    return {row["name"]: row["display"] or row["name"] for row in db.execute("SELECT name, display FROM agent")}
