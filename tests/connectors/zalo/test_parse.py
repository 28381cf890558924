"""What Zalo's events and history mean."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.connectors.conformance import PAYLOADS
from unibox_tui.connectors.errors import Unparseable
from unibox_tui.connectors.zalo import hook, parse
from unibox_tui.connectors.zalo.parse import Side
from unibox_tui.domain.inbound import MessageReceived, ProfileSeen, Reaction, Receipt, WindowOpened
from unibox_tui.domain.words import Author, DeliveryState, Direction, MessageKind

OA, USER, APP = "388613280878808645", "1246845883529197922", "360846524940903967"
OURS = Side(OA, APP)


def facts(name: str, side: Side = OURS) -> list[Any]:
    return parse.events((PAYLOADS / "zalo" / f"{name}.json").read_bytes(), side)


def message(name: str, side: Side = OURS) -> MessageReceived:
    (found,) = facts(name, side)
    assert isinstance(found, MessageReceived)
    return found


def test_a_customer_is_known_in_the_account_and_in_the_app() -> None:
    found = message("text")
    assert (found.person.address, found.direction, found.sent_at) == (USER, Direction.IN, 1795000001000)
    assert found.person.vouched == (("platform", f"zalo-app:{APP}/552177279717587730"),)
    assert found.text == "Shop ơi, áo lụa còn màu xanh không ạ?"
    assert message("text_thai_quote").answers == ("96d3cdf3af150460903",)


@pytest.mark.parametrize(
    ("name", "text", "file"),
    [
        ("image", "Mẫu này ạ", ("image-96d3cdf3af150460904.jpg", "image/jpeg")),
        ("gif", "", ("gif-96d3cdf3af150460905.gif", "image/gif")),
        ("audio", "", ("audio-96d3cdf3af150460907.amr", "audio/amr")),
        ("video", "", ("video-96d3cdf3af150460908.mp4", "video/mp4")),
        ("file", "", ("bảng giá sỉ.pdf", "application/pdf")),
        ("sticker", "[sticker]", ("sticker-96d3cdf3af150460909.png", "image/png")),
        ("link", "https://shop-a.example/ao-lua\nÁo lụa Tết", None),
        ("location", "10.776530, 106.700981", None),
        ("business_card", "[business card]\nChị Ngân kho\n84900000012", None),
        ("kind_of_tomorrow", "[hologram, not shown]", None),
        ("history_photo", "", ("image-96d3cdf3af150460952.jpg", "image/jpeg")),
        ("history_location", "10.776530, 106.700981", None),
        ("history_links", "Áo lụa\nhttps://shop-a.example/1\nÁo dài\nhttps://shop-a.example/2", None),
    ],
)
def test_each_kind_of_message_shows_what_it_holds(name: str, text: str, file: tuple[str, str] | None) -> None:
    found = message(name)
    assert found.text == text
    assert [(one.name, one.media_type) for one in found.attachments] == ([file] if file else [])


def test_who_wrote_an_echo() -> None:
    colleague, robot = message("echo_colleague"), message("echo_robot")
    assert (colleague.direction, colleague.author, colleague.author_unsure) == (Direction.OUT, Author.AGENT, False)
    assert colleague.person.address == USER
    assert robot.author_unsure, "a robot, our own or another program: the inbox's setting decides"
    assert message("history_out").author_unsure
    assert message("history_out").person.address == message("history_in").person.address == USER


def test_receipts_whichever_way_round_they_name_us() -> None:
    for name in ("received", "received_turned"):
        (found,) = facts(name)
        assert isinstance(found, Receipt)
        assert found.state is DeliveryState.DELIVERED
    assert [(one.provider_id, one.state) for one in facts("seen")] == [
        ("96d3cdf3af150460914", DeliveryState.READ),
        ("96d3cdf3af150460915", DeliveryState.READ),
    ]
    assert [one.provider_id for one in facts("seen_turned")] == ["96d3cdf3af150460916"]
    (by_phone,) = facts("received_by_phone")
    assert (by_phone.client_ref, by_phone.at) == ("01JREQUEST0000000000000077", 1795000020000)


def test_an_account_that_is_not_told_is_read_by_the_events_name() -> None:
    assert message("text", Side()).person.address == USER
    assert message("echo_robot", Side()).person.address == USER


def test_the_form_gives_name_number_address_and_birthday() -> None:
    profile, told = facts("form")
    assert isinstance(profile, ProfileSeen)
    assert profile.source == "Zalo form"
    assert profile.person.name == "Trần Thu Thảo"
    assert ("phone", "+84900000012") in profile.person.vouched
    assert profile.person.attributes == {
        "address": "12 Hẻm 3",
        "ward": "An Cư",
        "district": "Ninh Kiều",
        "city": "Cần Thơ",
        "birthday": "12/03/1992",
    }
    assert told.text.startswith("[form filled in]")
    numbers, _ = facts("form_numbers")
    assert numbers.person.address == USER, "ids as numbers above 2^53 stay exact"
    assert numbers.person.phone == "+84900000012"


def test_what_a_manager_wrote_down_is_not_vouched_for() -> None:
    (found,) = facts("info_changed")
    assert found.person.vouched == (("platform", f"zalo-app:{APP}/552177279717587730"),)
    assert found.source == "Zalo"


def test_what_opens_the_window_without_a_message() -> None:
    events = ("follow", "unfollow", "chat_now", "call_in", "consent_given")
    opened = {name: next(one.what for one in facts(name) if isinstance(one, WindowOpened)) for name in events}
    assert opened == {
        "follow": "follow",
        "unfollow": "unfollow",
        "chat_now": "chat",
        "call_in": "call",
        "consent_given": "consent",
    }


def test_calls_are_cards() -> None:
    _, answered = facts("call_in")
    assert (answered.kind, answered.text) == (MessageKind.CALL, "[call, 60 s]")
    assert answered.extra["call"]["answered"]
    assert answered.extra["call"]["waited_ms"] == 4_000
    _, missed = facts("call_missed")
    assert missed.text == "[missed call]"
    assert missed.extra["call"]["state"] == "missed"
    (ours,) = facts("call_out_by_phone")
    assert (ours.direction, ours.person.address) == (Direction.OUT, "+84900000012")


def test_reactions_are_emojis_and_can_be_taken_back() -> None:
    assert [one.emoji for name in ("reacted", "reaction_back") for one in facts(name)] == ["❤️", ""]
    assert isinstance(facts("reacted")[0], Reaction)


def test_visitors_without_a_zalo_account() -> None:
    found, echo = message("anonymous_text"), message("anonymous_echo")
    assert found.person.address == echo.person.address == "anonymous/anon9001/conv5001"
    assert not found.person.verified
    assert echo.direction is Direction.OUT


def test_groups_name_the_member_who_wrote() -> None:
    chatter, asked, echo = (message(name) for name in ("group_text", "group_mention", "group_echo"))
    assert chatter.group is not None
    assert (chatter.group.address, chatter.person.address, chatter.mentions_us) == ("group/g7f2a1", USER, False)
    assert asked.mentions_us
    assert echo.group is not None
    assert (echo.group.address, echo.direction) == ("group/g7f2a1", Direction.OUT)


def test_whoever_withdraws_is_shown_to_a_person_and_asks_to_be_erased() -> None:
    said = message("withdraw")
    assert "withdraws consent" in said.text
    assert said.withdraws
    assert not message("text").withdraws


@pytest.mark.parametrize("name", ["group_made", "template_quota", "oa_reacted"])
def test_what_no_customer_did_is_no_fact(name: str) -> None:
    assert facts(name) == []


def test_what_names_nobody_is_kept_raw() -> None:
    body = json.dumps(
        {"event_name": "user_send_text", "message": {"msg_id": "1", "text": "x"}, "timestamp": "1795000001000"}
    )
    with pytest.raises(Unparseable):
        parse.events(body.encode(), OURS)


def test_an_event_belongs_to_whichever_of_its_ids_is_an_account() -> None:
    def named(name: str) -> object:
        return hook.split((PAYLOADS / "zalo" / f"{name}.json").read_bytes())[0][0]

    assert named("text") == (OA, USER)
    assert named("seen_turned") == (USER, OA)
    assert named("follow") == (OA,)
