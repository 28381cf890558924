"""What a query's tree means, told by reading all rows in plain Python: the measure for the compiled SQL."""

from __future__ import annotations

import json
import operator
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import tzinfo
from typing import Any

from unibox_tui.domain.money import MICRO, WHOLE
from unibox_tui.domain.query import (
    Amount,
    And,
    Compare,
    Duration,
    Node,
    Not,
    Number,
    OneOf,
    Or,
    Query,
    Range,
    SortKey,
    Words,
    span,
)
from unibox_tui.text.fold import fold
from unibox_tui.text.search import matches

_OPS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_RANKS = {"low": -1, "normal": 0, "high": 1, "urgent": 2}


class World:
    """Everything in the store, in memory."""

    def __init__(self, db: sqlite3.Connection, me: str, now: int, zone: tzinfo | None = None) -> None:
        self.me, self.now, self.zone = me, now, zone

        def table(sql: str) -> list[dict[str, Any]]:
            return [dict(row) for row in db.execute(sql)]

        self.talks = {row["id"]: row for row in table("SELECT * FROM conversation")}
        self.contacts = {row["id"]: row for row in table("SELECT * FROM contact")}
        self.inboxes = table("SELECT * FROM inbox")
        self.agents = table("SELECT * FROM agent")
        self.labels = {row["id"]: row for row in table("SELECT * FROM label")}
        self.top = {id: self._root(id) for id in self.talks}
        self.person = {id: self._person(row["contact_id"]) for id, row in self.talks.items()}
        self.messages = self._by_top(
            table("SELECT m.*, b.text, b.subject FROM message m JOIN message_body b USING (n) ORDER BY m.n")
        )
        self.codes = {row["n"]: row["text"] for row in table("SELECT rowid AS n, text FROM search_code")}
        self.found = self._by_top(table("SELECT * FROM found"))
        self.travelled = self._by_top(table("SELECT * FROM conversation_inbox"))
        self.talk_labels = _pairs(table("SELECT conversation_id AS a, label_id AS b FROM conversation_label"))
        self.contact_labels = _pairs(table("SELECT contact_id AS a, label_id AS b FROM contact_label"))
        self.drafts = {row["conversation_id"] for row in table("SELECT * FROM draft") if row["agent"] == me}
        self.blocked_people = {
            self._person(id)["id"] for id, row in self.contacts.items() if row["blocked_at"] is not None
        }
        self.identities = defaultdict(list)
        for row in table("SELECT * FROM identity"):
            self.identities[row["contact_id"]].append(row)
        self.orders = self._by_top(row for row in table("SELECT * FROM customer_order") if row["removed_at"] is None)
        self.deals = self._by_top(table("SELECT * FROM deal"))
        self.calls = self._by_top(table("SELECT k.*, m.conversation_id FROM call k JOIN message m USING (n)"))
        self.terms = {row["conversation_id"] for row in table("SELECT conversation_id FROM answer_terms")}
        self.terms_now = {
            row["conversation_id"]: row
            for row in table("SELECT * FROM answer_terms")
            if row["starts_at"] <= now and (row["ends_at"] is None or row["ends_at"] > now)
        }
        self.standing = {row["identity_id"]: row for row in table("SELECT * FROM identity_standing")}
        self.windows: dict[int, int] = {}
        for row in table("SELECT * FROM reply_window"):
            self.windows[row["identity_id"]] = max(row["at"], self.windows.get(row["identity_id"], 0))
        for id, row in self.standing.items():
            told = json.loads(row["facts"]).get("last_interaction", 0)
            if told:
                self.windows[id] = max(told, self.windows.get(id, 0))

    def _root(self, id: int) -> int:
        while (into := self.talks[id]["joined_into"]) is not None:
            id = into
        return id

    def _person(self, id: int) -> dict[str, Any]:
        while (into := self.contacts[id]["merged_into"]) is not None:
            id = into
        return self.contacts[id]

    def _by_top(self, rows: Iterable[dict[str, Any]]) -> dict[int, list[dict[str, Any]]]:
        found: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for row in rows:
            found[self.top[row["conversation_id"]]].append(row)
        return found

    def fitting(self, node: Node) -> set[int]:
        return {id for id, row in self.talks.items() if row["joined_into"] is None and self.holds(node, row)}

    def in_order(self, query: Query) -> list[int]:
        """Keys that a row lacks come last, whichever way they run."""
        found = [self.talks[id] for id in self.fitting(query.where)]
        keys = [*query.sort] or [SortKey("active")]
        return [row["id"] for row in sorted(found, key=lambda row: self._rank(row, keys))]

    def _rank(self, row: dict[str, Any], keys: list[SortKey]) -> tuple[Any, ...]:
        """Rows without the first key follow those that have it, in the order of the next."""
        values = [self._sort_value(row, key.field)[0] for key in keys]
        start = next((at for at, value in enumerate(values) if value is not None), len(keys))
        rank: list[Any] = []
        for key in keys[:start]:  # low ones are the last of those that are not marked
            rank += [1, int(row["priority"] < 0)] if key.field == "priority" else [1]
        rank.append(0)
        seen: set[str] = set()
        falling = True
        for key in keys[start:] or [SortKey("active")]:
            if key.field in seen:
                continue
            seen.add(key.field)
            value, own = self._sort_value(row, key.field)
            falling = own != key.reverse
            if key.field == "number":
                break
            if key.field == "priority":
                value = row["priority"]
            rank.append((1, 0) if value is None else (0, -value if falling else value))
        return (*rank, -row["id"] if falling else row["id"])

    def _sort_value(self, row: dict[str, Any], field: str) -> tuple[int | None, bool]:
        if field == "active":
            return row["last_at"], True
        if field == "created":
            return row["created_at"], True
        if field == "number":
            return row["id"], True
        if field == "priority":
            return (row["priority"] if row["priority"] > 0 else None), True
        if field == "wait":
            return row["waiting_since"], False
        if field == "closes":
            return (row["closes_at"] if (row["closes_at"] or 0) > self.now else None), False
        return (row["snoozed_until"] if row["status"] == "snoozed" else None), False

    # -- the tree ----------------------------------------------------------------------------------------------------

    def holds(self, node: Node, row: dict[str, Any]) -> bool:
        if isinstance(node, And):
            return all(self.holds(part, row) for part in node.parts)
        if isinstance(node, Or):
            return any(self.holds(part, row) for part in node.parts)
        if isinstance(node, Not):
            return not self.holds(node.part, row)
        if isinstance(node, Words):
            return self.is_of(node, row) or any(self.says(message, node) for message in self.messages[row["id"]])
        if isinstance(node, OneOf):
            return any(getattr(self, f"f_{node.field.replace('-', '_')}")(row, value) for value in node.values)
        if isinstance(node, Compare):
            return self.compare(node.field, node.op, node.value, row)
        assert isinstance(node, Range)
        return (node.low is None or self.compare(node.field, ">=", node.low, row)) and (
            node.high is None or self.compare(node.field, "<=", node.high, row)
        )

    def is_of(self, words: Words, row: dict[str, Any]) -> bool:
        """The customer has the words in a name or address."""
        said = " ".join(term.text for term in words.terms)
        return len(fold(said).strip()) > 2 and bool(self.f_from(row, said))

    def says(self, message: dict[str, Any], words: Words) -> bool:
        said = f"{message['subject']}\n{message['text']}" if message["subject"] else message["text"]
        if matches(said, words.text):
            return True
        codes = [
            term for term in words.terms if len(term.text) > 2 and any(c.isdecimal() or c == "@" for c in term.text)
        ]
        others = Words(tuple(term for term in words.terms if term not in codes))
        here = self.codes.get(message["n"], "")
        return bool(
            codes
            and all(fold(term.text) in here for term in codes)
            and (not others.terms or matches(said, others.text))
        )

    def compare(self, field: str, op: str, value: Any, row: dict[str, Any]) -> bool:
        test = _OPS[op]
        if field == "amount":
            return any(self.amount(order, value, test) for order in self.orders[row["id"]])
        if field in ("cost", "free-left"):
            return self.answering(field, row, value, test)
        if isinstance(value, Number):
            column = {"number": "id", "messages": "message_count"}.get(field, field)
            return test(row[column], value.value)
        if isinstance(value, Duration):
            if field in ("closes", "returns"):
                at = row["closes_at"] if field == "closes" else row["snoozed_until"]
                alive = row["status"] == "snoozed" if field == "returns" else (at or 0) > self.now
                return at is not None and alive and test(at - self.now, value.ms)
            at = {
                "wait": row["waiting_since"],
                "idle": row["last_at"],
                "age": row["created_at"],
                "interaction": self.windows.get(row["last_identity_id"]),
            }[field]
            return at is not None and test(self.now - at, value.ms)
        at = {"active": row["last_at"], "created": row["created_at"], "resolved": row["resolved_at"]}[field]
        if at is None:
            return False
        start, end = span(value, self.now, self.zone)
        last = max(end - 1, start)
        return bool({"<": at < start, ">=": at >= start, ">": at > last, "<=": at <= last}[op])

    @staticmethod
    def amount(order: dict[str, Any], value: Amount, test: Callable[[Any, Any], bool]) -> bool:
        if order["state"] == "cancelled" or order["amount"] is None:
            return False
        return bool(test(order["amount"], int(value.value * (1 if order["currency"] in WHOLE else 100))))

    def answering(self, field: str, row: dict[str, Any], value: Any, test: Callable[[Any, Any], bool]) -> bool:
        """A cost that nobody has named is more than nothing; where no row says a word, answering is free for good."""
        term = self.terms_now.get(row["id"])
        if field == "free-left":
            return term is not None and term["free_left"] is not None and test(term["free_left"], value.value)
        if term is not None:
            return test(1 if term["amount"] is None else term["amount"], int(value.value * MICRO))
        free = row["last_identity_id"] is not None and row["closes_at"] is None and row["id"] not in self.terms
        return bool(free and test(0, value.value))

    # -- fields ------------------------------------------------------------------------------------------------------

    def f_is(self, row: dict[str, Any], value: str) -> bool:
        states: dict[str, bool] = {
            "unread": row["unread"] > 0,
            "read": row["unread"] == 0,
            "unanswered": row["waiting_since"] is not None,
            "new": not row["answered"],
            "answered": bool(row["answered"]) and row["waiting_since"] is None,
            "mine": row["assignee"] == self.me,
            "assigned": row["assignee"] is not None,
            "unassigned": row["assignee"] is None,
            "spam": bool(row["spam"]),
            "failed": row["failed"] > 0,
            "urgent": row["priority"] == 2,
            "high": row["priority"] == 1,
            "deal": self.f_order(row, "any"),
            "blocked": self.blocked(row),
        }
        return bool(states.get(value, row["status"] == value))

    def f_has(self, row: dict[str, Any], value: str) -> bool:
        messages = self.messages[row["id"]]
        if value == "attachment":
            return any(message["has_files"] for message in messages)
        if value == "note":
            return any(message["direction"] == "note" for message in messages)
        if value == "draft":
            return row["id"] in self.drafts
        if value == "label":
            return bool(self.talk_labels[row["id"]])
        if value == "owner":
            return row["assignee"] is not None
        if value == "subject":
            return bool(row["subject"])
        return any(item["kind"] == value for item in self.found[row["id"]])

    def f_status(self, row: dict[str, Any], value: str) -> bool:
        return bool(row["status"] == value)

    def f_priority(self, row: dict[str, Any], value: str) -> bool:
        return bool(row["priority"] == _RANKS[value])

    def f_channel(self, row: dict[str, Any], value: str) -> bool:
        ids = {inbox["id"] for inbox in self.inboxes if inbox["channel"] == value}
        return any(seen["inbox_id"] in ids for seen in self.travelled[row["id"]])

    def f_inbox(self, row: dict[str, Any], value: str, channel: str = "") -> bool:
        ids = {
            inbox["id"]
            for inbox in self.inboxes
            if fold(value) in (fold(inbox["name"]), fold(inbox["title"]), fold(inbox["address"]))
            and (not channel or inbox["channel"] == channel)
        }
        return any(seen["inbox_id"] in ids for seen in self.travelled[row["id"]])

    def f_page(self, row: dict[str, Any], value: str) -> bool:
        return self.f_inbox(row, value, "messenger")

    def f_brand(self, row: dict[str, Any], value: str) -> bool:
        return fold(row["group_name"]) == fold(value)

    def f_label(self, row: dict[str, Any], value: str) -> bool:
        return any(self.labels[id]["folded"] == fold(value) for id in self.talk_labels[row["id"]])

    def f_contact_label(self, row: dict[str, Any], value: str) -> bool:
        ids = self.contact_labels[self.person[row["id"]]["id"]]
        return any(self.labels[id]["folded"] == fold(value) for id in ids)

    def _names(self, value: str) -> set[str]:
        if value == "me":
            return {self.me}
        known = {a["name"] for a in self.agents if fold(value) in (fold(a["name"]), fold(a["display"]))}
        return known or {value}

    def f_assignee(self, row: dict[str, Any], value: str) -> bool:
        if value in ("none", "any"):
            return (row["assignee"] is None) == (value == "none")
        return row["assignee"] in self._names(value)

    def _answers(self, row: dict[str, Any]) -> list[str]:
        return [
            m["author"] for m in self.messages[row["id"]] if m["direction"] == "out" and m["author_kind"] == "agent"
        ]

    def f_answered_by(self, row: dict[str, Any], value: str) -> bool:
        answers = self._answers(row)
        return bool(answers) if value == "any" else bool(self._names(value) & set(answers))

    def f_last_answer_by(self, row: dict[str, Any], value: str) -> bool:
        answers = self._answers(row)
        return bool(answers) and (value == "any" or answers[-1] in self._names(value))

    def f_from(self, row: dict[str, Any], value: str) -> bool:
        person = self.person[row["id"]]
        names = [person["name"]]
        for identity in self.identities[person["id"]]:
            names += [identity["address"], identity["name"]]
        return any(fold(value) in fold(name) for name in names)

    def f_language(self, row: dict[str, Any], value: str) -> bool:
        return bool(self.person[row["id"]]["language"] == value)

    def f_group(self, row: dict[str, Any], value: str) -> bool:
        return bool((row["kind"] == "group") == (value == "yes"))

    def blocked(self, row: dict[str, Any]) -> bool:
        return self.person[row["id"]]["id"] in self.blocked_people

    def f_order(self, row: dict[str, Any], value: str) -> bool:
        orders, deals = self.orders[row["id"]], self.deals[row["id"]]
        if value == "none":
            return not orders and not deals
        if value == "any":
            return any(one["state"] != "cancelled" for one in (*orders, *deals))
        latest: dict[int, dict[str, Any]] = {}
        for one in sorted(orders, key=lambda one: (one["created_at"], one["id"])):
            latest[one["conversation_id"]] = one
        return any(one["state"] == value for one in (*latest.values(), *deals))

    def f_shop(self, row: dict[str, Any], value: str) -> bool:
        return any(one["shop"] == value for one in self.orders[row["id"]])

    def f_follows(self, row: dict[str, Any], value: str) -> bool:
        known = self.standing.get(row["last_identity_id"])
        return known is not None and known["follows"] == int(value == "yes")

    def f_agreed(self, row: dict[str, Any], value: str) -> bool:
        known = [self.standing.get(one["id"]) for one in self.identities[self.person[row["id"]]["id"]]]
        said = {word.lower() for one in known if one for word in json.loads(one["agreed"])}
        return {"any": bool(said), "none": not said}.get(value, value.lower() in said)

    def f_reason(self, row: dict[str, Any], value: str) -> bool:
        said = [call["reason"] for call in self.calls[row["id"]] if call["reason"]]
        return {"any": bool(said), "none": not said}.get(value, any(fold(value) in fold(one) for one in said))

    def f_number(self, row: dict[str, Any], value: str) -> bool:
        return int(value) in self.top and self.top[int(value)] == row["id"]


def _pairs(rows: list[dict[str, Any]]) -> dict[int, set[int]]:
    found: dict[int, set[int]] = defaultdict(set)
    for row in rows:
        found[row["a"]].add(row["b"])
    return found
