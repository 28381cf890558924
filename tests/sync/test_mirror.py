"""A helpdesk upstream and we: one conversation for each of its, what was decided taken over both ways, and never told back."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.cases.chatwoot import MAI, ChatwootCase
from tests.connectors.conformance import Rig, rig
from tests.support.world import World
from unibox_tui.desk import people
from unibox_tui.desk.actions import Call, perform
from unibox_tui.domain.inbound import (
    ConversationChanged,
    CustomerChanged,
    InboundEvent,
    MessageReceived,
    NoteReceived,
    Person,
    Upstream,
)
from unibox_tui.domain.words import Author, Priority, Status
from unibox_tui.sandbox.providers.chatwoot import ChatwootSim
from unibox_tui.store import agents, canned, conversations, forgetting, inboxes, labels, mirrors
from unibox_tui.store.events import Actor
from unibox_tui.sync import mirror_canned
from unibox_tui.sync.mirror import MirrorWorker
from unibox_tui.sync.wanted import Wanted
from unibox_tui.text.labels import spelt
from unibox_tui.views.panel import panel

AN = Actor(Author.AGENT, "an", cause="key")
CUSTOMER = Person("1", "chatwoot", "Mai", verified=True, vouched=(("platform", "chatwoot:x/1/500"),))
WHO = "chatwoot:x/1/500"
OTHER = Person("2", "chatwoot", "Mai", verified=True, vouched=(("platform", "chatwoot:x/1/500"),))


@dataclass
class Team:
    """Our side, its worker, and the helpdesk."""

    world: World
    inbox: int
    parts: Rig
    worker: MirrorWorker
    broken: list[Exception]

    @property
    def sim(self) -> ChatwootSim:
        assert isinstance(self.parts.sim, ChatwootSim)
        return self.parts.sim

    def take(self, *events: InboundEvent) -> list[Any]:
        return self.world.take(self.inbox, *events)

    def does(self, name: str, conversation: int, **args: Any) -> None:
        self.world.later(1_000)
        self.world.db.write_now(lambda tx: perform(tx, AN, Call(name, args), [conversation]))

    async def tell(self) -> None:
        """Everything that is to be told now."""
        for _ in range(6):
            await self.worker.step()
            for task in list(self.worker._flying.values()):
                await task

    def set_fields(self, contact: int, **fields: str) -> None:
        self.world.later(1_000)
        given = {f"attributes.{name}": value for name, value in fields.items()}
        self.world.db.write_now(lambda tx: people.set_fields(tx, AN, contact, given))

    def rows(self, sql: str) -> list[Any]:
        return self.world.db.read_now(lambda db: db.execute(sql).fetchall())

    def stands(self, conversation: int) -> tuple[str, str | None, list[str]]:
        def read(db: Any) -> tuple[str, str | None, list[str]]:
            row = conversations.get(db, conversation)
            return row["status"], row["assignee"], [one["name"] for one in labels.of_conversation(db, conversation)]

        return self.world.db.read_now(read)


@pytest.fixture
async def team(tmp_path: Path) -> AsyncIterator[Team]:
    world = World.at(tmp_path)
    async with rig(ChatwootCase()) as parts:
        inbox = world.inbox("cw", parts.connector.capabilities(), channel="chatwoot")
        row = world.db.read_now(lambda db: inboxes.by_id(db, inbox))
        wanted = {inbox: Wanted(row, parts.connector.settings, parts.connector)}
        broken: list[Exception] = []

        async def tell_broken(id: int, error: Exception) -> None:
            broken.append(error)

        world.db.write_now(lambda tx: agents.ensure(tx, "an"))
        worker = MirrorWorker(world.db, lambda: wanted, tell_broken)
        found = Team(world, inbox, parts, worker, broken)
        await found.tell()  # from now on
        yield found
        world.db.close()


def said(id: str, person: Person = CUSTOMER, text: str = "còn hàng không ạ") -> MessageReceived:
    return MessageReceived(id, person, 1_790_000_000_000, text)


def stands_there(thread: str = "1", at: int = 0, **state: Any) -> ConversationChanged:
    return ConversationChanged(thread, at, Upstream(**state))


def conversation_of(team: Team) -> int:
    (outcome,) = team.take(said("m-1"))
    return int(outcome.conversation)


# -- what they say ---------------------------------------------------------------------------------------------------------


async def test_each_conversation_there_is_one_here_and_of_one_customer(team: Team) -> None:
    first, second = team.take(said("m-1"), said("m-2", OTHER))
    again = team.take(said("m-3"), said("m-4", OTHER))
    assert [one.conversation for one in again] == [first.conversation, second.conversation]
    assert first.conversation != second.conversation
    contacts = team.rows("SELECT DISTINCT contact_id FROM conversation")
    assert len(contacts) == 1


async def test_what_was_decided_there_is_so_here_and_is_not_told_back(team: Team) -> None:
    top = conversation_of(team)
    team.take(stands_there(status=Status.OPEN, labels=(), assignee=""))
    team.take(stands_there(at=5, status=Status.PENDING, labels=("giao-thiếu", "vip"), assignee="an"))
    assert team.stands(top) == ("pending", "an", ["giao-thiếu", "vip"])
    causes = team.rows(
        "SELECT DISTINCT cause, actor_kind FROM event WHERE kind IN ('conversation.status', 'conversation.labelled')"
    )
    assert [tuple(row) for row in causes] == [("mirror", "system")]
    await team.tell()
    assert team.sim.decided == []


async def test_a_label_of_ours_is_found_however_it_is_spelt_there(team: Team) -> None:
    top = conversation_of(team)
    team.world.db.write_now(lambda tx: labels.ensure(tx, "Giao thiếu"))
    team.take(stands_there(status=Status.OPEN, labels=("giao-thiếu",)))
    assert team.stands(top)[2] == ["Giao thiếu"]
    team.take(stands_there(at=5, labels=()))
    assert team.stands(top)[2] == []


async def test_how_urgent_it_is_goes_both_ways(team: Team) -> None:
    top = conversation_of(team)
    team.take(stands_there(status=Status.OPEN, priority=Priority.NORMAL))
    team.take(stands_there(at=5, status=Status.OPEN, priority=Priority.HIGH))
    assert team.rows("SELECT priority FROM conversation")[0][0] == 1
    await team.tell()
    assert team.sim.decided == []
    team.does("priority", top, priority="urgent")
    await team.tell()
    assert team.sim.of(MAI).priority == "urgent"
    team.does("undo", top)
    team.does("priority", top, priority="normal")
    await team.tell()
    assert team.sim.of(MAI).priority is None
    team.take(stands_there(at=9, status=Status.OPEN, priority=Priority.NORMAL))
    await team.tell()
    assert [value for what, _, value in team.sim.decided if what == "priority"] == ["urgent", None]


def fields_here(team: Team) -> dict[str, str]:
    (row,) = team.rows("SELECT DISTINCT t.attributes FROM contact t JOIN conversation c ON c.contact_id = t.id")
    return dict(json.loads(row[0]))


async def test_what_is_known_of_a_customer_goes_both_ways(team: Team) -> None:
    sim, there = team.sim, team.sim.of(MAI).contact
    (outcome,) = team.take(said("m-1", Person("1", "chatwoot", "Mai", verified=True, vouched=(("platform", WHO),))))
    (contact,) = team.rows("SELECT id FROM contact")[0]
    team.set_fields(contact, size="S", kho="Hà Nội")
    sim.knows(there, size="M", spent=100)
    team.take(stands_there(status=Status.OPEN, who=WHO, customer={"size": "M", "spent": "100"}))
    assert fields_here(team) == {"size": "S", "kho": "Hà Nội", "spent": "100"}  # what is here already stays at first
    await team.tell()
    assert there.fields == {"size": "S", "kho": "Hà Nội", "spent": 100}  # what was decided here is told
    told = len(sim.decided)
    team.take(CustomerChanged(WHO, 0, {"size": "L", "kho": "Hà Nội", "spent": "100"}))
    assert fields_here(team)["size"] == "L"
    team.take(CustomerChanged(WHO, 0, {"size": "L", "kho": "Hà Nội"}))
    assert fields_here(team) == {"size": "L", "kho": "Hà Nội"}
    await team.tell()
    assert len(sim.decided) == told  # it is what they have
    team.set_fields(contact, kho="", size="XL")
    await team.tell()
    assert there.fields == {"size": "XL", "spent": 100}
    causes = team.rows("SELECT DISTINCT cause FROM event WHERE kind = 'contact.changed' AND actor_kind = 'system'")
    assert [row[0] for row in causes] == ["mirror"]
    assert outcome.conversation


async def test_an_old_thread_does_not_undo_a_field(team: Team) -> None:
    one, two = (Person(n, "chatwoot", "Mai", verified=True, vouched=(("platform", WHO),)) for n in "12")
    team.sim.open(MAI)
    team.take(said("m-1", one), said("m-2", two))
    (contact,) = team.rows("SELECT DISTINCT contact_id FROM conversation")[0]
    for thread in "12":
        team.take(stands_there(thread, status=Status.OPEN, who=WHO, customer={"size": "S"}))
    team.take(stands_there("1", at=5, status=Status.OPEN, who=WHO, customer={"size": "M"}))
    team.set_fields(contact, size="L")
    team.take(stands_there("2", at=6, status=Status.OPEN, who=WHO, customer={"size": "M"}))
    assert fields_here(team) == {"size": "L"}
    await team.tell()
    assert team.sim.of(MAI).contact.fields == {"size": "L"}
    assert [what for what, _, _ in team.sim.decided] == ["fields"]


async def test_an_attribute_that_can_be_no_field_here_stays_there(team: Team) -> None:
    team.take(said("m-1", Person("1", "chatwoot", "Mai", verified=True, vouched=(("platform", WHO),))))
    team.take(CustomerChanged("chatwoot:x/1/77", 0, {"size": "S"}))  # somebody who never wrote here
    team.take(CustomerChanged(WHO, 0, {"9_lives": "x", "size": "S"}))
    assert fields_here(team) == {"size": "S"}


async def test_team_and_fields_of_a_conversation_stand_in_the_panel(team: Team) -> None:
    top = conversation_of(team)
    team.take(stands_there(status=Status.OPEN, team="Giao hàng", fields={"kho": "Thủ\x1b[31m Đức"}))

    def shown() -> dict[str, str]:
        return dict(team.world.db.read_now(lambda db: panel(db, top, me="an", now=team.world.now)).attributes)

    assert shown() == {"team": "Giao hàng", "kho": "Thủ\ufffd[31m Đức"}
    team.take(stands_there(at=5, status=Status.OPEN, team="", fields={}))
    assert shown() == {}


async def test_an_old_word_does_not_undo_what_was_decided_here(team: Team) -> None:
    top = conversation_of(team)
    team.take(stands_there(at=10, status=Status.OPEN, labels=("vip",)))
    team.does("resolve", top)
    team.take(stands_there(at=11, status=Status.OPEN, labels=("vip", "mới")))  # a label only: nobody reopened it
    assert team.stands(top) == ("resolved", None, ["mới", "vip"])
    team.take(stands_there(at=9, status=Status.PENDING))
    assert team.stands(top)[0] == "resolved"


async def test_a_note_comes_once_and_ours_is_known_again(team: Team) -> None:
    top = conversation_of(team)
    theirs = NoteReceived("n-1", CUSTOMER, 1_790_000_000_500, "khách quen", "Lan")
    assert [one.what for one in team.take(theirs, theirs)] == ["new", "duplicate"]
    team.does("note", top, text="gọi lại sau 5 giờ")
    ref = team.rows("SELECT id FROM message WHERE direction = 'note' AND author = 'an'")[0]["id"]
    (echo,) = team.take(NoteReceived("n-2", CUSTOMER, 1_790_000_002_000, "an: gọi lại sau 5 giờ", "unibox", ref))
    assert echo.what == "duplicate"
    assert len(team.rows("SELECT 1 FROM message WHERE direction = 'note'")) == 2
    await team.tell()
    assert [message for message in team.sim.of(MAI).messages if message["private"]] == []  # they have both


# -- what we decide --------------------------------------------------------------------------------------------------------


async def test_what_is_decided_here_is_so_there_once(team: Team) -> None:
    top = conversation_of(team)
    team.take(stands_there(status=Status.OPEN, labels=(), assignee=""))
    team.does("label", top, labels=["Giao thiếu", "VIP"])
    team.does("assign", top, agent="an")
    team.does("snooze", top, until=team.world.now + 3_600_000)
    await team.tell()
    one = team.sim.of(MAI)
    assert (one.status, one.labels) == ("snoozed", ["giao-thiếu", "vip"])
    assert one.assignee is not None
    assert one.assignee.id == 12
    told = list(team.sim.decided)
    echo = stands_there(
        at=20,
        status=Status.SNOOZED,
        until=one.until * 1000 if one.until else None,
        labels=tuple(one.labels),
        assignee="an",
    )
    team.take(echo)
    await team.tell()
    assert team.sim.decided == told
    assert len(told) == 3


async def test_undo_is_told_too(team: Team) -> None:
    top = conversation_of(team)
    team.take(stands_there(status=Status.OPEN, labels=(), assignee=""))
    team.does("resolve", top)
    await team.tell()
    assert team.sim.of(MAI).status == "resolved"
    team.does("undo", top)
    await team.tell()
    assert team.sim.of(MAI).status == "open"


async def test_an_outage_is_waited_out_and_the_end_of_it_is_told(team: Team) -> None:
    top = conversation_of(team)
    team.take(stands_there(status=Status.OPEN, labels=(), assignee=""))
    team.sim.faults.refuse(status=503, times=3)
    team.does("resolve", top)
    await team.tell()
    team.does("reopen", top)
    team.does("pending", top)
    for _ in range(4):
        team.world.later(400_000)
        await team.tell()
    assert team.sim.of(MAI).status == "pending"
    assert [what for what, _, _ in team.sim.decided] == ["status"]


async def test_a_note_leaves_once_though_its_answer_is_lost(team: Team) -> None:
    top = conversation_of(team)
    team.sim.clock.forward(ms=team.world.now - team.sim.clock())
    team.sim.faults.drop_answer(on="/messages")
    team.does("note", top, text="khách quen")
    await team.tell()
    team.world.later(400_000)
    await team.tell()
    notes = [message for message in team.sim.of(MAI).messages if message["private"]]
    assert [message["content"] for message in notes] == ["an: khách quen"]
    key = team.rows("SELECT k.provider_id FROM message_key k JOIN message m ON m.n = k.n WHERE m.direction = 'note'")
    assert [row["provider_id"] for row in key] == [str(notes[0]["id"])]


async def test_what_is_refused_holds_up_nothing(team: Team) -> None:
    top = conversation_of(team)
    (other,) = team.take(said("m-9", Person("99", "chatwoot", "Bạn", verified=True)))  # they have deleted it
    team.take(stands_there(status=Status.OPEN), stands_there("99", status=Status.OPEN))
    team.does("resolve", int(other.conversation))
    team.does("resolve", top)
    await team.tell()
    assert team.sim.of(MAI).status == "resolved"
    assert team.broken == []


async def test_an_agent_unknown_there_takes_nothing_from_anybody(team: Team) -> None:
    top = conversation_of(team)
    team.world.db.write_now(lambda tx: agents.ensure(tx, "binh"))
    team.take(stands_there(status=Status.OPEN, labels=(), assignee=""))
    team.does("assign", top, agent="binh")
    await team.tell()
    assert team.sim.decided == []
    team.take(stands_there(at=30, status=Status.PENDING))  # given there to somebody unknown here
    assert team.stands(top)[1] == "binh"


async def test_a_dead_token_asks_for_a_person(team: Team) -> None:
    top = conversation_of(team)
    team.take(stands_there(status=Status.OPEN))
    team.parts.secrets["token"] = "dead-token-0000"
    team.does("resolve", top)
    await team.tell()
    assert [type(error).__name__ for error in team.broken] == ["CredentialsRejected"]


# -- canned replies --------------------------------------------------------------------------------------------------------


def test_who_changed_what_is_told_by_what_both_had() -> None:
    base = {"a": "1", "b": "1", "c": "1", "d": "1", "e": "1", "f": "1"}
    ours = {"a": "2", "b": "1", "d": "1", "e": "2", "f": "1", "new": "n"}
    theirs = {"a": "1", "b": "2", "c": "1", "e": "3", "f": "1", "theirs": "t"}
    plan = mirror_canned.planned(ours, theirs, base, {name: f"id-{name}" for name in theirs})
    assert plan.put == (("a", "2", "id-a"), ("new", "n", ""))
    assert plan.take == (("b", "2"), ("e", "3"), ("theirs", "t"))
    assert plan.drop == ("id-c",)
    assert plan.lose == ("d",)


async def test_canned_replies_go_both_ways(team: Team) -> None:
    db, connector = team.world.db, team.parts.connector
    row = db.read_now(lambda c: inboxes.by_id(c, team.inbox))

    def ours() -> dict[str, str]:
        return db.read_now(lambda c: {one["shortcut"]: one["text"] for one in mirrors.canned_ours(c, "inbox:cw")})

    def theirs() -> dict[str, str]:
        return {one["short_code"]: one["content"] for one in team.sim.canned.values()}

    team.sim.canned[5] = {"id": 5, "short_code": "gia", "content": "Dạ giá 350k ạ"}
    db.write_now(lambda tx: canned.put(tx, "ship", "Ship 30k ạ", scope="inbox:cw"))
    db.write_now(lambda tx: canned.put(tx, "team", "của cả nhóm"))
    await mirror_canned.both_ways(db, row, connector)
    assert ours() == theirs() == {"gia": "Dạ giá 350k ạ", "ship": "Ship 30k ạ"}
    db.write_now(lambda tx: canned.put(tx, "gia", "Dạ giá 300k ạ", scope="inbox:cw"))
    team.sim.canned = {id: one for id, one in team.sim.canned.items() if one["short_code"] != "ship"}
    await mirror_canned.both_ways(db, row, connector)
    assert ours() == theirs() == {"gia": "Dạ giá 300k ạ"}
    db.write_now(lambda tx: canned.drop(tx, "gia", "inbox:cw"))
    await mirror_canned.both_ways(db, row, connector)
    assert ours() == theirs() == {}


def test_labels_are_spelt_with_what_may_stand_there() -> None:
    assert [spelt(name) for name in ("Giao thiếu", "VIP!", "ส่งของแล้ว", "  a / b ", "***")] == [
        "giao-thiếu", "vip", "ส่งของแล้ว", "a-b", "",
    ]  # fmt: skip


async def test_one_canned_reply_that_is_refused_holds_up_no_other(team: Team) -> None:
    db, connector = team.world.db, team.parts.connector
    row = db.read_now(lambda c: inboxes.by_id(c, team.inbox))
    db.write_now(lambda tx: canned.put(tx, "dài", "x" * 10_001, scope="inbox:cw"))
    db.write_now(lambda tx: canned.put(tx, "ship", "Ship 30k ạ", scope="inbox:cw"))
    await mirror_canned.both_ways(db, row, connector)
    assert [one["short_code"] for one in team.sim.canned.values()] == ["ship"]
    assert {one["shortcut"] for one in db.read_now(lambda c: mirrors.canned_ours(c, "inbox:cw"))} == {"dài", "ship"}


async def test_who_was_forgotten_begins_anew(team: Team) -> None:
    top = conversation_of(team)
    (row,) = team.rows("SELECT contact_id FROM conversation")

    def forget(tx: Any) -> None:
        found = forgetting.traces(tx.db, row["contact_id"])
        forgetting.words(tx, found.messages)
        forgetting.person(tx, AN, found, {"messages": len(found.messages)})

    team.world.db.write_now(forget)
    (outcome,) = team.take(said("m-77"))
    assert outcome.conversation != top
