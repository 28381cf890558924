"""What other systems are told: each event once, in order, with how things are now."""

from __future__ import annotations

import json

from tests.desk.test_orders import do, talk
from tests.support.world import World
from unibox_tui.desk import people
from unibox_tui.views import following


def told(world: World, after: int = 0, **more: object) -> list[dict[str, object]]:
    return list(world.db.read_now(lambda db: following.batch(db, after, **more)).documents)  # type: ignore[arg-type]


def test_a_day_of_a_customer_is_told_in_order(world: World) -> None:
    an, id = world.agent("an"), talk(world, "số em 0903111224")
    number = do(world, an, "order_new", id, fields={"amount": "590k", "external_id": "W1"}).data["order"]
    do(world, an, "order_state", id, state="confirmed")
    do(world, an, "label", id, labels=["vip"])
    do(world, an, "contact_set", id, fields={"name": "Chị Hà"})
    other = talk(world, who="ig1", inbox="ig")
    a, b = (int(world.conversation(one)["contact_id"]) for one in (id, other))
    world.db.write_now(lambda tx: people.merge(tx, an, a, b))
    documents = told(world)
    kinds = [one["kind"] for one in documents]
    assert kinds == [
        "conversation",
        "message",
        "order",
        "order",
        "label",
        "contact",
        "conversation",
        "message",
        "merge",
    ]
    assert [one["seq"] for one in documents] == sorted(one["seq"] for one in documents)  # type: ignore[type-var]
    by = {str(one["event"]): one for one in documents}
    assert by["message.received"]["message"]["channel"] == "messenger"  # type: ignore[index]
    order = by["order.state"]["order"]
    assert (order["id"], order["amount"], order["external_id"], order["phone"]) == (
        number,
        590_000,
        "W1",
        "+84903111224",
    )  # type: ignore[index]
    assert (by["order.state"]["from"], by["order.state"]["to"]) == ("draft", "confirmed")
    assert (by["conversation.labelled"]["label"], by["conversation.labelled"]["on"]) == ("vip", True)
    assert by["contact.changed"]["contact"]["name"] == "Chị Hà"  # type: ignore[index]
    assert (by["contact.merged"]["winner"], by["contact.merged"]["loser"]) == (a, b)


def test_only_what_is_wanted_and_only_what_is_new(world: World) -> None:
    an, id = world.agent("an"), talk(world, "bí mật")
    do(world, an, "order_new", id)
    first = told(world, kinds=("order",))
    assert [one["kind"] for one in first] == ["order"]
    assert told(world, int(str(first[0]["seq"])), kinds=("order",)) == []
    assert "bí mật" in json.dumps(told(world), ensure_ascii=False)
    assert "bí mật" not in json.dumps(told(world, words=False), ensure_ascii=False)


def test_phones_are_masked_for_who_may_not_see_them(world: World) -> None:
    an, id = world.agent("an"), talk(world, "số em 0903 111 224 nha")
    do(world, an, "order_new", id)
    text = json.dumps(told(world, hide_phones=True), ensure_ascii=False)
    assert "903111224" not in text.replace(" ", "")
    assert "224" in text


def test_a_batch_says_how_far_it_looked_even_when_nothing_is_told(world: World) -> None:
    talk(world)
    found = world.db.read_now(lambda db: following.batch(db, 0, kinds=("order",)))
    assert found.documents == ()
    assert found.seq > 0
    assert not found.full
