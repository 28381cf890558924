from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from unibox_tui.config.watching import watch
from unibox_tui.host.files import write_atomic


class Changes:
    def __init__(self, path: Path, polling: bool) -> None:
        self.stop = asyncio.Event()
        self.seen = 0
        self.news = asyncio.Event()
        self.task = asyncio.create_task(self._follow(watch(path, stop=self.stop, polling=polling)))

    async def _follow(self, changes: AsyncIterator[None]) -> None:
        async for _ in changes:
            self.seen += 1
            self.news.set()

    async def next(self) -> None:
        async with asyncio.timeout(20):
            await self.news.wait()
        self.news.clear()

    async def end(self) -> None:
        self.stop.set()
        with contextlib.suppress(asyncio.CancelledError):
            async with asyncio.timeout(20):
                await self.task


@pytest.mark.parametrize(
    "polling", [pytest.param(False, id="inotify"), pytest.param(True, id="polling", marks=pytest.mark.slow)]
)
async def test_each_way_of_saving_is_noticed(tmp_path: Path, polling: bool) -> None:
    path = tmp_path / "config.toml"
    path.write_text("a = 1")
    changes = Changes(path, polling)
    await asyncio.sleep(0.7)
    for count, save in enumerate(
        (
            lambda: write_atomic(path, b"a = 2"),
            lambda: path.write_text("a = 33"),
            lambda: write_atomic(path, b"a = 444"),  # a watch on the file itself would be dead by now
        ),
        1,
    ):
        save()
        await changes.next()
        assert changes.seen == count
    (tmp_path / "other").write_text("x")
    path.write_text("a = 444")
    await asyncio.sleep(0.8)
    assert changes.seen == 3, "other files, and saving the same again, are no change"
    await changes.end()


async def test_the_target_of_a_link_is_watched(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "unibox.toml"
    real.parent.mkdir()
    real.write_text("a = 1")
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "config.toml").symlink_to(real)
    changes = Changes(folder / "config.toml", False)
    await asyncio.sleep(0.7)
    write_atomic(real, b"a = 2")
    await changes.next()
    await changes.end()
