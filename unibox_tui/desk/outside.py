"""Where a person decides between what they typed and what another system says."""

from __future__ import annotations

import json

from unibox_tui.desk import orders, people
from unibox_tui.desk.done import Done
from unibox_tui.domain.errors import NotFound, WrongUse
from unibox_tui.domain.orders import OrderRules
from unibox_tui.domain.saying import say
from unibox_tui.store import outside
from unibox_tui.store.database import Tx
from unibox_tui.store.events import Actor

KINDS = ("contact", "order")


def decide(tx: Tx, actor: Actor, kind: str, id: int, field: str, *, take: bool) -> Done:
    """Take what the system says (undoable like any change), or keep what is here. Raises NotFound, WrongUse."""
    if kind not in KINDS:
        raise WrongUse(say("There is no {kind} to decide about.", kind=kind), hint="contact or order.")
    waiting = [row for row in outside.conflicts(tx.db, kind, [id]) if row["field"] == field]
    if not waiting:
        raise NotFound(say("Nothing is to be decided about {field} of {kind} {id}.", field=field, kind=kind, id=id))
    value = json.loads(waiting[-1]["value"])
    if take and kind == "order" and field == "state":
        return orders.set_state(tx, actor, id, str(value))
    if take and kind == "order":
        return orders.set_fields(tx, actor, id, {field: value}, OrderRules())
    if take:
        return people.set_fields(tx, actor, id, {field: str(value)})
    outside.decided(tx, kind, id, [field])
    tx.changed("contact" if kind == "contact" else "order", id)
    return Done(say("{field} stays as it is", field=field), (), None, len(waiting), {kind: id})
