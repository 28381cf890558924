from __future__ import annotations

import dataclasses
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.connectors.cases.line import MALEE, LineCase
from tests.connectors.conformance import Rig, load_payloads, rig
from unibox_tui.connectors.contract import SendFile
from unibox_tui.connectors.errors import Misconfigured, OutcomeUnknown, SendRejected, Transient, Unparseable
from unibox_tui.connectors.line.memory import Memory
from unibox_tui.connectors.line.parse import events
from unibox_tui.connectors.line.sending import retry_key
from unibox_tui.domain.inbound import MessageReceived, MessageUnsent, ProfileSeen, WindowOpened
from unibox_tui.sandbox.providers.base import File, Guest
from unibox_tui.sandbox.providers.line import LineSim
from unibox_tui.sandbox.providers.line_parts import line_id

RECORDED = {one.name: one.body for one in load_payloads("line")}
SOMCHAI = Guest(line_id("U", "somchai"), "Somchai", "th")


class WithReplies(LineCase):
    replies = True


@pytest.fixture
async def parts() -> AsyncIterator[Rig]:
    async with rig(WithReplies()) as found:
        yield found


def line_sim(parts: Rig) -> LineSim:
    assert isinstance(parts.sim, LineSim)
    return parts.sim


def only(name: str) -> Any:
    """The one fact of a recorded body besides that answers are free for a while."""
    (found,) = [event for event in events(RECORDED[name]) if getattr(event, "what", "") != "token"]
    return found


async def heard(parts: Rig, **more: Any) -> str:
    """A customer wrote, and the webhook was verified as our door does."""
    id = await line_sim(parts).says(MALEE, "มีไซส์ L ไหมคะ", **more)
    await parts.sim.hooks.settle()
    parts.connector.verify(parts.door.caught[-1].body, parts.door.caught[-1].headers)
    return id


# -- reading --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("text", "เสื้อลินินสีขาวมีไซส์ L ไหมคะ"),
        ("location", "บ้าน\n123 ถนนตัวอย่าง กรุงเทพฯ\n13.746000, 100.534000"),
        ("sticker", "[sticker: cony, sally, thanks]"),
        ("postback_menu", "[button: menu=orders]"),
        ("postback_date", "[button: 2026-12-25T01:00]"),
        ("video", ""),
    ],
)
def test_what_customers_send_is_readable(name: str, text: str) -> None:
    assert only(name).text == text


def test_files_say_what_they_are_and_where_to_fetch_them() -> None:
    (paper,) = only("file").attachments
    assert (paper.name, paper.media_type, paper.size) == ("ใบสั่งซื้อ.pdf", "application/pdf", 213044)
    assert paper.remote == {"id": "444573844083572744", "kind": "file"}
    (picture,) = only("image_external").attachments
    assert picture.remote == {"url": "https://img.baan-mali.example/a.jpg", "kind": "image"}


def test_quotes_unsends_and_friendship() -> None:
    assert only("text_quote_emoji").answers == ("444573844083572737",)
    assert isinstance(only("unsend"), MessageUnsent)
    assert [only(name).what for name in ("follow", "unblock", "unfollow")] == ["follow", "unblock", "unfollow"]
    assert isinstance(only("member_joined"), ProfileSeen)


def test_groups_name_the_member_and_who_is_meant() -> None:
    said, asked = only("group_text"), only("group_mention")
    assert said.group.kind == "group"
    assert said.person.address == SOMCHAI.id
    assert (said.mentions_us, asked.mentions_us) == (False, True)
    nobody = only("group_unknown_member")
    assert nobody.person == nobody.group


def test_an_answer_is_free_while_the_token_lives_and_not_for_a_redelivery() -> None:
    fresh = [event for event in events(RECORDED["text"]) if isinstance(event, WindowOpened)]
    assert [(event.what, event.person.address) for event in fresh] == [("token", MALEE.id)]
    assert not [event for event in events(RECORDED["redelivery"]) if isinstance(event, WindowOpened)]
    in_group = [event for event in events(RECORDED["group_text"]) if isinstance(event, WindowOpened)]
    assert in_group[0].person.kind == "group"


def test_what_is_unknown_is_named_and_what_is_ours_is_nothing() -> None:
    body = json.loads(RECORDED["text"])
    body["events"][0]["message"]["type"] = "hologram"
    shown = [event for event in events(json.dumps(body).encode()) if isinstance(event, MessageReceived)]
    assert shown[0].text == "[hologram, not shown]"
    body["events"][0]["type"] = "teleport"
    shown = [event for event in events(json.dumps(body).encode()) if isinstance(event, MessageReceived)]
    assert shown[0].text == "[teleport, not shown]"
    assert events(RECORDED["bot_suspended"]) == []
    assert events(RECORDED["verify"]) == []


# -- answering ------------------------------------------------------------------------------------------------------------


async def test_the_reply_token_is_used_once_and_then_it_is_pushed(parts: Rig) -> None:
    await heard(parts)
    first = await parts.connector.send(parts.request("ref-1")[0])
    second = await parts.connector.send(parts.request("ref-2")[0])
    assert (first.extra["way"], first.extra["free"]) == ("reply", True)
    assert (second.extra["way"], second.extra["free"]) == ("push", False)
    assert len(parts.got()) == 2
    assert line_sim(parts).default.used == 1


async def test_an_old_token_is_not_tried_and_a_dead_one_is_no_failure(parts: Rig) -> None:
    await heard(parts)
    parts.sim.clock.forward(seconds=55)
    assert (await parts.connector.send(parts.request("ref-1")[0])).extra["way"] == "push"
    assert not parts.sim.received.calls("/reply")
    await heard(parts)
    line_sim(parts).default.reply_tokens.clear()
    assert (await parts.connector.send(parts.request("ref-2")[0])).extra["way"] == "push"
    assert len(parts.got()) == 2


async def test_a_lost_answer_to_a_reply_is_found_out_by_asking_again(parts: Rig) -> None:
    parts.sim.clock.forward(seconds=60)  # nobody who ran before can have had a token that still lives
    await heard(parts)
    parts.sim.faults.drop_answer(on="/reply")
    result = await parts.connector.send(parts.request()[0])
    assert result.extra == {"way": "reply", "free": True}
    assert len(parts.got()) == 1


@pytest.mark.parametrize("why", ["somebody before us may have used it", "it came late"])
async def test_a_dead_token_proves_nothing_when_others_may_have_ended_it(parts: Rig, why: str) -> None:
    """The message never reached LINE: to call it sent would lose it."""
    if why == "it came late":
        parts.sim.clock.forward(seconds=60)
    await line_sim(parts).says(MALEE, "มีไซส์ L ไหมคะ")
    await parts.sim.hooks.settle()
    if why == "it came late":
        parts.sim.clock.forward(seconds=59)
    parts.connector.verify(parts.door.caught[-1].body, parts.door.caught[-1].headers)
    line_sim(parts).default.reply_tokens.clear()
    parts.sim.faults.cut(on="/reply")
    with pytest.raises(OutcomeUnknown):
        await parts.connector.send(parts.request()[0])
    assert parts.got() == []


async def test_an_event_that_comes_twice_gives_its_token_once(parts: Rig) -> None:
    parts.sim.clock.forward(seconds=60)
    await heard(parts)
    again = parts.door.caught[-1]
    assert (await parts.connector.send(parts.request("ref-1")[0])).extra["way"] == "reply"
    parts.connector.verify(again.body, again.headers)
    parts.sim.faults.cut(on="/reply")  # would be asked again, and the token be dead
    assert (await parts.connector.send(parts.request("ref-2")[0])).extra["way"] == "push"
    assert len(parts.got()) == 2


async def test_a_reply_of_unknown_fate_is_never_pushed_after_it(parts: Rig) -> None:
    await heard(parts)
    parts.sim.faults.drop_answer(2, on="/reply")
    request, _ = parts.request()
    with pytest.raises(OutcomeUnknown):
        await parts.connector.send(request)
    assert await parts.connector.reconcile(request, parts.sim.clock()) is None
    assert len(parts.got()) == 1


async def test_a_push_has_one_key_however_often_it_is_tried(parts: Rig) -> None:
    parts.sim.faults.cut(on="/push")
    request, _ = parts.request()
    with pytest.raises(OutcomeUnknown):
        await parts.connector.send(request)
    assert await parts.connector.reconcile(request, parts.sim.clock()) is not None
    assert (await parts.connector.send(request)).provider_id == parts.sim.delivered[0].id
    keys = {call.headers["x-line-retry-key"] for call in parts.sim.received.calls("/push")}
    assert keys == {retry_key(request.client_ref)}
    assert len(parts.got()) == 1
    day = parts.sim.clock() - 25 * 3_600_000
    assert await parts.connector.reconcile(request, day) is None


async def test_the_months_quota_is_a_refusal_that_says_so(parts: Rig) -> None:
    line_sim(parts).default.quota = 0
    with pytest.raises(SendRejected) as caught:
        await parts.connector.send(parts.request()[0])
    assert caught.value.code == "quota"
    standing = await parts.connector.standing()
    assert (standing.quota_left, standing.quota_total) == (None, None)
    line_sim(parts).default.quota = 500
    assert (await parts.connector.standing()).quota_left == 500


async def test_quotes_pictures_and_papers(parts: Rig) -> None:
    id = await heard(parts)

    async def read() -> bytes:
        return b"xxx"

    files = (SendFile("a.jpg", "image/jpeg", 3, read, "aa"), SendFile("b.pdf", "application/pdf", 3, read, "bb"))
    result = await parts.connector.send(parts.request(answers=id, files=files)[0])
    text, picture, paper = [one.raw for one in parts.sim.delivered]
    assert text["quoteToken"]
    assert picture["originalContentUrl"].startswith("https://")
    assert paper["text"].startswith("b.pdf\nhttps://")
    assert result.extra["_ids"] == [one.id for one in parts.sim.delivered]
    ours = await parts.connector.send(parts.request("ref-9", answers=result.provider_id)[0])
    assert ours.provider_id


async def test_stickers_groups_and_people(parts: Rig) -> None:
    sim = line_sim(parts)
    await parts.connector.send(parts.request(text="", options={"sticker": {"package": 446, "sticker": 1988}})[0])
    assert parts.sim.delivered[0].raw == {"type": "sticker", "packageId": "446", "stickerId": "1988"}
    group = sim.group_of("ขายส่ง", [SOMCHAI, MALEE])
    await parts.connector.send(parts.request("ref-2", destination=group)[0])
    assert sim.default.used == 3  # one, and one for each member of the group
    assert (await parts.connector.profile(group)).name == "ขายส่ง"
    assert await parts.connector.profile(SOMCHAI.id) is None
    await sim.says(SOMCHAI, "สวัสดี", group=group)
    await sim.hooks.settle()
    parts.connector.verify(parts.door.caught[-1].body, parts.door.caught[-1].headers)
    assert (await parts.connector.profile(SOMCHAI.id)).name == "Somchai"
    malee = await parts.connector.profile(MALEE.id)
    assert (malee.name, malee.language) == ("Malee", "th")


async def test_a_picture_larger_than_line_shows_goes_as_an_address(parts: Rig) -> None:
    async def read() -> bytes:
        return b"jpg"

    for size in (10_000_000, 10_000_001):
        one = SendFile("a.jpg", "image/jpeg", size, read)
        await parts.connector.send(parts.request(f"ref-{size}", text="", files=(one,))[0])
    assert [one.raw["type"] for one in parts.sim.delivered] == ["image", "text"]


async def test_typing_and_seen(parts: Rig) -> None:
    id = await heard(parts)
    await parts.connector.typing(MALEE.id, True)
    await parts.connector.typing(line_id("C", "group"), True)
    await parts.connector.mark_read(MALEE.id, id)
    await parts.connector.mark_read(MALEE.id, "never seen")
    assert line_sim(parts).default.loading == [MALEE.id]
    assert line_sim(parts).default.read == [id]


async def test_content_is_waited_for_and_may_be_gone(parts: Rig) -> None:
    sim = line_sim(parts)
    id = await sim.says(MALEE, "", [File("a.mp4", b"film", "video/mp4")])
    file, until, _ = sim.default.content[id]
    sim.default.content[id] = (file, until, "processing")
    with pytest.raises(Transient):
        await parts.connector.fetch({"id": id, "kind": "video"}, 1_000)
    sim.default.content[id] = (file, until, "succeeded")
    assert await parts.connector.fetch({"id": id, "kind": "video"}, 1_000) == b"film"
    parts.sim.clock.forward(days=15)
    with pytest.raises(Unparseable):
        await parts.connector.fetch({"id": id, "kind": "video"}, 1_000)
    with pytest.raises(Unparseable):
        await parts.connector.fetch({"url": "http://169.254.169.254/x", "kind": "image"}, 1_000)


async def test_the_check_names_what_is_missing(parts: Rig) -> None:
    sim = line_sim(parts)
    notes = " ".join((await parts.connector.check()).notes)
    assert "webhook URL in LINE's console is not" in notes
    sim.default.endpoint, sim.default.active = parts.sim.hooks.url, False
    report = await parts.connector.check()
    assert not report.ok
    assert '"Use webhook" is off' in report.notes[-1]
    sim.default.active, sim.default.unreachable = True, "CONNECTION_TIMEOUT"
    report = await parts.connector.check()
    assert not report.ok
    assert "CONNECTION_TIMEOUT" in report.notes[-1]
    sim.default.unreachable = ""
    assert (await parts.connector.check()).ok
    sim.faults.refuse(status=500, on="/quota")
    assert not (await parts.connector.check()).ok
    del parts.secrets["channel_secret"]
    assert not (await parts.connector.check()).ok


async def test_it_tells_line_where_our_door_is(parts: Rig) -> None:
    await parts.connector.subscribe()
    assert line_sim(parts).default.endpoint == parts.sim.hooks.url
    parts.connector.tools = dataclasses.replace(parts.connector.tools, public_url="http://shop-a.example/h/line")
    with pytest.raises(Misconfigured):
        await parts.connector.subscribe()  # LINE takes https alone


def test_memory_forgets_the_oldest_and_survives_garbage() -> None:
    memory = Memory(lambda: 0, 50_000)
    memory.hear(b"no json")
    memory.hear(b'{"events": [1, {"type": "message"}]}')
    memory.hear(RECORDED["text"])
    token = memory.reply_token(MALEE.id)
    assert token is not None
    assert memory.reply_token(MALEE.id) is None
    memory.give_back(MALEE.id, token)
    assert memory.reply_token(MALEE.id) == token
