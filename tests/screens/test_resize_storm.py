"""A terminal that is pulled about while customers write and a reply is half typed."""

from __future__ import annotations

import itertools
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.house import ROOT, App, until
from tests.support.world import CHAT, World
from unibox_tui.host.bell import BellFile
from unibox_tui.host.paths import agent_name
from unibox_tui.store import agents
from unibox_tui.store.database import Database
from unibox_tui.text.width import width

pytestmark = [
    pytest.mark.server,
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux"),
]
SIZES = [(80, 24), (300, 80), (120, 30), (81, 25), (200, 50), (99, 24), (160, 78)]
STORM = 40
NAMES = ("Nguyễn Thị Hà", "สมชาย ใจดี", "Alice Hartley", "Lê Quốc Bảo", "นภา วงศ์ดี")
DRAFT = "Dạ chị chờ em một chút ạ, พัสดุถึงพรุ่งนี้ค่ะ"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    folder = tmp_path / "home"
    subprocess.run([sys.executable, "-m", "unibox_tui", "--home", str(folder), "init"], check=True, capture_output=True)
    bell = BellFile(folder / "bell")
    with Database(folder / "unibox.db", bell=bell) as db:
        world = World(db, db.now())
        world.inbox("quan", CHAT, channel="zalo")
        for n in range(30):
            world.chat(1, f"khach{n}", f"ขอถามหน่อยค่ะ ชิ้นที่ {n}", name=NAMES[n % len(NAMES)])
        me = agent_name()
        db.write_now(lambda tx: agents.ensure(tx, me))
        db.write_now(lambda tx: tx.run("UPDATE conversation SET assignee = :me", me=me))
        yield world
    bell.close()


@pytest.fixture
def app(world: World, tmp_path: Path) -> Iterator[App]:
    argv = [sys.executable, "-m", "unibox_tui", "--home", str(world.db.path.parent)]
    environ = {"LANG": "C.UTF-8", "TZ": "UTC", "TERM": "xterm-256color", "PYTHONPATH": str(ROOT)}
    app = App(argv, 120, 30, environ, tmp_path)
    try:
        yield app
    finally:
        app.close()


def settled(app: App) -> str:
    """The screen without what the clock alone may change."""
    return "\n".join(line for n, line in enumerate(app.quiet().split("\n")) if n != 0)


def test_a_storm_of_sizes_leaves_the_draft_and_the_screen_whole(app: App, world: World) -> None:
    rng = random.Random(11)
    app.see("r reply")
    app.keys("Enter")
    app.typed(f"r{DRAFT}")
    app.see(DRAFT)

    for n, (columns, lines) in zip(range(STORM), itertools.cycle(SIZES), strict=False):
        app.resize(columns, lines)
        world.chat(1, f"khach{rng.randrange(40)}", f"Shop ơi, tin thứ {n}", name="Trần Thị Bưởi")
        if n % 5 == 4:
            app.typed(".")
    dots = "." * (STORM // 5)

    for columns, lines in ((120, 30), (80, 24), (300, 80)):
        app.resize(columns, lines)
        app.see(DRAFT + dots, "tin thứ")
        after_storm = settled(app)
        rows = app.lines
        assert len(rows) <= lines
        assert all(width(row) <= columns for row in rows)

        def fresh(columns: int = columns, lines: int = lines) -> str:
            app.resize(columns + 5, lines + 2)
            app.quiet(seconds=0.1)
            app.resize(columns, lines)
            return settled(app)

        painted = fresh()
        if painted != after_storm:  # a minute may have gone by between the two
            after_storm, painted = painted, fresh()
        assert after_storm == painted

    app.keys("Escape")
    rows_of = "SELECT text FROM draft WHERE text LIKE 'Dạ chị chờ%'"
    until(lambda: [row["text"] for row in world.rows(rows_of)] == [DRAFT + dots], else_=app.screen)
    app.keys("g", "g")
    app.quiet()
    app.keys("Q")
    app.see("ENDED 0")
