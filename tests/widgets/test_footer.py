"""What the composer's head says of sending, from the policy file to the words on the screen."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from tests.support.fake_workspace import way
from tests.support.world import World
from unibox_tui.connectors import policy
from unibox_tui.desk import answer
from unibox_tui.desk.letter import Letter
from unibox_tui.domain.policy import DAY, HOUR, Capabilities, SendRule
from unibox_tui.store import standing
from unibox_tui.views.models import Way
from unibox_tui.views.ways import ways
from unibox_tui.widgets.composer import HeadLook, Writing, head_line
from unibox_tui.widgets.footer import closed_words, counted, money, open_words, parts_words
from unibox_tui.widgets.palette import Palette


def head(shown: Way, now: int, text: str = "") -> str:
    look = HeadLook(Writing(), (shown,), now, typed=counted(shown, text))
    return head_line(look, 120, Palette()).text.strip()


def said(
    world: World, can: Capabilities, channel: str, *, later: int = 0, sent: int = 0, text: str = "", **facts: Any
) -> str:
    inbox = world.inbox("x", can, channel=channel)
    talk = world.chat(inbox, "889").conversation
    assert talk is not None
    an = world.agent("an")
    for _ in range(sent):
        world.db.write_now(lambda tx: answer.reply(tx, an, talk, Letter(text="Dạ")))
    if facts:
        world.db.write_now(lambda tx: standing.set_standing(tx, 1, facts))
    world.later(later)
    [shown] = world.db.read_now(lambda db: ways(db, talk, now=world.now))
    return head(shown, world.now, text).removeprefix("Reply via Shop x · ").removesuffix(" · 889")


COUNTED = policy.capabilities("zalo", "counted")
FREE48 = policy.capabilities("zalo", "free48")
NOBODY_CHOSE = policy.capabilities("zalo")


@pytest.mark.parametrize(
    ("channel", "can", "situation", "says"),
    [
        ("zalo", FREE48, {"later": 17 * HOUR}, "free · 31 h left"),
        ("zalo", FREE48, {"later": 17 * HOUR, "sent": 12}, "free · 31 h left"),
        ("zalo", FREE48, {"later": 3 * DAY}, "55 ₫ · closes in 4 d"),
        ("zalo", COUNTED, {"later": 17 * HOUR, "sent": 3}, "5 of 8 free · 31 h left"),
        ("zalo", COUNTED, {"later": 17 * HOUR, "sent": 8}, "9th answer · 55 ₫ · closes in 6 d"),
        ("zalo", COUNTED, {"later": 3 * DAY, "sent": 1}, "55 ₫ · closes in 4 d"),
        ("zalo", COUNTED, {"quota": {"reply": {"left": 1, "total": 8}}}, "1 of 8 free · 48 h left"),
        ("zalo", NOBODY_CHOSE, {"later": 17 * HOUR, "sent": 3}, "free · 31 h left"),
        ("zalo", NOBODY_CHOSE, {"later": 17 * HOUR, "sent": 8}, "free? · or 55 ₫ · 31 h left"),
        ("messenger", policy.capabilities("messenger"), {"later": 2 * DAY}, "human agent tag · 5 d left"),
        ("messenger", policy.capabilities("messenger"), {"later": 23 * HOUR}, "free · 1 h left"),
        ("telegram", policy.capabilities("telegram"), {}, "889"),
    ],
)  # fmt: skip
def test_the_way_from_the_policy_to_the_head(
    world: World, channel: str, can: Capabilities, situation: dict[str, Any], says: str
) -> None:
    world.now = 1_795_000_000_000
    found = said(world, can, channel, **situation)
    assert found == says


@pytest.mark.parametrize(
    ("channel", "says"),
    [
        ("whatsapp", "Shop x · window closed · t choose a template"),
        ("zalo", "Shop x · window closed · t choose a template · a call is possible"),
        ("instagram", "Shop x · window closed"),
    ],
)
def test_what_cannot_be_sent_and_what_can(world: World, channel: str, says: str) -> None:
    found = said(world, policy.capabilities(channel), channel, later=8 * DAY)
    assert found == says


def test_a_robots_refusal_offers_the_hand() -> None:
    shown = way("messenger", "Shop", "1", 1, allowed=False, reason="human_only", offers=("person",))
    assert [words for words, _ in closed_words(shown, 0)] == ["only what a person writes", "answer by hand"]


def test_outside_its_hours_it_says_when_they_begin() -> None:
    shown = way("zalo", "Shop", "1", 1, allowed=False, reason="outside_hours", opens_at=8 * HOUR)
    assert [words for words, _ in closed_words(shown, 0)] == ["not at this hour", "opens in 8 h"]


VIETNAMESE = "Dạ đơn của chị đang trên đường giao, dự kiến chiều mai tới ạ. Cảm ơn chị đã mua hàng!"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "charged"),
        ("Don cua chi dang giao", "charged · 1 part"),
        (VIETNAMESE, "charged · 2 parts, Unicode (strip marks: 1 part)"),
        ("พัสดุถึงแล้ว", "charged · 1 part, Unicode"),
        ("a" * 161, "charged · 2 parts"),
    ],
)
def test_text_messages_show_their_parts_as_they_are_typed(world: World, text: str, says: str) -> None:
    assert said(world, policy.capabilities("sms", "twilio"), "sms", text=text) == says


def test_the_price_of_a_text_message_grows_with_its_parts(world: World) -> None:
    prices = {"rules": {"sms": {"price": 350, "currency": "VND"}}}
    can = policy.capabilities("sms", "esms", overrides=prices)
    assert said(world, can, "sms", text=VIETNAMESE).startswith("700 ₫ · 2 parts")


def test_a_quota_and_a_month() -> None:
    quota = way("line", "Shop", "1", 1, used=499, total=500, counted="quota")
    assert list(open_words(quota, 0)) == [("1 of 500 in the quota", "warn")]
    month = way("whatsapp", "Shop", "1", 1, used=12, total=1000, counted="month", unsure=True)
    assert list(open_words(month, 0)) == [("988 of 1,000 free this month?", "dim")]


def test_unsure_prices_have_a_question_mark() -> None:
    shown = way("whatsapp", "Shop", "1", 1, charged=True, unsure=True, others=((None, ""), (0.0, "")))
    assert [words for words, _ in open_words(shown, 0)] == ["charged?", "or charged", "or free"]


@pytest.mark.parametrize(
    ("amount", "currency", "says"),
    [
        (55, "VND", "55 ₫"),
        (1200, "VND", "1,200 ₫"),
        (0.0075, "USD", "US$0.0075"),
        (1.5, "THB", "1.5 ฿"),
        (2, "SGD", "2 SGD"),
    ],
)
def test_money(amount: float, currency: str, says: str) -> None:
    assert money(amount, currency) == says


@pytest.mark.parametrize(
    ("used", "says"), [(0, "1st"), (1, "2nd"), (2, "3rd"), (10, "11th"), (20, "21st"), (110, "111th")]
)
def test_the_how_manieth(used: int, says: str) -> None:
    shown = way("zalo", "Shop", "1", 1, price=55, currency="VND", used=used, total=0, counted="answers")
    assert next(iter(open_words(shown, 0)))[0] == f"{says} answer"


def test_other_channels_count_no_parts() -> None:
    assert counted(way("zalo", "Shop", "1", 1), "Dạ") is None
    assert counted(None, "Dạ") is None
    shown = way("sms", "Shop", "1", 1, text_unit="sms")
    assert parts_words(counted(shown, "Dạ")) == "1 part, Unicode"  # type: ignore[arg-type]
    assert Capabilities(rules=(SendRule("x"),)).text_unit == "characters"


@pytest.mark.parametrize("cells", [40, 49, 120])
def test_the_name_of_the_inbox_gives_way_to_cost_and_time(world: World, cells: int) -> None:
    inbox = world.inbox("x", COUNTED, channel="zalo")
    talk = world.chat(inbox, "889").conversation
    assert talk is not None
    world.later(3 * DAY)
    [way] = world.db.read_now(lambda db: ways(db, talk, now=world.now))
    way = dataclasses.replace(way, title="Cửa hàng có tên rất dài ở phố Hoa")
    line = head_line(HeadLook(Writing(), (way,), world.now), cells, Palette()).text
    assert "55 ₫ · closes in 4 d" in line
    assert "Reply via Cửa" in line
