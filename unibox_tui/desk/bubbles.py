"""An answer as it leaves: one message or several in order, with buttons where the channel has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from unibox_tui.desk import answer
from unibox_tui.desk.done import Done, begin
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
    apart: bool = False,
    buttons: Sequence[str] = (),
    then: Status | None = None,
) -> Done:
    """As `answer.reply`. `apart`: lines of `---` part messages of their own; files and buttons go with the last one.
    Raises Refused when something in the text still waits to be filled in."""
    if actor.kind is Author.AGENT and (left := filling.unresolved(letter.text)):
        raise Refused(
            say("{what} is not filled in.", what=left[0]), hint="Tab goes there; nothing was sent.", code="unresolved"
        )
    parts = filling.bubbles(letter.text) if apart else [letter.text]
    if len(parts) < 2 and not buttons:
        return answer.reply(tx, actor, conversation, letter, then=then)
    top = conversations.root(tx.db, conversation)
    answer.guard_unseen(tx, actor, top, letter)
    inbox, _identity = way_of(tx, conversations.get(tx.db, top), letter)
    act = begin(tx, actor, "reply", say("reply in #{top}", top=top))
    done: Done | None = None
    seen = letter.seen_owner
    for place, part in enumerate(parts or [""]):
        last = place >= len(parts) - 1
        one = replace(letter, text=part, files=letter.files if last else (), force=True, seen_owner=seen)
        if last and buttons and inbox.capabilities.extra.get("quick_replies"):
            one = replace(one, options={**one.options, "quick_replies": list(buttons)})
        elif last:
            one = replace(one, text=filling.numbered(part, buttons))
        done = answer.reply(tx, act, top, one, then=then if last else None)
        seen = conversations.get(tx.db, top)["assignee"]
    assert done is not None
    if len(parts) < 2:
        return replace(done, action_id=act.action_id)
    summary = say("{summary} ({n} messages)", summary=done.summary, n=len(parts))
    return replace(done, summary=summary, action_id=act.action_id)
