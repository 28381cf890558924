"""What a person bought is erased with them, to the last byte of the file; the dossier holds it before."""

from __future__ import annotations

import json

from tests.desk.test_orders import do, talk
from tests.store.test_forgetting import in_files
from tests.support.world import World
from unibox_tui.desk import risk
from unibox_tui.store import forgetting, outside, outside_reading
from unibox_tui.store.dossier import dossier

SECRETS = (
    "quacamdacbiet",
    "hemsaubimat",
    "ghichukin",
    "vandonkin",
    "w-bimat",
    "crm-bimat",
    "903111224",
    "tenkhac",
    "doashop",
)


def test_nothing_of_an_order_stays_but_counts(world: World) -> None:
    an, id = world.agent("an"), talk(world, "số em 0903111224")
    contact = int(world.conversation(id)["contact_id"])
    number = do(
        world,
        an,
        "order_new",
        id,
        fields={
            "items": "2x Quacamdacbiet [SKU-Quacamdacbiet]",
            "address": "12 hemsaubimat",
            "note": "ghichukin",
            "tracking": "VANDONKIN",
            "external_id": "W-BIMAT",
            "amount": "590k",
        },
    ).data["order"]
    do(world, an, "order_set", order=number, fields={"address": "14 hemsaubimat"})
    do(world, an, "order_state", order=number, state="shipped")
    world.db.write_now(lambda tx: risk.mark(tx, an, "doashop", phone="0903111224"))
    do(world, an, "contact_set", id, fields={"name": "Tên thật bimat"})
    given = outside_reading.contact(
        {"external_id": "crm-bimat", "contact": contact, "name": "tenkhac", "phones": ["0903111224"]}
    )
    done = world.db.write_now(lambda tx: outside.put_contact(tx, "crm", given))
    world.db.write_now(lambda tx: outside.remember(tx, "crm", "k", "d", 200, json.dumps(done.as_json())))
    held = world.db.read_now(lambda db: dossier(db, contact))
    text = json.dumps(held, ensure_ascii=False).lower()
    assert [word for word in SECRETS if word not in text] == []
    assert held["orders"][0]["items"][0]["quantity"] == 2

    found = world.db.read_now(lambda db: forgetting.traces(db, contact))
    world.db.write_now(lambda tx: forgetting.words(tx, found.messages))
    world.db.write_now(lambda tx: forgetting.person(tx, an, found, {"messages": len(found.messages)}))
    while world.db.write_now(forgetting.merge_index):
        pass
    assert world.db.compact(patience_s=5)
    assert [word for word in (*SECRETS, "bimat") if in_files(world, word)] == []
    row = world.row("SELECT * FROM customer_order")
    assert (row["state"], row["amount"], row["phone"]) == ("shipped", 590_000, "")
