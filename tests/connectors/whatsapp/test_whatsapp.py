"""WhatsApp's own: who somebody is, templates, media, statuses, marks of reading, refusals."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.cases.whatsapp import HA, PHONE, WhatsAppCase
from tests.connectors.conformance import PAYLOADS, Rig, rig
from tests.support.world import World
from unibox_tui.connectors import policy
from unibox_tui.connectors.contract import SendFile
from unibox_tui.connectors.errors import RateLimited, SendRejected, Transient, Unparseable
from unibox_tui.connectors.whatsapp import parse
from unibox_tui.domain.inbound import (
    MessageEdited,
    MessageReceived,
    MessageUnsent,
    ProfileSeen,
    Receipt,
    WindowOpened,
)
from unibox_tui.domain.words import Author, DeliveryState, Direction
from unibox_tui.sandbox.providers.base import File, Guest
from unibox_tui.sandbox.providers.whatsapp import WhatsAppSim


@pytest.fixture
async def parts() -> AsyncIterator[Rig]:
    async with rig(WhatsAppCase()) as found:
        yield found


def sim_of(parts: Rig) -> WhatsAppSim:
    assert isinstance(parts.sim, WhatsAppSim)
    return parts.sim


def recorded(name: str) -> list[Any]:
    return parse.events((PAYLOADS / "whatsapp" / f"{name}.json").read_bytes())


def file(content: bytes, media_type: str, name: str) -> SendFile:
    async def read() -> bytes:
        return content

    return SendFile(name, media_type, len(content), read)


def test_the_number_is_the_address_and_the_business_id_joins() -> None:
    (found,) = recorded("text")
    assert found.person.address == "84900000001"
    assert set(found.person.vouched) == {("platform", "whatsapp/VN.1349"), ("phone", "+84900000001")}


@pytest.mark.parametrize("name", ["hidden_number", "hidden_without_id"])
def test_somebody_who_hides_the_number_is_known_by_the_other_id(name: str) -> None:
    (found,) = recorded(name)
    assert (found.person.address, found.person.name) == ("TH.7788", "Siri")
    assert found.person.vouched == (("platform", "whatsapp/TH.7788"),)


def test_kinds() -> None:
    said = {
        name: recorded(name)[-1]
        for name in ("document", "voice", "location", "contacts", "order", "unsupported", "list_reply")
    }
    assert said["document"].attachments[0].name == "hoá đơn.pdf"
    assert said["voice"].attachments[0].media_type == "audio/ogg"
    assert said["location"].text == "Chợ Cái Khế\nNinh Kiều\n10.030000, 105.780000"
    assert said["contacts"].text == "Minh +84 900 000 002"
    assert said["order"].text == "lấy giúp em\n2 × AO-01 295000 VND"
    assert "not shown" in said["unsupported"].text
    assert said["list_reply"].text == "Size M"
    assert [one.what for one in recorded("ad") if isinstance(one, WindowOpened)] == ["ad"]
    assert recorded("forwarded")[0].extra == {"forwarded": True}


def test_statuses_carry_our_reference_and_what_it_cost() -> None:
    sent, delivered, read = recorded("statuses")
    assert isinstance(sent, Receipt)
    assert (sent.client_ref, sent.extra["cost"]) == ("01JREF", {"charged": True, "free": False, "quota": "utility"})
    assert [one.state for one in (sent, delivered, read)] == [
        DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ,
    ]  # fmt: skip
    (failed,) = recorded("failed")
    assert (failed.state, "24 hours" in failed.reason) == (DeliveryState.FAILED, True)


def test_a_colleague_at_the_telephone_is_an_answer_and_a_new_number_joins() -> None:
    (echo,) = recorded("phone_app_echo")
    assert (echo.direction, echo.author, echo.author_unsure) == (Direction.OUT, Author.AGENT, False)
    told, was, moved = recorded("changed_number")
    assert isinstance(moved, ProfileSeen)
    assert (told.automatic, was.person.address, moved.person.address) == (True, "84900000001", "84900000009")
    assert set(was.person.vouched) & set(moved.person.vouched) == {
        ("platform", "whatsapp-moved/84900000001/84900000009")
    }
    window, missed = recorded("missed_call")
    assert (window.what, missed.text, missed.extra["call"]["answered"]) == ("call", "[missed call]", False)


@pytest.mark.parametrize("new_id", ["", "VN.9999"])
def test_who_changes_the_number_stays_one_customer(tmp_path: Path, new_id: str) -> None:
    """With the number the id of the business changes too, and some know no such id at all."""
    world = World.at(tmp_path)
    inbox = world.inbox("wa", policy.capabilities("whatsapp"), channel="whatsapp")
    body = json.loads((PAYLOADS / "whatsapp" / "changed_number.json").read_bytes())
    value = body["entry"][0]["changes"][0]["value"]
    if new_id:
        value["messages"][0]["system"]["user_id"] = new_id
    else:
        del value["contacts"][0]["user_id"]
    (first,) = world.take(inbox, *recorded("text"))
    world.take(inbox, *parse.events(json.dumps(body).encode()))
    later = json.loads(json.dumps(body).replace("84900000001", "84900000009"))
    message = {
        "from": "84900000009",
        "id": "wamid.N1",
        "timestamp": "1795000100",
        "type": "text",
        "text": {"body": "em đây"},
    }
    later["entry"][0]["changes"][0]["value"]["messages"] = [message]
    later["entry"][0]["changes"][0]["value"]["contacts"][0] |= {"user_id": new_id} if new_id else {}
    (second,) = world.take(inbox, *parse.events(json.dumps(later).encode()))
    owners = world.db.read_now(
        lambda db: db.execute(
            "SELECT DISTINCT contact_id FROM conversation WHERE id IN (?, ?)", [first.conversation, second.conversation]
        ).fetchall()
    )
    assert len(owners) == 1
    world.db.close()


def echoed(**message: Any) -> list[Any]:
    value = {
        "metadata": {"display_phone_number": "84280000001", "phone_number_id": PHONE},
        "message_echoes": [{"from": "84280000001", "id": "wamid.E9", "timestamp": "1795000200", **message}],
    }
    change = {"field": "smb_message_echoes", "value": value}
    return parse.events(json.dumps({"entry": [{"id": "1", "changes": [change]}]}).encode())


def test_what_a_colleague_changes_at_the_telephone() -> None:
    to = {"to": "84900000001"}
    (edited,) = echoed(
        **to,
        type="edit",
        edit={"original_message_id": "wamid.E1", "message": {"type": "text", "text": {"body": "sửa"}}},
    )
    assert (type(edited), edited.provider_id, edited.text) == (MessageEdited, "wamid.E1", "sửa")
    (gone,) = echoed(**to, type="revoke", revoke={"original_message_id": "wamid.E1"})
    assert (type(gone), gone.provider_id) == (MessageUnsent, "wamid.E1")
    assert echoed(**to, type="reaction", reaction={"message_id": "wamid.1", "emoji": "👍"}) == []
    (hidden,) = echoed(to_user_id="TH.7788", type="text", text={"body": "ค่ะ"}, context={"id": "wamid.P"})
    assert (hidden.person.address, hidden.answers) == ("TH.7788", ("wamid.P",))
    with pytest.raises(Unparseable):
        echoed(type="text", text={"body": "?"})


def test_the_id_that_several_businesses_share_joins_too() -> None:
    body = json.loads((PAYLOADS / "whatsapp" / "hidden_number.json").read_bytes())
    body["entry"][0]["changes"][0]["value"]["contacts"][0]["parent_user_id"] = "TH.ENT.55"
    (found,) = parse.events(json.dumps(body).encode())
    assert isinstance(found, MessageReceived)
    assert ("platform", "whatsapp/TH.ENT.55") in found.person.vouched


async def test_the_check_tells_what_meta_says_is_missing(parts: Rig) -> None:
    sim = sim_of(parts)
    sim.subscribed = False
    report = await parts.connector.check()
    assert any("do not come to our app" in note for note in report.notes)
    await parts.connector.subscribe()
    said = (await parts.connector.check()).notes
    assert not any("our app" in note for note in said)
    sim.name_status, sim.review = "PENDING_REVIEW", "PENDING"
    report = await parts.connector.check()
    assert report.ok
    assert sum("still looks at" in note for note in report.notes) == 2
    sim.status, sim.name_status, sim.review = "PENDING", "DECLINED", "REJECTED"
    report = await parts.connector.check()
    assert not report.ok
    assert [sum(word in note for note in report.notes) for word in ("registration", "display name", "rejected")] == [
        1, 1, 1,
    ]  # fmt: skip
    parts.connector.settings = dataclasses.replace(parts.connector.settings, waba_id="9")
    assert any("sees no such account" in note for note in (await parts.connector.check()).notes)


async def test_a_reaction_that_is_refused_is_no_matter_of_the_inbox(parts: Rig) -> None:
    sim_of(parts).faults.refuse(status=400, code=131009, on="/messages")
    with pytest.raises(SendRejected):
        await parts.connector.react(HA.id, "wamid.1", "👍")


async def test_stickers_sounds_and_long_texts_below_files(parts: Rig) -> None:
    sticker, wav = file(b"RIFF", "image/webp", "meo.webp"), file(b"RIFF", "audio/wav", "ghi.wav")
    await parts.connector.send(parts.request(text="", files=(sticker,))[0])
    await parts.connector.send(parts.request(text="đây ạ", files=(sticker,))[0])
    await parts.connector.send(parts.request(text="đây ạ", files=(wav,))[0])
    await parts.connector.send(parts.request(text="", files=(file(b"ID3", "audio/mpeg", "a.mp3"),))[0])
    assert [one.raw["type"] for one in sim_of(parts).delivered] == ["sticker", "document", "document", "audio"]
    for text, one in (("x" * 1_025, wav), ("đây ạ", file(b"ID3", "audio/mpeg", "a.mp3"))):
        with pytest.raises(SendRejected):
            await parts.connector.send(parts.request(text=text, files=(one,))[0])


async def test_templates_are_listed_filled_and_sent_outside_the_window(parts: Rig) -> None:
    listed = await parts.connector.templates()
    order, paused = listed
    assert (order.fields, order.status, paused.status) == (("header 1", "1", "2"), "approved", "paused")
    assert order.text == "Đơn {{header 1}}\nChào {{1}}, đơn {{2}} của mình đang trên đường giao ạ."
    sim_of(parts).clock.forward(hours=30)
    with pytest.raises(SendRejected, match="24 hours"):
        await parts.connector.send(parts.request()[0])
    chosen = {
        "id": order.id, "name": order.name, "language": "vi", "extra": order.extra,
        "values": {"header 1": "DH20381", "1": "chị Hà", "2": "DH20381"},
    }  # fmt: skip
    await parts.connector.send(parts.request(options={"template": chosen})[0])
    assert sim_of(parts).delivered[-1].raw["template"]["components"][1]["parameters"][0]["text"] == "chị Hà"
    with pytest.raises(SendRejected, match="template"):
        await parts.connector.send(parts.request(options={"template": {**chosen, "extra": {}}})[0])


async def test_files_go_as_what_they_are_and_large_ones_as_documents(parts: Rig) -> None:
    for content, media_type, name in (
        (b"\xff\xd8", "image/jpeg", "a.jpg"),
        (b"%PDF", "application/pdf", "hoá đơn.pdf"),
        (b"x" * 5_000_001, "image/png", "lớn.png"),
    ):
        await parts.connector.send(parts.request(text="đây ạ", files=(file(content, media_type, name),))[0])
    kinds = [one.raw["type"] for one in sim_of(parts).delivered]
    assert kinds == ["image", "document", "document"]
    assert sim_of(parts).delivered[1].raw["document"]["filename"] == "hoá đơn.pdf"


async def test_media_wants_the_token_and_is_gone_after_a_week(parts: Rig) -> None:
    await sim_of(parts).says(HA, "", [File("h.jpg", b"\xff\xd8", "image/jpeg")])
    await sim_of(parts).hooks.settle()
    (event,) = parts.connector.parse(parts.door.caught[-1].body, {})
    assert isinstance(event, MessageReceived)
    remote = event.attachments[0].remote or {}
    assert await parts.connector.fetch(remote, 100) == b"\xff\xd8"
    sim_of(parts).clock.forward(days=8)
    with pytest.raises(Unparseable, match="any more"):
        await parts.connector.fetch(remote, 100)


async def test_somebody_without_a_number_is_answered_by_the_other_id(parts: Rig) -> None:
    sim = sim_of(parts)
    siri = Guest("66900000001", "Siri", "th")
    sim.hidden[siri.id] = "TH.7788"
    await sim.says(siri, "สวัสดีค่ะ")
    await parts.connector.send(parts.request(destination="TH.7788")[0])
    assert (sim.delivered[-1].raw["recipient"], "to" in sim.delivered[-1].raw) == ("TH.7788", False)


async def test_reading_typing_and_reactions(parts: Rig) -> None:
    sim = sim_of(parts)
    await parts.connector.typing(HA.id, True)
    assert sim.read == []
    await parts.connector.mark_read(HA.id, "wamid.1")
    await parts.connector.typing(HA.id, True)
    assert sim.read == [("wamid.1", False), ("wamid.1", True)]
    await parts.connector.react(HA.id, "wamid.1", "👍")
    await parts.connector.react(HA.id, "wamid.1", "")
    assert sim.reactions == [("wamid.1", "👍"), ("wamid.1", "")]


async def test_what_meta_says_of_the_account(parts: Rig) -> None:
    await parts.connector.subscribe()
    assert sim_of(parts).subscribed
    assert (await parts.connector.standing()).package == "TIER_1K"
    (found,) = await parts.connector.discover()
    assert (found.address, found.settings["waba_id"]) == (PHONE, sim_of(parts).waba)
    sim_of(parts).faults.storm429()
    with pytest.raises(RateLimited) as fast:
        await parts.connector.send(parts.request()[0])
    assert fast.value.retry_after == 6.0


async def test_an_error_of_meta_after_the_message_is_waited_out(parts: Rig) -> None:
    sim_of(parts).faults.refuse(status=500)
    with pytest.raises(Transient):
        await parts.connector.send(parts.request()[0])


def test_one_body_for_two_numbers_is_parted_by_number() -> None:
    from unibox_tui.connectors.meta.hook import split

    body = json.loads((PAYLOADS / "whatsapp" / "text.json").read_bytes())
    other = json.loads(json.dumps(body).replace("106540352242922", "206540352242922"))
    body["entry"] += other["entry"]
    assert [address for address, _ in split(json.dumps(body).encode())] == ["106540352242922", "206540352242922"]
