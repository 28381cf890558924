"""Conversations: one row each, with derived columns that the lists are read from.

`refresh` computes the derived columns anew from the messages; every change of a thread ends with it.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from unibox_tui.domain.errors import NotFound, WrongUse
from unibox_tui.domain.ids import new_id
from unibox_tui.domain.saying import say
from unibox_tui.domain.words import Status
from unibox_tui.store.database import Row, Tx

if TYPE_CHECKING:
    from unibox_tui.domain.joining import Candidate

SNIPPET = 160

MEMBERS = "WITH RECURSIVE member(id) AS (SELECT :id UNION SELECT c.id FROM conversation c JOIN member m ON c.joined_into = m.id) "


def create(
    tx: Tx,
    group: str,
    contact: int,
    *,
    subject: str = "",
    kind: str = "direct",
    status: Status = Status.OPEN,
    at: int | None = None,
    uid: str | None = None,
    number: int | None = None,
    home: int | None = None,
) -> int:
    """A new conversation; its id is the number people say. `number` only from an import into a free place. `home`: that
    of the identity it is with, for when the contact is split."""
    id = tx.next_number("conversation") if number is None else number
    at = tx.now if at is None else at
    tx.run(
        "INSERT INTO conversation (id, uid, group_name, kind, contact_id, home, subject, status, last_at, created_at, "
        "updated_at, resolved_at) "
        "VALUES (:id, :uid, :group, :kind, :contact, :home, :subject, :status, :at, :at, :now, :resolved)",
        id=id,
        uid=uid or new_id(tx.now),
        group=group,
        kind=kind,
        contact=contact,
        home=home,
        subject=subject,
        status=str(status),
        at=at,
        now=tx.now,
        resolved=at if status is Status.RESOLVED else None,
    )
    tx.changed("conversation", id)
    return id


def take_number(tx: Tx, number: int) -> bool:
    """Reserve a number for an import; False when it is taken. The counter never falls behind."""
    if tx.value("SELECT 1 FROM conversation WHERE id = :id", id=number):
        return False
    tx.run(
        "INSERT INTO counter (name, value) VALUES ('conversation', :n) "
        "ON CONFLICT (name) DO UPDATE SET value = max(counter.value, excluded.value)",
        n=number,
    )
    return True


def get(db: sqlite3.Connection, id: int) -> Row:
    row: Row | None = db.execute("SELECT * FROM conversation WHERE id = :id", {"id": id}).fetchone()
    if row is None:
        raise NotFound(say("There is no conversation #{id}.", id=id), hint="`unibox ls` lists them.")
    return row


def named(db: sqlite3.Connection, said: str) -> int:
    """The number of the conversation people mean: `10482`, `#10482`, `[#10482]` or its uid. Raises NotFound, WrongUse."""
    word = said.strip().strip("[]").removeprefix("#")
    if word.isascii() and word.isdigit() and len(word) <= 18:
        return int(get(db, int(word))["id"])
    row = db.execute("SELECT id FROM conversation WHERE uid = :uid", {"uid": word.lower()}).fetchone()
    if row is not None:
        return int(row[0])
    if len(word) == 36 and word.count("-") == 4:
        raise NotFound(say("There is no conversation {word}.", word=word), hint="`unibox ls` lists them.")
    raise WrongUse(
        say("{said!r} names no conversation.", said=said), hint="Its number, as in 10482 or '#10482', or its uid."
    )


def root(db: sqlite3.Connection, id: int) -> int:
    """The conversation that shows this one (itself unless joined into another)."""
    row = db.execute(
        "WITH RECURSIVE up(id, parent, depth) AS (SELECT id, joined_into, 0 FROM conversation WHERE id = :id "
        "UNION ALL SELECT c.id, c.joined_into, up.depth + 1 FROM conversation c JOIN up ON c.id = up.parent "
        "WHERE up.depth < 100) SELECT id FROM up ORDER BY depth DESC LIMIT 1",
        {"id": id},
    ).fetchone()
    if row is None:
        raise NotFound(say("There is no conversation #{id}.", id=id))
    return int(row[0])


def members(db: sqlite3.Connection, id: int) -> list[int]:
    """This conversation and all that are joined into it."""
    return [int(row[0]) for row in db.execute(MEMBERS + "SELECT id FROM member", {"id": id})]


def candidate(db: sqlite3.Connection, id: int) -> Candidate:
    from unibox_tui.domain.joining import Candidate  # verbs that only sort need no rules of joining

    row = get(db, id)
    return Candidate(id, Status(row["status"]), row["last_at"], row["resolved_at"])


def candidates(
    db: sqlite3.Connection, contact: int, group: str, codes: list[str], *, writer: int | None = None, limit: int = 50
) -> list[Candidate]:
    """The contact's conversations of the group, newest first, none joined into another, none spam. `writer`: the identity whose
    own are told from those that came by merges."""
    from unibox_tui.domain.joining import Candidate

    rows = db.execute(
        "SELECT id, status, last_at, resolved_at, coalesce(home, contact_id) = coalesce((SELECT coalesce(home, contact_id) "
        "FROM identity WHERE id = :writer), coalesce(home, contact_id)) AS own "
        "FROM conversation WHERE contact_id = :contact AND group_name = :group "
        "AND joined_into IS NULL AND spam = 0 AND kind = 'direct' ORDER BY last_at DESC LIMIT :limit",
        {"contact": contact, "group": group, "limit": limit, "writer": writer},
    ).fetchall()
    sharing: set[int] = set()
    if codes:
        marks = ",".join("?" * len(codes))
        sharing = {
            root(db, int(row[0]))
            for row in db.execute(
                f"SELECT DISTINCT conversation_id FROM found WHERE kind = 'order' AND value IN ({marks})", codes
            )
        }
    return [
        Candidate(r["id"], Status(r["status"]), r["last_at"], r["resolved_at"], r["id"] in sharing, bool(r["own"]))
        for r in rows
    ]


def set_fields(tx: Tx, id: int, **fields: Any) -> None:
    """Write columns and tell the screens."""
    sets = ", ".join(f"{name} = :{name}" for name in sorted(fields))
    tx.run(f"UPDATE conversation SET {sets}, updated_at = :now WHERE id = :id", {**fields, "id": id, "now": tx.now})
    tx.changed("conversation", id)


def saw_inbox(tx: Tx, id: int, inbox_id: int, at: int) -> None:
    tx.run(
        "INSERT INTO conversation_inbox (conversation_id, inbox_id, last_at) VALUES (:id, :inbox, :at) "
        "ON CONFLICT (conversation_id, inbox_id) DO UPDATE SET last_at = excluded.last_at "
        "WHERE excluded.last_at > conversation_inbox.last_at",
        id=id,
        inbox=inbox_id,
        at=at,
    )


def snippet_of(text: str, subject: str = "") -> str:
    """The first words, on one line; the subject when there are none."""
    words = " ".join((text or subject)[: SNIPPET * 4].split())
    return words[:SNIPPET]


def _silenced(tx: Tx, contact: int) -> bool:
    from unibox_tui.store import risk

    return risk.blocked(tx.db, contact)


def refresh(tx: Tx, id: int) -> None:
    """Compute the derived columns of this conversation (and what is joined into it) from its messages."""
    top = root(tx.db, id)
    ids = members(tx.db, top)
    marks = ",".join(str(member) for member in ids)
    last = tx.one(
        f"SELECT n, direction, received_at FROM message WHERE conversation_id IN ({marks}) "
        "AND direction IN ('in', 'out', 'note') AND state <> 'cancelled' ORDER BY n DESC LIMIT 1"
    )
    said = tx.one(
        f"SELECT n, direction, has_files FROM message WHERE conversation_id IN ({marks}) AND direction IN ('in', 'out') "
        "AND state <> 'cancelled' AND unsent_at IS NULL ORDER BY n DESC LIMIT 1"
    )
    theirs = tx.one(  # a visit that was written down came through no inbox
        f"SELECT inbox_id, identity_id FROM message WHERE conversation_id IN ({marks}) AND direction = 'in' "
        "AND inbox_id IS NOT NULL ORDER BY n DESC LIMIT 1"
    )
    sums = tx.one(
        "SELECT count(*) FILTER (WHERE direction IN ('in', 'out')) AS messages, "
        f"count(*) FILTER (WHERE state IN ('failed', 'unknown')) AS failed FROM message WHERE conversation_id IN ({marks})"
    )
    assert sums is not None
    answered_at = tx.value(  # a call counts from when the two talked
        "SELECT max(at) FROM (SELECT max(received_at) AS at FROM message "
        f"WHERE conversation_id IN ({marks}) AND direction = 'out' AND kind <> 'call' "
        "AND author_kind = 'agent' AND state NOT IN ('failed', 'cancelled') UNION ALL "
        "SELECT max(k.counts_at) FROM message m CROSS JOIN call k ON k.n = m.n "
        f"WHERE m.conversation_id IN ({marks}) AND m.kind = 'call')"
    )
    row = get(tx.db, top)
    waiting = None
    if row["status"] != Status.RESOLVED and not row["spam"] and not _silenced(tx, row["contact_id"]):
        waiting = tx.value(
            f"SELECT min(received_at) FROM message WHERE conversation_id IN ({marks}) AND direction = 'in' AND inert = 0 "
            "AND automatic = 0 AND unsent_at IS NULL AND state <> 'cancelled' AND received_at > :since",
            since=max(answered_at or 0, row["resolved_at"] or 0),
        )
    snippet = ""
    if said is not None:
        body = tx.one("SELECT substr(text, 1, 800) AS text, subject FROM message_body WHERE n = :n", n=said["n"])
        snippet = snippet_of(body["text"], body["subject"]) if body is not None else ""
        if not snippet and said["has_files"]:
            snippet = tx.value("SELECT name FROM attachment WHERE n = :n ORDER BY position LIMIT 1", n=said["n"]) or ""
    set_fields(
        tx,
        top,
        last_n=last["n"] if last else None,
        last_at=last["received_at"] if last else row["created_at"],
        last_direction=said["direction"] if said else None,
        last_inbox_id=theirs["inbox_id"] if theirs else row["last_inbox_id"],
        last_identity_id=theirs["identity_id"] if theirs else row["last_identity_id"],
        snippet=snippet,
        message_count=sums["messages"],
        failed=sums["failed"],
        answered=int(answered_at is not None),
        waiting_since=waiting,
        closes_at=_closes_at(tx, top, theirs),
    )


def _closes_at(tx: Tx, top: int, theirs: Row | None) -> int | None:
    from unibox_tui.store import terms

    return terms.reckon(tx, top, theirs)


def note_arrival(tx: Tx, id: int, *, unread: bool) -> None:
    """A customer's message came: unread grows; a snooze that ends on a reply ends."""
    top = root(tx.db, id)
    row = get(tx.db, top)
    fields: dict[str, Any] = {}
    if unread:
        fields["unread"] = row["unread"] + 1
    if fields:
        set_fields(tx, top, **fields)


def snoozes_over(db: sqlite3.Connection, now: int) -> list[int]:
    """Conversations whose snooze has ended."""
    rows = db.execute(
        "SELECT id FROM conversation WHERE status = 'snoozed' AND joined_into IS NULL AND snoozed_until <= :now",
        {"now": now},
    )
    return [int(row[0]) for row in rows]


def next_snooze(db: sqlite3.Connection) -> int | None:
    """When the next snooze ends (epoch ms)."""
    row = db.execute(
        "SELECT min(snoozed_until) FROM conversation WHERE status = 'snoozed' AND joined_into IS NULL"
    ).fetchone()
    return None if row[0] is None else int(row[0])


def join(tx: Tx, id: str, child: int, parent: int, actor: str | None) -> None:
    """Show `child` inside `parent`; recorded so that it can be taken back whatever comes after."""
    tx.run(
        "INSERT INTO conversation_join (id, child, parent, at, actor) VALUES (:id, :child, :parent, :now, :actor)",
        id=id,
        child=child,
        parent=parent,
        now=tx.now,
        actor=actor,
    )
    set_fields(tx, child, joined_into=parent, waiting_since=None)
    set_fields(tx, parent, suggest_join=None)


def unjoin(tx: Tx, child: int) -> int | None:
    """Take the last join of `child` back; returns the conversation it was shown in."""
    row = tx.one(
        "SELECT id, parent FROM conversation_join WHERE child = :child AND undone_at IS NULL ORDER BY at DESC LIMIT 1",
        child=child,
    )
    if row is None:
        return None
    tx.run("UPDATE conversation_join SET undone_at = :now WHERE id = :id", id=row["id"], now=tx.now)
    set_fields(tx, child, joined_into=None)
    return int(row["parent"])


def move_messages(tx: Tx, ns: list[int], to: int) -> None:
    """Show these messages in `to`; where they were born stays written."""
    tx.many("UPDATE message SET conversation_id = :to WHERE n = :n", [{"to": to, "n": n} for n in ns])
    tx.many("UPDATE found SET conversation_id = :to WHERE n = :n", [{"to": to, "n": n} for n in ns])
    tx.run(
        "INSERT INTO conversation_inbox (conversation_id, inbox_id, last_at) SELECT conversation_id, inbox_id, max(received_at) "
        "FROM message WHERE conversation_id = :to AND inbox_id IS NOT NULL GROUP BY conversation_id, inbox_id "
        "ON CONFLICT (conversation_id, inbox_id) DO UPDATE SET last_at = excluded.last_at",
        to=to,
    )


def written_by(db: sqlite3.Connection, ids: list[int], contact: int, since: int) -> list[Row]:
    """(n, conversation_id) of what came or went in these conversations through the identities of `contact`, received after
    `since` (epoch ms)."""
    marks = ",".join(str(int(id)) for id in ids)
    return db.execute(
        "SELECT m.n, m.conversation_id FROM message m JOIN identity i ON i.id = m.identity_id "
        f"WHERE m.conversation_id IN ({marks}) AND i.contact_id = :contact AND m.received_at > :since ORDER BY m.n",
        {"contact": contact, "since": since},
    ).fetchall()


def messages_from(db: sqlite3.Connection, ids: list[int], n: int) -> list[Row]:
    """(n, conversation_id) of the messages of these conversations from `n` on."""
    marks = ",".join(str(int(id)) for id in ids)
    return db.execute(
        f"SELECT n, conversation_id FROM message WHERE conversation_id IN ({marks}) AND n >= :n ORDER BY n", {"n": n}
    ).fetchall()


def unjoin_by_id(tx: Tx, join_id: str) -> bool:
    """Take this very join back; False when it was already."""
    row = tx.one("SELECT child FROM conversation_join WHERE id = :id AND undone_at IS NULL", id=join_id)
    if row is None:
        return False
    tx.run("UPDATE conversation_join SET undone_at = :now WHERE id = :id", id=join_id, now=tx.now)
    set_fields(tx, row["child"], joined_into=None)
    return True


def joined_children(db: sqlite3.Connection, parent: int) -> list[int]:
    """Conversations shown in this one, the last joined first."""
    rows = db.execute(
        "SELECT child FROM conversation_join WHERE parent = :parent AND undone_at IS NULL ORDER BY at DESC, id DESC",
        {"parent": parent},
    )
    return [int(row[0]) for row in rows]
