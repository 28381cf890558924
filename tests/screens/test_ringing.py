"""A ringing call is told to whom it concerns: whose phone rings, who has the conversation, else everybody."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.screens.test_one_customer import at_the_desk
from tests.support.screen_text import foot, settle
from tests.support.world import World
from unibox_tui.desk import triage
from unibox_tui.domain.inbound import CallChanged, Person
from unibox_tui.domain.policy import Capabilities
from unibox_tui.screens import ringing

LAN = Person("+84900000011", "phone", "Lan")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.at(tmp_path)


def rings(world: World, line: int, *phones: str, id: str = "call-2") -> int:
    """One more call of Lan's; gives the conversation."""
    step = CallChanged(id, LAN, world.now, "ringing", hotline="1900 0000", rang=phones)
    outcome = world.take(line, step)[0]
    assert outcome.conversation is not None
    return outcome.conversation


def desk(world: World) -> int:
    """A hotline, two colleagues, and a call of Lan's last week, which is done."""
    line = world.inbox("hotline", Capabilities(), channel="voice")
    world.agent("an")
    world.agent("binh")
    world.take(line, CallChanged("call-1", LAN, world.now, "missed"))
    world.later(7 * 86_400_000)
    return line


async def test_the_one_whose_phone_rings_is_told_with_a_key_that_goes_there(world: World, tmp_path: Path) -> None:
    line = desk(world)
    async with at_the_desk(world, tmp_path) as (app, pilot):
        conversation = rings(world, line, "PJSIP/105", "an")
        await settle(pilot, 0.4)
        assert "☎ Lan is calling · 1900 0000 · b goes there" in foot(app)
        await pilot.press("b")
        await settle(pilot, 0.3)
        assert app.inbox.talk.conversation == conversation


async def test_who_has_the_conversation_is_told_whoever_picks_up(world: World, tmp_path: Path) -> None:
    line, an = desk(world), world.agent("an")
    async with at_the_desk(world, tmp_path) as (app, pilot):
        conversation = rings(world, line, id="call-3")
        world.db.write_now(lambda tx: triage.assign(tx, an, [conversation], "an"))
        rings(world, line, "binh")
        await settle(pilot, 0.4)
        assert "Lan is calling" in foot(app)


@pytest.mark.parametrize(("assignee", "phones"), [("binh", ()), (None, ("binh",)), ("binh", ("PJSIP/105",))])
async def test_a_colleagues_call_is_no_news_until_my_phone_rings_too(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, assignee: str | None, phones: tuple[str, ...]
) -> None:
    monkeypatch.setattr(ringing, "WHOSE_S", 0.05)
    line, binh = desk(world), world.agent("binh")
    if assignee:
        world.db.write_now(lambda tx: triage.assign(tx, binh, [10_001], assignee))
    async with at_the_desk(world, tmp_path) as (app, pilot):
        rings(world, line, *phones)
        await settle(pilot, 0.4)
        assert "calling" not in foot(app)
        rings(world, line, "an")
        await settle(pilot, 0.4)
        assert "Lan is calling" in foot(app)


@pytest.mark.parametrize(("moment", "told"), [(0.05, True), (600.0, False)])
async def test_a_call_of_which_nobody_knows_whose_it_is_is_told_to_all_after_a_moment(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: float, told: bool
) -> None:
    monkeypatch.setattr(ringing, "WHOSE_S", moment)
    line = desk(world)
    async with at_the_desk(world, tmp_path) as (app, pilot):
        rings(world, line)
        await settle(pilot, 0.6)
        assert ("Lan is calling" in foot(app)) is told
