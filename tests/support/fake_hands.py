"""The hands of the workspace in memory: bulk in steps, macros in a dict, programs that answer what a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from unibox_tui.domain.errors import NotFound
from unibox_tui.screens.hands_port import Custom, HandsSettings, LabelLine, Printed, Progress, Recorded, SavedView
from unibox_tui.views.hands import Deed, Return

if TYPE_CHECKING:
    from tests.support.fake_workspace import FakeWorkspace

AT_ONCE = 20


class FakeHands:
    def __init__(self, workspace: FakeWorkspace) -> None:
        self.workspace = workspace
        self.settings = HandsSettings()
        self.recorded: dict[str, Recorded] = {}
        self.commands: dict[str, Custom] = {}
        self.deeds_: list[Deed] = []
        self.returns_: list[Return] = []
        self.asked_to_run: list[tuple[str, int | None, Any]] = []
        self.prints = Printed("", 0, "")
        self.pace = 0.0  # seconds a step of a bulk action takes
        self.labelled = 1  # conversations that have each label
        self.elsewhere: set[int] = set()  # what colleagues look at
        self.view = ""
        self.saved: dict[str, SavedView] = {}
        self._stopped: Any = None

    def set(self, **settings: Any) -> None:
        self.settings = replace(self.settings, **settings)

    async def all_ids(self, query: str) -> Sequence[int]:
        return [row.id for row in self.workspace._found(query)]

    async def bulk(self, call: str, args: Mapping[str, Any], targets: Sequence[int]) -> AsyncIterator[Progress]:
        for start in range(0, max(len(targets), 1), AT_ONCE):
            await asyncio.sleep(self.pace)
            self._stopped = await self.workspace.perform(call, args, targets[: start + AT_ONCE])
            yield Progress(min(start + AT_ONCE, len(targets)), len(targets))
        yield Progress(len(targets), len(targets), self._stopped)

    async def walk(self, action: str | None, *, backwards: bool) -> AsyncIterator[Progress]:
        args = {} if action is None else {"action": action}
        yield Progress(1, 1, await self.workspace.perform("undo" if backwards else "redo", args, ()))

    async def stopped(self) -> Any:
        return self._stopped

    async def deeds(self) -> Sequence[Deed]:
        return self.deeds_

    async def returns(self) -> Sequence[Return]:
        return self.returns_

    async def play(self, query: str, passed: Collection[int]) -> Any:
        from tests.support.fake_workspace import FakeDone

        for id in await self.all_ids(query):
            if id not in passed and id not in self.elsewhere:
                return FakeDone(f"play: #{id}", (id,), None)
        raise NotFound("Nothing more here that nobody looks at.")

    def macros(self) -> Mapping[str, Recorded]:
        return self.recorded

    def keep_macro(
        self, letter: str, steps: Sequence[str], *, title: str | None = None, key: str | None = None
    ) -> None:
        self.recorded[letter] = Recorded(letter, tuple(steps), title or "", key or "")

    def drop_macro(self, letter: str) -> None:
        del self.recorded[letter]

    def saved_views(self) -> Sequence[SavedView]:
        return list(self.saved.values())

    def save_view(self, name: str, query: str, *, shared: bool = False) -> None:
        self.saved[name] = SavedView(name, name, query, where="shared" if shared else "own")

    def rename_view(self, name: str, new: str) -> None:
        self.saved[new] = replace(self.saved.pop(name), name=new, title=new)

    def remove_view(self, name: str) -> None:
        del self.saved[name]

    def move_view(self, name: str, to: int) -> None:
        names = [one for one in self.saved if one != name]
        names.insert(to - 1, name)
        self.saved = {one: self.saved[one] for one in names}

    async def noticed(self, ids: Sequence[int]) -> set[int]:
        return {row.id for row in self.workspace.rows_ if row.id in ids and row.assignee == self.workspace.me}

    def notice(self, title: str, text: str) -> None:
        self.workspace.host.notify(title, text)

    async def labels(self) -> Sequence[LabelLine]:
        return [
            LabelLine(option.value, option.colour, "", "", False, self.labelled)
            for option in await self.workspace.options("label")
        ]

    def customs(self) -> Mapping[str, Custom]:
        return self.commands

    async def pipe(self, command: str, conversation: int | None, *, json: bool) -> Printed:
        self.asked_to_run.append((command, conversation, json))
        return self.prints

    async def custom(self, name: str, conversation: int | None, answers: Mapping[str, str]) -> Printed:
        self.asked_to_run.append((name, conversation, dict(answers)))
        return self.prints

    def in_terminal(self, name: str, conversation: int | None, answers: Mapping[str, str]) -> int:
        self.asked_to_run.append((name, conversation, dict(answers)))
        return self.prints.status
