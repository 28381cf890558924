"""What may drive a list: an index of `conversation`, or a small set of ids from another table.

The engine's own choice between them is several times slower than counting: the driver is the conjunct with the fewest
rows, counted up to a cap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from unibox_tui.domain.query import Amount, And, Compare, Node, Number, OneOf, Or, Range, Words, conjuncts
from unibox_tui.domain.words import PRIORITY_RANK, Priority, Status
from unibox_tui.store import answer_filters, order_filters
from unibox_tui.store.filters import FOUND_KINDS, Scope, compare, numbers_select, shown_in

CAP = 4_000
LABEL_CAP = 3_000


@dataclass(frozen=True, slots=True)
class Driver:
    """Rows of `conversation c` by `index` where `terms`, or those with an id in `ids` (then `index` is empty)."""

    index: str = ""
    terms: tuple[str, ...] = ()
    ids: str = ""
    counted: str = ""  # a SELECT as large as `ids` that stops early when it is cut off
    cap: int = CAP

    def source(self) -> str:
        """FROM … WHERE …, to be continued with AND."""
        if self.ids:
            return (
                f"FROM ({self.ids}) driver CROSS JOIN conversation c WHERE c.id = driver.id AND c.joined_into IS NULL"
            )
        terms = "".join(f" AND {term}" for term in self.terms)
        return f"FROM conversation c INDEXED BY {self.index} WHERE c.joined_into IS NULL{terms}"

    def size(self, scope: Scope) -> int:
        """Its rows, counted up to the cap and one."""
        rows = self.counted or self.ids or f"SELECT 1 {self.source()}"
        return int(scope.db.execute(f"SELECT count(*) FROM ({rows} LIMIT {self.cap + 1})", scope.params).fetchone()[0])


def candidates(where: Node, scope: Scope) -> list[Driver]:
    """One for each conjunct that has an index or a set."""
    parts = conjuncts(where)
    found = [driver for part in parts if (driver := of(part, scope)) is not None]
    owner = next((driver for driver in found if driver.index == "list_assignee"), None)
    status = next((driver for driver in found if driver.index == "list_status"), None)
    if owner is not None and status is not None:
        both = Driver("list_assignee", (*owner.terms, *status.terms))
        found = [both, *(driver for driver in found if driver not in (owner, status))]
    return found


def best(drivers: Sequence[Driver], scope: Scope) -> tuple[Driver, int] | None:
    """The smallest that does not go over its cap, with its size."""
    sized = [(driver, driver.size(scope)) for driver in drivers]
    small = [pair for pair in sized if pair[1] <= pair[0].cap]
    return min(small, key=lambda pair: pair[1], default=None)


def of(node: Node, scope: Scope) -> Driver | None:
    if isinstance(node, OneOf):
        maker = _ONE_OF.get(node.field)
        return maker(node, scope) if maker is not None else None
    if isinstance(node, Compare) and isinstance(node.value, Number | Amount) and node.field in answer_filters.FIELDS:
        select = answer_filters.driver(node.field, node.op, node.value, scope)
        return _set(select) if select is not None else None
    if isinstance(node, Compare):
        index = _INDEX_OF.get(node.field)
        return Driver(index, _terms(index, compare(node.field, node.op, node.value, scope))) if index else None
    if isinstance(node, Range):
        index = _INDEX_OF.get(node.field)
        ends = [(op, value) for op, value in ((">=", node.low), ("<=", node.high)) if value is not None]
        terms = [compare(node.field, op, value, scope) for op, value in ends]  # type: ignore[arg-type]
        return Driver(index, _terms(index, *terms)) if index else None
    if isinstance(node, Or):
        drivers = [of(part, scope) for part in node.parts if not isinstance(part, And | Words)]
        if len(drivers) < len(node.parts) or any(driver is None for driver in drivers):
            return None
        selects = [driver.ids or f"SELECT c.id AS id {driver.source()}" for driver in drivers if driver is not None]
        return Driver(ids=" UNION ".join(f"SELECT id FROM ({select})" for select in selects))
    return None


def of_words(scope: Scope, ids: Sequence[int]) -> Driver:
    """The conversations that were found to hold the words."""
    return Driver(ids=f"SELECT value AS id FROM json_each({scope.bind('[' + ','.join(map(str, ids)) + ']')})")


_INDEX_OF = {
    "wait": "list_waiting",
    "closes": "list_closing",
    "returns": "list_snoozed",
    "active": "list_all",
    "idle": "list_all",
    "created": "list_created",
    "age": "list_created",
    "resolved": "list_resolved",
    "unread": "list_unread",
    "failed": "list_failed",
}
# What a partial index asks for, in the words it was made with.
PARTIAL = {
    "list_waiting": "c.waiting_since IS NOT NULL",
    "list_closing": "c.closes_at IS NOT NULL",
    "list_snoozed": "c.status = 'snoozed'",
    "list_resolved": "c.resolved_at IS NOT NULL",
    "list_unread": "c.unread > 0",
    "list_failed": "c.failed > 0",
    "list_spam": "c.spam = 1",
    "list_priority": "c.priority > 0",
    "list_group": "c.kind = 'group'",
}


def _terms(index: str | None, *terms: str) -> tuple[str, ...]:
    partial = PARTIAL.get(index or "")
    return (partial, *terms) if partial else terms


def _is(node: OneOf, scope: Scope) -> Driver | None:
    if all(value in set(Status) for value in node.values):
        return _status(node, scope)
    if len(node.values) > 1:
        parts = [of(OneOf("is", (value,)), scope) for value in node.values]
        if any(part is None for part in parts):
            return None
        return Driver(ids=" UNION ".join(f"SELECT c.id AS id {part.source()}" for part in parts if part is not None))
    value = node.values[0]
    if value == "deal":
        return _set(order_filters.driver(("any",), scope))
    if value == "blocked":
        return _set(order_filters.driver_of_blocked(), joined=False)
    if value in ("mine", "unassigned"):
        return Driver("list_assignee", ("c.assignee = :me" if value == "mine" else "c.assignee IS NULL",))
    if value in ("urgent", "high"):
        return _priority(OneOf("priority", (value,)), scope)
    index = {
        "unread": "list_unread",
        "unanswered": "list_waiting",
        "spam": "list_spam",
        "failed": "list_failed",
    }.get(value)
    return Driver(index, _terms(index)) if index else None


def _status(node: OneOf, scope: Scope) -> Driver:
    return Driver("list_status", (scope.within("c.status", node.values),))


def _priority(node: OneOf, scope: Scope) -> Driver | None:
    ranks = [PRIORITY_RANK[Priority(value)] for value in node.values]
    if min(ranks) <= 0:
        return None
    return Driver("list_priority", _terms("list_priority", scope.within("c.priority", ranks)))


def _assignee(node: OneOf, scope: Scope) -> Driver | None:
    if node.values == ("none",):
        return Driver("list_assignee", ("c.assignee IS NULL",))
    if "none" in node.values or "any" in node.values:
        return None
    return Driver("list_assignee", (scope.within("c.assignee", scope.agents(node.values)),))


def _set(select: str, *, joined: bool = True, cap: int = CAP) -> Driver:
    """`joined`: the ids may be of conversations that are shown in another one."""
    return Driver(ids=shown_in(select), counted=select, cap=cap) if joined else Driver(ids=select, cap=cap)


def _label(node: OneOf, scope: Scope) -> Driver:
    ids = scope.bind_all(scope.labels(node.values))
    select = f"SELECT DISTINCT conversation_id AS id FROM conversation_label WHERE label_id IN ({ids})"
    return _set(select, joined=False, cap=LABEL_CAP)


def _of_people(persons: str) -> Driver:
    """Conversations of these contacts and of those merged into them."""
    of_known = "SELECT c.id AS id FROM known CROSS JOIN conversation c WHERE c.contact_id = known.id"
    return Driver(
        ids=f"WITH RECURSIVE known(id) AS ({persons} UNION SELECT t.id FROM known CROSS JOIN contact t "
        f"WHERE t.merged_into = known.id) {of_known}",
        counted=f"SELECT c.id FROM ({persons}) known CROSS JOIN conversation c WHERE c.contact_id = known.id",
    )


def _contact_label(node: OneOf, scope: Scope) -> Driver:
    ids = scope.bind_all(scope.labels(node.values))
    return _of_people(f"SELECT contact_id AS id FROM contact_label WHERE label_id IN ({ids})")


def _language(node: OneOf, scope: Scope) -> Driver:
    values = scope.bind_all(value.casefold() for value in node.values)
    return _of_people(f"SELECT id FROM contact WHERE language IS NOT NULL AND language IN ({values})")


def _from(node: OneOf, scope: Scope) -> Driver | None:
    found = [scope.people(value) for value in node.values]
    if any(people is None for people in found):
        return None
    ids = ",".join(str(id) for people in found for id in people or ())
    return _of_people(f"SELECT value AS id FROM json_each({scope.bind(f'[{ids}]')})")


def _answered_by(node: OneOf, scope: Scope) -> Driver | None:
    if "any" in node.values:
        return None
    names = scope.bind_all(scope.agents(node.values))
    return _set(
        "SELECT DISTINCT m.conversation_id FROM message m INDEXED BY message_answer WHERE m.direction = 'out' "
        f"AND m.author_kind = 'agent' AND m.author IN ({names})"
    )


def _travelled(ids: Sequence[int], scope: Scope) -> Driver:
    return _set(f"SELECT DISTINCT conversation_id FROM conversation_inbox WHERE inbox_id IN ({scope.bind_all(ids)})")


def _has(node: OneOf, scope: Scope) -> Driver | None:
    selects = [_holding(value, scope) for value in node.values]
    if any(select is None for select in selects):
        return None
    return _set(" UNION ".join(select for select in selects if select is not None))


def _holding(value: str, scope: Scope) -> str | None:
    if value in FOUND_KINDS:
        return f"SELECT DISTINCT conversation_id FROM found WHERE kind = {scope.bind(value)}"
    if value == "attachment":
        return "SELECT DISTINCT m.conversation_id FROM message m INDEXED BY message_with_files WHERE m.has_files = 1"
    if value == "note":
        return "SELECT m.conversation_id FROM message m INDEXED BY message_note WHERE m.direction = 'note'"
    if value == "draft":
        return "SELECT conversation_id FROM draft WHERE agent = :me"
    if value == "label":
        return "SELECT DISTINCT conversation_id FROM conversation_label"
    return None


_ONE_OF: dict[str, Callable[[OneOf, Scope], Driver | None]] = {
    "is": _is,
    "has": _has,
    "status": _status,
    "priority": _priority,
    "assignee": _assignee,
    "answered-by": _answered_by,
    "last-answer-by": _answered_by,
    "label": _label,
    "contact-label": _contact_label,
    "inbox": lambda node, scope: _travelled(scope.inboxes("inbox", node.values), scope),
    "page": lambda node, scope: _travelled(scope.inboxes("page", node.values), scope),
    "channel": lambda node, scope: _travelled(scope.channel_inboxes(node.values), scope),
    "from": _from,
    "language": _language,
    "group": lambda node, scope: Driver("list_group", _terms("list_group")) if node.values == ("yes",) else None,
    "order": lambda node, scope: None if "none" in node.values else _set(order_filters.driver(node.values, scope)),
    "shop": lambda node, scope: _set(order_filters.driver_of_shop(node.values, scope)),
    "number": lambda node, scope: _set(numbers_select(node, scope)),
}
