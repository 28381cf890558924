"""What queries ask of orders and deals, as conditions over `conversation c` and as sets that may drive a list.

The state of a conversation is that of its latest order; where it has none, that of its deal.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from unibox_tui.domain.money import WHOLE
from unibox_tui.domain.query import Amount, Op

if TYPE_CHECKING:
    from unibox_tui.store.filters import Scope

InThread = Callable[[str], str]
# The latest order of one conversation.
_LATEST = (
    "o.removed_at IS NULL AND NOT EXISTS (SELECT 1 FROM customer_order p WHERE p.conversation_id = o.conversation_id "
    "AND p.removed_at IS NULL AND (p.created_at, p.id) > (o.created_at, o.id))"
)
_WHOLE = ", ".join(f"'{currency}'" for currency in sorted(WHOLE))


def state(value: str, scope: Scope, in_thread: InThread) -> str:
    """`any`: there is an order or a deal that is not cancelled; `none`: there is none of them at all."""
    if value in ("any", "none"):
        alive = "" if value == "none" else " AND {t}.state <> 'cancelled'"
        order = in_thread(
            "SELECT 1 FROM customer_order o WHERE o.conversation_id {here} AND o.removed_at IS NULL"
            + alive.format(t="o")
        )
        deal = in_thread("SELECT 1 FROM deal d WHERE d.conversation_id {here}" + alive.format(t="d"))
        return f"NOT ({order} OR {deal})" if value == "none" else f"({order} OR {deal})"
    word = scope.bind(value)
    order = in_thread(
        f"SELECT 1 FROM customer_order o WHERE o.conversation_id {{here}} AND o.state = {word} AND {_LATEST}"
    )
    deal = in_thread(f"SELECT 1 FROM deal d WHERE d.conversation_id {{here}} AND d.state = {word}")
    return f"({order} OR {deal})"


def amount(op: Op, value: Amount, scope: Scope, in_thread: InThread) -> str:
    """Any order of it, in the currency's own units: 500k is 500,000 of whatever it is."""
    whole, parts = scope.bind(int(value.value)), scope.bind(int(value.value * Decimal(100)))
    bound = f"CASE WHEN o.currency IN ({_WHOLE}) THEN {whole} ELSE {parts} END"
    return in_thread(
        "SELECT 1 FROM customer_order o WHERE o.conversation_id {here} AND o.removed_at IS NULL AND o.state <> 'cancelled' "
        f"AND o.amount IS NOT NULL AND o.amount {op} {bound}"
    )


def shop(values: Sequence[str], scope: Scope, in_thread: InThread) -> str:
    return in_thread(
        "SELECT 1 FROM customer_order o WHERE o.conversation_id {here} AND o.removed_at IS NULL "
        f"AND o.shop IN ({scope.bind_all(values)})"
    )


def blocked(person: str) -> str:
    """The customer, or one who was merged into them, is blocked."""
    return (
        "EXISTS (WITH RECURSIVE part (id) AS (SELECT " + person + " UNION SELECT t.id FROM contact t JOIN part "
        "ON t.merged_into = part.id) SELECT 1 FROM contact b WHERE b.id IN (SELECT id FROM part) AND b.blocked_at IS NOT NULL)"
    )


def driver(values: Sequence[str], scope: Scope) -> str:
    """A superset of the conversations with such an order or deal."""
    if "any" in values:
        return (
            "SELECT conversation_id AS id FROM customer_order WHERE conversation_id IS NOT NULL UNION "
            "SELECT conversation_id FROM deal"
        )
    words = scope.bind_all(values)
    return (
        f"SELECT conversation_id AS id FROM customer_order WHERE state IN ({words}) AND conversation_id IS NOT NULL "
        f"UNION SELECT conversation_id FROM deal WHERE state IN ({words})"
    )


def driver_of_shop(values: Sequence[str], scope: Scope) -> str:
    return (
        "SELECT DISTINCT conversation_id AS id FROM customer_order WHERE conversation_id IS NOT NULL "
        f"AND shop IN ({scope.bind_all(values)})"
    )


def driver_of_blocked() -> str:
    """Also of those who are one with somebody blocked: up to whom they were merged into, and down again."""
    return (
        "WITH RECURSIVE up (id) AS (SELECT id FROM contact WHERE blocked_at IS NOT NULL UNION SELECT t.merged_into FROM up "
        "CROSS JOIN contact t WHERE t.id = up.id AND t.merged_into IS NOT NULL), "
        "one (id) AS (SELECT id FROM up UNION SELECT t.id FROM one CROSS JOIN contact t ON t.merged_into = one.id) "
        "SELECT c.id AS id FROM one CROSS JOIN conversation c WHERE c.contact_id = one.id"
    )
