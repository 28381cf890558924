"""Templates, reactions and files fetched anew, as keys and verbs do them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.support.world import CHAT, World
from unibox_tui.desk import actions
from unibox_tui.desk.actions import Call
from unibox_tui.domain.errors import NotFound, Refused, WrongUse
from unibox_tui.domain.inbound import Person
from unibox_tui.domain.policy import SendRule
from unibox_tui.store import contacts, inboxes, templates
from unibox_tui.store.templates import KnownTemplate
from unibox_tui.views import channel_options, thread

RULES = (SendRule("day", 24 * 3_600_000, ("text",)), SendRule("template", None, ("template",)))
CAN = replace(CHAT, rules=RULES, starts=True, address_kind="phone", extra={"reactions": ["👍", "🙏"]})
DAY = 86_400_000


class Shop:
    def __init__(self, world: World) -> None:
        self.world = world
        self.inbox = world.inbox("wa", CAN, channel="whatsapp")
        self.an = world.agent("an")
        self.conversation = world.chat(self.inbox, "84900000001", "Shop ơi").conversation
        known = [
            KnownTemplate(self.inbox, "t1", "giao_hang", "vi", "Đơn {{ma}} giao {{ngay}}", ("ma", "ngay")),
            KnownTemplate(self.inbox, "t2", "giao_hang", "en", "Order {{ma}} on {{ngay}}", ("ma", "ngay")),
            KnownTemplate(self.inbox, "t3", "xin_loi", "vi", "Xin lỗi", (), "rejected"),
        ]
        world.db.write_now(lambda tx: templates.replace(tx, self.inbox, known))

    def do(self, name: str, *targets: int | None, **args: Any) -> Any:
        return self.world.db.write_now(lambda tx: actions.perform(tx, self.an, Call(name, args), targets))

    def message(self) -> int:
        return int(self.world.row("SELECT n FROM message WHERE direction = 'in'")["n"])


@pytest.fixture
def shop(world: World) -> Shop:
    return Shop(world)


def test_a_template_goes_when_the_window_is_closed_with_its_fields_filled(shop: Shop) -> None:
    shop.world.later(3 * DAY)
    with pytest.raises(Refused):
        shop.do("reply", shop.conversation, text="Dạ")
    shop.do("template", shop.conversation, template="giao_hang", values={"ma": "DH1", "ngay": "mai"})
    payload = json.loads(shop.world.row("SELECT payload FROM outbox")["payload"])
    assert payload["kind"] == "template"
    assert payload["text"] == "Đơn DH1 giao mai"
    chosen = payload["options"]["template"]
    assert (chosen["id"], chosen["language"], chosen["values"]) == ("t1", "vi", {"ma": "DH1", "ngay": "mai"})
    assert (
        shop.world.row("SELECT text FROM message_body b JOIN message m USING (n) WHERE m.direction = 'out'")[0]
        == payload["text"]
    )


def test_what_is_missing_or_strange_is_named(shop: Shop) -> None:
    with pytest.raises(WrongUse, match="ngay"):
        shop.do("template", shop.conversation, template="giao_hang", values={"ma": "DH1"})
    with pytest.raises(WrongUse, match="gia"):
        shop.do("template", shop.conversation, template="giao_hang", values={"ma": "1", "ngay": "2", "gia": "3"})
    with pytest.raises(NotFound):
        shop.do("template", shop.conversation, inbox="wa", template="khac")
    with pytest.raises(WrongUse, match="rejected"):
        shop.do("template", shop.conversation, inbox="wa", template="xin_loi")
    assert shop.world.rows("SELECT 1 FROM outbox") == []


def test_values_of_the_customer_are_not_filled_in_twice(shop: Shop) -> None:
    shop.do("template", shop.conversation, template="t1", values={"ma": "{{ngay}}", "ngay": "mai"})
    assert json.loads(shop.world.row("SELECT payload FROM outbox")["payload"])["text"] == "Đơn {{ngay}} giao mai"


def test_only_what_is_approved_and_allowed_is_offered(shop: Shop) -> None:
    lines = shop.world.db.read_now(lambda db: channel_options.template_lines(db, shop.conversation, shop.world.now))
    assert [line.value for line in lines] == ["wa/t2", "wa/t1"]
    assert lines[0].fields == ("ma", "ngay")


def test_a_conversation_begun_with_a_template(shop: Shop) -> None:
    done = shop.do("template", inbox="wa", address="84900000002", template="t1", values={"ma": "DH2", "ngay": "mai"})
    assert shop.world.conversation(done.conversations[0])["snippet"] == "Đơn DH2 giao mai"


def test_a_reaction_is_shown_at_once_and_owed_until_the_provider_has_it(shop: Shop) -> None:
    n = shop.message()
    shop.do("react", shop.conversation, message=n, emoji="👍")

    def shown() -> tuple[str, ...]:
        return shop.world.db.read_now(lambda db: thread.entries(db, [n], me="an"))[0].reactions

    assert shown() == ("👍…",)
    shop.do("react", shop.conversation, message=n, emoji="🙏")
    assert shown() == ("🙏…",)
    assert shop.world.row("SELECT emoji, version FROM reaction_owed")["version"] == 2
    shop.do("react", shop.conversation, message=n, emoji="none")
    assert shown() == ("–…",)


def test_reactions_that_cannot_be_are_refused(shop: Shop) -> None:
    with pytest.raises(Refused, match="😀"):
        shop.do("react", shop.conversation, message=shop.message(), emoji="😀")
    done = shop.do("reply", shop.conversation, text="Dạ")
    with pytest.raises(Refused):
        shop.do("react", shop.conversation, message=done.data["n"], emoji="👍")
    other = shop.world.inbox("zz", CHAT, channel="fake")
    plain = shop.world.chat(other, "v9", "hi").n
    with pytest.raises(Refused, match="no reactions"):
        shop.do("react", message=plain, emoji="👍")


def test_what_costs_something_is_not_taken_in_place_of_what_is_closed(shop: Shop) -> None:
    paid = replace(CHAT, rules=(SendRule("text", price=450, currency="VND"),), starts=True, address_kind="phone")
    sms = shop.world.inbox("sms", paid, channel="sms")
    contact = shop.world.conversation(shop.conversation)["contact_id"]
    person = Person("84900000001", "phone")
    shop.world.db.write_now(
        lambda tx: contacts.identity_for(tx, inboxes.by_id(tx.db, sms), person, at=tx.now, contact=contact)
    )
    shop.do("reply", shop.conversation, text="Dạ, còn trong giờ ạ")
    shop.world.later(3 * DAY)
    with pytest.raises(Refused, match="over") as refused:
        shop.do("reply", shop.conversation, text="Dạ")
    assert "--inbox sms" in refused.value.hint
    shop.do("reply", shop.conversation, text="Dạ, SMS ạ", inbox="sms")
    assert [row["inbox_id"] for row in shop.world.rows("SELECT inbox_id FROM outbox ORDER BY id")] == [shop.inbox, sms]
