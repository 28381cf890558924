"""Orders as people and machines see them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from decimal import Decimal
from typing import Any

from unibox_tui.domain import money
from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.orders import REACHED, items_text, state_of
from unibox_tui.domain.query import bounds
from unibox_tui.domain.saying import say
from unibox_tui.store import orders
from unibox_tui.store.database import Row
from unibox_tui.text.keys import normal_phone
from unibox_tui.text.safe import safe, safe_line
from unibox_tui.views.order_models import OrderLine
from unibox_tui.views.query import values


def line(db: sqlite3.Connection, row: Row) -> OrderLine:
    items = json.loads(row["items"])
    return OrderLine(
        id=row["id"],
        code=safe_line(row["code"]),
        shop=safe_line(row["shop"]),
        state=row["state"],
        amount=row["amount"],
        currency=row["currency"],
        deposit=row["deposit"],
        received=row["received"],
        items=safe_line(items_text(items, row["currency"])),
        units=sum(int(item.get("quantity", 1)) for item in items),
        phone=safe_line(row["phone"]),
        address=safe_line(row["address"]),
        note=safe(row["note"]),
        carrier=safe_line(row["carrier"]),
        tracking=safe_line(row["tracking"]),
        external_id=safe_line(row["external_id"] or ""),
        agent=safe_line(row["agent"] or ""),
        closed_by=safe_line(row["closed_by"] or ""),
        conversation_id=row["conversation_id"],
        contact_id=orders.contact_of(db, row),
        reached=tuple((state, row[column]) for state, column in REACHED.items() if row[column] is not None),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def of_contact(db: sqlite3.Connection, contact: int, limit: int = orders.MOST_OF_A_CUSTOMER) -> tuple[OrderLine, ...]:
    return tuple(line(db, row) for row in orders.of_contact(db, contact, limit))


def as_json(db: sqlite3.Connection, row: Row, *, phone: str | None = None) -> dict[str, Any]:
    """The stable JSON of an order: money in the smallest unit, times in epoch ms. `phone`: shown in place of the real one."""
    found: dict[str, Any] = {
        name: row[name]
        for name in (
            "id", "uid", "code", "shop", "external_id", "state", "currency", "amount", "deposit", "received", "address",
            "note", "carrier", "tracking", "agent", "closed_by", "conversation_id", "created_at", "updated_at",
        )
    }  # fmt: skip
    found["phone"] = row["phone"] if phone is None else phone
    found["contact_id"] = orders.contact_of(db, row)
    found["items"] = json.loads(row["items"])
    found["reached"] = {state: row[column] for state, column in REACHED.items() if row[column] is not None}
    found["removed"] = row["removed_at"] is not None
    return found


def amount_text(amount: int | None, currency: str) -> str:
    """ "590.000 đ" is the screen's; this is for lines: "590000 VND"."""
    return "" if amount is None else money.text(amount, currency)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which orders are meant; empty fields do not restrict. Moments as in queries ("today", "7d", 2026-11-01)."""

    states: tuple[str, ...] = ()
    shop: str = ""
    agent: str = ""
    contact: int | None = None
    conversation: int | None = None
    said: str = ""  # a code, tracking number, phone, item or part of a name
    over: str = ""
    under: str = ""
    since: str = ""


def page(
    db: sqlite3.Connection,
    wanted: Wanted,
    *,
    now: int,
    limit: int = 100,
    before: int | None = None,
    zone: tzinfo | None = None,
    region: str = "VN",
) -> list[Row]:
    """The newest first. Raises WrongUse for a value that cannot be read."""
    where: list[str] = []
    params: dict[str, Any] = {}
    if wanted.states:
        words = [state_of(state) for state in wanted.states]
        where.append(f"o.state IN ({', '.join(f':s{n}' for n in range(len(words)))})")
        params |= {f"s{n}": word for n, word in enumerate(words)}
    for name in ("shop", "agent"):
        if said := getattr(wanted, name):
            where.append(f"o.{name} = :{name}")
            params[name] = said
    if wanted.conversation is not None:
        where.append("o.conversation_id = :conversation")
        params["conversation"] = wanted.conversation
    if wanted.contact is not None:
        own = _ids(row["id"] for row in orders.of_contact(db, wanted.contact, 10_000))
        where.append(f"o.id IN ({own})")
    for op, said in ((">", wanted.over), ("<", wanted.under)):
        if said:
            _amount(where, params, op, said)
    if wanted.since:
        moment = values.moment(wanted.since)
        if moment is None:
            raise WrongUse(say("“{typed}” is no time.", typed=wanted.since), hint="As today, 7d, 2026-11-01.")
        first, _ = bounds(">=", moment, now, zone)
        where.append("o.created_at >= :first")
        params["first"] = first
    if wanted.said:
        where.append(f"o.id IN ({_ids(_found(db, wanted.said, region))})")
    return orders.page(db, where, params, limit, before)


def _found(db: sqlite3.Connection, said: str, region: str) -> list[int]:
    from unibox_tui.store import people

    keys = {orders.code_key(said), normal_phone(said, region)} - {""}
    found = {int(row["id"]) for key in keys for row in orders.having_key(db, key, limit=1_000)}
    for contact in people.matching(db, said, 500) or ():
        found |= {int(row["id"]) for row in orders.of_contact(db, contact)}
    return sorted(found)


def _amount(where: list[str], params: dict[str, Any], op: str, said: str) -> None:
    read = values.amount(said)
    if read is None:
        raise WrongUse(say("“{typed}” is no amount.", typed=said), hint="As 500k, 2tr5, 1.200.000.")
    whole = ", ".join(f"'{currency}'" for currency in sorted(money.WHOLE))
    n = len(params)
    where.append(f"o.amount {op} CASE WHEN o.currency IN ({whole}) THEN :whole{n} ELSE :parts{n} END")
    params |= {f"whole{n}": int(read.value), f"parts{n}": int(read.value * Decimal(100))}


def _ids(found: Any) -> str:
    return ",".join(str(int(id)) for id in found) or "NULL"


# -- what a scanner reads ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a code belongs to: kind `order`, `item`, `contact` or `conversation`; nothing when `id` is None."""

    kind: str
    id: int | None
    conversation: int | None = None
    contact: int | None = None
    more: int = 0  # others that have it too


def scanned(db: sqlite3.Connection, said: str, region: str = "VN") -> Scanned:
    """An order by code, external id or tracking number; an order that holds the item; a customer by phone or e-mail."""
    from unibox_tui.domain.errors import UniboxError
    from unibox_tui.store.people_named import named

    key = orders.code_key(said)
    for kind, kinds in (("order", ("code", "external", "tracking")), ("item", ("item",))):
        rows = orders.having_key(db, key, kinds) if key else []
        if rows:
            row = rows[0]
            others = len({other["id"] for other in rows}) - 1
            return Scanned(kind, row["id"], row["conversation_id"], orders.contact_of(db, row), others)
    number = normal_phone(said, region)
    rows = orders.having_key(db, number, ("phone",)) if number else []
    try:
        contact: int | None = named(db, said)
    except UniboxError:
        contact = orders.contact_of(db, rows[0]) if rows else None
    if contact is None:
        return Scanned("", None)
    talk = db.execute(
        "SELECT id FROM conversation WHERE contact_id = :id AND joined_into IS NULL ORDER BY last_at DESC LIMIT 1",
        {"id": contact},
    ).fetchone()
    return Scanned("contact", contact, None if talk is None else int(talk[0]), contact)


def rows_of(lines: Sequence[OrderLine]) -> list[list[str]]:
    """For a table on the command line."""
    return [
        [str(one.id), one.said, one.state, amount_text(one.amount, one.currency), one.phone, one.items] for one in lines
    ]


EXPORTED: Mapping[str, str] = {
    "id": "number here", "code": "code", "shop": "shop", "external_id": "number of the shop", "state": "state",
    "amount": "amount", "currency": "currency", "deposit": "deposit", "received": "received", "phone": "phone",
    "address": "address", "items": "items", "carrier": "carrier", "tracking": "tracking", "note": "note",
    "agent": "agent", "closed_by": "closed by", "conversation_id": "conversation", "contact_id": "contact",
    "created_at": "made", **{column: state for state, column in REACHED.items()},
}  # fmt: skip
"""Columns of an exported table and what they hold."""


def exported(db: sqlite3.Connection, row: Row, time: Any) -> list[str]:
    """One row of the table; money as written by people, times through `time`."""
    found = []
    for name in EXPORTED:
        value: Any = orders.contact_of(db, row) if name == "contact_id" else row[name]
        if name in ("amount", "deposit", "received"):
            value = "" if value is None else f"{money.major(value, row['currency']):f}"
        elif name == "items":
            value = items_text(json.loads(value), row["currency"])
        elif name.endswith("_at"):
            value = time(value)
        found.append("" if value is None else str(value))
    return found


__all__ = ["OrderLine", "Scanned", "Wanted", "as_json", "exported", "line", "of_contact", "page", "scanned"]
