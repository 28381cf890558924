from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.connectors.cases.sms_twilio import LAN, TwilioCase
from tests.connectors.conformance import Rig, load_payloads, rig
from unibox_tui.connectors.contract import Batch, SendFile
from unibox_tui.connectors.errors import Misconfigured, SendRejected, Unparseable
from unibox_tui.connectors.sms.twilio import signature
from unibox_tui.connectors.sms.twilio_parse import posted
from unibox_tui.domain.inbound import ARRIVAL, MessageReceived, Receipt, WindowOpened
from unibox_tui.domain.words import Author, DeliveryState, Direction
from unibox_tui.sandbox.providers.base import File, Guest
from unibox_tui.sandbox.providers.twilio import TwilioSim

RECORDED = {one.name: one for one in load_payloads("twilio")}


@pytest.fixture
async def parts() -> AsyncIterator[Rig]:
    async with rig(TwilioCase()) as found:
        yield found


def facts(name: str) -> list[Any]:
    return posted(RECORDED[name].body, RECORDED[name].headers)


def twilio_sim(parts: Rig) -> TwilioSim:
    assert isinstance(parts.sim, TwilioSim)
    return parts.sim


# -- reading --------------------------------------------------------------------------------------------------------------


def test_a_text_and_its_pictures() -> None:
    (text,) = facts("in_text")
    assert (text.text, text.person.address, text.sent_at) == ("Áo lụa size M còn không shop?", LAN.phone, ARRIVAL)
    assert text.person.verified
    (pictures,) = facts("in_mms")
    assert [file.media_type for file in pictures.attachments] == ["image/jpeg", "application/pdf"]
    (short,) = facts("in_short_code")
    assert not short.person.verified


def test_stop_is_a_wish_that_stays() -> None:
    message, wish = facts("in_stop")
    assert isinstance(message, MessageReceived)
    assert message.text == "STOP"
    assert (type(wish), wish.what) == (WindowOpened, "stop")
    assert facts("in_start")[1].what == "start"


def test_reports_name_the_message_and_the_reason() -> None:
    (delivered,) = facts("status_delivered")
    assert (delivered.state, delivered.client_ref) == (DeliveryState.DELIVERED, "01JREF00000000000000000001")
    (lost,) = facts("status_undelivered")
    assert (lost.state, lost.extra["code"]) == (DeliveryState.FAILED, "30003")
    assert "could not be reached" in lost.reason


def test_rows_of_the_list_are_facts_of_both_sides() -> None:
    found = facts("list")
    ours = [event for event in found if isinstance(event, MessageReceived) and event.direction is Direction.OUT]
    assert [(event.author, event.author_unsure) for event in ours[:2]] == [(Author.AGENT, True), (Author.BOT, False)]
    costs = [event.extra for event in found if isinstance(event, Receipt)]
    assert costs[0]["cost"] == {"amount": "0.00750", "currency": "USD", "charged": True}


def test_the_published_example_of_a_signature() -> None:
    """The one in Twilio's own documents and libraries, with the token 12345."""
    body = b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212"
    found = signature("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", body)
    assert found == b"RSOYDt4T1cUTdK1PDd93/VVr8B8="


async def test_the_address_is_signed_with_and_without_its_usual_port(parts: Rig) -> None:
    body = b"MessageSid=SM1&From=%2B15005550010&Body=a"
    url = "https://inbox.shop-a.example/h/x?ref=1"
    signed = signature(parts.secrets["auth_token"], "https://inbox.shop-a.example:443/h/x?ref=1", body).decode()
    parts.connector.verify(body, {"x-twilio-signature": signed, "x-unibox-url": url})


# -- sending --------------------------------------------------------------------------------------------------------------


async def test_a_report_settles_by_our_own_reference(parts: Rig) -> None:
    twilio_sim(parts).fates[LAN.phone] = ("undelivered", "30005")
    result = await parts.connector.send(parts.request("01JREF00000000000000000009")[0])
    await parts.sim.hooks.settle()
    receipts = []
    for caught in parts.door.caught:
        parts.connector.verify(caught.body, caught.headers)
        receipts += parts.connector.parse(caught.body, caught.headers)
    assert [receipt.state for receipt in receipts] == [DeliveryState.SENT, DeliveryState.FAILED]
    assert {(receipt.provider_id, receipt.client_ref) for receipt in receipts} == {
        (result.provider_id, "01JREF00000000000000000009")
    }
    assert result.extra["parts"] == 1


async def test_who_said_stop_gets_nothing_more(parts: Rig) -> None:
    await parts.sim.says(LAN, "STOP")
    with pytest.raises(SendRejected) as caught:
        await parts.connector.send(parts.request()[0])
    assert caught.value.code == "21610"
    assert "STOP" in caught.value.message


async def test_our_own_number_is_the_inboxes_trouble(parts: Rig) -> None:
    parts.connector.settings = dataclasses.replace(parts.connector.settings, number="+15005550999")
    with pytest.raises(Misconfigured):
        await parts.connector.send(parts.request()[0])


async def test_pictures_go_out_by_address(parts: Rig) -> None:
    async def read() -> bytes:
        return b"x"

    await parts.connector.send(parts.request(text="", files=(SendFile("a.jpg", "image/jpeg", 1, read, "aa"),))[0])
    assert ["MediaUrl", "https://inbox.shop-a.example/m/aa/1"] in parts.sim.received.bodies("/Messages.json", "POST")[0]


async def test_the_same_words_to_the_same_number_are_told_apart_by_time(parts: Rig) -> None:
    await parts.connector.send(parts.request("ref-1")[0])
    parts.sim.clock.forward(seconds=60)
    assert await parts.connector.reconcile(parts.request("ref-2")[0], parts.sim.clock()) is None


# -- pulling --------------------------------------------------------------------------------------------------------------


async def _first_look(parts: Rig, cursors: dict[str, Any]) -> list[Batch]:
    found = []
    async for batch in parts.connector.pull(cursors):
        found.append(batch)
        if batch.phase == "polling":
            break
    return found


async def test_the_list_is_read_page_by_page_and_then_from_where_we_were(parts: Rig) -> None:
    for number in range(230):
        await parts.sim.says(LAN, f"tin {number}")
    batches = await _first_look(parts, {})
    assert all(batch.inert for batch in batches[:-1])
    texts = {event.text for batch in batches for item in batch.items for event in item.events}
    assert texts == {f"tin {number}" for number in range(230)}
    assert len(parts.sim.received.calls("/Messages.json", "GET")) == 3
    cursor = {"messages": dict(batches[-1].cursor or {})}
    parts.sim.clock.forward(hours=2)
    later = await _first_look(parts, cursor)  # an hour of what was seen is looked at once more
    parts.sim.clock.forward(hours=2)
    await parts.sim.says(LAN, "mới")
    again = await _first_look(parts, {"messages": dict(later[-1].cursor or {})})
    assert [event.text for batch in again for item in batch.items for event in item.events] == ["mới"]
    assert not any(batch.inert for batch in again)


async def test_other_numbers_of_the_account_are_other_inboxes(parts: Rig) -> None:
    await parts.sim.says(LAN, "cho số khác", account="+15005550007")
    await parts.sim.says(Guest("minh", "Minh", phone="+15005550011"), "cho shop")
    batches = await _first_look(parts, {})
    assert [event.text for batch in batches for item in batch.items for event in item.events] == ["cho shop"]


async def test_pictures_of_the_list_are_found_and_our_token_stays_at_home(parts: Rig) -> None:
    sid = await parts.sim.says(LAN, "", [File("a.jpg", b"one", "image/jpeg"), File("b.jpg", b"two", "image/jpeg")])
    assert await parts.connector.fetch({"message": sid, "index": 1}, 100) == b"two"
    with pytest.raises(Unparseable):
        await parts.connector.fetch({"message": sid, "index": 2}, 100)
    with pytest.raises(Unparseable):
        await parts.connector.fetch({"url": "https://elsewhere.example/x"}, 100)
