"""Who else may be the customer who just wrote: look-ups by key and by what was written, each through an index and bounded,
so that the cost does not grow with the contacts. `domain.matching` decides."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from unibox_tui.domain.inbound import Person
from unibox_tui.domain.matching import KEYS, MATTERS, Decision, Evidence, Kind, Level, Side, decide, nobody, placeholder
from unibox_tui.domain.words import Author
from unibox_tui.store import contacts, events, merging, suggestions
from unibox_tui.store.database import Row, Tx
from unibox_tui.text.keys import normal

MOST_ROWS = 40  # of one key or code; what is on more is shared by too many to tell anything
MOST_KEYS = 20  # of one contact
_RANK = {Level.VERIFIED: 0, Level.STATED: 1, Level.WRITTEN: 2}

Having = dict[int, Side]
"""contact -> how it has a value."""


def automatic(tx: Tx, contact: int, cause: str = "") -> int:
    """Join this contact with whom a verified key says it is; returns who it is now. Everything weaker is left alone."""
    refresh_keys(tx)
    if _forgotten(tx.db, contact):
        return contact
    for other, evidence in sorted(_by_keys(tx.db, contact, verified=True).items()):
        if _forgotten(tx.db, other):
            continue
        decision = decide(evidence, _names(tx.db, contact, other))
        if decision.what == "automatic" and not suggestions.apart(tx.db, contact, other):
            winner, loser = sorted((contact, other))
            actor = events.Actor(Author.SYSTEM, None, cause or "recognised")
            why = suggestions.dump(decision.reasons, swapped=contact != winner)
            operation = merging.merge(tx, actor, winner, loser, why=why)
            data = {"operation": operation, "winner": winner, "loser": loser, "automatic": True}
            events.record(tx, actor, "contact.merged", contact=winner, data=data)
            contact = winner
    return contact


def suggest(tx: Tx, contact: int, ns: Iterable[int] = (), cause: str = "") -> list[int]:
    """Compare this contact and these messages of theirs with everybody; returns the contacts that are newly suggested."""
    refresh_keys(tx)
    if _forgotten(tx.db, contact):
        return []
    shared = _by_keys(tx.db, contact, verified=False)
    for n in ns:
        for other, evidence in _by_words(tx.db, contact, n).items():
            known = {(item.kind, item.value) for item in shared.get(other, ())}
            shared.setdefault(other, []).extend(item for item in evidence if (item.kind, item.value) not in known)
    raised = []
    for other, evidence in sorted(shared.items()):
        decision = decide(evidence, _names(tx.db, contact, other))
        if _forgotten(tx.db, other):
            continue
        if decision.what != "none" and suggestions.offer(tx, contact, other, _as_offer(decision)):
            raised.append(other)
            events.record(
                tx,
                events.Actor(Author.SYSTEM, None, cause or "recognised"),
                "contact.suggested",
                contact=contact,
                data={"other": other, "score": decision.score, "kinds": [item.kind for item in decision.reasons]},
            )
    return raised


def _as_offer(decision: Decision) -> Decision:
    """What could have been joined and was not, since a person said no, is offered like anything else."""
    return Decision("suggestion", decision.score, decision.reasons)


def verified_holder(db: sqlite3.Connection, person: Person, region: str) -> Row | None:
    """Whose call or text message this is: the identity of the one contact who holds the number as verified. A number shown
    by the network can be forged, so it attaches what came and merges nobody."""
    if person.kind != "phone" or person.verified:
        return None
    value = normal("phone", person.address, region)
    if not value or placeholder("phone", value) or _ours(db, "phone", value):
        return None
    rows = db.execute(
        "SELECT d.id, d.contact_id, d.home, k.verified FROM contact_key k JOIN identity d ON d.id = k.identity_id "
        "WHERE k.kind = 'phone' AND k.norm = :value ORDER BY k.verified DESC, d.id LIMIT :most",
        {"value": value, "most": MOST_ROWS},
    ).fetchall()
    vouched = [row for row in rows if row["verified"]]
    return vouched[0] if len({row["contact_id"] for row in vouched}) == 1 else None


def refresh_keys(tx: Tx, limit: int = 50) -> int:
    """Work out what up to `limit` keys are compared by that came without it (imports, older stores); returns how many."""
    rows = tx.all(
        "SELECT k.kind, k.value, k.identity_id, i.region FROM contact_key k LEFT JOIN identity d ON d.id = k.identity_id "
        "LEFT JOIN inbox i ON i.id = d.inbox_id WHERE k.norm IS NULL LIMIT :limit",
        limit=limit,
    )
    for row in rows:
        tx.run(
            "UPDATE contact_key SET norm = :norm WHERE kind = :kind AND value = :value AND identity_id = :identity",
            norm=normal(row["kind"], row["value"], row["region"] or "VN"),
            kind=row["kind"],
            value=row["value"],
            identity=row["identity_id"],
        )
    return len(rows)


# -- look-ups ------------------------------------------------------------------------------------------------------


def _by_keys(db: sqlite3.Connection, contact: int, *, verified: bool) -> dict[int, list[Evidence]]:
    """Others who have one of this contact's keys; `verified`: only those vouched for."""
    rows = db.execute(
        "SELECT kind, norm, verified, message_n, at, identity_id FROM contact_key WHERE contact_id = :contact "
        "AND norm > '' AND verified >= :verified ORDER BY verified DESC, at DESC LIMIT :most",
        {"contact": contact, "verified": int(verified), "most": MOST_KEYS},
    ).fetchall()
    mine: dict[tuple[Kind, str], Side] = {}
    for row in rows:
        if row["kind"] in KEYS:
            mine.setdefault((row["kind"], row["norm"]), _key_side(row))
    found: dict[int, list[Evidence]] = {}
    for (kind, value), side in mine.items():
        _compare(db, contact, kind, value, side, found)
    return found


def _by_words(db: sqlite3.Connection, contact: int, n: int) -> dict[int, list[Evidence]]:
    """Others who have, or wrote, what is found in this message."""
    found: dict[int, list[Evidence]] = {}
    compared: set[tuple[str, str]] = set()
    rows = db.execute(
        "SELECT f.kind, f.value, f.confidence, m.identity_id, m.sent_at, d.address FROM found f "
        "JOIN message m ON m.n = f.n LEFT JOIN identity d ON d.id = m.identity_id "
        "WHERE f.n = :n AND (f.confidence = 'high' OR f.kind = 'order') ORDER BY f.kind, f.value LIMIT :most",
        {"n": n, "most": MOST_KEYS},
    ).fetchall()
    for row in rows:
        kind: Kind = row["kind"]
        if nobody(row["address"] or ""):  # a notice of a failed delivery names the customer it speaks of
            continue
        if kind in KEYS or kind in MATTERS:
            value = normal("email", row["value"], "") if kind == "email" else row["value"]
            side = Side(Level.WRITTEN, n, row["sent_at"], row["identity_id"])
            if row["confidence"] == "low":  # a guess at a code counts where the other names it in a transfer
                kind = "bank"
            if (kind, value) in compared:
                continue
            compared.add((kind, value))
            _compare(db, contact, kind, value, side, found, written=row["value"])
    return found


def _compare(
    db: sqlite3.Connection,
    contact: int,
    kind: Kind,
    value: str,
    side: Side,
    found: dict[int, list[Evidence]],
    *,
    written: str = "",
) -> None:
    if not value or placeholder(kind, value):
        return
    having: Having = {contact: side}
    if kind in KEYS:
        _keyed(db, kind, value, having)
    if kind != "platform":
        for form in {value, written or value}:
            _written(db, kind, form, having)
        if kind == "bank" and side.n is not None and _names_transfer(db, value, side.n):
            _written(db, "order", value, having, confidence="low")
    if len(having) == 2 and not _ours(db, kind, value):
        other = next(id for id in having if id != contact)
        found.setdefault(other, []).append(Evidence(kind, value, side, having[other], len(having)))


def _keyed(db: sqlite3.Connection, kind: str, value: str, having: Having) -> None:
    for row in db.execute(
        "SELECT contact_id, verified, message_n, at, identity_id FROM contact_key WHERE kind = :kind AND norm = :value LIMIT :most",
        {"kind": kind, "value": value, "most": MOST_ROWS},
    ):
        _keep(having, row["contact_id"], _key_side(row))


def _names_transfer(db: sqlite3.Connection, value: str, n: int) -> bool:
    sql = "SELECT 1 FROM found WHERE kind = 'bank' AND value = :value AND n = :n"
    return db.execute(sql, {"value": value, "n": n}).fetchone() is not None


def _written(db: sqlite3.Connection, kind: str, value: str, having: Having, confidence: str = "high") -> None:
    """The newest places where it was written by or to somebody."""
    rows = db.execute(
        "SELECT m.n, m.sent_at, d.id AS identity_id, d.contact_id, d.address FROM (SELECT n FROM found WHERE kind = :kind "
        "AND value = :value AND confidence = :confidence ORDER BY n DESC LIMIT :most) f JOIN message m ON m.n = f.n "
        "JOIN identity d ON d.id = m.identity_id ORDER BY m.n DESC",
        {"kind": kind, "value": value, "confidence": confidence, "most": MOST_ROWS},
    ).fetchall()
    for row in rows:
        if not nobody(row["address"]):
            _keep(having, row["contact_id"], Side(Level.WRITTEN, row["n"], row["sent_at"], row["identity_id"]))


def _keep(having: Having, contact: int, side: Side) -> None:
    known = having.get(contact)
    if known is None or _RANK[side.level] < _RANK[known.level]:
        having[contact] = side


def _key_side(row: Row) -> Side:
    level = Level.VERIFIED if row["verified"] else Level.STATED
    return Side(level, row["message_n"], row["at"], row["identity_id"])


def _ours(db: sqlite3.Connection, kind: str, value: str) -> bool:
    """One of our inboxes has this address; there are few inboxes."""
    if kind == "email":
        where = "lower(address) = :value"
    elif kind == "phone":
        value = value[-9:]
        where = "substr(replace(replace(replace(address, ' ', ''), '.', ''), '-', ''), -9) = :value"
    else:
        return False
    return db.execute(f"SELECT 1 FROM inbox WHERE {where} LIMIT 1", {"value": value}).fetchone() is not None


def _forgotten(db: sqlite3.Connection, contact: int) -> bool:
    """Or just being forgotten."""
    return contacts.get(db, contact)["forgotten_at"] is not None


def _names(db: sqlite3.Connection, one: int, other: int) -> tuple[str, str]:
    return contacts.get(db, one)["name"], contacts.get(db, other)["name"]
