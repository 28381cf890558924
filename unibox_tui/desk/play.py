"""Play mode: the next conversation of a view that nobody is looking at, given to one agent at a time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import tzinfo
from itertools import islice

from unibox_tui.desk import triage
from unibox_tui.desk.done import Done, begin
from unibox_tui.domain.errors import NotFound, WrongUse
from unibox_tui.domain.saying import say
from unibox_tui.store import attention, conversations, doings, events
from unibox_tui.store.database import Tx
from unibox_tui.store.events import Actor
from unibox_tui.views import lists

AT_ONCE = 100
MOST = 2_000  # looked through of a view


def next_of(
    tx: Tx,
    actor: Actor,
    query: str,
    session: str,
    *,
    passed: Collection[int] = (),
    claim: bool = False,
    zone: tzinfo | None = None,
) -> Done:
    """Go into the first conversation of `query`, by its order, that is not among those `passed` and that nobody looks at;
    `claim`: only one that is nobody's or mine, and it is mine then. All in one transaction: no two agents get the same.

    Raises NotFound when there is none.
    """
    found = lists.ids(tx.db, query, me=actor.agent, now=tx.now, zone=zone)
    looked = 0
    while looked < MOST and (chunk := list(islice(found, AT_ONCE))):
        looked += len(chunk)
        busy = doings.busy(tx.db, chunk, actor.agent, session, tx.now - attention.FRESH_MS)
        owners = doings.owners(tx.db, chunk) if claim else {}
        for id in chunk:
            if id in passed or id in busy or owners.get(id) not in (None, actor.agent):
                continue
            return _go_into(tx, actor, id, session, claim=claim)
    raise NotFound(
        "Nothing more here that nobody looks at.", hint="Another view has more, or a colleague is in it.", code="played"
    )


def _go_into(tx: Tx, actor: Actor, id: int, session: str, *, claim: bool) -> Done:
    attention.present(tx, actor.agent, session, id, "viewing")
    act = begin(tx, actor, "play", say("#{n} → {who}", n=id, who=actor.agent)) if claim else actor
    taken = claim and triage.assign(tx, act, [id], actor.agent).changed
    events.record(tx, act, "play.opened", conversation=id, data={"claimed": bool(taken)})
    return Done(say("play: #{n}", n=id), (id,), act.action_id if taken else None, 1, {"conversation": id})


def skip(tx: Tx, actor: Actor, conversation: int, why: str) -> Done:
    """Pass over it, and say why: the trail keeps it."""
    why = " ".join(why.split())
    if not why:
        raise WrongUse("Why is it skipped?", hint="A word is enough: too hard, not mine, waiting for the stock …")
    top = conversations.root(tx.db, conversation)
    events.record(tx, actor, "play.skipped", conversation=top, data={"why": why})
    return Done(say("#{n} skipped: {why}", n=top, why=why), (top,), None, 1, {"conversation": top, "why": why})
