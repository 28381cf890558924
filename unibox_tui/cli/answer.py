"""Verbs that write: reply, note, new, forward."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import click

from unibox_tui.cli import args, checking
from unibox_tui.cli.session import Session
from unibox_tui.cli.triage import act, message_number
from unibox_tui.domain.errors import WrongUse


@click.command()
@args.conversation
@args.words
@args.text_file
@args.attach
@click.option("--inbox", metavar="NAME", help="Answer through this inbox.")
@click.option("--to", "address", metavar="ADDRESS", help="To this address of the inbox.")
@click.option("--all", "everyone", is_flag=True, help="Mail: with everybody in copy; --cc adds to them.")
@click.option("--cc", multiple=True, metavar="ADDRESS", help="Mail: a copy to; may be repeated.")
@click.option("--bcc", multiple=True, metavar="ADDRESS", help="Mail: a hidden copy to; may be repeated.")
@click.option("--subject", help="Mail: another subject.")
@click.option("--quote/--no-quote", default=None, help="Mail: with the customer's words below; else as the inbox says.")
@click.option("--answers", metavar="ID", help="The message this answers; else the customer's last.")
@click.option("--then", type=click.Choice(["resolve", "pending"]), help="And resolve or park the conversation.")
@click.option("--at", metavar="TIME", help="Send later: 2h, tomorrow 9, mai 8h …")
@click.option("--now", "at_once", is_flag=True, help="Do not hold it back for undo.")
@click.option("--canned", "shortcut", metavar="SHORTCUT", help="A stored answer, as it is for this customer.")
@click.option("--sticker", metavar="ID", help="A sticker instead of a text; LINE: PACKAGE/STICKER.")
@checking.option
@args.as_json
@click.pass_obj
def reply(
    session: Session,
    conversation: str,
    text: str | None,
    file: str | None,
    attach: tuple[str, ...],
    inbox: str | None,
    address: str | None,
    everyone: bool,
    cc: tuple[str, ...],
    bcc: tuple[str, ...],
    subject: str | None,
    quote: bool | None,
    answers: str | None,
    then: str | None,
    at: str | None,
    at_once: bool,
    shortcut: str | None,
    sticker: str | None,
    check: bool,
    as_json: bool,
) -> None:
    """Answer the customer, through the inbox they last used unless --inbox says otherwise."""
    from unibox_tui.desk.actions import Call, perform

    target = args.one(session, conversation)
    if sticker is not None:
        if text is not None or file is not None or attach or shortcut or check:
            raise WrongUse("A sticker goes alone.", hint="Send the text as an answer of its own.")
        act(
            session,
            "sticker",
            [target],
            as_json=as_json,
            sticker=args.as_text(sticker),
            inbox=inbox,
            address=address,
            answers=message_number(session, answers) if answers else None,
            then=then,
            **_when(session, at, at_once),
        )
        return
    stored = _stored(session, target, shortcut, inbox) if shortcut else None
    if stored is not None and (text is not None or file is not None):
        raise WrongUse("The text is given twice.", hint="Either as text or with --canned.")
    words = stored.text if stored is not None else args.body(text, file, needed=not attach)
    files = (*args.kept(session, attach), *(stored.files if stored is not None else ()))
    if check:
        checking.told(session, target, words, mode="reply", files=len(files), as_json=as_json)
        return
    if stored is not None:
        session.write(lambda tx: perform(tx, session.actor, Call("canned_used", {"key": stored.key}), ()))
    act(
        session,
        "reply",
        [target],
        as_json=as_json,
        text=words,
        files=files,
        **({"apart": True, "buttons": stored.buttons} if stored is not None else {}),
        inbox=inbox,
        address=address,
        reply_all=everyone,
        cc=_people(cc) if cc else None,
        bcc=_people(bcc),
        subject=subject,
        quote=quote,
        answers=message_number(session, answers) if answers else None,
        then=then,
        **_when(session, at, at_once),
    )


@click.command()
@args.conversation
@args.words
@args.text_file
@args.attach
@checking.option
@args.as_json
@click.pass_obj
def note(
    session: Session,
    conversation: str,
    text: str | None,
    file: str | None,
    attach: tuple[str, ...],
    check: bool,
    as_json: bool,
) -> None:
    """Write something only colleagues see."""
    words = args.body(text, file, needed=not attach)
    target = args.one(session, conversation)
    if check:
        checking.told(session, target, words, mode="note", files=len(attach), as_json=as_json)
        return
    act(session, "note", [target], as_json=as_json, text=words, files=args.kept(session, attach))


@click.command()
@click.argument("inbox")
@click.argument("address")
@args.words
@args.text_file
@args.attach
@click.option("--name", default="", help="What the customer is called.")
@click.option("--template", metavar="NAME", help="With this approved text instead of one of our own.")
@click.option("--field", "fields", multiple=True, metavar="FIELD=VALUE", help="Fills a blank of the template.")
@click.option("--subject", help="Mail: the subject.")
@click.option("--cc", multiple=True, metavar="ADDRESS", help="Mail: a copy to; may be repeated.")
@click.option("--at", metavar="TIME", help="Send later: 2h, tomorrow 9, mai 8h …")
@click.option("--now", "at_once", is_flag=True, help="Do not hold it back for undo.")
@checking.option
@args.as_json
@click.pass_obj
def new(
    session: Session,
    inbox: str,
    address: str,
    text: str | None,
    file: str | None,
    attach: tuple[str, ...],
    name: str,
    template: str | None,
    fields: tuple[str, ...],
    subject: str | None,
    cc: tuple[str, ...],
    at: str | None,
    at_once: bool,
    check: bool,
    as_json: bool,
) -> None:
    """Write first, through INBOX to ADDRESS, where the channel lets us."""
    if template is not None:
        from unibox_tui.desk.templates import parsed

        if text is not None or file is not None or attach:
            raise WrongUse("A template has its own text.", hint="Fill its blanks with --field NAME=VALUE.")
        if check:
            raise WrongUse("A template's text has been approved; there is nothing to check.", hint="Leave out --check.")
        act(
            session,
            "template",
            [],
            as_json=as_json,
            inbox=inbox,
            address=args.as_text(address),
            name=args.as_text(name),
            template=args.as_text(template),
            values=parsed([args.as_text(pair) for pair in fields]),
            **_when(session, at, at_once),
        )
        return
    words = args.body(text, file, needed=not attach)
    if check:
        checking.told_first(session, inbox, words, name=args.as_text(name), files=len(attach), as_json=as_json)
        return
    act(
        session,
        "new",
        [],
        as_json=as_json,
        inbox=inbox,
        address=args.as_text(address),
        text=words,
        files=args.kept(session, attach),
        name=args.as_text(name),
        subject=subject,
        cc=_people(cc) if cc else None,
        **_when(session, at, at_once),
    )


@click.command()
@click.argument("message", metavar="MESSAGE|CONVERSATION")
@click.argument("addresses", metavar="ADDRESS…", nargs=-1)
@click.option("--to", multiple=True, metavar="ADDRESS", help="The same as an argument; may be repeated.")
@click.option("--inbox", metavar="NAME", help="Through this mail inbox.")
@click.option("--text", default="", help="Words above what is forwarded.")
@args.text_file
@checking.option
@args.as_json
@click.pass_obj
def forward(
    session: Session,
    message: str,
    addresses: tuple[str, ...],
    to: tuple[str, ...],
    inbox: str | None,
    text: str,
    file: str | None,
    check: bool,
    as_json: bool,
) -> None:
    """Send a message (of a conversation: the customer's last) with its files to any address."""
    people = [args.as_text(address) for address in (*addresses, *to)]
    if not people:
        raise WrongUse("Forward to whom?", hint="`unibox forward MESSAGE name@example.com`")
    words = args.body(text or None, file, needed=False)
    if check:
        from unibox_tui.desk.checking import check_forwarded

        checking.say_them(check_forwarded(words), as_json=as_json)
        return
    act(session, "forward", [], as_json=as_json, message=_message(session, message), to=people, inbox=inbox, text=words)


def _message(session: Session, said: str) -> int:
    """A message by its id, or the last one of the customer in a conversation by its number."""
    from unibox_tui.store import conversations, messages

    if not said.lstrip("#").isdigit():
        return message_number(session, said)
    target = args.one(session, said)
    n = session.read(lambda db: messages.last_said(db, conversations.members(db, conversations.root(db, target))))
    if n is None:
        raise WrongUse(f"#{target} has no message to forward.")
    return n


def _people(addresses: tuple[str, ...]) -> list[dict[str, str]]:
    """`Name <a@b>` or `a@b`."""
    if not addresses:
        return []
    from email.utils import parseaddr

    found = []
    for said in addresses:
        name, address = parseaddr(args.as_text(said))
        if "@" not in address:
            raise WrongUse(f"{said!r} is not a mail address.", hint="name@example.com")
        found.append({"name": name, "address": address})
    return found


def _when(session: Session, at: str | None, at_once: bool) -> dict[str, Any]:
    if at is not None and at_once:
        raise WrongUse("Either --at or --now.")
    if at is None:
        return {"hold_ms": 0} if at_once else {}
    from unibox_tui.domain.ids import now_ms
    from unibox_tui.views.times import time_to_come

    return {"send_at": time_to_come(args.as_text(at), now_ms(), session.zone)}


@dataclass(frozen=True, slots=True)
class _Stored:
    key: str
    text: str
    buttons: tuple[str, ...]
    files: tuple[Any, ...]


def _stored(session: Session, conversation: int, shortcut: str, inbox: str | None) -> _Stored:
    """A stored answer as it goes here. Raises WrongUse naming what could not be filled in."""
    from unibox_tui.cli.canned import prepared
    from unibox_tui.text.filling import unresolved

    made = prepared(session, conversation, args.as_text(shortcut), inbox)
    left = unresolved(made.text)
    if left:
        raise WrongUse(
            f"/{made.entry.shortcut} needs {', '.join(left)}.",
            hint="`unibox contact set` says what is missing; or write it.",
        )
    held = [file for file in made.entry.files if not isinstance(file, str)]
    paths = [file for file in made.entry.files if isinstance(file, str)]
    return _Stored(made.entry.key, made.text, made.entry.buttons, (*held, *args.kept(session, paths)))
