"""Fields of a customer that a helpdesk upstream has too, both ways.

Theirs are taken over one by one where they changed there since last heard of; ours are told when they are decided here. What
both knew last stands with every thread of the customer, so that what came from one side is not told back to it.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.fields import checked
from unibox_tui.domain.inbound import CustomerChanged
from unibox_tui.store import contacts, events, merging, mirrors
from unibox_tui.store.database import Row, Tx
from unibox_tui.store.events import Actor
from unibox_tui.sync.facts import Outcome

if TYPE_CHECKING:
    from unibox_tui.sync.ingest import Ingest

PREFIX = "attributes."


def changed(work: Ingest, event: CustomerChanged, actor: Actor) -> Outcome:
    rows = mirrors.threads_of_key(work.tx.db, work.inbox.id, event.key)
    if not rows:
        return Outcome("ignored")
    take_over(work.tx, actor, work.inbox.id, event.key, event.fields)
    return Outcome("applied")


def take_over(tx: Tx, actor: Actor, inbox: int, key: str, fields: Mapping[str, str]) -> None:
    """They have these fields of the customer now. Where they are heard of for the first time, what is here already stays."""
    rows = mirrors.threads_of_key(tx.db, inbox, key)
    states = [mirrors.loads(row["theirs"]) for row in rows]
    before = next((state.customer for state in states if state.customer is not None), None)
    if before != fields:
        for contact in sorted({int(row["contact_id"]) for row in rows}):
            _set(tx, actor, merging.root(tx.db, contact), before, fields)
    for row, state in zip(rows, states, strict=True):
        if state.customer != fields or state.who != key:
            mirrors.heard(tx, inbox, row["thread"], replace(state, who=key, customer=dict(fields)))


def _set(tx: Tx, actor: Actor, contact: int, before: Mapping[str, str] | None, fields: Mapping[str, str]) -> None:
    if contacts.get(tx.db, contact)["forgotten_at"] is not None:
        return
    now, known = merging.values(tx.db, contact), before or {}
    wanted = {}
    for name in sorted(known.keys() | fields.keys()):
        said = fields.get(name, "")
        if known.get(name, "") == said:
            continue
        key = PREFIX + name
        try:
            value = checked(name, said)
        except WrongUse:
            continue  # it cannot be a field here
        if before is not None or key not in now:
            wanted[key] = (now.get(key), value or None)
    for key, (was, value) in sorted(merging.change(tx, contact, wanted).items()):
        events.record(tx, actor, "contact.changed", contact=contact, data={"field": key, "from": was, "to": value})


# -- telling --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Telling:
    """What a helpdesk is to know of one customer; `threads` are those of theirs."""

    who: str
    fields: Mapping[str, str]
    threads: tuple[str, ...]


def decided(found: Iterable[Row]) -> dict[int, set[str]]:
    """contact -> names of fields, of the events `contact.changed`."""
    about: dict[int, set[str]] = {}
    for event in found:
        field = str(json.loads(event["data"]).get("field", ""))
        if field.startswith(PREFIX):
            about.setdefault(int(event["contact_id"]), set()).add(field.removeprefix(PREFIX))
    return about


def differences(db: sqlite3.Connection, inbox: int, contact: int, names: Collection[str]) -> Sequence[Telling]:
    """Only fields that were decided: what else is known here of a customer is not the helpdesk's business."""
    top = merging.root(db, contact)
    now = merging.values(db, top)
    ours = {name: str(now.get(PREFIX + name) or "") for name in sorted(names)}
    wanted: dict[str, dict[str, str]] = {}
    threads: dict[str, list[str]] = {}
    for row in mirrors.threads_of_contact(db, inbox, top):
        state = mirrors.loads(row["theirs"])
        if not state.who:
            continue
        known = state.customer or {}
        threads.setdefault(state.who, []).append(row["thread"])
        wanted.setdefault(state.who, {}).update(
            {name: value for name, value in ours.items() if known.get(name, "") != value}
        )
    return [Telling(who, fields, tuple(threads[who])) for who, fields in wanted.items() if fields]


def told(tx: Tx, inbox: int, telling: Telling) -> None:
    """They have it so now."""
    for thread in telling.threads:
        row = mirrors.thread(tx.db, inbox, thread)
        if row is None:
            continue
        state = mirrors.loads(row["theirs"])
        customer = {**(state.customer or {}), **telling.fields}
        kept = {name: value for name, value in customer.items() if value}
        mirrors.heard(tx, inbox, thread, replace(state, customer=kept))
