"""Verbs about the telephone and about visits: call, call-reason, log."""

from __future__ import annotations

import click

from unibox_tui.cli import args, say
from unibox_tui.cli.session import Session
from unibox_tui.cli.triage import act, message_number
from unibox_tui.domain.calls import HOW, WHY_ASKED
from unibox_tui.domain.errors import WrongUse


@click.command()
@click.argument("whom", metavar="CONVERSATION|NUMBER")
@click.option("--inbox", metavar="NAME", help="Through this inbox.")
@click.option("--number", metavar="NUMBER", help="Call the customer of the conversation at this number.")
@click.option("--how", type=click.Choice(HOW), help="Over a line, by a link of the network's app (for you, or to invite them), or ask for consent.")  # fmt: skip
@click.option("--reason", type=click.Choice(WHY_ASKED), help="Why we want to call: what an asking for consent says.")
@click.option("--list", "listing", is_flag=True, help="Only show how this customer can be called now.")
@args.as_json
@click.pass_obj
def call(
    session: Session,
    whom: str,
    inbox: str | None,
    number: str | None,
    how: str | None,
    reason: str | None,
    listing: bool,
    as_json: bool,
) -> None:
    """Ring your own phone at the exchange, then the customer's; or call by the network's own app, where it can."""
    said = args.as_text(whom)
    if listing:
        _list(session, args.one(session, said), as_json)
    elif is_number(said):
        if number is not None:
            raise WrongUse("The number is given twice.")
        act(session, "call", [], as_json=as_json, number=said, inbox=inbox, how=how)
    else:
        target = [args.one(session, said)]
        act(session, "call", target, as_json=as_json, number=number, inbox=inbox, how=how, reason=reason)


def _list(session: Session, conversation: int, as_json: bool) -> None:
    from unibox_tui.domain.ids import now_ms
    from unibox_tui.views.call_ways import call_ways

    found = session.read(lambda db: call_ways(db, conversation, session.me, now_ms()))
    if as_json:
        say.documents(way.as_json() for way in found)
        return
    if not found:
        say.line("This customer cannot be called from here.")
    say.table(
        [
            [way.how, way.inbox.name, way.address, way.why or "yes", way.consent, say.time(way.until, session.zone)]
            for way in found
        ]
    )


def is_number(said: str) -> bool:
    """A telephone number rather than the number of a conversation."""
    digits = "".join(c for c in said if c.isdigit())
    plain = not set(said) - set("0123456789+ .-()")
    return plain and (said.startswith(("+", "0")) or len(digits) >= 9)


@click.command("call-reason")
@click.argument("conversation", metavar="CONVERSATION|MESSAGE")
@click.argument("reason")
@args.as_json
@click.pass_obj
def call_reason(session: Session, conversation: str, reason: str, as_json: bool) -> None:
    """Say what a call was about: the latest of a conversation, or the one whose message id is given. "" takes it away."""
    said = args.as_text(conversation).strip()
    if said.lstrip("#").isdigit():
        act(session, "call_reason", [args.one(session, said)], as_json=as_json, reason=args.as_text(reason))
    else:
        act(
            session,
            "call_reason",
            [],
            as_json=as_json,
            message=message_number(session, said),
            reason=args.as_text(reason),
        )


@click.command()
@click.argument("where", metavar="CONVERSATION|CONTACT")
@click.argument("text", required=False)
@click.option("--in/--out", "inward", default=True, help="They came or called; or we did.")
@click.option("--phone", is_flag=True, help="A call on a private phone, not a visit.")
@click.option("--when", metavar="TIME", help="When it was: 14:00, yesterday 9, 2026-11-20, 2h (ago).")
@click.option("--who", metavar="NAME", help="Who was there besides the customer, or for them.")
@click.option("--minutes", type=click.IntRange(0, 1440), default=0, help="How long it took.")
@args.text_file
@args.as_json
@click.pass_obj
def log(
    session: Session,
    where: str,
    text: str | None,
    inward: bool,
    phone: bool,
    when: str | None,
    who: str | None,
    minutes: int,
    file: str | None,
    as_json: bool,
) -> None:
    """Write down a visit to the shop or a call on a private phone, in the customer's thread.

    WHERE is a conversation (10482, '#10482') or a contact's phone, address or uid.
    """
    from unibox_tui.desk.logging_words import time_of
    from unibox_tui.domain.ids import now_ms

    said = args.as_text(where).strip()
    target: list[int] = []
    contact: int | None = None
    if said.lstrip("#").isdigit() and not is_number(said):
        target = [args.one(session, said)]
    else:
        from unibox_tui.store.people_named import named

        contact = session.read(lambda db: named(db, said))
    act(
        session,
        "log",
        target,
        as_json=as_json,
        contact=contact,
        text=args.body(text, file),
        direction="in" if inward else "out",
        how="phone" if phone else "visit",
        when=time_of(args.as_text(when), now_ms(), session.zone) if when else None,
        who=args.as_text(who or ""),
        minutes=minutes,
    )
