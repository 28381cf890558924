"""Verbs about orders: made, changed, moved on, found by what a scanner reads, taken in and written out as tables."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from unibox_tui.cli import args, say, tables
from unibox_tui.cli.session import Session
from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.orders import FIELDS, STATES

if TYPE_CHECKING:
    from unibox_tui.store.database import Row

WHICH = "An ORDER is its number, code, number of the shop, or tracking number."
SET_HELP = f"One of {', '.join(FIELDS)}; may be repeated. Items as '2x Áo @150k [CODE]; Quần'."


@click.group(epilog=WHICH)
def order() -> None:
    """Orders made from conversations: items, money, address, state."""


def rules(session: Session) -> Any:
    from unibox_tui.config.outside import order_rules

    return order_rules(session.config)


def _which(session: Session, said: str) -> int:
    from unibox_tui.store.orders import named

    return session.read(lambda db: named(db, args.as_text(said)))


def _shown(session: Session, row: Row) -> dict[str, Any]:
    from unibox_tui.views import masking
    from unibox_tui.views.orders import as_json

    if not session.hides_phones:
        return session.read(lambda db: as_json(db, row))
    found = session.read(lambda db: as_json(db, row, phone=masking.phone(row["phone"])))
    return found | {"address": masking.text(found["address"]), "note": masking.text(found["note"])}


@order.command()
@click.argument("conversation", metavar="[CONVERSATION]", required=False)
@click.option("--contact", metavar="CONTACT", help="For a customer without a conversation.")
@click.option("--set", "pairs", multiple=True, metavar="FIELD=VALUE", help=SET_HELP)
@click.option("--state", default="draft", show_default=True, metavar="STATE", help=f"{', '.join(STATES)}.")
@click.option("--no-fill", is_flag=True, help="Take nothing from the conversation.")
@click.option("--dry-run", is_flag=True, help="Only show what it would hold.")
@args.as_json
@click.pass_obj
def new(
    session: Session,
    conversation: str | None,
    contact: str | None,
    pairs: tuple[str, ...],
    state: str,
    no_fill: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Make an order of a conversation; phone, address, code and amount are taken from it unless they are set."""
    from unibox_tui.cli.contact import pairs_of, who
    from unibox_tui.desk import orders

    fields = pairs_of(pairs)
    top = args.one(session, conversation) if conversation is not None else None
    person = who(session, contact) if contact is not None else None
    if top is None and person is None:
        raise WrongUse("Whose order?", hint="A conversation, or --contact.")
    if dry_run:
        if top is None:
            raise WrongUse("Only a conversation can be looked at.", hint="Without --dry-run it is made.")
        draft = session.read(lambda db: orders.draft_of(db, top, rules(session)))
        say.document({**draft.values, **fields})
        return
    done = session.write(
        lambda tx: orders.new(
            tx, session.actor, fields, rules(session), conversation=top, contact=person, state=state, fill=not no_fill
        )
    )
    say.done(done, as_json=as_json)


@order.command("list")
@click.argument("words", metavar="[WORDS]", required=False)
@click.option("--state", "states", multiple=True, metavar="STATE", help="May be repeated.")
@click.option("--shop", default="", metavar="NAME")
@click.option("--agent", default="", metavar="NAME", help="Who made it.")
@click.option("--contact", metavar="CONTACT")
@click.option("--over", default="", metavar="AMOUNT")
@click.option("--under", default="", metavar="AMOUNT")
@click.option("--since", default="", metavar="WHEN", help="today, 7d, 2026-11-01 …")
@click.option("--before", type=int, metavar="NUMBER", help="Those with smaller numbers, for the next page.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@args.as_json
@click.pass_obj
def list_(session: Session, /, words: str | None, limit: int, before: int | None, as_json: bool, **wanted: Any) -> None:
    """Orders, the newest first. WORDS: a code, tracking number, phone, item or part of a customer's name."""
    found = _found(session, words, limit, before, wanted)
    if as_json:
        say.documents(_shown(session, row) for row in found)
        return
    if words and not found:
        _say_unknown(args.as_text(words))
        return
    from unibox_tui.views import masking, orders

    lines = session.read(lambda db: [orders.line(db, row) for row in found])
    say.table(orders.rows_of([masking.order(line) for line in lines] if session.hides_phones else lines))


def _say_unknown(words: str) -> None:
    from unibox_tui.domain.orders import STATE_WORDS, STATES

    known = words.casefold() in STATES or words.casefold() in STATE_WORDS
    way = f" `--state {words}` lists those of a state." if known else ""
    click.echo(f"No order here with “{words}” as code, tracking number, phone, item or customer's name.{way}", err=True)


def _found(session: Session, words: str | None, limit: int, before: int | None, wanted: Mapping[str, Any]) -> list[Row]:
    from unibox_tui.cli.contact import who
    from unibox_tui.views import orders

    which = orders.Wanted(
        states=tuple(wanted.get("states") or ()),
        shop=wanted.get("shop") or "",
        agent=wanted.get("agent") or "",
        contact=who(session, wanted["contact"]) if wanted.get("contact") else None,
        said=args.as_text(words) if words else "",
        over=wanted.get("over") or "",
        under=wanted.get("under") or "",
        since=wanted.get("since") or "",
    )
    region = session.config.workspace.region
    now = session.db.now()
    return session.read(
        lambda db: orders.page(db, which, now=now, limit=limit, before=before, zone=session.zone, region=region)
    )


@order.command()
@click.argument("said", metavar="ORDER")
@args.as_json
@click.pass_obj
def show(session: Session, said: str, as_json: bool) -> None:
    """One order with when it reached each state."""
    from unibox_tui.domain.orders import items_text
    from unibox_tui.store import orders as rows
    from unibox_tui.views.orders import amount_text

    number = _which(session, said)
    found = _shown(session, session.read(lambda db: rows.get(db, number)))
    if as_json:
        say.document(found)
        return
    say.line(f"{found['id']}  {found['code'] or found['external_id'] or ''}  {found['state']}")
    for name in ("shop", "phone", "address", "carrier", "tracking", "note", "agent", "closed_by"):
        if found[name]:
            say.line(f"{name}: {found[name]}")
    for name in ("amount", "deposit", "received"):
        if found[name]:
            say.line(f"{name}: {amount_text(found[name], found['currency'])}")
    if found["items"]:
        say.line(f"items: {items_text(found['items'], found['currency'])}")
    for state, at in found["reached"].items():
        say.line(f"{state}: {say.time(at, session.zone)}")
    if found["conversation_id"]:
        say.line(f"conversation: #{found['conversation_id']}")


@order.command("set")
@click.argument("said", metavar="ORDER")
@click.argument("pairs", metavar="FIELD=VALUE…", nargs=-1, required=True)
@args.as_json
@click.pass_obj
def set_(session: Session, said: str, pairs: tuple[str, ...], as_json: bool) -> None:
    """Change fields; an empty value takes it away."""
    from unibox_tui.cli.contact import pairs_of
    from unibox_tui.desk import orders

    number, fields = _which(session, said), pairs_of(pairs)
    done = session.write(lambda tx: orders.set_fields(tx, session.actor, number, fields, rules(session)))
    say.done(done, as_json=as_json)


@order.command()
@click.argument("said", metavar="ORDER")
@click.argument("state", metavar="STATE")
@args.as_json
@click.pass_obj
def state(session: Session, said: str, state: str, as_json: bool) -> None:
    """Move an order on: draft, confirmed, packed, shipped, delivered, returned, cancelled."""
    from unibox_tui.desk import orders

    number = _which(session, said)
    say.done(
        session.write(lambda tx: orders.set_state(tx, session.actor, number, args.as_text(state))), as_json=as_json
    )


@order.command()
@args.conversation
@click.argument("state", metavar="STATE|none")
@args.as_json
@click.pass_obj
def deal(session: Session, conversation: str, state: str, as_json: bool) -> None:
    """The state of a deal by hand, where no order tells it."""
    from unibox_tui.desk import orders

    top = args.one(session, conversation)
    say.done(session.write(lambda tx: orders.set_deal(tx, session.actor, top, args.as_text(state))), as_json=as_json)


@order.command()
@click.argument("code", metavar="CODE|-")
@args.as_json
@click.pass_obj
def find(session: Session, code: str, as_json: bool) -> None:
    """What a scanned code belongs to: an order, an item of one, or a customer. `-` reads one code a line."""
    from dataclasses import asdict

    from unibox_tui.views.orders import scanned

    region = session.config.workspace.region
    missing = 0
    for said in (line.strip() for line in sys.stdin) if code == "-" else [args.as_text(code)]:
        if not said:
            continue
        found = session.read(partial(scanned, said=said, region=region))
        missing += found.id is None
        if as_json:
            say.document({"code": said, **asdict(found)})
        elif found.id is None:
            say.line(f"{said}: nothing")
        else:
            where = f"  #{found.conversation}" if found.conversation else ""
            say.line(f"{said}: {found.kind} {found.id}{where}" + (f"  (+{found.more})" if found.more else ""))
    if missing:
        raise click.exceptions.Exit(1)


@order.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option(
    "--map", "mapping", multiple=True, metavar="FIELD=COLUMN", help="Which column holds a field; may be repeated."
)
@click.option("--shop", default="", metavar="NAME", help="Of orders whose row names none.")
@click.option("--dry-run", is_flag=True, help="Read and compare everything, write nothing.")
@args.as_json
@click.pass_obj
def import_(session: Session, file: str, mapping: tuple[str, ...], shop: str, dry_run: bool, as_json: bool) -> None:
    """Take orders in from a table (CSV). A row with the shop's number of an order that is here changes it, and never
    over what a person typed; a row without the number makes a new one, whoever imported it before."""
    from unibox_tui.cli import taking_in

    columns = tables.columns(Path(file), tables.pairs(mapping), taking_in.ORDER_NAMES)
    tally = taking_in.orders(session, columns, Path(file).name, shop, rules(session), dry_run=dry_run)
    taking_in.report(tally, as_json=as_json, dry_run=dry_run)


@order.command()
@click.option("--out", type=click.Path(dir_okay=False), metavar="FILE", help="Instead of standard output.")
@click.option("--since", default="", metavar="WHEN")
@click.option("--state", "states", multiple=True, metavar="STATE")
@click.option("--shop", default="", metavar="NAME")
@click.option("--json", "as_json", is_flag=True, help="JSON lines instead of CSV.")
@click.pass_obj
def export(session: Session, /, out: str | None, as_json: bool, **wanted: Any) -> None:
    """All orders as a table (CSV), the newest first."""
    from unibox_tui.views import masking, orders

    def pages() -> Iterator[Row]:
        before: int | None = None
        while rows := _found(session, None, 500, before, wanted):
            before = rows[-1]["id"]
            yield from rows

    def cells() -> Iterator[list[str]]:
        hide = session.hides_phones
        names = list(orders.EXPORTED)
        yield names
        for row in pages():
            made = session.read(partial(orders.exported, row=row, time=partial(say.time, zone=session.zone)))
            if hide:
                for name, mask in (("phone", masking.phone), ("address", masking.text), ("note", masking.text)):
                    made[names.index(name)] = mask(made[names.index(name)])
            yield made

    if as_json:
        say.documents(_shown(session, row) for row in pages())
        return
    tables.write(cells(), out)
