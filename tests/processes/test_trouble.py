"""A full disk, a store that is gone: said in one line, nothing acknowledged that is not kept, and it goes on afterwards."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import logging
import os
import shutil
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.processes.running import Nursery, Place, deliver, ended, mail, mail_inbox, make_maildir, until
from tests.support.ports import free_port
from tests.support.world import MAIL, World
from unibox_tui.connectors.contract import Batch, Cursor, Item, SendRequest, SendResult
from unibox_tui.desk import answer
from unibox_tui.desk.letter import Letter
from unibox_tui.domain.inbound import InboundAttachment, InboundEvent, MessageReceived, Person
from unibox_tui.service.parts import Parts
from unibox_tui.store import agents, cursors, inboxes, raw_events
from unibox_tui.store.trouble import StoreMoved, StoreUnwritable, passes
from unibox_tui.sync import patience
from unibox_tui.sync.facts import Rules
from unibox_tui.sync.puller import Puller
from unibox_tui.sync.raw import RawEvents
from unibox_tui.sync.sender import Sender


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits of milliseconds instead of seconds."""
    for module in ("patience", "puller"):
        monkeypatch.setattr(f"unibox_tui.sync.{module}.delay_s", lambda *_, **__: 0.01)
    assert patience.delay_s(1) == 0.01


@contextlib.contextmanager
def full(world: World) -> Iterator[None]:
    """Every transaction ends as it does on a full disk."""
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL

    def fail(*_: object) -> None:
        raise error

    world.db._transact = fail  # type: ignore[assignment,method-assign]
    try:
        yield
    finally:
        del world.db._transact


async def until_so(seen: Callable[[], Any]) -> None:
    async with asyncio.timeout(10):
        while not seen():
            await asyncio.sleep(0.005)


def fact(number: int, *, content: bytes | None = None) -> MessageReceived:
    files = () if content is None else (InboundAttachment("a.bin", "application/octet-stream", len(content), content),)
    return MessageReceived(
        f"m{number}", Person("ha@khach.example", "email", "Hà"), number, "thiếu áo", attachments=files
    )


class Stream:
    """A provider that gives its items in order, from the cursor on."""

    def __init__(self, *events: InboundEvent) -> None:
        self.events = events
        self.closed = 0

    async def pull(self, cursors: Mapping[str, Cursor]) -> AsyncIterator[Batch]:
        at = int(cursors.get("live", {}).get("at", 0))
        try:
            while True:
                if at < len(self.events):
                    at += 1
                    yield Batch("live", (Item((self.events[at - 1],), b"raw", str(at)),), {"at": at})
                else:
                    await asyncio.sleep(0.01)
        finally:
            self.closed += 1


def puller(world: World, stream: Any, put: Callable[[bytes], tuple[str, int]]) -> Puller:
    inbox = world.inbox("a")

    async def nothing(*_: object) -> None:
        return None

    row = world.db.read_now(lambda db: inboxes.by_id(db, inbox))
    return Puller(world.db, row, stream, Rules, put, 1, broken=nothing, well=nothing)


@contextlib.asynccontextmanager
async def running(work: Any) -> AsyncIterator[asyncio.Task[Any]]:
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


# -- the parts, one by one -----------------------------------------------------------------------------------------------


def test_a_full_disk_is_named_and_nothing_of_the_transaction_stays(world: World) -> None:
    writer = world.db._writer
    assert writer is not None
    pages = writer.execute("PRAGMA page_count").fetchone()[0]
    writer.execute(f"PRAGMA max_page_count = {pages}")  # as on a full disk, the file cannot grow
    with pytest.raises(StoreUnwritable, match="its disk is full") as caught:
        world.db.write_now(lambda tx: [agents.ensure(tx, f"y{number}", "y" * 3000) for number in range(50)])
    assert passes(caught.value)
    assert str(world.db.path) in str(caught.value)
    assert world.rows("SELECT 1 FROM agent") == []
    writer.execute("PRAGMA max_page_count = 1000000")
    world.db.write_now(lambda tx: agents.ensure(tx, "an", "An"))
    assert len(world.rows("SELECT 1 FROM agent")) == 1


def test_a_store_that_may_only_be_read_is_named(world: World) -> None:
    assert world.db._writer is not None
    world.db._writer.execute("PRAGMA query_only = ON")
    with pytest.raises(StoreUnwritable, match="may only be read"):
        world.db.write_now(lambda tx: agents.ensure(tx, "an", "An"))


@pytest.mark.parametrize("replaced", [True, False])
def test_a_store_that_was_replaced_is_not_written_any_more(world: World, replaced: bool) -> None:
    if replaced:
        shutil.copy(world.db.path, world.db.path.with_name("other"))
        os.replace(world.db.path.with_name("other"), world.db.path)
    else:
        world.db.path.unlink()
    with pytest.raises(StoreMoved, match=r"replaced|removed") as caught:
        world.db.write_now(lambda tx: agents.ensure(tx, "an", "An"))
    assert not passes(caught.value)


async def test_a_file_that_cannot_be_kept_is_asked_for_again(
    world: World, soon: None, caplog: pytest.LogCaptureFixture
) -> None:
    room = False

    def put(data: bytes) -> tuple[str, int]:
        if not room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "media")
        return world.put(data)

    stream = Stream(fact(1), fact(2, content=b"file"), fact(3))
    async with running(puller(world, stream, put).run()):
        await until_so(lambda: stream.closed > 3)
        assert [row["provider_id"] for row in world.rows("SELECT provider_id FROM message_key")] == ["m1"]
        assert world.db.read_now(lambda db: cursors.of_inbox(db, 1)) == {"live": {"at": 1}}
        assert "No space left" in world.row("SELECT error FROM inbox_health")["error"]
        room = True
        await until_so(lambda: len(world.rows("SELECT 1 FROM message")) == 3)
    assert world.row("SELECT error FROM inbox_health")["error"] is None
    assert len(world.media) == 1
    said = [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
    assert said == ["inbox a waits: No space left on device (media)."], "once, however often it was tried"


async def test_mail_waits_while_the_store_is_full(world: World, soon: None) -> None:
    stream = Stream(*(fact(number) for number in range(1, 4)))
    taking = puller(world, stream, world.put)
    with full(world):
        async with running(taking.run()):
            await until_so(lambda: stream.closed > 3)
    assert world.rows("SELECT 1 FROM message") == []
    async with running(taking.run()):
        await until_so(lambda: len(world.rows("SELECT 1 FROM message")) == 3)


async def test_one_bad_message_takes_only_itself_out(world: World, soon: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """It fails after a conversation was made for it: nothing of it stays but the quarantined bytes."""
    from unibox_tui.store import messages

    add = messages.add_found

    def fail(tx: Any, n: int, conversation: int, found: Any) -> None:
        if world_key(tx, n) == "m2":
            raise KeyError("Hà")
        add(tx, n, conversation, found)

    def world_key(tx: Any, n: int) -> str:
        return str(tx.value("SELECT provider_id FROM message_key WHERE n = :n", n=n))

    monkeypatch.setattr(messages, "add_found", fail)
    both = Stream(fact(1), fact(2), fact(3))
    async with running(puller(world, both, world.put).run()):
        await until_so(lambda: len(world.rows("SELECT 1 FROM message")) == 2)
    assert [row["state"] for row in world.rows("SELECT state FROM raw_event")] == ["quarantined"]


async def test_a_hole_in_a_connector_stops_one_inbox_for_a_while_only(
    world: World, soon: None, caplog: pytest.LogCaptureFixture
) -> None:
    class Holed(Stream):
        async def pull(self, cursors: Mapping[str, Cursor]) -> AsyncIterator[Batch]:
            self.closed += 1
            if self.closed < 3:
                raise KeyError("Nguyễn Thị Hà 0123456789")
            async for batch in super().pull(cursors):
                yield batch

    async with running(puller(world, Holed(fact(1)), world.put).run()):
        await until_so(lambda: len(world.rows("SELECT 1 FROM message")) == 1)
    assert "KeyError" in caplog.text
    assert "0123" not in caplog.text


async def test_posted_events_wait_and_a_bad_one_is_put_aside(world: World, soon: None) -> None:
    chat = world.inbox("chat", channel="livechat")

    class Parser:
        def parse(self, body: bytes, headers: Mapping[str, str]) -> tuple[MessageReceived, ...]:
            if b"bad" in body:
                raise ZeroDivisionError
            return (fact(int(body)),)

    ids = [
        world.db.write_now(lambda tx, body=body: raw_events.save(tx, chat, "socket", {}, body))
        for body in (b"1", b"bad", b"3")
    ]
    worker = RawEvents(world.db, lambda _: Parser(), lambda _: Rules(), world.put)  # type: ignore[arg-type]
    with full(world):
        async with running(worker.run()) as task:
            await until_so(lambda: worker._patience.failures > 2)
            assert not task.done()
    assert {row["state"] for row in world.rows("SELECT state FROM raw_event")} == {"new"}
    async with running(worker.run()):
        await until_so(lambda: len(world.rows("SELECT 1 FROM raw_event WHERE state = 'done'")) == 2)
    assert world.row("SELECT id FROM raw_event WHERE state = 'quarantined'")["id"] == ids[1]


async def test_an_outcome_that_is_known_is_not_forgotten_for_a_full_disk(world: World, soon: None) -> None:
    inbox, an = world.inbox("a", MAIL), world.agent("an")
    came = world.mail(inbox)
    world.db.write_now(lambda tx: answer.reply(tx, an, came.conversation, Letter(text="Dạ em đây ạ")))
    got: list[str] = []
    on = contextlib.ExitStack()

    class Provider:
        channel = "email"

        async def send(self, request: SendRequest) -> SendResult:
            await request.before_first_byte()
            got.append(request.client_ref)
            on.enter_context(full(world))
            return SendResult(f"p-{request.client_ref}")

    async def nobody(*_: object) -> None:
        raise AssertionError

    sender = Sender(world.db, {inbox: Provider()}, lambda sha: b"", 1, broken=nobody)  # type: ignore[dict-item]
    async with running(sender.run()):
        await until_so(lambda: sender._patience.failures > 2)
        assert world.row("SELECT state FROM outbox")["state"] == "sending"
        on.close()
        await until_so(lambda: world.row("SELECT state FROM outbox")["state"] == "sent")
    assert len(got) == 1


async def test_a_part_is_run_again_after_trouble_and_ends_the_service_after_an_error(soon: None) -> None:
    stop = asyncio.Event()
    parts = Parts(stop)
    times = 0

    async def troubled() -> None:
        nonlocal times
        times += 1
        if times < 4:
            raise StoreUnwritable("The store cannot be written: its disk is full.")
        await asyncio.sleep(3600)

    parts.start("troubled", troubled)
    await until_so(lambda: times == 4)
    assert not stop.is_set()

    async def wrong() -> None:
        raise KeyError("x")

    parts.start("wrong", wrong)
    await stop.wait()
    assert parts.failed == 1
    await parts.end()


# -- the service -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "small"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("no small disk can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: Path) -> Path:
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        for size in (1 << 16, 1 << 10, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"x" * size)
    return filler


@pytest.mark.slow
def test_the_service_on_a_full_disk(nursery: Nursery, small_disk: Path, tmp_path: Path) -> None:
    box, port = make_maildir(tmp_path / "mail", "Sent"), free_port()
    home = Place.at(
        small_disk / "home",
        f'[web]\nlisten = "127.0.0.1:{port}"\n[inbox.form]\nchannel = "form"\nposts_per_minute = 600\n'
        + mail_inbox(box),
    )
    home_log = tmp_path / "service.log"
    try:
        service = nursery.start(home)
        deliver(box, "a", mail(1))
        until(lambda: home.count("message") == 1, what="the first mail")
        filler = fill(small_disk)
        for number in range(2, 12):
            deliver(box, f"b{number}", mail(number, text="thiếu áo " * 4000))
        time.sleep(2)
        acknowledged = [number for number in range(40) if post(port, f"form {number} " + "x" * 20_000) < 400]
        during = home.count("message")
        filler.unlink()
        until(lambda: home.count("message", "inbox_id = 2 OR kind = 'mail'") == 11, seconds=40, what="the mails")
        until(lambda: home.count("raw_event", "state = 'new'") == 0, seconds=40)
        until(lambda: home.count("message", "kind = 'form'") >= len(acknowledged), what="what was acknowledged")
        time.sleep(0.5)
        assert home.count("message", "kind = 'form'") == len(acknowledged), "acknowledged is kept, refused is not"
        assert during < 11 + len(acknowledged)
        assert post(port, "there is room again") < 400
        os.kill(service, 0)
        shutil.copy(home.log, home_log)
        words = home_log.read_text("utf-8")
        waits = [line for line in words.splitlines() if " waits: " in line]
        assert any("full" in line or "No space left" in line for line in waits)
        assert len(waits) < 12, "said once, not at every try"
        assert "Traceback" not in words, words
        assert "thiếu" not in words
        assert "goes on" in words
    finally:
        home.close()


def post(port: int, text: str) -> int:
    """The status; 599 for no answer."""
    body = json.dumps({"name": "Hà", "email": "ha@khach.example", "message": text}).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/f/form", data=body, headers={"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answered:
            return int(answered.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 599


def test_the_service_ends_with_one_line_when_its_store_is_removed(
    nursery: Nursery, place: Callable[..., Place], tmp_path: Path
) -> None:
    box, store = make_maildir(tmp_path / "mail", "Sent"), tmp_path / "store"
    home = place(f'[workspace]\nstore = "{store}"\n' + mail_inbox(box))
    service = nursery.start(home)
    store.rename(store.with_name("gone"))
    deliver(box, "a", mail(1))
    ended(service)
    last = [line for line in home.words().splitlines() if "ERROR" in line]
    assert any(f"{store}/unibox.db was removed" in line for line in last), last
    assert not store.exists()
    assert "Traceback" not in home.words()
    store.mkdir(mode=0o700)
    nursery.start(home)
    opened = Place(home.folder, home.home.with_store(str(store)))
    until(lambda: opened.count("message") == 1, what="the mail, in the new store")
    opened.close()
