"""What is asked of every provider now and then: how we stand, its templates, that it sends us its events. Few at a time and
never all at once; one in trouble holds up no other."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from unibox_tui.connectors.contract import Connector, ListsTemplates, PullsEvents, SubscribesWebhooks, TellsStanding
from unibox_tui.connectors.errors import ConnectorError, CredentialsRejected, Misconfigured, Transient
from unibox_tui.store import inboxes, standings, templates
from unibox_tui.store.database import Database, Tx
from unibox_tui.store.templates import KnownTemplate
from unibox_tui.store.trouble import words_for
from unibox_tui.sync.backoff import delay_s
from unibox_tui.sync.wanted import Able, Broken, Wanted, can
from unibox_tui.sync.worker import Worker

log = logging.getLogger(__name__)

ASK_S = 60.0
ALL = 8
STANDING_S = 3600.0
BEFORE_EXPIRY_S = 600.0
SOONEST_S = 60.0
TEMPLATES_S = 6 * 3600.0
SUBSCRIBE_S = 24 * 3600.0
BROKEN_S = 600.0
SPREAD_S = 0.05  # for each inbox, at the start


@dataclass(slots=True)
class _Place:
    """Where one errand of one inbox stands. Times of the loop."""

    connector: Connector
    due: float
    failures: int = 0


class Rounds(Worker):
    """`able`: those that are not paused, broken ones included; `well` is told when one of them answers again."""

    what = "asking providers"

    def __init__(self, db: Database, able: Able, broken: Broken, well: Callable[[int], Awaitable[None]]) -> None:
        super().__init__()
        self.db = db
        self.able = able
        self.broken = broken
        self.well = well
        self._places: dict[tuple[int, str], _Place] = {}
        self._errands: dict[str, tuple[type, Callable[[Wanted], Awaitable[float]]]] = {
            "subscribe": (SubscribesWebhooks, self._subscribe),
            "standing": (TellsStanding, self._standing),
            "templates": (ListsTemplates, self._templates),
        }

    def again(self, inbox_id: int) -> None:
        """Something has changed at this inbox: all of it anew."""
        for inbox, errand in list(self._places):
            if inbox == inbox_id:
                self._places[inbox, errand].due = 0.0
        self.ring()

    async def step(self) -> float:
        able = self.able()
        now = asyncio.get_running_loop().time()
        spread = SPREAD_S * len(able)
        wanted = {
            (id, errand): inbox
            for id, inbox in able.items()
            for errand, (ability, _) in self._errands.items()
            if can(inbox.connector, ability)
        }
        for key in self._places.keys() - wanted.keys():
            del self._places[key]
        for key, inbox in wanted.items():
            place = self._places.get(key)
            if place is None or place.connector is not inbox.connector:
                self._places[key] = _Place(inbox.connector, now + random.uniform(0, spread))  # noqa: S311 - jitter
        for key in sorted(self._places, key=lambda key: self._places[key].due):
            if self._places[key].due > now or len(self._flying) >= ALL:
                break
            if key[0] not in self._flying:
                self.fly(key[0], self._run(key, wanted[key]))
        waiting = [place.due - now for place in self._places.values() if place.due > now]
        return min(max(min(waiting, default=60.0), 0.05), 60.0)

    async def _run(self, key: tuple[int, str], inbox: Wanted) -> None:
        place = self._places[key]
        try:
            async with asyncio.timeout(ASK_S):
                wait = await self._errands[key[1]][1](inbox)
            place.failures = 0
            await self.well(key[0])
        except (CredentialsRejected, Misconfigured) as error:
            await self.broken(key[0], error)
            wait = BROKEN_S
        except TimeoutError:
            wait = await self._failed(key, place, "The provider did not answer in time.", "", None)
        except ConnectorError as error:
            retry = error.retry_after if isinstance(error, Transient) else None
            wait = await self._failed(key, place, error.message, error.hint, retry)
        except OSError:
            raise
        except Exception as error:
            log.error("the connector of inbox %s failed at %s: %s", inbox.row.name, key[1], words_for(error))
            wait = await self._failed(key, place, f"The connector failed: {type(error).__name__}.", "", None)
        place.due = asyncio.get_running_loop().time() + wait

    async def _failed(
        self, key: tuple[int, str], place: _Place, message: str, hint: str, retry_after: float | None
    ) -> float:
        place.failures += 1
        await self.db.write(lambda tx: inboxes.failed(tx, key[0], message, hint))
        return delay_s(place.failures, retry_after, first=5.0, cap=STANDING_S)

    async def _subscribe(self, inbox: Wanted) -> float:
        assert isinstance(inbox.connector, SubscribesWebhooks)
        await inbox.connector.subscribe()
        return SUBSCRIBE_S

    async def _standing(self, inbox: Wanted) -> float:
        assert isinstance(inbox.connector, TellsStanding)
        told = await inbox.connector.standing()

        def write(tx: Tx) -> None:
            standings.keep(
                tx,
                inbox.row.id,
                token_expires_at=told.token_expires_at,
                quota_left=told.quota_left,
                quota_total=told.quota_total,
                package=told.package,
                package_until=told.package_until,
                notes=told.notes,
                extra=told.extra,
            )
            if not isinstance(inbox.connector, PullsEvents):  # whose own errors tell
                standings.well(tx, inbox.row.id)

        await self.db.write(write)
        if told.token_expires_at is None:
            return STANDING_S
        left = (told.token_expires_at - self.db.now()) / 1000
        return min(STANDING_S, max(left - BEFORE_EXPIRY_S, SOONEST_S))

    async def _templates(self, inbox: Wanted) -> float:
        assert isinstance(inbox.connector, ListsTemplates)
        listed = await inbox.connector.templates()
        known = [
            KnownTemplate(
                inbox_id=inbox.row.id,
                id=one.id,
                name=one.name,
                language=one.language,
                text=one.text,
                fields=tuple(one.fields),
                status=one.status,
                price=one.price,
                currency=one.currency,
                reached_by=tuple(one.by),
                extra=dict(one.extra),
            )
            for one in listed
        ]
        await self.db.write(lambda tx: templates.replace(tx, inbox.row.id, known))
        return TEMPLATES_S
