"""Verbs for what channels offer besides answering: templates, reactions, files fetched anew."""

from __future__ import annotations

from typing import Any

import click

from unibox_tui.cli import args, say
from unibox_tui.cli.answer import _message, _when
from unibox_tui.cli.session import Session
from unibox_tui.cli.triage import act, message_number
from unibox_tui.domain.errors import WrongUse


@click.command()
@click.argument("conversation", metavar="CONVERSATION")
@click.argument("name", metavar="[TEMPLATE]", required=False)
@click.argument("fields", metavar="[FIELD=VALUE…]", nargs=-1)
@click.option("--inbox", metavar="NAME", help="Through this inbox.")
@click.option("--list", "listing", is_flag=True, help="Only show which may be sent to this customer now.")
@click.option("--at", metavar="TIME", help="Send later: 2h, tomorrow 9, mai 8h …")
@click.option("--now", "at_once", is_flag=True, help="Do not hold it back for undo.")
@args.as_json
@click.pass_obj
def template(
    session: Session,
    conversation: str,
    name: str | None,
    fields: tuple[str, ...],
    inbox: str | None,
    listing: bool,
    at: str | None,
    at_once: bool,
    as_json: bool,
) -> None:
    """Send a text the provider has approved, its blanks filled in; also when the window is closed."""
    from unibox_tui.desk.templates import parsed

    target = args.one(session, conversation)
    if listing:
        _list(session, target, as_json)
        return
    if name is None:
        raise WrongUse("Which template?", hint=f"`unibox template {conversation} --list` shows them.")
    act(
        session,
        "template",
        [target],
        as_json=as_json,
        template=args.as_text(name),
        values=parsed([args.as_text(pair) for pair in fields]),
        inbox=inbox,
        **_when(session, at, at_once),
    )


def _list(session: Session, conversation: int, as_json: bool) -> None:
    from unibox_tui.desk import templates
    from unibox_tui.domain.ids import now_ms
    from unibox_tui.text.safe import safe_line

    found = session.read(lambda db: templates.offered(db, conversation, now_ms()))
    if as_json:
        say.documents(
            {
                "inbox": inbox.name,
                "id": one.id,
                "name": one.name,
                "language": one.language,
                "fields": list(one.fields),
                "text": one.text,
                "price": one.price,
                "currency": one.currency,
            }
            for inbox, one in found
        )
        return
    say.table(
        [
            [inbox.name, safe_line(one.name), one.language, " ".join(one.fields), safe_line(one.text)]
            for inbox, one in found
        ]
    )


@click.command()
@click.argument("conversation", metavar="CONVERSATION")
@click.option("--title", metavar="TEXT", help="Instead of the inbox's own.")
@click.option("--text", metavar="TEXT", help="The line below the title, instead of the inbox's own.")
@click.option("--inbox", metavar="NAME", help="Through this inbox.")
@click.option("--force", is_flag=True, help="Ask although all of it is known, or newer messages are there.")
@click.option("--now", "at_once", is_flag=True, help="Do not hold it back for undo.")
@args.as_json
@click.pass_obj
def request_info(
    session: Session,
    conversation: str,
    title: str | None,
    text: str | None,
    inbox: str | None,
    force: bool,
    at_once: bool,
    as_json: bool,
) -> None:
    """Ask for name, number and address by the channel's own form (Zalo). What is known already is not asked again."""
    act(
        session,
        "request_info",
        [args.one(session, conversation)],
        as_json=as_json,
        title=None if title is None else args.as_text(title),
        text=None if text is None else args.as_text(text),
        inbox=inbox,
        force=force,
        **_when(session, None, at_once),
    )


@click.command()
@click.argument("message", metavar="MESSAGE|CONVERSATION")
@click.argument("emoji")
@args.as_json
@click.pass_obj
def react(session: Session, message: str, emoji: str, as_json: bool) -> None:
    """React to a customer's message (of a conversation: the last one) with EMOJI; `none` takes it back."""
    act(session, "react", [], as_json=as_json, message=_message(session, message), emoji=args.as_text(emoji))


@click.command()
@click.argument("id", metavar="MESSAGE|FILE")
@args.as_json
@click.pass_obj
def fetch(session: Session, id: str, as_json: bool) -> None:
    """Ask the provider once more for files that could not be fetched: all of a message, or one by its id."""
    from unibox_tui.store import messages

    file: Any = session.read(lambda db: messages.file(db, id))
    if file is not None:
        act(session, "fetch_again", [], as_json=as_json, message=file["n"], file=id)
    else:
        act(session, "fetch_again", [], as_json=as_json, message=message_number(session, id))
