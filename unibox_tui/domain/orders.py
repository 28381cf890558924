"""Orders of teams that sell in chat: their states, their fields, and what may follow what."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.money import major
from unibox_tui.domain.saying import say


class OrderState(StrEnum):
    DRAFT = "draft"
    CONFIRMED = "confirmed"  # chốt
    PACKED = "packed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"  # đã nhận hàng
    RETURNED = "returned"  # gửi hoàn
    CANCELLED = "cancelled"


STATES: tuple[str, ...] = tuple(OrderState)
# How far along; what comes from outside only moves an order forward by itself.
RANK: Mapping[str, int] = MappingProxyType({state: place for place, state in enumerate(STATES)})
# When it was reached is kept in the column of this name.
REACHED: Mapping[str, str] = MappingProxyType({state: f"{state}_at" for state in STATES if state != "draft"})
STATE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "chot": "confirmed", "chốt": "confirmed", "deal": "confirmed", "won": "confirmed", "ยืนยัน": "confirmed",
        "nhap": "draft", "nháp": "draft", "ร่าง": "draft",
        "dong-goi": "packed", "đóng-gói": "packed", "แพ็ค": "packed",
        "gui": "shipped", "gửi": "shipped", "sent": "shipped", "đang-giao": "shipped", "ส่งแล้ว": "shipped",
        "nhan": "delivered", "nhận": "delivered", "đã-nhận": "delivered", "received": "delivered", "ได้รับแล้ว": "delivered",
        "hoan": "returned", "hoàn": "returned", "gửi-hoàn": "returned", "คืน": "returned",
        "huy": "cancelled", "hủy": "cancelled", "huỷ": "cancelled", "canceled": "cancelled", "ยกเลิก": "cancelled",
    }
)  # fmt: skip

MONEY = ("amount", "deposit", "received")
LONGEST: Mapping[str, int] = MappingProxyType(
    {
        "phone": 40,
        "address": 500,
        "note": 2_000,
        "carrier": 60,
        "tracking": 80,
        "shop": 60,
        "external_id": 120,
        "code": 60,
    }
)
FIELDS: tuple[str, ...] = (*MONEY, "currency", *LONGEST, "items")
MOST_ITEMS = 200
MOST_MONEY = 10**15
_CURRENCY = re.compile("[A-Z]{3}")
_ITEM = re.compile(
    r"(?:(?P<quantity>\d{1,5})\s*[x×*]\s*)?(?P<name>.+?)(?:\s*@\s*(?P<price>[^@]*\d[^@]*))?\s*", re.DOTALL
)
_CODE = re.compile(r"\s*\[(?P<code>[^\[\]]{1,60})\]\s*$")


@dataclass(frozen=True, slots=True)
class Item:
    """`price`: of one, in the smallest unit of the order's currency. `code`: as a scanner reads it."""

    name: str
    quantity: int = 1
    price: int | None = None
    code: str = ""

    def as_json(self) -> dict[str, Any]:
        kept: dict[str, Any] = {"name": self.name, "quantity": self.quantity}
        if self.price is not None:
            kept["price"] = self.price
        if self.code:
            kept["code"] = self.code
        return kept


@dataclass(frozen=True, slots=True)
class Shop:
    """Where goods come from. `inboxes`: those whose orders are this shop's; `prefix`: before the number in its codes."""

    name: str
    title: str = ""
    inboxes: tuple[str, ...] = ()
    currency: str = ""
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class OrderRules:
    """The workspace's choices. `duplicate_ms`: within this time the same phone and content is worth a warning."""

    shops: Mapping[str, Shop] = field(default_factory=dict)
    duplicate_ms: int = 3 * 86_400_000
    order_patterns: tuple[str, ...] = ()

    def shop_of(self, inbox: str) -> Shop | None:
        return next((shop for shop in self.shops.values() if inbox in shop.inboxes), None)


def state_of(word: str) -> str:
    """A state by its name or a word people use for it. Raises WrongUse."""
    said = "-".join(word.casefold().split())
    said = STATE_WORDS.get(said, said)
    if said not in STATES:
        raise WrongUse(
            say("{word!r} is no state of an order.", word=word), hint=say("One of: {words}.", words=", ".join(STATES))
        )
    return said


def read_item(said: str, price: Any) -> Item:
    """`2x Áo thun đen @150k [SKU1]`; `price` reads an amount to its smallest unit. Raises WrongUse."""
    code = _CODE.search(said)
    found = _ITEM.fullmatch(said[: code.start()] if code else said)
    if found is None or not found["name"].strip():
        raise WrongUse(say("{word!r} is no item.", word=said[:40]), hint="As in: 2x Áo thun đen @150k [SKU1]")
    quantity = int(found["quantity"] or 1)
    if not quantity:
        raise WrongUse(say("{word!r} is no item.", word=said[:40]), hint="At least one of it.")
    cost = price(found["price"]) if found["price"] else None
    return Item(" ".join(found["name"].split())[:200], quantity, cost, code["code"].strip() if code else "")


def items_text(items: Sequence[Mapping[str, Any]], currency: str) -> str:
    """ "2x Áo thun đen @295000; Quần": what people read and may type again, prices in whole units of the currency."""
    pieces = []
    for item in items:
        piece = f"{item['quantity']}x {item['name']}" if item.get("quantity", 1) != 1 else str(item["name"])
        if item.get("price") is not None:
            piece += f" @{major(item['price'], currency):f}"
        if item.get("code"):
            piece += f" [{item['code']}]"
        pieces.append(piece)
    return "; ".join(pieces)


def items_total(items: Sequence[Mapping[str, Any]]) -> int | None:
    """What the items cost together; None when one has no price."""
    if not items or any(item.get("price") is None for item in items):
        return None
    return sum(int(item["price"]) * int(item.get("quantity", 1)) for item in items)


def checked_items(given: Any) -> list[dict[str, Any]]:
    """Items as a machine sends them: a list of objects. Raises WrongUse naming what is wrong."""
    if not isinstance(given, list) or len(given) > MOST_ITEMS:
        raise WrongUse(
            "items: a list of objects is needed.", hint='As {"name": "Áo thun", "quantity": 2, "price": 150000}.'
        )
    items = []
    for place, one in enumerate(given):
        at = f"items[{place}]"
        if not isinstance(one, Mapping) or not isinstance(one.get("name"), str) or not one["name"].strip():
            raise WrongUse(say("{name}: a name is missing.", name=at))
        quantity, price, code = one.get("quantity", 1), one.get("price"), one.get("code", "")
        if unknown := one.keys() - {"name", "quantity", "price", "code"}:
            raise WrongUse(say("{name}: there is no {what}.", name=at, what=", ".join(sorted(map(str, unknown)))))
        if type(quantity) is not int or not 0 < quantity < 100_000:
            raise WrongUse(say("{name}: that is no quantity.", name=f"{at}.quantity"), hint="A whole number.")
        if price is not None and (type(price) is not int or not 0 <= price < MOST_MONEY):
            raise WrongUse(
                say("{name}: that is no amount.", name=f"{at}.price"), hint="A whole number of the smallest unit."
            )
        if not isinstance(code, str) or len(code) > 60:
            raise WrongUse(say("{name}: that is no code.", name=f"{at}.code"))
        items.append(Item(" ".join(one["name"].split())[:200], quantity, price, code.strip()).as_json())
    return items


def checked(name: str, value: Any) -> Any:
    """A field as it is kept: money as an integer, items as a list, the rest as a line of text. Raises WrongUse."""
    if name in MONEY:
        if value is None or value == "":
            return None if name == "amount" else 0
        if type(value) is not int or not 0 <= value < MOST_MONEY:
            raise WrongUse(say("{name}: that is no amount.", name=name), hint="A whole number of the smallest unit.")
        return value
    if name == "items":
        return checked_items(value or [])
    if name == "currency":
        word = str(value or "").strip().upper()
        if _CURRENCY.fullmatch(word) is None:
            raise WrongUse(say("{name}: that is no currency.", name=name), hint="Three letters, as VND or THB.")
        return word
    if name not in LONGEST:
        raise WrongUse(
            say("An order has no field {key!r}.", key=name), hint=say("There are: {names}.", names=", ".join(FIELDS))
        )
    if value is not None and not isinstance(value, str):
        raise WrongUse(say("{name}: that is no text.", name=name))
    text = " ".join((value or "").split()) if name != "note" else (value or "").strip()
    if len(text) > LONGEST[name]:
        raise WrongUse(
            say("{name}: that is too long.", name=name), hint=say("At most {n} characters.", n=LONGEST[name])
        )
    return text if name != "external_id" else text or None
