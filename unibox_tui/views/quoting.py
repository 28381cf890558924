"""The one message an answer quotes: whether it may be quoted, its first words, and how an inbox does it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from unibox_tui.domain.errors import NotFound, Refused
from unibox_tui.domain.saying import say
from unibox_tui.domain.words import Direction
from unibox_tui.store import contacts, conversations, messages
from unibox_tui.views.people import first_words

CELLS = 100


@dataclass(frozen=True, slots=True)
class Quoted:
    """`words`: safe, one line. `identity_id`: through whose address it came or went. `known`: the provider has a name for it."""

    n: int
    words: str
    identity_id: int | None
    known: bool

    def by_reference(self, can_quote: bool, identity_id: int | None) -> bool:
        """Whether an answer to `identity_id` points at it; else its words go as a line of the text."""
        return can_quote and self.known and self.identity_id is not None and self.identity_id == identity_id


def quoted(db: sqlite3.Connection, conversation: int, n: int) -> Quoted:
    """Message `n` as an answer in `conversation` may quote it: of the conversation, or of its customer elsewhere. Raises
    Refused for what the customer has not seen or has taken back, NotFound for what is not there."""
    row = messages.get(db, n)
    top = conversations.root(db, conversation)
    identity = row["identity_id"]
    if row["conversation_id"] not in conversations.members(db, top) and (
        identity is None or contacts.identity(db, identity)["contact_id"] != conversations.get(db, top)["contact_id"]
    ):
        raise NotFound(
            say("That message is not of the customer of #{n}.", n=top),
            hint=say("`unibox show {n} --json` lists the ids.", n=top),
        )
    if row["direction"] == Direction.NOTE:
        raise Refused(
            "A note is for colleagues: an answer does not quote it.", hint="Choose what was said to the customer."
        )
    if row["direction"] not in (Direction.IN, Direction.OUT):
        raise Refused("There are no words here to quote.", hint="Choose a message.")
    if row["unsent_at"] is not None or row["state"] == "cancelled":
        raise Refused("This message was taken back: an answer does not quote it.", hint="Choose another one.")
    files = [file["name"] for file in messages.files(db, n)]
    words = first_words(row["text"], row["subject"], *files, cells=CELLS)
    if not words:
        raise Refused("There are no words here to quote.", hint="Choose a message.")
    return Quoted(n, words, identity, messages.provider_id(db, n) is not None)
