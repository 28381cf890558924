"""What queries ask of answering: its price now, the free answers left, and how a customer stands to us. Conditions over
`conversation c`, and sets that may drive a list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from unibox_tui.domain.money import MICRO
from unibox_tui.domain.query import Amount, Number, Op

if TYPE_CHECKING:
    from unibox_tui.store.filters import Scope

FIELDS = frozenset(("cost", "free-left"))
# When the customer last did something that the provider may count; what it says itself included.
INTERACTION = (
    "nullif(max(coalesce((SELECT max(w.at) FROM reply_window w WHERE w.identity_id = c.last_identity_id AND w.what NOT IN "
    "('unfollow', 'block', 'stop')), 0), coalesce((SELECT json_extract(s.facts, '$.last_interaction') FROM identity_standing s "
    "WHERE s.identity_id = c.last_identity_id), 0)), 0)"
)
# What costs something that nobody has named is more than nothing.
_COLUMNS = {"cost": "coalesce(t.amount, 1)", "free-left": "t.free_left"}
# Answerable, and no row says what it costs: a channel that is free for good.
_ALWAYS_FREE = (
    "(c.last_identity_id IS NOT NULL AND c.closes_at IS NULL AND NOT EXISTS (SELECT 1 FROM answer_terms t WHERE "
    "t.conversation_id = c.id))"
)


def compare(field: str, op: Op, value: Number | Amount, scope: Scope) -> str:
    found = (
        f"EXISTS (SELECT 1 FROM answer_terms t WHERE t.conversation_id = c.id AND {_holds(field, op, value, scope)})"
    )
    nothing = {"<": value.value > 0, "<=": value.value >= 0, ">": value.value < 0, ">=": value.value <= 0}[op]
    return f"({found} OR {_ALWAYS_FREE})" if field == "cost" and nothing else found


def driver(field: str, op: Op, value: Number | Amount, scope: Scope) -> str | None:
    """The same as a set; None where conversations without a row fit too."""
    if field == "cost" and compare(field, op, value, scope).endswith(f"{_ALWAYS_FREE})"):
        return None
    return f"SELECT t.conversation_id AS id FROM answer_terms t WHERE {_holds(field, op, value, scope)}"


def _holds(field: str, op: Op, value: Number | Amount, scope: Scope) -> str:
    number = int(value.value * MICRO) if isinstance(value, Amount) else value.value
    column = _COLUMNS[field]
    return (
        "t.starts_at <= :now AND (t.ends_at IS NULL OR t.ends_at > :now) "
        f"AND {column} IS NOT NULL AND {column} {op} {scope.bind(number)}"
    )


def follows(values: Sequence[str], scope: Scope) -> str:
    wanted = scope.bind_all(int(value == "yes") for value in values)
    return (
        "EXISTS (SELECT 1 FROM identity_standing s WHERE s.identity_id = c.last_identity_id AND s.follows IS NOT NULL "
        f"AND s.follows IN ({wanted}))"
    )


def agreed(values: Sequence[str], scope: Scope, person: str) -> str:
    """What this customer has agreed to at any address of theirs."""
    of = f"FROM identity i JOIN identity_standing s ON s.identity_id = i.id WHERE i.contact_id = {person}"
    parts = []
    if "any" in values:
        parts.append(f"EXISTS (SELECT 1 {of} AND s.agreed <> '[]')")
    if "none" in values:
        parts.append(f"NOT EXISTS (SELECT 1 {of} AND s.agreed <> '[]')")
    words = [value.casefold() for value in values if value not in ("any", "none")]
    if words:
        wanted = scope.bind_all(words)
        parts.append(
            f"EXISTS (SELECT 1 {of} AND EXISTS (SELECT 1 FROM json_each(s.agreed) a WHERE lower(a.value) IN ({wanted})))"
        )
    return f"({' OR '.join(parts)})"
