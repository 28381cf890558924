"""The channel's own form: asked with, and only for what is not known."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.support.world import CHAT, World
from unibox_tui.desk import actions
from unibox_tui.desk.actions import Call
from unibox_tui.domain.errors import Refused
from unibox_tui.domain.inbound import Person, ProfileSeen
from unibox_tui.domain.policy import SendRule

FORM = {
    "fields": ["name", "phone", "address"],
    "title": "Thông tin giao hàng",
    "subtitle": "Bấm vào đây ạ",
    "image_url": "https://shop-a.example/form.png",
}
CAN = replace(CHAT, rules=(SendRule("day", 24 * 3_600_000, ("text", "request")),), extra={"request_info": FORM})


class Shop:
    def __init__(self, world: World, can: Any = CAN) -> None:
        self.world = world
        self.inbox = world.inbox("zalo", can, channel="zalo")
        self.an = world.agent("an")
        self.conversation = world.chat(self.inbox, "1246845883529197922", "Shop ơi").conversation or 0

    def ask(self, **args: Any) -> Any:
        call = Call("request_info", args)
        return self.world.db.write_now(lambda tx: actions.perform(tx, self.an, call, [self.conversation]))

    def hands_over(self, **facts: str) -> None:
        row = self.world.row("SELECT address, kind FROM identity")
        person = Person(row["address"], row["kind"], facts.pop("name", ""), True, phone=facts.pop("phone", None))
        self.world.take(self.inbox, ProfileSeen(replace(person, attributes=facts), self.world.now, "Zalo form"))


def test_the_form_leaves_with_the_inboxes_words(world: World) -> None:
    shop = Shop(world)
    done = shop.ask()
    payload = json.loads(world.row("SELECT payload FROM outbox")["payload"])
    assert payload["kind"] == "request"
    assert payload["options"]["request_info"] == {key: FORM[key] for key in ("title", "subtitle", "image_url")}
    assert done.data["known"] == []


def test_what_is_known_is_said_and_what_is_all_known_is_not_asked_again(world: World) -> None:
    shop = Shop(world)
    shop.hands_over(phone="0900 000 012")
    assert shop.ask(title="Địa chỉ").data["known"] == ["phone"]
    shop.hands_over(name="Trần Thu Thảo", address="12 Hẻm 3, Cần Thơ")
    with pytest.raises(Refused) as caught:
        shop.ask()
    assert caught.value.code == "known_already"
    assert "address" in str(caught.value)
    shop.ask(force=True)
    assert len(world.rows("SELECT 1 FROM outbox")) == 2


def test_an_inbox_without_a_form_says_so(world: World) -> None:
    shop = Shop(world, replace(CAN, extra={}))
    with pytest.raises(Refused, match="no form"):
        shop.ask()


def test_the_form_keeps_to_the_window(world: World) -> None:
    shop = Shop(world)
    world.later(2 * 86_400_000)
    with pytest.raises(Refused):
        shop.ask()
