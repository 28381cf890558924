"""What comparing a customer with everybody reads: through indexes alone, whatever their number."""

from __future__ import annotations

from tests.support.world import CHAT, World
from unibox_tui.domain.inbound import Person
from unibox_tui.store import recognising
from unibox_tui.store.database import Tx

SMALL = ("SCAN f", "SCAN k USING INDEX contact_key_unread", "SCAN inbox", "SCAN part", "SCAN up", "SCAN CONSTANT ROW")


def test_every_look_up_goes_through_an_index(world: World) -> None:
    web, mail = world.inbox("v", CHAT, channel="livechat"), world.inbox("a")
    world.chat(web, "v1", "đơn DH20381, số em 0903 111 224, ck nội dung FT24123456789, ha@khach.example")
    came = world.mail(mail, "ha@khach.example", "đơn DH20381, số em 0903111224, ck mã FT24123456789")
    contact = world.conversation(came.conversation)["contact_id"]
    said: list[str] = []

    def look(tx: Tx) -> None:
        tx.db.set_trace_callback(said.append)
        recognising.automatic(tx, contact)
        recognising.suggest(tx, contact, [came.n or 0])
        recognising.verified_holder(tx.db, Person("+84903111224", "phone"), "VN")
        tx.db.set_trace_callback(None)

    world.db.write_now(look)
    reads = {sql for sql in said if sql.lstrip().startswith(("SELECT", "WITH", "UPDATE", "DELETE"))}
    assert len(reads) > 8
    for sql in reads:
        plan = world.db.read_now(lambda db, sql=sql: [row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {sql}")])
        for step in plan:
            assert not step.endswith("PRIMARY KEY (kind=?)"), f"all keys of a kind are read: {sql}"
            assert not step.startswith("SCAN") or step in SMALL, f"{step}: {sql}"
