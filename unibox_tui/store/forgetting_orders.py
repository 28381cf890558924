"""What a person bought and what other systems said of them, erased: states, money and times stay as counts."""

from __future__ import annotations

import json
from collections.abc import Collection

from unibox_tui.store import orders, risk
from unibox_tui.store.database import Tx


def erase(tx: Tx, people: Collection[int], conversations: Collection[int]) -> int:
    """Their orders without words and numbers, their marks, what systems call them; returns how many orders there were."""
    inside, talks = _list(people), _list(conversations)
    own = [
        int(row["id"])
        for row in tx.all(
            f"SELECT id FROM customer_order WHERE conversation_id IN {talks} "
            f"OR (conversation_id IS NULL AND contact_id IN {inside})"
        )
    ]
    phones = {phone for contact in people for phone in risk.phones_of(tx.db, contact)}
    phones |= {
        str(row["value"])
        for row in tx.all(f"SELECT value FROM order_key WHERE kind = 'phone' AND order_id IN {_list(own)}")
    }
    tx.run(
        "UPDATE customer_order SET code = '', external_id = NULL, items = '[]', phone = '', address = '', note = '', "
        f"carrier = '', tracking = '', typed = '[]', updated_at = :now WHERE id IN {_list(own)}",
        now=tx.now,
    )
    tx.run(f"DELETE FROM order_key WHERE order_id IN {_list(own)}")
    tx.run(f"DELETE FROM risk_mark WHERE contact_id IN {inside}")
    for phone in sorted(phones):
        tx.run("DELETE FROM risk_mark WHERE phone = :phone", phone=phone)
    tx.run(f"DELETE FROM outside_id WHERE contact_id IN {inside}")
    tx.run(f"DELETE FROM outside_conflict WHERE kind = 'contact' AND id IN {inside}")
    tx.run(f"DELETE FROM outside_conflict WHERE kind = 'order' AND id IN {_list(own)}")
    _answers(tx, set(people), set(own))
    for id in own:
        orders.tell(tx, id)
    return len(own)


def _answers(tx: Tx, people: set[int], own: set[int]) -> None:
    """What was answered to a system names values; that it was answered stays."""
    for row in tx.all("SELECT system, key, answer FROM outside_request"):
        told = json.loads(row["answer"])
        if told.get("id") in (people if told.get("kind") == "contact" else own):
            told["conflicts"] = []
            tx.run(
                "UPDATE outside_request SET answer = :answer WHERE system = :system AND key = :key",
                answer=json.dumps(told),
                system=row["system"],
                key=row["key"],
            )


def _list(values: Collection[int]) -> str:
    return f"({','.join(str(int(value)) for value in values) or 'NULL'})"
