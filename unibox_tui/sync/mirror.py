"""What agents decide here is so at the helpdesk upstream too: the log is followed, one cursor for each such inbox.

What is told is not the step but how the conversation stands now, and only where that differs from how it stood there when
last heard of. So a repeat does no harm, what came from there is not told back, and after an outage the end of it is told.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Coroutine
from dataclasses import replace
from typing import Any

from unibox_tui.connectors.errors import (
    OutcomeUnknown,
    SendRejected,
    Transient,
)
from unibox_tui.connectors.mirroring import MirrorsCanned, MirrorsConversations
from unibox_tui.domain.inbound import Upstream
from unibox_tui.domain.words import PRIORITY_OF_RANK, Direction, Status
from unibox_tui.store import conversations, labels, messages, mirrors, tallies
from unibox_tui.store.database import Database, Row, Tx
from unibox_tui.sync import mirror_canned, mirror_customer
from unibox_tui.sync.following import FollowsLog
from unibox_tui.sync.wanted import Able, Broken, Wanted, can

log = logging.getLogger(__name__)

AT_ONCE = 200
CANNED_S = 300.0
SLACK_MS = 60_000
_ABOUT = {
    "conversation.status": "status",
    "conversation.assigned": "assignee",
    "conversation.labelled": "labels",
    "conversation.unlabelled": "labels",
    "conversation.priority": "priority",
}


class MirrorWorker(FollowsLog):
    what = "telling the helpdesk"

    def __init__(self, db: Database, able: Able, broken: Broken) -> None:
        super().__init__(db, able, broken)
        self._canned_at: dict[int, float] = {}
        self.canned_every_s = CANNED_S

    def wants(self, inbox: Wanted) -> bool:
        return can(inbox.connector, MirrorsConversations)

    def news(self, db: sqlite3.Connection, after: int) -> list[Row]:
        return mirrors.news(db, after, AT_ONCE)

    def beside(self, id: int, inbox: Wanted) -> Coroutine[Any, Any, None] | None:
        """The canned replies, every so often."""
        now = asyncio.get_running_loop().time()
        if not isinstance(inbox.connector, MirrorsCanned) or now < self._canned_at.get(id, 0.0):
            return None
        self._canned_at[id] = now + self.canned_every_s
        return mirror_canned.both_ways(self.db, inbox.row, inbox.connector)

    # -- one round --------------------------------------------------------------------------------------------------------

    async def tell(self, id: int, inbox: Wanted, row: Row, found: list[Row]) -> None:
        connector = inbox.connector
        assert isinstance(connector, MirrorsConversations)
        about: dict[int, set[str]] = {}
        for event in found:
            if event["kind"] == "note.written":
                await self._note(id, inbox, connector, event, row)
            elif event["conversation_id"] is not None:
                about.setdefault(int(event["conversation_id"]), set()).add(_ABOUT.get(event["kind"], ""))
        for conversation, fields in about.items():
            await self._stand(id, connector, conversation, fields)
        customers = mirror_customer.decided(event for event in found if event["kind"] == "contact.changed")
        for contact, names in customers.items():
            await self._customer(id, connector, contact, names)

    async def _stand(self, id: int, connector: MirrorsConversations, conversation: int, fields: set[str]) -> None:
        for thread, change in await self.db.read(lambda db: _differences(db, id, connector, conversation, fields)):
            if not await self._taken(id, connector.show(thread["thread"], change)):
                continue
            known = mirrors.loads(thread["theirs"])
            now = replace(
                known,
                status=change.status or known.status,
                until=change.until if change.status else known.until,
                labels=known.labels if change.labels is None else change.labels,
                assignee=known.assignee if change.assignee is None else change.assignee,
                priority=change.priority or known.priority,
            )
            name = thread["thread"]
            await self.db.write(lambda tx, name=name, now=now: mirrors.heard(tx, id, name, now))  # type: ignore[misc]

    async def _customer(self, id: int, connector: MirrorsConversations, contact: int, names: set[str]) -> None:
        for telling in await self.db.read(lambda db: mirror_customer.differences(db, id, contact, names)):
            if await self._taken(id, connector.show_customer(telling.who, telling.fields)):
                await self.db.write(lambda tx, telling=telling: mirror_customer.told(tx, id, telling))  # type: ignore[misc]

    async def _taken(self, id: int, told: Awaitable[None]) -> bool:
        """False when it is refused for good."""
        try:
            await told
        except OutcomeUnknown as error:
            raise Transient(error.message) from None
        except SendRejected as error:
            log.warning("inbox %s: a decision is not taken upstream: %s", id, error.message)
            await self.db.write(lambda tx: tallies.count(tx, id, tallies.ERROR))
            return False
        return True

    async def _note(self, id: int, inbox: Wanted, connector: MirrorsConversations, event: Row, row: Row) -> None:
        n = int(event["message_n"])
        scope = inbox.row.key_scope
        found = await self.db.read(lambda db: _note_of(db, id, scope, n))
        if found is None:
            return
        thread, text, ref = found
        key = None
        if row["leaving_n"] == n or row["attempts"]:
            key = await connector.find_note(thread, text, ref, int(event["at"]) - SLACK_MS)
        if key is None:
            await self.db.write(lambda tx: mirrors.leaving(tx, id, n))
            try:
                key = await connector.note(thread, text, ref)
            except SendRejected as error:
                log.warning("inbox %s: a note is not taken upstream: %s", id, error.message)
                await self.db.write(lambda tx: tallies.count(tx, id, tallies.ERROR))
                return
            except OutcomeUnknown as error:
                raise Transient(error.message) from None
        await self.db.write(lambda tx: _told(tx, scope, key, n))


def _told(tx: Tx, scope: str, key: str, n: int) -> None:
    if messages.by_key(tx.db, scope, key) is None:
        messages.add_key(tx, scope, key, n)


def _differences(
    db: sqlite3.Connection, inbox: int, connector: MirrorsConversations, conversation: int, fields: set[str]
) -> list[tuple[Row, Upstream]]:
    top = conversations.root(db, conversation)
    row = conversations.get(db, top)
    status = Status(row["status"])
    until = int(row["snoozed_until"]) if status is Status.SNOOZED and row["snoozed_until"] else None
    here = tuple(
        sorted({there for one in labels.of_conversation(db, top) if (there := connector.label_there(one["name"]))})
    )
    owner, priority = row["assignee"] or "", PRIORITY_OF_RANK[row["priority"]]
    found = []
    for thread in mirrors.threads_of(db, inbox, top):
        known = mirrors.loads(thread["theirs"])
        theirs = known.labels and tuple(sorted({connector.label_there(one) for one in known.labels}))
        moved = _differs("status", known.status, status, fields) or (status is known.status and until != known.until)
        given = _differs("assignee", known.assignee, owner, fields) and (not owner or connector.knows_agent(owner))
        change = Upstream(
            status if moved else None,
            until,
            here if _differs("labels", theirs, here, fields) else None,
            owner if given else None,
            priority if _differs("priority", known.priority, priority, fields) else None,
        )
        if change != Upstream(until=until):
            found.append((thread, change))
    return found


def _differs(name: str, known: object, ours: object, fields: set[str]) -> bool:
    """What was never heard of is told only when it was just decided."""
    return name in fields if known is None else known != ours


def _note_of(db: sqlite3.Connection, inbox: int, scope: str, n: int) -> tuple[str, str, str] | None:
    """(thread, text, its public id) of a note that the helpdesk does not have; None when it is none of its business."""
    row = messages.get(db, n)
    if row["direction"] != Direction.NOTE or row["unsent_at"] is not None or mirrors.has_key(db, scope, n):
        return None
    threads = mirrors.threads_of(db, inbox, conversations.root(db, int(row["conversation_id"])))
    if not threads or not row["text"].strip():
        return None
    by = f"{row['author']}: " if row["author"] else ""
    return threads[-1]["thread"], f"{by}{row['text']}", str(row["id"])
