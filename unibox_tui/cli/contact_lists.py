"""Verbs about many customers: list, import, export; and blocking, marks of risk, what other systems say otherwise."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from unibox_tui.cli import args, say
from unibox_tui.cli.session import Session
from unibox_tui.domain.errors import Refused, WrongUse

if TYPE_CHECKING:
    from unibox_tui.views.contact import Card
    from unibox_tui.views.contacts import ContactLine


def _who(session: Session, said: str) -> int:
    from unibox_tui.cli.contact import who

    return who(session, said)


@click.command("list")
@click.argument("words", metavar="[WORDS]", required=False)
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@click.option("--after", type=int, metavar="CONTACT", help="The last one of the page before.")
@args.as_json
@click.pass_obj
def list_(session: Session, words: str | None, limit: int, after: int | None, as_json: bool) -> None:
    """Customers, last seen first. WORDS: part of a name or address without accents, a phone, an order code, a number."""
    from dataclasses import asdict

    from unibox_tui.views import contacts, masking

    said = args.as_text(words) if words else ""
    found = session.read(lambda db: contacts.page(db, said, after=after, limit=limit))
    if session.hides_phones:
        found = masking.contacts(found)
    if as_json:
        say.documents(asdict(line) for line in found.lines)
        return
    say.table([_row(session, line) for line in found.lines])


def _row(session: Session, line: ContactLine) -> list[str]:
    addresses = "  ".join(f"{mark} {address}" for mark, _channel, address in line.addresses)
    return [str(line.id), line.title, line.name, say.time(line.last_seen_at, session.zone), addresses]


@click.command()
@click.argument("said", metavar="CONTACT")
@args.as_json
@click.pass_obj
def edit(session: Session, said: str, as_json: bool) -> None:
    """Change name, title, language, note and fields in your editor ($VISUAL, $EDITOR)."""
    from unibox_tui.config.outside import field_rules
    from unibox_tui.desk import people
    from unibox_tui.store import contacts

    number = _who(session, said)
    row = session.read(lambda db: contacts.get(db, number))
    rules = field_rules(session.config)
    attributes = json.loads(row["attributes"])
    before = {name: row[name] or "" for name in ("name", "title", "language")}
    before |= {
        f"attributes.{name}": str(attributes.get(name, "")) for name in [*rules, *(attributes.keys() - rules.keys())]
    }
    shown = "".join(f"{name} = {value}\n" for name, value in before.items())
    edited = click.edit(f"{shown}\n{row['note']}", extension=".txt")
    if edited is None:
        say.line("nothing was changed")
        return
    head, _, note = edited.replace("\r\n", "\n").partition("\n\n")
    after: dict[str, str] = {"note": note.strip()}
    for line in head.splitlines():
        name, equals, value = line.partition("=")
        if not equals:
            raise WrongUse(
                f"{line[:40]!r} says no value.", hint="Write NAME = VALUE; the note comes after an empty line."
            )
        after[name.strip()] = value.strip()
    changed = {
        name: value for name, value in after.items() if value != (before | {"note": row["note"].strip()}).get(name, "")
    }
    if not changed:
        say.line("nothing was changed")
        return
    done = session.write(lambda tx: people.set_fields(tx, session.actor, number, changed, rules))
    say.done(done, as_json=as_json)


@click.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option(
    "--map", "mapping", multiple=True, metavar="FIELD=COLUMN", help="Which column holds a field; may be repeated."
)
@click.option("--source", metavar="NAME", help="Whose numbers they are; without, the file's name.")
@click.option("--dry-run", is_flag=True, help="Read and compare everything, write nothing.")
@args.as_json
@click.pass_obj
def import_(
    session: Session, file: str, mapping: tuple[str, ...], source: str | None, dry_run: bool, as_json: bool
) -> None:
    """Take customers in from a table (CSV) or an address book (vCard). What a person typed is never overwritten; phones
    and addresses are kept as stated, so that they suggest who is one and never join by themselves."""
    from unibox_tui.cli import tables, taking_in

    path = Path(file)
    if path.suffix.lower() in (".vcf", ".vcard"):
        if mapping:
            raise WrongUse("A vCard file has no columns to map.")
        rows: Iterator[tuple[int, dict[str, str]]] = taking_in.cards(path)
    else:
        rows = tables.columns(path, tables.pairs(mapping), taking_in.CONTACT_NAMES).rows()
    tally = taking_in.contacts(session, rows, source or path.stem, dry_run=dry_run)
    taking_in.report(tally, as_json=as_json, dry_run=dry_run)


@click.command()
@click.option("--format", "form", type=click.Choice(["csv", "vcard", "json"]), default="csv", show_default=True)
@click.option("--out", type=click.Path(dir_okay=False), metavar="FILE", help="Instead of standard output.")
@click.option("--json", "lines", is_flag=True, help="The same as --format json.")
@click.pass_obj
def export(session: Session, form: str, out: str | None, lines: bool) -> None:
    """All customers as a table, an address book or JSON lines."""
    from unibox_tui.cli import tables
    from unibox_tui.views.contact import as_json

    if form == "json" or lines:
        if out is not None:
            raise WrongUse("JSON lines go to standard output.", hint="Write `> FILE`.")
        say.documents(as_json(card) for card in _cards(session))
    elif form == "vcard":
        _vcards(session, out)
    else:
        tables.write(_cells(session), out)


def _cards(session: Session) -> Iterator[Card]:
    from unibox_tui.store import contact_search
    from unibox_tui.views import masking
    from unibox_tui.views.contact import card

    after: tuple[int, int] | None = None
    hide = session.hides_phones
    while True:
        ids = session.read(partial(contact_search.latest, limit=200, after=after))
        for id in ids:
            found = session.read(partial(card, contact=id))
            if found.forgotten_at is None:
                yield masking.whole_card(found) if hide else found
        if len(ids) < 200:
            return
        after = session.read(partial(contact_search.place, contact=ids[-1]))


def _addresses(card: Card, kind: str) -> list[str]:
    found = [key["value"] for key in card.keys if key["kind"] == kind]
    channel = "email" if kind == "email" else "sms"
    found += [one["address"] for one in card.identities if one["channel"] == channel]
    return list(dict.fromkeys(found))


def _cells(session: Session) -> Iterator[list[str]]:
    fields = list(session.config.fields)
    yield [
        "id",
        "name",
        "title",
        "language",
        "phone",
        "email",
        "note",
        "labels",
        *fields,
        "first_seen_at",
        "last_seen_at",
    ]
    for card in _cards(session):
        yield [
            str(card.id),
            card.name,
            card.title,
            card.language,
            ", ".join(_addresses(card, "phone")),
            ", ".join(_addresses(card, "email")),
            card.note,
            ", ".join(card.labels),
            *(card.attributes.get(name, "") for name in fields),
            say.time(card.first_seen_at, session.zone),
            say.time(card.last_seen_at, session.zone),
        ]


def _vcards(session: Session, out: str | None) -> None:
    from unibox_tui.text.vcard import written

    cards = (
        written(card.uid, card.name, _addresses(card, "phone"), _addresses(card, "email"), card.note)
        for card in _cards(session)
    )
    if out is None:
        for one in cards:
            sys.stdout.write(one)
        return
    from unibox_tui.host.files import PRIVATE_FILE, write_new

    try:
        write_new(Path(out), "".join(cards).encode(), PRIVATE_FILE)
    except FileExistsError:
        raise Refused(f"{out} is there already.", hint="Name another file.") from None


# -- risk ------------------------------------------------------------------------------------------------------------


@click.command()
@click.argument("said", metavar="CONTACT")
@args.as_json
@click.pass_obj
def block(session: Session, said: str, as_json: bool) -> None:
    """What they write is kept, and silent: nothing becomes unread, waits or notifies."""
    _blocked(session, said, on=True, as_json=as_json)


@click.command()
@click.argument("said", metavar="CONTACT")
@args.as_json
@click.pass_obj
def unblock(session: Session, said: str, as_json: bool) -> None:
    """What they write counts again."""
    _blocked(session, said, on=False, as_json=as_json)


def _blocked(session: Session, said: str, *, on: bool, as_json: bool) -> None:
    from unibox_tui.desk import risk

    number = _who(session, said)
    say.done(session.write(lambda tx: risk.block(tx, session.actor, number, on=on)), as_json=as_json)


@click.command()
@click.argument("said", metavar="[CONTACT|PHONE]", required=False)
@click.option("--mark", "reason", metavar="REASON", help="Put a mark on, as in --mark 'bom hàng'.")
@click.option("--remove", metavar="ID", multiple=True, help="Take a mark away; may be repeated.")
@click.option("--import", "file", type=click.Path(exists=True, dir_okay=False), help="A CSV of phones and reasons.")
@args.as_json
@click.pass_obj
def risk(
    session: Session, said: str | None, reason: str | None, remove: tuple[str, ...], file: str | None, as_json: bool
) -> None:
    """Marks of risk of a customer or a phone number, with who put them on and why. They are shown; they never act."""
    from unibox_tui.desk import risk as desk

    if file is not None:
        rows = list(_listed(Path(file)))
        region = session.config.workspace.region
        source = Path(file).name
        done = session.write(lambda tx: desk.import_marks(tx, session.actor, rows, source, region))
        say.done(done, as_json=as_json)
        return
    if remove:
        say.done(session.write(lambda tx: desk.unmark(tx, session.actor, list(remove))), as_json=as_json)
        return
    if said is None:
        raise WrongUse("Whose marks?", hint="A contact or a phone number, or --import FILE.")
    contact, phone = _contact_or_phone(session, said)
    if reason is not None:
        region = session.config.workspace.region
        done = session.write(
            lambda tx: desk.mark(tx, session.actor, args.as_text(reason), contact=contact, phone=phone, region=region)
        )
        say.done(done, as_json=as_json)
        return
    _show_marks(session, contact, phone, as_json=as_json)


def _contact_or_phone(session: Session, said: str) -> tuple[int | None, str]:
    """A number nobody here has is a phone all the same."""
    from unibox_tui.domain.errors import NotFound
    from unibox_tui.text.keys import normal_phone

    try:
        return _who(session, said), ""
    except (NotFound, WrongUse):
        phone = normal_phone(said, session.config.workspace.region)
        if not phone:
            raise
        return None, phone


def _show_marks(session: Session, contact: int | None, phone: str, *, as_json: bool) -> None:
    from dataclasses import asdict

    from unibox_tui.store import merging
    from unibox_tui.store import risk as marks
    from unibox_tui.views import masking
    from unibox_tui.views.panel_news import risk_line

    def read(db: Any) -> list[Any]:
        people = merging.tree(db, contact) if contact is not None else []
        phones = [phone] if phone else marks.phones_of(db, contact) if contact is not None else []
        return [risk_line(row) for row in marks.marks(db, people, phones)]

    found = session.read(read)
    if session.hides_phones:
        found = [masking.risk(line) for line in found]
    if as_json:
        say.documents(asdict(line) for line in found)
        return
    say.table([[line.id, say.time(line.at, session.zone), line.author, line.phone, line.reason] for line in found])


def _listed(path: Path) -> Iterator[tuple[str, str]]:
    """(phone, reason): the columns of those names, else the first two; a first line without a number names the columns."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise WrongUse(f"{path} is not UTF-8.", hint="Save it as CSV UTF-8.") from None
    separator = max(",;\t", key=text.partition("\n")[0].count)
    for number, row in enumerate(csv.reader(text.splitlines(), delimiter=separator)):
        cells = [cell.strip().lstrip("'") for cell in row]
        if not cells or not cells[0] or (number == 0 and not any(letter.isdigit() for letter in cells[0])):
            continue
        yield cells[0], cells[1] if len(cells) > 1 else ""


# -- what other systems say ------------------------------------------------------------------------------------------


@click.command()
@click.argument("said", metavar="[CONTACT]", required=False)
@click.option("--order", metavar="ORDER", help="Of an order instead.")
@click.option("--take", metavar="FIELD", help="Take what the system says.")
@click.option("--keep", metavar="FIELD", help="Keep what is here.")
@args.as_json
@click.pass_obj
def conflicts(
    session: Session, said: str | None, order: str | None, take: str | None, keep: str | None, as_json: bool
) -> None:
    """Where another system says something else than a person typed; what was typed counts until a person decides."""
    from unibox_tui.desk.outside import decide
    from unibox_tui.store import orders, outside

    kind, id = "contact", None
    if order is not None:
        kind, id = "order", session.read(lambda db: orders.named(db, args.as_text(order)))
    elif said is not None:
        id = _who(session, said)
    field = take or keep
    if field is not None:
        if id is None:
            raise WrongUse("Of whom?", hint="A contact, or --order ORDER.")
        number = id
        done = session.write(lambda tx: decide(tx, session.actor, kind, number, field, take=take is not None))
        say.done(done, as_json=as_json)
        return
    rows = session.read(lambda db: outside.all_conflicts(db) if id is None else outside.conflicts(db, kind, [id]))
    if as_json:
        say.documents(
            {
                key: json.loads(row[key]) if key == "value" else row[key]
                for key in ("kind", "id", "field", "system", "value", "at")
            }
            for row in rows
        )
        return
    say.table(
        [[f"{row['kind']} {row['id']}", row["field"], row["system"], str(json.loads(row["value"]))] for row in rows]
    )


COMMANDS = (list_, edit, import_, export, block, unblock, risk, conflicts)
