"""Merge and split: which contact an identity and a conversation belong to. No message is rewritten.

Contacts that were merged form a tree by `merged_into`; identities, keys and conversations stand at its root (`contact_id`)
and remember whose they are without any merge (`home`). A split takes one branch off and gives it back what is at home in
it, whatever merges came after. The values of a contact (name, note, labels …) follow the recorded merges the same way.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from unibox_tui.domain.combining import Merged, blank, changes, combine, without
from unibox_tui.domain.errors import Conflict, NotFound, Refused
from unibox_tui.domain.ids import new_id
from unibox_tui.domain.saying import say
from unibox_tui.store import contacts
from unibox_tui.store.database import Row, Tx
from unibox_tui.store.events import Actor

COLUMNS = ("name", "title", "language", "note", "first_seen_at", "last_seen_at")


def root(db: sqlite3.Connection, contact: int) -> int:
    """Who this contact is now. Raises NotFound."""
    row = db.execute(
        "WITH RECURSIVE up (id, next, depth) AS (SELECT id, merged_into, 0 FROM contact WHERE id = :id UNION ALL "
        "SELECT t.id, t.merged_into, up.depth + 1 FROM contact t JOIN up ON t.id = up.next WHERE up.depth < 1000) "
        "SELECT id FROM up ORDER BY depth DESC LIMIT 1",
        {"id": contact},
    ).fetchone()
    if row is None:
        raise NotFound(say("No contact has the number {contact}.", contact=contact))
    return int(row[0])


def alive(db: sqlite3.Connection, *people: int) -> None:
    """Raises Refused for one who was forgotten, or is being forgotten now: their tree stands still."""
    for contact in people:
        if contacts.get(db, contact)["forgotten_at"] is not None:
            raise Refused(say("Contact {contact} was forgotten.", contact=contact), code="forgotten")


def tree(db: sqlite3.Connection, contact: int) -> list[int]:
    """This contact and all that are merged into it."""
    rows = db.execute(
        "WITH RECURSIVE part (id) AS (SELECT :id UNION SELECT t.id FROM contact t JOIN part ON t.merged_into = part.id) "
        "SELECT id FROM part",
        {"id": contact},
    )
    return [int(row[0]) for row in rows]


def home_of(db: sqlite3.Connection, identity: int | None) -> int | None:
    """Whose the identity is when every merge is taken back; None when it stands there already."""
    row = db.execute("SELECT home FROM identity WHERE id = :id", {"id": identity}).fetchone()
    return None if row is None else row[0]


def operation(db: sqlite3.Connection, id: str) -> Row:
    """One recorded merge by its id, or the beginning of it if that is unique. Raises NotFound."""
    rows: list[Row] = db.execute(
        "SELECT * FROM contact_merge WHERE id >= :low AND id < :high LIMIT 2", {"low": id, "high": id + "~"}
    ).fetchall()
    if not id or len(rows) != 1:
        raise NotFound(
            say("No single merge has the id {id!r}.", id=id), hint="`unibox contact show CONTACT` lists them."
        )
    return rows[0]


def operation_of(db: sqlite3.Connection, loser: int) -> Row | None:
    """The merge, not taken back, by which this contact became part of another."""
    row: Row | None = db.execute(
        "SELECT * FROM contact_merge WHERE loser = :loser AND undone_at IS NULL ORDER BY seq DESC LIMIT 1",
        {"loser": loser},
    ).fetchone()
    return row


def operations(db: sqlite3.Connection, contact: int) -> list[Row]:
    """The merges, not taken back, in the tree below this contact; the latest first."""
    below = tree(db, contact)[1:]
    return db.execute(
        f"SELECT * FROM contact_merge WHERE loser IN ({_marks(below)}) AND undone_at IS NULL ORDER BY seq DESC", below
    ).fetchall()


# -- values --------------------------------------------------------------------------------------------------------


def values(db: sqlite3.Connection, contact: int) -> dict[str, Any]:
    """What a contact says of itself, flat as in `domain.combining`."""
    row = contacts.get(db, contact)
    found = {name: row[name] for name in COLUMNS}
    found |= {f"attributes.{key}": value for key, value in json.loads(row["attributes"]).items()}
    for label in db.execute("SELECT label_id FROM contact_label WHERE contact_id = :id", {"id": contact}):
        found[f"label.{label[0]}"] = 1
    return {key: value for key, value in found.items() if not blank(value)}


def change(tx: Tx, contact: int, wanted: Mapping[str, tuple[Any, Any]]) -> dict[str, tuple[Any, Any]]:
    """Set values that still are what they are expected to be: key -> (expected, new). Returns those that were set."""
    now = values(tx.db, contact)
    done = {key: pair for key, pair in wanted.items() if now.get(key) == pair[0] and pair[0] != pair[1]}
    if not done:
        return {}
    columns = {key: new for key, (_, new) in done.items() if key in COLUMNS}
    for key in ("name", "note"):
        if key in columns:
            columns[key] = columns[key] or ""
    attributes = {key.partition(".")[2]: new for key, (_, new) in done.items() if key.startswith("attributes.")}
    if attributes:
        merged = json.loads(contacts.get(tx.db, contact)["attributes"]) | attributes
        kept = {key: value for key, value in merged.items() if not blank(value)}
        columns["attributes"] = json.dumps(kept, ensure_ascii=False)
    for key, (_, new) in done.items():
        if key.startswith("label."):
            _label(tx, contact, int(key.partition(".")[2]), bool(new))
    sets = "".join(f"{name} = :{name}, " for name in sorted(columns))
    tx.run(f"UPDATE contact SET {sets}updated_at = :now WHERE id = :id", {**columns, "id": contact, "now": tx.now})
    tx.changed("contact", contact)
    return done


def _label(tx: Tx, contact: int, label: int, on: bool) -> None:
    if not on:
        tx.run("DELETE FROM contact_label WHERE label_id = :label AND contact_id = :id", label=label, id=contact)
        return
    tx.run(
        "INSERT INTO contact_label (label_id, contact_id) SELECT id, :contact FROM label WHERE id = :label "
        "ON CONFLICT DO NOTHING",
        label=label,
        contact=contact,
    )


def _excluded(db: sqlite3.Connection, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> set[str]:
    """Labels of theirs whose set has one of ours."""
    ids = [int(key.partition(".")[2]) for key in {*ours, *theirs} if key.startswith("label.")]
    sets = {
        f"label.{row[0]}": row[1]
        for row in db.execute(f"SELECT id, label_set FROM label WHERE id IN ({_marks(ids)})", ids)
    }
    taken = {sets.get(key) for key in ours} - {None, ""}
    return {key for key in theirs if sets.get(key) in taken and key not in ours}


# -- merge ---------------------------------------------------------------------------------------------------------


def merge(
    tx: Tx,
    actor: Actor,
    winner: int,
    loser: int,
    *,
    choices: Mapping[str, Any] | None = None,
    why: Sequence[Mapping[str, Any]] = (),
) -> str:
    """Make `loser` part of `winner`; both are who they are now. Returns the id of the operation. Raises Conflict, Refused."""
    alive(tx.db, winner, loser)
    for contact in (winner, loser):
        if contacts.get(tx.db, contact)["merged_into"] is not None:
            raise Conflict(say("Contact {contact} is part of another already.", contact=contact), code="merged")
    if winner == loser:
        raise Conflict(say("Contact {winner} is that one already.", winner=winner), code="merged")
    ours, theirs = values(tx.db, winner), values(tx.db, loser)
    after = combine(ours, theirs, choices or {}, _excluded(tx.db, ours, theirs))
    theirs_now = _ids(tx, "SELECT id FROM conversation WHERE contact_id = :id ORDER BY id", loser)
    moved = {
        "identities": _ids(tx, "SELECT id FROM identity WHERE contact_id = :id ORDER BY id", loser),
        "conversations": theirs_now,
        "keys": _ids(tx, "SELECT count(*) FROM contact_key WHERE contact_id = :id", loser)[0],
    }
    id = new_id(tx.now)
    tx.run(
        "INSERT INTO contact_merge (id, seq, winner, loser, at, actor_kind, actor, why, choices, before, after, moved) "
        "VALUES (:id, :seq, :winner, :loser, :now, :kind, :actor, :why, :choices, :before, :after, :moved)",
        id=id,
        seq=tx.next_number("contact_merge"),
        winner=winner,
        loser=loser,
        now=tx.now,
        kind=str(actor.kind),
        actor=actor.name,
        why=_json(list(why)),
        choices=_json(dict(choices or {})),
        before=_json(ours),
        after=_json(after),
        moved=_json(moved),
    )
    change(tx, winner, changes(ours, after))
    tx.run("UPDATE contact SET merged_into = :winner WHERE id = :loser", winner=winner, loser=loser)
    move = {"to": winner, "source": loser}
    tx.run("UPDATE identity SET home = coalesce(home, contact_id), contact_id = :to WHERE contact_id = :source", move)
    tx.run("UPDATE contact_key SET contact_id = :to WHERE contact_id = :source", move)
    tx.run(
        "UPDATE conversation SET home = coalesce(home, contact_id), contact_id = :to WHERE contact_id = :source", move
    )
    _tell(tx, (winner, loser), theirs_now)
    return id


def joined(tx: Tx, id: str, joins: Iterable[Mapping[str, Any]]) -> None:
    """Conversations that were joined along with the merge."""
    tx.run("UPDATE contact_merge SET joins = :joins WHERE id = :id", id=id, joins=_json(list(joins)))


# -- split ---------------------------------------------------------------------------------------------------------


def split(tx: Tx, id: str) -> tuple[int, int]:
    """Take one merge back; returns (the contact it was part of until now, the contact that stands alone again).

    What came through its identities meanwhile goes with it. Raises Conflict when it was taken back before, Refused.
    """
    row = operation(tx.db, id)
    alive(tx.db, int(row["loser"]))
    if row["undone_at"] is not None:
        raise Conflict("That merge was taken back already.", code="split")
    loser = int(row["loser"])
    was = root(tx.db, loser)
    _values_without(tx, row)
    tx.run("UPDATE contact_merge SET undone_at = :now WHERE id = :id", id=row["id"], now=tx.now)
    tx.run("UPDATE contact SET merged_into = NULL WHERE id = :id", id=loser)
    branch = tree(tx.db, loser)
    params = {"to": loser, "was": was}
    homes = ",".join(str(member) for member in branch)
    given = [int(found[0]) for found in tx.all(f"SELECT id FROM conversation WHERE home IN ({homes})")]
    for table in ("identity", "conversation"):
        tx.run(f"UPDATE {table} SET contact_id = :to, home = nullif(home, :to) WHERE home IN ({homes})", params)
    tx.run(
        "UPDATE contact_key SET contact_id = :to WHERE contact_id = :was "
        # What a system told of a contact has no identity: the number of the contact, turned negative, stands for it.
        f"AND (identity_id IN (SELECT id FROM identity WHERE contact_id = :to) OR -identity_id IN ({homes}))",
        params,
    )
    for contact in (loser, was):
        _last_seen(tx, contact)
    _tell(tx, (was, loser), given)
    return was, loser


def split_off(tx: Tx, identity: int) -> int:
    """Give an identity that came to its contact without a merge a contact of its own; returns that."""
    row = contacts.identity(tx.db, identity)
    contact = int(row["contact_id"])
    alive(tx.db, contact)
    new = contacts.create(tx, name=row["name"], at=row["first_seen_at"])
    tx.run("UPDATE contact SET last_seen_at = :at WHERE id = :id", at=row["last_seen_at"], id=new)
    tx.run("UPDATE identity SET contact_id = :new WHERE id = :id", new=new, id=identity)
    tx.run(
        "UPDATE contact_key SET contact_id = :new WHERE contact_id = :was AND identity_id = :id",
        new=new,
        was=contact,
        id=identity,
    )
    own = _ids(
        tx,
        "SELECT c.id FROM conversation c WHERE c.contact_id = :contact AND c.home IS NULL AND EXISTS (SELECT 1 FROM message m "
        "WHERE m.conversation_id = c.id AND m.identity_id = :id) AND NOT EXISTS (SELECT 1 FROM message m "
        "WHERE m.conversation_id = c.id AND m.identity_id <> :id)",
        identity,
        contact=contact,
    )
    tx.many("UPDATE conversation SET contact_id = :new WHERE id = :id", [{"new": new, "id": id} for id in own])
    _tell(tx, (contact, new), own)
    return new


def _values_without(tx: Tx, gone: Row) -> None:
    """What the contacts above say without this merge, one after the other up to the root."""
    winner: int | None = int(gone["winner"])
    out = str(gone["id"])
    since = int(gone["seq"])
    while winner is not None:
        rows = tx.all(
            "SELECT * FROM contact_merge WHERE winner = :winner AND undone_at IS NULL AND seq >= :since ORDER BY seq",
            winner=winner,
            since=since,
        )
        kept, differs = without([_merged(tx.db, row) for row in rows], out)
        for merge in kept:
            tx.run(
                "UPDATE contact_merge SET before = :before, after = :after WHERE id = :id",
                id=merge.id,
                before=_json(merge.before),
                after=_json(merge.after),
            )
        if not change(tx, winner, differs):
            return
        above = operation_of(tx.db, winner)
        winner, out, since = (int(above["winner"]), "", int(above["seq"])) if above else (None, "", 0)


def _merged(db: sqlite3.Connection, row: Row) -> Merged:
    before, theirs = json.loads(row["before"]), values(db, int(row["loser"]))
    return Merged(
        row["id"],
        before,
        json.loads(row["after"]),
        theirs,
        json.loads(row["choices"]),
        _excluded(db, before, theirs),
    )


def _last_seen(tx: Tx, contact: int) -> None:
    """What came meanwhile counts for whom it came through."""
    seen = tx.value(
        "SELECT max(last_seen_at) FROM identity WHERE contact_id = :id",
        id=contact,
    )
    tx.run(
        "UPDATE contact SET last_seen_at = :seen WHERE id = :id AND :seen > coalesce(last_seen_at, 0)",
        id=contact,
        seen=seen,
    )


def _tell(tx: Tx, people: Collection[int], conversations: Iterable[int]) -> None:
    for contact in people:
        tx.changed("contact", contact)
    for conversation in conversations:
        tx.changed("conversation", conversation)


def _ids(tx: Tx, sql: str, id: int, **more: Any) -> list[int]:
    return [int(row[0]) for row in tx.all(sql, {"id": id, **more})]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _marks(values: Collection[object]) -> str:
    return ",".join("?" * len(values))
