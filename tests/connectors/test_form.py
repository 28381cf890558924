from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from unibox_tui.connectors import registry
from unibox_tui.connectors.contract import Connector, ParsesRaw, SendRequest
from unibox_tui.connectors.errors import SendRejected, Unparseable
from unibox_tui.connectors.form import FormConnector, FormSettings, looks_like_email
from unibox_tui.connectors.livechat import LivechatSettings
from unibox_tui.connectors.offline import offline_tools
from unibox_tui.domain.inbound import MessageReceived
from unibox_tui.domain.policy import decide
from unibox_tui.domain.words import Author, MessageKind


def connector(**settings: Any) -> FormConnector:
    return FormConnector("form", FormSettings(**settings), {}.get)


def parse(fields: list[list[str]], **more: Any) -> MessageReceived:
    post = {"type": "form", "id": "s:1", "at": 9, "fields": fields, "files": [], "page": "", "referrer": "", **more}
    settings = more.pop("settings", {})
    (found,) = connector(**settings).parse(json.dumps({k: v for k, v in post.items() if k != "settings"}).encode(), {})
    assert isinstance(found, MessageReceived)
    return found


def test_the_registry_builds_it() -> None:
    built = registry.build("form", FormSettings(), {}.get)
    assert isinstance(built, Connector)
    assert isinstance(built, ParsesRaw)


def test_known_fields_find_their_place_whatever_the_case() -> None:
    message = parse(
        [
            ["Name", " Hoa "],
            ["E-MAIL", "x"],
            ["email", "Hoa@Khach.example"],
            ["message", "Chào"],
            ["subject", "Hỏi giá"],
        ],
        page="https://shop.example/",
    )
    assert (message.kind, message.subject, message.provider_id) == (MessageKind.FORM, "Hỏi giá", "s:1")
    assert (message.person.name, message.person.email, message.person.verified) == ("Hoa", "Hoa@Khach.example", False)
    assert message.person.address == "mail:hoa@khach.example"
    assert message.text == "Chào\n\nE-MAIL: x"
    assert message.extra == {"fields": [["E-MAIL", "x"]], "page": "https://shop.example/"}


def test_a_mapping_and_repeated_fields() -> None:
    message = parse(
        [["loi-nhan", "một"], ["loi-nhan", "hai"], ["message", "ba"], ["trống", " "]],
        settings={"fields": {"message": "loi-nhan"}},
    )
    assert message.text == "một\n\nloi-nhan: hai\nmessage: ba"


def test_who_it_is_when_only_a_number_or_nothing_is_stated() -> None:
    assert parse([["phone", "+84 (0) 00-123 456"], ["message", "x"]]).person.address == "tel:84000123456"
    assert parse([["phone", "12"], ["message", "x"]]).person.address == "post:s:1"
    broken = parse([["email", "hoa at khach"], ["message", "x"]])
    assert (broken.person.address, broken.person.email) == ("post:s:1", None)
    assert "email: hoa at khach" in broken.text


def test_files_are_those_the_door_has_kept() -> None:
    file = {"sha256": "ab" * 32, "name": "đơn.pdf", "media_type": "application/pdf", "size": 3}
    (found,) = parse([["message", "x"]], files=[file]).attachments
    assert (found.sha256, found.name, found.size) == ("ab" * 32, "đơn.pdf", 3)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"type":"mail"}', b'{"type":"form","id":"x","at":1,"fields":[1]}']
)
def test_what_is_no_form_is_unparseable(body: bytes) -> None:
    with pytest.raises(Unparseable):
        connector().parse(body, {})


def test_addresses() -> None:
    assert looks_like_email("hoa.nguyen+a@khach.example")
    assert not any(
        looks_like_email(text)
        for text in ("", "a@b", "a b@c.d", "a@b.c\nd", "a@@b.c", "a@b.c,d@e.f", "x" * 250 + "@a.example")
    )


async def test_a_form_cannot_be_answered_through_itself() -> None:
    decision = decide(connector().capabilities(), {"message": 1}, kind="text", author=Author.AGENT, now=2, text="hi")
    assert (decision.allowed, decision.reason) == (False, "not_allowed")
    with pytest.raises(SendRejected):
        await connector().send(SendRequest("r", "d", "hi"))


async def test_check_says_what_is_off() -> None:
    assert (await connector().check()).ok
    bad = await connector(signed_only=True).check()
    assert not bad.ok
    assert "signing_secret" in " ".join(bad.notes)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"fields": {"mesage": "x"}}, "fields: .*mesage"),
        ({"required": ("shoe",)}, "required: .*shoe"),
        ({"redirect": "javascript:alert(1)"}, "redirect"),
        ({"posts_per_minute": 0}, "posts_per_minute"),
    ],
)
def test_wrong_settings_are_named(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        FormSettings(**wrong)


@pytest.mark.parametrize(
    ("public", "said"), [("", "https://YOUR-HOST"), ("https://x.example/h/form", "https://x.example")]
)
async def test_the_address_is_the_workspaces_when_it_has_one(public: str, said: str) -> None:
    tools = replace(offline_tools(), public_url=public)
    report = await registry.build("form", FormSettings(), {}.get, tools=lambda: tools).check()
    assert report.notes == (f"Forms post to {said}/f/form",)
    chat = registry.build("chat", LivechatSettings(), {}.get, tools=lambda: tools)
    assert f'"{said}/w/chat.js"' in (await chat.check()).notes[0]
