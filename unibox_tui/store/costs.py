"""What each answer was expected to cost and what the provider said of it. Amounts are millionths of the main unit.

What a provider says (`extra={"cost": {…}}` of a SendResult or Receipt), all optional: `amount` (number or text, main unit),
`currency` (three letters), `free` (bool), `charged` (bool), `quota` (what it was taken from).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Literal

from unibox_tui.domain.money import MICRO, major
from unibox_tui.store.database import Row, Tx
from unibox_tui.store.reading import marks

if TYPE_CHECKING:
    from unibox_tui.domain.send_rules import Decision

By = Literal["channel", "inbox", "agent", "customer"]
_MOST = 10**15


@dataclass(frozen=True, slots=True)
class Sum:
    """`amount` in millionths: what the provider charged where it said so, else what was expected. `unknown`: messages that
    cost something nobody has named."""

    key: str
    currency: str
    amount: int
    messages: int
    free: int
    unknown: int


def expect(tx: Tx, n: int, inbox_id: int, decision: Decision, *, template: str = "") -> None:
    """What the message will cost by the rule that lets it go; written anew when it is decided again as it leaves. A
    `template` (its id) has a price of its own where the provider named one."""
    rule = decision.rule
    amount, currency = decision.amount, decision.currency
    if template and not decision.free and (own := _price_of(tx.db, inbox_id, template)):
        amount, currency = own
    tx.run(
        "INSERT INTO message_cost (n, inbox_id, at, kind, rule, tag, amount, currency, free, quota, unsure) VALUES (:n, "
        ":inbox, :now, :kind, :rule, :tag, :amount, :currency, :free, :quota, :unsure) ON CONFLICT (n) DO UPDATE SET "
        "at = excluded.at, kind = excluded.kind, rule = excluded.rule, tag = excluded.tag, amount = excluded.amount, "
        "currency = excluded.currency, free = excluded.free, quota = excluded.quota, unsure = excluded.unsure",
        n=n,
        inbox=inbox_id,
        now=tx.now,
        kind=decision.kind,
        rule=rule.name if rule else "",
        tag=decision.tag,
        amount=amount,
        currency=currency,
        free=int(decision.free),
        quota=rule.quota if rule else "",
        unsure=int(decision.unsure),
    )


def _price_of(db: sqlite3.Connection, inbox_id: int, template: str) -> tuple[int, str] | None:
    row = db.execute(
        "SELECT price, currency FROM template WHERE inbox_id = :inbox AND id = :id AND price > 0",
        {"inbox": inbox_id, "id": template},
    ).fetchone()
    return None if row is None else (int(major(row["price"], row["currency"]) * MICRO), str(row["currency"]))


def said(tx: Tx, n: int, cost: object, *, at: int | None = None) -> bool:
    """What the provider says. Facts it leaves out keep what was said before; what is none of these is passed over. Returns
    whether anything was said."""
    if not isinstance(cost, Mapping):
        return False
    values = {
        "amount": _micro(cost.get("amount")),
        "currency": _word(cost.get("currency"), 3),
        "free": _yes(cost.get("free")),
        "charged": _yes(cost.get("charged")),
        "quota": _word(cost.get("quota"), 60),
    }
    if values["free"] is None and values["charged"] is not None:
        values["free"] = 1 - int(values["charged"])
    if values["charged"] is None and values["free"] is not None:
        values["charged"] = 1 - int(values["free"])
    if all(value is None for value in values.values()):
        return False
    inbox = tx.value("SELECT inbox_id FROM message WHERE n = :n AND direction = 'out'", n=n)
    if inbox is None:
        return False
    tx.run(
        "INSERT INTO message_cost (n, inbox_id, at, kind, rule, free, said_at, said_amount, said_currency, said_free, "
        "said_charged, said_quota) VALUES (:n, :inbox, :now, 'text', '', 0, :at, :amount, :currency, :free, :charged, :quota) "
        "ON CONFLICT (n) DO UPDATE SET said_at = excluded.said_at, said_amount = coalesce(excluded.said_amount, said_amount), "
        "said_currency = coalesce(excluded.said_currency, said_currency), "
        "said_free = coalesce(excluded.said_free, said_free), said_charged = coalesce(excluded.said_charged, said_charged), "
        "said_quota = coalesce(excluded.said_quota, said_quota)",
        {"n": n, "inbox": inbox, "now": tx.now, "at": tx.now if at is None else at, **values},
    )
    return True


def of(db: sqlite3.Connection, ns: Sequence[int]) -> dict[int, Row]:
    rows = db.execute(f"SELECT * FROM message_cost WHERE n IN ({marks(ns)})", list(ns))
    return {int(row["n"]): row for row in rows}


def amount(row: Row) -> int | None:
    """As AMOUNT, of one row."""
    if row["said_amount"] is not None:
        return int(row["said_amount"])
    if row["said_charged"] == 0:
        return 0
    if row["said_charged"] == 1 and row["free"]:
        return None
    return None if row["amount"] is None else int(row["amount"])


def sums(db: sqlite3.Connection, by: By, *, since: int = 0, until: int | None = None) -> list[Sum]:
    """What left (or may still leave) between these times, by channel, inbox, agent or customer; the dearest first."""
    key = {
        "channel": "i.channel",
        "inbox": "i.name",
        "agent": "CASE m.author_kind WHEN 'agent' THEN coalesce(m.author, '') ELSE m.author_kind END",
        "customer": "cast(coalesce(d.contact_id, '') AS TEXT)",
    }[by]
    rows = db.execute(
        f"SELECT {key} AS key, coalesce(nullif(k.said_currency, ''), k.currency) AS currency, sum({AMOUNT}) AS amount, "
        f"count(*) AS messages, count(*) FILTER (WHERE {IS_FREE}) AS free, "
        f"count(*) FILTER (WHERE {AMOUNT} IS NULL) AS unknown FROM message_cost k JOIN message m ON m.n = k.n "
        "JOIN inbox i ON i.id = k.inbox_id LEFT JOIN identity d ON d.id = m.identity_id "
        "WHERE m.state NOT IN ('failed', 'cancelled') AND m.received_at >= :since AND m.received_at < :until "
        "GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2",
        {"since": since, "until": 1 << 62 if until is None else until},
    )
    return [
        Sum(row["key"], row["currency"], int(row["amount"] or 0), row["messages"], row["free"], row["unknown"])
        for row in rows
    ]


# What it cost as far as anybody knows: the provider's word first, then "free" and "charged", then the expectation.
AMOUNT = (
    "CASE WHEN k.said_amount IS NOT NULL THEN k.said_amount WHEN k.said_charged = 0 THEN 0 WHEN k.said_charged = 1 AND k.free = 1 "
    "THEN NULL ELSE k.amount END"
)
IS_FREE = "coalesce(k.said_free, k.free) = 1"


def _micro(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        amount = abs(Decimal(str(value))) * MICRO  # some write what they take as a negative number
        return int(amount.to_integral_value()) if amount < _MOST else None
    except (InvalidOperation, ValueError):
        return None


def _word(value: object, most: int) -> str | None:
    return value[:most] if isinstance(value, str) and value else None


def _yes(value: object) -> int | None:
    return int(value) if isinstance(value, bool) else None
