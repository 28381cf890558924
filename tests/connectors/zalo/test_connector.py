"""The connector against its provider: tokens, outcomes, files, forms, templates, history."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.connectors.zalo.conftest import DOOR, MALI, OTHER, SHOP, THAO, House, file, request
from unibox_tui.connectors.contract import Batch, SendFile
from unibox_tui.connectors.errors import (
    ConnectorError,
    CredentialsRejected,
    Misconfigured,
    OutcomeUnknown,
    RateLimited,
    SendRejected,
    Transient,
    WebhookForged,
    WebhookTried,
)
from unibox_tui.domain.inbound import MessageReceived
from unibox_tui.sandbox.providers.base import File

GIF = b"GIF89a" + (12).to_bytes(2, "little") + (7).to_bytes(2, "little") + b"\x00" * 20
CS = "/message/cs"


# -- tokens ---------------------------------------------------------------------------------------------------------------


async def test_a_token_that_has_died_is_renewed_and_both_new_ones_are_kept(house: House) -> None:
    await house.sim.says(THAO, "Shop ơi")
    house.sim.expire()
    old = dict(house.secrets[SHOP])
    await house.connector.send(request())
    assert house.sim.texts(THAO.id) == ["Dạ em chào chị ạ."]
    assert house.shop.refresh in house.secrets[SHOP]["tokens"]
    assert old["refresh_token"] not in house.secrets[SHOP]["tokens"]
    assert len(house.sim.received.calls("access_token")) == 1
    await house.build().send(request("từ một tiến trình khác"))
    assert len(house.sim.received.calls("access_token")) == 1, "the kept one is good for others too"


async def test_many_who_need_a_new_token_at_once_ask_once(house: House) -> None:
    await house.sim.says(THAO, "Shop ơi")
    house.sim.expire()
    others = [house.build() for _ in range(5)]
    await asyncio.gather(*(one.send(request(f"tin {n}")) for n, one in enumerate(others)))
    assert len(house.sim.received.calls("access_token")) == 1


async def test_a_refresh_token_is_good_once(house: House) -> None:
    house.sim.expire()
    house.shop.refresh = "somebody-else-used-it"
    with pytest.raises(CredentialsRejected) as caught:
        await house.connector.standing()
    assert "unibox inbox reconnect shop-zalo" in caught.value.hint
    assert caught.value.code == "-14014"


async def test_standing_renews_before_the_token_ends(house: House) -> None:
    house.sim.expire()
    first = await house.connector.standing()
    assert first.token_expires_at == house.shop.until
    house.sim.clock.forward(hours=24, seconds=60)
    again = await house.connector.standing()
    assert again.token_expires_at == house.shop.until
    assert (again.token_expires_at or 0) > (first.token_expires_at or 0)


async def test_consent_by_link_and_code(house: House) -> None:
    query = parse_qs(urlsplit(house.connector.consent_url("our-state")).query)
    assert query["redirect_uri"] == [house.sim.callback]
    assert query["state"] == ["our-state"]
    house.sim.challenge = query["code_challenge"][0]
    assert parse_qs(urlsplit(house.build(OTHER).consent_url("x")).query)["code_challenge"] == query["code_challenge"]
    house.sim.expire()
    report = await house.connector.take_code(house.sim.consents(), "our-state")
    assert (report.ok, report.address) == (True, SHOP)
    assert (await house.connector.check()).ok


async def test_the_consent_of_another_account_is_not_kept(house: House) -> None:
    house.sim.challenge = parse_qs(urlsplit(house.connector.consent_url("s")).query)["code_challenge"][0]
    report = await house.connector.take_code(house.sim.consents(OTHER), "s")
    assert not report.ok
    assert "tokens" not in house.secrets[SHOP]


async def test_proof_of_the_apps_secret(house: House) -> None:
    house.sim.proof = True
    assert not (await house.connector.check()).ok
    assert (await house.build(appsecret_proof=True).check()).ok


# -- webhooks -------------------------------------------------------------------------------------------------------------


def signed(house: House, body: bytes, **change: str) -> dict[str, str]:
    return {"x-zevent-signature": house.sim.sign(body, "", 0)["X-ZEvent-Signature"], **change}


async def test_signatures_with_and_without_their_prefix(house: House) -> None:
    body = '{"event_name":"follow","timestamp":"1795000000000","note":"thử"}'.encode()
    mark = signed(house, body)["x-zevent-signature"].removeprefix("mac=")
    for said in (f"mac={mark}", mark, f"mac = {mark}", f" mac={mark.upper()} "):
        house.connector.verify(body, {"x-zevent-signature": said})
    for said in ("", "mac=", f"mac={mark[:-1]}0", "mac=é"):
        with pytest.raises(WebhookForged):
            house.connector.verify(body, {"x-zevent-signature": said})


async def test_a_time_that_is_a_number_is_signed_as_it_stands(house: House) -> None:
    body = b'{"event_name":"follow","timestamp":1795000000000}'
    house.connector.verify(body, signed(house, body))


async def test_zalo_tries_the_address_before_its_secret_can_be_known(house: House) -> None:
    del house.secrets[SHOP]["oa_secret"]
    with pytest.raises(WebhookTried):
        house.connector.verify(b"{}", {})
    report = await house.connector.check()
    assert not report.ok
    assert any("oa_secret" in note for note in report.notes)


# -- outcomes -------------------------------------------------------------------------------------------------------------

CLASSES: list[tuple[int, type[ConnectorError]]] = [
    (-32, RateLimited),
    *(
        (code, SendRejected)
        for code in (-201, -210, -213, -217, -227, -230, -232, -233, -235, -238, -240, -241, -244, -248)
    ),
    *((code, Misconfigured) for code in (-204, -205, -219, -209, -212, -221, -223, -224, -242, -320, -321)),
    *((code, Transient) for code in (-211, -218, -234)),
    (-99_999, SendRejected),
]


@pytest.mark.parametrize(("code", "kind"), CLASSES)
async def test_what_each_error_means(house: House, code: int, kind: type[ConnectorError]) -> None:
    await house.sim.says(THAO, "Shop ơi")
    house.sim.faults.refuse(status=200, code=code, on=CS)
    with pytest.raises(kind) as caught:
        await house.connector.send(request())
    assert caught.value.code == str(code)
    assert caught.value.message
    assert house.sim.delivered == []


@pytest.mark.parametrize("code", [-216, -220, 216, 401, -401])
async def test_every_sign_of_a_dead_token_renews_it_once(house: House, code: int) -> None:
    await house.sim.says(THAO, "Shop ơi")
    house.sim.faults.refuse(status=200, code=code, on=CS)
    await house.connector.send(request())
    assert house.sim.texts(THAO.id) == ["Dạ em chào chị ạ."]
    house.sim.faults.refuse(times=2, status=200, code=code, on=CS)
    with pytest.raises(CredentialsRejected):
        await house.connector.send(request("lần nữa"))


async def test_too_fast_holds_everything_back(house: House) -> None:
    await house.sim.says(THAO, "Shop ơi")
    house.sim.faults.storm429(on=CS)
    with pytest.raises(RateLimited) as caught:
        await house.connector.send(request())
    assert caught.value.retry_after is not None
    assert caught.value.retry_after > 0


async def test_a_failed_sending_is_repeated_once_when_history_does_not_have_it(house: House) -> None:
    await house.sim.says(THAO, "Shop ơi")
    house.sim.faults.refuse(status=200, code=-200, on=CS)
    sent = await house.connector.send(request())
    assert house.sim.texts(THAO.id) == ["Dạ em chào chị ạ."]
    assert sent.provider_id == house.sim.delivered[0].id
    house.sim.faults.refuse(times=2, status=200, code=-200, on=CS)
    with pytest.raises(OutcomeUnknown):
        await house.connector.send(request("lần nữa"))


async def test_a_failed_sending_that_history_has_is_not_repeated(house: House) -> None:
    await house.sim.says(THAO, "Shop ơi")
    request_ = request()

    async def arrives_all_the_same() -> None:
        house.sim.writes(THAO, request_.text)

    house.sim.faults.refuse(status=200, code=-200, on=CS)
    sent = await house.connector.send(dataclasses.replace(request_, before_first_byte=arrives_all_the_same))
    assert house.sim.texts(THAO.id) == [request_.text]
    assert sent.provider_id == house.sim.delivered[0].id


async def test_the_window_of_seven_days(house: House) -> None:
    await house.sim.says(THAO, "Shop ơi")
    house.sim.clock.forward(days=8)
    with pytest.raises(SendRejected) as caught:
        await house.connector.send(request())
    assert "template" in caught.value.message


# -- what it costs --------------------------------------------------------------------------------------------------------


async def test_zalo_says_what_an_answer_was_taken_from(house: House) -> None:
    house.shop.counted, house.shop.package_left = True, 1
    await house.sim.says(THAO, "Shop ơi")
    costs = [(await house.connector.send(request(f"tin {n}"))).extra["cost"] for n in range(10)]
    assert [one.get("quota") for one in costs] == ["reply"] * 8 + ["sub_quota", None]
    assert [one["free"] for one in costs] == [True] * 9 + [False]
    assert costs[-1]["charged"]


async def test_the_quota_of_a_customer(house: House) -> None:
    await house.sim.says(THAO, "Shop ơi")
    house.shop.package_left = 40
    told = await house.connector.quota(THAO.id)
    assert told["last_interaction"] == house.shop.last[THAO.id]
    assert told["quota"] == {"sub_quota": {"left": 40, "total": 2000}}
    assert "free_left" not in told, "what Zalo has said of the eight since 2026 is worth nothing"


async def test_standing_tells_package_and_quota(house: House) -> None:
    house.shop.package_left = 40
    told = await house.connector.standing()
    assert (told.package, told.quota_left, told.quota_total) == ("Tăng trưởng", 40, 2000)
    assert told.package_until == int(datetime(2027, 12, 31, 17, tzinfo=UTC).timestamp() * 1000), "midnight in Vietnam"
    house.shop.package = "Cơ bản"
    report = await house.build().check()
    assert not report.ok
    assert any("no API" in note for note in report.notes)


async def test_check_says_what_to_enter_at_the_app(house: House) -> None:
    report = await house.connector.check()
    assert report.ok
    said = "\n".join(report.notes)
    assert DOOR in said
    assert "code challenge" in said
    assert not (await house.build(oa_id=OTHER).check()).ok


# -- kinds of messages ----------------------------------------------------------------------------------------------------


def last(house: House) -> Any:
    return house.sim.delivered[-1].raw["message"]


async def test_quoting(house: House) -> None:
    asked = await house.sim.says(THAO, "Shop ơi")
    await house.connector.send(request(answers=asked))
    assert last(house)["quote_message_id"] == asked


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        (file("áo.jpg", "image/jpeg"), "image"),
        (file("áo", "image/png"), "image"),
        (file("vui.gif", "image/gif", GIF), "gif"),
        (file("bảng giá.pdf", "application/pdf"), "file"),
        (file("danh sách", "text/csv"), "file"),
    ],
)
async def test_files_are_uploaded_and_named(house: House, sent: SendFile, kind: str) -> None:
    await house.sim.says(THAO, "Shop ơi")
    await house.connector.send(request("", files=(sent,)))
    attachment = last(house)["attachment"]
    if kind == "file":
        assert attachment["payload"]["token"] in house.shop.uploads
    else:
        (element,) = attachment["payload"]["elements"]
        assert element["media_type"] == kind
        assert (element.get("width"), element.get("height")) == ((12, 7) if kind == "gif" else (None, None))


@pytest.mark.parametrize(
    "refused",
    [
        file("to.jpg", "image/jpeg", b"x" * 1_000_001),
        file("phim.mp4", "video/mp4"),
        file("giả.gif", "image/gif", b"no gif at all"),
    ],
)
async def test_files_that_zalo_does_not_take(house: House, refused: SendFile) -> None:
    await house.sim.says(THAO, "Shop ơi")
    with pytest.raises(SendRejected):
        await house.connector.send(request("", files=(refused,)))
    assert house.sim.received.calls("/upload/") == []


async def test_an_upload_that_died_is_made_again(house: House) -> None:
    await house.sim.says(THAO, "Shop ơi")
    house.sim.faults.refuse(status=200, code=-100, on=CS)
    await house.connector.send(request("", files=(file("áo.jpg", "image/jpeg"),)))
    assert len(house.sim.received.calls("/upload/image")) == 2
    assert len(house.sim.delivered) == 1


async def test_stickers_and_the_form(house: House) -> None:
    await house.sim.says(THAO, "Shop ơi")
    await house.connector.send(request("", options={"sticker": "bfe458bf64fa8da4d4eb"}))
    form = {"title": "Giao hàng", "subtitle": "Cho em xin địa chỉ ạ", "image_url": "https://shop-a.example/f.png"}
    await house.connector.send(request("", options={"request_info": form}))
    assert last(house)["attachment"]["payload"] == {"template_type": "request_user_info", "elements": [form]}
    with pytest.raises(SendRejected):
        await house.connector.send(request("", options={"request_info": {**form, "title": "x" * 101}}))


async def test_reactions(house: House) -> None:
    asked = await house.sim.says(THAO, "Cảm ơn shop")
    await house.connector.react(THAO.id, asked, "❤️")
    await house.connector.react(THAO.id, asked, "")
    assert house.sim.reactions == [(asked, "/-heart"), (asked, "/-remove")]
    with pytest.raises(SendRejected):
        await house.connector.react(THAO.id, asked, "🙏")


async def test_visitors_without_an_account_and_groups_are_answered(house: House) -> None:
    house.sim.anonymous("anon1", "Shop có ở đó không")
    conversation = house.shop.conversations["anon1"]
    await house.connector.send(request("Dạ có", f"anonymous/anon1/{conversation}"))
    group = house.sim.group_of("Sỉ miền Tây", [THAO, MALI])
    result = await house.connector.send(request("Chào cả nhà", f"group/{group}"))
    assert [one.text for one in house.sim.delivered] == ["Dạ có", "Chào cả nhà"]
    assert "cost" not in result.extra, "what a message to a group costs nobody tells"


# -- templates ------------------------------------------------------------------------------------------------------------


async def test_templates_with_their_blanks_and_prices(house: House) -> None:
    first, second, waiting = await house.connector.templates()
    assert (first.name, first.fields, first.price, first.by) == (
        "Đơn hàng đã gửi",
        ("customer_name", "order_code"),
        300,
        ("user", "phone"),
    )
    assert "{{order_code}}" in first.text
    assert second.by == ("phone",)
    assert waiting.status != "approved"


def template(id: str, **values: str) -> dict[str, Any]:
    return {"template": {"id": id, "values": values}}


async def test_a_template_goes_to_the_customer_or_to_a_number(house: House) -> None:
    await house.sim.says(THAO, "Shop ơi")
    house.sim.clock.forward(days=30)
    filled = template("300001", customer_name="Thảo", order_code="DH123")
    await house.connector.send(request("…", options=filled))
    sent = await house.connector.send(request("…", "+84900000012", options=filled))
    assert [one.to for one in house.sim.delivered] == [THAO.id, "+84900000012"]
    assert sent.extra["cost"]["charged"]
    assert house.sim.delivered[1].raw["tracking_id"] == "01JREQUEST0000000000000001"


async def test_a_template_that_goes_to_numbers_only(house: House) -> None:
    await house.sim.says(THAO, "Shop ơi")
    with pytest.raises(SendRejected) as caught:
        await house.connector.send(request("…", options=template("300002", customer_name="Thảo")))
    assert "number" in caught.value.message


async def test_a_number_takes_nothing_but_templates(house: House) -> None:
    with pytest.raises(SendRejected):
        await house.connector.send(request("Chào chị", "+84900000012"))


# -- history --------------------------------------------------------------------------------------------------------------


async def pulled(house: House, cursors: Any = None) -> list[Batch]:
    """Batches until all is caught up and the past is taken."""
    found: list[Batch] = []
    pulling = house.connector.pull(cursors or {})
    async with asyncio.timeout(10):
        async for batch in pulling:
            found.append(batch)
            if batch.stream == "history" and (batch.cursor or {}).get("done"):
                break
    await pulling.aclose()  # type: ignore[attr-defined]
    return found


def texts(batches: list[Batch], *, inert: bool) -> list[str]:
    return [
        event.text
        for batch in batches
        if batch.inert is inert
        for item in batch.items
        for event in item.events
        if isinstance(event, MessageReceived)
    ]


async def test_history_is_taken_ten_at_a_time_and_once(house: House) -> None:
    for n in range(23):
        await house.sim.says(THAO, f"tin {n}")
        house.sim.clock.forward(seconds=60)
    house.sim.clock.forward(hours=5)
    found = await pulled(house)
    assert sorted(texts(found, inert=True)) == sorted(f"tin {n}" for n in range(23))
    assert texts(found, inert=False) == []
    assert all("10" in call.query[0][1] for call in house.sim.received.calls("listrecentchat"))


async def test_what_was_said_during_an_outage_is_asked_for(house: House) -> None:
    await house.sim.says(THAO, "lúc mất mạng")
    begun = house.sim.clock()
    house.sim.clock.forward(hours=3)
    cursors = {"news": {"until": house.sim.clock()}, "outage": {"from": begun - 1000, "to": begun + 1000}}
    found = await pulled(house, {**cursors, "history": {"count": 0}})
    assert "lúc mất mạng" in texts(found, inert=False)


async def test_profiles(house: House) -> None:
    await house.sim.says(THAO, "Shop ơi")
    house.sim.tags(THAO, "khách quen")
    house.sim.fills_in(THAO, {"phone": 84900000012, "city": "Cần Thơ"})
    person = await house.connector.profile(THAO.id)
    assert person is not None
    assert (person.name, person.phone) == ("Trần Thu Thảo", "+84900000012")
    assert person.attributes["zalo_tags"] == "khách quen"
    assert person.tags == ("khách quen",)
    assert await house.connector.profile("1") is None


async def test_files_of_customers_die(house: House) -> None:
    await house.sim.says(THAO, "", [File("áo.jpg", b"jpg", "image/jpeg")])
    url = house.shop.rows[-1]["url"]
    assert await house.connector.fetch({"url": url}, 100) == b"jpg"
    house.sim.clock.forward(days=4)
    with pytest.raises(ConnectorError, match="expired"):
        await house.connector.fetch({"url": url}, 100)
    with pytest.raises(ConnectorError, match="not fetched"):
        await house.connector.fetch({"url": "http://127.0.0.1:1/x"}, 100)
