"""An answer in parts leaves in order, and no part past one that did not leave."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from tests.support.world import CHAT, World
from tests.sync.fakes import Fake
from unibox_tui.connectors.errors import OutcomeUnknown, SendRejected, Transient
from unibox_tui.desk import actions
from unibox_tui.desk.actions import Call
from unibox_tui.store.messages import StoredFile
from unibox_tui.sync.sender import Sender

SHORT = replace(CHAT, text_limit=40, text_parts=10)
TEXT = "Dạ đơn của chị đã được gửi đi. Mai hàng tới nơi chị nhé. Có gì chị nhắn lại cho em ạ."


class House:
    def __init__(self, world: World, capabilities=SHORT) -> None:
        self.world = world
        self.fake = Fake()
        self.inbox = world.inbox("trang", capabilities, channel="fake")
        self.an = world.agent("an")
        came = world.chat(self.inbox, "v1", "shop ơi")
        assert came.conversation is not None
        self.conversation = came.conversation

        async def broken(id: int, error: Exception) -> None:
            return None

        self.sender = Sender(world.db, {self.inbox: self.fake}, lambda sha: world.media[sha], fence=1, broken=broken)

    def do(self, name: str, **args):
        targets = [self.conversation] if name in ("reply",) else []
        return self.world.db.write_now(lambda tx: actions.perform(tx, self.an, Call(name, args), targets))

    async def send(self, rounds: int = 6) -> None:
        for _ in range(rounds):
            await self.sender.step()
            await asyncio.gather(*self.sender._flying.values(), return_exceptions=True)

    def states(self) -> list[str]:
        return [row["state"] for row in self.world.rows("SELECT state FROM outbox ORDER BY part")]

    @property
    def sent(self) -> list[str]:
        return [request.text for what, request in self.fake.asked if what == "send"]


async def test_parts_leave_in_order_and_say_all_of_it(world: World) -> None:
    house = House(world)
    done = house.do("reply", text=TEXT)
    assert done.data["parts"] == 3
    await house.send()
    assert house.states() == ["sent"] * 3
    assert " ".join(house.sent) == TEXT
    assert all(len(text) <= 40 for text in house.sent)
    assert len(world.rows("SELECT 1 FROM message WHERE direction = 'out'")) == 3


async def test_nothing_leaves_past_a_part_that_failed_and_send_again_takes_all(world: World) -> None:
    house = House(world)
    house.do("reply", text=TEXT)
    house.fake.trouble["send"] = [SendRejected("not now, not ever")]
    await house.send()
    assert house.states() == ["failed"] * 3
    assert len(house.sent) == 1
    assert world.conversation(house.conversation)["failed"] == 3
    last = world.row("SELECT id FROM outbox WHERE part = 3")["id"]
    house.do("retry", outbox=last)
    await house.send()
    assert house.states() == ["sent"] * 3
    assert " ".join(house.sent[1:]) == TEXT


async def test_the_rest_waits_for_the_fate_of_an_unknown_part_and_holds_up_no_other_answer(world: World) -> None:
    house = House(world)
    house.do("reply", text=TEXT)
    house.fake.trouble["send"] = [OutcomeUnknown("the line broke")]
    await house.send()
    assert house.states() == ["unknown", "queued", "queued"]
    world.later(1000)
    house.do("reply", text="Chị ơi")
    await house.send()
    assert house.sent[-1] == "Chị ơi"
    first = world.row("SELECT id FROM outbox WHERE part = 1 AND parts = 3")["id"]
    house.do("keep", outbox=first)
    await house.send()
    assert [row["state"] for row in world.rows("SELECT state FROM outbox WHERE parts = 3 ORDER BY part")] == [
        "sent"
    ] * 3


async def test_a_part_that_is_tried_again_keeps_the_order(world: World) -> None:
    house = House(world)
    house.do("reply", text=TEXT)
    house.fake.trouble["send"] = [Transient("busy", retry_after=30)]
    await house.send()
    assert house.states() == ["queued"] * 3
    assert len(house.sent) == 1
    world.later(31_000)
    await house.send()
    assert " ".join(house.sent[1:]) == TEXT


async def test_taking_back_takes_all_parts_and_the_whole_text_returns(world: World) -> None:
    house = House(world)
    done = house.do("reply", text=TEXT, hold_ms=5_000)
    house.do("cancel", message=done.data["n"])
    assert house.states() == ["cancelled"] * 3
    assert world.row("SELECT text FROM draft")["text"] == TEXT
    house.do("reply", text=TEXT, hold_ms=5_000)
    house.do("undo")
    assert world.rows("SELECT 1 FROM outbox WHERE state = 'held'") == []
    house.do("redo")
    assert len(world.rows("SELECT 1 FROM outbox WHERE state IN ('held', 'queued')")) == 3


async def test_files_go_one_by_one_where_the_channel_takes_one(world: World) -> None:
    rules = (replace(CHAT.rules[0], kinds=("text", "attachment")),)
    can = replace(CHAT, attachments=True, attachment_limit=1000, rules=rules, extra={"files_per_message": 1})
    house = House(world, can)
    files = [StoredFile(f"{n}.png", "image/png", 1, world.put(b"%d" % n)[0]) for n in range(3)]
    house.do("reply", text="Ảnh đây ạ", files=files)
    await house.send()
    requests = [request for what, request in house.fake.asked if what == "send"]
    assert [(request.text, [file.name for file in request.files]) for request in requests] == [
        ("Ảnh đây ạ", ["0.png"]),
        ("", ["1.png"]),
        ("", ["2.png"]),
    ]


async def test_an_answer_of_one_part_is_as_it_was(world: World) -> None:
    house = House(world)
    done = house.do("reply", text="Dạ vâng ạ")
    assert done.data["parts"] == 1
    row = world.row("SELECT * FROM outbox")
    assert (row["part"], row["parts"], row["after_id"]) == (1, 1, None)
