"""Times in which events may have been lost: noticed, asked for anew, and marked in the threads that were filled from them."""

from __future__ import annotations

from collections.abc import Collection

from unibox_tui.connectors.contract import PullsEvents
from unibox_tui.domain.words import Author, DeliveryState, Direction
from unibox_tui.store import messages, outages
from unibox_tui.store.database import Tx
from unibox_tui.store.messages import NewMessage
from unibox_tui.sync.wanted import Wanted

LATE_MS = 60_000  # what comes within this time did not come late
ASK_WITHIN_MS = 7 * 86_400_000


def noticed(tx: Tx, inboxes: Collection[Wanted], since: int) -> None:
    """Nobody listened from `since` until now. What a provider delivers again by itself within its span is no gap."""
    for inbox in inboxes:
        span = inbox.row.capabilities.extra.get("redelivery_ms")
        begun = max(since, inbox.row.created_at)
        if isinstance(span, int) and isinstance(inbox.connector, PullsEvents) and tx.now - begun > span:
            outages.add(tx, inbox.row.id, begun, tx.now)


def mark(tx: Tx, inbox_id: int, conversation: int, sent_at: int) -> None:
    """A message of `sent_at` has come only now: if it fell into an outage, a line before the first of them says so."""
    if tx.now - sent_at < LATE_MS:
        return
    outage = outages.covering(tx.db, inbox_id, sent_at)
    if outage is None or not outages.filled(tx, outage, conversation):
        return
    messages.add(
        tx,
        NewMessage(
            conversation=conversation,
            direction=Direction.ACTIVITY,
            author_kind=Author.SYSTEM,
            text="Filled after an outage",
            sent_at=sent_at - 1000,
            received_at=tx.now,
            state=DeliveryState.RECEIVED,
            extra={"code": "gap_filled", "since": outage["from_at"], "until": outage["to_at"]},
        ),
    )
