"""Finds who is behind the requests for deletion that networks pass on to an app. Who is found is handed on to be erased; a
request about somebody whom nobody knows waits in quarantine for a person, with the code that the network was told."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import Any

from unibox_tui.connectors.deletions import TakesDeletions
from unibox_tui.connectors.errors import ConnectorError, Transient
from unibox_tui.store import asked, contacts, raw_events
from unibox_tui.store.database import Database, Row, Tx
from unibox_tui.sync.backoff import delay_s
from unibox_tui.sync.wanted import Able, Wanted, can
from unibox_tui.sync.worker import Worker

log = logging.getLogger(__name__)

LOOK_S = 60.0


class Deletions(Worker):
    """`configured`: all inboxes there are, whatever their state."""

    what = "finding who asked to be erased"

    def __init__(self, db: Database, configured: Able) -> None:
        super().__init__()
        self.db, self._configured = db, configured
        self._tries: dict[str, int] = {}
        self._due: dict[str, float] = {}

    async def step(self) -> float:
        now = asyncio.get_running_loop().time()
        for row in await self.db.read(raw_events.to_look_up):
            if self._due.get(row["id"], 0.0) <= now:
                await self._one(row)
        return min([LOOK_S, *(max(due - now, 0.1) for due in self._due.values())])

    async def _one(self, row: Row) -> None:
        """What cannot be told now is asked again."""
        user = json.loads(row["body"])["user"]
        inboxes = self._of_the_app(row["inbox_id"])
        try:
            known = await self._known_as(inboxes, user)
        except Transient as error:
            tries = self._tries[row["id"]] = self._tries.get(row["id"], 0) + 1
            wait = delay_s(tries, error.retry_after)
            self._due[row["id"]] = asyncio.get_running_loop().time() + wait
            log.warning("who asked to be erased (%s) cannot be looked up now: %s", row["id"], error.message)
            return
        await self.db.write(lambda tx: _settle(tx, row, known))
        self._tries.pop(row["id"], None)
        self._due.pop(row["id"], None)

    def _of_the_app(self, inbox: int) -> Mapping[int, Wanted]:
        configured = self._configured()
        if inbox not in configured:
            return {}
        app = getattr(configured[inbox].settings, "app", "")
        return {id: one for id, one in configured.items() if getattr(one.settings, "app", "") == app}

    async def _known_as(self, inboxes: Mapping[int, Wanted], user: str) -> set[tuple[int, str]]:
        """(inbox, address) of whoever may be meant. Raises Transient: the network cannot be asked now."""
        known = {(id, user) for id in inboxes}
        by_address = {one.row.address: id for id, one in inboxes.items()}
        # All inboxes of a channel would be told the same.
        for one in {one.row.channel: one for one in inboxes.values()}.values():
            if not can(one.connector, TakesDeletions):
                continue
            connector: Any = one.connector
            try:
                told = await connector.known_as(user)
            except Transient:
                raise
            except ConnectorError as error:
                log.warning("inbox %s is not told who asked to be erased: %s", one.row.name, error.message)
                continue
            known |= {(by_address[address], theirs) for address, theirs in told if address in by_address}
        return known


def _settle(tx: Tx, row: Row, known: set[tuple[int, str]]) -> None:
    again = raw_events.request(tx.db, row["id"])
    if again is None or again["state"] != "quarantined" or again["attempts"]:
        return  # a person was faster
    found = [contacts.find_identity(tx.db, inbox, address) for inbox, address in sorted(known)]
    people = [one for one in found if one is not None]
    if people:
        asked.hand_on(tx, again, people)
    else:
        asked.give_to_a_person(tx, again, _UNKNOWN.format(id=row["id"]))


_UNKNOWN = (
    "Request for deletion {id}: no inbox of this app knows the person. If you find them, `unibox contact forget`; "
    "then `unibox quarantine dismiss {id}` tells the network that it is done."
)
