"""`unibox draft`: what is written and not sent, as the composer keeps it. One's own; nobody else's is shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from unibox_tui.cli import args, say
from unibox_tui.cli.session import Session
from unibox_tui.domain.errors import WrongUse

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

    from unibox_tui.desk.drafts import Draft

as_note: Callable[[Any], Any] = click.option("--note", is_flag=True, help="The note, not the answer.")


@click.group()
def draft() -> None:
    """What you have written and not sent: the text that waits in the composer."""


@draft.command("list")
@args.as_json
@click.pass_obj
def list_(session: Session, as_json: bool) -> None:
    """All of yours, newest first."""
    from unibox_tui.desk import drafts

    found = session.read(lambda db: [_form(db, one) for one in drafts.listed(db, session.me)])
    if as_json:
        say.documents(found)
        return
    say.table([[f"#{one['conversation']}", one["mode"], " ".join(one["text"].split())] for one in found])


@draft.command()
@args.conversation
@as_note
@args.as_json
@click.pass_obj
def show(session: Session, conversation: str, note: bool, as_json: bool) -> None:
    """The one written last, with the messages in which it would leave."""
    from unibox_tui.desk import drafting

    target = args.one(session, conversation)
    mode = "note" if note else None
    found = session.read(lambda db: _form(db, drafting.there(db, session.me, target, mode)))
    _said(found, as_json=as_json)


@draft.command("set")
@args.conversation
@args.words
@args.text_file
@as_note
@click.option("--inbox", metavar="NAME", help="Answer through this inbox.")
@click.option("--to", "address", metavar="ADDRESS", help="To this address of the customer.")
@click.option("--all/--one", "everyone", default=None, help="Mail: with everybody in copy, or to the customer alone.")
@click.option("--cc", multiple=True, metavar="ADDRESS", help="Mail: a copy to; may be repeated; '' takes them away.")
@click.option("--bcc", multiple=True, metavar="ADDRESS", help="Mail: a hidden copy to; '' takes them away.")
@click.option("--subject", help="Mail: another subject; '' as the inbox does it.")
@click.option("--quote/--no-quote", default=None, help="Mail: with the customer's words below.")
@click.option("--answers", metavar="ID", help="Quote this message; '' quotes none.")
@click.option("--strip-marks", is_flag=True, help="Write it without marks: đ as d, ấ as a.")
@args.as_json
@click.pass_obj
def set_(
    session: Session,
    conversation: str,
    text: str | None,
    file: str | None,
    note: bool,
    inbox: str | None,
    address: str | None,
    everyone: bool | None,
    cc: tuple[str, ...],
    bcc: tuple[str, ...],
    subject: str | None,
    quote: bool | None,
    answers: str | None,
    strip_marks: bool,
    as_json: bool,
) -> None:
    """Write it, or change what is given and leave the rest as it is."""
    from unibox_tui.cli.triage import message_number
    from unibox_tui.desk import drafting, drafts

    target, mode = args.one(session, conversation), "note" if note else "reply"
    words = args.body(text, file, needed=False) if text is not None or file is not None else None
    options: dict[str, Any] = {
        **({} if everyone is None else {"reply_all": everyone or None}),
        **({"cc": _people(cc)} if cc else {}),
        **({"bcc": _people(bcc)} if bcc else {}),
        **({} if subject is None else {"subject": args.as_text(subject)}),
        **({} if quote is None else {"quote": quote}),
        **({} if answers is None else {"answers": message_number(session, answers) if answers else None}),
    }
    if words is None and not options and inbox is None and address is None and not strip_marks:
        raise WrongUse("There is nothing to change.", hint="A text, `-`, or one of the options of --help.")

    def work(tx: Any) -> dict[str, Any]:
        said = words
        if strip_marks:
            from unibox_tui.text.sms import strip_marks as stripped

            there = drafts.load(tx.db, session.me, target, mode)
            said = stripped(words if words is not None else there.text if there else "")
        made = drafting.put(tx, session.me, target, mode, text=said, inbox=inbox, address=address, options=options)
        return _form(tx.db, made)

    _said(session.write(work), as_json=as_json)


@draft.command()
@args.conversation
@click.argument("files", metavar="FILE…", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False))
@as_note
@args.as_json
@click.pass_obj
def attach(session: Session, conversation: str, files: tuple[str, ...], note: bool, as_json: bool) -> None:
    """Put files to it; they are read when it is sent."""
    import mimetypes

    from unibox_tui.desk import drafting

    paths = [Path(file).absolute() for file in files]
    looked = [
        (str(path), path.stat().st_size, mimetypes.guess_type(path.name)[0] or "application/octet-stream")
        for path in paths
    ]
    target, mode = args.one(session, conversation), "note" if note else "reply"
    made = session.write(lambda tx: _form(tx.db, drafting.attach(tx, session.me, target, mode, looked)))
    _said(made, as_json=as_json)


@draft.command()
@args.conversation
@click.argument("names", metavar="[NAME]…", nargs=-1)
@as_note
@args.as_json
@click.pass_obj
def detach(session: Session, conversation: str, names: tuple[str, ...], note: bool, as_json: bool) -> None:
    """Take all its files off again, or those with these names."""
    from unibox_tui.desk import drafting

    target, mode = args.one(session, conversation), "note" if note else "reply"
    said = [args.as_text(name) for name in names]
    made = session.write(lambda tx: _form(tx.db, drafting.detach(tx, session.me, target, mode, said)))
    _said(made, as_json=as_json)


@draft.command()
@args.conversation
@args.as_json
@click.pass_obj
def turn(session: Session, conversation: str, as_json: bool) -> None:
    """Make an answer a note, or a note an answer."""
    from unibox_tui.desk import drafting

    target = args.one(session, conversation)
    _said(session.write(lambda tx: _form(tx.db, drafting.turn(tx, session.me, target))), as_json=as_json)


@draft.command()
@args.conversation
@as_note
@args.as_json
@click.pass_obj
def discard(session: Session, conversation: str, note: bool, as_json: bool) -> None:
    """Throw it away; the answer shows it once more."""
    from unibox_tui.desk import drafting

    target = args.one(session, conversation)
    mode = "note" if note else None
    gone = session.write(lambda tx: _form(tx.db, drafting.discard(tx, session.me, target, mode)))
    _said({**gone, "discarded": True}, as_json=as_json)


def _people(said: tuple[str, ...]) -> list[str]:
    """As the composer keeps them: `Name <name@example.com>` or the address alone."""
    from email.utils import parseaddr

    found = [args.as_text(one).strip() for one in said if one.strip()]
    for one in found:
        if "@" not in parseaddr(one)[1]:
            raise WrongUse(f"{one!r} is not a mail address.", hint="name@example.com")
    return found


def _form(db: sqlite3.Connection, one: Draft) -> dict[str, Any]:
    """As `--json` shows it."""
    from unibox_tui.desk import drafting
    from unibox_tui.desk.drafts import NOWHERE
    from unibox_tui.domain.ids import now_ms
    from unibox_tui.store import messages

    options = one.options
    home = one.conversation != NOWHERE
    way = drafting.way_of(db, one, now=now_ms()) if home and one.mode == "reply" else None
    new = options.get("new", {})
    quote = drafting.quote_of(db, one) if home else None
    return {
        "conversation": one.conversation or None,
        "mode": one.mode,
        "text": one.text,
        "inbox": way.inbox if way else new.get("inbox"),
        "address": way.address if way else new.get("address") or options.get("to"),
        "reply_all": bool(options.get("reply_all")),
        "to": options.get("to_people", []),
        "cc": options.get("cc", []),
        "bcc": options.get("bcc", []),
        "subject": options.get("subject") or new.get("subject"),
        "quote": options.get("quote"),
        "answers": messages.get(db, quote.n)["id"] if quote else None,
        "files": [*options.get("files", []), *(file["name"] for file in options.get("held", []))],
        "buttons": options.get("buttons", []),
        "messages": drafting.messages_of(db, one, now=now_ms()) if home else [{"text": one.text, "files": []}],
        "updated_at": one.updated_at or None,
    }


def _said(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        say.document(found)
        return
    way = f" · {found['inbox']} {found['address'] or ''}".rstrip() if found["inbox"] else ""
    gone = " · discarded" if found.get("discarded") else ""
    say.line(f"#{found['conversation']} · {found['mode']}{way}{gone}")
    parts = found["messages"]
    for n, part in enumerate(parts, 1):
        if len(parts) > 1:
            say.line(f"{n}/{len(parts)}")
        if part["text"]:
            say.text(part["text"])
        for name in part["files"]:
            say.line(f"+ {name}")
