"""Pages and accounts against their provider."""

from __future__ import annotations

import asyncio
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.connectors.meta.conftest import HA, LINKED, OTHER, OWN, PAGE, SIRI, House, file, request
from unibox_tui.connectors import policy
from unibox_tui.connectors.contract import Batch, PullsEvents
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
from unibox_tui.connectors.instagram.connector import InstagramConnector
from unibox_tui.domain.inbound import MessageReceived
from unibox_tui.sandbox.providers.base import File


async def pulled(connector: PullsEvents, cursors: dict[str, object] | None = None) -> list[Batch]:
    """Until it has caught up."""
    found: list[Batch] = []
    pulling = connector.pull(cursors or {})  # type: ignore[arg-type]
    async with asyncio.timeout(10):
        async for batch in pulling:
            found.append(batch)
            if any(one.phase == "polling" for one in found) and (batch.stream == "history" or batch.phase == "polling"):
                cursor = batch.cursor or {}
                if batch.stream == "history" and not cursor.get("done"):
                    continue
                if batch.stream == "news" and not (cursors or {}).get("history"):
                    continue
                break
    await pulling.aclose()  # type: ignore[attr-defined]
    return found


def texts(batches: list[Batch], stream: str = "") -> list[str]:
    return [
        event.text
        for batch in batches
        if stream in ("", batch.stream)
        for item in batch.items
        for event in item.events
        if isinstance(event, MessageReceived)
    ]


async def test_the_address_is_verified_and_bodies_are_signed(house: House) -> None:
    page = house.messenger()
    query = {"hub.mode": "subscribe", "hub.verify_token": "our word", "hub.challenge": "1158201444"}
    assert page.handshake(query) == b"1158201444"
    with pytest.raises(WebhookForged):
        page.handshake({**query, "hub.verify_token": "other"})
    body = b'{"object":"page","entry":[]}'
    page.verify(body, {name.lower(): value for name, value in house.sim.sign(body, "", 0).items()})
    for headers in ({}, {"x-hub-signature-256": "sha256=00"}, {"x-hub-signature-256": "ü"}):
        with pytest.raises(WebhookForged):
            page.verify(body, headers)


async def test_a_text_is_sent_once_with_our_reference_and_the_tag_of_the_rule(house: House) -> None:
    asked = await house.sim.says(HA, "Còn không shop?", account=PAGE)
    page = house.messenger()
    result = await page.send(request("Dạ còn ạ", answers=asked))
    (got,) = house.sim.delivered
    assert (got.to, got.text, got.id, got.account) == (HA.id, "Dạ còn ạ", result.provider_id, PAGE)
    assert (got.raw["messaging_type"], got.raw["message"]["metadata"]) == ("RESPONSE", "ref-1")
    house.sim.clock.forward(hours=30)
    with pytest.raises(SendRejected, match="time in which"):
        await page.send(request("muộn"))
    await page.send(request("người thật trả lời", options={"tag": "HUMAN_AGENT"}))
    assert house.sim.delivered[-1].raw["tag"] == "HUMAN_AGENT"
    house.sim.human_agent = False
    with pytest.raises(SendRejected, match="not granted"):
        await page.send(request("không được cấp", options={"tag": "HUMAN_AGENT"}))


@pytest.mark.parametrize("endpoint", [PAGE, LINKED, OWN])
async def test_a_sticker_goes_by_its_id(house: House, endpoint: str) -> None:
    own = {"login": "instagram", "ig_id": OWN, "page_id": ""} if endpoint == OWN else {}
    ours = house.messenger() if endpoint == PAGE else house.instagram(**own)
    asked = await house.sim.says(HA, "Cảm ơn shop", account=endpoint)
    id = "369239263222822" if endpoint == PAGE else "like_heart"
    assert ours.capabilities().extra["sticker"] == ["id"]
    await ours.send(request("", answers=asked, options={"sticker": id}))
    (got,) = house.sim.delivered
    kept = {name: value for name, value in got.raw["message"].items() if name != "metadata"}
    assert kept == ({"sticker_id": 369239263222822} if endpoint == PAGE else {"attachment": {"type": "like_heart"}})
    assert got.raw["reply_to"] == {"mid": asked}
    with pytest.raises(SendRejected):
        await ours.send(request("", options={"sticker": "no such one"}))


@pytest.mark.parametrize("endpoint", [PAGE, LINKED, OWN])
async def test_what_an_answer_quotes_is_named_and_told_again(house: House, endpoint: str) -> None:
    own = {"login": "instagram", "ig_id": OWN, "page_id": ""} if endpoint == OWN else {}
    ours = house.messenger(ways="poll") if endpoint == PAGE else house.instagram(ways="poll", **own)
    asked = await house.sim.says(HA, "Còn size M không?", account=endpoint)
    await house.sim.says(HA, "Với cả màu đen?", account=endpoint)
    await ours.send(request("Size M còn ạ", answers=asked))
    assert house.sim.delivered[-1].raw["reply_to"] == {"mid": asked}
    await ours.send(request("không trích", answers="postback:7001:1795000000000"))
    assert "reply_to" not in house.sim.delivered[-1].raw
    with pytest.raises(SendRejected):
        await ours.send(request("trích câu lạ", answers="m_unknown"))
    told = [event for batch in await pulled(ours) for item in batch.items for event in item.events]
    quoting = {event.text: event.answers for event in told if isinstance(event, MessageReceived)}
    assert quoting["Size M còn ạ"] == (asked,)
    assert quoting["không trích"] == ()


async def test_files_are_uploaded_first_and_then_sent(house: House) -> None:
    await house.sim.says(HA, "gửi em bảng size", account=PAGE)
    await house.messenger().send(request("", files=(file(b"%PDF-1", "application/pdf", "bảng giá.pdf"),)))
    assert [call.path for call in house.sim.received.calls("", "POST")] == [
        f"/{PAGE}/message_attachments",
        f"/{PAGE}/messages",
    ]
    assert house.sim.delivered[0].raw["message"]["attachment"]["type"] == "file"


async def test_sound_and_video_keep_a_pace_of_their_own(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.sim.says(HA, "gửi em clip", account=PAGE)
    page = house.messenger()
    turns: list[int] = []

    async def turn() -> None:
        turns.append(len(house.sim.delivered))

    monkeypatch.setattr(page._slow, "turn", turn)
    await page.send(request("đây ạ"))
    await page.send(request("", files=(file(),)))
    await page.send(request("", files=(file(b"....ftyp", "video/mp4", "áo.mp4"),)))
    assert turns == [2]


async def test_instagram_fetches_pictures_from_us_and_takes_no_documents(house: House) -> None:
    await house.sim.says(SIRI, "ขอดูรูปหน่อย", account=LINKED)
    account = house.instagram()
    await account.send(request("", to=SIRI.id, files=(file(),)))
    (got,) = house.sim.delivered
    assert got.account == LINKED
    assert got.raw["message"]["attachment"]["payload"]["url"].startswith("https://inbox.shop.example/m/")
    with pytest.raises(SendRejected, match="pictures"):
        await account.send(request("", to=SIRI.id, files=(file(b"x", "application/pdf", "a.pdf"),)))


async def test_instagrams_own_login_has_its_own_address_and_renews_its_token(house: House) -> None:
    await house.sim.says(SIRI, "สวัสดีค่ะ", account=OWN)
    account = house.instagram(login="instagram", ig_id=OWN, page_id="")
    old = house.sim.endpoints[OWN].token
    await account.send(request("สวัสดีค่ะ", to=SIRI.id))
    assert "messaging_type" not in house.sim.delivered[0].raw
    kept = json.loads(house.kept["tokens"])
    assert kept["access"] == house.sim.endpoints[OWN].token != old
    house.sim.clock.forward(days=51)
    await house.sim.says(SIRI, "ยังอยู่ไหม", account=OWN)
    standing = await account.standing()
    assert json.loads(house.kept["tokens"])["access"] != kept["access"]
    assert standing.token_expires_at is not None
    assert standing.token_expires_at > house.sim.clock() + 50 * 86_400_000


async def test_every_outcome_of_a_send(house: House) -> None:
    await house.sim.says(HA, "alo", account=PAGE)
    page = house.messenger()
    house.sim.faults.drop_answer()
    with pytest.raises(OutcomeUnknown):
        await page.send(request("một"))
    house.sim.faults.truncate_json()
    with pytest.raises(OutcomeUnknown):
        await page.send(request("hai"))
    assert house.sim.texts() == ["một", "hai"]
    house.sim.faults.storm429(retry_after=120)
    with pytest.raises(RateLimited) as fast:
        await page.send(request("ba"))
    assert fast.value.retry_after == 120
    house.sim.blocked.add(HA.id)
    with pytest.raises(SendRejected, match="cannot be reached"):
        await house.messenger().send(request("bốn"))
    with pytest.raises(SendRejected, match="no customer"):
        await house.messenger().send(request("năm", to="1"))
    house.sim.endpoints[PAGE].restricted = True
    with pytest.raises(Misconfigured, match="from sending"):
        await house.messenger().send(request("sáu"))
    house.sim.endpoints[PAGE].token = "taken back"
    with pytest.raises(CredentialsRejected) as dead:
        await house.messenger(appsecret_proof=True)._reading.get("me", token="old")
    assert "old" not in dead.value.message
    await house.server.stop()
    with pytest.raises(Transient):
        await house.messenger().send(request("bảy"))


async def test_a_lost_answer_is_found_in_the_conversation(house: House) -> None:
    await house.sim.says(HA, "alo", account=PAGE)
    page = house.messenger()
    house.sim.faults.drop_answer(on="/messages")
    with pytest.raises(OutcomeUnknown):
        await page.send(request("dạ shop đây"))
    found = await page.reconcile(request("dạ shop đây"), house.sim.clock() - 500)
    assert found is not None
    assert found.provider_id == house.sim.delivered[0].id
    assert await page.reconcile(request("câu khác"), house.sim.clock() - 500) is None


async def test_history_comes_once_and_gaps_are_filled(house: House) -> None:
    for number in range(3):
        await house.sim.says(HA, f"cũ {number}", account=PAGE)
    house.sim.clock.forward(hours=2)
    page = house.messenger(ways="poll")
    first = await pulled(page)
    assert texts(first, "history") == ["cũ 0", "cũ 1", "cũ 2"]
    assert all(batch.inert for batch in first if batch.stream == "history")
    cursors = {batch.stream: batch.cursor for batch in first if batch.cursor is not None}
    house.sim.clock.forward(hours=5)
    await house.sim.says(HA, "trong lúc mất mạng", account=PAGE)
    house.sim.colleague(HA, "đồng nghiệp trả lời", account=PAGE)
    house.sim.clock.forward(hours=1)
    again = await pulled(page, dict(cursors))
    assert texts(again) == ["trong lúc mất mạng", "đồng nghiệp trả lời"]


async def test_what_was_said_during_an_outage_is_asked_for(house: House) -> None:
    await house.sim.says(HA, "lúc mất mạng", account=PAGE)
    begun = house.sim.clock()
    house.sim.clock.forward(hours=3)
    cursors = {"news": {"until": house.sim.clock()}, "history": {"done": True}}
    assert texts(await pulled(house.messenger(), dict(cursors))) == []
    lost = {"outage": {"from": begun - 1000, "to": begun + 1000}}
    found = await pulled(house.messenger(), {**cursors, **lost})
    assert texts(found, "news") == ["lúc mất mạng"]
    assert not any(batch.inert for batch in found)


async def test_media_profiles_typing_and_seen(house: House) -> None:
    await house.sim.says(HA, "", [File("hop.jpg", b"\xff\xd8", "image/jpeg")], account=PAGE)
    url = house.sim.endpoints[PAGE].talks[HA.id][0]["attachments"]["data"][0]["image_data"]["url"]
    page = house.messenger()
    assert await page.fetch({"url": url}, 100) == b"\xff\xd8"
    house.sim.clock.forward(days=5)
    with pytest.raises(Unparseable, match="expired"):
        await page.fetch({"url": url}, 100)
    person = await page.profile(HA.id)
    assert person is not None
    assert (person.language, set(person.name.split())) == ("vi", {"Nguyễn", "Thị", "Hà"})
    assert await page.profile("1") is None
    await page.typing(HA.id, True)
    await page.mark_read(HA.id, "m_1")
    assert [action for _, _, action in house.sim.signals] == ["typing_on", "mark_seen"]


async def test_subscribing_checking_and_discovering(house: House) -> None:
    page = house.messenger()
    await page.subscribe()
    assert "message_echoes" in house.sim.endpoints[PAGE].subscribed
    report = await page.check()
    assert (report.ok, report.address) == (True, PAGE)
    found = await page.discover()
    assert [(one.address, one.title, one.problem) for one in found] == [(PAGE, "Shop A", ""), (OTHER, "Shop B", "")]
    assert found[1].secrets == {"access_token": house.sim.endpoints[OTHER].token}
    assert [one.address for one in await house.instagram().discover()] == [LINKED]


async def test_an_account_behind_a_page_subscribes_what_the_page_needs_too(house: House) -> None:
    await house.messenger().subscribe()
    await house.instagram().subscribe()
    of_page = [house.sim.endpoints[id].subscribed for id in (PAGE, LINKED) if house.sim.endpoints[id].subscribed]
    assert of_page
    assert all({"message_echoes", "messages", "message_edits"} <= set(fields) for fields in of_page)
    await house.instagram(login="instagram", ig_id=OWN, page_id="").subscribe()
    assert "messaging_seen" in house.sim.endpoints[OWN].subscribed


@pytest.mark.parametrize("endpoint", [PAGE, LINKED])
async def test_the_check_names_what_a_webhook_lacks(house: House, endpoint: str) -> None:
    made = house.messenger if endpoint == PAGE else house.instagram
    assert (await made().check()).ok
    del house.secrets["verify_token"]
    report = await made().check()
    assert not report.ok
    assert "verify token" in " ".join(report.notes)
    assert (await made(ways="poll").check()).ok


async def test_five_hundred_pages_are_listed(house: House) -> None:
    for number in range(500):
        house.sim.page(str(200_000_000 + number), f"Shop {number}")
    assert len(await house.messenger().discover()) == 502


async def test_consent_gives_the_pages_own_token(house: House) -> None:
    page = house.messenger()
    query = parse_qs(urlsplit(page.consent_url("state-1")).query)
    assert (query["state"], query["client_id"]) == (["state-1"], [house.sim.app_id])
    report = await page.take_code(house.sim.code, "state-1")
    assert report.ok
    assert house.kept["access_token"] == house.sim.endpoints[PAGE].token
    account = house.instagram(login="instagram", ig_id=OWN, page_id="", api=house.sim.base_url)
    assert (await account.take_code(house.sim.code + "#_", "s")).ok
    assert json.loads(house.kept["tokens"])["access"] == house.sim.endpoints[OWN].token


async def test_a_role_too_small_is_said_and_nothing_is_stored(house: House) -> None:
    house.sim.endpoints[PAGE].tasks = ("ANALYZE",)
    for ours in (house.messenger(), house.instagram()):
        report = await ours.take_code(house.sim.code, "s")
        assert not report.ok
        assert "role" in report.notes[0]
    assert house.kept == {}
    assert [one.problem for one in await house.messenger().discover()] == [
        "the role on this Page does not allow messages",
        "",
    ]
    stranger = await house.instagram(ig_id=OWN, page_id="").take_code(house.sim.code, "s")
    assert (stranger.ok, stranger.notes) == (False, (InstagramConnector.no_role,))


async def test_a_token_that_meta_calls_dead_is_named(house: House) -> None:
    page = house.messenger(page_id=OTHER)
    house.sim.endpoints[OTHER].token = "EAAnew"
    with pytest.raises(CredentialsRejected) as dead:
        await page.standing()
    assert "reconnect" in dead.value.hint


def test_what_cannot_be_sent_is_not_offered(house: House) -> None:
    able = house.messenger().capabilities()
    assert {kind for rule in able.rules for kind in rule.kinds} == {"text", "attachment", "sticker"}
    longer = {"rules": {"standard": {"within": "30h"}}}
    changed = policy.overlaid(able, "messenger", longer)
    assert {kind for rule in changed.rules for kind in rule.kinds} == {"text", "attachment", "sticker"}
    assert changed.rules[0].within_ms == 30 * 3_600_000


async def test_a_text_with_a_file_leaves_as_two_messages(house: House) -> None:
    assert house.messenger().capabilities().extra["text_with_files"] is False
    await house.sim.says(HA, "alo", account=PAGE)
    with pytest.raises(SendRejected, match="either"):
        await house.messenger().send(request("cả hai", files=(file(),)))
