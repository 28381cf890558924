"""What the panel says first: the running request, the last order, contacts on other channels, risks; and what the latest
messages hold that no index keeps: postal addresses, amounts, notices of transfers."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from statistics import median

from unibox_tui.store import merging, order_reading, orders, outside, panel_reading, risk
from unibox_tui.store.database import Row
from unibox_tui.text.addresses import find_addresses
from unibox_tui.text.codes import find_orders
from unibox_tui.text.money import find_amounts, find_transfers
from unibox_tui.text.safe import safe_line
from unibox_tui.views import orders as order_views
from unibox_tui.views.models import FoundLine
from unibox_tui.views.order_models import Contacted, PanelNews, RiskLine, Running
from unibox_tui.views.people import first_words, mark

ELSEWHERE = 3
FEWEST_WAITS = 2
TEXTS = 25
MOST_OF_A_KIND = 3


def news(
    db: sqlite3.Connection, contacts: Sequence[int], identities: Sequence[Row], phones: Sequence[str], shown: int
) -> PanelNews:
    """`contacts`: who they are now; `identities`: their rows; `phones`: normal forms of all numbers seen with them."""
    ids = [int(row["id"]) for row in identities]
    top = contacts[0] if contacts else None
    waits = panel_reading.waits(db, ids)
    tree = [one for contact in contacts for one in merging.tree(db, contact)]
    return PanelNews(
        running=_running(panel_reading.running(db, contacts, shown)),
        orders=tuple(order_views.line(db, row) for contact in contacts for row in orders.of_contact(db, contact)),
        elsewhere=tuple(
            Contacted(
                row["channel"],
                mark(row["channel"]),
                row["conversation_id"],
                row["direction"],
                row["received_at"],
                first_words(row["text"], row["subject"]),
            )
            for row in panel_reading.elsewhere(db, ids, panel_reading.channel_of(db, shown), ELSEWHERE)
        ),
        risks=tuple(risk_line(row) for row in risk.marks(db, tree, phones)),
        blocked=top is not None and risk.blocked(db, top),
        usual_wait_ms=int(median(waits)) if len(waits) >= FEWEST_WAITS else None,
        conflicts=tuple(_conflicts(db, contacts)),
    )


def _conflicts(db: sqlite3.Connection, contacts: Sequence[int]) -> Iterator[tuple[str, str, str, str]]:
    """Where another system says otherwise: of the customer, and of their orders."""
    for row in outside.conflicts(db, "contact", contacts):
        ours = merging.values(db, row["id"]).get(row["field"])
        yield _differing(row, row["field"], ours)
    bought = [int(row["id"]) for contact in contacts for row in orders.of_contact(db, contact)]
    for row in outside.conflicts(db, "order", bought):
        order = orders.get(db, row["id"])
        yield _differing(row, f"{order['code'] or order['id']} {row['field']}", orders.value_of(order, row["field"]))


def _differing(row: Row, field: str, ours: object) -> tuple[str, str, str, str]:
    theirs = json.loads(row["value"])
    return safe_line(field), first_words(str(ours or "")), first_words(str(theirs)), safe_line(row["system"])


def _running(row: Row | None) -> Running | None:
    if row is None:
        return None
    return Running(
        row["id"],
        first_words(row["subject"], row["snippet"]),
        row["status"],
        safe_line(row["owner"] or ""),
        row["waiting_since"],
    )


def risk_line(row: Row) -> RiskLine:
    return RiskLine(
        row["id"], safe_line(row["reason"]), safe_line(row["author"]), safe_line(row["source"]), row["phone"], row["at"]
    )


def found_now(db: sqlite3.Connection, ids: Sequence[int]) -> Iterator[tuple[FoundLine, int]]:
    """(what was found, the message n) in the customer's latest messages: address, amount, bank."""
    region = order_reading.region_of(db, ids[0]) if ids else "VN"
    counts: dict[str, int] = {}
    seen: set[tuple[str, str]] = set()
    for row in order_reading.texts(db, ids, TEXTS):
        if row["direction"] != "in":
            continue
        for kind, value, sure in _in_text(row["text"], region):
            if (kind, value) not in seen and counts.get(kind, 0) < MOST_OF_A_KIND:
                seen.add((kind, value))
                counts[kind] = counts.get(kind, 0) + 1
                yield FoundLine(kind, safe_line(value), sure), int(row["n"])


def _in_text(text: str, region: str) -> Iterator[tuple[str, str, str]]:
    for address in find_addresses(text):
        yield "address", address.value, address.confidence
    amounts = [one for one in find_amounts(text, region) if one.confidence == "high"]
    transfers = find_transfers(text, amounts, find_orders(text)) if amounts else []
    for notice in transfers:
        if notice.confidence == "high":
            yield "bank", " ".join(part for part in (notice.value, notice.reference) if part), "high"
    for amount in amounts:
        if not any(notice.start <= amount.start < notice.end for notice in transfers):
            yield "amount", amount.value, "high"
