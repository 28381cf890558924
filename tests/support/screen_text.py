"""Reading what an app shows, as lines of text; and running one on the workspace in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot

from tests.support.fake_workspace import FakeWorkspace
from unibox_tui.app import UniboxApp


def shown(app: Any) -> list[str]:
    """The screen's lines without trailing blanks."""
    return [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]


def foot(app: Any) -> str:
    return shown(app)[-1]


def line_with(app: Any, text: str) -> str:
    """The first line that holds `text`; fails with the whole screen."""
    lines = shown(app)
    found = next((line for line in lines if text in line), None)
    assert found is not None, f"{text!r} is not on the screen:\n" + "\n".join(lines)
    return found


async def settle(pilot: Pilot[Any], seconds: float = 0.0) -> None:
    """Until everything asked for has been read and painted."""
    if seconds:
        await asyncio.sleep(seconds)
    for _n in range(3):
        await pilot.pause()
        await asyncio.sleep(0.01)
    await pilot.pause()


@asynccontextmanager
async def running(size: tuple[int, int] = (120, 30), workspace: FakeWorkspace | None = None, **ui: Any) -> AsyncIterator[tuple[UniboxApp, Pilot[Any], FakeWorkspace]]:  # fmt: skip
    """An app that has read its first list."""
    workspace = workspace or FakeWorkspace(**ui)
    app = UniboxApp(workspace)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        yield app, pilot, workspace


async def type_text(pilot: Pilot[Any], text: str) -> None:
    """Letters as a keyboard sends them, ⌫ for backspace."""
    from textual import events

    for character in text:
        key = {"⌫": "backspace", " ": "space", "\n": "enter"}.get(character, character)
        pilot.app.post_message(events.Key(key, None if character in "⌫\n" else character))
    await settle(pilot)
