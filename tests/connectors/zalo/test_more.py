"""Calls by Zalo's own app and the consent to them, tags, articles for everybody."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.connectors.zalo.conftest import SHOP, THAO, House, request
from unibox_tui.connectors.errors import OutcomeUnknown, RateLimited, SendRejected, Transient, Unparseable
from unibox_tui.connectors.zalo import parse
from unibox_tui.connectors.zalo.broadcasting import target
from unibox_tui.domain.inbound import InboundEvent, StandingTold, TagsChanged, WindowOpened

PHONE = "+84900000012"
DAY = 86_400_000
HOUR = 3_600_000


def consent(**more: Any) -> Any:
    return request("[…]", PHONE, options={"call": {"how": "consent", **more}})


def article(id: str = "a1", **target: str) -> Any:
    return request("", "everybody", options={"broadcast": {"content": id, "target": target}})


def events(**event: Any) -> list[InboundEvent]:
    body = {"app_id": "1", "oa_id": SHOP, "timestamp": "1795000000000", **event}
    return parse.events(json.dumps(body).encode(), parse.Side(SHOP, "1"))


# -- consent --------------------------------------------------------------------------------------------------------------


async def test_a_number_is_asked_answers_and_may_be_called_for_thirty_days(house: House) -> None:
    clock, connector = house.sim.clock, house.connector
    first = await connector.quota(PHONE)
    assert (first["agreed"], first["consent"]["state"]) == ([], "none")
    sent = await connector.send(consent(reason="delivery"))
    assert house.sim.received.bodies("requestconsent")[-1] == {
        "phone": "84900000012", "call_type": "audio", "reason_code": 105,
    }  # fmt: skip
    assert sent.extra["cost"]["charged"] is True
    assert sent.extra["standing"]["consent"] == {"state": "asked", "at": clock(), "until": clock() + DAY}
    assert (await connector.quota(PHONE))["consent"]["state"] == "asked"
    house.sim.answers_consent(PHONE, True)
    told = await connector.quota(PHONE)
    assert (told["agreed"], told["consent"]["until"]) == (["call"], clock() + 30 * DAY)
    again = await connector.send(consent())
    assert again.extra["cost"]["free"] is True, "who has agreed is not charged for again"
    clock.forward(hours=31 * 24)
    assert (await connector.quota(PHONE))["consent"]["state"] == "expired"


async def test_who_has_blocked_calls_is_not_asked_again(house: House) -> None:
    house.sim.answers_consent(PHONE, False)
    assert (await house.connector.quota(PHONE))["consent"]["state"] == "blocked"
    with pytest.raises(SendRejected, match="blocked calls"):
        await house.connector.send(consent())
    with pytest.raises(SendRejected, match="telephone number"):
        await house.connector.send(request("", THAO.id, options={"call": {"how": "consent"}}))


async def test_a_lost_answer_to_an_asking_is_unknown(house: House) -> None:
    house.sim.faults.drop_answer(on="requestconsent")
    with pytest.raises(OutcomeUnknown):
        await house.connector.send(consent())
    assert len(house.sim.received.calls("requestconsent")) == 1


def test_events_of_consent_say_how_it_stands() -> None:
    asked = events(
        event_name="oa_send_consent", phone="84900000012", request_type="SENT", create_time=1_795_000_000_000,
        expired_time=1_795_086_400_000,
    )  # fmt: skip
    assert isinstance(asked[0], StandingTold)
    assert (asked[0].person.address, asked[0].facts["consent"]["state"]) == (PHONE, "asked")
    over = events(
        event_name="oa_send_consent", phone="84900000012", request_type="EXPIRED", expired_time="1795086400000"
    )
    assert isinstance(over[0], StandingTold)
    assert over[0].facts == {"agreed": [], "consent": {"state": "expired", "at": 1_795_086_400_000}}
    yes = events(
        event_name="user_reply_consent", phone="84900000012", user_id="77", user_consent="ALLOW",
        confirmed_time=1_795_000_100_000,
    )  # fmt: skip
    assert isinstance(yes[0], StandingTold)
    assert yes[0].facts["agreed"] == ["call"]
    assert yes[0].facts["consent"]["until"] == 1_795_000_100_000 + 30 * DAY
    assert isinstance(yes[1], WindowOpened)
    no = events(event_name="user_reply_consent", phone="84900000012", user_consent="USER_BLOCKED")
    assert [getattr(one, "facts", {}).get("agreed") for one in no] == [[]]
    assert events(event_name="oa_send_consent", request_type="SENT") == []


# -- links ----------------------------------------------------------------------------------------------------------------


async def test_a_link_calls_the_customer_and_another_lets_them_call(house: House) -> None:
    await house.sim.says(THAO, "gọi cho em nhé")
    connector = house.build(call_agents={"linh": "1001"}, call_branch="201", call_type="video")
    out = await connector.send(request("", options={"call": {"how": "link", "agent": "linh"}}))
    (first,) = house.shop.links
    assert house.shop.links[first] == {"user_id": THAO.id, "agent_id": "1001", "call_type": "video"}
    assert out.extra["call"] == {
        "link": f"https://zalo.example/call/{first}", "link_until": house.sim.clock() + 48 * HOUR,
    }  # fmt: skip
    await connector.send(request("", options={"call": {"how": "invite", "agent": "minh"}}))
    assert list(house.shop.links.values())[1] == {"branch_id": "201", "call_type": "video"}
    assert house.sim.texts(THAO.id) == [], "a link is nothing that a customer gets"
    house.sim.clock.forward(hours=31 * 24)
    with pytest.raises(SendRejected):
        await connector.send(request("", options={"call": {"how": "link", "agent": "linh"}}))
    with pytest.raises(SendRejected, match="too late"):
        await connector.send(request("", options={"call": {"how": "invite", "until": house.sim.clock() - 1}}))
    with pytest.raises(SendRejected, match="knows by an id"):
        await connector.send(request("", PHONE, options={"call": {"how": "link"}}))


async def test_check_lists_the_call_centre(house: House) -> None:
    report = await house.build(calls=True).check()
    assert any("Linh (1001)" in note and "Quận 1 (201)" in note for note in report.notes)
    house.sim.faults.refuse(status=200, code=-224, on="getmccinfo")
    assert any("permission *voice*" in note for note in (await house.build(calls=True).check()).notes)


# -- broadcasts -----------------------------------------------------------------------------------------------------------


def at_hour(house: House, hour: float) -> None:
    local = (house.sim.clock() + 7 * HOUR) % DAY
    house.sim.clock.forward(seconds=((hour * HOUR - local) % DAY) / 1000)


async def test_an_article_goes_to_whom_it_fits(house: House) -> None:
    house.shop.articles["a1"] = "Tết này mặc gì"
    at_hour(house, 9)
    sent = await house.connector.send(article(ages="2,3", gender="1"))
    assert sent.provider_id
    body = house.sim.received.bodies("/v2.0/oa/message")[-1]
    assert house.sim.texts("everybody") == ["Tết này mặc gì"]
    assert body["recipient"] == {"target": {"ages": "2,3", "gender": 1}}
    element = {"media_type": "article", "attachment_id": "a1"}
    payload = {"template_type": "media", "elements": [element]}
    assert body["message"] == {"attachment": {"type": "template", "payload": payload}}
    with pytest.raises(SendRejected):
        await house.connector.send(article("a2"))
    with pytest.raises(SendRejected, match="articles only"):
        await house.connector.send(request("chào cả nhà", "everybody"))


async def test_at_night_and_without_quota_a_person_decides_anew(house: House) -> None:
    house.shop.articles["a1"] = "Tết này mặc gì"
    at_hour(house, 22)
    with pytest.raises(SendRejected, match="22:00"):
        await house.connector.send(article())
    at_hour(house, 21.9)
    house.shop.broadcasts_left = 0
    with pytest.raises(SendRejected, match="quota"):
        await house.connector.send(article())
    house.sim.faults.refuse(status=200, code=-32, on="/oa/message")
    with pytest.raises(RateLimited):
        await house.connector.send(article())


async def test_a_broadcast_whose_answer_is_lost_is_not_repeated(house: House) -> None:
    house.shop.articles["a1"] = "Tết này mặc gì"
    at_hour(house, 9)
    house.sim.faults.drop_answer(on="/oa/message")
    with pytest.raises(OutcomeUnknown):
        await house.connector.send(article())
    assert await house.connector.reconcile(article(), 0) is None
    house.sim.faults.refuse(status=200, code=-200, on="/oa/message")
    with pytest.raises(OutcomeUnknown):
        await house.connector.send(article())
    assert house.sim.texts("everybody") == ["Tết này mặc gì"]


@pytest.mark.parametrize("said", [{"ages": "alle"}, {"age": "1"}, {"cities": ""}, {"cities": "1,,2"}])
def test_an_audience_is_chosen_by_zalos_numbers(said: dict[str, str]) -> None:
    with pytest.raises(SendRejected, match="own numbers"):
        target(said)


# -- tags -----------------------------------------------------------------------------------------------------------------


async def test_tags_go_there_and_come_from_there(house: House) -> None:
    await house.sim.says(THAO, "Shop ơi")
    await house.connector.tag(THAO.id, "khách sỉ")
    await house.connector.tag(THAO.id, "khách sỉ")
    assert house.shop.tags == {THAO.id: ["khách sỉ"]}
    await house.connector.untag(THAO.id, "khách sỉ")
    await house.connector.untag(THAO.id, "khách sỉ")
    assert house.shop.tags == {THAO.id: []}
    with pytest.raises(SendRejected, match="Zalo account"):
        await house.connector.tag("group/g1", "khách sỉ")
    house.sim.faults.refuse(status=200, code=-32, on="tagfollower")
    with pytest.raises(Transient):
        await house.connector.tag(THAO.id, "khách sỉ")
    assert house.connector.tag_there("  khách   sỉ ") == "khách sỉ"
    assert house.connector.tag_there("x" * 51) == ""


def test_events_of_tags() -> None:
    (on,) = events(event_name="add_user_to_tag", user_id="77", tag_name="khách sỉ")
    assert isinstance(on, TagsChanged)
    assert (on.person.address, on.on, on.off) == ("77", ("khách sỉ",), ())
    (off,) = events(event_name="remove_user_from_tag", user={"id": "77"}, tag={"name": "khách sỉ"})
    assert isinstance(off, TagsChanged)
    assert off.off == ("khách sỉ",)
    with pytest.raises(Unparseable):
        events(event_name="add_user_to_tag", user_id="77")
