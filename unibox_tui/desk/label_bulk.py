"""Two labels made one, or one taken off everything: in short transactions however many have it, as one undo.

What has the label loses it conversation by conversation and customer by customer, each with its own event, so an undo
gives it back where nobody has decided otherwise since. The label itself goes last, in the transaction that finds nobody
has it any more.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from unibox_tui.desk import people
from unibox_tui.desk.done import Done, begin
from unibox_tui.desk.triage import put_label, put_on
from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.saying import say
from unibox_tui.store import bulk, events, labels
from unibox_tui.store import label_editing as store
from unibox_tui.store.conversations import get
from unibox_tui.store.database import Row, Tx
from unibox_tui.store.events import Actor

_AT_ONCE = 200  # holders read at a time
_NAMED = 500  # conversations handed back to be shown


@dataclass(frozen=True, slots=True)
class Relabel:
    """How far it has come: `at` of `total` holders gone through. `into` None: the label is taken away."""

    label: int
    name: str
    into: int | None
    into_name: str
    total: int
    at: int = 0
    conversations: int = 0
    first: tuple[int, ...] = ()
    action_id: str | None = None
    ended: bool = False


def of(db: sqlite3.Connection, name: str, into: str | None = None) -> Relabel:
    """Raises NotFound for a label that is not there, WrongUse for one that would go into itself."""
    row = labels.named(db, name)
    target = labels.named(db, into) if into else None
    if target is not None and target["id"] == row["id"]:
        raise WrongUse("A label cannot be merged into itself.")
    held = store.held_by(db, row["id"])
    if target is None:
        return Relabel(int(row["id"]), str(row["name"]), None, "", held)
    return Relabel(int(row["id"]), str(row["name"]), int(target["id"]), str(target["name"]), held)


def step(tx: Tx, actor: Actor, work: Relabel, enough: Callable[[], bool] = lambda: False) -> Relabel:
    """Go on until the end or until it is `enough` for one transaction; at least one holder is done. A label that somebody
    else has taken away meanwhile ends it."""
    row = labels.by_id(tx.db, work.label)
    target = None if work.into is None else labels.by_id(tx.db, work.into)
    if row is None or (work.into is not None and target is None):
        return replace(work, ended=True)
    act = actor
    if work.action_id is not None:
        act = replace(actor, action_id=work.action_id)
    elif actor.action_id is None:
        act = begin(tx, actor, "label-remove" if target is None else "label-merge", _summary(work))
        if act.action_id is not None:
            bulk.begin(tx, act.action_id, work.total)
    at, changed, first = work.at, work.conversations, list(work.first)
    stopped = False
    while not stopped and (found := store.some_holders(tx.db, work.label, _AT_ONCE)) != ([], []):
        conversations, contacts = found
        for id in conversations:
            _conversation(tx, act, id, row, target)
            changed += 1
            if len(first) < _NAMED:
                first.append(id)
            at += 1
            if stopped := enough():
                break
        for id in () if conversations else contacts:
            people.label(tx, act, id, [] if target is None else [target["name"]], [row["name"]])
            at += 1
            if stopped := enough():
                break
    ended = store.some_holders(tx.db, work.label, 1) == ([], [])
    if ended:
        _end(tx, act, row, target)
    work = replace(
        work, at=at, total=at if ended else max(work.total, at), conversations=changed, first=tuple(first), action_id=act.action_id, ended=ended
    )  # fmt: skip
    if act.action_id is not None and actor.action_id is None:
        bulk.went_on(tx, act.action_id, _summary(work), at, at + ended)
    return work


def _end(tx: Tx, act: Actor, row: Row, target: Row | None) -> None:
    """The label itself, and what parts of customers still have of it."""
    parts = store.parts(tx.db, row["id"])
    data: dict[str, Any] = {
        "label_id": row["id"],
        "label": row["name"],
        "row": store.plain(row),
        "conversations": [],
        "contacts": parts,
    }
    if target is not None:
        data |= {"into": target["id"], "given": store.move(tx, row["id"], target["id"])}
    store.drop(tx, row["id"])
    events.record(tx, act, "label.removed", data=data)


def stop(tx: Tx, work: Relabel) -> None:
    """It is broken off here; what was done stays, as one action."""
    if work.action_id is not None:
        bulk.drop(tx, work.action_id)


def done(work: Relabel) -> Done:
    """What it answers, ended or broken off."""
    data = {"matched": work.total, "done": work.at, "moved" if work.into is not None else "taken": work.conversations}
    return Done(_summary(work), work.first, work.action_id, 1, {"label": work.into_name or work.name, **data})


def _conversation(tx: Tx, act: Actor, id: int, row: Row, target: Row | None) -> None:
    """What the customer has is settled afterwards, customer by customer."""
    contact = get(tx.db, id)["contact_id"]
    put_label(tx, act, id, contact, row, on=False, stick=False)
    if target is not None:
        put_on(tx, act, id, contact, target)


def _summary(work: Relabel) -> str:
    if not work.ended and work.at:
        part = {"name": work.name, "n": work.at, "total": work.total}
        if work.into is None:
            return say("label “{name}” taken off {n} of {total}", **part)
        return say("label “{name}” merged into “{into}” for {n} of {total}", into=work.into_name, **part)
    if work.into is None:
        return say("label “{name}” taken away from {n} conversations", name=work.name, n=work.conversations)
    return say(
        "label “{name}” merged into “{into}”: {n} conversations",
        name=work.name,
        into=work.into_name,
        n=work.conversations,
    )
