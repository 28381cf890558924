"""What is asked of providers now and then: standings, templates, subscriptions, profiles; typing, seen and reactions told."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.support.world import World
from tests.sync.fakes import Around, Fake, work
from unibox_tui.connectors.contract import Standing, Template
from unibox_tui.connectors.errors import CredentialsRejected, OutcomeUnknown, SendRejected, Transient
from unibox_tui.domain.inbound import Person, ProfileSeen
from unibox_tui.store import attention, given, reactions_owed, templates
from unibox_tui.sync import rounds as rounds_module
from unibox_tui.sync.profiles import ProfileWorker
from unibox_tui.sync.reactions import ReactionWorker
from unibox_tui.sync.rounds import Rounds
from unibox_tui.sync.signals import SignalWorker
from unibox_tui.views import health, panel

HOUR = 3_600_000


def rounds(around: Around) -> Rounds:
    return Rounds(around.world.db, around.able, around.broken, around.well)


async def test_each_inbox_is_asked_once_and_health_says_how_it_stands(world: World, monkeypatch: Any) -> None:
    monkeypatch.setattr(rounds_module, "SPREAD_S", 0.0)
    fake = Fake()
    around = Around(world, fake)
    fake.told = Standing(world.now + 48 * HOUR, 120, 500, "OA Premium", notes=("Xác thực còn 30 ngày.",))
    fake.listed = [Template("t1", "giao", "vi", "Đơn {{ma}}", ("ma",))]
    await work(rounds(around), 8)
    assert [fake.count(what) for what in ("standing", "templates", "subscribe")] == [1, 1, 1]
    line = world.db.read_now(lambda db: health.health(db, now=world.now))[0]
    assert (line.quota_left, line.quota_total, line.package) == (120, 500, "OA Premium")
    assert line.token_expires_at == world.now + 48 * HOUR
    assert line.notes == ("Xác thực còn 30 ngày.",)
    assert world.db.read_now(lambda db: templates.of_inbox(db, around.ids[0]))[0].fields == ("ma",)


async def test_the_standing_is_asked_again_ten_minutes_before_the_token_ends(world: World) -> None:
    fake = Fake()
    around = Around(world, fake)
    fake.told = Standing(token_expires_at=world.now + 25 * 60_000)
    wait = await rounds(around)._standing(around.wanted[around.ids[0]])
    assert wait == 15 * 60
    fake.told = Standing(token_expires_at=world.now + 30 * 24 * HOUR)
    assert await rounds(around)._standing(around.wanted[around.ids[0]]) == 3600


async def test_one_in_trouble_holds_up_no_other(world: World, monkeypatch: Any) -> None:
    monkeypatch.setattr(rounds_module, "SPREAD_S", 0.0)
    dead, hanging, fine = Fake(), Fake(), Fake()
    around = Around(world, dead, hanging, fine)
    dead.trouble = {"standing": [CredentialsRejected("The token was refused.")]}

    async def hang() -> Standing:
        await asyncio.Event().wait()
        raise AssertionError

    hanging.standing = hang  # type: ignore[method-assign]
    here = rounds(around)
    for _ in range(8):
        await here.step()
        await asyncio.sleep(0.02)
    assert around.broken_ids == [around.ids[0]]
    assert fine.count("standing") == fine.count("templates") == fine.count("subscribe") == 1
    await here._land()


async def test_after_trouble_all_is_asked_anew(world: World, monkeypatch: Any) -> None:
    monkeypatch.setattr(rounds_module, "SPREAD_S", 0.0)
    fake = Fake()
    around = Around(world, fake)
    here = rounds(around)
    await work(here, 6)
    here.again(around.ids[0])
    await work(here, 6)
    assert fake.count("subscribe") == 2


async def test_a_new_customer_without_a_name_gets_one_and_is_not_asked_about_again(world: World) -> None:
    fake = Fake()
    around = Around(world, fake)
    came = world.chat(around.ids[0], "u1", "xin chào")
    fake.people["u1"] = Person("u1", "visitor", "Trần Minh", language="vi", vouched=(("phone", "0900 000 001"),))
    here = ProfileWorker(world.db, around.able, lambda group: world.rules, around.broken)
    await work(here)
    assert fake.count("profile") == 1
    row = world.row("SELECT name, language FROM contact")
    assert (row["name"], row["language"]) == ("Trần Minh", "vi")
    assert world.row("SELECT verified FROM contact_key WHERE kind = 'phone'")["verified"] == 1
    assert world.conversation(came.conversation)["unread"] == 1, "being asked about is no arrival"
    world.later(8 * 24 * HOUR)
    here._next.clear()
    await work(here)
    assert fake.count("profile") == 2, "weekly while they are here"
    world.later(60 * 24 * HOUR)
    here._next.clear()
    await work(here)
    assert fake.count("profile") == 2, "who is away is not asked about"
    world.chat(around.ids[0], "u1", "shop ơi")
    here._next.clear()
    await work(here)
    assert fake.count("profile") == 3


async def test_a_name_people_gave_stays_when_the_provider_has_another(world: World) -> None:
    fake = Fake()
    around = Around(world, fake)
    world.chat(around.ids[0], "u1", "hi", name="minh1990")
    world.db.write_now(lambda tx: tx.run("UPDATE contact SET name = 'anh Minh giao sỉ'"))
    fake.people["u1"] = Person("u1", "visitor", "Minh Trần")
    await work(ProfileWorker(world.db, around.able, lambda group: world.rules, around.broken))
    assert world.row("SELECT name FROM contact")["name"] == "anh Minh giao sỉ"
    assert world.row("SELECT name FROM identity")["name"] == "Minh Trần"


def test_what_a_form_gave_is_kept_with_source_and_date(world: World) -> None:
    inbox = Around(world, Fake()).ids[0]
    person = Person("u1", "visitor", "Hà", phone="0900000002", attributes={"address": "12 Phố Huế"})
    world.take(inbox, ProfileSeen(person, world.now, "Zalo form"))
    contact = world.row("SELECT id FROM contact")["id"]
    assert world.db.read_now(lambda db: given.known(db, contact)) == {
        "name": "Hà",
        "phone": "0900000002",
        "address": "12 Phố Huế",
    }
    row = world.row("SELECT * FROM given WHERE name = 'address'")
    assert (row["source"], row["at"]) == ("Zalo form", world.now)
    first = world.now
    world.later(1000)
    world.take(inbox, ProfileSeen(person, world.now, "another form"))
    assert world.row("SELECT at FROM given WHERE name = 'address'")["at"] == first


async def test_typing_is_told_while_it_lasts_and_seen_once(world: World) -> None:
    fake = Fake()
    around = Around(world, fake)
    came = world.chat(around.ids[0], "u1", "hi", id="m1")
    here = SignalWorker(world.db, around.able)
    world.later(10)
    world.db.write_now(lambda tx: attention.present(tx, "an", "s1", came.conversation, "typing"))
    world.db.write_now(lambda tx: attention.mark_read(tx, "an", came.conversation, came.n))
    await work(here)
    assert [detail for what, detail in fake.asked if what == "typing"] == [("u1", True)]
    assert [detail for what, detail in fake.asked if what == "seen"] == [("u1", "m1")]
    world.later(10_000)
    fake.trouble = {"typing": [Transient("busy")]}
    await work(here)
    assert fake.asked[-1] == ("typing", ("u1", False))
    assert world.row("SELECT count FROM inbox_hour WHERE what = 'error'")["count"] == 1


async def test_seen_and_typing_are_not_told_where_the_inbox_does_not_want_it(world: World) -> None:
    fake = Fake()
    around = Around(world, fake, send_seen=False, send_typing=False)
    came = world.chat(around.ids[0], "u1", "hi")
    here = SignalWorker(world.db, around.able)
    world.db.write_now(lambda tx: attention.present(tx, "an", "s1", came.conversation, "typing"))
    world.db.write_now(lambda tx: attention.mark_read(tx, "an", came.conversation, came.n))
    await work(here)
    assert fake.asked == []


async def test_a_reaction_is_sent_until_it_is_taken_and_only_the_last_one_counts(world: World) -> None:
    fake = Fake()
    around = Around(world, fake)
    n = world.chat(around.ids[0], "u1", "cảm ơn shop", id="m1").n
    here = ReactionWorker(world.db, around.able, around.broken)
    fake.trouble["react"] = [OutcomeUnknown("the line broke")]
    world.db.write_now(lambda tx: reactions_owed.want(tx, n, "👍", "an"))
    await work(here)
    world.later(600_000)
    await work(here)
    assert [detail for what, detail in fake.asked if what == "react"] == [("u1", "m1", "👍")] * 2
    assert world.rows("SELECT 1 FROM reaction_owed") == []
    assert world.row("SELECT emoji FROM reaction")["emoji"] == "👍"
    fake.trouble["react"] = [SendRejected("Too old for a reaction.")]
    world.db.write_now(lambda tx: reactions_owed.want(tx, n, "🙏", "an"))
    await work(here)
    row = world.row("SELECT state, reason FROM reaction_owed")
    assert (row["state"], row["reason"]) == ("failed", "Too old for a reaction.")


def test_what_was_given_stands_in_the_panel(world: World) -> None:
    inbox = Around(world, Fake()).ids[0]
    came = world.chat(inbox, "u1", "hi")
    assert came.conversation is not None
    world.take(
        inbox,
        ProfileSeen(Person("u1", "visitor", attributes={"address": "12 Phố \x1b[31mHuế"}), world.now, "Zalo form"),
    )
    shown = world.db.read_now(lambda db: panel.panel(db, came.conversation, me="an", now=world.now))
    assert shown.given == (("address", "12 Phố \N{REPLACEMENT CHARACTER}[31mHuế", "Zalo form", world.now),)
