"""Reactions of ours to a customer's message, and files that shall be fetched anew."""

from __future__ import annotations

from unibox_tui.desk.done import Done
from unibox_tui.domain.errors import Conflict, Refused
from unibox_tui.domain.saying import say
from unibox_tui.domain.words import Direction
from unibox_tui.store import conversations, events, inboxes, media, messages, reactions_owed
from unibox_tui.store.database import Tx
from unibox_tui.store.events import Actor
from unibox_tui.views.channel_options import allowed_reactions

NONE = ("", "none", "-")


def react(tx: Tx, actor: Actor, message_n: int, emoji: str) -> Done:
    """`emoji` "" or "none" takes ours back. It is shown at once and sent until the provider has it."""
    row = messages.get(tx.db, message_n)
    top = conversations.root(tx.db, row["conversation_id"])
    if row["direction"] != Direction.IN or row["inbox_id"] is None or messages.provider_id(tx.db, message_n) is None:
        raise Refused("Only a customer's message takes a reaction.", hint="Go to it in the thread.")
    inbox = inboxes.by_id(tx.db, row["inbox_id"])
    allowed = inbox.capabilities.extra.get("reactions")
    if not allowed:
        raise Refused(say("{inbox} takes no reactions.", inbox=inbox.title), hint="Write an answer.")
    emoji = "" if emoji.strip().lower() in NONE else emoji.strip()
    if emoji and isinstance(allowed, list | tuple) and emoji not in allowed:
        raise Refused(
            say("{inbox} does not take {emoji}.", inbox=inbox.title, emoji=emoji),
            hint=say("It takes: {choices}.", choices=" ".join(allowed_reactions(allowed))),
        )
    reactions_owed.want(tx, message_n, emoji, actor.name or "")
    events.record(
        tx, actor, "message.reacted", conversation=top, inbox=inbox.id, message=message_n, data={"emoji": emoji}
    )
    said = (
        say("reacted with {emoji} in #{top}", emoji=emoji, top=top)
        if emoji
        else say("reaction taken back in #{top}", top=top)
    )
    return Done(said, (top,), None, 1, {"message": row["id"], "emoji": emoji})


def fetch_again(tx: Tx, actor: Actor, message_n: int, file: str | None = None) -> Done:
    """Ask the provider once more for the files of a message (or one of them) that are not here."""
    row = messages.get(tx.db, message_n)
    top = conversations.root(tx.db, row["conversation_id"])
    asked = media.again(tx, message_n, file)
    if not asked:
        raise Conflict("No file of this message can be fetched again.", hint="What is here is saved with w.")
    events.record(tx, actor, "message.fetched_again", conversation=top, message=message_n, data={"count": asked})
    return Done(say("fetching {n} again", n=asked), (top,), None, asked, {"message": row["id"], "files": asked})
