"""Our webhooks: signed, in order, again after a failure, from where they were after a restart."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from tests.desk.test_orders import do, talk
from tests.support.world import World
from unibox_tui.automation.outgoing import RETRY_S, Outgoing, Target, signature
from unibox_tui.store import following_reading

TARGET = Target("crm", "https://crm.example/hook", "s3cret-of-the-hook", ("order",))


class Crm:
    """The other side: takes what it is posted unless told otherwise."""

    def __init__(self) -> None:
        self.status: int | Exception = 200
        self.taken: list[tuple[str, Mapping[str, str], bytes]] = []

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        if isinstance(self.status, Exception):
            raise self.status
        if self.status < 300:
            self.taken.append((url, headers, body))
        return self.status

    @property
    def states(self) -> list[str]:
        return [event["order"]["state"] for _, _, body in self.taken for event in json.loads(body)["events"]]


@pytest.fixture
def crm() -> Crm:
    return Crm()


def outgoing(world: World, crm: Crm, *targets: Target) -> Outgoing:
    async def known() -> Mapping[str, Target]:
        return {one.name: one for one in targets or (TARGET,)}

    return Outgoing(world.db, known, crm.post)


async def drain(hooks: Outgoing, target: Target = TARGET) -> float | None:
    for _ in range(50):
        wait = await hooks.step(target)
        if wait != 0:
            return wait
    raise AssertionError("it never comes to rest")


async def test_it_begins_with_what_happens_next_and_signs_what_it_sends(world: World, crm: Crm) -> None:
    an, id = world.agent("an"), talk(world)
    do(world, an, "order_new", id)
    hooks = outgoing(world, crm)
    assert await drain(hooks) is None
    assert crm.taken == []
    do(world, an, "order_state", id, state="confirmed")
    assert await drain(hooks) is None
    [(url, headers, body)] = crm.taken
    assert url == TARGET.url
    assert headers["X-Unibox-Signature"] == signature("s3cret-of-the-hook", headers["X-Unibox-Timestamp"], body)
    assert headers["X-Unibox-Signature"] != signature("another secret ...", headers["X-Unibox-Timestamp"], body)
    assert crm.states == ["confirmed"]


@pytest.mark.parametrize("trouble", [500, 302, 410, ConnectionResetError()])
async def test_what_fails_is_tried_again_later_and_later_and_nothing_overtakes(
    world: World, crm: Crm, trouble: int | Exception
) -> None:
    an, id = world.agent("an"), talk(world)
    do(world, an, "order_new", id)
    hooks = outgoing(world, crm)
    await drain(hooks)
    crm.status = trouble
    do(world, an, "order_state", id, state="confirmed")
    waits = []
    for _ in range(3):
        waits.append(await drain(hooks))
        world.later(int((waits[-1] or 0) * 1000))
    assert waits == list(RETRY_S[:3])
    row = world.db.read_now(lambda db: following_reading.cursor(db, "crm"))
    assert row is not None
    assert row["attempts"] == 3
    do(world, an, "order_state", id, state="packed")
    crm.status = 200
    again = outgoing(world, crm)  # as after a restart
    assert await drain(again) is None
    assert len(crm.states) == 2
    row = world.db.read_now(lambda db: following_reading.cursor(db, "crm"))
    assert row is not None
    assert (row["attempts"], row["error"]) == (0, None)


async def test_before_its_time_it_is_not_tried(world: World, crm: Crm) -> None:
    an, id = world.agent("an"), talk(world)
    do(world, an, "order_new", id)
    hooks = outgoing(world, crm)
    await drain(hooks)
    crm.status = 503
    do(world, an, "order_state", id, state="confirmed")
    await drain(hooks)
    crm.status = 200
    assert 0 < (await hooks.step(TARGET) or 0) <= RETRY_S[0]
    assert crm.taken == []


async def test_without_a_secret_nothing_leaves(world: World, crm: Crm) -> None:
    an, id = world.agent("an"), talk(world)
    bare = Target("crm", TARGET.url, None)
    hooks = outgoing(world, crm, bare)
    await drain(hooks, bare)
    do(world, an, "order_new", id)
    assert (await hooks.step(bare) or 0) > 0
    assert crm.taken == []


async def test_the_error_it_keeps_holds_no_words(world: World, crm: Crm) -> None:
    an, id = world.agent("an"), talk(world, "bí mật 0903111224")
    target = Target("crm", TARGET.url, "s3cret-of-the-hook", (), words=True)
    hooks = outgoing(world, crm, target)
    await drain(hooks, target)
    crm.status = OSError("bí mật 0903111224")
    do(world, an, "order_new", id)
    await hooks.step(target)
    row = world.db.read_now(lambda db: following_reading.cursor(db, "crm"))
    assert row is not None
    assert "0903" not in row["error"]


async def test_many_events_go_in_pieces(world: World, crm: Crm) -> None:
    an, id = world.agent("an"), talk(world)
    do(world, an, "order_new", id)
    hooks = outgoing(world, crm)
    await drain(hooks)
    for n in range(120):
        do(world, an, "order_set", id, fields={"note": f"lần {n}"})
    assert await drain(hooks) is None
    assert len(crm.states) == 120
    assert len(crm.taken) == 3
