"""What became of a message is asked for where nobody reports it: not at once, ever more seldom, and not for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from tests.support.world import World
from tests.sync.fakes import Fake
from unibox_tui.connectors.contract import Sent
from unibox_tui.connectors.errors import Transient
from unibox_tui.domain.inbound import ARRIVAL, MessageReceived, Person, Receipt
from unibox_tui.domain.policy import Capabilities
from unibox_tui.domain.words import Author, DeliveryState, Direction
from unibox_tui.store import inboxes
from unibox_tui.sync.asking_states import StateWorker
from unibox_tui.sync.wanted import Wanted

DAY = 86_400_000


class Carrier(Fake):
    def __init__(self) -> None:
        super().__init__()
        self.became: dict[str, DeliveryState] = {}

    def asks_states(self) -> tuple[float, float]:
        return 30.0, 7 * 86_400.0

    async def states(self, sent: Sequence[Sent]) -> Sequence[Receipt]:
        self._do("states", sent)
        return [
            Receipt(self.became[one.client_ref], ARRIVAL, None, one.client_ref, extra={"ids": ["late-id"]})
            for one in sent
            if one.client_ref in self.became
        ]


class House:
    def __init__(self, world: World) -> None:
        self.world, self.carrier = world, Carrier()
        inbox = world.inbox("sms", Capabilities(), channel="sms")
        row = world.db.read_now(lambda db: inboxes.by_id(db, inbox))
        self.inbox = inbox
        self.worker = StateWorker(world.db, lambda: {inbox: Wanted(row, None, self.carrier)}, lambda group: world.rules)

    def sent(self, ref: str) -> None:
        person = Person("+84900000011", "phone")
        self.world.take(
            self.inbox,
            MessageReceived(
                f"sms-{ref}", person, self.world.now, "dạ", direction=Direction.OUT, author=Author.AGENT, client_ref=ref
            ),
        )

    async def look(self, after_ms: int) -> list[str]:
        """Those that were asked about."""
        self.world.later(after_ms)
        before = len(self.carrier.asked)
        await self.worker.step()
        await asyncio.gather(*self.worker._flying.values())
        await asyncio.sleep(0)
        return [one.client_ref for _, sent in self.carrier.asked[before:] for one in sent]

    def state(self, ref: str) -> Any:
        return self.world.rows(f"SELECT state FROM message WHERE client_ref = '{ref}'")[0][0]


@pytest.fixture
def house(world: World) -> House:
    return House(world)


async def test_soon_then_ever_more_seldom_until_it_is_told(house: House) -> None:
    house.sent("r1")
    assert await house.look(10_000) == []
    assert await house.look(25_000) == ["r1"]
    assert house.carrier.asked[0][1][0].ids == ("sms-r1",)
    assert await house.look(5_000) == []
    assert await house.look(40_000) == ["r1"]
    assert await house.look(40_000) == []
    house.carrier.became["r1"] = DeliveryState.DELIVERED
    assert await house.look(3_600_000) == ["r1"]
    assert house.state("r1") == "delivered"
    assert house.world.rows("SELECT 1 FROM message_key WHERE provider_id = 'late-id'")
    assert await house.look(DAY) == []


async def test_a_provider_in_trouble_and_one_that_has_forgotten(house: House) -> None:
    house.sent("r1")
    house.carrier.trouble["states"] = [Transient("not now")]
    assert await house.look(60_000) == ["r1"]
    assert house.state("r1") == "sent"
    assert await house.look(120_000) == ["r1"]
    assert await house.look(8 * DAY) == []


async def test_a_new_service_asks_again(house: House) -> None:
    house.sent("r1")
    assert await house.look(60_000) == ["r1"]
    fresh = House.__new__(House)
    fresh.__dict__ = {**house.__dict__, "worker": StateWorker(house.world.db, house.worker.able, house.worker.rules_of)}
    assert await fresh.look(1_000) == ["r1"]
