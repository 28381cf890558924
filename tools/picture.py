"""Draws the README's picture: the real app, without a terminal, on the demo's workspace at a fixed time.

`python tools/picture.py` writes docs/picture.txt, docs/picture.svg and the picture in README.md. `--check` writes nothing,
names what is not as it would be written and exits with 1 then.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unibox_tui.workspace import StoreWorkspace

ROOT = Path(__file__).resolve().parent.parent
TEXT = ROOT / "docs" / "picture.txt"
SVG = ROOT / "docs" / "picture.svg"
README = ROOT / "README.md"
IN_README = re.compile(r"(<!-- made by tools/picture.py -->\n```text\n).*?(```\n)", re.DOTALL)

NOW = 1_795_415_520_000  # Monday, 23 November 2026, 13:32 in Bangkok
SIZE = (120, 32)
_VISITOR = re.compile(r"(?<![\w-])v-[\w-]{8,}")
_SHORT_VISITOR = re.compile(r"(?<![\w-])v-…[\w-]{4}")
_SVG_ID = re.compile(r"terminal-\d+")


async def draw(folder: Path) -> tuple[str, str]:
    """(the screen as text, as SVG): who wrote by three channels, at the end of the conversation."""
    from unibox_tui.app import UniboxApp

    async with _workspace(folder) as space:
        number = await _on_three_channels(space)
        app = UniboxApp(space)
        async with app.run_test(size=SIZE) as pilot:
            await _quiet(pilot)
            for key in ("number_sign", *str(number), "enter", "G"):
                await pilot.press(key)
                await _quiet(pilot)
            lines = [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]
            svg = app.export_screenshot(title="unibox")
    return _same_each_time("\n".join(lines) + "\n"), _same_each_time(svg.rstrip() + "\n")


class _workspace:
    """What agent `an` sees of the demo's past, with the clock standing still."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def __aenter__(self) -> StoreWorkspace:
        from unibox_tui.front import zone_of
        from unibox_tui.host.bell import BellFile, BellListener
        from unibox_tui.host.desktop import Desktop
        from unibox_tui.host.media import MediaStore
        from unibox_tui.host.paths import Home
        from unibox_tui.locale import set_language
        from unibox_tui.sandbox import history, workspace
        from unibox_tui.screens.ports import UiSettings
        from unibox_tui.store.database import Database
        from unibox_tui.views.feed import Feed
        from unibox_tui.workspace import StoreWorkspace

        set_language("en")
        place = workspace.make(Home.find(self.folder), web=8787, smtp=2525)
        await asyncio.to_thread(history.seed, place, "an", now=NOW)
        home, config = place.home, place.config()
        self.bell, self.listener = BellFile(home.bell), BellListener(home.bell)
        self.db = Database(home.database, bell=self.bell)
        self.db.now = lambda: NOW
        media = MediaStore(home.media)
        desktop = Desktop(media, lambda _: None)
        return StoreWorkspace(
            self.db, Feed(self.db, self.listener), media, desktop, config, "an", UiSettings(), zone_of(config)
        )

    async def __aexit__(self, *_: object) -> None:
        self.db.close()
        self.listener.close()
        self.bell.close()


async def _on_three_channels(space: StoreWorkspace) -> int:
    page = await space.page("assignee:me", limit=100)
    for row in page.rows:
        thread = await space.thread(row.id)
        if len({entry.channel for entry in thread.entries if entry.direction == "in"}) >= 3:
            return row.id
    raise SystemExit("Nobody in the demo's past writes by three channels any more.")


async def _quiet(pilot: Any) -> None:
    """Until the screen stands still."""
    before, same = "", 0
    for _ in range(200):
        await pilot.pause()
        await asyncio.sleep(0.03)
        now = "\n".join(strip.text for strip in pilot.app.screen._compositor.render_strips())
        same = same + 1 if now == before else 0
        before = now
        if same >= 8:
            return
    raise SystemExit("The screen does not come to rest.")


def _same_each_time(picture: str) -> str:
    """Without what chance makes: ids of chat visitors, and of the SVG's own styles."""
    picture = _VISITOR.sub(lambda match: ("v-" + "Zk3mQ8sT1xYb5nRw7cVd" * 3)[: len(match[0])], picture)
    picture = _SHORT_VISITOR.sub("v-…Zk3m", picture)
    return _SVG_ID.sub("terminal-unibox", picture)


def pictures() -> tuple[str, str]:
    os.environ["TZ"] = "Asia/Bangkok"
    os.environ.pop("NO_COLOR", None)
    time.tzset()
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(draw(Path(folder)))


def main() -> int:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    arguments.add_argument("--check", action="store_true", help="write nothing; exit with 1 when a picture is old")
    check = arguments.parse_args().check
    text, svg = pictures()
    readme = README.read_text("utf-8")
    if not IN_README.search(readme):
        raise SystemExit("README.md has no place for the picture.")
    wanted = {TEXT: text, SVG: svg, README: IN_README.sub(lambda found: found[1] + text + found[2], readme)}
    old = [path for path, content in wanted.items() if not path.exists() or path.read_text("utf-8") != content]
    for path in old:
        print(f"{path.relative_to(ROOT)} {'is not as tools/picture.py draws it' if check else 'written'}")
        if not check:
            path.write_text(wanted[path], "utf-8")
    return 1 if check and old else 0


if __name__ == "__main__":
    sys.exit(main())
