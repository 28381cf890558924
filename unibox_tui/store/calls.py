"""Calls and visits: the rows beside the messages that are their cards."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from unibox_tui.domain import calls
from unibox_tui.domain.words import DeliveryState, Direction
from unibox_tui.store import search
from unibox_tui.store.database import Row, Tx
from unibox_tui.text.fold import FOLD_VERSION, fold


def get(db: sqlite3.Connection, n: int) -> Row | None:
    row: Row | None = db.execute("SELECT * FROM call WHERE n = :n", {"n": n}).fetchone()
    return row


def put(tx: Tx, n: int, *, via: str, direction: str, facts: Mapping[str, Any], agent: str | None, counts_at: int | None) -> None:  # fmt: skip
    """Write the facts; what an agent has said of its reason stays."""
    tx.run(
        "INSERT INTO call (n, via, direction, state, agent, started_at, answered_at, ended_at, counts_at, facts) VALUES "
        "(:n, :via, :direction, :state, :agent, :started, :answered, :ended, :counts, :facts) ON CONFLICT (n) DO UPDATE SET "
        "state = excluded.state, agent = excluded.agent, started_at = excluded.started_at, answered_at = excluded.answered_at, "
        "ended_at = excluded.ended_at, counts_at = excluded.counts_at, facts = excluded.facts",
        n=n,
        via=via,
        direction=direction,
        state=calls.state_of(facts),
        agent=agent,
        started=facts["started"],
        answered=calls.answered_at(facts),
        ended=facts.get("ended"),
        counts=counts_at,
        facts=json.dumps(dict(facts), ensure_ascii=False, separators=(",", ":")),
    )


def set_reason(tx: Tx, n: int, reason: str) -> None:
    tx.run(
        "UPDATE call SET reason = :reason, reason_folded = :folded WHERE n = :n",
        n=n,
        reason=reason,
        folded=fold(reason),
    )


def write_card(tx: Tx, n: int, card: Mapping[str, Any], text: str) -> None:
    """What the message says of its call, for the thread, the list and the search."""
    row = tx.one("SELECT text, subject, extra FROM message_body WHERE n = :n", n=n)
    assert row is not None
    extra = {**(json.loads(row["extra"]) if row["extra"] else {}), "call": dict(card)}
    told = json.dumps(extra, ensure_ascii=False, separators=(",", ":"))
    if row["text"] == text:
        tx.run("UPDATE message_body SET extra = :extra WHERE n = :n", n=n, extra=told)
        return
    search.remove(tx, n)
    tx.run(
        "UPDATE message_body SET text = :text, extra = :extra, fold_version = :version WHERE n = :n",
        n=n,
        text=text,
        extra=told,
        version=FOLD_VERSION,
    )
    search.put_stored(tx, n)


def known_files(db: sqlite3.Connection, n: int) -> set[tuple[str, str]]:
    """(name, pointer) of the recordings a call has already; a pointer is written as `messages.add_files` writes it."""
    rows = db.execute("SELECT name, remote FROM attachment WHERE n = :n", {"n": n})
    return {(row["name"], row["remote"] or "") for row in rows}


def has_files(tx: Tx, n: int) -> None:
    tx.run("UPDATE message SET has_files = 1 WHERE n = :n", n=n)


def latest(db: sqlite3.Connection, conversation_ids: Sequence[int]) -> Row | None:
    """The newest call or visit of these conversations."""
    marks = ",".join(str(int(id)) for id in conversation_ids)
    row: Row | None = db.execute(
        "SELECT k.*, m.conversation_id FROM message m CROSS JOIN call k ON k.n = m.n "
        f"WHERE m.conversation_id IN ({marks}) AND m.kind = 'call' AND m.state <> 'cancelled' ORDER BY m.n DESC LIMIT 1"
    ).fetchone()
    return row


def of_conversations(db: sqlite3.Connection, conversation_ids: Sequence[int], since: int) -> list[Row]:
    """The calls in these conversations that began after `since` (epoch ms), the oldest first, with the customer's name and
    who has the conversation."""
    marks = ",".join(str(int(id)) for id in conversation_ids)
    return db.execute(
        "SELECT k.*, m.conversation_id, c.assignee, i.title AS inbox, i.channel, t.name AS contact, d.address, d.name AS identity_name "
        "FROM message m CROSS JOIN call k ON k.n = m.n JOIN conversation c ON c.id = m.conversation_id "
        "JOIN contact t ON t.id = c.contact_id LEFT JOIN inbox i ON i.id = m.inbox_id LEFT JOIN identity d ON d.id = m.identity_id "
        f"WHERE m.conversation_id IN ({marks}) AND m.kind = 'call' AND m.inert = 0 AND k.via = 'line' "
        "AND k.started_at > :since ORDER BY m.n",
        {"since": since},
    ).fetchall()


def left_open(db: sqlite3.Connection, *, rang_before: int, talked_before: int, most: int = 100) -> list[Row]:
    """Calls that are not over as far as we have heard and began to ring, or to talk, before these times (epoch ms): the
    oldest first, each with one id of its provider."""
    return db.execute(
        "SELECT k.*, m.inbox_id, m.client_ref, min(y.provider_id) AS provider_id FROM call k JOIN message m ON m.n = k.n "
        "JOIN inbox i ON i.id = m.inbox_id JOIN message_key y ON y.n = k.n "
        "WHERE k.via = 'line' AND m.unsent_at IS NULL AND (k.state = 'ringing' AND k.started_at < :rang "
        "OR k.state = 'answered' AND k.answered_at < :talked) GROUP BY k.n ORDER BY k.n LIMIT :most",
        {"rang": rang_before, "talked": talked_before, "most": most},
    ).fetchall()


def unknown_to(db: sqlite3.Connection, inbox_id: int, identity_id: int) -> bool:
    """Whether the fate of a call, or of asking for one, to this identity is unknown."""
    row = db.execute(
        "SELECT 1 FROM outbox o JOIN message m ON m.n = o.n WHERE o.inbox_id = :inbox AND o.identity_id = :identity "
        "AND m.kind = 'call' AND o.state = 'unknown' LIMIT 1",
        {"inbox": inbox_id, "identity": identity_id},
    ).fetchone()
    return row is not None


def near(
    db: sqlite3.Connection, inboxes: Sequence[int], address: str, direction: str, at: int, most_ms: int, scope: str
) -> int | None:
    """The call of these inboxes with this address that began nearest to `at` (epoch ms), not further than `most_ms`, and that
    `scope` knows by no key yet."""
    marks = ",".join(str(int(id)) for id in inboxes)
    row = db.execute(
        "SELECT k.n FROM identity d JOIN message m ON m.identity_id = d.id JOIN call k ON k.n = m.n "
        f"WHERE d.inbox_id IN ({marks}) AND d.address = :address AND k.direction = :direction "
        "AND abs(k.started_at - :at) <= :most "
        "AND NOT EXISTS (SELECT 1 FROM message_key y WHERE y.n = k.n AND y.scope = :scope) "
        "ORDER BY abs(k.started_at - :at) LIMIT 1",
        {"address": address, "direction": direction, "at": at, "most": most_ms, "scope": scope},
    ).fetchone()
    return None if row is None else int(row[0])


def cancel(tx: Tx, n: int, cancelled: bool) -> bool:
    """A visit or call that was written down is taken back, unseen and unsearched; False when nothing changed."""
    row = tx.one("SELECT m.*, b.text, b.subject, k.via, k.answered_at FROM message m JOIN message_body b ON b.n = m.n JOIN call k ON k.n = m.n WHERE m.n = :n", n=n)  # fmt: skip
    if row is None or row["via"] == "line" or (row["state"] == DeliveryState.CANCELLED) == cancelled:
        return False
    out = row["direction"] == Direction.OUT
    alive = DeliveryState.SENT if out else DeliveryState.RECEIVED
    state = DeliveryState.CANCELLED if cancelled else alive
    tx.run("UPDATE message SET state = :state WHERE n = :n", n=n, state=str(state))
    tx.run("UPDATE call SET counts_at = :at WHERE n = :n", n=n, at=None if cancelled else row["answered_at"])
    if cancelled:
        search.remove(tx, n)
    else:
        search.put_stored(tx, n)
    return True


def conversation_of(db: sqlite3.Connection, contact: int, group: str | None) -> int | None:
    """The contact's conversation that something happened in last, of this brand if one is named."""
    row = db.execute(
        "SELECT id FROM conversation WHERE contact_id = :contact AND joined_into IS NULL AND spam = 0 AND kind = 'direct' "
        "AND (:group IS NULL OR group_name = :group) ORDER BY status = 'resolved', last_at DESC LIMIT 1",
        {"contact": contact, "group": group},
    ).fetchone()
    return None if row is None else int(row[0])


def being_made(db: sqlite3.Connection, inbox_id: int, identity_id: int) -> int | None:
    """The conversation of a call to this identity that has not left yet, or whose fate is unknown."""
    row = db.execute(
        "SELECT m.conversation_id FROM outbox o JOIN message m ON m.n = o.n WHERE o.inbox_id = :inbox "
        "AND o.identity_id = :identity AND m.kind = 'call' AND o.state IN ('held', 'queued', 'sending') LIMIT 1",
        {"inbox": inbox_id, "identity": identity_id},
    ).fetchone()
    return None if row is None else int(row[0])
