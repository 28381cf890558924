"""Verbs about customers: who they are, who is one, what is held about them."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from unibox_tui.cli import args, say
from unibox_tui.cli.contact_lists import COMMANDS
from unibox_tui.cli.session import Session
from unibox_tui.domain.errors import Refused, WrongUse

WHO = "A CONTACT is its number, an address, a phone number, or '#10482' for the customer of a conversation."


@click.group(epilog=WHO)
def contact() -> None:
    """Customers: show, merge, split, describe, hand out, forget."""


def who(session: Session, said: str) -> int:
    """The number of the contact that is meant. Raises NotFound, WrongUse."""
    from unibox_tui.store.people_named import named

    return session.read(lambda db: named(db, args.as_text(said)))


@contact.command()
@click.argument("said", metavar="CONTACT")
@args.as_json
@click.pass_obj
def show(session: Session, said: str, as_json: bool) -> None:
    """Who this is, where they can be reached, what was merged."""
    from unibox_tui.views import contact as view

    number = who(session, said)
    card = session.read(lambda db: view.card(db, number))
    if session.hides_phones:
        from unibox_tui.views import masking

        card = masking.whole_card(card)
    if as_json:
        say.document(view.as_json(card))
        return
    say.line(f"{card.id}  {card.name}" + (f"  ({card.title})" if card.title else ""))
    for label, value in view.lines(card, lambda at: say.time(at, session.zone)):
        say.line(f"{label}: {value}")
    if card.note:
        say.line()
        say.text(card.note)


@contact.command()
@click.argument("first", metavar="CONTACT")
@click.argument("second", metavar="CONTACT")
@click.option("--choose", multiple=True, metavar="FIELD=VALUE", help="What counts where they differ; may be repeated.")
@click.option("--join", is_flag=True, help="Make their open conversations one too.")
@click.option("--dry-run", is_flag=True, help="Only show where they differ.")
@args.as_json
@click.pass_obj
def merge(
    session: Session, first: str, second: str, choose: tuple[str, ...], join: bool, dry_run: bool, as_json: bool
) -> None:
    """Make two contacts one. Where they differ the first counts, unless chosen otherwise; `split` gives both back."""
    from unibox_tui.desk import people

    one, other = who(session, first), who(session, second)
    if dry_run:
        differing = session.read(lambda db: people.preview(db, one, other))
        if session.hides_phones:
            from unibox_tui.views import masking

            differing = {key: (masking.text(str(mine)), masking.text(str(theirs))) for key, (mine, theirs) in differing.items()}  # fmt: skip
        if as_json:
            say.document({key: list(pair) for key, pair in differing.items()})
            return
        say.table([[key, str(mine), str(theirs)] for key, (mine, theirs) in differing.items()])
        return
    choices = pairs_of(choose)
    done = session.write(lambda tx: people.merge(tx, session.actor, one, other, choices, join=join))
    say.done(done, as_json=as_json)


@contact.command()
@click.argument("said", metavar="CONTACT")
@click.option("--identity", type=int, metavar="NUMBER", help="The identity that is somebody else's.")
@click.option("--operation", metavar="ID", help="The merge to take back; without, the last one.")
@args.as_json
@click.pass_obj
def split(session: Session, said: str, identity: int | None, operation: str | None, as_json: bool) -> None:
    """Take a merge back: both are as they were, and what came meanwhile stays with its identity."""
    from unibox_tui.desk import people

    number = who(session, said)
    done = session.write(lambda tx: people.split(tx, session.actor, number, identity=identity, operation=operation))
    say.done(done, as_json=as_json)


@contact.command()
@click.argument("said", metavar="[CONTACT]", required=False)
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@args.as_json
@click.pass_obj
def suggestions(session: Session, said: str | None, limit: int, as_json: bool) -> None:
    """Contacts that may be one, with what speaks for it; the best first."""
    from unibox_tui.views import suggested as view

    number = who(session, said) if said is not None else None
    found = session.read(lambda db: view.everyone(db, limit) if number is None else view.of_contact(db, number))
    if session.hides_phones:
        from unibox_tui.views import masking

        found = tuple(masking.suggestion(one) for one in found)
    if as_json:
        say.documents(view.as_json(one) for one in found)
        return
    for one in found:
        say.line(f"{one.contact_id}  {one.name}  =  {one.other_id}  {one.other_name}  ({one.score})")
        for reason in one.reasons:
            say.line(f"    {reason.kind} {reason.value}")
            for side in (reason.mine, reason.theirs):
                where = f"#{side.conversation_id}" if side.conversation_id else ""
                say.line(f"      {side.level:8}  {say.time(side.at, session.zone)}  {side.mark} {where}  {side.text}")


@contact.command()
@click.argument("first", metavar="CONTACT")
@click.argument("second", metavar="CONTACT")
@click.option("--choose", multiple=True, metavar="FIELD=VALUE", help="What counts where they differ; may be repeated.")
@click.option("--join", is_flag=True, help="Make their open conversations one too.")
@args.as_json
@click.pass_obj
def accept(session: Session, first: str, second: str, choose: tuple[str, ...], join: bool, as_json: bool) -> None:
    """They are one, as suggested."""
    from unibox_tui.desk import people

    one, other = who(session, first), who(session, second)
    choices = pairs_of(choose)
    done = session.write(lambda tx: people.accept_suggestion(tx, session.actor, one, other, choices, join=join))
    say.done(done, as_json=as_json)


@contact.command()
@click.argument("first", metavar="CONTACT")
@click.argument("second", metavar="CONTACT")
@args.as_json
@click.pass_obj
def dismiss(session: Session, first: str, second: str, as_json: bool) -> None:
    """They are two; only something new brings it up again."""
    from unibox_tui.desk import people

    one, other = who(session, first), who(session, second)
    say.done(session.write(lambda tx: people.dismiss_suggestion(tx, session.actor, one, other)), as_json=as_json)


@contact.command()
@click.argument("message", metavar="MESSAGE")
@click.argument("kind", type=click.Choice(("phone", "email")))
@click.argument("value")
@args.as_json
@click.pass_obj
def keep(session: Session, message: str, kind: str, value: str, as_json: bool) -> None:
    """Keep a phone or e-mail that was found in a message as one the customer stated. MESSAGE is its id."""
    from unibox_tui.cli.triage import message_number
    from unibox_tui.desk import people

    n = message_number(session, message)
    done = session.write(lambda tx: people.keep_found(tx, session.actor, n, kind, args.as_text(value)))
    say.done(done, as_json=as_json)


@contact.command("set")
@click.argument("said", metavar="CONTACT")
@click.argument("pairs", metavar="FIELD=VALUE…", nargs=-1, required=True)
@args.as_json
@click.pass_obj
def set_(session: Session, said: str, pairs: tuple[str, ...], as_json: bool) -> None:
    """name, title (anh, chị, คุณ …), language, note, labels (vip,nợ: these and no others) or attributes.NAME; an empty value takes
    it away."""
    from unibox_tui.config.outside import field_rules
    from unibox_tui.desk import people

    number, fields = who(session, said), pairs_of(pairs)
    rules = field_rules(session.config)
    done = session.write(lambda tx: people.set_fields(tx, session.actor, number, fields, rules))
    say.done(done, as_json=as_json)


@contact.command()
@click.argument("said", metavar="CONTACT")
@click.argument("names", metavar="LABEL…", nargs=-1)
@click.option("--off", multiple=True, metavar="LABEL", help="Take this one off; may be repeated.")
@args.as_json
@click.pass_obj
def label(session: Session, said: str, names: tuple[str, ...], off: tuple[str, ...], as_json: bool) -> None:
    """Put labels on a customer, or take them off; those they have besides stay, and new names are made."""
    from unibox_tui.desk import people

    number = who(session, said)
    put, take = ([args.as_text(name) for name in some] for some in (names, off))
    say.done(session.write(lambda tx: people.label(tx, session.actor, number, put, take)), as_json=as_json)


@contact.command()
@click.argument("said", metavar="CONTACT")
@click.option(
    "--out", type=click.Path(dir_okay=False), metavar="FILE", help="Into this file, which nobody else may read."
)
@args.as_json
@click.pass_obj
def dossier(session: Session, said: str, out: str | None, as_json: bool) -> None:
    """All that is held about one person, as one JSON document."""
    from unibox_tui.desk import people
    from unibox_tui.store.dossier import dossier as everything
    from unibox_tui.views.jsonform import dumps

    if out is None and not as_json:
        raise WrongUse("Where to?", hint="--out FILE, or --json for standard output.")
    if session.hides_phones:
        raise Refused(
            "Whole phone numbers stand in it, and [privacy] mask_phones_for names you.",
            hint="Ask a colleague who sees them.",
            code="masked",
        )
    number = who(session, said)
    held = session.read(lambda db: everything(db, number))
    if out is not None:
        from unibox_tui.host.files import PRIVATE_FILE, write_new

        try:
            write_new(Path(out), (dumps(held) + "\n").encode(), PRIVATE_FILE)
        except FileExistsError:
            raise Refused(f"{out} is there already.", hint="Name another file.") from None
    else:
        say.document(held)
    session.write(lambda tx: people.dossier_given(tx, session.actor, number))
    if out is not None and not as_json:
        say.line(f"{len(held['messages'])} messages of contact {number} → {out}")


@contact.command()
@click.argument("said", metavar="CONTACT")
@click.option("--yes", is_flag=True, help="It cannot be undone; say so.")
@args.as_json
@click.pass_obj
def forget(session: Session, said: str, yes: bool, as_json: bool) -> None:
    """Erase a person's words, files and identities everywhere; counts stay. Backups and exports made earlier are not reached."""
    from unibox_tui.sync import forgetting

    number = who(session, said)
    if not yes:
        raise Refused(
            f"Contact {number} would be erased, and nothing brings it back.", hint="Add --yes.", code="unsure"
        )
    session.write(lambda tx: None)
    home = session.home
    done = forgetting.forget(session.db, session.actor, number, media=session.media, raw=home.raw, spool=home.spool)
    if as_json:
        say.document(forgetting.as_json(done))
    else:
        say.line(
            f"contact {done.contact} forgotten: {done.messages} messages, {done.files} files, {done.identities} identities, "
            f"{done.payloads} payloads"
        )
    if not done.compacted:
        sys.stderr.write("unibox: Others use the store; what was deleted is still in its file. Run it again later.\n")
        raise click.exceptions.Exit(1)


@contact.command("link-eval")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@click.option("--truth", type=click.Path(exists=True, dir_okay=False), required=True, help="CSV with id_a,id_b.")
@click.option("--region", default="VN", show_default=True, help="Of phone numbers without country code.")
@click.option("--pairs", "with_pairs", is_flag=True, help="Also every pair found.")
@args.as_json
@click.pass_obj
def link_eval(session: Session, file: str, truth: str, region: str, with_pairs: bool, as_json: bool) -> None:
    """How well the same rules tell who is one on other data.

    FILE is CSV with the columns id,name,email,phone,email_verified,phone_verified,order (only id is needed; several values
    in one field stand with a semicolon between; verified is 1 or 0). Precision and recall are of the pairs in --truth.
    """
    from unibox_tui.cli import linking

    found = linking.evaluate(Path(file), Path(truth), region)
    if as_json:
        say.document(linking.as_json(found, with_pairs=with_pairs))
        return
    say.line(f"{found.contacts} contacts, {len(found.truth)} true pairs")
    for name in ("automatic", "suggested", "all"):
        score = found.score(name)
        say.line(
            f"{name:10} {score['pairs']:6} pairs  {score['right']:6} right  precision {score['precision']}  recall {score['recall']}"
        )
    if with_pairs:
        say.table([[a, b, found.kinds[a, b], found.why(a, b)] for a, b in sorted(found.kinds)])


def pairs_of(given: tuple[str, ...]) -> dict[str, str]:
    """FIELD=VALUE. Raises WrongUse."""
    found = {}
    for word in given:
        key, equals, value = args.as_text(word).partition("=")
        if not equals or not key.strip():
            raise WrongUse(f"{word!r} has no value.", hint="Write FIELD=VALUE.")
        found[key.strip()] = value
    return found


for _command in COMMANDS:
    contact.add_command(_command)
