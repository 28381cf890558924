"""Files that lie at a provider: fetched once, newest first, tried again, given up with a reason."""

from __future__ import annotations

from typing import Any

from tests.support.world import World
from tests.sync.fakes import Around, Fake, work
from unibox_tui.connectors.errors import CredentialsRejected, Transient, Unparseable
from unibox_tui.domain.inbound import InboundAttachment, MessageReceived, Person
from unibox_tui.store import media
from unibox_tui.sync.media import MAX_TRIES, MediaWorker
from unibox_tui.views.reasons import why


def came(world: World, inbox: int, *ids: str, inert: bool = False) -> int:
    files = tuple(
        InboundAttachment(f"{id}.jpg", "image/jpeg", remote={"id": id, "url": "https://cdn.example/x"}) for id in ids
    )
    world.later(1000)
    fact = MessageReceived(f"m-{ids[0]}", Person("v1", "visitor"), world.now, "ảnh đây ạ", attachments=files)
    outcome = world.take(inbox, fact, inert=inert)[0]
    assert outcome.n is not None
    return outcome.n


def worker(around: Around, gone: list[str] | None = None) -> MediaWorker:
    world = around.world

    def remove(sha: str) -> bool:
        if gone is not None:
            gone.append(sha)
        return True

    return MediaWorker(world.db, around.able, world.put, remove, around.broken)


def states(world: World) -> list[tuple[str, str]]:
    return [
        (row["name"], row["state"]) for row in world.rows("SELECT name, state FROM attachment ORDER BY n, position")
    ]


async def test_fetched_at_once_and_the_pointer_goes(world: World) -> None:
    fake = Fake()
    around = Around(world, fake)
    fake.files["a"] = b"jpeg bytes"
    came(world, around.ids[0], "a")
    await work(worker(around))
    row = world.row("SELECT * FROM attachment")
    assert (row["state"], row["size"], row["remote"]) == ("held", 10, None)
    assert world.media[row["sha256"]] == b"jpeg bytes"
    assert world.row("SELECT 1 FROM change_log WHERE kind = 'conversation' ORDER BY seq DESC LIMIT 1")


async def test_the_newest_first_and_history_last(world: World) -> None:
    fake = Fake()
    around = Around(world, fake)
    fake.files = {id: id.encode() for id in ("old", "mid", "new", "past")}
    came(world, around.ids[0], "old")
    came(world, around.ids[0], "mid")
    came(world, around.ids[0], "new")
    came(world, around.ids[0], "past", inert=True)
    await work(worker(around))
    live = [id for what, id in fake.asked if what == "fetch" and id != "past"]
    assert live == ["new", "mid", "old"]
    assert dict(states(world))["past.jpg"] == "held"


async def test_few_at_a_time_from_one_inbox(world: World) -> None:
    slow, quick = Fake(), Fake()
    around = Around(world, slow, quick)
    many = [f"f{n}" for n in range(20)]
    slow.files = {id: id.encode() for id in many}
    quick.files["q"] = b"q"
    came(world, around.ids[1], "q")
    came(world, around.ids[0], *many)
    await work(worker(around), rounds=10)
    assert slow.most_at_once <= 3
    assert all(state == "held" for _, state in states(world))


async def test_trouble_is_tried_again_later_and_given_up_in_the_end(world: World) -> None:
    fake = Fake()
    around = Around(world, fake)
    came(world, around.ids[0], "a")
    fake.trouble["fetch"] = [Transient("busy") for _ in range(MAX_TRIES)]
    here = worker(around)
    await work(here)
    assert fake.count("fetch") == 1, "it waits before it is tried again"
    for _ in range(MAX_TRIES):
        world.later(3_600_000)
        await work(here)
    row = world.row("SELECT * FROM attachment")
    assert (row["state"], row["reason"], row["tries"]) == ("failed", "busy", MAX_TRIES)
    assert fake.count("fetch") == MAX_TRIES


async def test_a_person_asks_for_a_failed_one_anew(world: World) -> None:
    fake = Fake()
    around = Around(world, fake)
    n = came(world, around.ids[0], "a")
    fake.trouble["fetch"] = [Unparseable("The link is dead.")]
    here = worker(around)
    await work(here)
    assert states(world) == [("a.jpg", "failed")]
    fake.files["a"] = b"now"
    assert world.db.write_now(lambda tx: media.again(tx, n)) == 1
    await work(here)
    assert states(world) == [("a.jpg", "held")]
    assert world.db.write_now(lambda tx: media.again(tx, n)) == 0


async def test_too_large_is_said(world: World) -> None:
    fake = Fake()
    around = Around(world, fake, media_limit_mb=1)
    fake.files["a"] = b"x" * 1_000_001
    came(world, around.ids[0], "a")
    await work(worker(around))
    row = world.row("SELECT state, reason FROM attachment")
    assert row["state"] == "failed"
    assert "1 MB" in why(row["reason"])


async def test_refused_credentials_tell_and_keep_the_file_waiting(world: World) -> None:
    fake = Fake()
    around = Around(world, fake)
    came(world, around.ids[0], "a")
    fake.trouble["fetch"] = [CredentialsRejected("no")]
    await work(worker(around))
    assert around.broken_ids == around.ids
    assert states(world) == [("a.jpg", "remote")]


async def test_bytes_of_a_message_taken_back_meanwhile_are_not_kept(world: World) -> None:
    fake = Fake()
    around = Around(world, fake)
    n = came(world, around.ids[0], "a")
    fake.files["a"] = b"private"
    gone: list[str] = []

    class Late(Fake):
        async def fetch(self, remote: Any, limit: int) -> bytes:
            from unibox_tui.store import messages

            world.db.write_now(lambda tx: messages.unsend(tx, n, tx.now))
            return b"private"

    around.wanted[around.ids[0]] = type(around.wanted[around.ids[0]])(
        around.wanted[around.ids[0]].row, around.wanted[around.ids[0]].settings, Late()
    )
    await work(worker(around, gone))
    assert len(gone) == 1
    assert states(world) == []
