"""Our own messages reported back. One that comes before the answer to our request becomes the message it reports; one that
might be such waits until the fate of what is under way is known."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from unibox_tui.domain.inbound import InboundEvent, MessageEdited, MessageReceived, MessageUnsent, Reaction, Receipt
from unibox_tui.domain.words import Author, DeliveryState, Direction
from unibox_tui.store import contacts, conversations, messages, outbox
from unibox_tui.store import echoes as store
from unibox_tui.store.database import Row, Tx
from unibox_tui.store.inboxes import InboxRow
from unibox_tui.text.fold import fold

NETWORK_MS = 120_000  # after the deadline of an attempt, in which its answer may still come
SAME_MS = 300_000  # an echo this long after an attempt of unknown fate is taken for its message


def must_wait(db: sqlite3.Connection, inbox: InboxRow, facts: Iterable[InboundEvent], now: int) -> bool:
    """Whether one of these may be about a message that is being sent at this moment."""
    under_way = [row for row in store.under_way(db, inbox.id) if now <= (row["deadline"] or 0) + NETWORK_MS]
    return bool(under_way) and any(_concerns(db, inbox, fact, under_way) for fact in facts)


def _concerns(db: sqlite3.Connection, inbox: InboxRow, fact: InboundEvent, under_way: list[Row]) -> bool:
    match fact:
        case MessageReceived(direction=Direction.OUT):
            if _known(db, inbox, fact.provider_id, fact.client_ref):
                return False
            return any(row["destination"] == fact.person.address and same_words(row, fact) for row in under_way)
        case Receipt(provider_id=str() as id) if id:
            return not _known(db, inbox, id, fact.client_ref)
        case MessageEdited() | MessageUnsent() | Reaction():
            return not _known(db, inbox, fact.provider_id, None)
    return False


def _known(db: sqlite3.Connection, inbox: InboxRow, provider_id: str, client_ref: str | None) -> bool:
    if messages.by_key(db, inbox.key_scope, provider_id) is not None:
        return True
    return bool(client_ref) and messages.by_ref(db, client_ref or "") is not None


def same_words(item: Row, echo: MessageReceived) -> bool:
    """Does the echo say what this outbox item says? Without words: is it as many files?"""
    payload = json.loads(item["payload"])
    ours, theirs = _bare(payload.get("text", "")), _bare(echo.text)
    if ours or theirs:
        return ours == theirs
    return len(payload.get("files", ())) == len(echo.attachments) > 0


def _bare(text: str) -> str:
    return " ".join(fold(text).split())


def of_unknown(tx: Tx, inbox: InboxRow, echo: MessageReceived) -> int | None:
    """The message of unknown fate that this echo shows to have arrived."""
    identity = contacts.find_identity(tx.db, inbox.id, echo.person.address)
    if identity is None or echo.author is Author.BOT:
        return None
    for row in store.unknown_to(tx.db, inbox.id, identity["id"]):
        left = row["leaving_at"] or row["updated_at"]
        if abs(echo.sent_at - left) <= SAME_MS and same_words(row, echo):
            return int(row["n"])
    return None


def adopt(tx: Tx, scope: str, provider_id: str, n: int) -> None:
    """The provider calls message `n` so. Where an echo of that id has come already as a message of its own, the two become
    one: ours stays, with what the echo has gathered."""
    known = messages.by_key(tx.db, scope, provider_id)
    if known is None:
        messages.add_key(tx, scope, provider_id, n)
        return
    if known == n:
        return
    echo, ours = messages.get(tx.db, known), messages.get(tx.db, n)
    if echo["direction"] != Direction.OUT or outbox.of_message(tx.db, known) is not None:
        return  # another message of ours has that id: two sends, two messages
    store.merge(tx, into=n, gone=known)
    if echo["state"] in (DeliveryState.DELIVERED, DeliveryState.READ):
        messages.move_state(tx, n, DeliveryState(echo["state"]), at=echo["state_at"])
    for conversation in {echo["conversation_id"], ours["conversation_id"]}:
        conversations.refresh(tx, conversation)
        tx.changed("conversation", conversation)
