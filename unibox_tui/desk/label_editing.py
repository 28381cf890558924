"""Labels as such: named anew, described, coloured, made one with another, taken away; everywhere at once, undoable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from unibox_tui.desk.done import Done, begin
from unibox_tui.domain.errors import Conflict, WrongUse
from unibox_tui.domain.saying import say
from unibox_tui.store import events, labels
from unibox_tui.store import label_editing as store
from unibox_tui.store.database import Row, Tx
from unibox_tui.store.events import Actor

COLOURS = ("", "red", "orange", "yellow", "green", "blue", "purple", "grey")


def edit(tx: Tx, actor: Actor, name: str, fields: Mapping[str, Any]) -> Done:
    """`fields`: name, colour, description, label_set (None or "": none), sticks. A label that is not there yet is made."""
    wanted = {key: value for key, value in fields.items() if key in store.FIELDS and value is not None}
    if "label_set" in fields:
        wanted["label_set"] = fields["label_set"] or None
    if "sticks" in wanted:
        wanted["sticks"] = int(bool(wanted["sticks"]))
    if wanted.get("colour", "") not in COLOURS:
        raise WrongUse(say("There is no colour {colour!r}.", colour=wanted["colour"]), hint=", ".join(COLOURS[1:]))
    new = " ".join(str(wanted.get("name", name)).split())
    if not new:
        raise WrongUse("A label needs a name.")
    row = labels.by_name(tx.db, name) or labels.ensure(tx, name)
    other = labels.by_name(tx.db, new)
    if other is not None and other["id"] != row["id"]:
        raise Conflict(
            say("There is a label “{name}” already.", name=other["name"]),
            hint=say("Merge them: label-edit {old} --into {name}", old=row["name"], name=other["name"]),
        )
    if "name" in wanted:
        wanted["name"] = new
    before = {key: row[key] for key in wanted if row[key] != wanted[key]}
    if not before:
        return Done(say("label “{name}”: nothing to change", name=row["name"]))
    act = begin(tx, actor, "label-edit", say("label “{old}” changed", old=row["name"]))
    after = {key: wanted[key] for key in before}
    store.change(tx, row["id"], after)
    events.record(
        tx, act, "label.changed", data={"label_id": row["id"], "label": row["name"], "before": before, "after": after}
    )
    summary = (
        say("label “{old}” is “{new}” now", old=row["name"], new=new)
        if "name" in before
        else say("label “{name}” changed", name=new)
    )
    return Done(summary, (), act.action_id, 1, {"label": new})


def merge(tx: Tx, actor: Actor, name: str, into: str) -> Done:
    """What has `name` has `into` from now on, and `name` is gone. In one transaction; `label_bulk` does it in many."""
    return _through(tx, actor, name, into)


def remove(tx: Tx, actor: Actor, name: str) -> Done:
    """Off everything, and gone."""
    return _through(tx, actor, name, None)


def _through(tx: Tx, actor: Actor, name: str, into: str | None) -> Done:
    from unibox_tui.desk import label_bulk  # seldom needed

    work = label_bulk.of(tx.db, name, into)
    while not work.ended:
        work = label_bulk.step(tx, actor, work)
    return label_bulk.done(work)


# -- undo ------------------------------------------------------------------------------------------------------------


def changed(tx: Tx, actor: Actor, event: Row, data: dict[str, Any], *, back: bool) -> bool:
    row = labels.by_id(tx.db, data["label_id"])
    expect, values = (data["after"], data["before"]) if back else (data["before"], data["after"])
    if row is None or any(row[key] != value for key, value in expect.items()):
        return False
    other = labels.by_name(tx.db, values["name"]) if "name" in values else None
    if other is not None and other["id"] != row["id"]:
        return False
    store.change(tx, row["id"], values)
    events.record(
        tx,
        actor,
        "label.changed",
        data={"label_id": row["id"], "label": row["name"], "before": expect, "after": values},
    )
    return True


def removed(tx: Tx, actor: Actor, event: Row, data: dict[str, Any], *, back: bool) -> bool:
    if back:
        if not store.bring_back(tx, data["row"], data["conversations"], data["contacts"]):
            return False
        if "into" in data:
            store.take(tx, data["into"], *data["given"])
        events.record(tx, actor, "label.brought_back", data={"label_id": data["label_id"], "label": data["label"]})
        return True
    row = labels.by_id(tx.db, data["label_id"])
    if row is None or ("into" in data and labels.by_id(tx.db, data["into"]) is None):
        return False
    # Who has been given it since is not asked again.
    if "into" in data:
        store.move(tx, row["id"], data["into"])
    store.drop(tx, row["id"])
    return True


# -- the table of actions --------------------------------------------------------------------------------------------


def edit_verb(tx: Tx, actor: Actor, args: Mapping[str, Any], targets: Sequence[int]) -> Done:
    """label; into (merge), remove, or name, colour, description, label_set, sticks."""
    name = args.get("label") or ""
    if not name:
        raise WrongUse("Which label?")
    if args.get("into"):
        return merge(tx, actor, name, args["into"])
    if args.get("remove"):
        return remove(tx, actor, name)
    return edit(tx, actor, name, {key: args[key] for key in store.FIELDS if key in args})
