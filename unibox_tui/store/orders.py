"""Orders and deals: one row each; what may be read off a parcel stands in `order_key`.

Whose an order is: the customer of its conversation, else `contact_id` and whom that was merged into.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from unibox_tui.domain.errors import Conflict, NotFound
from unibox_tui.domain.ids import new_id
from unibox_tui.domain.orders import FIELDS, REACHED
from unibox_tui.domain.saying import say
from unibox_tui.store import conversations, merging
from unibox_tui.store.database import Row, Tx
from unibox_tui.text.fold import fold
from unibox_tui.text.keys import normal_phone

COLUMNS = (
    *FIELDS, "state", "closed_by", *REACHED.values(), "conversation_id", "contact_id", "agent", "removed_at",
)  # fmt: skip
_TYPED = (*FIELDS, "state")
MOST_OF_A_CUSTOMER = 50


def create(tx: Tx, values: Mapping[str, Any], *, region: str = "VN", uid: str | None = None, typed: bool = True) -> int:
    """`values`: columns; `items` a list; `typed`: a person did it. Raises Conflict when the shop has an order with that external id."""
    external = values.get("external_id")
    if external is not None and (known := by_external(tx.db, values.get("shop", ""), external)) is not None:
        raise Conflict(
            say("Order {order} has that number of the shop already.", order=known["id"]), code="order_exists"
        )
    id = tx.next_number("customer_order")
    row = {name: values[name] for name in COLUMNS if name in values}
    row["items"] = json.dumps(list(values.get("items") or ()), ensure_ascii=False, separators=(",", ":"))
    row["typed"] = json.dumps(sorted(name for name in _TYPED if values.get(name)) if typed else [])
    row |= {
        "id": id,
        "uid": uid or new_id(tx.now),
        "created_at": values.get("created_at") or tx.now,
        "updated_at": tx.now,
    }
    names = ", ".join(row)
    tx.run(f"INSERT INTO customer_order ({names}) VALUES ({', '.join(f':{name}' for name in row)})", row)
    _keys(tx, id, region)
    tell(tx, id)
    return id


def change(tx: Tx, id: int, values: Mapping[str, Any], *, region: str = "VN", typed: bool = True) -> None:
    """Set columns; `items` is a list; `typed`: a person did it. Raises Conflict as `create`."""
    if unknown := values.keys() - set(COLUMNS):
        raise ValueError(f"no such column of an order: {sorted(unknown)}")
    row = get(tx.db, id)
    if values.keys() & {"external_id", "shop", "removed_at"}:
        shop, external = values.get("shop", row["shop"]), values.get("external_id", row["external_id"])
        known = by_external(tx.db, shop, external) if external is not None else None
        if known is not None and known["id"] != id and values.get("removed_at", row["removed_at"]) is None:
            raise Conflict(
                say("Order {order} has that number of the shop already.", order=known["id"]), code="order_exists"
            )
    params = dict(values)
    by_hand = set(json.loads(row["typed"]))
    touched = set(values) & set(_TYPED)
    params["typed"] = json.dumps(sorted(by_hand | touched if typed else by_hand - touched))
    if "items" in params:
        params["items"] = json.dumps(list(params["items"] or ()), ensure_ascii=False, separators=(",", ":"))
    sets = "".join(f"{name} = :{name}, " for name in sorted(params))
    tx.run(f"UPDATE customer_order SET {sets}updated_at = :now WHERE id = :id", {**params, "id": id, "now": tx.now})
    _keys(tx, id, region)
    tell(tx, id)


def tell(tx: Tx, id: int) -> None:
    """Who shows the order looks again."""
    row = get(tx.db, id)
    tx.changed("order", id)
    if row["conversation_id"] is not None:
        tx.changed("conversation", conversations.root(tx.db, row["conversation_id"]))
    elif row["contact_id"] is not None:
        tx.changed("contact", merging.root(tx.db, row["contact_id"]))


def value_of(row: Row, name: str) -> Any:
    """A column as it is compared and shown: items as a list."""
    return json.loads(row[name]) if name == "items" else row[name]


def _keys(tx: Tx, id: int, region: str) -> None:
    row = get(tx.db, id)
    tx.run("DELETE FROM order_key WHERE order_id = :id", id=id)
    if row["removed_at"] is not None:
        return
    found = {("code", row["code"]), ("external", row["external_id"] or ""), ("tracking", row["tracking"])}
    found |= {("item", item.get("code", "")) for item in json.loads(row["items"])}
    keys = {(kind, code_key(value)) for kind, value in found if value}
    if row["phone"]:
        keys.add(("phone", normal_phone(row["phone"], region) or code_key(row["phone"])))
    tx.many(
        "INSERT INTO order_key (kind, value, order_id) VALUES (:kind, :value, :id)",
        [{"kind": kind, "value": value, "id": id} for kind, value in sorted(keys)],
    )


def code_key(said: str) -> str:
    """What two spellings of a code have in common."""
    return "".join(fold(said).split()).lstrip("#")


# -- reading -------------------------------------------------------------------------------------------------------


def get(db: sqlite3.Connection, id: int) -> Row:
    """Raises NotFound."""
    row: Row | None = db.execute("SELECT * FROM customer_order WHERE id = :id", {"id": id}).fetchone()
    if row is None:
        raise NotFound(say("No order has the number {id}.", id=id))
    return row


def by_external(db: sqlite3.Connection, shop: str, external_id: str) -> Row | None:
    row: Row | None = db.execute(
        "SELECT * FROM customer_order WHERE shop = :shop AND external_id = :external AND removed_at IS NULL",
        {"shop": shop, "external": external_id},
    ).fetchone()
    return row


def by_uid(db: sqlite3.Connection, uid: str) -> Row | None:
    row: Row | None = db.execute("SELECT * FROM customer_order WHERE uid = :uid", {"uid": uid}).fetchone()
    return row


def having_key(db: sqlite3.Connection, value: str, kinds: Sequence[str] = (), limit: int = 20) -> list[Row]:
    """Orders with this code, external id, tracking number, item or phone; the newest first."""
    only = f"AND k.kind IN ({', '.join(f':k{n}' for n in range(len(kinds)))}) " if kinds else ""
    return db.execute(
        "SELECT o.*, k.kind AS found_by FROM order_key k JOIN customer_order o ON o.id = k.order_id "
        f"WHERE k.value = :value {only}AND o.removed_at IS NULL ORDER BY o.created_at DESC, o.id DESC LIMIT :limit",
        {"value": value, "limit": limit, **{f"k{n}": kind for n, kind in enumerate(kinds)}},
    ).fetchall()


def named(db: sqlite3.Connection, said: str) -> int:
    """The order people mean: its number, code, external id, tracking number or uid. Raises NotFound, Conflict."""
    word = said.strip()
    if word.isascii() and word.isdigit() and len(word) < 10:
        row = db.execute("SELECT id FROM customer_order WHERE id = :id", {"id": int(word)}).fetchone()
        if row is not None:
            return int(row[0])
    known = by_uid(db, word.lower())
    if known is not None:
        return int(known["id"])
    found = {row["id"] for row in having_key(db, code_key(word), ("code", "external", "tracking"))} if word else set()
    if not found:
        raise NotFound(
            "There is no such order.", hint="Its number, code or tracking number; `unibox order list` shows them."
        )
    if len(found) > 1:
        numbers = ", ".join(str(id) for id in sorted(found))
        raise Conflict(
            "Several orders have that code.", hint=say("Name one by its number: {numbers}.", numbers=numbers)
        )
    return int(found.pop())


def of_conversation(db: sqlite3.Connection, ids: Sequence[int]) -> list[Row]:
    """Orders made from these conversations, the newest first."""
    return db.execute(
        f"SELECT * FROM customer_order WHERE conversation_id IN ({_list(ids)}) AND removed_at IS NULL "
        "ORDER BY created_at DESC, id DESC"
    ).fetchall()


def of_contact(db: sqlite3.Connection, contact: int, limit: int = MOST_OF_A_CUSTOMER) -> list[Row]:
    """A customer's orders, the newest first. `contact`: who they are now."""
    people = merging.tree(db, contact)
    return db.execute(
        "SELECT * FROM (SELECT o.* FROM conversation c CROSS JOIN customer_order o WHERE o.conversation_id = c.id "
        "AND c.contact_id = :contact UNION ALL SELECT o.* FROM customer_order o WHERE o.conversation_id IS NULL "
        f"AND o.contact_id IN ({_list(people)})) WHERE removed_at IS NULL ORDER BY created_at DESC, id DESC LIMIT :limit",
        {"contact": contact, "limit": limit},
    ).fetchall()


def contact_of(db: sqlite3.Connection, row: Row) -> int | None:
    """Who the customer of an order is now."""
    if row["conversation_id"] is not None:
        talk = conversations.get(db, row["conversation_id"])
        return merging.root(db, int(talk["contact_id"]))
    return None if row["contact_id"] is None else merging.root(db, int(row["contact_id"]))


def like(db: sqlite3.Connection, values: Mapping[str, Any], since: int, *, region: str, but: int = 0) -> list[Row]:
    """Orders since then of the same phone that hold the same amount or the same items; they may be the same order."""
    phone = normal_phone(values.get("phone") or "", region) or code_key(values.get("phone") or "")
    if not phone:
        return []
    mine = _names(values.get("items") or ())
    return [
        row
        for row in having_key(db, phone, ("phone",), 50)
        if row["id"] != but
        and row["created_at"] >= since
        and row["state"] != "cancelled"
        and (
            (values.get("amount") is not None and row["amount"] == values["amount"])
            or (mine and mine == _names(json.loads(row["items"])))
        )
    ]


def _names(items: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((code_key(item.get("code") or item["name"]), int(item.get("quantity", 1))) for item in items))


def page(
    db: sqlite3.Connection, where: Sequence[str], params: Mapping[str, Any], limit: int, before: int | None = None
) -> list[Row]:
    """Orders that fit these conditions over `customer_order o`, the newest first."""
    terms = ["o.removed_at IS NULL", *where]
    if before is not None:
        terms.append("o.id < :before")
    return db.execute(
        f"SELECT o.* FROM customer_order o WHERE {' AND '.join(terms)} ORDER BY o.id DESC LIMIT :limit",
        {**params, "limit": limit, "before": before},
    ).fetchall()


# -- deals -----------------------------------------------------------------------------------------------------------


def deal(db: sqlite3.Connection, conversation: int) -> Row | None:
    row: Row | None = db.execute("SELECT * FROM deal WHERE conversation_id = :id", {"id": conversation}).fetchone()
    return row


def set_deal(tx: Tx, conversation: int, state: str | None, agent: str | None) -> None:
    if state is None:
        tx.run("DELETE FROM deal WHERE conversation_id = :id", id=conversation)
    else:
        tx.run(
            "INSERT INTO deal (conversation_id, state, agent, at) VALUES (:id, :state, :agent, :now) "
            "ON CONFLICT (conversation_id) DO UPDATE SET state = excluded.state, agent = excluded.agent, at = excluded.at",
            id=conversation,
            state=state,
            agent=agent,
            now=tx.now,
        )
    tx.changed("conversation", conversation)


def _list(values: Iterable[int]) -> str:
    return ",".join(str(int(value)) for value in values) or "NULL"
