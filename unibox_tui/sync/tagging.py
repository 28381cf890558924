"""Labels of customers are tags at their network too, where the inbox wants it: the log is followed, one cursor per inbox.

What is told is the difference between the labels that they have now and the tags that were heard of last. So a repeat does
no harm, and what came from there is not told back.
"""

from __future__ import annotations

import json
import logging
import sqlite3

from unibox_tui.connectors.contract import FetchesProfile, MirrorsTags
from unibox_tui.connectors.errors import (
    OutcomeUnknown,
    SendRejected,
    Transient,
    Unparseable,
)
from unibox_tui.store import standing, tagging, tallies
from unibox_tui.store.database import Database, Row, Tx
from unibox_tui.sync.facts import PROFILE
from unibox_tui.sync.following import FollowsLog
from unibox_tui.sync.ingest import Ingest
from unibox_tui.sync.raw import RulesOf
from unibox_tui.sync.told_of import TAGS, tags
from unibox_tui.sync.wanted import Able, Broken, Wanted, can

log = logging.getLogger(__name__)

AT_ONCE = 50


class TagWorker(FollowsLog):
    what = "telling tags"
    idle_s = 10.0

    def __init__(self, db: Database, able: Able, rules_of: RulesOf, broken: Broken) -> None:
        super().__init__(db, able, broken)
        self.rules_of = rules_of

    def wants(self, inbox: Wanted) -> bool:
        return inbox.row.capabilities.extra.get(TAGS) == "both" and can(inbox.connector, MirrorsTags)

    def news(self, db: sqlite3.Connection, after: int) -> list[Row]:
        return tagging.news(db, after, AT_ONCE)

    async def tell(self, id: int, inbox: Wanted, row: Row, found: list[Row]) -> None:
        for contact in dict.fromkeys(int(one["contact_id"]) for one in found):
            await self._customer(id, inbox, contact)

    async def _customer(self, id: int, inbox: Wanted, contact: int) -> None:
        for one in await self.db.read(lambda db: tagging.identities(db, id, contact)):
            if not await self._heard(inbox, one):
                continue
            connector = inbox.connector
            assert isinstance(connector, MirrorsTags)
            group = inbox.row.group_name
            known, there = await self.db.read(lambda db: _both(db, connector, one, contact, group))  # noqa: B023
            for name, on in _steps(known, there):
                try:
                    await (connector.tag if on else connector.untag)(one["address"], name)
                except (SendRejected, Unparseable) as error:  # one customer holds up no other
                    log.warning("inbox %s: a tag is not taken: %s", id, error.message)
                    await self.db.write(lambda tx: tallies.count(tx, id, tallies.ERROR))
                    continue
                except OutcomeUnknown as error:
                    raise Transient(error.message) from None
                await self.db.write(lambda tx: _so(tx, int(one["id"]), name, on))  # noqa: B023

    async def _heard(self, inbox: Wanted, one: Row) -> bool:
        """Whether it is known which tags they have; asked for when it is not."""
        if json.loads(one["facts"] or "{}").get("tags") is not None:
            return True
        connector = inbox.connector
        try:
            person = await connector.profile(one["address"]) if isinstance(connector, FetchesProfile) else None
        except (SendRejected, Unparseable):
            person = None  # it does not tell of this one
        if person is None or person.tags is None:
            return False
        told = person.tags

        def write(tx: Tx) -> None:
            work = Ingest(tx, inbox.row, self.rules_of(inbox.row.group_name), cause=PROFILE)
            tags(work, int(one["id"]), int(one["contact_id"]), told)
            work.finish()

        await self.db.write(write)
        return True


def _both(
    db: sqlite3.Connection, connector: MirrorsTags, one: Row, contact: int, group: str
) -> tuple[list[str], list[str]]:
    """(tags there as last heard, labels here as they are spelt there)."""
    known = list(standing.standing_of(db, int(one["id"])).get("tags") or ())
    return known, [there for name in tagging.wanted(db, contact, group) if (there := connector.tag_there(name))]


def _steps(known: list[str], wanted: list[str]) -> list[tuple[str, bool]]:
    from unibox_tui.text.labels import spelt

    before, after = {spelt(one): one for one in known}, {spelt(one): one for one in wanted}
    gone = [(before[key], False) for key in before if key not in after]
    return gone + [(after[key], True) for key in after if key not in before]


def _so(tx: Tx, identity: int, name: str, on: bool) -> None:
    known = list(standing.standing_of(tx.db, identity).get("tags") or ())
    now = [one for one in known if one != name] + ([name] if on else [])
    standing.set_standing(tx, identity, {"tags": now})
