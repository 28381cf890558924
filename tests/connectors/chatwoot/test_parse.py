from __future__ import annotations

import json
from typing import Any

import pytest

from tests.connectors.conformance import load_payloads
from unibox_tui.connectors.chatwoot.fields import changed
from unibox_tui.connectors.chatwoot.parse import Terms, events
from unibox_tui.connectors.errors import Unparseable
from unibox_tui.domain.inbound import (
    ConversationChanged,
    CustomerChanged,
    MessageReceived,
    MessageUnsent,
    NoteReceived,
    ProfileSeen,
    Receipt,
    Upstream,
)
from unibox_tui.domain.words import Author, DeliveryState, Direction, Priority, Status

RECORDED = {one.name: one.body for one in load_payloads("chatwoot")}
TERMS = Terms("chatwoot:chat.shop-a.example/1", "1", frozenset({"3"}), {"12": "an"})


def facts(name: str) -> list[Any]:
    return list(events(RECORDED[name], TERMS))


def only(name: str) -> Any:
    (found,) = facts(name)
    return found


def test_a_conversation_is_an_address_and_its_contact_is_known_again() -> None:
    found = only("text")
    assert isinstance(found, MessageReceived)
    assert (found.provider_id, found.sent_at, found.direction) == ("1001", 1772332200000, Direction.IN)
    assert (found.person.address, found.person.name, found.person.phone) == ("7", "Mai Trần", "+84555501042")
    assert found.person.vouched == (("platform", "chatwoot:chat.shop-a.example/1/501"),)


def test_a_webhook_says_the_same_and_how_the_conversation_stands() -> None:
    message, stands = facts("text_webhook")
    assert (message.provider_id, message.person.address, message.sent_at) == ("1002", "7", 1772332260000)
    assert stands.state == Upstream(
        Status.OPEN, None, ("giao-thiếu", "vip"), "an", who="chatwoot:chat.shop-a.example/1/501", team=""
    )


def test_how_urgent_it_is_whose_team_and_what_is_known_of_the_customer() -> None:
    state = only("fields").state
    assert (state.priority, state.team) == (Priority.URGENT, "Giao hàng")
    assert state.customer == {"size": "M", "bulk": "yes", "spent": "1250000"}
    assert state.fields == {"kho": "Thủ Đức", "đơn hàng": "1204"}
    told = only("contact")
    assert isinstance(told, CustomerChanged)
    assert (told.key, told.fields) == (state.who, {"size": "L"})


@pytest.mark.parametrize(
    ("said", "here"),
    [(None, Priority.NORMAL), ("medium", Priority.NORMAL), ("low", Priority.LOW), ("huge", None), (7, None)],
)
def test_their_words_of_urgency(said: Any, here: Priority | None) -> None:
    body = json.loads(RECORDED["fields"])
    body["data"]["priority"] = said
    (found,) = events(json.dumps(body).encode(), TERMS)
    assert isinstance(found, ConversationChanged)
    assert found.state.priority is here


def test_fields_go_back_as_what_they_are_there() -> None:
    there = {"bulk": True, "spent": 1250000.5, "count": 3, "size": "M", "tags": ["a"]}
    wanted = {"bulk": "no", "spent": "1250000,75", "count": "nhiều", "size": "", "gone": "", "new": "x", "tags": ""}
    put, gone = changed(there, wanted)
    assert put == {"bulk": False, "spent": 1250000.75, "count": "nhiều", "new": "x"}
    assert gone == ["size"]


def test_who_answered_is_told_apart() -> None:
    agent, bot, ours = only("agent"), only("bot"), only("ours")
    assert (agent.author, agent.author_name, agent.answers) == (Author.AGENT, "Lan", ("1001",))
    assert (bot.author, bot.direction) == (Author.BOT, Direction.OUT)
    assert ours.client_ref == "01JREQUEST0000000000000001"


def test_notes_files_places_and_menus() -> None:
    note = only("note")
    assert isinstance(note, NoteReceived)
    assert (note.text, note.author_name) == ("Khách quen, giảm 10%", "Lan")
    (file,) = only("image").attachments
    assert (file.name, file.media_type, file.size) == ("áo.jpg", "image/jpeg", 1200)
    assert only("location").text == "Bến Thành\n10.770000, 106.700000"
    assert only("menu").text == "Chọn size\n· S\n· M"


def test_receipts_and_what_was_deleted() -> None:
    delivered = only("delivered")
    assert isinstance(delivered, Receipt)
    assert (delivered.state, delivered.provider_id, delivered.at) == (DeliveryState.DELIVERED, "1006", 1772332320000)
    assert only("failed").reason == "outside of allowed window"
    assert isinstance(only("deleted"), MessageUnsent)


def test_how_a_conversation_stands() -> None:
    profile, stands = facts("created")
    assert isinstance(profile, ProfileSeen)
    stood = Upstream(Status.OPEN, None, ("giao-thiếu", "vip"), "an", who="chatwoot:chat.shop-a.example/1/501", team="")
    assert stands == ConversationChanged("7", 1772332201250, stood)
    assert only("resolved").state.status is Status.RESOLVED
    assert only("snoozed").state.until == 1772416800000
    assert only("unassigned").state.assignee == ""


def test_somebody_we_do_not_know_there_is_not_said() -> None:
    (changed,) = events(RECORDED["resolved"], Terms("x", "1"))
    assert isinstance(changed, ConversationChanged)
    assert changed.state.assignee is None


@pytest.mark.parametrize("name", ["activity", "other_account", "typing", "presence"])
def test_what_is_none_of_our_business(name: str) -> None:
    assert facts(name) == []


def test_another_inbox_is_none_of_ours() -> None:
    assert events(RECORDED["text"], Terms("x", "1", frozenset({"4"}))) == ()


def test_what_is_new_to_us_is_quarantined() -> None:
    with pytest.raises(Unparseable):
        events(json.dumps({"event": "spaceship.landed", "data": {}}).encode(), TERMS)
