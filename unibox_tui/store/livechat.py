"""What the chat widget may see of the store: one visitor's own thread, who is there, who types. Never notes or activity."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from unibox_tui.domain.ids import n_floor
from unibox_tui.store.database import Row, Tx

VISITOR = "visitor"
"""`presence.agent` of a visitor who types; its `session` is `visitor:<identity>`. No colleague."""

TYPING_MS = 6_000
PRESENT_MS = 120_000
# A message may be ordered before one that was shown already (spooled, or a clock set back): look this far behind.
OVERLAP_MS = 600_000
_NEWEST_IN_CONVERSATION = 60


@dataclass(frozen=True, slots=True)
class ChatFile:
    id: str
    name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class ChatLine:
    """One message as its visitor sees it. `version` differs whenever what is seen differs; `client_id` of their own ones."""

    n: int
    mine: bool
    text: str
    at: int
    author: str  # display name of the agent, empty for a bot and for the visitor
    state: str
    client_id: str
    unsent: bool
    files: tuple[ChatFile, ...]
    version: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a visitor is known: identity, and the conversation their last message lives in."""

    identity: int
    conversation: int | None


def spot(db: sqlite3.Connection, inbox_id: int, visitor: str) -> Spot | None:
    row = db.execute(
        "SELECT id FROM identity WHERE inbox_id = :inbox AND address = :visitor",
        {"inbox": inbox_id, "visitor": visitor},
    ).fetchone()
    if row is None:
        return None
    identity = int(row[0])
    last = db.execute(
        "SELECT coalesce(c.joined_into, c.id) FROM message m JOIN conversation c ON c.id = m.conversation_id "
        "WHERE m.identity_id = :identity ORDER BY m.n DESC LIMIT 1",
        {"identity": identity},
    ).fetchone()
    return Spot(identity, None if last is None else int(last[0]))


_SEEN_BY_VISITOR = (
    "m.identity_id = :identity AND (m.direction = 'in' "
    "OR (m.direction = 'out' AND m.state IN ('sent', 'delivered', 'read')))"
)


def newest(db: sqlite3.Connection, identity: int, limit: int, *, before: int | None = None) -> list[ChatLine]:
    """The last `limit` lines (before message `before`), oldest first."""
    rows = db.execute(
        f"{_LINES} WHERE {_SEEN_BY_VISITOR} AND m.n < :before ORDER BY m.n DESC LIMIT :limit",
        {"identity": identity, "before": before if before is not None else 1 << 62, "limit": limit},
    ).fetchall()
    return _lines(db, rows[::-1])


def since(db: sqlite3.Connection, identity: int, after: int, limit: int) -> list[ChatLine]:
    """Lines with `n` from shortly before `after` on, oldest first, the newest `limit` of them."""
    floor = max(0, after - n_floor(OVERLAP_MS))
    rows = db.execute(
        f"{_LINES} WHERE {_SEEN_BY_VISITOR} AND m.n > :floor ORDER BY m.n DESC LIMIT :limit",
        {"identity": identity, "floor": floor, "limit": limit},
    ).fetchall()
    return _lines(db, rows[::-1])


_LINES = (
    "SELECT m.n, m.direction, m.sent_at, m.state, m.edited_at, m.unsent_at, m.has_files, "
    "b.text, a.display, (SELECT k.provider_id FROM message_key k JOIN inbox i ON i.name = k.scope "
    "WHERE k.n = m.n AND i.id = m.inbox_id) AS provider_id "
    "FROM message m JOIN message_body b ON b.n = m.n LEFT JOIN agent a ON a.name = m.author AND m.author_kind = 'agent'"
)


def _lines(db: sqlite3.Connection, rows: list[Row]) -> list[ChatLine]:
    files: dict[int, list[ChatFile]] = {}
    for row in rows:
        if row["has_files"]:
            found = db.execute(
                "SELECT id, name, media_type, size FROM attachment WHERE n = :n AND state = 'held' ORDER BY position",
                {"n": row["n"]},
            )
            files[row["n"]] = [ChatFile(*entry) for entry in found]
    return [_line(row, tuple(files.get(row["n"], ()))) for row in rows]


def _line(row: Row, files: tuple[ChatFile, ...]) -> ChatLine:
    mine = row["direction"] == "in"
    return ChatLine(
        n=row["n"],
        mine=mine,
        text="" if row["unsent_at"] else row["text"],
        at=row["sent_at"],
        author=row["display"] or "",
        state=row["state"],
        client_id=(row["provider_id"] or "").rpartition(":")[2] if mine else "",
        unsent=row["unsent_at"] is not None,
        files=files,
        version=(row["edited_at"], row["unsent_at"], len(files)),
    )


def changed_identities(db: sqlite3.Connection, conversations: Iterable[str]) -> set[int]:
    """The identities with a recent message in these conversations or in those joined into them."""
    found: set[int] = set()
    for conversation in conversations:
        rows = db.execute(
            "SELECT identity_id FROM message WHERE conversation_id = :id ORDER BY n DESC LIMIT :limit",
            {"id": int(conversation), "limit": _NEWEST_IN_CONVERSATION},
        ).fetchall()
        found.update(row[0] for row in rows if row[0] is not None)
        joined = db.execute(
            "SELECT last_identity_id FROM conversation WHERE joined_into = :id AND last_identity_id IS NOT NULL",
            {"id": int(conversation)},
        )
        found.update(row[0] for row in joined)
    return found


def agents_typing(db: sqlite3.Connection, conversations: Iterable[int], now: int) -> dict[int, str]:
    """conversation -> display name of an agent who types a reply there; who writes a note has "noting" as presence."""
    wanted = set(conversations)
    rows = db.execute(
        "SELECT p.conversation_id, coalesce(c.joined_into, c.id) AS root, coalesce(a.display, '') AS display "
        "FROM presence p JOIN conversation c ON c.id = p.conversation_id LEFT JOIN agent a ON a.name = p.agent "
        "WHERE p.doing = 'typing' AND p.at > :since AND p.agent <> :visitor",
        {"since": now - TYPING_MS, "visitor": VISITOR},
    )
    return {row["root"]: row["display"] for row in rows if row["root"] in wanted}


def seen_by_agents(db: sqlite3.Connection, conversation: int) -> int:
    """The newest message any agent has read there; 0 when none."""
    row = db.execute("SELECT max(n) FROM read_marker WHERE conversation_id = :id", {"id": conversation}).fetchone()
    return int(row[0] or 0)


def somebody_present(db: sqlite3.Connection, now: int) -> bool:
    """Whether an agent has the app open."""
    row = db.execute(
        "SELECT 1 FROM presence WHERE at > :since AND agent <> :visitor LIMIT 1",
        {"since": now - PRESENT_MS, "visitor": VISITOR},
    ).fetchone()
    if row is None:
        row = db.execute("SELECT 1 FROM agent WHERE seen_at > :since LIMIT 1", {"since": now - PRESENT_MS}).fetchone()
    return row is not None


def visitor_types(tx: Tx, where: Spot, on: bool, *, ring: bool) -> None:
    """Keep or drop that the visitor types; `ring` tells the screens."""
    values = {
        "agent": VISITOR,
        "session": f"visitor:{where.identity}",
        "conversation": where.conversation,
        "now": tx.now,
    }
    if on and where.conversation is not None:
        tx.run(
            "INSERT INTO presence (agent, session, conversation_id, doing, at) VALUES (:agent, :session, :conversation, "
            "'typing', :now) ON CONFLICT (agent, session) DO UPDATE SET conversation_id = excluded.conversation_id, "
            "doing = excluded.doing, at = excluded.at",
            values,
        )
    else:
        tx.run("DELETE FROM presence WHERE agent = :agent AND session = :session", values)
    if ring and where.conversation is not None:
        tx.changed("conversation", where.conversation)


@dataclass(frozen=True, slots=True)
class VisitorFile:
    name: str
    media_type: str
    size: int
    sha256: str


def file_of(db: sqlite3.Connection, inbox_id: int, visitor: str, attachment_id: str) -> VisitorFile | None:
    """An attachment of this visitor's own thread, and of no other."""
    row = db.execute(
        "SELECT f.name, f.media_type, f.size, f.sha256 FROM attachment f JOIN message m ON m.n = f.n "
        "JOIN identity i ON i.id = m.identity_id WHERE f.id = :id AND f.sha256 IS NOT NULL AND m.unsent_at IS NULL "
        "AND i.inbox_id = :inbox AND i.address = :visitor AND (m.direction = 'in' OR (m.direction = 'out' "
        "AND m.state IN ('sent', 'delivered', 'read')))",
        {"id": attachment_id, "inbox": inbox_id, "visitor": visitor},
    ).fetchone()
    return None if row is None else VisitorFile(**dict(row))


def known_keys(db: sqlite3.Connection, scope: str, provider_ids: Iterable[str]) -> Mapping[str, int]:
    """Those of the provider ids that are stored already -> when their message was received."""
    found: dict[str, int] = {}
    for provider_id in provider_ids:
        row = db.execute(
            "SELECT m.received_at FROM message_key k JOIN message m ON m.n = k.n "
            "WHERE k.scope = :scope AND k.provider_id = :id",
            {"scope": scope, "id": provider_id},
        ).fetchone()
        if row is not None:
            found[provider_id] = int(row[0])
    return found
