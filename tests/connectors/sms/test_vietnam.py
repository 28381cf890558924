"""eSMS and SpeedSMS: what is their own beside what every connector is held to."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.cases.sms_vietnam import LAN, EsmsCase, SpeedSmsCase
from tests.connectors.conformance import Rig, load_payloads, rig
from tests.support.world import World
from unibox_tui.connectors.contract import Sent
from unibox_tui.connectors.errors import (
    CredentialsRejected,
    Misconfigured,
    SendRejected,
    Unparseable,
    WebhookForged,
)
from unibox_tui.connectors.sms import esms_parse, speedsms_parse
from unibox_tui.connectors.sms.numbers import digits, domestic, international
from unibox_tui.connectors.sms.settings import SmsSettings
from unibox_tui.connectors.sms.wishes import wish
from unibox_tui.domain.inbound import ARRIVAL, MessageReceived, WindowOpened
from unibox_tui.domain.words import DeliveryState
from unibox_tui.sandbox.providers.esms import EsmsSim
from unibox_tui.sandbox.providers.speedsms import SpeedSmsSim
from unibox_tui.store import standing

ESMS = {one.name: one for one in load_payloads("esms")}
SPEED = {one.name: one for one in load_payloads("speedsms")}


@pytest.fixture
async def esms() -> AsyncIterator[Rig]:
    async with rig(EsmsCase()) as found:
        yield found


@pytest.fixture
async def speed() -> AsyncIterator[Rig]:
    async with rig(SpeedSmsCase()) as found:
        yield found


def of_esms(name: str) -> list[Any]:
    return list(esms_parse.facts(ESMS[name].body))


def of_speed(name: str) -> list[Any]:
    return list(speedsms_parse.facts(SPEED[name].body, SPEED[name].headers))


# -- words and numbers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("0901000010", "+84901000010"),
        ("84901000010", "+84901000010"),
        ("+84 901 000 010", "+84901000010"),
        ("0066800000010", "+66800000010"),
        ("9029", "9029"),
        ("SHOPA", "SHOPA"),
    ],
)
def test_one_number_has_one_address(said: str, found: str) -> None:
    assert international(said) == found


def test_numbers_as_each_carrier_wants_them() -> None:
    assert (domestic("+84901000010"), digits("0901000010")) == ("0901000010", "84901000010")
    assert domestic("+66800000010") == "66800000010"


@pytest.mark.parametrize(
    ("text", "keyword", "found"),
    [
        ("TC", "", "stop"),
        (" stop. ", "", "stop"),
        ("SHOPA TC", "SHOPA", "stop"),
        ("START", "SHOPA", "start"),
        ("Hủy", "", ""),
        ("stop gửi nhầm hàng", "", ""),
        ("", "", ""),
    ],
)
def test_one_word_is_a_wish_and_a_sentence_is_none(text: str, keyword: str, found: str) -> None:
    assert wish(text, keyword) == found


@pytest.mark.parametrize(("case", "body"), [(EsmsCase(), ESMS["in_stop"]), (SpeedSmsCase(), SPEED["in_stop"])])
async def test_stop_stays_with_the_customer(case: Any, body: Any, tmp_path: Path) -> None:
    async with rig(case) as parts:
        world = World.at(tmp_path)
        inbox = world.inbox("sms", parts.connector.capabilities(), channel="sms")
        world.take(inbox, *parts.connector.parse(body.body, body.headers))
        (row,) = world.db.read_now(lambda db: db.execute("SELECT id FROM identity").fetchall())
        assert world.db.read_now(lambda db: standing.standing_of(db, row["id"])) == {"blocked": True}


def test_settings_name_the_kinds_of_the_carrier() -> None:
    assert SmsSettings(provider="esms", sms_type="8").secrets_asked == ("esms_key", "secret_key")
    with pytest.raises(ValueError, match="esms has"):
        SmsSettings(provider="esms", sms_type="5")
    with pytest.raises(ValueError, match="twilio"):
        SmsSettings(provider="twilio", sms_type="2")


# -- eSMS ---------------------------------------------------------------------------------------------------------------------


def test_a_message_to_the_short_code() -> None:
    (text,) = of_esms("in_text")
    assert (text.person.address, text.text) == (LAN.phone, "SHOPA Áo lụa size M còn không shop?")
    assert text.sent_at == 1793586615000  # 09:30:15 in Vietnam
    assert text.extra == {"short_code": "8100", "keyword": "SHOPA"}
    (plain,) = of_esms("in_plain")
    assert plain.person.address == LAN.phone
    (short,) = of_esms("in_short_code")
    assert not short.person.verified
    (timeless,) = of_esms("in_no_time")
    assert timeless.sent_at == ARRIVAL
    message, stop = of_esms("in_stop")
    assert isinstance(message, MessageReceived)
    assert (type(stop), stop.what) == (WindowOpened, "stop")


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("status_waiting", DeliveryState.SENT),
        ("status_delivered", DeliveryState.DELIVERED),
        ("status_failed", DeliveryState.FAILED),
        ("status_refused", DeliveryState.FAILED),
        ("status_two_question_marks", DeliveryState.DELIVERED),
    ],
)
def test_reports_name_our_own_reference(name: str, state: DeliveryState) -> None:
    (receipt,) = of_esms(name)
    assert receipt.state is state
    assert receipt.client_ref == receipt.provider_id
    assert str(receipt.client_ref).startswith("01JREF")
    assert bool(receipt.reason) == (state is DeliveryState.FAILED)


def test_what_it_cost_is_told() -> None:
    (receipt,) = of_esms("status_delivered")
    assert receipt.extra["cost"] == {"amount": "800", "currency": "VND", "charged": True}


async def test_the_sign_covers_the_message(esms: Rig) -> None:
    for name in ("in_text", "in_plain", "in_stop", "in_no_time"):
        esms.connector.verify(ESMS[name].body, ESMS[name].headers)
    changed = ESMS["in_text"].body.replace(b"size+M", b"size+L")
    assert changed != ESMS["in_text"].body
    with pytest.raises(WebhookForged):
        esms.connector.verify(changed, {})
    del esms.secrets["mo_key"]
    with pytest.raises(CredentialsRejected) as caught:
        esms.connector.verify(ESMS["in_text"].body, {})
    assert "mo_key" in caught.value.hint


async def test_a_report_has_the_key_of_its_own_message(esms: Rig) -> None:
    delivered, failed = ESMS["status_delivered"].body, ESMS["status_failed"].body
    esms.connector.verify(delivered, {})
    esms.connector.verify(ESMS["status_two_question_marks"].body, {})
    key = failed.split(b"key=")[1][:32]
    other = delivered.split(b"key=")[1][:32]
    with pytest.raises(WebhookForged):
        esms.connector.verify(delivered.replace(other, key), {})
    with pytest.raises(WebhookForged):  # a good key, and the state of another message
        esms.connector.verify(delivered.replace(b"RequestId=01JREF00000000000000000001", b"RequestId=01J2"), {})
    with pytest.raises(WebhookForged):
        esms.connector.verify(b"SendStatus=5&SMSID=a", {})


async def test_without_reports_the_states_are_asked_for(esms: Rig) -> None:
    connector = esms.connector
    connector.tools = dataclasses.replace(connector.tools, public_url="")
    assert connector.asks_states()[0] < 60
    assert "delivered" in connector.capabilities().receipts
    sim = esms.sim
    assert isinstance(sim, EsmsSim)
    sim.fates = {"0901000010": "failed"}
    request, _ = esms.request()
    result = await connector.send(request)
    (sms,) = result.extra["ids"]
    unknown, unnamed = Sent("01J2", ("01J2", "sms-99"), 1), Sent("01J3", ("01J3",), 1)
    sent = [Sent(request.client_ref, (request.client_ref, sms), 1), unknown, unnamed]
    (receipt,) = await connector.states(sent)
    assert (receipt.client_ref, receipt.state) == (request.client_ref, DeliveryState.FAILED)
    assert "network" in receipt.reason
    esms.secrets["esms_key"] = "wrong-key"
    with pytest.raises(CredentialsRejected) as caught:
        await connector.states(sent)
    assert "wrong-key" not in repr(caught.value)


@pytest.mark.parametrize("case", [EsmsCase(), SpeedSmsCase()], ids=lambda case: case.name)
async def test_a_check_says_that_the_money_is_gone(case: Any) -> None:
    async with rig(case) as parts:
        assert (await parts.connector.check()).ok
        parts.sim.money = 0  # type: ignore[attr-defined]
        report = await parts.connector.check()
        assert not report.ok
        assert any("no money left" in note for note in report.notes)


async def test_a_repeated_request_is_taken_once(esms: Rig) -> None:
    request, _ = esms.request("01JREF00000000000000000009")
    first = await esms.connector.send(request)
    second = await esms.connector.send(request)
    assert first.provider_id == second.provider_id == "01JREF00000000000000000009"
    assert len(esms.got()) == 1
    assert esms.connector.capabilities().idempotent
    await esms.sim.hooks.settle()
    states = []
    for caught in esms.door.caught:
        esms.connector.verify(caught.body, caught.headers)
        states += [fact.state for fact in esms.connector.parse(caught.body, caught.headers)]
    assert states == [DeliveryState.SENT, DeliveryState.DELIVERED]


async def test_marks_need_unicode(esms: Rig) -> None:
    await esms.connector.send(esms.request("ref-1", text="Da con hang a")[0])
    await esms.connector.send(esms.request("ref-2", text="Dạ còn hàng ạ, mẫu này có màu xanh và màu be, " * 3)[0])
    bodies = [call.body for call in esms.sending_calls()]
    assert [body["IsUnicode"] for body in bodies] == [0, 1]
    assert [body["Phone"] for body in bodies] == ["0901000010"] * 2
    assert [body["Brandname"] for body in bodies] == ["SHOPA"] * 2


@pytest.mark.parametrize(
    ("change", "error"), [("brands", Misconfigured), ("money", Misconfigured), ("blocked", SendRejected)]
)
async def test_codes_of_esms(esms: Rig, change: str, error: type[Exception]) -> None:
    assert isinstance(esms.sim, EsmsSim)
    if change == "brands":
        esms.sim.brands.clear()
    elif change == "money":
        esms.sim.money = 0
    else:
        esms.sim.blocked.add("0901000010")
    with pytest.raises(error):
        await esms.connector.send(esms.request()[0])


@pytest.mark.parametrize("destination", ["Lan", "", "+84 abc"])
async def test_no_number_leaves_nothing(esms: Rig, destination: str) -> None:
    with pytest.raises(SendRejected):
        await esms.connector.send(esms.request(destination=destination)[0])
    assert esms.sending_calls() == []


# -- SpeedSMS ---------------------------------------------------------------------------------------------------------------


def test_messages_under_every_name_in_use() -> None:
    texts = {name: of_speed(name)[0] for name in ("in_text", "in_no_id", "in_incoming", "in_form")}
    assert texts["in_text"].provider_id == "mo-1"
    assert texts["in_no_id"].person.address == LAN.phone
    assert texts["in_incoming"].text == "Shop mở cửa mấy giờ ạ"
    assert texts["in_form"].text == "ขนาด M มีไหมคะ"


def test_equal_words_are_one_message_only_when_they_come_together() -> None:
    one = SPEED["in_no_id"]
    at = int(one.headers["x-unibox-at"])

    def id_at(ms: int) -> str:
        (fact,) = speedsms_parse.facts(one.body, {**one.headers, "x-unibox-at": str(ms)})
        assert isinstance(fact, MessageReceived)
        return fact.provider_id

    assert id_at(at) == id_at(at + 5_000)
    assert id_at(at) != id_at(at + 86_400_000)


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("status_delivered", DeliveryState.DELIVERED),
        ("status_retrying", DeliveryState.SENT),
        ("status_failed", DeliveryState.FAILED),
        ("status_words", DeliveryState.DELIVERED),
    ],
)
def test_reports_of_speedsms(name: str, state: DeliveryState) -> None:
    (receipt,) = of_speed(name)
    assert receipt.state is state
    assert str(receipt.provider_id).startswith("1234")


def test_a_state_nobody_knows_is_kept_for_a_person() -> None:
    with pytest.raises(Unparseable):
        speedsms_parse.facts(b'{"type": "report", "tranId": 1, "status": "hm"}', {})


async def test_only_who_has_the_address_may_post(speed: Rig) -> None:
    await speed.sim.says(LAN, "a")
    await speed.sim.hooks.settle()
    (caught,) = speed.door.caught
    speed.connector.verify(caught.body, caught.headers)
    for url in ("https://inbox.shop-a.example/h/conformance", "https://inbox.shop-a.example/h/x?key=", "http://["):
        with pytest.raises(WebhookForged):
            speed.connector.verify(caught.body, {"x-unibox-url": url})
    report = await speed.connector.check()
    assert any(speed.sim.hooks.url in note for note in report.notes)


async def test_a_report_settles_the_message_and_its_price_is_kept(speed: Rig) -> None:
    assert isinstance(speed.sim, SpeedSmsSim)
    speed.sim.fates["84901000010"] = 65
    result = await speed.connector.send(speed.request()[0])
    assert result.extra["cost"] == {"amount": "500", "currency": "VND", "charged": True}
    await speed.sim.hooks.settle()
    (caught,) = speed.door.caught
    (receipt,) = speed.connector.parse(caught.body, caught.headers)
    assert (receipt.provider_id, receipt.state) == (result.provider_id, DeliveryState.FAILED)


@pytest.mark.parametrize("code", ["007", "300"])
async def test_the_accounts_own_trouble_pauses_the_inbox(speed: Rig, code: str) -> None:
    speed.sim.faults.refuse(status=200, code=code, on="/sms/send")
    with pytest.raises(Misconfigured):
        await speed.connector.send(speed.request()[0])


async def test_an_unknown_sender_is_a_refusal(speed: Rig) -> None:
    assert isinstance(speed.sim, SpeedSmsSim)
    speed.sim.senders.clear()
    with pytest.raises(SendRejected):
        await speed.connector.send(speed.request()[0])
    speed.connector.settings = dataclasses.replace(speed.connector.settings, number="")
    await speed.connector.send(speed.request("ref-2")[0])
    assert speed.sending_calls()[-1].body["sms_type"] == 2
