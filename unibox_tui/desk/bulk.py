"""One action on many conversations: in short transactions, with its progress, as one undo.

Each `step` is one transaction. It does conversation after conversation until another one as slow as the slowest so far
would take it over its budget, so a quick machine does many and a slow one few. What was done when it is stopped, or killed,
is one action that undo takes back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from unibox_tui.desk import actions
from unibox_tui.desk.actions import Call
from unibox_tui.desk.done import Done
from unibox_tui.domain.errors import Conflict, NotFound, WrongUse
from unibox_tui.domain.saying import Said, say, say_count
from unibox_tui.store import bulk, events
from unibox_tui.store.database import Tx
from unibox_tui.store.events import Actor

BUDGET_S = 0.035  # of the 50 ms a transaction may take; the rest is for writing it to the disk
FROM = 50  # more conversations than this are a bulk action
VERBS = ("assign", "label", "unlabel", "resolve", "reopen", "pending", "snooze", "priority", "spam", "unread")

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Budget:
    """When it is enough for one transaction. `clock` in seconds; `slowest` one change so far."""

    clock: Clock = time.perf_counter
    most: float = BUDGET_S

    @contextmanager
    def spend(self) -> Iterator[Callable[[], bool]]:
        """Within it: a function that says, after each change, whether to stop."""
        began = last = self.clock()
        slowest = 0.0

        def enough() -> bool:
            nonlocal last, slowest
            now = self.clock()
            slowest, last = max(slowest, now - last), now
            return now - began + slowest > self.most

        yield enough


@dataclass(frozen=True, slots=True)
class Bulk:
    """How far a bulk action has come: `at` of `targets` gone through. `refused`: the first few that would not, with why."""

    call: Call
    targets: tuple[int, ...]
    at: int = 0
    changed: int = 0
    action_id: str | None = None
    refused: int = 0
    why: tuple[tuple[int, str], ...] = ()
    words: str = ""

    @property
    def total(self) -> int:
        return len(self.targets)

    @property
    def ended(self) -> bool:
        return self.at >= len(self.targets)


def of(call: Call, targets: Sequence[int]) -> Bulk:
    """Raises WrongUse for an action that is not for many."""
    if call.name not in VERBS:
        raise WrongUse(
            say("{name} works on one conversation at a time.", name=call.name),
            hint=say("For many: {verbs}.", verbs=", ".join(VERBS)),
        )
    return Bulk(call, tuple(dict.fromkeys(targets)))


def step(tx: Tx, actor: Actor, work: Bulk, budget: Budget = Budget()) -> Bulk:
    """The next transaction's worth. Raises what is wrong with the call itself; a conversation that is gone or that
    somebody else holds is counted and left."""
    if not work.targets:
        raise WrongUse("No conversation is chosen.")
    call = work.call
    if call.name == "spam" and call.args.get("spam") is None:
        # "The other way round" is decided once for all of them.
        call = Call("spam", {**call.args, "spam": not bulk.all_spam(tx.db, work.targets)})
        work = replace(work, call=call)
    id = work.action_id
    if id is None:
        id = events.start_action(tx, actor.agent, call.name, "")
        bulk.begin(tx, id, work.total)
    act = Actor(actor.kind, actor.name, actor.cause, id)
    at, changed, refused, why, words = work.at, work.changed, work.refused, list(work.why), work.words
    with budget.spend() as enough:
        while at < work.total:
            target = work.targets[at]
            try:
                done = actions.perform(tx, act, call, [target])
                changed += bool(done.changed)
                words = words or done.summary
            except (Conflict, NotFound) as error:
                from unibox_tui.desk.undo import FEW

                refused += 1
                if len(why) < FEW:
                    why.append((target, error.message))
            at += 1
            if enough():
                break
    work = replace(
        work, at=at, changed=changed, action_id=id, refused=refused, why=tuple(why), words=words or call.name
    )
    bulk.went_on(tx, id, _summary(work), at, changed)
    if work.ended:
        bulk.drop(tx, id)
    return work


def stop(tx: Tx, work: Bulk) -> None:
    """It is broken off here. What was done stays, as one action."""
    if work.action_id is not None:
        bulk.drop(tx, work.action_id)


def done(work: Bulk) -> Done:
    """What it answers, ended or broken off."""
    from unibox_tui.desk.undo import MOST_NAMED

    summary = _summary(work)
    if work.refused:
        first = ", ".join(f"#{id}: {why}" for id, why in work.why)
        summary = say("{summary} ({n} left as they are: {which})", summary=summary, n=work.refused, which=first)
    return Done(
        summary,
        work.targets[: work.at][:MOST_NAMED],
        work.action_id if work.changed else None,
        work.changed,
        {"matched": work.total, "done": work.at, "refused": work.refused},
    )


def _summary(work: Bulk) -> str:
    what = say_count("{n} conversation", "{n} conversations", work.changed)
    words = _filled(work.words, what)
    if work.changed == work.total:
        return words
    return say("{summary} (of {total})", summary=words, total=work.total)


def _filled(words: str, what: Said) -> str:
    """`words` with `what` in the place of the one conversation it was said about."""
    if not isinstance(words, Said):
        return say("{what}: {words}", what=what, words=words)
    args: Mapping[str, Any] = words.args
    if "what" in args:
        return say(words.template, **{**args, "what": what})
    if isinstance(args.get("summary"), Said):
        return say(words.template, **{**args, "summary": _filled(args["summary"], what)})
    return say("{what}: {words}", what=what, words=words)
