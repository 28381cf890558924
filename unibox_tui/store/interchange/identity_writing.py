"""Identities of contacts out of their lines: keys, windows, what was handed over, how they stand."""

from __future__ import annotations

import json

from unibox_tui.store import contacts, given, inboxes, merging, standing
from unibox_tui.store.database import Tx
from unibox_tui.store.interchange import records
from unibox_tui.store.interchange.records import BadLine, ms, ms_or_none

SINCE = "interaction_said_at"  # among the facts of a standing: when the provider said so, of `last_interaction`


def owner(tx: Tx, contact: int) -> tuple[int, int | None]:
    """(who this contact is now, the contact itself when that is another)."""
    root = merging.root(tx.db, contact)
    return root, contact if root != contact else None


def write(tx: Tx, contact: int, inbox: inboxes.InboxRow, line: records.Identity) -> None:
    """Nothing when the inbox knows the address already. Raises BadLine."""
    if contacts.find_identity(tx.db, inbox.id, line.address) is not None:
        return
    id = tx.next_number("identity")
    top, home = owner(tx, contact)
    tx.run(
        "INSERT INTO identity (id, inbox_id, contact_id, home, kind, address, name, verified, attributes, first_seen_at, "
        "last_seen_at) VALUES (:id, :inbox, :contact, :home, :kind, :address, :name, :verified, :attributes, :first, :last)",
        id=id,
        inbox=inbox.id,
        contact=top,
        home=home,
        kind=line.kind,
        address=line.address,
        name=line.name,
        verified=int(line.verified),
        attributes=json.dumps(line.attributes, ensure_ascii=False),
        first=ms_or_none(line.first_seen_at, "first_seen_at"),
        last=ms_or_none(line.last_seen_at, "last_seen_at"),
    )
    for what, at in line.windows.items():
        contacts.window(tx, id, what, ms(at, f"windows.{what}"))
    for key in line.keys:
        _key(tx, key, top, id)
    for one in line.given:
        given.keep(tx, id, {one.name: one.value}, one.source, ms(one.at, "given"))
    if line.standing is not None:
        _stands(tx, id, line.standing)


def _stands(tx: Tx, identity: int, line: records.Standing) -> None:
    facts = dict(line.facts)
    since = facts.pop(SINCE, None)
    try:
        standing.set_standing(tx, identity, facts, at=ms(line.at, "standing"))
    except (AttributeError, TypeError, ValueError) as error:
        raise BadLine(f"standing: {error}") from None
    if type(since) is int and line.facts.get("last_interaction") is not None:
        kept = {**standing.standing_of(tx.db, identity), SINCE: since}
        tx.run(
            "UPDATE identity_standing SET facts = :facts WHERE identity_id = :id",
            facts=json.dumps(kept, ensure_ascii=False, sort_keys=True),
            id=identity,
        )


def write_told(tx: Tx, contact: int, line: records.Contact) -> None:
    """What other systems told of the contact itself."""
    for key in line.keys:
        _key(tx, key, merging.root(tx.db, contact), -contact)
    for one in line.outside:
        tx.run(
            "INSERT INTO outside_id (system, external_id, contact_id, at) VALUES (:system, :id, :contact, :at) "
            "ON CONFLICT DO NOTHING",
            system=one.system,
            id=one.id,
            contact=contact,
            at=ms(one.at, "at"),
        )


def write_source(tx: Tx, identity: int, kind: str, value: str, n: int) -> None:
    """A key of this identity is known since this message."""
    tx.run(
        "UPDATE contact_key SET message_n = :n WHERE kind = :kind AND value = :value AND identity_id = :identity "
        "AND message_n IS NULL",
        n=n,
        kind=kind,
        value=value,
        identity=identity,
    )


def _key(tx: Tx, key: records.Key, contact: int, identity: int) -> None:
    tx.run(
        "INSERT INTO contact_key (kind, value, contact_id, identity_id, verified, at) "
        "VALUES (:kind, :value, :contact, :identity, :verified, :at) ON CONFLICT DO NOTHING",
        kind=key.kind,
        value=key.value,
        contact=contact,
        identity=identity,
        verified=int(key.verified),
        at=tx.now if key.at is None else ms(key.at, "at"),
    )
