"""Recordings and files are kept for their time: then their bytes go, the message says so, and so does the log."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.support.ports import free_port
from tests.support.world import CHAT, World
from unibox_tui.config.reading import load
from unibox_tui.domain.errors import NotFound
from unibox_tui.domain.ids import now_ms
from unibox_tui.domain.inbound import CallChanged, InboundAttachment, MessageReceived, Person
from unibox_tui.domain.policy import Capabilities
from unibox_tui.host.desktop import Desktop
from unibox_tui.host.media import MediaStore
from unibox_tui.host.paths import Home
from unibox_tui.service import Service
from unibox_tui.store import media as media_rows
from unibox_tui.store import messages, retention
from unibox_tui.store.database import Database
from unibox_tui.sync.retention import expire
from unibox_tui.views.thread import thread

DAY = 86_400_000
LAN = Person("+84900000011", "phone", "Lan")


@pytest.fixture
def media(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "media")


def called(world: World, media: MediaStore, id: str, spoken: bytes | None) -> int:
    """A call with its recording, fetched; None: it still lies at the exchange."""
    line = world.inbox("hotline", Capabilities(), channel="voice")
    file = InboundAttachment(f"{id}.wav", "audio/wav", remote={"url": f"https://pbx.example/{id}?key=geheim"})
    n = world.take(line, CallChanged(id, LAN, world.now, "ended", talked_ms=5_000, files=(file,)))[0].n
    assert n is not None
    if spoken is not None:
        sha, size = media.put(spoken)
        (row,) = world.rows(f"SELECT id FROM attachment WHERE n = {n}")
        assert world.db.write_now(lambda tx: media_rows.hold(tx, row["id"], sha, size))
    return n


def wrote(world: World, media: MediaStore, id: str, content: bytes) -> int:
    shop = world.inbox("zalo", CHAT, channel="zalo")
    file = InboundAttachment("ảnh.jpg", "image/jpeg", content=content)
    media.put(content)
    n = world.take(shop, MessageReceived(id, Person("z1", "zalo_user"), world.now, "đây ạ", attachments=(file,)))[0].n
    assert n is not None
    return n


def sha(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()


def state(world: World, n: int) -> tuple[str, str | None, str | None]:
    (row,) = world.rows(f"SELECT state, sha256, remote FROM attachment WHERE n = {n}")
    return row["state"], row["sha256"], row["remote"]


async def test_recordings_go_after_their_days_and_the_card_and_the_log_say_so(world: World, media: MediaStore) -> None:
    old, waiting = called(world, media, "call-1", b"RIFF-old"), called(world, media, "call-2", None)
    picture = wrote(world, media, "m1", b"JPEG-old")
    world.later(30 * DAY + 1)
    young = called(world, media, "call-3", b"RIFF-young")
    assert await expire(world.db, media, recordings_days=0, files_days=0) == 0
    assert await expire(world.db, media, recordings_days=30, files_days=0) == 2
    assert state(world, old) == state(world, waiting) == ("deleted", None, None)
    assert not media.has(sha(b"RIFF-old"))
    assert media.has(sha(b"RIFF-young"))
    assert media.has(sha(b"JPEG-old"))
    assert (state(world, young)[0], state(world, picture)[0]) == ("held", "held")
    conversation = world.rows(f"SELECT conversation_id FROM message WHERE n = {old}")[0][0]
    entries = world.db.read_now(lambda db: thread(db, conversation, me="an", now=world.now)).entries
    (file,) = entries[0].files
    assert (file.name, file.state, file.reason) == ("call-1.wav", "deleted", "kept for 30 days")
    told = world.rows("SELECT message_n, cause, actor_kind, data FROM event WHERE kind = 'message.files_deleted'")
    assert [(row["message_n"], row["cause"], row["actor_kind"]) for row in told] == [
        (old, "retention", "system"),
        (waiting, "retention", "system"),
    ]
    assert json.loads(told[0]["data"]) == {"days": 30, "count": 1}
    assert await expire(world.db, media, recordings_days=30, files_days=0) == 0
    desk = Desktop(media, lambda id: world.db.read_now(lambda db: messages.file(db, id)))
    with pytest.raises(NotFound, match="has been deleted"):
        desk.open_file(file.id)
    # The exchange tells of the call once more: the recording is not fetched again.
    called(world, media, "call-1", None)
    assert state(world, old)[0] == "deleted"


async def test_bytes_that_something_younger_has_too_stay(world: World, media: MediaStore) -> None:
    old = wrote(world, media, "m1", b"JPEG-same")
    world.later(10 * DAY)
    young = wrote(world, media, "m2", b"JPEG-same")
    assert await expire(world.db, media, recordings_days=0, files_days=5) == 1
    assert (state(world, old)[:2], state(world, young)[0]) == (("deleted", None), "held")
    assert media.has(sha(b"JPEG-same"))
    world.later(10 * DAY)
    assert await expire(world.db, media, recordings_days=0, files_days=5) == 1
    assert not media.has(sha(b"JPEG-same"))


async def test_a_service_that_died_between_finishes_what_it_began(world: World, media: MediaStore) -> None:
    old = called(world, media, "call-1", b"RIFF-old")
    rows = world.db.read_now(lambda db: retention.due(db, recordings=True, before=world.now + 1, limit=5))
    world.db.write_now(lambda tx: retention.expire(tx, rows, 30))
    assert media.has(sha(b"RIFF-old"))
    assert await expire(world.db, media, recordings_days=0, files_days=0) == 0
    assert not media.has(sha(b"RIFF-old"))
    assert state(world, old) == ("deleted", None, None)


@pytest.mark.slow
async def test_the_service_does_it_as_its_configuration_says(tmp_path: Path) -> None:
    home = Home.find(tmp_path / "home")
    home.prepare()
    home.config.write_text(f'[web]\nlisten = "127.0.0.1:{free_port()}"\n[privacy]\nrecordings_days = 2\n', "utf-8")
    home.config.chmod(0o600)
    kept = MediaStore(home.media)
    world = World(Database(home.database), now=now_ms() - 3 * DAY)
    world.db.now = lambda: world.now
    old = called(world, kept, "call-1", b"RIFF-old")
    world.later(2 * DAY)
    young = called(world, kept, "call-2", b"RIFF-young")
    async with Service(home, load(home.config, inboxes=True), asyncio.Event()), asyncio.timeout(20):
        while kept.has(sha(b"RIFF-old")) or state(world, old)[1] is not None:
            await asyncio.sleep(0.05)
    assert (state(world, old)[0], state(world, young)[0]) == ("deleted", "held")
    assert kept.has(sha(b"RIFF-young"))
    world.db.close()
