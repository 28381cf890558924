"""Contacts and orders out of tables and address books, row by row: each in a transaction of its own, bad ones counted and named."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from unibox_tui.cli import say
from unibox_tui.cli.tables import Table
from unibox_tui.domain.errors import UniboxError, WrongUse

if TYPE_CHECKING:
    from unibox_tui.cli.session import Session
    from unibox_tui.domain.orders import OrderRules
    from unibox_tui.store.database import Tx
    from unibox_tui.store.outside import Outcome

MOST_TOLD = 20
CONTACT_NAMES: Mapping[str, Sequence[str]] = {
    "external_id": ("id", "uid", "mã", "mã khách hàng", "customer id", "รหัส"),
    "name": ("full name", "họ tên", "tên", "tên khách hàng", "customer", "ชื่อ", "ชื่อลูกค้า"),
    "title": ("xưng hô", "danh xưng", "คำนำหน้า"),
    "language": ("ngôn ngữ", "lang", "ภาษา"),
    "phone": ("phones", "tel", "telephone", "mobile", "sđt", "số điện thoại", "điện thoại", "เบอร์", "เบอร์โทร", "โทร"),
    "email": ("emails", "e-mail", "mail", "อีเมล"),
    "note": ("notes", "ghi chú", "หมายเหตุ"),
    "labels": ("tags", "nhãn", "ป้าย"),
}
ORDER_NAMES: Mapping[str, Sequence[str]] = {
    "external_id": ("order id", "order number", "order", "mã đơn", "mã đơn hàng", "เลขที่คำสั่งซื้อ"),
    "code": ("mã",),
    "shop": ("cửa hàng", "ร้าน"),
    "state": ("status", "trạng thái", "สถานะ"),
    "amount": ("total", "tổng tiền", "tổng", "thành tiền", "ยอดรวม", "ราคา"),
    "currency": ("tiền tệ", "สกุลเงิน"),
    "deposit": ("cọc", "đặt cọc", "มัดจำ"),
    "received": ("paid", "đã thu", "đã thanh toán", "รับแล้ว"),
    "phone": ("tel", "sđt", "số điện thoại", "điện thoại", "เบอร์", "โทร"),
    "address": ("địa chỉ", "ที่อยู่"),
    "items": ("sản phẩm", "hàng", "products", "สินค้า"),
    "carrier": ("đơn vị vận chuyển", "ขนส่ง"),
    "tracking": ("tracking number", "mã vận đơn", "เลขพัสดุ"),
    "note": ("ghi chú", "หมายเหตุ"),
}


@dataclass
class Tally:
    """What became of the rows; `bad` holds (line, what is wrong)."""

    created: int = 0
    changed: int = 0
    same: int = 0
    conflicts: int = 0
    bad: list[tuple[int, str]] = field(default_factory=list)

    def count(self, outcome: Outcome) -> None:
        setattr(self, outcome.what, getattr(self, outcome.what) + 1)
        self.conflicts += len(outcome.conflicts)


class _Back(Exception):
    """Carries the outcome of a row that was only tried."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


def contacts(session: Session, rows: Iterable[tuple[int, dict[str, str]]], source: str, *, dry_run: bool) -> Tally:
    """Under the numbers of `source`, as a system of that name would write them."""
    from unibox_tui.config.outside import field_rules
    from unibox_tui.store import outside, outside_reading

    rules, region = field_rules(session.config), session.config.workspace.region

    def put(tx: Tx, cells: dict[str, str]) -> Outcome:
        body: dict[str, Any] = {
            name: cells[name] for name in ("external_id", "name", "title", "note") if cells.get(name)
        }
        if cells.get("language"):
            body["language"] = cells["language"].lower()
        for name, keys in (("phone", "phones"), ("email", "emails"), ("labels", "labels")):
            body[keys] = [part.strip() for part in cells.get(name, "").replace(";", ",").split(",") if part.strip()]
        body["attributes"] = {
            name.partition(".")[2]: value for name, value in cells.items() if name.startswith("attributes.") and value
        }
        return outside.put_contact(tx, source, outside_reading.contact(body, rules), region=region, rules=rules)

    return _each(session, rows, put, dry_run=dry_run)


def orders(session: Session, table: Table, source: str, shop: str, rules: OrderRules, *, dry_run: bool) -> Tally:
    from unibox_tui.desk.orders import read_fields
    from unibox_tui.domain.orders import state_of
    from unibox_tui.store import outside
    from unibox_tui.store.outside_reading import OrderGiven

    region = session.config.workspace.region

    def put(tx: Tx, cells: dict[str, str]) -> Outcome:
        from unibox_tui.domain.money import HOME

        kept = {name: value for name, value in cells.items() if value and name != "state"}
        kept.setdefault("shop", shop)
        known = rules.shops.get(kept["shop"])
        kept.setdefault("currency", (known.currency if known else "") or HOME.get(region, "VND"))
        fields = read_fields(kept, kept["currency"].upper(), region)
        state = state_of(cells["state"]) if cells.get("state") else ""
        return outside.put_order(tx, source, OrderGiven(fields, state), region=region)

    return _each(session, table.rows(), put, dry_run=dry_run)


def _each(
    session: Session,
    rows: Iterable[tuple[int, dict[str, str]]],
    put: Callable[[Tx, dict[str, str]], Outcome],
    *,
    dry_run: bool,
) -> Tally:
    tally = Tally()

    def work(tx: Tx, cells: dict[str, str]) -> Outcome:
        outcome = put(tx, cells)
        if dry_run:
            raise _Back(outcome)
        return outcome

    for line, cells in rows:
        try:
            tally.count(session.write(lambda tx, cells=cells: work(tx, cells)))  # type: ignore[misc]
        except _Back as tried:
            tally.count(tried.outcome)
        except UniboxError as error:
            tally.bad.append((line, f"{error.message} {error.hint}".strip()))
    return tally


def cards(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The cards of a vCard file as rows. Raises WrongUse."""
    from unibox_tui.text.vcard import read

    try:
        for card in read(path.read_bytes().decode("utf-8-sig")):
            yield (
                card.line,
                {
                    "external_id": card.uid.removeprefix("urn:uuid:"),
                    "name": card.name,
                    "phone": ",".join(card.phones),
                    "email": ",".join(card.emails),
                    "note": card.note,
                },
            )
    except UnicodeDecodeError:
        raise WrongUse(f"{path} is not UTF-8.", hint="Convert it with iconv.") from None
    except ValueError as error:
        raise WrongUse(f"{path} is no vCard file: {error}.") from None


def report(tally: Tally, *, as_json: bool, dry_run: bool) -> None:
    """Exit status 1 when rows were bad; the good ones are in all the same."""
    if as_json:
        say.document(
            {
                "created": tally.created,
                "changed": tally.changed,
                "same": tally.same,
                "conflicts": tally.conflicts,
                "bad": [{"line": line, "error": what} for line, what in tally.bad],
                "dry_run": dry_run,
            }
        )
    else:
        would = "would be " if dry_run else ""
        say.line(
            f"{tally.created} {would}new, {tally.changed} {would}changed, {tally.same} the same, "
            f"{tally.conflicts} kept as a person typed them, {len(tally.bad)} bad"
        )
        for line, what in tally.bad[:MOST_TOLD]:
            sys.stderr.write(f"line {line}: {what}\n")
        if len(tally.bad) > MOST_TOLD:
            sys.stderr.write(f"… and {len(tally.bad) - MOST_TOLD} more\n")
    if tally.bad:
        raise click.exceptions.Exit(1)
