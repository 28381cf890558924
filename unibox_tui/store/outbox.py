"""The outbox: one row per reply we owe a provider, one fate each, serial per destination (inbox + identity)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any

from unibox_tui.domain.errors import Conflict, NotFound
from unibox_tui.domain.saying import keep, say, say_term
from unibox_tui.domain.words import Author, DeliveryState
from unibox_tui.locale import N_
from unibox_tui.store import messages
from unibox_tui.store.database import Row, Tx

LIVE = ("held", "queued", "sending")
HELD_BACK = N_("A part before it did not leave.")


def _waits(item: str) -> str:
    """SQL: this item is a part whose predecessor has not left (yet)."""
    return (
        f"({item}.after_id IS NOT NULL AND EXISTS (SELECT 1 FROM outbox p WHERE p.id = {item}.after_id "
        "AND p.state NOT IN ('sent', 'delivered', 'read')))"
    )


def add(
    tx: Tx,
    *,
    id: str,
    n: int,
    inbox_id: int,
    identity_id: int,
    destination: str,
    payload: Mapping[str, Any],
    author_kind: Author,
    hold_ms: int,
    not_before: int | None = None,
    after_id: str | None = None,
    part: int = 1,
    parts: int = 1,
) -> None:
    """`id` is the client_ref of the message. Held for `hold_ms` so that it can be taken back. `after_id`: the part of the same
    answer that must have left before."""
    at = tx.now + hold_ms if not_before is None else not_before
    tx.run(
        "INSERT INTO outbox (id, n, inbox_id, identity_id, destination, payload, author_kind, state, not_before, created_at, "
        "updated_at, after_id, part, parts) VALUES (:id, :n, :inbox, :identity, :destination, :payload, :author, :state, :at, "
        ":now, :now, :after, :part, :parts)",
        id=id,
        n=n,
        inbox=inbox_id,
        identity=identity_id,
        destination=destination,
        payload=json.dumps(dict(payload), ensure_ascii=False, separators=(",", ":")),
        author=str(author_kind),
        state="held" if at > tx.now else "queued",
        at=at,
        now=tx.now,
        after=after_id,
        part=part,
        parts=parts,
    )
    tx.changed("outbox", id)


def get(db: sqlite3.Connection, id: str) -> Row:
    rows: list[Row] = db.execute(
        "SELECT * FROM outbox WHERE id >= :low AND id < :high LIMIT 2", {"low": id, "high": id + "~"}
    ).fetchall()
    if not id or len(rows) != 1:
        raise NotFound(say("No single outbox item has the id {id!r}.", id=id), hint="`unibox outbox list` shows them.")
    return rows[0]


def put_payload(tx: Tx, id: str, payload: Mapping[str, Any]) -> Row:
    """What leaves is different from what was written: a tag the channel asks for. Returns the item."""
    row = tx.one(
        "UPDATE outbox SET payload = :payload WHERE id = :id RETURNING *",
        id=id,
        payload=json.dumps(dict(payload), ensure_ascii=False, separators=(",", ":")),
    )
    assert row is not None
    return row


def of_message(db: sqlite3.Connection, n: int) -> Row | None:
    row: Row | None = db.execute("SELECT * FROM outbox WHERE n = :n", {"n": n}).fetchone()
    return row


def listed(db: sqlite3.Connection, *, done: bool = False, limit: int = 500) -> list[Row]:
    where = "" if done else "WHERE o.state IN ('held', 'queued', 'sending', 'unknown', 'failed')"
    return db.execute(
        "SELECT o.*, i.name AS inbox, m.conversation_id, m.id AS message_id FROM outbox o JOIN inbox i ON i.id = o.inbox_id "
        f"JOIN message m ON m.n = o.n {where} ORDER BY o.created_at DESC LIMIT :limit",
        {"limit": limit},
    ).fetchall()


def due(db: sqlite3.Connection, now: int, limit: int = 50) -> list[Row]:
    """Items that may be claimed now: the oldest live one of each destination, its time come."""
    return db.execute(
        "SELECT o.* FROM outbox o JOIN inbox i ON i.id = o.inbox_id WHERE o.state IN ('held', 'queued') AND o.not_before <= :now "
        "AND coalesce(o.retry_at, 0) <= :now AND i.state = 'on' AND NOT EXISTS (SELECT 1 FROM outbox b WHERE "
        "b.inbox_id = o.inbox_id AND b.identity_id = o.identity_id AND b.state IN ('held', 'queued', 'sending') "
        f"AND (b.created_at, b.n) < (o.created_at, o.n) AND b.not_before <= o.not_before AND NOT {_waits('b')}) "
        f"AND NOT {_waits('o')} "
        "ORDER BY o.not_before, o.n LIMIT :limit",
        {"now": now, "limit": limit},
    ).fetchall()


def busy(db: sqlite3.Connection, now: int) -> bool:
    """Whether something is being sent or may be sent now."""
    sending = db.execute("SELECT 1 FROM outbox WHERE state = 'sending' LIMIT 1").fetchone()
    return sending is not None or bool(due(db, now, 1))


def next_due_at(db: sqlite3.Connection) -> int | None:
    """When the next item may be claimed (epoch ms), to sleep until then."""
    row = db.execute(
        "SELECT min(max(o.not_before, coalesce(o.retry_at, 0))) FROM outbox o WHERE o.state IN ('held', 'queued') "
        f"AND NOT {_waits('o')}"
    ).fetchone()
    return None if row is None or row[0] is None else int(row[0])


def claim(tx: Tx, id: str, fence: int, deadline: int) -> Row | None:
    """Mark `sending`; None when somebody else has it, it was cancelled, or an older one of its destination is under way."""
    row = tx.one(
        "UPDATE outbox SET state = 'sending', fence = :fence, deadline = :deadline, attempts = attempts + 1, leaving_at = NULL, "
        "updated_at = :now "
        "WHERE id = :id AND state IN ('held', 'queued') AND NOT EXISTS (SELECT 1 FROM outbox b WHERE b.inbox_id = outbox.inbox_id "
        f"AND b.identity_id = outbox.identity_id AND b.state = 'sending') AND NOT {_waits('outbox')} RETURNING *",
        id=id,
        fence=fence,
        deadline=deadline,
        now=tx.now,
    )
    if row is not None:
        messages.move_state(tx, row["n"], DeliveryState.SENDING, forced=True)
        tx.changed("outbox", id)
    return row


def leaving(tx: Tx, id: str, fence: int) -> bool:
    """The first byte is about to leave. False when this holder has lost the item or its deadline has passed."""
    return bool(
        tx.run(
            "UPDATE outbox SET leaving_at = :now WHERE id = :id AND state = 'sending' AND fence = :fence AND deadline > :now",
            id=id,
            fence=fence,
            now=tx.now,
        )
    )


def settle(
    tx: Tx,
    id: str,
    state: DeliveryState,
    *,
    fence: int | None = None,
    reason: str | None = None,
    retry_at: int | None = None,
) -> bool:
    """Write the outcome of one attempt. With `fence`, only if this holder still has it. Returns whether it was written."""
    guard = "" if fence is None else "AND state IN ('sending', 'unknown') AND fence = :fence"
    row = tx.one(
        "UPDATE outbox SET state = :state, reason = :reason, retry_at = :retry, deadline = CASE WHEN :state = 'unknown' THEN "
        f"deadline ELSE NULL END, updated_at = :now WHERE id = :id {guard} RETURNING n",
        {"id": id, "state": str(state), "reason": _kept(reason), "retry": retry_at, "fence": fence, "now": tx.now},
    )
    if row is None:
        return False
    messages.move_state(tx, row["n"], state, reason=reason, forced=True)
    tx.changed("outbox", id)
    if state is DeliveryState.FAILED:
        for later in followers(tx.db, id):
            if later["state"] in ("held", "queued"):
                _set(tx, later, DeliveryState.FAILED, HELD_BACK)
    return True


def followers(db: sqlite3.Connection, id: str) -> list[Row]:
    """The parts of the same answer that come after this one, in order."""
    return db.execute(
        "WITH RECURSIVE chain (id) AS (SELECT id FROM outbox WHERE after_id = :id UNION "
        "SELECT o.id FROM outbox o JOIN chain c ON o.after_id = c.id) "
        "SELECT o.* FROM outbox o JOIN chain c ON c.id = o.id ORDER BY o.part",
        {"id": id},
    ).fetchall()


def _first_not_left(db: sqlite3.Connection, id: str, states: tuple[str, ...]) -> str:
    """The first part of the answer that is in one of these states and has only such between it and `id`."""
    while True:
        row = db.execute(
            "SELECT p.id, p.state FROM outbox o JOIN outbox p ON p.id = o.after_id WHERE o.id = :id", {"id": id}
        ).fetchone()
        if row is None or row["state"] not in states:
            return id
        id = row["id"]


def at_once(tx: Tx, inbox_id: int) -> None:
    """What this inbox would try again later is tried now: a person has mended it."""
    rows = tx.run(
        "UPDATE outbox SET retry_at = NULL, updated_at = :now WHERE inbox_id = :inbox AND state = 'queued' "
        "AND retry_at IS NOT NULL",
        inbox=inbox_id,
        now=tx.now,
    )
    if rows:
        tx.changed("inbox", inbox_id)


def _kept(reason: str | None) -> str | None:
    return None if reason is None else keep(reason)


def _set(tx: Tx, row: Row, state: DeliveryState, reason: str | None = None) -> None:
    tx.run(
        "UPDATE outbox SET state = :state, reason = :reason, retry_at = NULL, updated_at = :now WHERE id = :id",
        id=row["id"],
        state=str(state),
        reason=_kept(reason),
        now=tx.now,
    )
    messages.move_state(tx, row["n"], state, reason=reason, forced=True)
    tx.changed("outbox", row["id"])


def stale_sending(db: sqlite3.Connection, fence: int, now: int) -> list[Row]:
    """Items some holder left in `sending`: of an older fence, or past their deadline."""
    return db.execute(
        "SELECT * FROM outbox WHERE state = 'sending' AND (fence < :fence OR deadline < :now)",
        {"fence": fence, "now": now},
    ).fetchall()


def unknown(db: sqlite3.Connection) -> list[Row]:
    return db.execute("SELECT * FROM outbox WHERE state = 'unknown' ORDER BY created_at").fetchall()


def cancel(tx: Tx, id: str) -> Row:
    """Take back what has not left: held, queued, failed; of an answer in parts every part that has not. Returns the first of
    them. Raises Conflict when it is under way or gone."""
    id = _first_not_left(tx.db, id, ("held", "queued", "failed"))
    row = tx.one(
        "UPDATE outbox SET state = 'cancelled', updated_at = :now WHERE id = :id AND state IN ('held', 'queued', 'failed') "
        "RETURNING *",
        id=id,
        now=tx.now,
    )
    if row is None:
        state = tx.value("SELECT state FROM outbox WHERE id = :id", id=id)
        if state is None:
            raise NotFound(say("There is no outbox item {id}.", id=id))
        raise Conflict(say("Too late: the message is {state}.", state=say_term("delivery", state)), code="too_late")
    messages.move_state(tx, row["n"], DeliveryState.CANCELLED, forced=True)
    tx.changed("outbox", id)
    for later in followers(tx.db, id):
        if later["state"] in ("held", "queued", "failed"):
            _set(tx, later, DeliveryState.CANCELLED)
    return row


def retry(tx: Tx, id: str, *, not_before: int | None = None) -> Row:
    """A person says "send again": failed or unknown goes back to the queue, with the parts of the same answer that were held
    back for it. `not_before` (epoch ms) holds it until then, as when it was written. Returns the first of them."""
    at = tx.now if not_before is None else max(not_before, tx.now)
    state = DeliveryState.HELD if at > tx.now else DeliveryState.QUEUED
    id = _first_not_left(tx.db, id, ("failed", "cancelled"))
    if tx.value(
        "SELECT 1 FROM outbox o JOIN outbox p ON p.id = o.after_id WHERE o.id = :id AND p.state = 'unknown'", id=id
    ):
        raise Conflict(
            "The fate of the part before it is unknown.",
            hint="Send that one again or keep it first.",
            code="part_unknown",
        )
    row = tx.one(
        "UPDATE outbox SET state = :state, retry_at = NULL, not_before = :at, reason = NULL, updated_at = :now "
        "WHERE id = :id AND state IN ('failed', 'unknown', 'queued', 'cancelled') RETURNING *",
        id=id,
        state=str(state),
        at=at,
        now=tx.now,
    )
    if row is None:
        is_now = tx.value("SELECT state FROM outbox WHERE id = :id", id=id)
        if is_now is None:
            raise NotFound(say("There is no outbox item {id}.", id=id))
        raise Conflict(
            say("Nothing to send again: the message is {state}.", state=say_term("delivery", is_now)),
            code="not_retryable",
        )
    messages.move_state(tx, row["n"], state, forced=True)
    tx.changed("outbox", id)
    for later in followers(tx.db, id):
        if later["state"] in ("failed", "cancelled"):
            _set(tx, later, DeliveryState.QUEUED)
    return row


def text_of(db: sqlite3.Connection, row: Row) -> str:
    """What was written, of this item and the parts after it."""
    payload = json.loads(row["payload"])
    if "whole" in payload:
        return str(payload["whole"])
    rest = [json.loads(later["payload"]).get("text", "") for later in followers(db, row["id"])]
    return "\n".join(text for text in (payload.get("text", ""), *rest) if text)


def keep_unknown(tx: Tx, id: str) -> Row:
    """A person decides that an unknown one was delivered."""
    row = tx.one(
        "UPDATE outbox SET state = 'sent', reason = NULL, updated_at = :now WHERE id = :id AND state = 'unknown' RETURNING *",
        id=id,
        now=tx.now,
    )
    if row is None:
        raise Conflict("Its outcome is not unknown.", code="not_unknown")
    messages.move_state(tx, row["n"], DeliveryState.SENT, forced=True)
    tx.changed("outbox", id)
    return row
