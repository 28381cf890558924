"""The learner follows the log: once, in order, with its place saved with what it learned."""

from __future__ import annotations

import pytest

from tests.store.test_lessons import known, make_old, talk
from tests.support.world import CHAT, World
from unibox_tui.automation.learner import LEARNED, Learner
from unibox_tui.learning.model import Model
from unibox_tui.store import lessons
from unibox_tui.store.cursors import StaleFence
from unibox_tui.store.events import Actor

ANSWERS = ("Dạ còn đủ size ạ chị nhé", "Shop mở từ tám giờ sáng ạ", "Phí ship hai mươi nghìn ạ chị")
ASKED = ("còn size M không", "mấy giờ shop mở cửa", "phí ship về Huế")


@pytest.fixture
def an(world: World) -> Actor:
    world.inbox("chat", CHAT, channel="livechat")
    return world.agent("an")


async def all_steps(learner: Learner) -> None:
    for _ in range(100):
        if not await learner.step():
            return
    raise AssertionError("it never came to the end")


async def test_learns_every_answer_once(world: World, an: Actor) -> None:
    for position in range(LEARNED + 3):
        talk(
            world,
            an,
            f"{ASKED[position % 3]} {'abcdefghijklmnopq'[position] * 2}",
            ANSWERS[position % 3],
            who=f"v{position}",
        )
    learner = Learner(world.db, fence=1)
    await all_steps(learner)
    assert len(known(world)) == LEARNED + 3
    talk(world, an, "giày này đi mưa được không", "Dạ giày chống nước nhẹ thôi ạ", who="w")
    await all_steps(Learner(world.db, fence=1))
    assert len(known(world)) == LEARNED + 4


async def test_a_late_holder_learns_nothing(world: World, an: Actor) -> None:
    talk(world, an, ASKED[0], ANSWERS[0])
    await all_steps(Learner(world.db, fence=5))
    talk(world, an, ASKED[1], ANSWERS[1])
    before = known(world)
    with pytest.raises(StaleFence):
        await Learner(world.db, fence=4).step()
    assert known(world) == before


async def test_builds_when_enough_is_new_and_after_forgetting(world: World, an: Actor) -> None:
    ns = [talk(world, an, asked, said, who=asked) for asked, said in zip(ASKED, ANSWERS, strict=True)]
    learner = Learner(world.db, fence=1)
    assert not await learner.settle(), "nothing is known yet"
    await all_steps(learner)
    assert await learner.settle()
    assert world.db.read_now(lessons.state).built
    assert not await learner.settle(), "nothing is new"
    world.db.write_now(lambda tx: lessons.forget(tx, messages=ns[:1]))
    assert not world.db.read_now(lessons.state).built
    assert await learner.settle()
    assert world.db.read_now(lessons.state).size == 2


async def test_canned_replies_of_the_configuration(world: World, an: Actor) -> None:
    talk(world, an, ASKED[2], "Phí ship hai mươi nghìn ạ chị Hoa")
    await all_steps(Learner(world.db, 1, lambda: {"file:ship": "Phí ship hai mươi nghìn ạ {title} {given}"}))
    answers = world.db.read_now(lessons.answers)
    assert [answers[one.answer][0] for one in known(world) if one.answer] == ["file:ship"]


async def test_what_an_older_version_learned_is_read_again_and_built_anew(world: World, an: Actor) -> None:
    for asked, said in zip(ASKED, ANSWERS, strict=True):
        talk(world, an, asked, said, who=asked)
    learner = Learner(world.db, fence=1)
    await all_steps(learner)
    assert await learner.settle()
    before = known(world)
    make_old(world)
    assert known(world) != before
    learner = Learner(world.db, fence=2)
    assert not await learner.settle(), "by the number of examples nothing is new"
    await learner.renew()
    assert known(world) == before
    assert await learner.settle()
    assert world.db.read_now(lessons.model_data) == Model.build(before).dump()
