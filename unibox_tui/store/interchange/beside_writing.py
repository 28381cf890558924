"""What stands beside the conversations, into rows: orders, deals, marks of risk, merges, pairs, events. Inert and idempotent."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from unibox_tui.domain.errors import Conflict
from unibox_tui.domain.orders import REACHED, STATES
from unibox_tui.domain.words import Author
from unibox_tui.store import contacts, inboxes, labels, merging, orders
from unibox_tui.store.database import Tx
from unibox_tui.store.interchange import pairs, records
from unibox_tui.store.interchange.beside_reading import LOCAL, people_in
from unibox_tui.store.interchange.evidence import numbered
from unibox_tui.store.interchange.records import BadLine, ms, ms_or_none

_COLUMNS = (
    "state", "currency", "code", "shop", "external_id", "agent", "items", "amount", "deposit", "received", "phone", "address",
    "note", "carrier", "tracking", "closed_by",
)  # fmt: skip
_TIMES = (*REACHED.values(), "removed_at")


@dataclass(frozen=True)
class BesideWriting:
    """`contact`, `conversation`: the number here of a uid in the file, None when it is not here."""

    tx: Tx
    contact: Callable[[str], int | None]
    conversation: Callable[[str], int | None]

    def order(self, line: records.Order) -> bool:
        if orders.by_uid(self.tx.db, line.id) is not None:
            return False
        if line.state not in STATES:
            raise BadLine(f"state: {line.state!r} is none of {', '.join(STATES)}.")
        values: dict[str, Any] = {name: getattr(line, name) for name in _COLUMNS}
        values |= {name: ms_or_none(getattr(line, name), name) for name in _TIMES}
        values["conversation_id"] = self._there(line.conversation, self.conversation, "conversation")
        values["contact_id"] = self._there(line.contact, self.contact, "contact")
        if line.created_at is not None:
            values["created_at"] = ms(line.created_at, "created_at")
        removed = values.pop("removed_at")
        if removed is not None:
            # One whose making was undone holds its shop's number no more.
            values["external_id"] = None
        try:
            id = orders.create(self.tx, values, uid=line.id)
        except Conflict:
            return False  # the shop's order is here already
        self.tx.run(
            "UPDATE customer_order SET typed = :typed, updated_at = :updated, removed_at = :removed, external_id = :external "
            "WHERE id = :id",
            id=id,
            typed=json.dumps(sorted(line.typed)),
            updated=self.tx.now if line.updated_at is None else ms(line.updated_at, "updated_at"),
            removed=removed,
            external=line.external_id,
        )
        if removed is not None:
            self.tx.run("DELETE FROM order_key WHERE order_id = :id", id=id)
        return True

    def deal(self, line: records.Deal) -> bool:
        talk = self._needed(line.conversation, self.conversation, "conversation")
        return bool(
            self.tx.run(
                "INSERT INTO deal (conversation_id, state, agent, at) VALUES (:id, :state, :agent, :at) ON CONFLICT DO NOTHING",
                id=talk,
                state=line.state,
                agent=line.agent,
                at=ms(line.at, "at"),
            )
        )

    def risk(self, line: records.Risk) -> bool:
        return bool(
            self.tx.run(
                "INSERT INTO risk_mark (id, phone, contact_id, reason, author, source, at, removed_at) "
                "VALUES (:id, :phone, :contact, :reason, :author, :source, :at, :removed) ON CONFLICT DO NOTHING",
                id=line.id,
                phone=line.phone,
                contact=self._there(line.contact, self.contact, "contact"),
                reason=line.reason,
                author=line.author,
                source=line.source,
                at=ms(line.at, "at"),
                removed=ms_or_none(line.removed_at, "removed_at"),
            )
        )

    def merge(self, line: records.Merge) -> bool:
        """Recorded when the two stand here as the line says; who stood apart here before stays apart."""
        winner = self._needed(line.winner, self.contact, "contact")
        loser = self._needed(line.loser, self.contact, "contact")
        if winner == loser or self.tx.value("SELECT 1 FROM contact_merge WHERE id = :id", id=line.id):
            return False
        undone = ms_or_none(line.undone_at, "undone_at")
        if undone is None:
            merged = contacts.get(self.tx.db, loser)["merged_into"] == winner
            if not merged or merging.operation_of(self.tx.db, loser) is not None:
                return False
        addresses = [self._identity(inbox, address) for inbox, address in line.moved_identities]
        talks = [self.conversation(uid) for uid in line.moved_conversations]
        joins = [
            {"child": self.conversation(child), "parent": self.conversation(parent)} for child, parent in line.joins
        ]
        moved = {
            "identities": sorted(id for id in addresses if id is not None),
            "conversations": [id for id in talks if id is not None],
            "keys": line.moved_keys,
        }
        self.tx.run(
            "INSERT INTO contact_merge (id, seq, winner, loser, at, actor_kind, actor, why, choices, before, after, moved, joins, "
            "undone_at) VALUES (:id, :seq, :winner, :loser, :at, :kind, :actor, :why, :choices, :before, :after, :moved, :joins, "
            ":undone)",
            id=line.id,
            seq=self.tx.next_number("contact_merge"),
            winner=winner,
            loser=loser,
            at=ms(line.at, "at"),
            kind=_author(line.by_kind),
            actor=line.by,
            why=_json(numbered(self.tx, line.why, self.contact)),
            choices=_json(self._numbered(line.choices)),
            before=_json(self._numbered(line.before)),
            after=_json(self._numbered(line.after)),
            moved=_json(moved),
            joins=_json([join for join in joins if None not in join.values()]),
            undone=undone,
        )
        self.tx.changed("contact", winner)
        return True

    def pair(self, line: records.Pair) -> bool:
        one = self._needed(line.one, self.contact, "contact")
        other = self._needed(line.other, self.contact, "contact")
        return pairs.write_pair(self.tx, line, one, other, self.contact)

    def difference(self, line: records.Difference) -> bool:
        return pairs.write_difference(self.tx, line, self.contact)

    def event(self, line: records.Event) -> bool:
        """Into the log as something that happened elsewhere: nothing follows from it, nobody can undo it."""
        data = {key: value for key, value in line.data.items() if key not in LOCAL}
        for key in people_in(line.kind):
            if isinstance(data.get(key), str) and (id := self.contact(data[key])) is not None:
                data[key] = id
        if line.kind.startswith("order.") and isinstance(data.get("order"), str):
            sold = orders.by_uid(self.tx.db, data["order"])
            data["order"] = data["order"] if sold is None else int(sold["id"])
        inbox = inboxes.by_name(self.tx.db, line.inbox) if line.inbox is not None else None
        values = {
            "at": ms(line.at, "at"),
            "kind": line.kind,
            "actor_kind": _author(line.by_kind),
            "actor": line.by,
            "conversation_id": self._there(line.conversation, self.conversation, "conversation"),
            "contact_id": self._there(line.contact, self.contact, "contact"),
            "inbox_id": inbox.id if inbox is not None else None,
            "message_n": self.tx.value("SELECT n FROM message WHERE id = :id", id=line.message),
            "action_id": line.action,
            "cause": line.cause,
        }
        if values["conversation_id"] is None and values["contact_id"] is None:
            raise BadLine("An event needs a conversation or a contact.")
        column = "conversation_id" if values["conversation_id"] is not None else "contact_id"
        same = " AND ".join(f"{name} IS :{name}" for name in values)
        for row in self.tx.all(f"SELECT data FROM event WHERE {column} = :{column} AND {same}", values):
            if _known(json.loads(row["data"])) == _known(data):
                return False
        if isinstance(data.get("label"), str) and (label := labels.by_name(self.tx.db, data["label"])) is not None:
            data["label_id"] = label["id"]
            if str(data.get("field", "")).startswith("label."):
                data["field"] = f"label.{label['id']}"
        values["data"] = _json({**data, "imported": True})
        self.tx.run(
            f"INSERT INTO event ({', '.join(values)}) VALUES ({', '.join(f':{name}' for name in values)})", values
        )
        return True

    # -- whom and what ---------------------------------------------------------------------------------------------------

    def _needed(self, uid: str, find: Callable[[str], int | None], what: str) -> int:
        id = find(uid)
        if id is None:
            raise BadLine(f"The {what} {uid} is not here; its line must come before.")
        return id

    def _there(self, uid: str | None, find: Callable[[str], int | None], what: str) -> int | None:
        return None if uid is None else self._needed(uid, find, what)

    def _identity(self, inbox: str, address: str) -> int | None:
        row = inboxes.by_name(self.tx.db, inbox)
        found = contacts.find_identity(self.tx.db, row.id, address) if row is not None else None
        return None if found is None else int(found["id"])

    def _numbered(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values of a contact with labels by their numbers here."""
        found: dict[str, Any] = {}
        for key, value in values.items():
            what, _, name = key.partition(".")
            found[f"label.{labels.ensure(self.tx, name)['id']}" if what == "label" else key] = value
        return found


def _known(data: Mapping[str, Any]) -> dict[str, Any]:
    """What an event says in every store."""
    found = {key: value for key, value in data.items() if key not in LOCAL}
    if str(found.get("field", "")).startswith("label.") and "label" in found:
        found["field"] = f"label.{found['label']}"
    return found


def _author(said: str) -> str:
    if said not in tuple(Author):
        raise BadLine(f"by_kind: {said!r} is none of {', '.join(Author)}.")
    return said


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
