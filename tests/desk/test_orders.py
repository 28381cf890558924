"""Orders made from a conversation, moved on, undone; deals where there is no order."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.world import CHAT, World
from unibox_tui.desk import actions, orders, people, undo
from unibox_tui.desk.actions import Call
from unibox_tui.desk.done import Done
from unibox_tui.domain.errors import Conflict, NotFound, Refused, WrongUse
from unibox_tui.domain.inbound import MessageReceived, Person
from unibox_tui.domain.orders import OrderRules, Shop
from unibox_tui.store import merging
from unibox_tui.store import orders as rows
from unibox_tui.store.database import Row
from unibox_tui.store.events import Actor

DAY = 86_400_000
RULES = OrderRules({"shop-a": Shop("shop-a", "Shop A", ("fb",), "VND", "DH")})


@pytest.fixture
def an(world: World) -> Actor:
    return world.agent("an")


def talk(world: World, *texts: str, who: str = "fb1", inbox: str = "fb") -> int:
    known = [row["id"] for row in world.rows("SELECT id FROM inbox WHERE name = :name", name=inbox)]
    id = known[0] if known else world.inbox(inbox, CHAT, channel="messenger")
    came = None
    for text in texts or ("Shop ơi",):
        world.later(1_000)
        came = world.take(id, MessageReceived(f"m{world.now}", Person(who, "psid", "Nguyễn Thị Hà"), world.now, text))[
            0
        ]
    assert came is not None
    assert came.conversation is not None
    return came.conversation


def do(world: World, who: Actor, name: str, *targets: int, **args: Any) -> Done:
    return world.db.write_now(lambda tx: actions.perform(tx, who, Call(name, {"rules": RULES, **args}), targets))


def order(world: World, done: Done) -> Row:
    return world.db.read_now(lambda db: rows.get(db, done.data["order"]))


def kinds(world: World) -> list[str]:
    return [row["kind"] for row in world.rows("SELECT kind FROM event WHERE kind LIKE 'order.%' ORDER BY seq")]


def test_an_order_is_filled_with_what_the_conversation_says(world: World, an: Actor) -> None:
    id = talk(
        world,
        "cho em 2 áo thun đen size M nha",
        "áo 295k 1 cái, 2 cái là 590k",
        "số em là 0903 111 224",
        "giao về 45/2 đường Lê Lợi, phường Bến Nghé, quận 1, TP HCM nhé",
    )
    made = order(world, do(world, an, "order_new", id, fields={"items": "2x Áo thun đen M @295k [AT-M]"}))
    assert (made["phone"], made["amount"], made["currency"]) == ("+84903111224", 590_000, "VND")
    assert made["address"] == "45/2 đường Lê Lợi, phường Bến Nghé, quận 1, TP HCM nhé"
    assert json.loads(made["items"]) == [{"name": "Áo thun đen M", "quantity": 2, "price": 295_000, "code": "AT-M"}]
    assert (made["state"], made["shop"], made["agent"], made["code"]) == ("draft", "shop-a", "an", f"DH{made['id']}")
    assert made["conversation_id"] == id
    assert made["contact_id"] == world.conversation(id)["contact_id"]
    told = world.row("SELECT * FROM event WHERE kind = 'order.created'")
    assert told["conversation_id"] == id
    assert "0903" not in told["data"]


def test_each_state_keeps_when_it_was_reached_and_who_closed(world: World, an: Actor) -> None:
    id = talk(world)
    number = do(world, an, "order_new", id, fields={"amount": "1tr2"}).data["order"]
    reached = {}
    for state in ("confirmed", "packed", "shipped", "delivered"):
        reached[state] = world.later(60_000).now
        do(world, an, "order_state", id, state=state)
    row = world.db.read_now(lambda db: rows.get(db, number))
    assert {state: row[f"{state}_at"] for state in reached} == reached
    assert (row["state"], row["closed_by"], row["amount"]) == ("delivered", "an", 1_200_000)
    told = [
        (data["from"], data["to"])
        for data in (
            json.loads(row["data"])
            for row in world.rows("SELECT data FROM event WHERE kind = 'order.state' ORDER BY seq")
        )
    ]
    assert told == [("draft", "confirmed"), ("confirmed", "packed"), ("packed", "shipped"), ("shipped", "delivered")]


def test_everything_is_taken_back_and_done_again(world: World, an: Actor) -> None:
    id = talk(world)
    number = do(world, an, "order_new", id, fields={"amount": "590k"}).data["order"]
    do(world, an, "order_state", id, state="chốt")
    do(world, an, "order_set", fields="deposit=100k, tracking=SPX123456", order=str(number))

    def now() -> tuple[Any, ...]:
        row = world.db.read_now(lambda db: rows.get(db, number))
        return (
            row["state"],
            row["confirmed_at"] is not None,
            row["deposit"],
            row["tracking"],
            row["removed_at"] is not None,
        )

    def back(way: Any) -> None:
        world.later(1_000)
        world.db.write_now(lambda tx: way(tx, an))

    assert now() == ("confirmed", True, 100_000, "SPX123456", False)
    back(undo.undo)
    assert now() == ("confirmed", True, 0, "", False)
    back(undo.undo)
    assert now() == ("draft", False, 0, "", False)
    back(undo.undo)
    assert now()[-1] is True
    with pytest.raises(Refused):
        do(world, an, "order_state", order=number, state="packed")
    for _ in range(3):
        back(undo.redo)
    assert now() == ("confirmed", True, 100_000, "SPX123456", False)


def test_what_somebody_changed_since_is_kept_by_undo(world: World, an: Actor) -> None:
    id, binh = talk(world), world.agent("binh")
    number = do(world, an, "order_new", id).data["order"]
    do(world, an, "order_set", fields={"note": "gói kỹ", "address": "12 Lê Lợi"}, order=number)
    do(world, binh, "order_set", fields={"note": "gói quà"}, order=number)
    world.db.write_now(lambda tx: undo.undo(tx, an))
    row = world.db.read_now(lambda db: rows.get(db, number))
    assert (row["note"], row["address"]) == ("gói quà", "")


def test_an_order_that_looks_like_another_is_named_and_made(world: World, an: Actor) -> None:
    id = talk(world, "0903111224")
    first = do(world, an, "order_new", id, fields={"amount": "590k"})
    again = do(world, an, "order_new", id, fields={"amount": "590000"})
    assert again.data["duplicates"] == [first.data["order"]]
    assert str(first.data["order"]) in again.summary
    same_items = do(world, an, "order_new", id, fields={"items": "2x Áo; Quần", "amount": "1k"})
    assert same_items.data["duplicates"] == []
    assert do(world, an, "order_new", id, fields={"items": "quần; 2x áo", "amount": "2k"}).data["duplicates"] == [
        same_items.data["order"]
    ]
    world.later(4 * DAY)
    assert do(world, an, "order_new", id, fields={"amount": "590k"}).data["duplicates"] == []


def test_the_number_of_a_shop_exists_once(world: World, an: Actor) -> None:
    id = talk(world)
    first = do(world, an, "order_new", id, fields={"external_id": "W-17"})
    with pytest.raises(Conflict, match=str(first.data["order"])):
        do(world, an, "order_new", id, fields={"external_id": "W-17"})
    second = do(world, an, "order_new", id, fields={"external_id": "W-18"}).data["order"]
    with pytest.raises(Conflict):
        do(world, an, "order_set", order=second, fields={"external_id": "W-17"})


def test_a_read_code_finds_the_order(world: World, an: Actor) -> None:
    id = talk(world)
    number = do(world, an, "order_new", id, fields={"tracking": "SPX VN 0123", "items": "Áo [8934567890123]"}).data[
        "order"
    ]
    for said in (str(number), f"dh{number}", f"#DH{number}", "spxvn0123"):
        assert world.db.read_now(lambda db, said=said: rows.named(db, said)) == number
    [row] = world.db.read_now(lambda db: rows.having_key(db, rows.code_key("8934567890123")))
    assert (row["id"], row["found_by"]) == (number, "item")
    with pytest.raises(NotFound):
        world.db.read_now(lambda db: rows.named(db, "KHONGCO"))


def test_an_order_follows_its_conversation_through_merge_and_split(world: World, an: Actor) -> None:
    one, two = talk(world), talk(world, who="ig1", inbox="ig")
    a, b = (int(world.conversation(id)["contact_id"]) for id in (one, two))
    number = do(world, an, "order_new", two).data["order"]
    world.db.write_now(lambda tx: people.merge(tx, an, a, b))
    held = lambda who: [row["id"] for row in world.db.read_now(lambda db: rows.of_contact(db, who))]  # noqa: E731
    assert held(a) == [number]
    world.db.write_now(lambda tx: people.split(tx, an, a))
    assert (held(a), held(b)) == ([], [number])
    loose = world.db.write_now(lambda tx: orders.new(tx, an, {"amount": "5k"}, RULES, contact=b)).data["order"]
    world.db.write_now(lambda tx: merging.merge(tx, an, a, b))
    assert sorted(held(a)) == sorted([number, loose])


def test_a_deal_is_set_by_hand_only_where_there_is_no_order(world: World, an: Actor) -> None:
    id = talk(world)
    do(world, an, "deal", id, state="hoàn")
    assert world.row("SELECT * FROM deal")["state"] == "returned"
    world.db.write_now(lambda tx: undo.undo(tx, an))
    assert world.rows("SELECT * FROM deal") == []
    do(world, an, "deal", id, state="confirmed")
    do(world, an, "order_new", id)
    assert world.rows("SELECT * FROM deal") == []
    with pytest.raises(Conflict):
        do(world, an, "deal", id, state="delivered")
    world.db.write_now(lambda tx: undo.undo(tx, an))
    assert world.row("SELECT * FROM deal")["state"] == "confirmed"


@pytest.mark.parametrize(
    "fields",
    [
        {"amount": "nhiều"},
        {"amount": "฿590"},
        {"deposit": "5 usd"},
        {"amount": "590.5"},
        {"items": "1x Áo @590.5"},
        {"currency": "đồng"},
        {"items": "0x Áo"},
        {"phone": "0" * 50},
        {"price": "5k"},
        {"shop": "shop-x"},
        {"items": [{"name": "Áo", "price": -1}]},
        {"amount": -5},
    ],
)
def test_bad_values_name_the_field(world: World, an: Actor, fields: dict[str, Any]) -> None:
    id = talk(world)
    with pytest.raises(WrongUse) as refused:
        do(world, an, "order_new", id, fields=fields)
    name = next(iter(fields))
    assert name in str(refused.value) or "shop" in str(refused.value) or "item" in str(refused.value)
    assert world.rows("SELECT 1 FROM customer_order") == []


def test_a_state_nobody_knows_and_a_conversation_without_an_order(world: World, an: Actor) -> None:
    id = talk(world)
    with pytest.raises(WrongUse):
        do(world, an, "order_state", id, state="confirmed")
    do(world, an, "order_new", id)
    with pytest.raises(WrongUse, match="bay"):
        do(world, an, "order_state", id, state="bay")
    assert kinds(world) == ["order.created"]


@pytest.mark.parametrize(
    ("said", "currency", "amount"),
    [
        ("1tr2", "VND", 1_200_000),
        ("1,5 triệu đồng", "VND", 1_500_000),
        ("590.000đ", "VND", 590_000),
        ("๕๙๐ บาท", "THB", 59_000),
        ("฿1,250.50", "THB", 125_050),
        ("2 แสน", "THB", 20_000_000),
        ("1.2k", "THB", 120_000),
        ("$12.50", "SGD", 1_250),
    ],
)
def test_amounts_are_read_in_the_notation_of_their_currency(said: str, currency: str, amount: int) -> None:
    assert orders.read_money("amount", said, currency, "VN") == amount


@pytest.mark.parametrize(
    ("said", "name", "price"),
    [
        ("Thiệp gửi @home", "Thiệp gửi @home", None),
        ("2x Móc khoá @mèo @45k", "Móc khoá @mèo", 45_000),
        ("Áo thun@150k", "Áo thun", 150_000),
        ("Mail a@b.example", "Mail a@b.example", None),
    ],
)
def test_an_at_may_stand_in_the_name_of_an_item(said: str, name: str, price: int | None) -> None:
    (item,) = orders.read_fields({"items": said}, "VND", "VN")["items"]
    assert (item["name"], item.get("price")) == (name, price)


def test_a_price_that_cannot_be_read_is_named() -> None:
    with pytest.raises(WrongUse, match="items “@12x”: that is no amount"):
        orders.read_fields({"items": "Áo; Quần @12x"}, "VND", "VN")
