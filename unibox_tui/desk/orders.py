"""Orders and deals as agents make and move them; every step an event that can be undone."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from unibox_tui.desk.done import Done, begin
from unibox_tui.domain import money
from unibox_tui.domain.errors import Conflict, Refused, WrongUse
from unibox_tui.domain.orders import FIELDS, MONEY, REACHED, OrderRules, checked, items_total, read_item, state_of
from unibox_tui.domain.saying import say, say_term
from unibox_tui.domain.words import Author
from unibox_tui.store import contacts, conversations, events, merging, order_reading, orders, outside
from unibox_tui.store.database import Row, Tx
from unibox_tui.store.events import Actor
from unibox_tui.text.addresses import find_addresses
from unibox_tui.text.found import find
from unibox_tui.text.money import currency_named

_DOLLARS = frozenset(("AUD", "CAD", "HKD", "NZD", "SGD", "TWD"))  # written with the same sign
AMOUNT_TEXTS = 12  # the latest messages that are read for a price


@dataclass(frozen=True, slots=True)
class Draft:
    """An order as the conversation tells it. `sources`: field -> the message (n) it was read from."""

    values: Mapping[str, Any]
    sources: Mapping[str, int] = field(default_factory=dict)


def draft_of(db: sqlite3.Connection, conversation: int, rules: OrderRules) -> Draft:
    """What the conversation says already: phone, address, order code, amount, shop. Raises NotFound."""
    top = conversations.root(db, conversation)
    ids = conversations.members(db, top)
    contact = merging.root(db, int(conversations.get(db, top)["contact_id"]))
    inbox = order_reading.inbox_of(db, top)
    region = inbox["region"] if inbox is not None else "VN"
    shop = rules.shop_of(inbox["name"]) if inbox is not None else None
    values: dict[str, Any] = {
        "conversation_id": top,
        "contact_id": contact,
        "currency": (shop.currency if shop else "") or money.HOME.get(region, "VND"),
        "shop": shop.name if shop else "",
    }
    sources: dict[str, int] = {}
    _phone(db, ids, contact, values, sources)
    for row in order_reading.found(db, ids, "order", 1):
        values["code"], sources["code"] = row["value"], int(row["n"])
    for place, row in enumerate(order_reading.texts(db, ids)):
        if "address" not in values and row["direction"] == "in":
            sure = [one for one in find_addresses(row["text"]) if one.confidence == "high"]
            if sure:
                values["address"], sources["address"] = sure[-1].value, int(row["n"])
        if "amount" not in values and place < AMOUNT_TEXTS:
            sums = [
                one
                for one in find(row["text"], region, rules.order_patterns)
                if one.kind == "amount" and one.confidence == "high" and one.currency == values["currency"]
            ]
            if sums:
                values["amount"], sources["amount"] = sums[-1].minor, int(row["n"])
    return Draft(values, sources)


def _phone(
    db: sqlite3.Connection, ids: Sequence[int], contact: int, values: dict[str, Any], sources: dict[str, int]
) -> None:
    for row in order_reading.found(db, ids, "phone", 1):
        values["phone"], sources["phone"] = row["value"], int(row["n"])
        return
    known = contacts.stated(db, contact, "phone")
    if known:
        values["phone"] = known[0]


# -- making and changing ---------------------------------------------------------------------------------------------


def new(
    tx: Tx,
    actor: Actor,
    fields: Mapping[str, Any],
    rules: OrderRules,
    *,
    conversation: int | None = None,
    contact: int | None = None,
    state: str = "draft",
    fill: bool = True,
) -> Done:
    """Make an order; what is not given comes from the conversation when `fill`. `fields` as people type them.

    Orders that may be the same are named in the summary and in `data["duplicates"]`. Raises WrongUse, Conflict.
    """
    values: dict[str, Any] = {}
    if conversation is not None:
        found = draft_of(tx.db, conversation, rules).values
        values = (
            dict(found) if fill else {key: found[key] for key in ("conversation_id", "contact_id", "currency", "shop")}
        )
    elif contact is not None:
        values = {"contact_id": merging.root(tx.db, contact), "currency": "VND", "shop": ""}
    else:
        values = {"currency": "VND", "shop": ""}
    region = order_reading.region_of(tx.db, values.get("conversation_id"))
    if "currency" in fields:
        values["currency"] = checked("currency", fields["currency"])
    values |= read_fields(fields, values["currency"], region)
    if values.get("shop") and rules.shops and values["shop"] not in rules.shops:
        raise WrongUse(
            say("There is no shop {name!r}.", name=values["shop"]),
            hint=say("There are: {names}.", names=", ".join(rules.shops)),
        )
    if values.get("amount") is None and (total := items_total(values.get("items") or ())) is not None:
        values["amount"] = total
    word = state_of(state)
    values |= {"state": word, "agent": actor.name if actor.kind is Author.AGENT else None}
    if word != "draft":
        values |= {REACHED[word]: tx.now}
    if word == "confirmed":
        values["closed_by"] = actor.name
    alike = orders.like(tx.db, values, tx.now - rules.duplicate_ms, region=region)
    act = begin(tx, actor, "order", say("order made"))
    if values.get("conversation_id") is not None:
        _end_deal(tx, act, int(values["conversation_id"]))
    id = orders.create(tx, values, region=region)
    shop = rules.shops.get(values.get("shop", ""))
    if not values.get("code") and shop is not None and shop.prefix:
        orders.change(tx, id, {"code": f"{shop.prefix}{id}"}, region=region)
    row = orders.get(tx.db, id)
    told = {"order": id, "state": word, "amount": row["amount"], "currency": row["currency"], "shop": row["shop"]}
    record(tx, act, "order.created", row, told)
    summary = say("order {order} made", order=id)
    if alike:
        others = ", ".join(str(one["id"]) for one in alike)
        summary = say("order {order} made; it looks like order {others}", order=id, others=others)
    data = {"order": id, "duplicates": [one["id"] for one in alike]}
    return Done(summary, _shown_in(tx, row), act.action_id, 1, data)


def set_fields(tx: Tx, actor: Actor, order: int, fields: Mapping[str, Any], rules: OrderRules) -> Done:
    """Change fields, as people type them. Raises WrongUse, Conflict, NotFound."""
    row = _living(tx, order)
    if not fields:
        raise WrongUse("What is to be set?", hint=say("One of: {words}.", words=", ".join(FIELDS)))
    region = order_reading.region_of(tx.db, row["conversation_id"])
    currency = checked("currency", fields["currency"]) if "currency" in fields else row["currency"]
    values = read_fields(fields, currency, region)
    if values.get("shop") and rules.shops and values["shop"] not in rules.shops:
        raise WrongUse(
            say("There is no shop {name!r}.", name=values["shop"]),
            hint=say("There are: {names}.", names=", ".join(rules.shops)),
        )
    act = begin(tx, actor, "order", say("order {order} changed", order=order))
    done = put(tx, act, row, values)
    alike = orders.like(
        tx.db,
        {name: orders.value_of(orders.get(tx.db, order), name) for name in ("phone", "amount", "items")},
        row["created_at"] - rules.duplicate_ms,
        region=region,
        but=order,
    )
    summary = say("order {order} changed", order=order)
    data = {"order": order, "duplicates": [one["id"] for one in alike]}
    return Done(summary, _shown_in(tx, row), act.action_id if done else None, len(done), data)


def set_state(tx: Tx, actor: Actor, order: int, state: str) -> Done:
    """Move an order on, or back where somebody erred; the time it reached each state is kept. Raises WrongUse, NotFound."""
    row, word = _living(tx, order), state_of(state)
    summary = say("order {order}: {state}", order=order, state=say_term("order", word))
    if row["state"] == word:
        return Done(summary, _shown_in(tx, row), None, 0, {"order": order, "state": word})
    act = begin(tx, actor, "order-state", summary)
    move(tx, act, row, word)
    return Done(summary, _shown_in(tx, row), act.action_id, 1, {"order": order, "state": word})


def move(tx: Tx, act: Actor, row: Row, word: str) -> None:
    """The state with what goes along, and its event."""
    values: dict[str, Any] = {"state": word}
    if word in REACHED:
        values[REACHED[word]] = tx.now
    if word == "confirmed" and row["closed_by"] is None:
        values["closed_by"] = act.name
    before = {name: row[name] for name in values}
    orders.change(tx, row["id"], values, region=order_reading.region_of(tx.db, row["conversation_id"]))
    data = {"order": row["id"], "from": row["state"], "to": word, "before": before, "after": values}
    record(tx, act, "order.state", row, data)
    outside.decided(tx, "order", row["id"], ("state",))


def put(tx: Tx, act: Actor, row: Row, values: Mapping[str, Any]) -> dict[str, Any]:
    """Write what differs, with its event; returns that."""
    differs = {name: value for name, value in values.items() if orders.value_of(row, name) != value}
    if differs:
        orders.change(tx, row["id"], differs, region=order_reading.region_of(tx.db, row["conversation_id"]))
        before = {name: orders.value_of(row, name) for name in differs}
        record(tx, act, "order.changed", row, {"order": row["id"], "before": before, "after": differs})
    outside.decided(tx, "order", row["id"], values)
    return differs


def read_fields(fields: Mapping[str, Any], currency: str, region: str) -> dict[str, Any]:
    """Fields as people type them ("590k", "2x Áo @150k; Quần") or as machines do. Raises WrongUse naming the field."""
    values: dict[str, Any] = {}
    for name, said in fields.items():
        if name not in FIELDS:
            raise WrongUse(
                say("An order has no field {key!r}.", key=name),
                hint=say("There are: {names}.", names=", ".join(FIELDS)),
            )
        if name in MONEY and isinstance(said, str) and said.strip():
            said = read_money(name, said, currency, region)
        elif name == "items" and isinstance(said, str):
            pieces = [piece.strip() for piece in said.replace("\n", ";").split(";") if piece.strip()]
            said = [
                read_item(piece, lambda text: read_money(f"items “@{text}”", text, currency, region)).as_json()
                for piece in pieces
            ]
        values[name] = checked(name, said)
    return values


def read_money(name: str, said: str, currency: str, region: str) -> int:
    """ "590k", "1tr2", "1.200.000", "12.50" in the smallest unit. Raises WrongUse, also where another currency is named."""
    from unibox_tui.views.query.values import amount

    read = amount(said)
    if read is None:
        raise WrongUse(say("{name}: that is no amount.", name=name), hint="As 590k, 1tr2, 1.200.000.")
    other = currency_named(said)
    if other and other != currency and not (other == "USD" and currency in _DOLLARS):
        raise WrongUse(
            say("{name}: that is {other}, and the order is in {currency}.", name=name, other=other, currency=currency),
            hint=say("Set the currency too: currency={other}", other=other),
        )
    exact = Decimal(read.value)
    if currency in money.WHOLE and exact != exact.to_integral_value():
        raise WrongUse(say("{name}: {currency} has no smaller unit.", name=name, currency=currency))
    return money.minor(exact, currency)


def _living(tx: Tx, order: int) -> Row:
    row = orders.get(tx.db, order)
    if row["removed_at"] is not None:
        raise Refused(say("Order {order} was taken back.", order=order), hint="`redo` brings it back.", code="removed")
    return row


def _shown_in(tx: Tx, row: Row) -> tuple[int, ...]:
    return () if row["conversation_id"] is None else (conversations.root(tx.db, row["conversation_id"]),)


def record(tx: Tx, actor: Actor, kind: str, row: Row, data: Mapping[str, Any]) -> int:
    """What happened to an order, told where it belongs."""
    return events.record(
        tx, actor, kind, conversation=row["conversation_id"], contact=orders.contact_of(tx.db, row), data=data
    )


# -- deals -----------------------------------------------------------------------------------------------------------


def set_deal(tx: Tx, actor: Actor, conversation: int, state: str | None) -> Done:
    """The state of a deal nobody made an order of; None or "none" takes it away. Where there is an order it tells, and a
    deal set by hand is refused."""
    top = conversations.root(tx.db, conversation)
    there = orders.of_conversation(tx.db, conversations.members(tx.db, top))
    if there:
        raise Conflict(
            say("Order {order} tells the state of this deal.", order=there[0]["id"]),
            hint=say("`:order-state` changes it."),
            code="has_order",
        )
    word = None if state in (None, "", "none", "-") else state_of(str(state))
    before = orders.deal(tx.db, top)
    was = before["state"] if before is not None else None
    summary = say("deal: {state}", state=say_term("order", word)) if word else say("no deal")
    if was == word:
        return Done(summary, (top,), None, 0, {"state": word})
    act = begin(tx, actor, "deal", summary)
    _put_deal(tx, act, top, was, word)
    return Done(summary, (top,), act.action_id, 1, {"state": word})


def _end_deal(tx: Tx, act: Actor, top: int) -> None:
    """An order was made: from now on it tells."""
    before = orders.deal(tx.db, top)
    if before is not None:
        _put_deal(tx, act, top, before["state"], None)


def _put_deal(tx: Tx, act: Actor, top: int, was: str | None, word: str | None) -> None:
    orders.set_deal(tx, top, word, act.name)
    contact = conversations.get(tx.db, top)["contact_id"]
    events.record(tx, act, "deal.state", conversation=top, contact=contact, data={"from": was, "to": word})


# -- undo ------------------------------------------------------------------------------------------------------------


def created(tx: Tx, actor: Actor, event: Row, data: dict[str, Any], *, back: bool) -> bool:
    """The making of an order taken back, or again."""
    row = orders.get(tx.db, data["order"])
    if (row["removed_at"] is not None) == back:
        return False
    try:
        orders.change(
            tx,
            row["id"],
            {"removed_at": tx.now if back else None},
            region=order_reading.region_of(tx.db, row["conversation_id"]),
        )
    except Conflict:
        return False  # another has its number of the shop meanwhile
    record(tx, actor, "order.removed" if back else "order.restored", row, {"order": row["id"]})
    return True


def changed(tx: Tx, actor: Actor, event: Row, data: dict[str, Any], *, back: bool) -> bool:
    """Fields or a state back, or again; what somebody has changed since stays."""
    expected, values = (data["after"], data["before"]) if back else (data["before"], data["after"])
    row = orders.get(tx.db, data["order"])
    fits = {name: value for name, value in values.items() if orders.value_of(row, name) == expected[name]}
    if not fits or ("state" in values and "state" not in fits):
        return False
    try:
        orders.change(tx, row["id"], fits, region=order_reading.region_of(tx.db, row["conversation_id"]))
    except Conflict:
        return False
    told = {"order": row["id"], "before": {name: expected[name] for name in fits}, "after": fits}
    if "state" in fits:
        told |= {"from": expected["state"], "to": fits["state"]}
    record(tx, actor, event["kind"], row, told)
    return True


def deal(tx: Tx, actor: Actor, event: Row, data: dict[str, Any], *, back: bool) -> bool:
    """The state of a deal back, or again."""
    expected, value = (data["to"], data["from"]) if back else (data["from"], data["to"])
    top = event["conversation_id"]
    row = orders.deal(tx.db, top)
    if (row["state"] if row is not None else None) != expected:
        return False
    if value is not None and orders.of_conversation(
        tx.db, conversations.members(tx.db, conversations.root(tx.db, top))
    ):
        return False
    _put_deal(tx, actor, top, expected, value)
    return True
