"""What was posted is worked off several at a time: in order, and one that is bad or must wait holds up no other."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pytest

from tests.support.world import CHAT, World
from unibox_tui.connectors.errors import Unparseable
from unibox_tui.domain.inbound import InboundEvent, MessageReceived, Person
from unibox_tui.store import raw_events
from unibox_tui.store.database import Tx
from unibox_tui.sync import ingest, raw
from unibox_tui.sync.raw import RawEvents


class Parser:
    def parse(self, body: bytes, headers: Mapping[str, str]) -> Sequence[InboundEvent]:
        told = json.loads(body)
        if told == "bad":
            raise Unparseable("It is bad.")
        return [MessageReceived(told, Person("v1", "visitor"), 1_790_000_000_000, told)]


class House:
    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world = world
        self.inbox = world.inbox("shop", CHAT, channel="fake")
        self.writes = 0
        real = world.db.write

        async def write(fn: Any) -> Any:
            self.writes += 1
            return await real(fn)

        monkeypatch.setattr(world.db, "write", write)
        self.worker = RawEvents(world.db, lambda id: Parser(), lambda group: world.rules, world.put)

    def post(self, *told: str) -> None:
        for one in told:
            body = json.dumps(one).encode()
            self.world.db.write_now(partial(self._save, body=body))
            self.world.later(1)

    def _save(self, tx: Tx, body: bytes) -> None:
        raw_events.save(tx, self.inbox, "webhook", {}, body)

    def texts(self) -> list[str]:
        return [
            row[0] for row in self.world.rows("SELECT b.text FROM message m JOIN message_body b USING (n) ORDER BY m.n")
        ]

    def states(self) -> dict[str, int]:
        return {row[0]: row[1] for row in self.world.rows("SELECT state, count(*) FROM raw_event GROUP BY state")}


@pytest.fixture
def house(world: World, monkeypatch: pytest.MonkeyPatch) -> House:
    return House(world, monkeypatch)


async def test_many_are_few_transactions_in_their_order(house: House) -> None:
    wanted = [f"m{n:02}" for n in range(2 * raw.TOGETHER + 3)]
    house.post(*wanted, *wanted[:5])
    assert await house.worker.step() == len(wanted) + 5
    assert house.texts() == wanted
    assert house.states() == {"done": len(wanted) + 5}
    assert house.writes == 3


async def test_a_bad_one_is_put_aside_and_the_others_are_stored(house: House) -> None:
    house.post("m1", "bad", "m2")
    assert await house.worker.step() == 3
    assert house.texts() == ["m1", "m2"]
    assert house.states() == {"done": 2, "quarantined": 1}


async def test_one_that_cannot_be_stored_takes_no_other_with_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    real = ingest.ingest

    def failing(tx: Any, inbox: int, facts: Any, *rest: Any, **more: Any) -> Any:
        done = real(tx, inbox, facts, *rest, **more)
        if facts[0].event.provider_id == "m2":
            raise ValueError("a mistake of ours")
        return done

    monkeypatch.setattr(raw, "ingest", failing)
    house.post("m1", "m2", "m3")
    assert await house.worker.step() == 3
    assert house.texts() == ["m1", "m3"]
    assert house.states() == {"done": 2, "quarantined": 1}


async def test_large_ones_have_transactions_of_their_own(house: House) -> None:
    large = "x" * (raw.TOGETHER_BYTES // 2 + 10)
    house.post(f"1{large}", f"2{large}", f"3{large}")
    assert await house.worker.step() == 3
    assert house.writes == 3
