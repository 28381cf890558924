"""The workspace as one agent sees it: what the screens' port asks for, over the real store and machine.

Reads run on query-only connections off the event loop, writes on the store's own thread. Every string of a view model has
been through `safe`.
"""

from __future__ import annotations

import asyncio
import mimetypes
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo
from pathlib import Path
from typing import Any, TypeVar

from unibox_tui.answers import StoreAnswers
from unibox_tui.calling import StoreTelephone
from unibox_tui.config.model import Config
from unibox_tui.customers import StoreCustomers
from unibox_tui.desk import actions, drafts, reading
from unibox_tui.desk.actions import Call
from unibox_tui.desk.done import Done
from unibox_tui.domain.errors import NotFound, UniboxError
from unibox_tui.domain.ids import new_id
from unibox_tui.domain.saying import say
from unibox_tui.domain.words import CHANNEL_MARKS, Author
from unibox_tui.hands import StoreHands
from unibox_tui.host.desktop import Desktop
from unibox_tui.host.media import MediaStore
from unibox_tui.locale import _, translated
from unibox_tui.screens.ports import Draft, Host, Option, UiSettings
from unibox_tui.selling import StoreSelling
from unibox_tui.store import agents, inboxes, labels
from unibox_tui.store.database import Database, Tx
from unibox_tui.store.events import Actor
from unibox_tui.store.messages import StoredFile
from unibox_tui.text.safe import safe_line
from unibox_tui.views import (
    channel_options,
    health,
    history,
    lists,
    masking,
    outbox,
    panel,
    quarantine,
    quoting,
    thread,
)
from unibox_tui.views.feed import Feed
from unibox_tui.views.lists import View
from unibox_tui.views.models import (
    HealthLine,
    HistoryLine,
    OutboxLine,
    Page,
    Panel,
    QuarantineLine,
    Quoted,
    Row,
    Tab,
    Thread,
)
from unibox_tui.views.query import QueryError, complete, parse

T = TypeVar("T")
FILE_LIMIT = 50_000_000


def view_names() -> Mapping[str, str]:
    """The built-in views in the agent's language."""
    return {
        "view.mine": _("Mine"),
        "view.unassigned": _("Unassigned"),
        "view.waiting": _("Waiting"),
        "view.closing": _("Closing soon"),
        "view.snoozed": _("Snoozed"),
        "view.all": _("All"),
    }


def own_keys(config: Config) -> dict[str, Sequence[str]]:
    """`place.action` -> keys."""
    return {f"{place}.{id}": keys for place, of in config.keys.items() for id, keys in of.items()}


def wants_notice(config: Config) -> bool:
    """Whether the agent is told by anything when a customer writes."""
    return config.ui.bell or bool(config.notify.ways or config.notify.command)


class StoreWorkspace:
    """Implements screens.ports.Workspace."""

    def __init__(
        self,
        db: Database,
        feed: Feed,
        media: MediaStore,
        desktop: Desktop,
        config: Config,
        me: str,
        ui: UiSettings,
        zone: tzinfo | None = None,
        served: Callable[[], bool] = lambda: True,
        home: Sequence[str] = (),
    ) -> None:
        """`home`: how a child of ours is told where it is at home, as ["--home", DIR]."""
        self.db = db
        self.feed = feed
        self.media = media
        self.host: Host = desktop
        self.config = config
        self.me = me
        self.ui = ui
        self.zone = zone
        self.served = served
        self.answers = StoreAnswers(db, config, me, home)
        self.selling = StoreSelling(db, config, me, home)
        self.customers = StoreCustomers(db, me, zone, hides=self.selling.hides)
        self.telephone = StoreTelephone(db, self.selling.hides)
        self.session = new_id()
        self.hands = StoreHands(self)
        self._writing: set[asyncio.Future[Any]] = set()

    def take_config(self, config: Config) -> None:
        """The configuration is another now: keys, views, commands and what is asked for with every use."""
        self.config = config
        self.ui = replace(self.ui, own_keys=own_keys(config), bell=wants_notice(config))
        self.hands.configured()

    def now(self) -> int:
        return self.db.now()

    def views(self) -> tuple[View, ...]:
        """The built-in ones, then those that were saved."""
        own = tuple(
            View(one.name, one.title or one.name, one.whole, hide_empty=one.hide_empty, columns=one.columns)
            for one in self.hands.all_views()
        )
        names = view_names()
        built_in = tuple(
            View(view.key, names.get(view.name, view.name), view.query, view.urgent, view.hide_empty)
            for view in lists.DEFAULT_VIEWS
        )
        return built_in + own

    # -- reading -----------------------------------------------------------------------------------------------------

    async def tabs(self) -> Sequence[Tab]:
        views = self.views()
        found = await self.db.read(lambda db: lists.tabs(db, views, me=self.me, now=self.now(), zone=self.zone))
        await self.hands.status(found)
        return found

    async def page(
        self, query: str, *, limit: int, before: str | None = None, after: str | None = None, around: int | None = None
    ) -> Page:
        def read(db: sqlite3.Connection) -> Page:
            page = lists.page(
                db,
                query,
                me=self.me,
                now=self.now(),
                limit=limit,
                before=before,
                after=after,
                around_id=around,
                zone=self.zone,
            )
            return replace(page, rows=self._named(self.hands.ruled(db, page.rows)))

        return await self.db.read(read)

    async def rows(self, ids: Sequence[int]) -> Sequence[Row]:
        found = await self.db.read(lambda db: self.hands.ruled(db, lists.rows(db, ids, me=self.me, now=self.now())))
        return self._named(found)

    def _named(self, found: tuple[Row, ...]) -> tuple[Row, ...]:
        return masking.rows(found) if self.selling.hides else found

    async def matching(self, query: str, ids: Sequence[int]) -> set[int]:
        return await self.db.read(lambda db: lists.matching(db, query, ids, me=self.me, now=self.now(), zone=self.zone))

    async def thread(
        self,
        conversation: int,
        *,
        around_n: int | None = None,
        before_n: int | None = None,
        after_n: int | None = None,
        limit: int = 60,
    ) -> Thread:
        found = await self.db.read(
            lambda db: thread.thread(
                db,
                conversation,
                me=self.me,
                now=self.now(),
                around_n=around_n,
                before_n=before_n,
                after_n=after_n,
                limit=limit,
            )
        )
        return masking.thread(found) if self.selling.hides else found

    async def panel(self, conversation: int) -> Panel:
        titles = self.selling.titles
        whole = await self.db.read(lambda db: panel.panel(db, conversation, me=self.me, now=self.now(), titles=titles))
        return self.selling.shown(whole)

    async def health(self) -> Sequence[HealthLine]:
        lines = await self.db.read(lambda db: health.health(db, now=self.now()))
        if await asyncio.to_thread(self.served):
            return lines
        return (health.service_down(), *lines)

    async def history(self, conversation: int) -> Sequence[HistoryLine]:
        found = await self.db.read(lambda db: history.history(db, conversation))
        return masking.history(found) if self.selling.hides else found

    async def outbox(self) -> Sequence[OutboxLine]:
        found = await self.db.read(lambda db: outbox.outbox(db))
        return masking.outbox(found) if self.selling.hides else found

    async def quarantine(self) -> Sequence[QuarantineLine]:
        return await self.db.read(lambda db: quarantine.quarantine(db))

    async def options(self, kind: str, conversation: int | None = None) -> Sequence[Option]:
        read = {"agent": self._agents, "label": self._labels, "inbox": self._inboxes}.get(kind)
        if read is not None:
            return await self.db.read(read)
        if conversation is not None and kind == "call":
            return await self.telephone.ways(conversation, self.me, self.now())
        if conversation is not None and kind in ("template", "reaction", "sticker"):
            return await self.db.read(lambda db: self._of_channel(db, kind, conversation))
        return ()

    def _of_channel(self, db: sqlite3.Connection, kind: str, of: int) -> list[Option]:
        if kind == "reaction":
            return [Option(emoji, emoji) for emoji in channel_options.reactions_to(db, of)]
        if kind == "sticker":
            return [Option(id, text, id) for id, text in channel_options.stickers_in(db, of)]
        lines = channel_options.template_lines(db, of, self.now())
        return [Option(one.value, one.name, one.detail, channel=one.channel, fields=one.fields) for one in lines]

    def _agents(self, db: sqlite3.Connection) -> list[Option]:
        return [Option(row["name"], safe_line(row["display"]), safe_line(row["name"])) for row in agents.all_agents(db)]

    def _labels(self, db: sqlite3.Connection) -> list[Option]:
        return [
            Option(row["name"], safe_line(row["name"]), safe_line(row["description"]), safe_line(row["colour"]))
            for row in labels.all_labels(db)
        ]

    def _inboxes(self, db: sqlite3.Connection) -> list[Option]:
        return [
            Option(
                inbox.name,
                safe_line(inbox.title),
                f"{CHANNEL_MARKS.get(inbox.channel, '')} {safe_line(inbox.address)}".strip(),
                channel=inbox.channel,
            )
            for inbox in inboxes.all_inboxes(db)
            if inbox.capabilities.starts
        ]

    async def complete_query(self, text: str, caret: int) -> Sequence[Option]:
        known = await self.db.read(lists.known)
        return [
            Option(text[: found.start] + found.insert + text[found.end :], found.insert, _(found.help))
            for found in complete(text, caret, known)
        ]

    def check_query(self, text: str) -> str:
        try:
            parse(text)
        except (QueryError, UniboxError) as error:
            return f"{translated(error.message)} {translated(error.hint)}".strip()
        return ""

    # -- doing -------------------------------------------------------------------------------------------------------

    async def write(self, fn: Callable[[Tx], T]) -> T:
        task = asyncio.ensure_future(self.db.write(fn))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
        return await asyncio.shield(task)

    async def drain(self) -> None:
        if self._writing:
            await asyncio.wait(set(self._writing), timeout=5)

    def _actor(self, cause: str) -> Actor:
        return Actor(Author.AGENT, self.me, cause)

    async def perform(self, call: str, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
        ready = self.selling.ruled(call, args)
        if ready.get("files"):
            ready["files"] = await asyncio.to_thread(self._keep_files, ready["files"])
        return await self.write(lambda tx: actions.perform(tx, self._actor("key"), Call(call, ready), targets))

    def _keep_files(self, files: Sequence[str | Mapping[str, Any]]) -> list[StoredFile]:
        """Paths, or what is kept already."""
        kept = []
        for name in files:
            if not isinstance(name, str):
                kept.append(StoredFile(name["name"], name["media_type"], int(name["size"]), name["sha256"]))
                continue
            path = Path(name).expanduser()
            try:
                size = path.stat().st_size
                if size > FILE_LIMIT:
                    raise UniboxError(
                        say("{name} is larger than {limit} MB.", name=path.name, limit=FILE_LIMIT // 1_000_000),
                        hint="Send a link to it.",
                    )
                sha256, size = self.media.put(path.read_bytes())
            except OSError as error:
                raise NotFound(
                    say("{path} cannot be read: {why}.", path=path, why=error.strerror), hint="The text is kept."
                ) from error
            media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            kept.append(StoredFile(path.name, media_type, size, sha256))
        return kept

    async def quoted(self, conversation: int, n: int) -> Quoted:
        return await self.db.read(lambda db: quoting.quoted(db, conversation, n))

    async def load_draft(self, conversation: int, mode: str | None = None) -> Draft | None:
        found = await self.db.read(lambda db: drafts.load(db, self.me, conversation, mode))
        if found is None:
            return None
        answers = found.options.get("answers")
        quote = await self.db.read(lambda db: quoting.still(db, conversation, answers)) if answers else None
        return Draft(found.mode, found.text, found.caret, found.inbox_id, found.identity_id, found.options, quote)

    async def save_draft(self, conversation: int, mode: str, draft: Draft | None) -> None:
        if draft is None:
            await self.write(lambda tx: drafts.drop(tx, self.me, conversation, mode))
            return
        kept = drafts.Draft(
            conversation, mode, draft.text, draft.caret, draft.inbox_id, draft.identity_id, draft.options
        )
        await self.write(lambda tx: drafts.save(tx, self.me, kept))

    async def opened(self, conversation: int, *, peek: bool = False) -> None:
        peek = peek or self.config.ui.read_on != "open"
        await self.write(lambda tx: reading.opened(tx, self._actor("key"), conversation, self.session, peek=peek))

    async def left(self, conversation: int, *, seen_n: int | None, open_ms: int, typed_ms: int, idle_ms: int) -> None:
        await self.write(
            lambda tx: reading.left(
                tx,
                self._actor("key"),
                conversation,
                self.session,
                seen_n=seen_n,
                open_ms=open_ms,
                typed_ms=typed_ms,
                idle_ms=idle_ms,
            )
        )

    async def doing(self, conversation: int | None, what: str) -> None:
        await self.write(lambda tx: reading.typing(tx, self._actor("key"), conversation, self.session, what))

    async def read_to(self, conversation: int, n: int) -> None:
        clears = self.config.ui.read_on in ("open", "scroll")
        await self.write(lambda tx: reading.seen(tx, self._actor("key"), conversation, n, clears=clears))

    def changes(self) -> AsyncIterator[Any]:
        return self.feed.changes()

    async def close(self) -> None:
        """Nobody is here any more."""
        await self.drain()
        await self.write(lambda tx: reading.closed(tx, self._actor("key"), self.session))
