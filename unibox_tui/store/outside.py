"""What other systems write: contacts and orders by their own numbers, never over what a person typed.

`Outcome.conflicts` names the fields where a person's value was kept; they are stored until a person decides.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from unibox_tui.domain.errors import NotFound, WrongUse
from unibox_tui.domain.fields import FieldRule
from unibox_tui.domain.orders import RANK, REACHED
from unibox_tui.domain.saying import say
from unibox_tui.domain.words import Author
from unibox_tui.store import contacts, conversations, events, labels, merging, orders, recognising
from unibox_tui.store.database import Row, Tx
from unibox_tui.store.events import Actor
from unibox_tui.store.outside_reading import ContactGiven, OrderGiven
from unibox_tui.text.fold import fold
from unibox_tui.text.keys import normal

KEEP_REQUESTS_MS = 7 * 86_400_000
_BLANK: tuple[Any, ...] = (None, "", 0, [], "[]")


@dataclass(frozen=True, slots=True)
class Outcome:
    """`what`: created, changed or same."""

    kind: str
    id: int
    what: str
    changed: tuple[str, ...] = ()
    conflicts: tuple[dict[str, Any], ...] = field(default_factory=tuple)

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "id": self.id,
            "outcome": self.what,
            "changed": list(self.changed),
            "conflicts": [dict(one) for one in self.conflicts],
        }


def actor_of(system: str) -> Actor:
    return Actor(Author.BOT, system, f"system:{system}")


# -- contacts --------------------------------------------------------------------------------------------------------


def put_contact(
    tx: Tx, system: str, given: ContactGiven, *, region: str = "VN", rules: Mapping[str, FieldRule] | None = None
) -> Outcome:
    """Make or change the contact this system means. Raises WrongUse, NotFound."""
    actor = actor_of(system)
    known = _contact_meant(tx.db, system, given, region)
    what = "same"
    if known is None:
        known = contacts.create(tx, name=given.fields.get("name", ""), language=given.fields.get("language"))
        events.record(tx, actor, "contact.created", contact=known, data={"system": system})
        what = "created"
    top = merging.root(tx.db, known)
    if contacts.get(tx.db, top)["forgotten_at"] is not None:
        raise NotFound(say("Contact {contact} was forgotten.", contact=top), code="forgotten")
    if given.external_id:
        tx.run(
            "INSERT INTO outside_id (system, external_id, contact_id, at) VALUES (:system, :external, :contact, :now) "
            "ON CONFLICT DO NOTHING",
            system=system,
            external=given.external_id,
            contact=known,
            now=tx.now,
        )
    changed, conflicts = _contact_fields(tx, actor, system, top, given.fields)
    if _labels(tx, actor, top, given.labels):
        changed.append("labels")
    if _keys(tx, actor, top, known, given, region):
        changed.append("keys")
        recognising.suggest(tx, top, cause=actor.cause)
    if changed and what == "same":
        what = "changed"
    return Outcome("contact", top, what, tuple(changed), tuple(conflicts))


def _contact_meant(db: sqlite3.Connection, system: str, given: ContactGiven, region: str) -> int | None:
    """By our number, by theirs, by a conversation; else by a key that a channel vouches for and one customer alone has; else who
    has this very name and all of these keys, so that a list taken in twice makes nobody twice."""
    if given.contact is not None:
        return merging.root(db, given.contact)
    if given.external_id:
        row = db.execute(
            "SELECT contact_id FROM outside_id WHERE system = :system AND external_id = :external",
            {"system": system, "external": given.external_id},
        ).fetchone()
        if row is not None:
            return int(row[0])
    if given.conversation is not None:
        talk = conversations.get(db, conversations.root(db, given.conversation))
        return merging.root(db, int(talk["contact_id"]))
    holders: set[int] = set()
    for kind, values in (("phone", given.phones), ("email", given.emails)):
        for value in values:
            rows = db.execute(
                "SELECT contact_id FROM contact_key WHERE norm = :norm AND kind = :kind AND verified = 1 LIMIT 20",
                {"norm": normal(kind, value, region), "kind": kind},
            )
            holders |= {merging.root(db, int(row[0])) for row in rows}
    return holders.pop() if len(holders) == 1 else _told_before(db, system, given, region)


def _told_before(db: sqlite3.Connection, system: str, given: ContactGiven, region: str) -> int | None:
    """The first one with the same name and keys; not one whom this system calls by another number of its own."""
    name = fold(given.fields.get("name", ""))
    keys = {("phone", normal("phone", value, region)) for value in given.phones}
    keys |= {("email", normal("email", value, region)) for value in given.emails}
    if not name or not keys:
        return None
    kind, norm = min(keys)
    rows = db.execute(
        "SELECT DISTINCT contact_id FROM contact_key WHERE norm = :norm AND kind = :kind LIMIT 40",
        {"norm": norm, "kind": kind},
    ).fetchall()
    for contact in sorted({merging.root(db, int(row[0])) for row in rows}):
        held = db.execute("SELECT kind, norm FROM contact_key WHERE contact_id = :id", {"id": contact})
        if fold(contacts.get(db, contact)["name"]) != name or not keys <= {tuple(row) for row in held}:
            continue
        own = "SELECT 1 FROM outside_id WHERE system = :system AND contact_id = :id"
        if not given.external_id or db.execute(own, {"system": system, "id": contact}).fetchone() is None:
            return contact
    return None


def _contact_fields(
    tx: Tx, actor: Actor, system: str, top: int, fields: Mapping[str, str]
) -> tuple[list[str], list[dict[str, Any]]]:
    now = merging.values(tx.db, top)
    wanted: dict[str, tuple[Any, Any]] = {}
    conflicts: list[dict[str, Any]] = []
    for name, value in fields.items():
        current = now.get(name)
        if value in _BLANK or current == value:
            settle(tx, "contact", top, name, system)
        elif current in _BLANK or not _typed_contact(tx.db, top, name, current):
            wanted[name] = (current, value)
            settle(tx, "contact", top, name, system)
        else:
            conflicts.append(_conflict(tx, "contact", top, name, system, current, value))
    done = merging.change(tx, top, wanted)
    for name, (was, value) in sorted(done.items()):
        events.record(tx, actor, "contact.changed", contact=top, data={"field": name, "from": was, "to": value})
    if conflicts:
        told = {"system": system, "fields": [one["field"] for one in conflicts]}
        events.record(tx, actor, "contact.conflict", contact=top, data=told)
        tx.changed("contact", top)
    return sorted(done), conflicts


def _labels(tx: Tx, actor: Actor, top: int, names: Iterable[str]) -> bool:
    """Put these on; where one of the same set stands, that one stays."""
    held = labels.of_contact(tx.db, top)
    taken = {row["label_set"] for row in held} - {None, ""}
    wanted: dict[str, tuple[Any, Any]] = {}
    for row in (labels.ensure(tx, name) for name in names if name.strip()):
        if row["label_set"] not in taken:
            wanted[f"label.{row['id']}"] = (None, 1)
            taken |= {row["label_set"]} - {None, ""}
    done = merging.change(tx, top, wanted)
    for key in sorted(done):
        label = labels.by_id(tx.db, int(key.partition(".")[2]))
        told = {"field": key, "from": None, "to": 1, "label": label["name"] if label is not None else ""}
        events.record(tx, actor, "contact.changed", contact=top, data=told)
    return bool(done)


def _typed_contact(db: sqlite3.Connection, top: int, name: str, current: Any) -> bool:
    """Whether the last who set this field was a person. What was never set here came from a channel's profile."""
    people = ",".join(map(str, merging.tree(db, top)))
    for row in db.execute(
        f"SELECT actor_kind, data FROM event WHERE contact_id IN ({people}) AND kind = 'contact.changed' ORDER BY seq DESC"
    ):
        data = json.loads(row["data"])
        if data.get("field") == name:
            return bool(row["actor_kind"] == Author.AGENT)
    return False


def _keys(tx: Tx, actor: Actor, top: int, own: int, given: ContactGiven, region: str) -> bool:
    """Phones and addresses as stated keys. They have no identity: `-contact` stands for it, which follows merge and split."""
    added = False
    for kind, values in (("phone", given.phones), ("email", given.emails)):
        for value in values:
            norm = normal(kind, value, region)
            if not norm:
                raise WrongUse(say("{name}: that is no {kind}.", name=f"{kind}s", kind=kind))
            kept = norm if kind == "phone" else value.strip().lower()
            if kept in contacts.stated(tx.db, top, kind):
                continue
            contacts.add_key(tx, kind, kept, top, -own, verified=False, norm=norm)
            added = True
    if added:
        tx.changed("contact", top)
        events.record(tx, actor, "contact.keys", contact=top, data={"system": actor.name})
    return added


# -- orders ----------------------------------------------------------------------------------------------------------


def put_order(tx: Tx, system: str, given: OrderGiven, *, region: str = "VN", actor: Actor | None = None) -> Outcome:
    """Make or change the order this system means. `actor`: an agent who imports. Raises WrongUse, NotFound, Conflict."""
    act = actor or actor_of(system)
    row = _order_meant(tx.db, given)
    if row is None:
        return _new_order(tx, act, system, given, region)
    values = {name: value for name, value in given.fields.items() if name not in ("shop", "external_id")}
    typed = set(json.loads(row["typed"]))
    wanted: dict[str, Any] = {}
    conflicts: list[dict[str, Any]] = []
    for name, value in values.items():
        current = orders.value_of(row, name)
        if current == value or value in (None, "", []):
            settle(tx, "order", row["id"], name, system)
        elif name not in typed or current in _BLANK:
            wanted[name] = value
            settle(tx, "order", row["id"], name, system)
        else:
            conflicts.append(_conflict(tx, "order", row["id"], name, system, current, value))
    changed = list(wanted)
    if wanted:
        before = {name: orders.value_of(row, name) for name in wanted}
        orders.change(tx, row["id"], wanted, region=region, typed=False)
        _record(tx, act, "order.changed", row, {"order": row["id"], "before": before, "after": wanted})
    if given.state and given.state != row["state"]:
        if "state" in typed and not _follows(row["state"], given.state):
            conflicts.append(_conflict(tx, "order", row["id"], "state", system, row["state"], given.state))
        else:
            _move(tx, act, row, given, region)
            changed.append("state")
            settle(tx, "order", row["id"], "state", system)
    if conflicts:
        told = {"order": row["id"], "system": system, "fields": [one["field"] for one in conflicts]}
        _record(tx, act, "order.conflict", row, told)
        orders.tell(tx, row["id"])
    return Outcome("order", row["id"], "changed" if changed else "same", tuple(sorted(changed)), tuple(conflicts))


def _order_meant(db: sqlite3.Connection, given: OrderGiven) -> Row | None:
    if given.order is not None:
        return orders.get(db, given.order)
    external = given.fields.get("external_id")
    return orders.by_external(db, given.fields.get("shop", ""), external) if external else None


def _new_order(tx: Tx, act: Actor, system: str, given: OrderGiven, region: str) -> Outcome:
    values: dict[str, Any] = {"currency": "VND", **given.fields, "state": given.state or "draft"}
    if given.conversation is not None:
        top = conversations.root(tx.db, given.conversation)
        values |= {"conversation_id": top, "contact_id": conversations.get(tx.db, top)["contact_id"]}
    else:
        values["contact_id"] = _customer(tx.db, system, given, region)
    if values["state"] != "draft":
        values[REACHED[values["state"]]] = given.at or tx.now
    if values["state"] == "confirmed":
        values["closed_by"] = act.name
    if given.at:
        values["created_at"] = given.at
    id = orders.create(tx, values, region=region, typed=False)
    row = orders.get(tx.db, id)
    told = {
        "order": id,
        "state": row["state"],
        "amount": row["amount"],
        "currency": row["currency"],
        "shop": row["shop"],
    }
    _record(tx, act, "order.created", row, told)
    return Outcome("order", id, "created", tuple(sorted(given.fields)))


def _customer(db: sqlite3.Connection, system: str, given: OrderGiven, region: str) -> int | None:
    """Whose order it is: as said, else the one customer who has its phone; several or none: nobody's yet."""
    if given.contact is not None:
        return merging.root(db, given.contact)
    if given.customer_external_id:
        meant = ContactGiven(external_id=given.customer_external_id)
        found = _contact_meant(db, system, meant, region)
        if found is not None:
            return found
    norm = normal("phone", given.fields.get("phone") or "", region)
    if not norm:
        return None
    rows = db.execute(
        "SELECT DISTINCT contact_id FROM contact_key WHERE norm = :norm AND kind = 'phone' LIMIT 20", {"norm": norm}
    )
    holders = {merging.root(db, int(row[0])) for row in rows}
    return holders.pop() if len(holders) == 1 else None


def _follows(now: str, then: str) -> bool:
    """Whether a carrier or shop may move it on by itself: forward; never out of an end that a person set."""
    return now not in ("returned", "cancelled") and RANK[then] > RANK[now]


def _move(tx: Tx, act: Actor, row: Row, given: OrderGiven, region: str) -> None:
    values: dict[str, Any] = {"state": given.state}
    if given.state in REACHED:
        values[REACHED[given.state]] = given.at or tx.now
    if given.state == "confirmed" and row["closed_by"] is None:
        values["closed_by"] = act.name
    before = {name: row[name] for name in values}
    orders.change(tx, row["id"], values, region=region, typed=False)
    data = {"order": row["id"], "from": row["state"], "to": given.state, "before": before, "after": values}
    _record(tx, act, "order.state", row, data)


def _record(tx: Tx, actor: Actor, kind: str, row: Row, data: Mapping[str, Any]) -> None:
    contact = orders.contact_of(tx.db, row)
    events.record(tx, actor, kind, conversation=row["conversation_id"], contact=contact, data=data)


# -- conflicts -------------------------------------------------------------------------------------------------------


def _conflict(tx: Tx, kind: str, id: int, name: str, system: str, kept: Any, given: Any) -> dict[str, Any]:
    tx.run(
        "INSERT INTO outside_conflict (kind, id, field, system, value, at) VALUES (:kind, :id, :field, :system, :value, :now) "
        "ON CONFLICT (kind, id, field, system) DO UPDATE SET value = excluded.value, at = excluded.at",
        kind=kind,
        id=id,
        field=name,
        system=system,
        value=json.dumps(given, ensure_ascii=False),
        now=tx.now,
    )
    return {"field": name, "kept": kept, "given": given}


def settle(tx: Tx, kind: str, id: int, name: str, system: str) -> bool:
    """The difference is gone, or a person decided; False when there was none."""
    return bool(
        tx.run(
            "DELETE FROM outside_conflict WHERE kind = :kind AND id = :id AND field = :field AND system = :system",
            kind=kind,
            id=id,
            field=name,
            system=system,
        )
    )


def decided(tx: Tx, kind: str, id: int, fields: Iterable[str]) -> None:
    """A person set these fields: what systems say otherwise is asked no more."""
    for name in fields:
        tx.run(
            "DELETE FROM outside_conflict WHERE kind = :kind AND id = :id AND field = :field",
            kind=kind,
            id=id,
            field=name,
        )


def conflicts(db: sqlite3.Connection, kind: str, ids: Iterable[int]) -> list[Row]:
    """(id, field, system, value, at) that wait for a person."""
    held = ",".join(str(int(id)) for id in ids) or "NULL"
    return db.execute(
        f"SELECT * FROM outside_conflict WHERE kind = :kind AND id IN ({held}) ORDER BY at, field", {"kind": kind}
    ).fetchall()


def all_conflicts(db: sqlite3.Connection, limit: int = 200) -> list[Row]:
    return db.execute("SELECT * FROM outside_conflict ORDER BY at DESC LIMIT :limit", {"limit": limit}).fetchall()


# -- requests --------------------------------------------------------------------------------------------------------


def answered(db: sqlite3.Connection, system: str, key: str) -> Row | None:
    row: Row | None = db.execute(
        "SELECT * FROM outside_request WHERE system = :system AND key = :key", {"system": system, "key": key}
    ).fetchone()
    return row


def remember(tx: Tx, system: str, key: str, digest: str, status: int, answer: str) -> None:
    tx.run("DELETE FROM outside_request WHERE at < :old", old=tx.now - KEEP_REQUESTS_MS)
    tx.run(
        "INSERT INTO outside_request (system, key, digest, status, answer, at) "
        "VALUES (:system, :key, :digest, :status, :answer, :now) ON CONFLICT DO NOTHING",
        system=system,
        key=key,
        digest=digest,
        status=status,
        answer=answer,
        now=tx.now,
    )
