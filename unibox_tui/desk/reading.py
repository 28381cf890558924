"""What an agent reads and for how long: markers, shared unread, presence, and the record of attention.

Only times and counts are written, never keystrokes.
"""

from __future__ import annotations

from unibox_tui.desk.done import Done
from unibox_tui.domain.words import Author
from unibox_tui.store import attention, conversations, events
from unibox_tui.store.database import Tx
from unibox_tui.store.events import Actor


def opened(tx: Tx, actor: Actor, conversation: int, session: str, *, peek: bool = False) -> None:
    """An agent opened a thread. Not a peek: the team's unread is cleared."""
    top = conversations.root(tx.db, conversation)
    attention.present(tx, actor.agent, session, top, "viewing")
    events.record(
        tx, actor, "agent.opened", conversation=top, data={"session": session} | ({"peek": True} if peek else {})
    )
    if not peek:
        clear_unread(tx, actor, top)


def clear_unread(tx: Tx, actor: Actor, top: int) -> None:
    row = conversations.get(tx.db, top)
    if row["unread"]:
        conversations.set_fields(tx, top, unread=0)
        events.record(tx, actor, "conversation.read", conversation=top, data={"from": row["unread"], "to": 0})


def left(
    tx: Tx,
    actor: Actor,
    conversation: int,
    session: str,
    *,
    seen_n: int | None,
    open_ms: int,
    typed_ms: int,
    idle_ms: int,
) -> None:
    """An agent left a thread: how long it was open, typed in and idle; `seen_n` moves the agent's own marker."""
    top = conversations.root(tx.db, conversation)
    attention.present(tx, actor.agent, session, None, "idle")
    if seen_n is not None:
        attention.mark_read(tx, actor.agent, top, seen_n)
    events.record(
        tx,
        actor,
        "agent.left",
        conversation=top,
        data={"session": session, "open_ms": open_ms, "typed_ms": typed_ms, "idle_ms": idle_ms},
    )


def left_behind(tx: Tx) -> int:
    """Those whose app was killed or lost its terminal have left when they were last heard of. Returns how many."""
    found = attention.lost(tx.db, tx.now)
    for row in found:
        opened = row["at"] if row["opened_at"] is None else row["opened_at"]
        events.record(
            tx,
            Actor(Author.AGENT, row["agent"], "lost"),
            "agent.left",
            conversation=conversations.root(tx.db, row["conversation_id"]),
            data={"session": row["session"], "open_ms": max(row["at"] - opened, 0), "lost": True},
        )
        attention.gone(tx, row["agent"], row["session"])
    return len(found)


def seen(tx: Tx, actor: Actor, conversation: int, n: int, *, clears: bool = False) -> None:
    """This agent has seen the thread up to `n`; `clears`: at its end the team's unread is cleared, what came
    while it was open too."""
    top = conversations.root(tx.db, conversation)
    attention.mark_read(tx, actor.agent, top, n)
    if clears and n >= (conversations.get(tx.db, top)["last_n"] or 0):
        clear_unread(tx, actor, top)


def typing(tx: Tx, actor: Actor, conversation: int | None, session: str, doing: str) -> None:
    """viewing, typing or idle, now. Never rings."""
    top = conversations.root(tx.db, conversation) if conversation is not None else None
    attention.present(tx, actor.agent, session, top, doing)


def closed(tx: Tx, actor: Actor, session: str) -> Done:
    """The app ends."""
    attention.gone(tx, actor.agent, session)
    return Done("")
