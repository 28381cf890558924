"""Messaging events as facts: the kinds, the sides, the receipts, the history."""

from __future__ import annotations

import json
from typing import Any

import pytest

from unibox_tui.connectors.errors import Unparseable
from unibox_tui.connectors.meta import parse
from unibox_tui.connectors.meta.hook import split
from unibox_tui.domain.inbound import (
    MessageEdited,
    MessageReceived,
    MessageUnsent,
    Reaction,
    Receipt,
    WindowOpened,
)
from unibox_tui.domain.words import Author, DeliveryState, Direction

PAGE, HA, AT = "100200300", "7001", 1_795_000_000_000
SIDE = parse.Side("psid", PAGE, app_id="424200")


def old(message: dict[str, Any]) -> Any:
    (found,) = parse.events(json.dumps({"object": parse.HISTORY, "ours": PAGE, "message": message}).encode(), SIDE)
    return found


def read(event: dict[str, Any], *, key: str = "messaging", object: str = "page") -> list[Any]:
    whole = {"sender": {"id": HA}, "recipient": {"id": PAGE}, "timestamp": AT, **event}
    body = {"object": object, "entry": [{"id": PAGE, "time": AT, key: [whole]}]}
    return parse.events(json.dumps(body).encode(), SIDE)


def message(**content: Any) -> MessageReceived:
    found = [one for one in read({"message": {"mid": "m_1", **content}}) if isinstance(one, MessageReceived)]
    assert len(found) == 1
    return found[0]


def from_us(**content: Any) -> MessageReceived:
    sides = {"sender": {"id": PAGE}, "recipient": {"id": HA}}
    (found,) = read({**sides, "message": {"mid": "m_2", "is_echo": True, **content}})
    assert isinstance(found, MessageReceived)
    return found


def test_a_text_with_what_it_answers() -> None:
    found = message(text="Còn áo trắng không ạ?", reply_to={"mid": "m_0"})
    assert (found.provider_id, found.text, found.sent_at, found.answers) == (
        "m_1",
        "Còn áo trắng không ạ?",
        AT,
        ("m_0",),
    )
    assert (found.person.address, found.person.kind, found.direction) == (HA, "psid", Direction.IN)


def test_an_echo_of_ours_carries_our_reference_and_is_sure() -> None:
    found = from_us(text="Dạ còn ạ", app_id=424200, metadata="ref-9")
    assert (found.person.address, found.direction, found.client_ref) == (HA, Direction.OUT, "ref-9")
    assert (found.author, found.author_unsure) == (Author.AGENT, False)


def test_an_echo_of_another_app_is_not_sure_and_its_metadata_is_not_ours() -> None:
    found = from_us(text="Xin chào!", app_id=263902, metadata="ref-9")
    assert (found.client_ref, found.author_unsure) == (None, True)


@pytest.mark.parametrize(
    ("attachment", "text", "media_type"),
    [
        ({"type": "image", "payload": {"url": "https://cdn.example/a/hop.jpg?x=1"}}, "", "image/jpeg"),
        ({"type": "file", "payload": {"url": "https://cdn.example/don-hang.pdf"}}, "", "application/pdf"),
        ({"type": "audio", "payload": {"url": "https://cdn.example/9"}}, "", "audio/mpeg"),
        ({"type": "sticker", "payload": {"url": "https://cdn.example/s", "sticker_id": 369239263222822}}, "[sticker]", "image/png"),
        ({"type": "fallback", "title": "Váy hoa", "url": "https://shop.example/vay"}, "[shared: Váy hoa https://shop.example/vay]", None),
        ({"type": "fallback"}, "[fallback]", None),
        ({"type": "ig_post", "payload": {"title": "Bộ sưu tập", "url": "https://cdn.example/p?oh=secret"}}, "[shared: Bộ sưu tập]", None),
        ({"type": "story_mention", "payload": {"url": "https://cdn.example/story"}}, "[mentioned us in a story]", None),
        ({"type": "location", "payload": {"coordinates": {"lat": 10.5, "long": 106.25}}}, "10.500000, 106.250000", None),
        ({"type": "appointment_booking", "payload": {}}, "[appointment_booking, not shown]", None),
    ],
)  # fmt: skip
def test_attachments(attachment: dict[str, Any], text: str, media_type: str | None) -> None:
    found = message(attachments=[attachment])
    assert found.text == text
    assert [one.media_type for one in found.attachments] == ([media_type] if media_type else [])


def test_a_sticker_that_comes_twice_is_one() -> None:
    both = [
        {"type": "image", "payload": {"url": "https://cdn.example/s", "sticker_id": 1}},
        {"type": "sticker", "payload": {"url": "https://cdn.example/s", "sticker_id": 1}},
    ]
    assert len(message(attachments=both).attachments) == 1


def test_stickers_are_known_by_what_sends_them_again() -> None:
    sticker = {"type": "sticker", "payload": {"url": "https://cdn.example/s", "sticker_id": 369239263222822}}
    assert message(attachments=[sticker]).extra["sticker"] == {"id": "369239263222822"}
    heart = {"type": "like_heart", "payload": {"url": "https://cdn.example/h"}}
    assert message(attachments=[heart]).extra["sticker"] == {"id": "like_heart"}


def test_taps_and_ads_open_windows() -> None:
    tapped = read({"message": {"mid": "m_1", "text": "Size M", "quick_reply": {"payload": "M"}}})
    assert [type(one).__name__ for one in tapped] == ["WindowOpened", "MessageReceived"]
    started = read(
        {
            "postback": {
                "title": "Bắt đầu",
                "payload": "GET_STARTED",
                "referral": {"source": "ADS", "ad_id": "77", "ref": "tet"},
            }
        }
    )
    assert [one.what for one in started if isinstance(one, WindowOpened)] == ["button", "ad"]
    said = started[-1]
    assert (said.text, said.extra["referral"]["ad_id"]) == ("[button: Bắt đầu]", "77")
    assert [one.what for one in read({"referral": {"source": "SHORTLINK", "ref": "qr"}})] == ["referral"]
    assert [one.what for one in read({"optin": {"type": "notification_messages"}})] == ["optin"]


def test_receipts_name_messages_and_times_whoever_is_the_sender() -> None:
    for sides in ({}, {"sender": {"id": PAGE}, "recipient": {"id": HA}}):
        found = read({**sides, "delivery": {"mids": ["m_2"], "watermark": AT}})
        assert found == [
            Receipt(DeliveryState.DELIVERED, AT, "m_2"),
            Receipt(DeliveryState.DELIVERED, AT, person_address=HA, until=AT),
        ]
    assert read({"read": {"watermark": AT}}) == [Receipt(DeliveryState.READ, AT, person_address=HA, until=AT)]
    assert read({"read": {"mid": "m_2"}}, object="instagram") == [Receipt(DeliveryState.READ, AT, "m_2")]


def test_reactions_edits_and_unsends() -> None:
    found = read({"reaction": {"reaction": "love", "emoji": "❤️", "action": "react", "mid": "m_2"}})
    assert found == [Reaction("m_2", HA, "❤️", AT), WindowOpened(found[1].person, "reaction", AT)]
    assert read({"reaction": {"action": "unreact", "mid": "m_2"}}) == [Reaction("m_2", HA, "", AT)]
    assert read({"message_edit": {"mid": "m_1", "text": "size L", "num_edit": 1}}) == [
        MessageEdited("m_1", "size L", AT)
    ]
    assert read({"message": {"mid": "m_1", "is_deleted": True}}, object="instagram") == [MessageUnsent("m_1", AT)]


def test_an_edit_that_tells_no_text_takes_none_away() -> None:
    assert read({"message_edit": {"mid": "m_1", "num_edit": 0}}, object="instagram") == []
    sides: dict[str, Any] = {"sender": {}, "recipient": {}}
    assert read({**sides, "message_edit": {"mid": "m_1", "num_edit": 0}}, object="instagram") == []


def test_what_another_app_answers_is_seen_in_standby() -> None:
    (found,) = read({"message": {"mid": "m_1", "text": "hi"}}, key="standby")
    assert found.extra["standby"] is True


def test_what_is_not_known_is_shown_and_what_is_none_of_the_customers_is_quiet() -> None:
    assert message(hologram={"x": 1}).text == "[hologram, not shown]"
    assert read({"pass_thread_control": {"new_owner_app_id": "1"}}) == []


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"entry":{}}', b'{"entry":[{"id":"1","messaging":[{"timestamp":1795000000000}]}]}',
     b'{"entry":[{"id":"1","messaging":[{"sender":{"id":"2"},"timestamp":"x","message":{"mid":"a"}}]}]}',
     b'{"entry":[{"id":"1","messaging":[{"timestamp":1795000000000,"message":{"mid":"a"}}]}]}',
     b'{"entry":[{"id":"1","messaging":[{"sender":{"id":"2"},"timestamp":1795000000000,"message":[]}]}]}'],
)  # fmt: skip
def test_what_is_no_event_is_unparseable(body: bytes) -> None:
    with pytest.raises(Unparseable):
        parse.events(body, SIDE)


def test_history_is_the_same_messages() -> None:
    told = {
        "id": "m_9", "created_time": "2026-11-20T02:12:00+0000", "message": "Shop ơi",
        "from": {"id": HA, "name": "Nguyễn Thị Hà"}, "to": {"data": [{"id": PAGE, "name": "Shop A"}]},
        "attachments": {"data": [{"id": "1", "mime_type": "image/jpeg", "size": 70, "image_data": {"url": "https://cdn.example/h"}}]},
    }  # fmt: skip
    found = old(told)
    assert isinstance(found, MessageReceived)
    assert (found.provider_id, found.person.name, found.direction) == ("m_9", "Nguyễn Thị Hà", Direction.IN)
    assert found.attachments[0].remote == {"url": "https://cdn.example/h"}
    ours = {**told, "from": {"id": PAGE}, "to": {"data": [{"id": HA, "name": "Nguyễn Thị Hà"}]}}
    found = old(ours)
    assert (found.person.address, found.direction, found.author_unsure) == (HA, Direction.OUT, True)


def test_one_body_for_many_pages_is_parted_by_page() -> None:
    body = {"object": "page", "entry": [{"id": "1", "n": 1}, {"id": "2", "n": 2}, {"id": "1", "n": 3}]}
    parts = {address: json.loads(part)["entry"] for address, part in split(json.dumps(body).encode())}
    assert {address: [one["n"] for one in entries] for address, entries in parts.items()} == {"1": [1, 3], "2": [2]}


def test_half_an_emoji_of_one_page_is_no_matter_of_the_others() -> None:
    body = (
        rb'{"object": "page", "entry": [{"id": "1", "text": "c\u1ea3m \u01a1n \ud83d"}, {"id": "2", "text": "\u1ea1"}]}'
    )
    parts = dict(split(body))
    assert json.loads(parts["1"])["entry"] == [{"id": "1", "text": "cảm ơn \ud83d"}]
    assert parts["2"].decode().count("ạ") == 1
