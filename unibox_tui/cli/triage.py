"""Verbs that sort: owner, status, labels, priority, spam, join, split, undo. Each performs the same action as its key."""

from __future__ import annotations

from typing import Any

import click

from unibox_tui.cli import args, many, say
from unibox_tui.cli.session import Session
from unibox_tui.domain.errors import WrongUse


def act(session: Session, verb: str, targets: list[int], *, as_json: bool, **arguments: Any) -> None:
    """Perform one action of the desk and say what it did."""
    from unibox_tui.desk.actions import Call, perform

    done = session.write(lambda tx: perform(tx, session.actor, Call(verb, arguments), targets))
    say.done(done, as_json=as_json)


def _plain(name: str, help: str) -> click.Command:
    """A verb that needs nothing but conversations."""

    @click.command(name, help=help)
    @click.argument("conversations", metavar="CONVERSATION…", nargs=-1)
    @many.by_query
    @args.as_json
    @click.pass_obj
    def verb(session: Session, /, conversations: tuple[str, ...], as_json: bool, **how: Any) -> int:
        return many.act(session, name, conversations, as_json=as_json, **how)

    return verb


resolve = _plain("resolve", "The request is done.")
reopen = _plain("reopen", "The request is not done after all.")
pending = _plain("pending", "Wait for the customer.")


@click.command()
@click.argument("conversations", metavar="CONVERSATION…", nargs=-1)
@click.argument("agent")
@click.option("--take", is_flag=True, help="Take it even from the colleague who has it.")
@many.by_query
@args.as_json
@click.pass_obj
def assign(
    session: Session, /, conversations: tuple[str, ...], agent: str, take: bool, as_json: bool, **how: Any
) -> int:
    """Give conversations to AGENT: an account, `me`, or `nobody`."""
    to = None if agent in ("nobody", "none", "") else agent
    if to == session.me:
        to = "me"
    return many.act(session, "assign", conversations, as_json=as_json, agent=to, take=take, **how)


@click.command()
@click.argument("words", metavar="CONVERSATION LABEL…", nargs=-1, required=True)
@many.by_query
@args.as_json
@click.pass_obj
def label(session: Session, /, words: tuple[str, ...], query: str | None, as_json: bool, **how: Any) -> int:
    """Put labels on; new names are made. Several conversations: numbers with commas. With --query: labels only."""
    named, labels = _named(words, query)
    return many.act(session, "label", named, query=query, as_json=as_json, labels=_names(labels), **how)


@click.command()
@click.argument("words", metavar="CONVERSATION LABEL…", nargs=-1, required=True)
@many.by_query
@args.as_json
@click.pass_obj
def unlabel(session: Session, /, words: tuple[str, ...], query: str | None, as_json: bool, **how: Any) -> int:
    """Take labels off. Several conversations: numbers with commas. With --query: labels only."""
    named, labels = _named(words, query)
    return many.act(session, "unlabel", named, query=query, as_json=as_json, labels=_names(labels), **how)


def _named(words: tuple[str, ...], query: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(conversations, the rest): the first word names conversations unless a query does."""
    named, rest = (words[:1], words[1:]) if query is None else ((), words)
    if not rest:
        raise WrongUse("Something is missing after the conversation.", hint="`--help` shows what.")
    return named, rest


def _names(labels: tuple[str, ...]) -> list[str]:
    return [args.as_text(name) for name in labels]


@click.command()
@click.argument("words", metavar="CONVERSATION TIME…", nargs=-1, required=True)
@click.option("--no-wake", is_flag=True, help="Stay away even when the customer answers.")
@many.by_query
@args.as_json
@click.pass_obj
def snooze(
    session: Session, /, words: tuple[str, ...], no_wake: bool, query: str | None, as_json: bool, **how: Any
) -> int:
    """Put away until a time: 2h, tomorrow 9, mon 9:00, 2026-12-01 09:00, mai 8h, chiều nay, พรุ่งนี้ 9 โมง. It returns
    sooner when the customer answers; `even if they reply` (dù khách trả lời, แม้ลูกค้าตอบ) after the time keeps it away."""
    from unibox_tui.domain.ids import now_ms
    from unibox_tui.views.snoozing import snooze_words

    named, until = _named(words, query)
    meant = snooze_words(args.as_text(" ".join(until)), now_ms(), session.zone)
    wake = meant.wake_on_reply and not no_wake
    return many.act(
        session, "snooze", named, query=query, as_json=as_json, until=meant.until, wake_on_reply=wake, **how
    )


@click.command()
@click.argument("conversations", metavar="CONVERSATION…", nargs=-1)
@click.option("--read", is_flag=True, help="Mark read instead.")
@many.by_query
@args.as_json
@click.pass_obj
def unread(session: Session, /, conversations: tuple[str, ...], read: bool, as_json: bool, **how: Any) -> int:
    """Mark unread for everybody."""
    return many.act(session, "unread", conversations, as_json=as_json, unread=not read, **how)


@click.command()
@click.argument("conversations", metavar="CONVERSATION…", nargs=-1)
@click.argument("priority", metavar="urgent|high|normal|low")
@many.by_query
@args.as_json
@click.pass_obj
def priority(session: Session, /, conversations: tuple[str, ...], priority: str, as_json: bool, **how: Any) -> int:
    """Set how urgent it is."""
    return many.act(session, "priority", conversations, as_json=as_json, priority=priority, **how)


@click.command()
@click.argument("conversations", metavar="CONVERSATION…", nargs=-1)
@click.option("--not", "not_spam", is_flag=True, help="It is no spam after all.")
@many.by_query
@args.as_json
@click.pass_obj
def spam(session: Session, /, conversations: tuple[str, ...], not_spam: bool, as_json: bool, **how: Any) -> int:
    """Mark as spam."""
    return many.act(session, "spam", conversations, as_json=as_json, spam=not not_spam, **how)


@click.command()
@args.conversations
@click.argument("into", metavar="INTO")
@args.as_json
@click.pass_obj
def join(session: Session, conversations: tuple[str, ...], into: str, as_json: bool) -> None:
    """Show conversations inside INTO from now on; `split` takes it back."""
    act(session, "join", args.resolve(session, conversations), as_json=as_json, into=args.one(session, into))


@click.command()
@args.conversation
@args.as_json
@click.pass_obj
def apart(session: Session, conversation: str, as_json: bool) -> None:
    """Do not offer again to join this conversation and the one it is thought to belong to."""
    act(session, "keep_apart", [args.one(session, conversation)], as_json=as_json)


@click.command()
@args.conversation
@click.option("--message", metavar="ID", help="Make a conversation of its own from this message on.")
@click.option("--child", metavar="CONVERSATION", help="Take out this one of those joined into it.")
@args.as_json
@click.pass_obj
def split(session: Session, conversation: str, message: str | None, child: str | None, as_json: bool) -> None:
    """Take a join back, or split off from a message on."""
    if message is not None and child is not None:
        raise WrongUse("Either --message or --child.")
    n = message_number(session, message) if message is not None else None
    number = args.one(session, child) if child is not None else None
    act(session, "split", [args.one(session, conversation)], as_json=as_json, message=n, child=number)


def message_number(session: Session, id: str) -> int:
    """`n` of the message with this id, or the beginning of it."""
    from unibox_tui.store import messages

    return int(session.read(lambda db: messages.by_id(db, id))["n"])


@click.command()
@click.option("--action", metavar="ID", help="This action instead of the last one.")
@args.as_json
@click.pass_obj
def undo(session: Session, action: str | None, as_json: bool) -> int:
    """Take back the last thing you did."""
    return many.walk(session, action, backwards=True, as_json=as_json)


@click.command()
@click.option("--action", metavar="ID", help="This action instead of the last one undone.")
@args.as_json
@click.pass_obj
def redo(session: Session, action: str | None, as_json: bool) -> int:
    """Do again what undo took back."""
    return many.walk(session, action, backwards=False, as_json=as_json)
