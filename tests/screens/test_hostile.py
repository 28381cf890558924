"""Strangers' words on every part of the screen: nothing of them is markup, moves the cursor, or reaches the terminal raw."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest

from tests.support.fake_workspace import FakeWorkspace
from tests.support.screen_text import running, settle, shown, type_text

HOSTILE = "[@click=app.quit]x[/b]\x1b]52;c;aGk=\x07\x9b31m\u202egnp\r\n\x00[red]"
_RAW = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def poisoned(value: Any) -> Any:
    """Every string of a view model, at any depth, with the hostile text behind it; what is looked up by name stays."""
    if isinstance(value, str):
        return value + HOSTILE
    if isinstance(value, tuple):
        return tuple(poisoned(part) for part in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kept = {
            "status",
            "channel",
            "state",
            "direction",
            "kind",
            "author_kind",
            "priority",
            "assignee",
            "key",
            "query",
            "id",
        }
        changed = {f.name: poisoned(getattr(value, f.name)) for f in dataclasses.fields(value) if f.name not in kept}
        return dataclasses.replace(
            value, **{name: new for name, new in changed.items() if name != "extra" or not isinstance(new, dict)}
        )
    return value


class HostileWorkspace(FakeWorkspace):
    """As if no desk had cleaned anything: the screen's own wall must hold."""

    async def page(self, query: str, **side: Any) -> Any:  # type: ignore[override]
        return dataclasses.replace(page := await super().page(query, **side), rows=poisoned(page.rows))

    async def rows(self, ids: Any) -> Any:
        return [poisoned(row) for row in await super().rows(ids)]

    async def tabs(self) -> Any:
        return [poisoned(tab) for tab in await super().tabs()]

    async def thread(self, conversation: int, **side: Any) -> Any:  # type: ignore[override]
        return poisoned(await super().thread(conversation, **side))

    async def panel(self, conversation: int) -> Any:
        return poisoned(await super().panel(conversation))

    async def health(self) -> Any:
        return [poisoned(line) for line in await super().health()]

    async def history(self, conversation: int) -> Any:
        return [poisoned(line) for line in await super().history(conversation)]

    async def outbox(self) -> Any:
        return [poisoned(line) for line in await super().outbox()]

    async def options(self, kind: str, conversation: int | None = None) -> Any:
        return [
            dataclasses.replace(option, text=option.text + HOSTILE, detail=HOSTILE)
            for option in await super().options(kind)
        ]


@pytest.mark.parametrize("size", [(200, 50), (120, 30), (80, 24), (40, 20)])
@pytest.mark.parametrize(
    "keys", ["", "\n", "\nx", "\ni", "H", "gh", "go", "l", "A", ":", "?", "r", "n/", "\nya", "/a", "gd", "gdgd"]
)
async def test_no_pane_lets_anything_through(size: tuple[int, int], keys: str) -> None:
    async with running(size, HostileWorkspace()) as (app, pilot, _workspace):
        await type_text(pilot, keys)
        await settle(pilot, 0.05)
        lines = shown(app)
        assert app.is_running
        assert not [line for line in lines if _RAW.search(line)]
        assert "[@click" in "".join(lines) or size[0] == 40 or keys in ("?", ":")


async def test_a_hostile_draft_and_error_are_harmless() -> None:
    from unibox_tui.domain.errors import Refused
    from unibox_tui.screens.ports import Draft

    workspace = HostileWorkspace()
    workspace.drafts[10_482, "reply"] = Draft("reply", HOSTILE, 3)
    async with running(workspace=workspace) as (app, pilot, _):
        await pilot.press("r")
        await settle(pilot)
        workspace.refuse = Refused(HOSTILE, hint=HOSTILE)
        await pilot.press("enter")
        await settle(pilot)
        assert not [line for line in shown(app) if _RAW.search(line)]
        assert "[@click" in shown(app)[-1]
