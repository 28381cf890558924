"""What a row of the conversation list shows, read for the few ids of a page, and the names queries are completed with."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from unibox_tui.store.database import Row
from unibox_tui.store.filters import PERSON
from unibox_tui.store.reading import marks


class Around(NamedTuple):
    """What hangs on the conversations of a page; keys are conversation ids."""

    labels: dict[int, list[tuple[str, str]]]
    looking: dict[int, list[str]]
    typing: dict[int, list[str]]


def last_messages(db: sqlite3.Connection, ids: Sequence[int]) -> list[int]:
    """`n` of the newest message with words in each of these (shown) conversations."""
    rows = db.execute(
        f"WITH RECURSIVE member(top, id) AS (SELECT id, id FROM conversation WHERE id IN ({marks(ids)}) UNION "
        "SELECT member.top, j.id FROM member CROSS JOIN conversation j WHERE j.joined_into = member.id) "
        "SELECT max((SELECT max(m.n) FROM message m WHERE m.conversation_id = member.id AND m.direction <> 'activity')) "
        "FROM member GROUP BY top",
        list(ids),
    )
    return [int(row[0]) for row in rows if row[0] is not None]


def wide(db: sqlite3.Connection, ids: Sequence[int], me: str) -> dict[int, Row]:
    """The conversations with the customer's name, the last inbox, the owner's shown name and whether `me` has a draft."""
    rows = db.execute(
        f"SELECT c.*, p.name AS person_name, d.name AS identity_name, d.address AS identity_address, i.channel, "
        "coalesce(nullif(i.title, ''), i.name) AS inbox_title, "
        f"coalesce(nullif(a.display, ''), a.name, c.assignee) AS owner, "
        "EXISTS (SELECT 1 FROM draft f WHERE f.agent = ? AND f.conversation_id = c.id AND f.text <> '') AS draft "
        f"FROM conversation c LEFT JOIN contact p ON p.id = {PERSON} "
        "LEFT JOIN identity d ON d.id = c.last_identity_id LEFT JOIN inbox i ON i.id = c.last_inbox_id "
        f"LEFT JOIN agent a ON a.name = c.assignee WHERE c.id IN ({marks(ids)})",
        [me, *ids],
    )
    return {row["id"]: row for row in rows}


def around(db: sqlite3.Connection, ids: Sequence[int], me: str, since: int) -> Around:
    """Labels by name, and the colleagues seen there at or after `since` (ms)."""
    labels: dict[int, list[tuple[str, str]]] = {}
    for row in db.execute(
        "SELECT l.conversation_id, b.name, b.colour FROM conversation_label l JOIN label b ON b.id = l.label_id "
        f"WHERE l.conversation_id IN ({marks(ids)}) ORDER BY b.folded",
        list(ids),
    ):
        labels.setdefault(row[0], []).append((row[1], row[2]))
    looking: dict[int, list[str]] = {}
    typing: dict[int, list[str]] = {}
    for row in db.execute(
        "SELECT DISTINCT p.conversation_id, coalesce(nullif(a.display, ''), p.agent), p.doing FROM presence p "
        f"LEFT JOIN agent a ON a.name = p.agent WHERE p.conversation_id IN ({marks(ids)}) AND p.at >= ? "
        "AND p.agent <> ? AND p.doing <> 'idle' ORDER BY 2",
        [*ids, since, me],
    ):
        (typing if row[2] == "typing" else looking).setdefault(row[0], []).append(row[1])
    return Around(labels, looking, typing)


def bodies(db: sqlite3.Connection, ns: Sequence[int]) -> dict[int, Row]:
    """Messages with their words, for the hits of a search."""
    rows = db.execute(
        "SELECT m.n, m.id, m.conversation_id, m.direction, m.author_kind, m.sent_at, m.received_at, b.text, b.subject "
        f"FROM message m JOIN message_body b ON b.n = m.n WHERE m.n IN ({marks(ns)})",
        list(ns),
    )
    return {row["n"]: row for row in rows}


def known_names(db: sqlite3.Connection) -> dict[str, list[str]]:
    """Names in use: labels (recently used first), agents, inboxes, pages, brands, languages."""

    def column(sql: str) -> list[str]:
        return [str(row[0]) for row in db.execute(sql)]

    inboxes = "SELECT name FROM inbox WHERE state <> 'removed'"
    return {
        "labels": column("SELECT name FROM label ORDER BY used_at IS NULL, used_at DESC, folded LIMIT 2000"),
        "agents": column("SELECT name FROM agent ORDER BY name"),
        "inboxes": column(f"{inboxes} ORDER BY name"),
        "pages": column(f"{inboxes} AND channel = 'messenger' ORDER BY name"),
        "brands": column("SELECT DISTINCT group_name FROM inbox WHERE state <> 'removed' ORDER BY 1"),
        "languages": column("SELECT DISTINCT language FROM contact WHERE language IS NOT NULL ORDER BY 1"),
    }
