"""Who is behind an address: the provider is asked for those who are new and nameless, and weekly for those who are here."""

from __future__ import annotations

import asyncio
import logging

from unibox_tui.connectors.contract import FetchesProfile
from unibox_tui.connectors.errors import ConnectorError, CredentialsRejected, Misconfigured, Transient
from unibox_tui.domain.inbound import Person, ProfileSeen
from unibox_tui.domain.joining import DAY
from unibox_tui.store import contacts, inboxes, profiles, tallies
from unibox_tui.store.database import Database, Row, Tx
from unibox_tui.store.trouble import words_for
from unibox_tui.sync.backoff import delay_s
from unibox_tui.sync.facts import PROFILE, Prepared
from unibox_tui.sync.ingest import Ingest
from unibox_tui.sync.raw import RulesOf
from unibox_tui.sync.wanted import Able, Broken, Wanted, can
from unibox_tui.sync.worker import Worker

log = logging.getLogger(__name__)

ASK_S = 30.0
AGAIN_MS = 7 * DAY
HERE_MS = 30 * DAY  # who was not here for so long is not asked about
EVERY_S = 0.5  # of one inbox
LOOK = 200
ALL = 8
IDLE_S = 30.0


class ProfileWorker(Worker):
    what = "asking for profiles"

    def __init__(self, db: Database, able: Able, rules_of: RulesOf, broken: Broken) -> None:
        super().__init__()
        self.db = db
        self.able = able
        self.rules_of = rules_of
        self.broken = broken
        self._next: dict[int, float] = {}  # inbox -> when it may be asked again, loop time

    async def step(self) -> float:
        telling = {id: one for id, one in self.able().items() if can(one.connector, FetchesProfile)}
        if not telling:
            return IDLE_S
        clock = asyncio.get_running_loop().time()
        asked = {key for key in self._flying if isinstance(key, int)}
        free = [id for id in telling if self._next.get(id, 0.0) <= clock and id not in asked]
        now = self.db.now()
        rows = await self.db.read(lambda db: profiles.due(db, free, now, LOOK))
        away = [row["id"] for row in rows if (row["last_seen_at"] or 0) < now - HERE_MS]
        if away:
            await self.db.write(lambda tx: profiles.put_by(tx, away))
        for row in rows:
            inbox = row["inbox_id"]
            if row["id"] in away or inbox in self._flying or len(self._flying) >= ALL:
                continue
            self._next[inbox] = clock + EVERY_S
            self.fly(inbox, self._ask(row, telling[inbox]))
        return 0.05 if away else EVERY_S if rows or len(free) < len(telling) else IDLE_S

    async def _ask(self, row: Row, inbox: Wanted) -> None:
        connector = inbox.connector
        assert isinstance(connector, FetchesProfile)
        try:
            async with asyncio.timeout(ASK_S):
                person = await connector.profile(row["address"])
        except (CredentialsRejected, Misconfigured) as error:
            await self._later(row, None)
            await self.broken(row["inbox_id"], error)
        except TimeoutError:
            await self._later(row, None)
        except Transient as error:
            await self._later(row, error.retry_after)
        except ConnectorError:
            # The provider will not tell of this one.
            await self.db.write(lambda tx: profiles.asked(tx, row["id"], tx.now + AGAIN_MS))
        except OSError:
            raise
        except Exception as error:
            log.error("the connector of inbox %s failed at a profile: %s", inbox.row.name, words_for(error))
            await self._later(row, None)
        else:
            await self._keep(row, person)

    async def _keep(self, row: Row, person: Person | None) -> None:
        def write(tx: Tx) -> None:
            profiles.asked(tx, row["id"], tx.now + AGAIN_MS)
            if person is None or contacts.find_identity(tx.db, row["inbox_id"], row["address"]) is None:
                return
            inbox = inboxes.by_id(tx.db, row["inbox_id"])
            seen = ProfileSeen(person, row["last_seen_at"] or tx.now)
            work = Ingest(tx, inbox, self.rules_of(inbox.group_name), cause=PROFILE)
            work.apply(Prepared(seen))
            work.finish()
            owner = contacts.identity(tx.db, row["id"])["contact_id"]
            profiles.renamed(tx, owner, row["name"], person.name)
            if person.name != row["name"] or person.attributes:
                tx.changed("contact", owner)

        await self.db.write(write)

    async def _later(self, row: Row, retry_after: float | None) -> None:
        wait = delay_s(row["profile_tries"] + 1, retry_after, first=30.0, cap=86_400.0)

        def write(tx: Tx) -> None:
            profiles.later(tx, row["id"], tx.now + int(wait * 1000))
            tallies.count(tx, row["inbox_id"], tallies.ERROR)

        await self.db.write(write)
