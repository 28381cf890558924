"""Erase a person: words, files, identities, keys. What stays are counts and times: empty messages, a contact without a name,
events without personal data. Nothing here can be undone.

`traces` says what there is, `words` erases a batch of messages, `person` the rest; then `merge_index` until it is done, and
`Database.compact`, after which the erased words are in no byte of the file.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from unibox_tui.domain.errors import Refused
from unibox_tui.store import conversations, events, forgetting_orders, groups, merging, messages, outbox, search
from unibox_tui.store.database import Tx
from unibox_tui.store.events import Actor
from unibox_tui.text.fold import FOLD_VERSION

BATCH = 100
_INDEXES = ("search", "search_code", "people")
# Of events about conversations: words that are ours. Of all others no words stay.
_OUR_WORDS = frozenset(("from", "to", "why", "word", "field", "label", "before", "after", "join"))
GONE = "(forgotten)"


@dataclass(frozen=True, slots=True)
class Traces:
    """What is held about one person. `marks`: addresses, keys and provider ids, by which payloads are recognised."""

    contact: int
    people: tuple[int, ...]
    identities: tuple[int, ...]
    conversations: tuple[int, ...]
    messages: tuple[int, ...]
    files: tuple[str, ...]
    marks: tuple[str, ...]
    names: tuple[str, ...] = field(default=(), repr=False)


def traces(db: sqlite3.Connection, contact: int) -> Traces:
    """Raises NotFound."""
    top = merging.root(db, contact)
    people = merging.tree(db, top)
    inside = f"({','.join(map(str, people))})"
    identities = db.execute(f"SELECT id, address, name FROM identity WHERE contact_id IN {inside}").fetchall()
    own = f"({','.join(str(row['id']) for row in identities)})"
    talks = [row[0] for row in db.execute(f"SELECT id FROM conversation WHERE contact_id IN {inside} ORDER BY id")]
    there = f"({','.join(map(str, talks))})"
    ns = {row[0] for row in db.execute(f"SELECT n FROM message WHERE identity_id IN {own}")}
    ns |= {
        row[0] for row in db.execute(f"SELECT n FROM message WHERE conversation_id IN {there} AND identity_id IS NULL")
    }
    ns |= groups.written_by(db, [row["id"] for row in identities])
    shas: set[str] = set()
    ids: set[str] = set()
    for some in _pieces(sorted(ns), 500):
        held = f"({','.join(map(str, some))})"
        rows = db.execute(f"SELECT sha256 FROM attachment WHERE n IN {held} AND sha256 IS NOT NULL")
        shas |= {row[0] for row in rows}
        ids |= {row[0] for row in db.execute(f"SELECT provider_id FROM message_key WHERE n IN {held}")}
    keys = {
        row[0] for row in db.execute(f"SELECT value FROM contact_key WHERE contact_id IN {inside} AND kind <> 'group'")
    }
    names = {row["name"] for row in identities}
    names |= {row[0] for row in db.execute(f"SELECT name FROM contact WHERE id IN {inside}")}
    marks = {*keys, *(id for id in ids if not id.startswith("forgotten:")), *(row["address"] for row in identities)} - {
        ""
    }
    return Traces(
        top,
        tuple(people),
        tuple(row["id"] for row in identities),
        tuple(talks),
        tuple(sorted(ns)),
        tuple(sorted(shas)),
        tuple(sorted(marks)),
        tuple(sorted(names - {""})),
    )


def begin(tx: Tx, contact: int) -> Traces:
    """What is held, with all of them marked as forgotten: from now on nobody is merged with them, split from them or suggested
    to be one of them. Raises Refused as `settle`."""
    found = traces(tx.db, contact)
    settle(tx, found)
    tx.run(
        f"UPDATE contact SET forgotten_at = :now WHERE id IN {_list(found.people)} AND forgotten_at IS NULL", now=tx.now
    )
    for one in found.people:
        tx.changed("contact", one)
    return found


def finish(tx: Tx, actor: Actor, before: Traces, counts: Mapping[str, int]) -> tuple[Traces, dict[str, int]]:
    """The rest, what came through their identities since `before` included; returns what was held in the end, and the counts
    with that. Raises Refused as `settle`."""
    found = traces(tx.db, before.contact)
    settle(tx, found)
    newer = sorted(set(found.messages) - set(before.messages))
    words(tx, newer)
    every = replace(
        found,
        messages=tuple(sorted({*before.messages, *newer})),
        conversations=tuple(sorted({*before.conversations, *found.conversations})),
        marks=tuple(sorted({*before.marks, *found.marks})),
        names=tuple(sorted({*before.names, *found.names})),
    )
    told = {
        **counts,
        "conversations": len(every.conversations),
        "messages": len(every.messages),
        "identities": len(every.identities),
    }
    person(tx, actor, every, told)
    return every, told


def settle(tx: Tx, found: Traces) -> None:
    """Take back what has not left. Raises Refused while an answer is on its way: its fate must be known first."""
    for some in _pieces(found.messages, 500):
        held = f"({','.join(map(str, some))})"
        for row in tx.all(f"SELECT id, state FROM outbox WHERE n IN {held}"):
            if row["state"] in ("sending", "unknown"):
                raise Refused(
                    "An answer to them is on its way, or its fate is unknown.",
                    hint="`unibox outbox list` shows it; settle it first.",
                    code="under_way",
                )
            if row["state"] in ("held", "queued"):
                outbox.cancel(tx, row["id"])


def words(tx: Tx, ns: Sequence[int]) -> None:
    """Empty these messages: text, files, what was read out of them, who it was."""
    for n in ns:
        search.remove(tx, n)
    some = {"now": tx.now, "version": FOLD_VERSION}
    held = f"({','.join(map(str, ns))})"
    tx.run(
        "UPDATE message_body SET text = '', hidden_text = '', subject = '', email = NULL, extra = NULL, search_text = NULL, "
        f"fold_version = :version WHERE n IN {held}",
        some,
    )
    for table in ("attachment", "call", "found", "reaction", "reaction_owed", "missing_ancestor"):
        tx.run(f"DELETE FROM {table} WHERE n IN {held}")
    tx.run(
        "UPDATE message SET identity_id = NULL, reason = NULL, has_files = 0, unsent_at = coalesce(unsent_at, :now), "
        f"author = CASE WHEN author_kind = 'contact' THEN NULL ELSE author END WHERE n IN {held}",
        some,
    )
    tx.run(f"UPDATE outbox SET payload = '{{}}', destination = '', reason = NULL WHERE n IN {held}")
    # The provider's own ids may tell who wrote; a digest is enough to know the message when it comes again.
    for row in tx.all(f"SELECT scope, provider_id FROM message_key WHERE n IN {held}"):
        if not row["provider_id"].startswith("forgotten:"):
            tx.run(
                "UPDATE message_key SET provider_id = :new WHERE scope = :scope AND provider_id = :id",
                scope=row["scope"],
                id=row["provider_id"],
                new=messages.forgotten_id(row["scope"], row["provider_id"]),
            )


def person(tx: Tx, actor: Actor, found: Traces, counts: Mapping[str, int]) -> None:
    """Everything but the messages, and the event that says so."""
    people, talks = _list(found.people), _list(found.conversations)
    forgetting_orders.erase(tx, found.people, found.conversations)
    told = tx.all(f"SELECT DISTINCT conversation_id FROM message WHERE n IN {_list(found.messages[-500:])}")
    for statement in (
        f"DELETE FROM draft WHERE conversation_id IN {talks}",
        f"DELETE FROM presence WHERE conversation_id IN {talks} AND session LIKE 'visitor:%'",
        f"DELETE FROM given WHERE identity_id IN {_list(found.identities)}",
        f"DELETE FROM reply_window WHERE identity_id IN {_list(found.identities)}",
        f"DELETE FROM mirror_thread WHERE conversation_id IN {talks}",
        f"DELETE FROM identity_standing WHERE identity_id IN {_list(found.identities)}",
        f"DELETE FROM contact_key WHERE contact_id IN {people} OR identity_id IN {_list(found.identities)}",
        f"DELETE FROM identity WHERE id IN {_list(found.identities)}",
        f"DELETE FROM contact_label WHERE contact_id IN {people}",
        f"DELETE FROM contact_suggestion WHERE low IN {people}",
        f"DELETE FROM contact_suggestion WHERE high IN {people}",
        "UPDATE contact_merge SET why = '[]', choices = '{}', before = '{}', after = '{}', moved = '{}' "
        f"WHERE winner IN {people} OR loser IN {people}",
        f"UPDATE conversation SET subject = '', snippet = '', last_identity_id = NULL WHERE id IN {talks}",
        f"DELETE FROM people WHERE rowid IN {people}",
    ):
        tx.run(statement)
    tx.run(
        "UPDATE contact SET name = '', title = NULL, language = NULL, note = '', attributes = '{}', forgotten_at = :now, "
        f"updated_at = :now WHERE id IN {people}",
        now=tx.now,
    )
    tx.run(f"DELETE FROM people_stale WHERE contact_id IN {people}")
    tx.run(f"DELETE FROM people WHERE rowid IN {people}")
    _events(tx, found)
    for conversation in {*found.conversations, *(row[0] for row in told)}:
        conversations.refresh(tx, conversation)
    for contact in found.people:
        tx.changed("contact", contact)
    events.record(tx, actor, "contact.forgotten", contact=found.contact, data=dict(counts))


def _events(tx: Tx, found: Traces) -> None:
    """What happened stays, without words of or about the person; nothing of it can be undone any more."""
    actions: set[str] = set()
    for column, ids in (("contact_id", found.people), ("conversation_id", found.conversations)):
        for some in _pieces(ids, 200):
            for row in tx.all(f"SELECT * FROM event WHERE {column} IN {_list(some)} ORDER BY seq"):
                if row["action_id"]:
                    actions.add(row["action_id"])
                data = json.loads(row["data"])
                clean = _scrubbed(row["kind"], data)
                if clean != data:
                    tx.run("DELETE FROM event WHERE seq = :seq", seq=row["seq"])
                    values = {**dict(row), "data": json.dumps(clean, separators=(",", ":")), "action_id": None}
                    names = ", ".join(values)
                    tx.run(f"INSERT INTO event ({names}) VALUES ({', '.join(f':{name}' for name in values)})", values)
    about = [mark.casefold() for mark in (*found.marks, *found.names)]
    for action in sorted(actions):
        summary = tx.value("SELECT summary FROM action WHERE id = :id", id=action)
        if summary is not None and any(mark in summary.casefold() for mark in about):
            tx.run("UPDATE action SET summary = :gone WHERE id = :id", gone=GONE, id=action)


def _scrubbed(kind: str, data: Mapping[str, Any]) -> dict[str, Any]:
    if kind.startswith("conversation."):
        return {key: value for key, value in data.items() if not isinstance(value, str) or key in _OUR_WORDS}
    return {key: value for key, value in data.items() if value is None or isinstance(value, int | bool)}


def referenced(db: sqlite3.Connection, sha: str) -> bool:
    """Whether anything still holds this file: a message, an answer that may leave, a draft, a stored answer."""
    if db.execute(
        "SELECT 1 FROM attachment WHERE sha256 = :sha AND state <> 'deleted' LIMIT 1", {"sha": sha}
    ).fetchone():
        return True
    part = {"part": f"%{sha}%"}
    return any(
        db.execute(f"SELECT 1 FROM {table} WHERE {column} LIKE :part{more} LIMIT 1", part).fetchone()
        for table, column, more in (
            ("draft", "options", ""),
            ("canned", "attachments", ""),
            ("outbox", "payload", " AND state IN ('held', 'queued', 'sending', 'unknown', 'failed')"),
        )
    )


def merge_index(tx: Tx, pages: int = 500) -> bool:
    """One step of merging each index, after which removed words are gone from it; False when nothing is left to merge."""
    busy = False
    for table in _INDEXES:
        before = tx.db.total_changes
        tx.run(f"INSERT INTO {table} ({table}, rank) VALUES ('merge', :pages)", pages=-pages)
        busy = busy or tx.db.total_changes - before >= 2
    return busy


def _list(values: Collection[int]) -> str:
    return f"({','.join(str(int(value)) for value in values)})"


def _pieces(values: Sequence[int], size: int) -> list[Sequence[int]]:
    return [values[start : start + size] for start in range(0, len(values), size)]
