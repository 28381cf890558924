"""How long a conversation can be answered and at what price, kept as times that follow each other.

They are reckoned whenever something happens to it; `advance` only moves on what time alone has changed.
"""

from __future__ import annotations

import sqlite3

from unibox_tui.domain.policy import DAY, Capabilities, Term, decide, terms
from unibox_tui.domain.words import Author
from unibox_tui.store import capabilities as capabilities_json
from unibox_tui.store import standing
from unibox_tui.store.database import Row, Tx

_SOME = 500
_RENEWED = 5_000


def reckon(tx: Tx, conversation: int, theirs: Row | None) -> int | None:
    """Write the terms of a conversation whose customer wrote last by `theirs` (inbox_id, identity_id). Returns when
    answering as it is now ends, or ended; None without a clock."""
    tx.run("DELETE FROM answer_terms WHERE conversation_id = :id", id=conversation)
    if theirs is None or theirs["identity_id"] is None:
        return None
    stored = tx.value("SELECT capabilities FROM inbox WHERE id = :id", id=theirs["inbox_id"])
    if stored is None:
        return None
    can = capabilities_json.loads(stored)
    if not _varies(can):
        return None
    inbox, identity = int(theirs["inbox_id"]), int(theirs["identity_id"])
    facts = standing.facts_of(tx.db, [identity], {inbox: can}, now=tx.now).get(identity)
    if facts is None:
        return None
    found = terms(can, facts, tx.now)
    tx.many(
        "INSERT INTO answer_terms (conversation_id, starts_at, ends_at, closes_at, amount, currency, free_left, due) VALUES "
        "(:id, :starts, :ends, :closes, :amount, :currency, :left, :due)",
        [_values(conversation, term, tx.now) for term in found if _matters(term)],
    )
    if found and found[0].starts_at <= tx.now:
        return found[0].decision.closes_at
    return decide(can, {}, kind="text", author=Author.AGENT, now=tx.now, facts=facts).closes_at


def renew(tx: Tx, inbox_id: int) -> None:
    """The inbox's rules are others now: reckon anew what is open or was lately."""
    rows = tx.all(
        "SELECT id, last_inbox_id AS inbox_id, last_identity_id AS identity_id, closes_at FROM conversation "
        "WHERE last_inbox_id = :inbox AND status <> 'resolved' AND last_at > :since AND joined_into IS NULL "
        "ORDER BY last_at DESC LIMIT :most",
        inbox=inbox_id,
        since=tx.now - 8 * DAY,
        most=_RENEWED,
    )
    for row in rows:
        closes = reckon(tx, row["id"], row)
        if closes != row["closes_at"]:
            tx.run("UPDATE conversation SET closes_at = :closes WHERE id = :id", closes=closes, id=row["id"])
            tx.changed("conversation", row["id"])


def _varies(can: Capabilities) -> bool:
    """A channel that is always open and free needs no reckoning."""
    return can.is_counted or any(rule.within_ms is not None or not rule.free or rule.needs for rule in can.rules)


def _matters(term: Term) -> bool:
    """A channel that is free for good needs no row."""
    decision = term.decision
    return decision.closes_at is not None or decision.amount != 0 or decision.total is not None


def _values(conversation: int, term: Term, now: int) -> dict[str, object]:
    decision = term.decision
    return {
        "id": conversation,
        "starts": term.starts_at,
        "ends": term.ends_at,
        "closes": decision.closes_at,
        "amount": decision.amount,
        "currency": decision.currency,
        "left": decision.free_left if decision.free or decision.total is None else 0,
        "due": int(term.starts_at > now),
    }


def due(db: sqlite3.Connection, now: int) -> bool:
    """Whether time alone has changed something."""
    found = db.execute(
        "SELECT EXISTS (SELECT 1 FROM answer_terms WHERE due = 1 AND starts_at <= :now) OR EXISTS (SELECT 1 FROM "
        "answer_terms WHERE ends_at IS NOT NULL AND ends_at <= :now)",
        {"now": now},
    ).fetchone()
    return bool(found[0])


def advance(tx: Tx) -> list[int]:
    """Bring `closes_at` of conversations to the term that has begun, and drop the terms that are over."""
    begun = tx.all(
        "SELECT conversation_id, starts_at, closes_at FROM answer_terms WHERE due = 1 AND starts_at <= :now "
        "ORDER BY starts_at LIMIT :most",
        now=tx.now,
        most=_SOME,
    )
    for row in begun:
        tx.run(
            "UPDATE conversation SET closes_at = :closes WHERE id = :id",
            closes=row["closes_at"],
            id=row["conversation_id"],
        )
        tx.run(
            "UPDATE answer_terms SET due = 0 WHERE conversation_id = :id AND starts_at = :starts",
            id=row["conversation_id"],
            starts=row["starts_at"],
        )
        tx.changed("conversation", row["conversation_id"])
    tx.run("DELETE FROM answer_terms WHERE ends_at IS NOT NULL AND ends_at <= :now AND due = 0", now=tx.now)
    return [int(row["conversation_id"]) for row in begun]
