"""Calls, consent, tags and broadcasts the whole way: the desk, the service's workers, the connector, the simulated Zalo."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.zalo.conftest import THAO, House
from tests.support.world import World
from unibox_tui.connectors import policy
from unibox_tui.connectors.zalo.connector import ZaloConnector
from unibox_tui.desk.actions import Call, perform
from unibox_tui.desk.done import Done
from unibox_tui.domain.errors import Conflict, Refused, WrongUse
from unibox_tui.domain.inbound import CallChanged, MessageReceived, Person
from unibox_tui.domain.words import InboxState
from unibox_tui.store import attention, conversations, inboxes, labels, messages, standing
from unibox_tui.sync.facts import Rules
from unibox_tui.sync.quotas import QuotaWorker
from unibox_tui.sync.sender import Sender
from unibox_tui.sync.tagging import TagWorker
from unibox_tui.sync.wanted import Wanted
from unibox_tui.views import call_ways

DAY = 86_400_000
PHONE = "+84900000012"


class Whole:
    """One service of the account's inbox, with a line of the shop's own beside it where a test wants one."""

    def __init__(self, world: World, house: House, **settings: Any) -> None:
        self.world, self.house = world, house
        self.connector: ZaloConnector = house.build(calls=True, undo_send_seconds=0, **settings)
        world.now = house.sim.clock()
        world.db.now = house.sim.clock
        self.inbox = world.inbox("shop-zalo", self.connector.capabilities(), channel="zalo")
        world.agent("an")
        self.sender = Sender(world.db, {self.inbox: self.connector}, lambda sha: b"", 1, broken=self._broken)
        self.tags = TagWorker(world.db, self._able, lambda group: Rules(), self._broken)

    async def _broken(self, inbox: int, error: Exception) -> None:
        raise error

    def _able(self) -> dict[int, Wanted]:
        row = self.world.db.read_now(lambda db: inboxes.by_id(db, self.inbox))
        return {self.inbox: Wanted(row, self.connector.settings, self.connector)}

    async def hears(self) -> None:
        """Everything that the network tells by its webhook."""
        for body in self.bodies:
            for event in self.connector.parse(body, {}):
                self.world.take(self.inbox, event)
        self.bodies.clear()

    bodies: list[bytes]

    async def works(self, rounds: int = 4) -> None:
        for _ in range(rounds):
            await self.sender.step()
            await self.tags.step()
            flying = [*self.sender._flying.values(), *self.tags._flying.values()]
            await asyncio.gather(*flying, return_exceptions=True)

    def do(self, name: str, *targets: int, **args: Any) -> Done:
        actor = self.world.agent("an")
        return self.world.db.write_now(lambda tx: perform(tx, actor, Call(name, args), targets))

    async def customer(self, **more: Any) -> int:
        """Thảo has written; the conversation."""
        await self.house.sim.says(THAO, "Shop ơi")
        person = Person(THAO.id, "zalo_user", THAO.name, True, **more)
        (found,) = self.world.take(self.inbox, MessageReceived("m1", person, self.world.db.now(), "Shop ơi"))
        self.bodies.clear()
        assert found.conversation is not None
        return found.conversation

    def card(self, n: int) -> dict[str, Any]:
        return dict(json.loads(self.world.db.read_now(lambda db: messages.get(db, n))["extra"])["call"])

    def state(self, n: int) -> str:
        return str(self.world.db.read_now(lambda db: messages.get(db, n))["state"])

    def ways(self, top: int) -> dict[str, call_ways.CallWay]:
        now = self.world.db.now()
        found = self.world.db.read_now(lambda db: call_ways.call_ways(db, top, "an", now))
        return {f"{way.how} {way.address}": way for way in found}


def made(tmp_path: Path, house: House, **settings: Any) -> Whole:
    whole = Whole(World.at(tmp_path), house, **settings)
    whole.bodies = []
    house.sim.hooks.post = lambda body, **more: whole.bodies.append(body)  # type: ignore[method-assign]
    return whole


@pytest.fixture
def whole(tmp_path: Path, house: House) -> Whole:
    return made(tmp_path, house)


# -- links and consent ----------------------------------------------------------------------------------------------------


async def test_a_customer_with_only_a_zalo_id_is_called_by_a_link(whole: Whole) -> None:
    top = await whole.customer()
    assert {key: way.allowed for key, way in whole.ways(top).items()} == {
        f"link {THAO.id}": True, f"invite {THAO.id}": True,
    }  # fmt: skip
    done = whole.do("call", top)
    assert done.data["how"] == "link"
    with pytest.raises(Conflict):
        whole.do("call", top)
    await whole.works()
    card, row = whole.card(done.data["n"]), whole.world.db.read_now(lambda db: messages.get(db, done.data["n"]))
    assert card["link"] == row["text"] == "https://zalo.example/call/" + next(iter(whole.house.shop.links))
    assert card["link_until"] == whole.house.sim.clock() + 2 * DAY
    assert whole.state(done.data["n"]) == "sent"
    assert whole.world.conversation(top)["waiting_since"] is not None, "nobody has talked yet"
    whole.house.sim.clock.forward(hours=31 * 24)
    with pytest.raises(Refused):
        whole.do("call", top, how="link")
    invited = whole.do("call", top, how="invite")
    await whole.works()
    assert whole.card(invited.data["n"])["link"].startswith("https://")
    assert whole.house.sim.texts() == []


async def test_a_number_is_asked_once_and_what_it_answers_is_shown(whole: Whole) -> None:
    top = await whole.customer(vouched=(("phone", PHONE),))
    before = whole.ways(top)[f"consent {PHONE}"]
    assert (before.allowed, before.charged, before.amount, before.consent) == (True, True, None, "")
    done = whole.do("call", top, how="consent", reason="delivery")
    await whole.works()
    assert whole.state(done.data["n"]) == "sent"
    assert whole.house.sim.received.bodies("requestconsent")[0]["reason_code"] == 105
    asked = whole.ways(top)[f"consent {PHONE}"]
    assert (asked.allowed, asked.consent, asked.until) == (False, "asked", whole.house.sim.clock() + DAY)
    with pytest.raises(Refused, match="a day to answer"):
        whole.do("call", top, how="consent")
    cost = whole.world.row("SELECT kind, free, said_charged FROM message_cost WHERE n = :n", n=done.data["n"])
    assert tuple(cost) == ("consent", 0, 1)
    whole.house.sim.answers_consent(PHONE, True)
    await whole.hears()
    agreed = whole.ways(top)[f"consent {PHONE}"]
    assert (agreed.consent, agreed.until) == ("agreed", whole.house.sim.clock() + 30 * DAY)
    whole.house.sim.clock.forward(hours=31 * 24)
    assert whole.ways(top)[f"consent {PHONE}"].consent == "expired"
    assert whole.ways(top)[f"consent {PHONE}"].allowed
    assert len(whole.house.sim.received.calls("requestconsent")) == 1


async def test_without_a_webhook_the_answer_is_asked_for_while_the_conversation_is_open(whole: Whole) -> None:
    top = await whole.customer(vouched=(("phone", PHONE),))
    whole.do("call", top, how="consent")
    await whole.works()
    whole.house.sim.answers_consent(PHONE, True)
    whole.bodies.clear()  # nothing is heard of it
    quotas = QuotaWorker(whole.world.db, whole._able)
    whole.world.db.write_now(lambda tx: attention.present(tx, "an", "s1", top, "viewing"))
    for _ in range(2):
        await quotas.step()
        await asyncio.gather(*quotas._flying.values())
    assert whole.ways(top)[f"consent {PHONE}"].consent == "agreed"
    assert len(whole.house.sim.received.calls("checkconsent")) == 1


async def test_an_asking_whose_answer_was_lost_is_not_repeated_by_itself(whole: Whole) -> None:
    top = await whole.customer(vouched=(("phone", PHONE),))
    whole.house.sim.faults.drop_answer(on="requestconsent")
    done = whole.do("call", top, how="consent")
    await whole.works()
    assert whole.state(done.data["n"]) == "unknown"
    with pytest.raises(Conflict, match="not known whether"):
        whole.do("call", top, how="consent")
    await whole.hears()  # Zalo's own event tells that they were asked
    assert whole.ways(top)[f"consent {PHONE}"].consent == "asked"
    assert len(whole.house.sim.received.calls("requestconsent")) == 1


async def test_an_older_word_on_consent_does_not_undo_a_newer(whole: Whole) -> None:
    top = await whole.customer(vouched=(("phone", PHONE),))
    whole.do("call", top, how="consent")
    await whole.works()
    late = list(whole.bodies)
    whole.bodies.clear()
    whole.house.sim.clock.forward(seconds=60)
    whole.house.sim.answers_consent(PHONE, True)
    await whole.hears()
    whole.bodies += late
    await whole.hears()
    assert whole.ways(top)[f"consent {PHONE}"].consent == "agreed"


async def test_consent_that_a_colleague_asked_for_in_zalos_own_tool_is_known_too(whole: Whole) -> None:
    top = await whole.customer(vouched=(("phone", PHONE),))
    whole.house.sim.answers_consent(PHONE, True)
    whole.house.sim.answers_consent("+84900000099", True)
    await whole.hears()
    assert whole.ways(top)[f"consent {PHONE}"].consent == "agreed"
    assert whole.world.rows("SELECT 1 FROM identity WHERE address = '+84900000099'") == [], "nobody of ours"


async def test_words_that_call_nobody(whole: Whole) -> None:
    top = await whole.customer()
    with pytest.raises(Refused, match="No phone number"):
        whole.do("call", top, how="consent")
    with pytest.raises(WrongUse, match="no way to call"):
        whole.do("call", top, how="pigeon")
    with pytest.raises(WrongUse, match="whose conversation"):
        whole.do("call", number=PHONE, how="link")
    whole.world.db.write_now(lambda tx: inboxes.set_state(tx, whole.inbox, InboxState.PAUSED))
    with pytest.raises(Refused, match="not on now"):
        whole.do("call", top, how="link")


# -- a trunk into the network ---------------------------------------------------------------------------------------------


def trunk(whole: Whole) -> int:
    extra = {"calls": ["an"], "calls_for": "shop-zalo"}
    return whole.world.inbox("zcc", policy.capabilities("voice", undo_send_ms=0, extra=extra), channel="voice")


async def test_over_the_trunk_the_zalo_inbox_decides(whole: Whole) -> None:
    line, top = trunk(whole), await whole.customer(vouched=(("phone", PHONE),))
    assert whole.ways(top)[f"line {THAO.id}"].allowed
    assert whole.ways(top)[f"line {PHONE}"].why == "not_agreed"
    done = whole.do("call", top)
    assert (
        whole.world.row("SELECT inbox_id, destination FROM outbox WHERE id = :id", id=done.data["outbox"])[
            "destination"
        ]
        == THAO.id
    )
    with pytest.raises(Refused, match="not agreed"):
        whole.do("call", number=PHONE, inbox="zcc")
    whole.do("call", top, how="consent")
    await whole.works()
    whole.house.sim.answers_consent(PHONE, True)
    await whole.hears()
    assert whole.do("call", number=PHONE, inbox="zcc").conversations == (top,)
    assert whole.world.row("SELECT count(*) AS n FROM outbox WHERE inbox_id = :line", line=line)["n"] == 2


async def test_who_calls_over_the_trunk_is_who_writes(whole: Whole) -> None:
    line, top = trunk(whole), await whole.customer()
    (came,) = whole.world.take(line, CallChanged("c1", Person(THAO.id, "zalo_user"), whole.world.db.now(), "missed"))
    assert came.conversation is not None
    contact = whole.world.conversation(top)["contact_id"]
    assert whole.world.conversation(came.conversation)["contact_id"] == contact
    (other,) = whole.world.take(line, CallChanged("c2", Person("1" * 18, "zalo_user"), whole.world.db.now(), "missed"))
    assert whole.world.conversation(other.conversation)["contact_id"] != contact


async def test_a_call_over_the_trunk_of_which_zalo_tells_too_is_one_card(whole: Whole) -> None:
    line, top = trunk(whole), await whole.customer()
    began = whole.world.db.now()
    person = Person(THAO.id, "zalo_user")
    whole.world.take(
        line, CallChanged("c1", person, began, "ringing"), CallChanged("c1", person, began + 9_000, "answered")
    )
    whole.world.take(line, CallChanged("c1", person, began + 60_000, "ended"))
    whole.house.sim.calls(THAO, 51_000)
    whole.bodies *= 2  # and tells it twice
    await whole.hears()
    cards = "SELECT n FROM message WHERE kind = 'call'"
    assert len(whole.world.rows(cards)) == 1
    whole.house.sim.clock.forward(seconds=600)
    whole.house.sim.calls(THAO)  # a later one, of which the exchange has not heard
    await whole.hears()
    assert len(whole.world.rows(cards)) == 2
    assert whole.world.conversation(top)["message_count"] == 3


# -- tags -----------------------------------------------------------------------------------------------------------------


def sticky(whole: Whole, name: str) -> None:
    whole.do("label_edit", label=name, sticks=True)


async def test_labels_go_there_and_tags_come_from_there_without_an_end(tmp_path: Path, house: House) -> None:
    whole = made(tmp_path, house, tags="both")
    await whole.works()
    top = await whole.customer()
    house.shop.tags[THAO.id] = ["khách cũ"]
    sticky(whole, "khách sỉ")
    whole.do("label", top, labels=["khách sỉ"])
    await whole.works()
    assert sorted(house.shop.tags[THAO.id]) == ["khách cũ", "khách sỉ"]
    contact = whole.world.conversation(top)["contact_id"]

    def held() -> list[str]:
        return [row["name"] for row in whole.world.db.read_now(lambda db: labels.of_contact(db, contact))]

    assert held() == ["khách cũ", "khách sỉ"]
    await whole.hears()  # what we did comes back as an event
    asked = len(house.sim.received.calls("/oa/tag/"))
    house.sim.tags(THAO, "nợ 200k")
    house.sim.tags(THAO, "khách sỉ", False)
    await whole.hears()
    assert held() == ["khách cũ", "nợ 200k"]
    assert [row["name"] for row in whole.world.db.read_now(lambda db: labels.of_conversation(db, top))] == []
    await whole.works()
    assert len(house.sim.received.calls("/oa/tag/")) == asked, "what came from there is not told back"
    assert sorted(house.shop.tags[THAO.id]) == ["khách cũ", "nợ 200k"]
    whole.do("contact_set", top, fields={"labels": "khách cũ"})
    await whole.works()
    assert house.shop.tags[THAO.id] == ["khách cũ"]


async def test_a_conversations_label_is_a_tag_while_it_is_on(tmp_path: Path, house: House) -> None:
    whole = made(tmp_path, house, tags="both")
    await whole.works()
    top = await whole.customer()
    whole.do("label", top, labels=["đổi size"])
    house.sim.faults.refuse(times=1, status=503, on="tagfollower")
    await whole.works()
    assert house.shop.tags.get(THAO.id, []) == []
    house.sim.clock.forward(seconds=120)
    await whole.works()
    assert house.shop.tags[THAO.id] == ["đổi size"]
    whole.do("undo")
    await whole.works()
    assert house.shop.tags[THAO.id] == []


async def test_our_own_tag_that_is_heard_before_its_answer_is_no_label_of_the_customer(
    tmp_path: Path, house: House
) -> None:
    whole = made(tmp_path, house, tags="both")
    await whole.works()
    top = await whole.customer()
    contact, identity = (whole.world.conversation(top)[name] for name in ("contact_id", "last_identity_id"))
    whole.world.db.write_now(lambda tx: standing.set_standing(tx, identity, {"tags": []}))
    whole.do("label", top, labels=["đổi size"])
    house.sim.tags(THAO, "đổi size")
    await whole.hears()
    assert whole.world.db.read_now(lambda db: labels.of_contact(db, contact)) == []
    await whole.works()
    assert house.shop.tags[THAO.id] == ["đổi size"]
    whole.do("undo")
    await whole.works()
    assert house.shop.tags[THAO.id] == []


@pytest.mark.parametrize(("setting", "come"), [("in", True), ("no", False)])
async def test_where_the_inbox_does_not_want_it_nothing_goes_there(
    tmp_path: Path, house: House, setting: str, come: bool
) -> None:
    whole = made(tmp_path, house, tags=setting)
    top = await whole.customer()
    whole.do("label", top, labels=["đổi size"])
    await whole.works()
    assert house.sim.received.calls("/oa/tag/") == []
    identity = whole.world.row("SELECT id FROM identity")["id"]
    whole.world.db.write_now(lambda tx: standing.set_standing(tx, identity, {"tags": []}))
    house.sim.tags(THAO, "khách cũ")
    await whole.hears()
    contact = whole.world.conversation(top)["contact_id"]
    assert bool(whole.world.db.read_now(lambda db: labels.of_contact(db, contact))) is come


# -- broadcasts -----------------------------------------------------------------------------------------------------------


async def test_an_article_leaves_once_and_its_lost_answer_is_unknown(whole: Whole) -> None:
    sim = whole.house.sim
    local = (sim.clock() + 7 * 3_600_000) % DAY
    sim.clock.forward(seconds=((9 * 3_600_000 - local) % DAY) / 1000)
    whole.house.shop.articles |= {"a1": "Tết này mặc gì", "a2": "Giảm giá"}
    first = whole.do("broadcast", words="a1 ages=2,3")
    await whole.works()
    assert (whole.state(first.data["n"]), sim.texts("everybody")) == ("sent", ["Tết này mặc gì"])
    sim.faults.drop_answer(on="/v2.0/oa/message")
    second = whole.do("broadcast", words="a2")
    await whole.works(8)
    assert whole.state(second.data["n"]) == "unknown"
    assert sim.texts("everybody") == ["Tết này mặc gì", "Giảm giá"]
    with pytest.raises(Conflict, match="not known whether"):
        whole.do("broadcast", words="a2")
    whole.do("retry", outbox=second.data["outbox"])
    await whole.works()
    assert whole.state(second.data["n"]) == "sent"
    assert len(sim.texts("everybody")) == 3
    top = whole.world.db.read_now(lambda db: conversations.get(db, first.conversations[0]))
    assert top["status"] == "resolved"
