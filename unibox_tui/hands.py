"""The hands over the real store and machine: implements `screens.hands_port.Hands` for `StoreWorkspace`."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unibox_tui.automation import programs
from unibox_tui.automation.programs import Programs
from unibox_tui.config import macros, views
from unibox_tui.config.views import Places
from unibox_tui.desk import bulk, label_bulk, play, undo
from unibox_tui.desk.actions import Call
from unibox_tui.desk.done import Done
from unibox_tui.domain.errors import NotFound, UniboxError
from unibox_tui.domain.words import Author
from unibox_tui.host import notices
from unibox_tui.screens.hands_port import (
    Custom,
    HandsSettings,
    LabelLine,
    Printed,
    Progress,
    Question,
    Recorded,
    SavedView,
)
from unibox_tui.store import label_editing, labels
from unibox_tui.store.database import Tx
from unibox_tui.store.events import Actor
from unibox_tui.text.safe import safe_line
from unibox_tui.views import hands, lists
from unibox_tui.views.listed import Row, Tab

if TYPE_CHECKING:
    from unibox_tui.workspace import StoreWorkspace

_OTHERS_S = 0.002  # between two transactions, so that others come in


class StoreHands:
    def __init__(self, workspace: StoreWorkspace) -> None:
        self.workspace = workspace
        self.configured()
        self.view = ""
        self._bulk: bulk.Bulk | label_bulk.Relabel | None = None
        self._walk: undo.Walk | None = None

    def configured(self) -> None:
        ui = self.workspace.config.ui
        self.settings = HandsSettings(ui.advance, ui.play_claims)

    @property
    def _actor(self) -> Actor:
        return Actor(Author.AGENT, self.workspace.me, "key")

    @property
    def folder(self) -> Path | None:
        """The agent's own, beside config.toml."""
        path = self.workspace.config.path
        return None if path is None else path.parent

    async def all_ids(self, query: str) -> Sequence[int]:
        space = self.workspace
        return await space.db.read(lambda db: list(lists.ids(db, query, me=space.me, now=space.now(), zone=space.zone)))

    # -- many --------------------------------------------------------------------------------------------------------

    async def bulk(self, call: str, args: Mapping[str, Any], targets: Sequence[int]) -> AsyncIterator[Progress]:
        self._walk = None
        if call == "label_edit":
            async for progress in self._relabel(args):
                yield progress
            return
        work = bulk.of(Call(call, dict(args)), targets)
        while not work.ended:
            before = work
            work = self._bulk = await self.workspace.write(lambda tx: bulk.step(tx, self._actor, before))  # noqa: B023
            yield Progress(work.at, work.total)
            await asyncio.sleep(_OTHERS_S)
        yield Progress(work.at, work.total, bulk.done(work))

    async def _relabel(self, args: Mapping[str, Any]) -> AsyncIterator[Progress]:
        """Two labels made one, or one taken off everything."""
        work = await self.workspace.db.read(lambda db: label_bulk.of(db, args["label"], args.get("into")))
        while not work.ended:
            before = work
            work = self._bulk = await self.workspace.write(lambda tx: self._relabelled(tx, before))  # noqa: B023
            yield Progress(work.at, work.total)
            await asyncio.sleep(_OTHERS_S)
        yield Progress(work.at, work.total, label_bulk.done(work))

    def _relabelled(self, tx: Tx, work: label_bulk.Relabel) -> label_bulk.Relabel:
        with bulk.Budget().spend() as enough:
            return label_bulk.step(tx, self._actor, work, enough)

    async def walk(self, action: str | None, *, backwards: bool) -> AsyncIterator[Progress]:
        self._bulk = None
        going = await self.workspace.write(lambda tx: undo.begin(tx, self._actor, action, backwards=backwards))
        while going.done is None:
            before = going
            going = self._walk = await self.workspace.write(lambda tx: self._on(tx, before))  # noqa: B023
            yield Progress(going.at, going.total)
        yield Progress(going.total, going.total, going.done)

    def _on(self, tx: Tx, going: undo.Walk) -> undo.Walk:
        with bulk.Budget().spend() as enough:
            return undo.step(tx, self._actor, going, enough)

    async def stopped(self) -> Done:
        work, going = self._bulk, self._walk
        if isinstance(work, label_bulk.Relabel):
            await self.workspace.write(lambda tx: label_bulk.stop(tx, work))
            return label_bulk.done(work)
        if work is not None:
            await self.workspace.write(lambda tx: bulk.stop(tx, work))
            return bulk.done(work)
        if going is None:
            raise NotFound("Nothing was running.")
        if going.done is not None:
            return going.done
        return await self.workspace.write(lambda tx: undo.broken_off(going, tx))

    # -- lists and play ----------------------------------------------------------------------------------------------

    async def deeds(self) -> Sequence[hands.Deed]:
        return await self.workspace.db.read(lambda db: hands.deeds(db, self.workspace.me))

    async def returns(self) -> Sequence[hands.Return]:
        return await self.workspace.db.read(hands.returns)

    async def play(self, query: str, passed: Collection[int]) -> Done:
        space = self.workspace
        claim = self.settings.play_claims
        return await space.write(
            lambda tx: play.next_of(tx, self._actor, query, space.session, passed=passed, claim=claim, zone=space.zone)
        )

    # -- macros ------------------------------------------------------------------------------------------------------

    @property
    def _macros(self) -> Path:
        if self.folder is None:
            raise NotFound("There is no folder of yours to keep macros in.", hint="`unibox init` makes one.")
        return self.folder / "macros.toml"

    def macros(self) -> Mapping[str, Recorded]:
        if self.folder is None:
            return {}
        found = macros.load(self._macros)
        return {letter: Recorded(letter, one.steps, one.title, one.key) for letter, one in found.items()}

    def keep_macro(
        self, letter: str, steps: Sequence[str], *, title: str | None = None, key: str | None = None
    ) -> None:
        macros.keep(self._macros, letter, steps, title=title, key=key)

    def drop_macro(self, letter: str) -> None:
        macros.remove(self._macros, letter)

    # -- views -------------------------------------------------------------------------------------------------------

    @property
    def places(self) -> Places:
        if self.folder is None:
            raise NotFound("There is no folder of yours to keep views in.", hint="`unibox init` makes one.")
        return views.places(self.folder, self.workspace.db.path.parent)

    def all_views(self) -> Sequence[views.Saved]:
        """For the tabs: with a file that is wrong, none of it; `saved_views` says why."""
        try:
            return views.load(self.workspace.config, self.places)
        except UniboxError:
            return ()

    def saved_views(self) -> Sequence[SavedView]:
        if self.folder is None:
            return ()
        found = views.load(self.workspace.config, self.places)
        return [SavedView(one.name, one.title or one.name, one.query, one.key, one.where) for one in found]

    def save_view(self, name: str, query: str, *, shared: bool = False) -> None:
        before = next((one for one in self.all_views() if one.name == name and one.where != "config"), None)
        where = "shared" if shared else before.where if before else "own"
        fresh = views.Saved(name, query, where=where)
        views.save(self.places, fresh if before is None else replace(before, query=query, sort="", where=where))

    def rename_view(self, name: str, new: str) -> None:
        views.rename(self.places, name, new)

    def remove_view(self, name: str) -> None:
        views.remove(self.places, name)

    def move_view(self, name: str, to: int) -> None:
        views.move(self.places, name, to)

    def ruled(self, db: sqlite3.Connection, rows: Sequence[Row]) -> tuple[Row, ...]:
        """The rows with the marks of the view they are read for; the first rule that fits counts."""
        rules = next((one.colours for one in self.all_views() if one.name == self.view), ())
        marks: dict[int, tuple[str, str]] = {}
        space = self.workspace
        for rule in rules:
            open_ones = [row.id for row in rows if row.id not in marks]
            fits = lists.matching(db, rule.query, open_ones, me=space.me, now=space.now(), zone=space.zone)
            marks |= dict.fromkeys(fits, (rule.mark, rule.colour))
        return tuple(replace(row, rule=marks[row.id]) if row.id in marks else row for row in rows)

    # -- telling -----------------------------------------------------------------------------------------------------

    async def noticed(self, ids: Sequence[int]) -> set[int]:
        space = self.workspace
        wanted = space.config.notify.views
        queries = [view.query for view in space.views() if view.key in wanted] if wanted else ["assignee:me"]

        def read(db: sqlite3.Connection) -> set[int]:
            fits = (lists.matching(db, query, ids, me=space.me, now=space.now(), zone=space.zone) for query in queries)
            return set().union(*fits)

        return await space.db.read(read)

    def notice(self, title: str, text: str) -> None:
        space = self.workspace
        notify = space.config.notify
        here = datetime.fromtimestamp(space.now() / 1000, space.zone)
        if not notify.is_quiet(here.hour * 60 + here.minute):
            ways = notify.ways or (("bell",) if space.ui.bell else ())
            notices.tell(ways, notify.command, title, text)

    async def status(self, tabs: Sequence[Tab]) -> None:
        """The counts of the views, for the status line."""
        path = self.workspace.config.notify.status_file
        if path:
            words = " ".join(
                f"{tab.name} {min(tab.count, 99)}{'+' * (tab.count > 99)}{'!' * tab.urgent}"
                for tab in tabs
                if tab.count
            )
            await asyncio.to_thread(notices.write_status, path, words)

    async def labels(self) -> Sequence[LabelLine]:
        def read(db: sqlite3.Connection) -> list[LabelLine]:
            counts = label_editing.counts(db)
            return [
                LabelLine(
                    safe_line(row["name"]),
                    safe_line(row["colour"]),
                    safe_line(row["description"]),
                    safe_line(row["label_set"] or ""),
                    bool(row["sticks"]),
                    counts.get(row["id"], 0),
                )
                for row in labels.all_labels(db)
            ]

        return await self.workspace.db.read(read)

    # -- programs ----------------------------------------------------------------------------------------------------

    @property
    def _programs(self) -> Programs:
        return Programs(self.workspace.config, self.workspace.me)

    def customs(self) -> Mapping[str, Custom]:
        return {
            name: Custom(
                name,
                one.title or name,
                one.key,
                one.output,
                tuple(Question(ask.name, ask.kind, ask.text or ask.name, ask.choices) for ask in one.ask),
            )
            for name, one in self.workspace.config.commands.items()
        }

    async def pipe(self, command: str, conversation: int | None, *, json: bool) -> Printed:
        what = await self._said(conversation, "json" if json else "text")
        ran = await asyncio.to_thread(self._programs.run_line, command, what)
        return Printed(ran.text, ran.status, ran.command)

    async def custom(self, name: str, conversation: int | None, answers: Mapping[str, str]) -> Printed:
        one = self._programs.named(name)
        what = await self._said(conversation, one.input)
        ran = await asyncio.to_thread(self._programs.run, name, what, conversation, answers)
        return Printed(ran.text, ran.status, ran.command)

    def in_terminal(self, name: str, conversation: int | None, answers: Mapping[str, str]) -> int:
        return self._programs.run_in_terminal(name, conversation, answers)

    async def _said(self, conversation: int | None, form: str) -> bytes:
        if conversation is None or form == "none":
            return b""
        space = self.workspace
        return await space.db.read(
            lambda db: programs.said(db, conversation, form, space.zone, masked=space.selling.hides)
        )
