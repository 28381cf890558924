"""A sticker as an answer: by the id the provider knows it by, alone, and never as words."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.support.world import CHAT, World
from unibox_tui.desk import drafts, undo
from unibox_tui.desk.actions import Call, perform
from unibox_tui.desk.done import Done
from unibox_tui.desk.drafts import Draft
from unibox_tui.domain.errors import Refused, WrongUse
from unibox_tui.domain.send_rules import SendRule
from unibox_tui.store.events import Actor
from unibox_tui.views.channel_options import stickers_in

RULES = (SendRule("day", 24 * 3_600_000, ("text", "sticker")),)
IN_TWO = replace(CHAT, rules=RULES, quotes=True, extra={"sticker": ["package", "sticker"]})
IN_ONE = replace(CHAT, rules=RULES, extra={"sticker": ["id"]})


def send(world: World, an: Actor, top: int, sticker: str, **more: Any) -> Done:
    return world.db.write_now(lambda tx: perform(tx, an, Call("sticker", {"sticker": sticker, **more}), [top]))


def payload(world: World) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(world.row("SELECT payload FROM outbox ORDER BY id DESC LIMIT 1")["payload"])
    return found


def test_its_id_goes_and_no_words(world: World) -> None:
    an, inbox = world.agent("an"), world.inbox("a", IN_TWO, channel="line")
    top = world.chat(inbox, text="ขอบคุณค่ะ", id="q1").conversation or 0
    n = world.row("SELECT n FROM message WHERE direction = 'in'")["n"]
    send(world, an, top, "446/1988", answers=n)
    leaves = payload(world)
    assert (leaves["kind"], leaves["text"], leaves["answers"]) == ("sticker", "", "q1")
    assert leaves["options"] == {"sticker": {"package": "446", "sticker": "1988"}}
    shown = world.row("SELECT b.text FROM message_body b JOIN message m USING (n) WHERE m.direction = 'out'")
    assert shown["text"] == "[sticker]"


def test_where_an_id_is_one_word_it_goes_as_it_is_and_quotes_nothing(world: World) -> None:
    an, inbox = world.agent("an"), world.inbox("a", IN_ONE, channel="zalo")
    top = world.chat(inbox).conversation or 0
    n = world.row("SELECT n FROM message WHERE direction = 'in'")["n"]
    send(world, an, top, "bfe458bf/64fa", answers=n)
    assert payload(world)["options"] == {"sticker": "bfe458bf/64fa"}
    assert (payload(world)["text"], payload(world)["answers"]) == ("", None)


def test_what_is_being_written_stays_and_a_sticker_taken_back_is_no_text(world: World) -> None:
    an, inbox = world.agent("an"), world.inbox("a", replace(IN_ONE, undo_send_ms=5_000), channel="zalo")
    top = world.chat(inbox).conversation or 0
    world.db.write_now(lambda tx: drafts.save(tx, "an", Draft(top, "reply", "Dạ em")))
    send(world, an, top, "bfe458bf")
    assert world.row("SELECT text FROM draft")["text"] == "Dạ em"
    world.db.write_now(lambda tx: drafts.drop(tx, "an", top, "reply"))
    world.db.write_now(lambda tx: undo.undo(tx, an))
    assert world.rows("SELECT 1 FROM draft") == []
    assert world.row("SELECT state FROM outbox")["state"] == "cancelled"


def test_an_inbox_without_stickers_and_an_id_of_another_form_say_so(world: World) -> None:
    an = world.agent("an")
    plain, line = world.inbox("a", CHAT, channel="zalo"), world.inbox("b", IN_TWO, channel="line")
    top = world.chat(plain).conversation or 0
    with pytest.raises(Refused, match="sends no stickers"):
        send(world, an, top, "446/1988")
    other = world.chat(line, "v2").conversation or 0
    with pytest.raises(WrongUse, match="no sticker of") as caught:
        send(world, an, other, "1988")
    assert caught.value.hint == "PACKAGE/STICKER"
    with pytest.raises(WrongUse, match="Which sticker"):
        send(world, an, other, " ")
    assert world.rows("SELECT 1 FROM outbox") == []


def test_those_of_the_conversation_are_offered_each_once(world: World) -> None:
    line, zalo = world.inbox("b", IN_TWO, channel="line"), world.inbox("z", CHAT, channel="zalo")
    top = world.chat(line, "v2", "สวัสดี", name="A").conversation or 0
    for number, sticker in enumerate(("1", "2", "1"), 1):
        extra = {"sticker": {"package": "446", "sticker": sticker}}
        world.later(1_000).chat(line, "v2", f"[sticker: {sticker}]", id=f"s{number}", extra=extra)
    world.chat(zalo, "v2", "[sticker]", id="z", extra={"sticker": "abc"})
    found = world.db.read_now(lambda db: stickers_in(db, top))
    assert found == [("446/1", "[sticker: 1]"), ("446/2", "[sticker: 2]")]
