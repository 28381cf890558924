"""Two Unix users of one group on one store: both work, neither can take the other's file away."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import stat
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from unibox_tui.desk import answer, triage
from unibox_tui.domain.inbound import MessageReceived, Person
from unibox_tui.domain.policy import Capabilities
from unibox_tui.domain.words import Author
from unibox_tui.host.bell import BellFile, BellListener
from unibox_tui.host.checks import inspect, refuse_if_unsafe
from unibox_tui.host.findings import Level
from unibox_tui.host.locks import FileLock, is_taken
from unibox_tui.host.media import MediaStore
from unibox_tui.host.paths import Home, agent_name
from unibox_tui.store import agents, changes, inboxes
from unibox_tui.store.database import Database
from unibox_tui.store.events import Actor
from unibox_tui.sync.facts import Rules, prepare
from unibox_tui.sync.ingest import ingest

SERVICE, AGENT, STRANGER, GROUP, OTHERS = 61_001, 61_002, 61_003, 61_000, 61_009

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can work as two other users")


class Colleague:
    """A process of another user that does what it is asked, one thing after the other."""

    def __init__(self, uid: int, gid: int = GROUP) -> None:
        ask_read, self._ask = os.pipe()
        self._told, tell_write = os.pipe()
        self._work: dict[str, Callable[..., Any]] = {}
        self.pid = os.fork()
        if self.pid == 0:
            # A pipe that another colleague holds open, too, would never end.
            for descriptor in {int(name) for name in os.listdir("/proc/self/fd")} - {0, 1, 2, ask_read, tell_write}:
                with contextlib.suppress(OSError):
                    os.close(descriptor)
            try:
                os.umask(0o022)
                os.setgroups([])
                os.setresgid(gid, gid, gid)
                os.setresuid(uid, uid, uid)
                self._serve(ask_read, tell_write)
            finally:
                os._exit(0)
        os.close(ask_read)
        os.close(tell_write)
        self._answers = os.fdopen(self._told)

    @staticmethod
    def _serve(asked: int, tell: int) -> None:
        kept: dict[str, Any] = {}
        for line in os.fdopen(asked):
            name, *args = json.loads(line)
            try:
                said = {"done": DOINGS[name](kept, *args)}
            except Exception as error:
                said = {"error": type(error).__name__, "words": str(error), "where": traceback.format_exc()}
            os.write(tell, json.dumps(said).encode() + b"\n")

    def tries(self, name: str, *args: Any) -> dict[str, Any]:
        os.write(self._ask, json.dumps([name, *args]).encode() + b"\n")
        told: dict[str, Any] = json.loads(self._answers.readline())
        return told

    def does(self, name: str, *args: Any) -> Any:
        told = self.tries(name, *args)
        assert "error" not in told, told["where"]
        return told["done"]

    def end(self) -> None:
        os.close(self._ask)
        self._answers.close()
        os.waitpid(self.pid, 0)


def prepare_home(kept: dict[str, Any], folder: str, store: str) -> None:
    kept["home"] = home = Home.find(folder).with_store(store)
    home.prepare()


def open_store(kept: dict[str, Any]) -> str:
    home: Home = kept["home"]
    refuse_if_unsafe(home)
    kept["apps"] = FileLock.take_or_fail(home.apps_lock, "the apps' lock", shared=True)
    kept["db"] = Database(home.database, bell=BellFile(home.bell))
    kept["name"] = agent_name()
    kept["db"].write_now(lambda tx: agents.ensure(tx, kept["name"], kept["name"]))
    return str(kept["name"])


def close_store(kept: dict[str, Any]) -> None:
    kept["db"].close()
    kept["apps"].release()


def take_lock(kept: dict[str, Any]) -> None:
    kept["service"] = FileLock.take_or_fail(kept["home"].service_lock, "The service lock", wait=0)


def sees_lock(kept: dict[str, Any]) -> bool:
    return is_taken(kept["home"].service_lock)


def receive(kept: dict[str, Any], text: str) -> None:
    db: Database = kept["db"]

    def write(tx: Any) -> None:
        id = inboxes.ensure(tx, "mail", "email", "Shop A", "Shop A", "hello@shop-a.example", Capabilities())
        row = inboxes.by_id(tx.db, id)
        fact = MessageReceived(text, Person("ha@khach.example", "email", "Hà"), tx.now, text)
        ingest(tx, id, [prepare(fact, row, Rules(), MediaStore(kept["home"].media).put)], Rules())

    db.write_now(write)


def note(kept: dict[str, Any], text: str) -> None:
    actor = Actor(Author.AGENT, kept["name"], "test")
    kept["db"].write_now(lambda tx: answer.note(tx, actor, 10_001, text))


def claim(kept: dict[str, Any]) -> None:
    actor = Actor(Author.AGENT, kept["name"], "test")
    kept["db"].write_now(lambda tx: triage.assign(tx, actor, [10_001], kept["name"]))


def texts(kept: dict[str, Any]) -> list[str]:
    rows = kept["db"].read_now(lambda db: db.execute("SELECT text FROM message_body ORDER BY n").fetchall())
    return [row["text"] for row in rows]


def owner(kept: dict[str, Any]) -> str | None:
    found = kept["db"].read_now(lambda db: db.execute("SELECT assignee FROM conversation").fetchone())
    return None if found is None else found["assignee"]


def hears(kept: dict[str, Any]) -> bool:
    """Rings and hears its own bell; then the colleague's ring is heard by `heard`."""

    async def listen() -> bool:
        listener = BellListener(kept["home"].bell)
        kept["db"].write_now(lambda tx: tx.changed("test", 1))
        heard = await listener.wait(5)
        listener.close()
        return heard

    return asyncio.run(listen())


def keeps(kept: dict[str, Any], text: str) -> str:
    return MediaStore(kept["home"].media).put(text.encode())[0]


def reads(kept: dict[str, Any], sha: str) -> str:
    return MediaStore(kept["home"].media).read(sha).decode()


def wrong(kept: dict[str, Any]) -> list[str]:
    return [f"{one.what} {one.why}" for one in inspect(kept["home"]) if one.level is Level.ERROR]


def head(kept: dict[str, Any]) -> int:
    return int(kept["db"].read_now(changes.head))


def removes(kept: dict[str, Any], path: str) -> None:
    os.unlink(path)


def replaces(kept: dict[str, Any], path: str) -> None:
    mine = Path(path).with_name("mine")
    mine.write_bytes(b"")
    try:
        os.rename(mine, path)
    finally:
        mine.unlink(missing_ok=True)


def looks(kept: dict[str, Any], path: str) -> int:
    return len(Path(path).read_bytes())


DOINGS = {
    one.__name__: one
    for one in (
        prepare_home, open_store, close_store, take_lock, sees_lock, receive, note, claim, texts, owner, hears, keeps, reads,
        wrong, head, removes, replaces, looks,
    )
}  # fmt: skip


@pytest.fixture
def store() -> Iterator[Path]:
    """A folder as the documentation has it made: install -d -m 3770 -o SERVICE -g GROUP."""
    base = Path(tempfile.mkdtemp(prefix="unibox-two-"))
    base.chmod(0o755)
    for uid, gid in ((SERVICE, GROUP), (AGENT, GROUP), (STRANGER, OTHERS)):
        (base / str(uid)).mkdir(mode=0o700)
        os.chown(base / str(uid), uid, gid)
    folder = base / "store"
    folder.mkdir()
    os.chown(folder, SERVICE, GROUP)
    folder.chmod(0o3770)
    yield folder
    shutil.rmtree(base)


@pytest.fixture
def people(store: Path) -> Iterator[tuple[Colleague, Colleague]]:
    # What a process of another account imports later may lie where only root may read: all of it is imported here.
    warm: dict[str, Any] = {}
    prepare_home(warm, str(store.parent / "warm"), "")
    open_store(warm)
    receive(warm, "thiếu áo")
    note(warm, "ghi chú")
    claim(warm)
    reads(warm, keeps(warm, "tệp"))
    wrong(warm)
    hears(warm)
    close_store(warm)
    service, agent = Colleague(SERVICE), Colleague(AGENT)
    for one, uid in ((service, SERVICE), (agent, AGENT)):
        one.does("prepare_home", str(store.parent / str(uid)), str(store))
    yield service, agent
    service.end()
    agent.end()


def modes(store: Path) -> dict[str, tuple[int, int]]:
    found = {}
    for path in sorted(store.rglob("*")):
        status = path.lstat()
        found[str(path.relative_to(store))] = (stat.S_IMODE(status.st_mode), status.st_gid)
    return found


def test_both_write_and_see_each_other(people: tuple[Colleague, Colleague], store: Path) -> None:
    service, agent = people
    assert service.does("open_store") == f"uid{SERVICE}"
    service.does("take_lock")
    service.does("receive", "Shop ơi em nhận thiếu 1 áo")
    assert agent.does("open_store") == f"uid{AGENT}"
    assert agent.does("sees_lock")
    assert "held by another process" in agent.tries("take_lock")["words"]
    for turn in range(20):
        (agent if turn % 2 else service).does("note", f"ghi chú {turn}")
    agent.does("claim")
    wanted = ["Shop ơi em nhận thiếu 1 áo", *(f"ghi chú {turn}" for turn in range(20))]
    for one in people:
        assert [text for text in one.does("texts") if text in wanted] == wanted
        assert one.does("owner") == f"uid{AGENT}"
        assert one.does("hears"), "the bell is rung by one and the other"
        assert one.does("wrong") == []
    assert service.does("head") == agent.does("head")

    sha = service.does("keeps", "tệp của khách")
    assert agent.does("reads", sha) == "tệp của khách"
    sha = agent.does("keeps", "tệp của shop")
    assert service.does("reads", sha) == "tệp của shop"

    found = modes(store)
    for name in ("unibox.db", "unibox.db-wal", "unibox.db-shm", "bell", "run/apps.lock", "run/service.lock"):
        assert found[name] == (0o660, GROUP), name
    for name in ("run", "media", "raw", "spool"):
        assert found[name] == (0o3770, GROUP), name
    files = {name: mode for name, mode in found.items() if name.startswith("media/") and (store / name).is_file()}
    assert set(files.values()) == {(0o640, GROUP)}
    assert len(files) == 2


def test_neither_can_take_the_file_away_and_a_stranger_sees_nothing(
    people: tuple[Colleague, Colleague], store: Path
) -> None:
    service, agent = people
    service.does("open_store")
    agent.does("open_store")
    service.does("receive", "thiếu áo")
    for name in ("unibox.db", "unibox.db-wal", "unibox.db-shm", "bell"):
        for attempt in ("removes", "replaces"):
            assert agent.tries(attempt, str(store / name))["error"] == "PermissionError", (attempt, name)
    stranger = Colleague(STRANGER, OTHERS)
    try:
        assert stranger.tries("looks", str(store / "unibox.db"))["error"] == "PermissionError"
    finally:
        stranger.end()
    assert agent.does("texts") == service.does("texts")


def test_it_works_on_after_either_was_the_last_to_leave(people: tuple[Colleague, Colleague], store: Path) -> None:
    """What SQLite makes anew at an opening is made by whoever opens first."""
    service, agent = people
    service.does("open_store")
    service.does("receive", "một")
    agent.does("open_store")
    service.does("close_store")
    agent.does("note", "hai")
    agent.does("close_store")
    agent.does("open_store")
    agent.does("note", "ba")
    for name in ("unibox.db", "unibox.db-wal", "unibox.db-shm"):
        assert modes(store)[name] == (0o660, GROUP), name
        assert (store / name).stat().st_uid == SERVICE, "or Linux may refuse it to the service: fs.protected_regular"
    service.does("open_store")
    service.does("note", "bốn")
    wanted = ["một", "hai", "ba", "bốn"]
    assert [text for text in service.does("texts") if text in wanted] == wanted


def test_an_agent_may_be_the_first_after_all_have_left(people: tuple[Colleague, Colleague], store: Path) -> None:
    service, agent = people
    service.does("open_store")
    service.does("receive", "một")
    service.does("close_store")
    agent.does("open_store")
    agent.does("note", "hai")
    for one in people:
        assert one.does("wrong") == []
    service.does("open_store")
    assert [text for text in service.does("texts") if text in ("một", "hai")] == ["một", "hai"]
