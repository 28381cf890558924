"""The connector against its provider: ways in, ways out, every outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from tests.connectors.telegram.conftest import DOOR, HA, SOMCHAI, House, picture, request
from unibox_tui.connectors.contract import Batch
from unibox_tui.connectors.errors import (
    CredentialsRejected,
    Misconfigured,
    OutcomeUnknown,
    RateLimited,
    SendRejected,
    Transient,
    Unparseable,
    WebhookForged,
)
from unibox_tui.domain.inbound import MessageReceived
from unibox_tui.sandbox.providers.base import File


class Leaving:
    def __init__(self) -> None:
        self.times = 0

    async def __call__(self) -> None:
        self.times += 1


async def pulled(house: House, cursors: Any = None, until: int = 1) -> list[Batch]:
    """Batches until so many messages were handed out and all is caught up."""
    found: list[Batch] = []
    pulling = house.connector.pull(cursors or {})
    async with asyncio.timeout(10):
        async for batch in pulling:
            found.append(batch)
            if sum(len(item.events) for one in found for item in one.items) >= until:
                break
    await pulling.aclose()  # type: ignore[attr-defined]
    return found


def texts(batches: list[Batch]) -> list[str]:
    return [
        event.text
        for batch in batches
        for item in batch.items
        for event in item.events
        if isinstance(event, MessageReceived)
    ]


async def attached(house: House) -> Mapping[str, Any]:
    """Where the file of the one message that waits lies."""
    (message,) = [fact for one in await pulled(house) for item in one.items for fact in item.events]
    assert isinstance(message, MessageReceived)
    return message.attachments[0].remote or {}


async def test_polling_hands_out_each_update_once_and_confirms_only_what_is_durable(house: House) -> None:
    await house.sim.says(HA, "một")
    await house.sim.says(HA, "hai")
    first = await pulled(house, until=2)
    assert texts(first) == ["một", "hai"]
    assert texts(await pulled(house, until=2)) == ["một", "hai"], "a batch that was not durable comes again"
    await house.sim.says(SOMCHAI, "สวัสดีครับ")
    assert texts(await pulled(house, {"updates": first[-1].cursor or {}})) == ["สวัสดีครับ"]


async def test_news_come_while_the_question_is_open(house: House) -> None:
    waiting = asyncio.create_task(pulled(house))
    await asyncio.sleep(0.1)
    await house.sim.says(HA, "có ai không ạ")
    assert texts(await waiting) == ["có ai không ạ"]


async def test_an_update_that_cannot_be_read_stops_nothing(house: House) -> None:
    house.sim.post("message", {"chat": [], "date": "x"})
    await house.sim.says(HA, "vẫn tới")
    (batch,) = [one for one in await pulled(house) if one.items]
    assert [bool(item.error) for item in batch.items] == [True, False]
    assert b'"chat": []' in (batch.items[0].raw or b"")


async def test_a_webhook_of_ours_makes_room_for_polling_and_anothers_does_not(house: House) -> None:
    await house.build(ways="webhook").subscribe()
    assert house.sim.webhook["url"] == DOOR
    await house.sim.says(HA, "trước")
    house.sim.webhook["url"] = "https://other.example/"
    with pytest.raises(Misconfigured, match="Another program"):
        await pulled(house)
    house.sim.webhook["url"] = DOOR
    house.sim.clock.forward(seconds=1)
    waiting = asyncio.create_task(pulled(house))
    await asyncio.sleep(0.1)
    await house.sim.says(HA, "sau")
    assert texts(await waiting) == ["sau"]


async def test_the_secret_of_the_webhook_is_checked(house: House) -> None:
    house.connector.verify(b"{}", {"x-telegram-bot-api-secret-token": "s3cret_word"})
    for header in ({}, {"x-telegram-bot-api-secret-token": "other"}):
        with pytest.raises(WebhookForged):
            house.connector.verify(b"{}", header)
    house.secrets.clear()
    with pytest.raises(Misconfigured):
        house.connector.verify(b"{}", {"x-telegram-bot-api-secret-token": ""})


async def test_a_text_arrives_once_with_what_it_answers(house: House) -> None:
    asked = await house.sim.says(HA, "Còn size M không?")
    result = await house.connector.send(request("Dạ còn ạ.", answers=asked))
    (got,) = house.sim.delivered
    assert (got.to, got.text, got.id) == (HA.id, "Dạ còn ạ.", result.provider_id)
    assert got.raw["reply_parameters"]["message_id"] == int(asked.rpartition(":")[2])


async def test_pictures_files_and_large_pictures_go_the_right_way(house: House) -> None:
    await house.sim.says(HA, "gửi em bảng size")
    for file in (
        picture(),
        picture(b"%PDF", "application/pdf", "hoá đơn.pdf"),
        picture(b"\x89PNG" + b"x" * 10_000_001),
    ):
        await house.connector.send(request("đây ạ", files=(file,)))
    methods = [call.path.rpartition("/")[2] for call in house.sim.received.calls("send")]
    assert methods == ["sendPhoto", "sendDocument", "sendDocument"]
    assert [got.text for got in house.sim.delivered] == ["đây ạ"] * 3


async def test_what_customers_send_can_be_fetched_within_the_limit(house: House) -> None:
    await house.sim.says(HA, "", [File("hop.jpg", b"\xff\xd8jpeg", "image/jpeg")])
    (batch,) = [one for one in await pulled(house) if one.items]
    (event,) = batch.items[0].events
    assert isinstance(event, MessageReceived)
    remote = event.attachments[0].remote or {}
    assert await house.connector.fetch(remote, 1000) == b"\xff\xd8jpeg"


async def test_business_chats_are_answered_through_their_connection(house: House) -> None:
    house.sim.business["bc1"] = "42"
    asked = await house.sim.says(HA, "còn hàng không", account="bc1")
    result = await house.connector.send(request("dạ còn", to=f"bc1/{HA.id}"))
    assert result.provider_id.startswith(f"bc1/{HA.id}:")
    await house.connector.mark_read(f"bc1/{HA.id}", asked)
    assert house.sim.read == [(HA.id, int(asked.rpartition(":")[2]))]


async def test_typing_reactions_and_profiles(house: House) -> None:
    asked = await house.sim.says(HA, "cảm ơn shop")
    await house.connector.typing(HA.id, True)
    await house.connector.react(HA.id, asked, "❤")
    await house.connector.react(HA.id, asked, "")
    number = int(asked.rpartition(":")[2])
    assert (house.sim.typing, house.sim.reactions) == ([HA.id], [(HA.id, number, "❤"), (HA.id, number, "")])
    person = await house.connector.profile(HA.id)
    assert person is not None
    assert person.name == HA.name
    assert await house.connector.profile("5") is None


async def test_every_outcome_of_a_send_says_what_is_certain(house: House) -> None:
    await house.sim.says(HA, "alo")
    leaving = Leaving()
    house.sim.faults.drop_answer()
    with pytest.raises(OutcomeUnknown):
        await house.connector.send(request("một", leaving=leaving))
    assert (leaving.times, house.sim.texts()) == (1, ["một"])
    house.sim.faults.storm429(retry_after=7)
    with pytest.raises(RateLimited) as fast:
        await house.connector.send(request("hai"))
    assert fast.value.retry_after == 7
    house.sim.faults.truncate_json()
    with pytest.raises(OutcomeUnknown):
        await house.connector.send(request("ba"))
    house.sim.faults.refuse(status=502)
    with pytest.raises(OutcomeUnknown):
        await house.connector.send(request("bốn"))
    house.sim.blocks(HA)
    with pytest.raises(SendRejected, match="blocked"):
        await house.connector.send(request("năm"))
    with pytest.raises(SendRejected, match="chat not found"):
        await house.connector.send(request("sáu", to="404"))
    assert house.sim.texts() == ["một", "ba"]


async def test_nobody_there_and_a_dead_token(house: House) -> None:
    house.secrets["token"] = "1:dead"
    with pytest.raises(CredentialsRejected) as dead:
        await house.connector.send(request())
    assert "1:dead" not in str(dead.value) + dead.value.hint
    await house.server.stop()
    with pytest.raises(Transient):
        await house.connector.send(request())


async def test_the_check_names_what_does_not_fit(house: House) -> None:
    report = await house.connector.check()
    assert (report.ok, report.address) == (True, "shop_a_bot")
    other = await house.build(bot="other_bot").check()
    assert not other.ok
    assert "@shop_a_bot" in " ".join(other.notes)


async def test_an_answer_follows_a_group_to_its_new_id(house: House) -> None:
    house.sim.group("-4001", "Khách sỉ")
    house.sim.group("-1002003004005", "Khách sỉ")
    house.sim.moved["-4001"] = "-1002003004005"
    leaving = Leaving()
    result = await house.connector.send(request("Dạ mai giao ạ.", to="-4001", leaving=leaving))
    (got,) = house.sim.delivered
    assert (got.to, result.provider_id) == ("-1002003004005", got.id)
    assert leaving.times == 2


async def test_a_business_account_that_took_the_bot_away_is_named(house: House) -> None:
    await house.sim.says(HA, "alo")
    with pytest.raises(SendRejected, match="business account"):
        await house.connector.send(request(to=f"gone/{HA.id}"))


async def test_what_is_refused_of_one_thing_is_no_matter_of_the_inbox(house: House) -> None:
    """A reaction Telegram does not know, a file too large for a bot: neither may look like a wrong setting."""
    house.sim.faults.refuse(status=400, code="REACTION_INVALID", on="setMessageReaction")
    with pytest.raises(SendRejected):
        await house.connector.react(HA.id, f"{HA.id}:1", "🦀")
    await house.sim.says(HA, "", [File("phim.mp4", b"x" * 20_000_001, "video/mp4")])
    remote = await attached(house)
    with pytest.raises(Unparseable, match="20 MB"):
        await house.connector.fetch(remote, 30_000_000)


async def test_a_link_that_ended_is_asked_for_again(house: House) -> None:
    await house.sim.says(HA, "", [File("a.jpg", b"jpg", "image/jpeg")])
    remote = await attached(house)
    house.sim.faults.refuse(status=404, on="/file/")
    with pytest.raises(Transient):
        await house.connector.fetch(remote, 1_000)
    assert await house.connector.fetch(remote, 1_000) == b"jpg"


async def test_the_check_tells_what_telegram_says_is_missing(house: House) -> None:
    assert (await house.connector.check()).ok
    house.sim.me = {"can_join_groups": False, "can_connect_to_business": False, "can_read_all_group_messages": False}
    report = await house.connector.check()
    assert (report.ok, sum("@BotFather" in note for note in report.notes)) == (True, 3)
    house.sim.webhook = {"url": "https://other.example/"}
    report = await house.connector.check()
    assert not report.ok
    assert "another program" in report.notes[-1]
    hooked = house.build(ways="webhook")
    report = await hooked.check()
    assert report.ok
    assert any("not set to our address" in note for note in report.notes)
    await hooked.subscribe()
    assert (await hooked.check()).ok
    house.sim.webhook_error = "Wrong response from the webhook: 502 Bad Gateway"
    assert "502" in (await hooked.check()).notes[-1]
    house.sim.webhook_error = ""
    house.secrets["webhook_secret"] = ""
    assert "webhook_secret" in (await hooked.check()).notes[-1]


async def test_a_sticker_goes_by_its_id(house: House) -> None:
    asked = await house.sim.says(HA, "Cảm ơn shop")
    await house.connector.send(replace(request("", answers=asked), options={"sticker": "CAACAgUAAxkBAAE"}))
    (got,) = house.sim.delivered
    assert (got.to, got.raw["sticker"]) == (HA.id, "CAACAgUAAxkBAAE")
    assert got.raw["reply_parameters"]["message_id"] == int(asked.rpartition(":")[2])
    assert house.connector.capabilities().extra["sticker"] == ["id"]
