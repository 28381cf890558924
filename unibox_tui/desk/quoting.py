"""An answer to one message: by reference where the inbox can, else with its words as a line above the text."""

from __future__ import annotations

from dataclasses import replace

from unibox_tui.desk.letter import Letter
from unibox_tui.store.database import Row, Tx
from unibox_tui.store.inboxes import InboxRow
from unibox_tui.text.quoting import above
from unibox_tui.views.quoting import quoted
from unibox_tui.views.ways import can_quote


def put(tx: Tx, top: int, inbox: InboxRow, identity: Row, letter: Letter) -> Letter:
    """The letter as it leaves through `inbox` to `identity`. Raises what `views.quoting.quoted` does."""
    if letter.answers is None:
        return letter
    found = quoted(tx.db, top, letter.answers)
    if found.by_reference(can_quote(inbox.capabilities, identity["kind"]), identity["id"]):
        return letter
    if letter.kind != "text":
        return replace(letter, answers=None)
    return replace(letter, answers=None, text=above(found.words, letter.text.strip("\n")))
