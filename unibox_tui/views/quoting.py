"""The one message an answer quotes: whether it may be quoted, and its first words."""

from __future__ import annotations

import sqlite3

from unibox_tui.domain.errors import NotFound, Refused
from unibox_tui.domain.saying import say
from unibox_tui.domain.words import Direction
from unibox_tui.store import contacts, conversations, messages
from unibox_tui.views.models import Quoted
from unibox_tui.views.people import first_words

CELLS = 100


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


def still(db: sqlite3.Connection, conversation: int, n: int) -> Quoted | None:
    """The same for what a draft keeps; None for what may not be quoted any more."""
    try:
        return quoted(db, conversation, n)
    except (NotFound, Refused):
        return None
