"""Who asked at the provider to be erased is erased once, when it can be; imports and replays erase nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.world import CHAT, World
from unibox_tui.domain.errors import Refused
from unibox_tui.domain.inbound import MessageReceived, Person
from unibox_tui.host.media import MediaStore
from unibox_tui.store import events, merging
from unibox_tui.store.forgetting import Traces
from unibox_tui.sync import forgetting, withdrawals
from unibox_tui.sync.withdrawals import Withdrawals

GONE = MessageReceived("gone", Person("z1", "zalo_user"), 1_790_000_000_000, "[withdraws consent]", withdraws=True)


@pytest.fixture
def zalo(world: World) -> int:
    return world.inbox("zalo", CHAT, channel="zalo")


def worker(world: World, folder: Path) -> Withdrawals:
    (folder / "media").mkdir(exist_ok=True)
    return Withdrawals(world.db, 1, media=MediaStore(folder / "media"), raw=folder / "raw", spool=folder / "spool")


def erased(world: World) -> list[int]:
    return [row[0] for row in world.rows("SELECT contact_id FROM event WHERE kind = 'contact.forgotten'")]


async def test_once_whatever_comes_again(world: World, zalo: int, tmp_path: Path) -> None:
    world.chat(zalo, "z1", "bimatmatkhau")
    world.take(zalo, GONE)
    await worker(world, tmp_path).step()
    assert erased(world) == [1]
    assert world.take(zalo, GONE)[0].what == "ignored"
    new = world.conversation(world.chat(zalo, "z1", "em quay lại").conversation)["contact_id"]
    await worker(world, tmp_path).step()
    assert erased(world) == [1]
    assert new != 1
    assert world.rows("SELECT 1 FROM identity WHERE address = 'z1'")


async def test_an_import_erases_nobody(world: World, zalo: int, tmp_path: Path) -> None:
    world.take(zalo, GONE, inert=True)
    await worker(world, tmp_path).step()
    assert erased(world) == []
    assert not world.rows("SELECT 1 FROM event WHERE kind = 'contact.forget_asked'")


async def test_whoever_the_identity_belongs_to_by_then_is_erased(world: World, zalo: int, tmp_path: Path) -> None:
    world.chat(zalo, "z2", "bimatmatkhau")
    world.take(zalo, GONE)
    world.chat(zalo, "z3", "ở lại")
    world.db.write_now(lambda tx: merging.merge(tx, events.SYSTEM, 1, 2))
    await worker(world, tmp_path).step()
    assert [row[0] for row in world.rows("SELECT address FROM identity")] == ["z3"]
    assert len(erased(world)) == 1


async def test_it_waits_for_an_answer_on_its_way_and_a_new_service_goes_on(
    world: World, zalo: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.take(zalo, GONE)
    world.take(zalo, MessageReceived("other", Person("z9", "zalo_user"), world.now, "[withdraws]", withdraws=True))
    under_way = [True]

    def settle(tx: object, found: Traces) -> None:
        if under_way[0] and found.contact == 1:
            raise Refused("An answer to them is on its way.", code="under_way")

    monkeypatch.setattr("unibox_tui.store.forgetting.settle", settle)
    first = worker(world, tmp_path)
    pause = await first.step()
    assert erased(world) == [2]
    assert 0 < pause <= withdrawals.FIRST_S
    under_way[0] = False
    again = worker(world, tmp_path)
    await again.step()
    assert erased(world) == [2, 1]
    await worker(world, tmp_path).step()
    assert erased(world) == [2, 1]


async def test_whom_a_colleague_erased_meanwhile_is_not_erased_again(world: World, zalo: int, tmp_path: Path) -> None:
    world.take(zalo, GONE)
    one = worker(world, tmp_path)
    forgetting.forget(
        world.db, world.agent("an"), 1, media=MediaStore(tmp_path / "media"), raw=tmp_path, spool=tmp_path
    )
    await one.step()
    [told] = world.rows("SELECT actor_kind FROM event WHERE kind = 'contact.forgotten'")
    assert told["actor_kind"] == "agent"
