"""What every door works with."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from unibox_tui.connectors.settings import InboxSettings
from unibox_tui.domain.ids import now_ms
from unibox_tui.store import inboxes as inbox_rows
from unibox_tui.store.database import Database
from unibox_tui.web import guards
from unibox_tui.web.inboxes import Media, WebInbox, WebInboxes
from unibox_tui.web.intake import Intake
from unibox_tui.web.tokens import Tokens

S = TypeVar("S", bound=InboxSettings)

RETRY_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Limits:
    connections: int = 2_000
    connections_per_address: int = 60
    connections_per_visitor: int = 8
    new_visitors_per_minute: float = 30  # of one address
    knocks_per_minute: float = 120  # opened sockets and fresh polls of one address
    frames_per_minute: float = 240  # of one connection
    uploads_per_minute: float = 12  # of one visitor; an address may five times as much
    webhook_bytes: int = 1_048_576
    hook_bytes: int = 4_194_304  # of a provider's event: WhatsApp sends up to 3 MB at once
    upload_bytes: int = 26_214_400  # whatever an inbox allows


@dataclass(slots=True)
class Edge:
    db: Database
    inboxes: WebInboxes
    intake: Intake
    tokens: Tokens
    media: Media
    wait_for_change: Callable[[], Awaitable[object]]
    clock: Callable[[], int] = now_ms
    trusted: Sequence[guards.Network] = ()
    limits: Limits = Limits()
    demo: bool = False
    public_url: str = ""  # as providers reach us; empty: as each request says
    buckets: guards.Buckets = field(default_factory=guards.Buckets)

    def inbox(self, name: str, channel: str, settings_class: type[S]) -> tuple[WebInbox, S]:
        """Raises HTTPException 404 for an inbox that is not there, of another channel, or paused."""
        inbox = self.inboxes.get(name)
        if inbox is None or inbox.channel != channel or not isinstance(inbox.settings, settings_class):
            raise HTTPException(404, f"No {channel} inbox of this name is served here.")
        if inbox.settings.paused:
            raise HTTPException(503, "This inbox is paused.", headers={"Retry-After": "60"})
        return inbox, inbox.settings

    def address(self, connection: HTTPConnection) -> str:
        return guards.client_address(connection, self.trusted)

    def origin_of(self, connection: HTTPConnection, allowed: Sequence[str], *, empty: bool = False) -> str | None:
        """The request's Origin. Raises HTTPException 403 when the inbox does not allow it."""
        origin = connection.headers.get("origin")
        own = guards.own_origin(connection, self.trusted)
        if not guards.origin_allowed(origin, allowed, own, empty=empty):
            raise HTTPException(403, "This site is not among the inbox's `origins`.")
        return origin

    async def count_forged(self, inbox: WebInbox) -> None:
        await self.db.write(lambda tx: inbox_rows.count_forged(tx, inbox.id))


class RecentKeys:
    """The last keys seen, and what was kept with them."""

    def __init__(self, most: int = 10_000) -> None:
        self._seen: OrderedDict[tuple[object, ...], int] = OrderedDict()
        self._most = most

    def get(self, key: tuple[object, ...], default: int = 0) -> int:
        return self._seen.get(key, default)

    def put(self, key: tuple[object, ...], value: int) -> None:
        self._seen[key] = value
        self._seen.move_to_end(key)
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)
