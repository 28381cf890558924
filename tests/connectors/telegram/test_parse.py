"""Updates as facts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from unibox_tui.connectors.errors import Unparseable
from unibox_tui.connectors.telegram.parse import events
from unibox_tui.domain.inbound import (
    ARRIVAL,
    MessageEdited,
    MessageReceived,
    MessageUnsent,
    ProfileSeen,
    Reaction,
    WindowOpened,
)
from unibox_tui.domain.words import Author, Direction

HA = {
    "id": 700100200,
    "is_bot": False,
    "first_name": "Hà",
    "last_name": "Nguyễn",
    "language_code": "vi-VN",
    "username": "ha_ng",
}
PRIVATE = {"id": 700100200, "type": "private", "first_name": "Hà"}
GROUP = {"id": -1002003004005, "type": "supergroup", "title": "Khách sỉ"}


def message(chat: dict[str, Any] = PRIVATE, **content: Any) -> dict[str, Any]:
    return {"message_id": 12, "from": HA, "chat": chat, "date": 1_795_000_000, **content}


def read(kind: str = "message", **content: Any) -> list[Any]:
    return events(json.dumps({"update_id": 5, kind: content}).encode(), "shop_a_bot")


def one(**content: Any) -> MessageReceived:
    (found,) = read(**message(**content))
    assert isinstance(found, MessageReceived)
    return found


def test_a_text_names_who_wrote_it_and_what_it_answers() -> None:
    found = one(text="Shop ơi còn size M không?", reply_to_message={"message_id": 9})
    assert (found.provider_id, found.text, found.sent_at) == (
        "700100200:12",
        "Shop ơi còn size M không?",
        1_795_000_000_000,
    )
    assert (found.person.address, found.person.name, found.person.language) == ("700100200", "Hà Nguyễn", "vi")
    assert ("platform", "telegram/700100200") in found.person.vouched
    assert found.answers == ("700100200:9",)


@pytest.mark.parametrize(
    ("content", "name", "media_type", "size"),
    [
        (
            {"photo": [{"file_id": "s", "width": 9, "height": 9}, {"file_id": "L", "file_unique_id": "u", "width": 900, "height": 600, "file_size": 70}]},
            "photo-u.jpg", "image/jpeg", 70,
        ),
        ({"document": {"file_id": "d", "file_name": "hoá đơn.pdf", "mime_type": "application/pdf", "file_size": 9}}, "hoá đơn.pdf", "application/pdf", 9),
        ({"voice": {"file_id": "v", "file_unique_id": "x", "mime_type": "audio/ogg", "duration": 3}}, "voice-x.oga", "audio/ogg", 0),
        ({"video": {"file_id": "v", "file_unique_id": "x", "duration": 3}}, "video-x.mp4", "video/mp4", 0),
    ],
)  # fmt: skip
def test_files_are_pointers_to_fetch(content: dict[str, Any], name: str, media_type: str, size: int) -> None:
    found = one(caption="ảnh nè", **content)
    (file,) = found.attachments
    assert found.text == "ảnh nè"
    assert (file.name.rpartition(".")[0], file.media_type, file.size) == (name.rpartition(".")[0], media_type, size)
    assert file.remote is not None
    assert file.content is None


def test_an_animation_is_one_file_though_it_comes_twice() -> None:
    found = one(animation={"file_id": "a", "mime_type": "video/mp4"}, document={"file_id": "a", "file_name": "x.mp4"})
    assert len(found.attachments) == 1


def test_stickers_places_and_cards_are_readable() -> None:
    assert one(sticker={"file_id": "s", "emoji": "👍"}).text == "[sticker: 👍]"
    place = {"latitude": 10.776, "longitude": 106.7}
    assert one(location=place).text == "10.776000, 106.700000"
    assert one(venue={"location": place, "title": "Chợ", "address": "Q1"}).text == "Chợ\nQ1\n10.776000, 106.700000"
    assert one(contact={"first_name": "Minh", "phone_number": "+84900000000"}).text == "Minh +84900000000"


def test_only_ones_own_shared_number_is_vouched_for() -> None:
    own = one(contact={"first_name": "Hà", "phone_number": "84900000001", "user_id": HA["id"]})
    assert ("phone", "+84900000001") in own.person.vouched
    others = one(contact={"first_name": "Minh", "phone_number": "84900000002", "user_id": 5})
    assert not any(kind == "phone" for kind, _ in others.person.vouched)


def test_what_is_not_known_is_shown_as_such() -> None:
    assert one(dice={"emoji": "🎲", "value": 3}).text == "[dice, not shown]"


def test_a_group_is_the_address_and_the_member_the_author() -> None:
    (found,) = read(**message(GROUP, text="@Shop_A_bot còn hàng không"))
    assert isinstance(found, MessageReceived)
    assert found.group is not None
    assert (found.group.address, found.group.name, found.group.kind) == ("-1002003004005", "Khách sỉ", "group")
    assert (found.person.address, found.mentions_us) == ("700100200", True)
    (found,) = read(**message(GROUP, text="ai đi ăn không"))
    assert not found.mentions_us
    (found,) = read(**message(GROUP, text="ok", reply_to_message={"message_id": 3, "from": {"username": "shop_a_bot"}}))
    assert found.mentions_us


def test_members_who_come_and_a_group_that_moves() -> None:
    (found,) = read(**message(GROUP, new_chat_members=[{"id": 5, "first_name": "Lan"}, {"id": 6, "is_bot": True}]))
    assert isinstance(found, ProfileSeen)
    assert found.person.name == "Lan"
    (moved,) = read(**message(GROUP, migrate_to_chat_id=-100999))
    assert (moved.person.address, moved.person.attributes["was"]) == ("-100999", "-1002003004005")
    assert read(**message(GROUP, pinned_message={"message_id": 1})) == []


def test_start_with_a_link_tells_where_the_customer_came_from() -> None:
    window, found = read(**message(text="/start ads-1120"))
    assert (window.what, found.extra["referral"]) == ("start", "ads-1120")


def test_a_business_chat_tells_whose_side_wrote() -> None:
    owner = {"id": 42, "first_name": "Chủ shop"}
    (theirs,) = read("business_message", **message(text="còn hàng không", business_connection_id="bc1"))
    assert (theirs.person.address, theirs.provider_id, theirs.direction) == (
        "bc1/700100200", "bc1/700100200:12", Direction.IN,
    )  # fmt: skip
    (ours,) = read("business_message", **{**message(text="dạ còn", business_connection_id="bc1"), "from": owner})
    assert (ours.direction, ours.author, ours.author_name) == (Direction.OUT, Author.AGENT, "Chủ shop")
    assert ours.person.address == "bc1/700100200"
    bot = {**message(text="tự động", business_connection_id="bc1", sender_business_bot={"id": 9}), "from": owner}
    (robot,) = read("business_message", **bot)
    assert robot.author is Author.BOT
    gone = read("deleted_business_messages", business_connection_id="bc1", chat=PRIVATE, message_ids=[12, 13])
    assert gone == [MessageUnsent("bc1/700100200:12", ARRIVAL), MessageUnsent("bc1/700100200:13", ARRIVAL)]


def test_edits_reactions_taps_and_blocks() -> None:
    assert read("edited_message", **message(text="size L", edit_date=1_795_000_060)) == [
        MessageEdited("700100200:12", "size L", 1_795_000_060_000)
    ]
    reacted = {"chat": PRIVATE, "message_id": 12, "user": HA, "date": 1_795_000_000}
    assert read("message_reaction", **reacted, new_reaction=[{"type": "emoji", "emoji": "❤"}]) == [
        Reaction("700100200:12", "700100200", "❤", 1_795_000_000_000)
    ]
    assert read("message_reaction", **reacted, new_reaction=[])[0].emoji == ""
    (tap,) = read("callback_query", **{"id": "77", "from": HA, "data": "size:M", "message": message(text="Chọn size")})
    assert (tap.provider_id, tap.text, tap.sent_at, tap.answers) == (
        "callback:77",
        "[button: size:M]",
        ARRIVAL,
        ("700100200:12",),
    )
    for status, what in (("kicked", "block"), ("member", "unblock")):
        (window,) = read("my_chat_member", chat=PRIVATE, date=1_795_000_000, new_chat_member={"status": status})
        assert isinstance(window, WindowOpened)
        assert window.what == what


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"update_id":1}', b'{"update_id":1,"message":[]}', b'{"update_id":1,"message":{"chat":{"id":1},"date":"soon"}}',
     b'{"update_id":1,"message":{"chat":{"id":1,"type":"private"},"date":1795000000}}', b'{"update_id":1,"never_seen":{}}', b"\xff"],
)  # fmt: skip
def test_what_is_no_update_is_unparseable(body: bytes) -> None:
    with pytest.raises(Unparseable):
        events(body)


def test_albums_forwards_and_polls() -> None:
    photo = [{"file_id": "F1", "file_unique_id": "u1", "width": 9, "height": 6}]
    (one,) = read(**message(photo=photo, media_group_id="135", caption="ba mẫu này"))
    assert (one.text, one.extra["image_set"], len(one.attachments)) == ("ba mẫu này", {"id": "135"}, 1)
    (forwarded,) = read(**message(text="xem nè", forward_origin={"type": "hidden_user", "sender_user_name": "Lan"}))
    assert forwarded.extra == {"forwarded": True}
    poll = {"question": "Chọn màu", "options": [{"text": "đỏ"}, {"text": "xanh"}]}
    assert read(**message(poll=poll))[0].text == "Chọn màu\n· đỏ\n· xanh"


def test_who_speaks_for_a_chat_is_that_chat_and_not_the_stand_in() -> None:
    stand_in = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
    (hidden,) = read(**{**message(GROUP, text="em ơi"), "from": stand_in, "sender_chat": GROUP})
    assert (hidden.person, hidden.person.vouched) == (hidden.group, ())
    channel = {"id": -1009, "type": "channel", "title": "Kênh Lan"}
    (named,) = read(**{**message(GROUP, text="em ơi"), "from": stand_in, "sender_chat": channel})
    assert (named.person.address, named.person.name) == ("-1009", "Kênh Lan")


def test_channels_and_the_moving_of_groups_make_nobody() -> None:
    channel = {"id": -1009, "type": "channel", "title": "Kênh Lan"}
    change = {"chat": channel, "from": HA, "date": 1_795_000_000, "new_chat_member": {"status": "administrator"}}
    assert read("my_chat_member", **change) == []
    assert read(**message(GROUP, migrate_from_chat_id=-4001)) == []
