"""Our own messages reported back: before the answer to our request, with other words, after an unknown outcome, by robots."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from tests.support.world import CHAT, World
from tests.sync.fakes import Fake
from unibox_tui.connectors.contract import SendRequest
from unibox_tui.connectors.errors import OutcomeUnknown
from unibox_tui.desk import answer
from unibox_tui.desk.letter import Letter
from unibox_tui.domain.inbound import MessageReceived, Person
from unibox_tui.domain.words import Author, Direction
from unibox_tui.store import raw_events
from unibox_tui.sync.raw import WAITS, RawEvents
from unibox_tui.sync.sender import Sender

TEXT = "Dạ em kiểm tra ngay ạ"


class House:
    def __init__(self, world: World) -> None:
        self.world = world
        self.fake = Fake()
        self.inbox = world.inbox("trang", CHAT, channel="fake")
        self.an = world.agent("an")
        self.conversation = world.chat(self.inbox, "v1", "shop ơi").conversation
        self.raw = RawEvents(world.db, lambda id: self.fake, lambda group: world.rules, world.put)

        async def broken(id: int, error: Exception) -> None:
            return None

        self.sender = Sender(world.db, {self.inbox: self.fake}, lambda sha: world.media[sha], fence=1, broken=broken)

    def reply(self, text: str = TEXT) -> None:
        assert self.conversation is not None
        self.world.db.write_now(lambda tx: answer.reply(tx, self.an, self.conversation, Letter(text=text)))

    async def post(self, **event: Any) -> list[Any]:
        body = json.dumps({"type": "out", "who": "v1", "at": self.world.now, "author": "agent", **event}).encode()
        id = self.world.db.write_now(lambda tx: raw_events.save(tx, self.inbox, "webhook", {}, body))
        row = self.world.row("SELECT * FROM raw_event WHERE id = :id", id=id)
        return await self.raw.work_off(row)

    async def send(self) -> None:
        for _ in range(4):
            await self.sender.step()
            await asyncio.gather(*self.sender._flying.values(), return_exceptions=True)

    def ours(self) -> list[Any]:
        return self.world.rows("SELECT * FROM message WHERE direction = 'out' AND state <> 'cancelled' ORDER BY n")


@pytest.fixture
def house(world: World) -> House:
    return House(world)


async def test_an_echo_of_the_same_words_waits_while_we_are_sending(house: House) -> None:
    seen: list[list[Any]] = []

    async def meanwhile(request: SendRequest) -> None:
        seen.append(await house.post(id=f"p-{request.client_ref}", text="dạ em  kiểm tra ngay ạ"))

    house.fake.on_send = meanwhile
    house.reply()
    await house.send()
    assert seen == [[WAITS]]
    assert await house.raw.step() == 1  # the fate is known: the echo finds its message by the provider's id
    assert len(house.ours()) == 1
    assert house.ours()[0]["state"] == "sent"
    assert house.ours()[0]["author"] == "an"


async def test_an_echo_that_came_with_other_words_is_merged_when_the_answer_names_its_id(house: House) -> None:
    async def meanwhile(request: SendRequest) -> None:
        await house.post(id=f"p-{request.client_ref}", text="[ảnh]")

    house.fake.on_send = meanwhile
    house.reply()
    await house.send()
    (one,) = house.ours()
    assert one["author"] == "an"
    assert one["state"] == "sent"
    assert house.world.row("SELECT n FROM message_key WHERE provider_id LIKE 'p-%'")["n"] == one["n"]
    assert house.world.conversation(house.conversation)["message_count"] == 2
    assert not house.world.rows("SELECT 1 FROM message_body WHERE text = '[ảnh]'")


async def test_a_receipt_that_overtakes_our_answer_waits_and_counts(house: House) -> None:
    async def meanwhile(request: SendRequest) -> None:
        assert await house.post(type="receipt", id=f"p-{request.client_ref}") == [WAITS]

    house.fake.on_send = meanwhile
    house.reply()
    await house.send()
    await house.raw.step()
    assert house.ours()[0]["state"] == "delivered"


async def test_another_customers_echo_does_not_wait(house: House) -> None:
    async def meanwhile(request: SendRequest) -> None:
        assert (await house.post(id="e1", who="v2", text=TEXT))[0].what == "new"
        assert (await house.post(id="e2", text="câu khác"))[0].what == "new"

    house.fake.on_send = meanwhile
    house.reply()
    await house.send()
    assert len(house.ours()) == 3


async def test_waiting_ends_with_the_deadline_and_the_network_time(house: House) -> None:
    async def meanwhile(request: SendRequest) -> None:
        house.world.later(60_000 + 120_001)
        assert (await house.post(id="late", text=TEXT))[0].what == "new"

    house.fake.on_send = meanwhile
    house.reply()
    await house.send()


async def test_an_echo_settles_what_was_unknown(house: House) -> None:
    house.fake.trouble["send"] = [OutcomeUnknown("the line broke")]
    house.reply()
    await house.send()
    assert house.ours()[0]["state"] == "unknown"
    house.world.later(5_000)
    assert (await house.post(id="e9", text=TEXT))[0].what == "duplicate"
    (one,) = house.ours()
    assert one["state"] == "sent"
    assert house.world.conversation(house.conversation)["failed"] == 0


async def test_an_old_or_other_echo_does_not_settle_what_is_unknown(house: House) -> None:
    house.fake.trouble["send"] = [OutcomeUnknown("the line broke")]
    house.reply()
    await house.send()
    await house.post(id="e1", text="không phải câu này")
    await house.post(id="e2", text=TEXT, author="bot")
    house.world.later(3_600_000)
    await house.post(id="e3", text=TEXT)
    assert [row["state"] for row in house.ours()] == ["unknown", "sent", "sent", "sent"]


@pytest.mark.parametrize(
    ("author", "unsure", "setting", "waits", "answered"),
    [
        (Author.AGENT, False, "agent", False, 1),
        (Author.BOT, False, "agent", True, 0),
        (Author.AGENT, True, "agent", False, 1),
        (Author.AGENT, True, "bot", True, 0),
    ],
)
def test_who_wrote_elsewhere_decides_whether_the_customer_still_waits(
    world: World, author: Author, unsure: bool, setting: str, waits: bool, answered: int
) -> None:
    inbox = world.inbox("z", replace(CHAT, extra={"unsure_echo_is": setting}), channel="fake")
    came = world.chat(inbox, "v1", "còn hàng không ạ")
    world.later(1000)
    echo = MessageReceived(
        "e1", Person("v1", "visitor"), world.now, "còn ạ", direction=Direction.OUT, author=author, author_unsure=unsure
    )
    world.take(inbox, echo)
    row = world.conversation(came.conversation)
    assert (row["waiting_since"] is not None) == waits
    assert row["answered"] == answered
    kept = world.row("SELECT author_kind, author_unsure FROM message WHERE direction = 'out'")
    assert (kept["author_kind"], kept["author_unsure"]) == (setting if unsure else str(author), int(unsure))
    event = world.row("SELECT actor_kind, data FROM event WHERE kind = 'message.echoed'")
    assert event["actor_kind"] == kept["author_kind"]
