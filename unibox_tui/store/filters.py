"""A query's tree as an SQL condition over `conversation c`.

Every condition is 0 or 1, never NULL, so that NOT means not. Message-level fields look into the conversation and
everything joined into it; fields of the customer look at the contact it was merged into.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from datetime import tzinfo

from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.query import (
    Amount,
    And,
    Compare,
    Duration,
    Moment,
    Named,
    Node,
    Not,
    Number,
    OneOf,
    Op,
    Or,
    Range,
    Value,
    Words,
    bounds,
)
from unibox_tui.domain.saying import say, say_term
from unibox_tui.domain.words import PRIORITY_RANK, Priority, Status
from unibox_tui.store import answer_filters, call_filters, order_filters, people, search
from unibox_tui.store.people import glob
from unibox_tui.text.fold import fold

FOUND_KINDS = frozenset(("phone", "email", "order", "amount", "url", "bank"))
CONTACTS_MOST = 4_000

# The contact as whom the customer is known now.
PERSON = (
    "CASE WHEN EXISTS (SELECT 1 FROM contact t WHERE t.id = c.contact_id AND t.merged_into IS NOT NULL) THEN "
    "(WITH RECURSIVE who(id, next, depth) AS (SELECT t.id, t.merged_into, 0 FROM contact t WHERE t.id = c.contact_id "
    "UNION ALL SELECT t.id, t.merged_into, who.depth + 1 FROM contact t JOIN who ON t.id = who.next WHERE who.depth < 100) "
    "SELECT id FROM who ORDER BY depth DESC LIMIT 1) ELSE c.contact_id END"
)
_JOINED_HERE = "EXISTS (SELECT 1 FROM conversation j WHERE j.joined_into = c.id)"
_MEMBERS = (
    "(WITH RECURSIVE member(id) AS (SELECT c.id UNION SELECT j.id FROM conversation j JOIN member ON j.joined_into = member.id) "
    "SELECT id FROM member)"
)

_STATES = {
    "unread": "c.unread > 0",
    "read": "c.unread = 0",
    "unanswered": "c.waiting_since IS NOT NULL",
    "new": "c.answered = 0",
    "answered": "(c.answered <> 0 AND c.waiting_since IS NULL)",
    "assigned": "c.assignee IS NOT NULL",
    "unassigned": "c.assignee IS NULL",
    "spam": "c.spam = 1",
    "failed": "c.failed > 0",
    "urgent": f"c.priority = {PRIORITY_RANK[Priority.URGENT]}",
    "high": f"c.priority = {PRIORITY_RANK[Priority.HIGH]}",
    **{status.value: f"c.status = '{status.value}'" for status in Status},
}
_COUNTS = {"number": "c.id", "unread": "c.unread", "messages": "c.message_count", "failed": "c.failed"}
_TIMES = {"active": "c.last_at", "created": "c.created_at", "resolved": "c.resolved_at"}
_ELAPSED = {
    "wait": "c.waiting_since",
    "idle": "c.last_at",
    "age": "c.created_at",
    "interaction": answer_filters.INTERACTION,
}
_LEFT = {"closes": "c.closes_at", "returns": "c.snoozed_until"}
_TURNED: dict[Op, str] = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class Scope:
    """What a tree is compiled for; it collects the parameters and looks names up once."""

    def __init__(self, db: sqlite3.Connection, me: str, now: int, zone: tzinfo | None = None) -> None:
        self.db = db
        self.me = me
        self.now = now
        self.zone = zone
        self.params: dict[str, object] = {"me": me, "now": now}
        self._agents: dict[str, list[str]] | None = None
        self._people: dict[str, list[int] | None] = {}

    def bind(self, value: object) -> str:
        name = f"p{len(self.params)}"
        self.params[name] = value
        return f":{name}"

    def bind_all(self, values: Iterable[object]) -> str:
        return ", ".join(self.bind(value) for value in values) or "NULL"

    def within(self, column: str, values: Iterable[object]) -> str:
        """`column` is one of them; with one value an index stays in its order."""
        found = list(values)
        return f"{column} = {self.bind(found[0])}" if len(found) == 1 else f"{column} IN ({self.bind_all(found)})"

    # -- names -------------------------------------------------------------------------------------------------------

    def agents(self, said: Iterable[str]) -> list[str]:
        """Account names: by account or shown name; one that nobody has stands for itself."""
        if self._agents is None:
            self._agents = {}
            for row in self.db.execute("SELECT name, display FROM agent"):
                for known in {fold(row["name"]), fold(row["display"])}:
                    self._agents.setdefault(known, []).append(row["name"])
        return [name for one in said for name in ([self.me] if one == "me" else self._agents.get(fold(one)) or [one])]

    def labels(self, names: Iterable[str]) -> list[int]:
        """Ids of those that exist: no conversation has a label that does not."""
        rows = self.db.execute(
            f"SELECT id FROM label WHERE folded IN ({self._marks(folded := [fold(name) for name in names])})", folded
        )
        return [int(row[0]) for row in rows]

    def inboxes(self, field: str, said: Iterable[str]) -> list[int]:
        """Ids by name, title or address. Raises WrongUse for one that does not exist."""
        only = "WHERE channel = 'messenger'" if field == "page" else ""
        rows = self.db.execute(f"SELECT id, name, title, address FROM inbox {only}").fetchall()
        found: list[int] = []
        for one in said:
            wanted = fold(one)
            ids = [row["id"] for row in rows if wanted in (fold(row["name"]), fold(row["title"]), fold(row["address"]))]
            if not ids:
                raise unknown(field, one, [row["name"] for row in rows] + [row["title"] for row in rows])
            found.extend(ids)
        return found

    def channel_inboxes(self, channels: Iterable[str]) -> list[int]:
        rows = self.db.execute(
            f"SELECT id FROM inbox WHERE channel IN ({self._marks(wanted := list(channels))})", wanted
        )
        return [int(row[0]) for row in rows]

    def brands(self, said: Iterable[str]) -> list[str]:
        known = [row[0] for row in self.db.execute("SELECT DISTINCT group_name FROM inbox")]
        found: list[str] = []
        for one in said:
            same = [name for name in known if fold(name) == fold(one)]
            if not same:
                raise unknown("brand", one, known)
            found.extend(same)
        return found

    def people(self, said: str) -> list[int] | None:
        """Contacts whose name, or whose name or address on a channel, holds this; None when there are too many."""
        if said not in self._people:
            self._people[said] = people.matching(self.db, said, CONTACTS_MOST)
        return self._people[said]

    @staticmethod
    def _marks(values: list[str]) -> str:
        return ",".join("?" * len(values))


def unknown(field: str, said: str, known: Iterable[str]) -> WrongUse:
    from difflib import get_close_matches

    meant = get_close_matches(said, list(known), 1)
    column = said.column if isinstance(said, Named) else 0
    word = say_term("field", field)
    return WrongUse(
        say("There is no {field} “{said}” (column {column}).", field=word, said=said, column=column)
        if column
        else say("There is no {field} “{said}”.", field=word, said=said),
        hint=say("Did you mean “{meant}”?", meant=meant[0])
        if meant
        else say("Tab after “{field}:” lists them.", field=field),
        code=f"unknown_{field}",
    )


def condition(node: Node, scope: Scope) -> str:
    if isinstance(node, And):
        parts = sorted(node.parts, key=_dear)
        return "(" + " AND ".join(condition(part, scope) for part in parts) + ")" if parts else "1"
    if isinstance(node, Or):
        return "(" + " OR ".join(condition(part, scope) for part in node.parts) + ")"
    if isinstance(node, Not):
        return f"NOT {condition(node.part, scope)}"
    if isinstance(node, Words):
        return f"(c.id IN ({shown_in(words_select(node, scope))}) OR {of_person(node, scope)})"
    if isinstance(node, OneOf):
        return _ONE_OF[node.field](node, scope)
    if isinstance(node, Compare):
        return compare(node.field, node.op, node.value, scope)
    assert isinstance(node, Range)
    ends = []
    if node.low is not None:
        ends.append(compare(node.field, ">=", node.low, scope))
    if node.high is not None:
        ends.append(compare(node.field, "<=", node.high, scope))
    return "(" + " AND ".join(ends) + ")"


def _dear(node: Node) -> int:
    """What looking at one row costs, roughly, in look-ups elsewhere: the engine asks for them in the order they are
    written, and most rows fail the first."""
    if isinstance(node, Not):
        return _dear(node.part)
    if isinstance(node, And | Or):
        return max(map(_dear, node.parts), default=0)
    if isinstance(node, OneOf):
        elsewhere = node.field == "is" and not {"deal", "blocked"}.isdisjoint(node.values)
        return 3 if elsewhere else _LOOKUPS.get(node.field, 0)
    if isinstance(node, Words):
        return 5
    return 2 if node.field in answer_filters.FIELDS else 0


_LOOKUPS = {
    "label": 1, "has": 2, "inbox": 2, "page": 2, "channel": 2, "answered-by": 3, "last-answer-by": 3, "reason": 3,
    "order": 3, "shop": 3, "agreed": 3, "follows": 3, "language": 3, "contact-label": 3, "from": 4, "text": 5,
}  # fmt: skip


def words_select(words: Words, scope: Scope) -> str:
    """The conversations where messages with these words live, as a SELECT of one column."""
    name = scope.bind(None)[1:]
    select, params = search.hits_sql(words, name)
    scope.params.update(params)
    return f"SELECT m.conversation_id FROM ({select}) h CROSS JOIN message m WHERE m.n = h.rowid"


def of_person(words: Words, scope: Scope) -> str:
    """The customer's name, or a name or address of theirs on a channel, holds the words one after the other."""
    said = phrase(words)
    return _is_person(said, scope) if said else "0"


def phrase(words: Words) -> str:
    """What is looked for among names; empty where that would mean reading them all."""
    said = " ".join(term.text for term in words.terms)
    return said if len(fold(said).strip()) >= people.SHORTEST else ""


def shown_in(select: str) -> str:
    """`select` gives conversations; with those in which they are shown."""
    return (
        f"WITH RECURSIVE up(id) AS ({select} UNION SELECT p.joined_into FROM up CROSS JOIN conversation p "
        "WHERE p.id = up.id AND p.joined_into IS NOT NULL) SELECT id FROM up"
    )


def compare(field: str, op: Op, value: Value, scope: Scope) -> str:
    if field in _COUNTS:
        assert isinstance(value, Number)
        return f"{_COUNTS[field]} {op} {scope.bind(value.value)}"
    if field in answer_filters.FIELDS:
        assert isinstance(value, Number | Amount)
        return answer_filters.compare(field, op, value, scope)
    if field in _TIMES:
        assert not isinstance(value, Duration | Number)
        return _within(_TIMES[field], op, value, scope)  # type: ignore[arg-type]
    if isinstance(value, Amount):
        return order_filters.amount(op, value, scope, in_thread)
    assert isinstance(value, Duration)
    if field in _ELAPSED:
        column = _ELAPSED[field]
        return f"({column} IS NOT NULL AND {column} {_TURNED[op]} {scope.bind(scope.now - value.ms)})"
    column = _LEFT[field]
    alive = "c.status = 'snoozed'" if field == "returns" else f"{column} > :now"
    return f"({column} IS NOT NULL AND {alive} AND {column} {op} {scope.bind(scope.now + value.ms)})"


def _within(column: str, op: Op, moment: Moment, scope: Scope) -> str:
    start, end = bounds(op, moment, scope.now, scope.zone)
    terms = [f"{column} IS NOT NULL"]
    if start is not None:
        terms.append(f"{column} >= {scope.bind(start)}")
    if end is not None:
        terms.append(f"{column} < {scope.bind(end)}")
    return "(" + " AND ".join(terms) + ")"


# -- fields with values --------------------------------------------------------------------------------------------


def _any(parts: Iterable[str]) -> str:
    joined = " OR ".join(parts)
    return f"({joined})" if joined else "0"


def in_thread(select: str) -> str:
    """`select` with `{here}` for the conversation's own or joined ids."""
    own = select.replace("{here}", "= c.id")
    joined = select.replace("{here}", f"IN {_MEMBERS}")
    return f"(EXISTS ({own}) OR ({_JOINED_HERE} AND EXISTS ({joined})))"


def _is(node: OneOf, scope: Scope) -> str:
    return _any(_state(value, scope) for value in node.values)


def _state(value: str, scope: Scope) -> str:
    if value == "mine":
        return "c.assignee IS :me"
    if value == "deal":
        return order_filters.state("any", scope, in_thread)
    if value == "blocked":
        return order_filters.blocked(PERSON)
    return _STATES[value]


def _has(node: OneOf, scope: Scope) -> str:
    return _any(_holds(value, scope) for value in node.values)


def _holds(value: str, scope: Scope) -> str:
    if value in FOUND_KINDS:
        return in_thread(f"SELECT 1 FROM found f WHERE f.conversation_id {{here}} AND f.kind = {scope.bind(value)}")
    if value == "attachment":
        return in_thread(
            "SELECT 1 FROM message m INDEXED BY message_with_files WHERE m.conversation_id {here} AND m.has_files = 1"
        )
    if value == "note":
        return in_thread("SELECT 1 FROM message m WHERE m.conversation_id {here} AND m.direction = 'note'")
    if value == "draft":
        return "EXISTS (SELECT 1 FROM draft d WHERE d.agent = :me AND d.conversation_id = c.id)"
    if value == "label":
        return "EXISTS (SELECT 1 FROM conversation_label l WHERE l.conversation_id = c.id)"
    return "c.assignee IS NOT NULL" if value == "owner" else "c.subject <> ''"


def _priority(node: OneOf, scope: Scope) -> str:
    return scope.within("c.priority", (PRIORITY_RANK[Priority(value)] for value in node.values))


def _assignee(node: OneOf, scope: Scope) -> str:
    names = scope.agents(value for value in node.values if value not in ("none", "any"))
    parts = [f"(c.assignee IS NOT NULL AND c.assignee IN ({scope.bind_all(names)}))"] if names else []
    if "none" in node.values:
        parts.append("c.assignee IS NULL")
    if "any" in node.values:
        parts.append("c.assignee IS NOT NULL")
    return _any(parts)


_ANSWER = "m.direction = 'out' AND m.author_kind = 'agent' AND m.author IS NOT NULL"


def _answered_by(node: OneOf, scope: Scope) -> str:
    by = "" if "any" in node.values else f" AND m.author IN ({scope.bind_all(scope.agents(node.values))})"
    return in_thread(f"SELECT 1 FROM message m WHERE m.conversation_id {{here}} AND {_ANSWER}{by}")


def _last_answer_by(node: OneOf, scope: Scope) -> str:
    if "any" in node.values:
        return _answered_by(node, scope)
    last = f"(SELECT m.author FROM message m WHERE m.conversation_id {{here}} AND {_ANSWER} ORDER BY m.n DESC LIMIT 1)"
    own, joined = last.replace("{here}", "= c.id"), last.replace("{here}", f"IN {_MEMBERS}")
    names = scope.bind_all(scope.agents(node.values))
    return f"coalesce(CASE WHEN {_JOINED_HERE} THEN {joined} ELSE {own} END IN ({names}), 0)"


def _label(node: OneOf, scope: Scope) -> str:
    ids = scope.labels(node.values)
    return (
        "EXISTS (SELECT 1 FROM conversation_label l WHERE l.conversation_id = c.id AND l.label_id IN "
        f"({scope.bind_all(ids)}))"
    )


def _contact_label(node: OneOf, scope: Scope) -> str:
    ids = scope.labels(node.values)
    return f"EXISTS (SELECT 1 FROM contact_label l WHERE l.contact_id = {PERSON} AND l.label_id IN ({scope.bind_all(ids)}))"


def _travelled(ids: Iterable[int], scope: Scope) -> str:
    return in_thread(
        f"SELECT 1 FROM conversation_inbox b WHERE b.conversation_id {{here}} AND b.inbox_id IN ({scope.bind_all(ids)})"
    )


def _from(node: OneOf, scope: Scope) -> str:
    return _any(_is_person(value, scope) for value in node.values)


def _is_person(said: str, scope: Scope) -> str:
    known = scope.people(said)
    if known is not None:
        # Numbers of our own: written out they need no thousands of parameters.
        return f"{PERSON} IN ({', '.join(map(str, known))})" if known else "0"
    like = scope.bind(glob(said))
    return (
        f"(EXISTS (SELECT 1 FROM contact t WHERE t.id = {PERSON} AND t.name GLOB {like}) OR EXISTS "
        f"(SELECT 1 FROM identity i WHERE i.contact_id = {PERSON} AND (i.address GLOB {like} OR i.name GLOB {like})))"
    )


def _language(node: OneOf, scope: Scope) -> str:
    values = scope.bind_all(value.casefold() for value in node.values)
    speaks = f"t.language IS NOT NULL AND t.language IN ({values})"
    # Most are nobody else by now: one look at the row tells both.
    return (
        f"EXISTS (SELECT 1 FROM contact t WHERE t.id = c.contact_id AND CASE WHEN t.merged_into IS NULL THEN {speaks} "
        f"ELSE EXISTS (SELECT 1 FROM contact t WHERE t.id = {PERSON} AND {speaks}) END)"
    )


def _group(node: OneOf, scope: Scope) -> str:
    return _any("c.kind = 'group'" if value == "yes" else "c.kind <> 'group'" for value in node.values)


def numbers_select(node: OneOf, scope: Scope) -> str:
    return " UNION ".join(f"SELECT {scope.bind(int(value))}" for value in node.values)


_ONE_OF: dict[str, Callable[[OneOf, Scope], str]] = {
    "is": _is,
    "has": _has,
    "status": lambda node, scope: scope.within("c.status", node.values),
    "priority": _priority,
    "assignee": _assignee,
    "answered-by": _answered_by,
    "last-answer-by": _last_answer_by,
    "label": _label,
    "contact-label": _contact_label,
    "inbox": lambda node, scope: _travelled(scope.inboxes("inbox", node.values), scope),
    "page": lambda node, scope: _travelled(scope.inboxes("page", node.values), scope),
    "channel": lambda node, scope: _travelled(scope.channel_inboxes(node.values), scope),
    "brand": lambda node, scope: f"c.group_name IN ({scope.bind_all(scope.brands(node.values))})",
    "from": _from,
    "language": _language,
    "group": _group,
    "follows": lambda node, scope: answer_filters.follows(node.values, scope),
    "agreed": lambda node, scope: answer_filters.agreed(node.values, scope, PERSON),
    "reason": lambda node, scope: call_filters.reason(node.values, scope, in_thread),
    "order": lambda node, scope: _any(order_filters.state(value, scope, in_thread) for value in node.values),
    "shop": lambda node, scope: order_filters.shop(node.values, scope, in_thread),
    "number": lambda node, scope: f"c.id IN ({shown_in(numbers_select(node, scope))})",
}
