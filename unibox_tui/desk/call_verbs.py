"""The verbs about calls, as `desk.actions` calls them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from unibox_tui.desk import call_links, calls
from unibox_tui.desk.done import Done
from unibox_tui.desk.logging_words import read
from unibox_tui.domain.calls import HOW, LINE
from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.saying import say
from unibox_tui.domain.words import Direction
from unibox_tui.store.database import Tx
from unibox_tui.store.events import Actor

Args = Mapping[str, Any]


def _one(targets: Sequence[int]) -> int | None:
    if len(targets) > 1:
        raise WrongUse("This works on one conversation at a time.")
    return targets[0] if targets else None


def call(tx: Tx, actor: Actor, args: Args, targets: Sequence[int]) -> Done:
    """`number` (instead of the customer's own), `inbox`, `how` (line, link, invite, consent; without: a line, else a link),
    `reason` (of asking for consent)."""
    top, number = _one(targets), args.get("number") or None
    if top is None and number is None:
        raise WrongUse("Whom?", hint="A conversation or a number.")
    how, inbox = args.get("how") or None, args.get("inbox")
    if how not in (None, *HOW):
        raise WrongUse(say("{word!r} is no way to call.", word=how), hint=say("One of: {words}.", words=", ".join(HOW)))
    if how is None and top is not None and number is None:
        way = call_links.usual(tx, top, actor.agent, inbox)
        if way is not None:
            how, inbox = way.how, way.inbox.name
    if how in (None, LINE):
        return calls.ring(tx, actor, conversation=top, number=number, inbox=inbox)
    if top is None or number is not None:
        raise WrongUse("Only a customer whose conversation is named is called so.")
    return call_links.begin(tx, actor, top, how, inbox=inbox, reason=str(args.get("reason") or ""))


def reason(tx: Tx, actor: Actor, args: Args, targets: Sequence[int]) -> Done:
    """`reason`, `message` (n; without: the latest call)."""
    return calls.set_reason(
        tx, actor, str(args.get("reason") or ""), conversation=_one(targets), message=args.get("message")
    )


def log(tx: Tx, actor: Actor, args: Args, targets: Sequence[int]) -> Done:
    """`text`, `direction` (in, out), `how` (visit, phone), `when` (epoch ms), `who`, `minutes`, `contact`; or `words`, which
    say all of it."""
    if args.get("words"):
        args = {**args, **read(str(args["words"]), tx.now)}
    return calls.log(
        tx,
        actor,
        str(args.get("text") or ""),
        conversation=_one(targets) if args.get("contact") is None else None,
        contact=args.get("contact"),
        direction=Direction(args.get("direction") or "in"),
        how=args.get("how") or calls.VISIT,
        when=args.get("when"),
        who=str(args.get("who") or ""),
        minutes=int(args.get("minutes") or 0),
    )


VERBS: dict[str, Callable[[Tx, Actor, Args, Sequence[int]], Done]] = {"call": call, "call_reason": reason, "log": log}
