from __future__ import annotations

import json
from typing import Any

import pytest

from unibox_tui.connectors import registry
from unibox_tui.connectors.contract import Connector, ParsesRaw, SendRequest
from unibox_tui.connectors.errors import Unparseable
from unibox_tui.connectors.livechat import LivechatConnector, LivechatSettings
from unibox_tui.domain.inbound import MessageReceived, Person, ProfileSeen, Receipt, VisitorLeft
from unibox_tui.domain.policy import Verdict, decide
from unibox_tui.domain.words import Author, DeliveryState, MessageKind


def connector(secrets: dict[str, str] | None = None, **settings: Any) -> LivechatConnector:
    return LivechatConnector("chat", LivechatSettings(**settings), (secrets or {}).get)


def parse(event: Any) -> Any:
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    (found,) = connector().parse(body, {})
    return found


def test_the_registry_builds_it() -> None:
    built = registry.build("chat", LivechatSettings(), {}.get)
    assert isinstance(built, Connector)
    assert isinstance(built, ParsesRaw)
    assert registry.settings_class("livechat") is LivechatSettings


def test_a_message_with_all_there_is() -> None:
    message = parse(
        {
            "type": "message",
            "visitor": "v-1",
            "at": 1_795_000_000_000,
            "id": "abcdefgh",
            "text": "สวัสดีค่ะ",
            "files": [{"sha256": "ab" * 32, "name": "สลิป.jpg", "media_type": "image/jpeg", "size": 9}],
            "person": {
                "name": "สมชาย",
                "email": "s@k.example",
                "phone": "0812",
                "language": "th",
                "verified": True,
                "user": "17",
            },
            "page": {"url": "https://shop.example/"},
        }
    )
    assert isinstance(message, MessageReceived)
    assert (message.provider_id, message.kind, message.sent_at) == ("v-1:abcdefgh", MessageKind.CHAT, 1_795_000_000_000)
    assert message.person == Person("v-1", "visitor", "สมชาย", True, "th", "s@k.example", "0812", {"user": "17"})
    (file,) = message.attachments
    assert (file.sha256, file.content, file.remote, file.size) == ("ab" * 32, None, None, 9)
    assert message.extra == {"page": {"url": "https://shop.example/"}}


def test_two_visitors_never_share_a_provider_id() -> None:
    ids = {
        parse({"type": "message", "visitor": visitor, "at": 1, "id": "abcdefgh", "text": "x"}).provider_id
        for visitor in ("v-1", "v-2")
    }
    assert len(ids) == 2


def test_the_other_events() -> None:
    ack = parse({"type": "ack", "visitor": "v-1", "at": 9, "n": 5, "until": 7})
    assert ack == Receipt(DeliveryState.DELIVERED, 9, person_address="v-1", until=7, extra={"n": 5})
    assert parse({"type": "read", "visitor": "v-1", "at": 9, "n": 5, "until": 7}).state is DeliveryState.READ
    assert parse({"type": "left", "visitor": "v-1", "at": 9}) == VisitorLeft("v-1", 9)
    profile = parse({"type": "profile", "visitor": "v-1", "at": 9, "person": {"name": "Hoa"}})
    assert isinstance(profile, ProfileSeen)
    assert (profile.person.name, profile.person.verified) == ("Hoa", False)


@pytest.mark.parametrize(
    "event",
    [
        b"",
        b"\xff",
        b"[]",
        {"type": "message", "visitor": "v-1", "at": 1},
        {"type": "message", "visitor": "v-1", "at": 1, "id": "x", "text": "y", "files": [{}]},
        {"type": "message", "visitor": "v-1", "at": 1, "id": "x", "text": "y", "person": "z"},
        {"type": "ack", "visitor": "v-1", "at": 1, "n": "many", "until": 1},
        {"type": "dance", "visitor": "v-1", "at": 1},
        {"type": "left", "visitor": "v-1"},
    ],
)
def test_what_is_none_of_these_is_unparseable(event: Any) -> None:
    with pytest.raises(Unparseable):
        parse(event)


def test_what_may_be_sent() -> None:
    can = connector(attachment_limit=100).capabilities()
    assert can.extra == {"transport": "store"}
    assert (can.undo_send_ms, can.starts, can.typing, can.seen) == (0, False, True, True)
    assert decide(can, {}, kind="text", author=Author.AGENT, now=1, text="hi").verdict is Verdict.YES
    assert (
        decide(can, {}, kind="attachment", author=Author.AGENT, now=1, attachment_sizes=[101]).reason
        == "attachment_too_big"
    )
    none = connector(attachment_limit=0).capabilities()
    assert (
        decide(none, {}, kind="attachment", author=Author.AGENT, now=1, attachment_sizes=[1]).reason == "no_attachments"
    )


async def test_committed_is_sent() -> None:
    result = await connector().send(SendRequest("ref-1", "v-1", "hi"))
    assert (result.provider_id, result.state) == ("ref-1", DeliveryState.SENT)


async def test_check_says_what_is_off() -> None:
    good = await connector(origins=("https://shop.example",)).check()
    assert good.ok
    assert "/w/chat.js" in good.notes[0]
    bad = await connector(identity_required=True).check()
    assert not bad.ok
    assert "identity_secret" in " ".join(bad.notes)
    assert (await connector({"identity_secret": "x"}, identity_required=True).check()).ok


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"ask": ("shoe size",)}, "ask: .*shoe size"),
        ({"ask_away": ("x",)}, "ask_away"),
        ({"hours": ("always",)}, "hours: 'always'"),
        ({"timezone": "Mars/Olympus"}, "timezone: .*Mars"),
        ({"text_limit": 0}, "text_limit"),
        ({"attachment_limit": -1}, "attachment_limit"),
    ],
)
def test_wrong_settings_are_named(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        LivechatSettings(**wrong)
