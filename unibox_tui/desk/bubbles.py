"""An answer made of a stored one: whole, in one message or several, with buttons where the channel has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from unibox_tui.desk import answer
from unibox_tui.desk.done import Done
from unibox_tui.desk.letter import Letter
from unibox_tui.desk.routes import way_of
from unibox_tui.domain.errors import Refused
from unibox_tui.domain.saying import say
from unibox_tui.domain.words import Author, Status
from unibox_tui.store import conversations
from unibox_tui.store.database import Tx
from unibox_tui.store.events import Actor
from unibox_tui.text import filling


def reply(
    tx: Tx,
    actor: Actor,
    conversation: int,
    letter: Letter,
    *,
    buttons: Sequence[str] = (),
    then: Status | None = None,
) -> Done:
    """As `answer.reply`; files and buttons go with the last message. Raises Refused when something in the text still waits
    to be filled in."""
    if actor.kind is Author.AGENT and (left := filling.unresolved(letter.text)):
        raise Refused(
            say("{what} is not filled in.", what=left[0]), hint="Tab goes there; nothing was sent.", code="unresolved"
        )
    if buttons:
        row = conversations.get(tx.db, conversations.root(tx.db, conversation))
        inbox, _identity = way_of(tx, row, letter)
        if inbox.capabilities.extra.get("quick_replies"):
            letter = replace(letter, options={**letter.options, "quick_replies": list(buttons)})
        else:
            letter = replace(letter, text=filling.numbered(letter.text, buttons))
    return answer.reply(tx, actor, conversation, letter, then=then)
