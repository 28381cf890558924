"""Everybody who is connected to the live chat, kept up to date from the store. The store is the transport; this is only rung."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from unibox_tui.connectors.livechat import LivechatSettings
from unibox_tui.domain import hours
from unibox_tui.domain.words import InboxState
from unibox_tui.store import changes, inboxes, livechat
from unibox_tui.store.livechat import ChatLine, Spot
from unibox_tui.web.edge import Edge, RecentKeys
from unibox_tui.web.inboxes import WebInbox
from unibox_tui.web.visits import TurnedAway, Visit, admit

PAGE = 50
LEFT_AFTER_MS = 15_000
POLL_KEPT_MS = 60_000
_TICK = 1.0
_SAFETY_MS = 10_000
_CHUNK = 100

log = logging.getLogger(__name__)

K = TypeVar("K")


class Hub:
    def __init__(self, edge: Edge) -> None:
        self.edge = edge
        self.visits: set[Visit] = set()
        self.stopping = False
        self._recent = RecentKeys()
        self._addresses: Counter[str] = Counter()
        self._visitors: Counter[tuple[int, str]] = Counter()
        self._gone: dict[tuple[int, str], tuple[Visit, int]] = {}
        self._polls: dict[str, tuple[Visit, int]] = {}
        self._online: dict[str, bool] = {}
        self._seq = 0
        self._all_at = 0

    # -- coming and going ------------------------------------------------------------------------------------------

    async def enter(self, inbox: WebInbox, settings: LivechatSettings, hello: Mapping[str, Any], address: str) -> Visit:
        """Admit, welcome and keep a visitor. Raises TurnedAway."""
        limits = self.edge.limits
        wait = self.edge.buckets.take(("knock", address), per_minute=limits.knocks_per_minute, burst=60)
        if wait:
            raise TurnedAway("slow", wait)
        visitor, token = admit(self.edge, inbox, settings, hello, address)
        key = (inbox.id, visitor.id)
        if (
            self.stopping
            or len(self.visits) >= limits.connections
            or self._addresses[address] >= limits.connections_per_address
            or self._visitors[key] >= limits.connections_per_visitor
        ):
            raise TurnedAway("full", 30)
        visit = Visit(self.edge, inbox, settings, visitor, address, hello, self._recent)
        self.visits.add(visit)
        self._addresses[address] += 1
        self._visitors[key] += 1
        try:
            await self._welcome(visit, token, hello.get("after"))
        except BaseException:
            self.leave(visit)
            raise
        self._gone.pop(key, None)
        return visit

    async def _welcome(self, visit: Visit, token: str, after: object) -> None:
        cursor = after if isinstance(after, int) and 0 < after < 1 << 62 else 0

        def read(db: sqlite3.Connection) -> tuple[Spot | None, list[ChatLine], int, bool]:
            spot = livechat.spot(db, visit.inbox.id, visit.visitor.id)
            lines: list[ChatLine] = []
            if spot is not None:
                lines = livechat.since(db, spot.identity, cursor, PAGE + 1) if cursor else []
                if not cursor or len(lines) > PAGE:
                    lines = livechat.newest(db, spot.identity, PAGE + 1)
            seen = livechat.seen_by_agents(db, spot.conversation) if spot and spot.conversation else 0
            return spot, lines, seen, self._is_online(db, visit.inbox, visit.settings)

        visit.spot, lines, seen, online = await self.edge.db.read(read)
        more, lines = len(lines) > PAGE, lines[-PAGE:]
        visit.remember(lines)
        visit.shown |= {"online": online, "seen": seen, "typing": None}
        visit.push(
            {
                "t": "welcome",
                "token": token,
                "lines": [visit.frame_of(line) for line in lines],
                "resumed": bool(cursor) and not more,
                "more": more,
                "online": online,
                "seen": seen,
                "known": visit.known,
            }
        )

    def leave(self, visit: Visit) -> None:
        """The connection has ended. Whether the visitor left shows a little later."""
        if visit not in self.visits:
            return
        visit.close()
        self.visits.discard(visit)
        key = (visit.inbox.id, visit.visitor.id)
        _one_less(self._addresses, visit.address)
        _one_less(self._visitors, key)
        if key not in self._visitors and (visit.spot is not None or visit.wrote) and not self.stopping:
            self._gone[key] = (visit, self.edge.clock())

    async def hear(self, visit: Visit, frame: Mapping[str, Any]) -> None:
        if frame.get("t") == "older":
            await self._older(visit, frame.get("before"))
        else:
            await visit.hear(frame)

    async def _older(self, visit: Visit, before: object) -> None:
        spot = visit.spot
        if spot is None or not isinstance(before, int) or not 0 < before < 1 << 62:
            return visit.push({"t": "older", "lines": [], "more": False})
        lines = await self.edge.db.read(lambda db: livechat.newest(db, spot.identity, PAGE + 1, before=before))
        frames = [visit.frame_of(line) for line in lines[-PAGE:]]
        return visit.push({"t": "older", "lines": frames, "more": len(lines) > PAGE})

    # -- long polls ------------------------------------------------------------------------------------------------

    def keep_poll(self, visit: Visit) -> str:
        """A name under which the next poll finds this visit again."""
        name = secrets.token_urlsafe(18)
        self._polls[name] = (visit, self.edge.clock())
        return name

    def poll(self, name: str, inbox: WebInbox) -> Visit | None:
        visit, _ = self._polls.get(name, (None, 0))
        if visit is None or visit.closed or visit.inbox.id != inbox.id:
            return None
        self._polls[name] = (visit, self.edge.clock())
        return visit

    # -- keeping up --------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Follows the store until cancelled."""
        self._seq = await self.edge.db.read(changes.head)
        ticking = asyncio.create_task(self._tick_for_ever())
        try:
            while True:
                await self.edge.wait_for_change()
                try:
                    await self.catch_up()
                except Exception as error:
                    log.warning("The chat could not read the store: %s", type(error).__name__)
                    await asyncio.sleep(_TICK)
        finally:
            ticking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await ticking

    async def catch_up(self) -> None:
        """Show the connected visitors what changed since the last time."""
        after = self._seq

        def read(db: sqlite3.Connection) -> tuple[int, set[int] | None]:
            news = changes.since(db, after)
            if news.reload:
                return news.seq, None
            return news.seq, livechat.changed_identities(db, news.rows.get("conversation", ()))

        self._seq, identities = await self.edge.db.read(read)
        if identities is None:
            await self.refresh(self.visits)
        elif identities:
            await self.refresh(
                [
                    visit
                    for visit in self.visits
                    if (visit.spot.identity in identities if visit.spot is not None else visit.wrote)
                ]
            )

    async def refresh(self, visits: Iterable[Visit]) -> None:
        wanted = list(visits)
        for start in range(0, len(wanted), _CHUNK):
            chunk = wanted[start : start + _CHUNK]

            def read(
                db: sqlite3.Connection, chunk: list[Visit] = chunk
            ) -> list[tuple[Spot | None, list[ChatLine], int]]:
                found = []
                for visit in chunk:
                    spot = livechat.spot(db, visit.inbox.id, visit.visitor.id)
                    lines = livechat.since(db, spot.identity, visit.cursor, PAGE * 4) if spot else []
                    seen = livechat.seen_by_agents(db, spot.conversation) if spot and spot.conversation else 0
                    found.append((spot, lines, seen))
                return found

            for visit, (spot, lines, seen) in zip(chunk, await self.edge.db.read(read), strict=True):
                visit.spot = spot
                visit.show(lines)
                visit.tell("seen", seen, {"t": "seen", "n": seen})

    async def _tick_for_ever(self) -> None:
        while True:
            await asyncio.sleep(_TICK)
            try:
                await self.tick()
            except Exception as error:
                log.warning("The chat could not look after its visitors: %s", type(error).__name__)

    async def tick(self) -> None:
        """Once a second: who types, who is there, what was seen, who has left; now and then everything."""
        now = self.edge.clock()
        for name, (visit, used) in list(self._polls.items()):
            if visit.closed or now - used > POLL_KEPT_MS:
                del self._polls[name]
                self.leave(visit)
        for key, (visit, at) in list(self._gone.items()):
            if now - at >= LEFT_AFTER_MS:
                del self._gone[key]
                await visit.left(at)
        if not self.visits:
            return
        if now - self._all_at >= _SAFETY_MS:
            self._all_at = now
            await self.refresh(self.visits)
        else:
            await self.refresh([visit for visit in self.visits if _awaits_eyes(visit)])
        await self._show_presence(now)

    async def _show_presence(self, now: int) -> None:
        visits = list(self.visits)
        conversations = {visit.spot.conversation for visit in visits if visit.spot and visit.spot.conversation}
        doors = {visit.inbox.name: (visit.inbox, visit.settings) for visit in visits}

        def read(db: sqlite3.Connection) -> tuple[dict[int, str], dict[str, bool]]:
            typing = livechat.agents_typing(db, conversations, now)
            return typing, {name: self._is_online(db, *door) for name, door in doors.items()}

        typing, online = await self.edge.db.read(read)
        for visit in visits:
            name = typing.get(visit.spot.conversation or 0) if visit.spot else None
            visit.tell("typing", name, {"t": "typing", "on": name is not None, "name": name or visit.inbox.title})
            here = online[visit.inbox.name]
            visit.tell("online", here, {"t": "online", "on": here})

    def _is_online(self, db: sqlite3.Connection, inbox: WebInbox, settings: LivechatSettings) -> bool:
        """Whether the visitor may hope for an answer soon; not while somebody paused the inbox."""
        if inboxes.by_id(db, inbox.id).state is InboxState.PAUSED:
            return False
        now = self.edge.clock()
        within = hours.open_at(settings.hours, settings.timezone, now)
        return within and (not settings.needs_agents or livechat.somebody_present(db, now))


def _one_less(counter: Counter[K], key: K) -> None:
    counter[key] -= 1
    if counter[key] <= 0:
        del counter[key]


def _awaits_eyes(visit: Visit) -> bool:
    """An own message that no agent has read as far as the visitor knows; read marks do not ring."""
    newest = max((n for n, line in visit.lines.items() if line.mine), default=0)
    return newest > int(visit.shown.get("seen") or 0)
