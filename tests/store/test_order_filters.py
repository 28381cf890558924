"""Queries about orders, deals and blocked customers, in lists and against a plain reading."""

from __future__ import annotations

import pytest

from tests.desk.test_orders import do, talk
from tests.support.world import World
from unibox_tui.desk import people, risk
from unibox_tui.views import lists
from unibox_tui.views.query import parse, to_text


def shown(world: World, query: str) -> set[int]:
    page = world.db.read_now(lambda db: lists.page(db, query, me="an", now=world.now, limit=50))
    return {row.id for row in page.rows}


def test_orders_and_deals_are_found(world: World) -> None:
    an = world.agent("an")
    none, draft, sent, deal, lost = (talk(world, who=f"fb{n}") for n in range(5))
    do(world, an, "order_new", draft, fields={"amount": "300k"})
    do(world, an, "order_new", sent, fields={"amount": "1tr", "currency": "VND"})
    do(world, an, "order_state", sent, state="shipped")
    do(world, an, "deal", deal, state="chốt")
    do(world, an, "deal", lost, state="cancelled")
    assert shown(world, "order:shipped") == {sent}
    assert shown(world, "order:confirmed,draft") == {draft, deal}
    assert shown(world, "deal:chốt") == {deal}
    assert shown(world, "is:deal") == shown(world, "order:any") == {draft, sent, deal}
    assert shown(world, "order:none") == {none}
    assert shown(world, "-is:deal") == {none, lost}
    assert shown(world, "amount>500k") == {sent}
    assert shown(world, "amount:200k..400k") == {draft}
    assert shown(world, "is:deal amount<=300k") == {draft}
    assert shown(world, "shop:shop-a") == {draft, sent}


def test_the_latest_order_of_a_conversation_tells(world: World) -> None:
    an = world.agent("an")
    id = talk(world)
    do(world, an, "order_new", id, state="delivered")
    world.later(1_000)
    do(world, an, "order_new", id)
    assert shown(world, "order:draft") == {id}
    assert shown(world, "order:delivered") == set()


def test_amounts_are_in_the_currency_s_own_units(world: World) -> None:
    an = world.agent("an")
    baht, dong = talk(world, who="a"), talk(world, who="b")
    do(world, an, "order_new", baht, fields={"amount": "1,250.50", "currency": "THB"})
    do(world, an, "order_new", dong, fields={"amount": "1250", "currency": "VND"})
    assert shown(world, "amount>1.250,25") == {baht}
    assert shown(world, "amount>=1250") == {baht, dong}


def test_orders_of_joined_conversations_count_where_they_are_shown(world: World) -> None:
    an = world.agent("an")
    parent, child = talk(world, who="a"), talk(world, who="b", inbox="ig")
    do(world, an, "order_new", child, fields={"amount": "5tr"})
    do(world, an, "join", child, into=parent)
    assert shown(world, "amount>1tr is:deal") == {parent}


def test_blocked_customers_are_found_through_merges(world: World) -> None:
    an = world.agent("an")
    one, two, other = talk(world, who="a"), talk(world, who="b", inbox="ig"), talk(world, who="c")
    a, b = (int(world.conversation(id)["contact_id"]) for id in (one, two))
    world.db.write_now(lambda tx: risk.block(tx, an, b))
    assert shown(world, "is:blocked") == {two}
    world.db.write_now(lambda tx: people.merge(tx, an, a, b))
    assert shown(world, "is:blocked") == {one, two}
    assert shown(world, "-is:blocked") == {other}


@pytest.mark.parametrize("text", ["order:confirmed,shipped", "amount>500000.00", "is:deal,blocked", "shop:shop-a"])
def test_they_print_and_read_back(text: str) -> None:
    assert parse(to_text(parse(text))) == parse(text)
