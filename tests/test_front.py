from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from unibox_tui import front, service
from unibox_tui.config.model import Config, Workspace
from unibox_tui.domain.errors import Refused, UniboxError
from unibox_tui.front import keep_time
from unibox_tui.host.locks import FileLock
from unibox_tui.host.paths import Home
from unibox_tui.widgets.when import clock

NOON_IN_HANOI = 1_795_410_000_000  # 05:00 UTC


@pytest.fixture(autouse=True)
def own_zone(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_the_screen_shows_times_in_the_workspaces_zone() -> None:
    assert clock(NOON_IN_HANOI) == "05:00"
    keep_time(Config(workspace=Workspace(timezone="Asia/Ho_Chi_Minh")))
    assert clock(NOON_IN_HANOI) == "12:00"


def test_an_unknown_zone_is_named() -> None:
    with pytest.raises(UniboxError, match="Asia/Nowhere"):
        keep_time(Config(workspace=Workspace(timezone="Asia/Nowhere")))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_only_the_owner_of_a_store_serves_it(tmp_path: Path) -> None:
    home = Home.find(tmp_path / "home")
    home.prepare()
    home.config.write_text("")
    for folder in (*home.store.iterdir(), home.store):
        if folder.is_dir() and folder != home.exports:
            folder.chmod(0o3770)
            os.chown(folder, 61_001, -1)
    with pytest.raises(Refused, match="only uid61001 may serve it"):
        service.main(home, once=True)


async def test_a_killed_service_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home.find(tmp_path / "home")
    home.prepare()
    starts: list[FileLock | None] = []
    monkeypatch.setattr(front, "start_service", lambda home, _: starts.append(FileLock.take(home.service_lock)))
    running = FileLock.take(home.service_lock)
    assert running is not None
    keeping = asyncio.create_task(front.keep_served(home, soon=0.01, seldom=0.02))
    try:
        await asyncio.sleep(0.1)
        assert starts == []
        running.release()
        async with asyncio.timeout(5):
            while not starts:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert len(starts) == 1
    finally:
        keeping.cancel()
