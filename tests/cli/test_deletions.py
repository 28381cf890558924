"""A request for deletion that needs a person: seen with its code, looked up once more, closed under a name."""

from __future__ import annotations

import json

from tests.cli.conftest import ME, Unibox
from tests.cli.test_contact import database
from unibox_tui.store import asked, inboxes, raw_events
from unibox_tui.store.asked import Fate
from unibox_tui.store.database import Tx

USER, CODE = "10150000000000001", "a1" * 16


def test_a_person_looks_into_a_request_and_closes_it(shop: Unibox) -> None:
    with database(shop) as db:

        def comes(tx: Tx) -> None:
            inbox = inboxes.named(tx.db, "shop").id
            body = json.dumps({"user": USER}).encode()
            raw_events.save(tx, inbox, raw_events.DELETION, {}, body, state="quarantined", id=CODE)
            asked.give_to_a_person(tx, raw_events.get(tx.db, CODE), "nobody is known")

        db.write_now(comes)
    [waits] = shop.ok("quarantine", "list", "--json").lines
    assert (waits["id"], waits["source"], waits["error"]) == (CODE, "deletion", "nobody is known")
    assert USER in shop.ok("quarantine", "show", CODE).out
    again = shop("quarantine", "replay", CODE, "--json")
    assert (again.status, again.lines[0]["outcome"]) == (1, "quarantined")
    with database(shop) as db:
        assert db.read_now(lambda read: asked.fate(read, CODE)) is Fate.SOUGHT
    shop.ok("quarantine", "dismiss", CODE)
    assert shop.ok("quarantine", "list", "--json").lines == []
    with database(shop) as db:
        assert db.read_now(lambda read: asked.fate(read, CODE)) is Fate.SETTLED
        [noted] = db.read_now(
            lambda read: read.execute("SELECT * FROM event WHERE kind = ?", [asked.SETTLED]).fetchall()
        )
        assert (noted["actor"], json.loads(noted["data"])) == (ME, {"code": CODE})
        assert db.read_now(lambda read: raw_events.get(read, CODE))["body"] is None
