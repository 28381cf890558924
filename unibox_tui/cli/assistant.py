"""Verbs of the assistant. The screen's keys start these, so that the screen itself never speaks to anybody."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

import click

from unibox_tui.cli import args, say
from unibox_tui.cli.session import Session
from unibox_tui.domain.errors import Refused, WrongUse

if TYPE_CHECKING:
    from collections.abc import Callable

    from unibox_tui.assistant import Line

SECRET = ("assistant", "key")
_conversation: Callable[[Any], Any] = click.argument("conversation", metavar="[CONVERSATION]", required=False)
_text: Callable[[Any], Any] = click.option(
    "--text", "words", metavar="WORDS", help="These words; - for standard input."
)
_to: Callable[[Any], Any] = click.option("--to", "language", type=click.Choice(["vi", "th", "en"]), help="Language.")


@click.group()
def assistant() -> None:
    """A language model that drafts and translates, where [assistant] names one. It never sends anything itself."""


@assistant.command()
@click.argument("conversation")
@_to
@args.as_json
@click.pass_obj
def draft(session: Session, conversation: str, language: str | None, as_json: bool) -> None:
    """Draft the next answer, in the customer's language unless --to says another."""
    _do(session, "draft", conversation, None, language, as_json)


@assistant.command()
@_conversation
@_text
@args.as_json
@click.pass_obj
def shorten(session: Session, conversation: str | None, words: str | None, as_json: bool) -> None:
    """Shorten words; CONVERSATION tells whose particulars are in them."""
    _do(session, "shorten", conversation, args.body(words, None), None, as_json)


@assistant.command()
@_conversation
@_text
@_to
@args.as_json
@click.pass_obj
def translate(
    session: Session, conversation: str | None, words: str | None, language: str | None, as_json: bool
) -> None:
    """Translate words; without any, what the customer asked last in CONVERSATION."""
    if language is None:
        raise WrongUse("Into which language?", hint="--to vi, th or en.")
    _do(session, "translate", conversation, None if words is None else args.body(words, None), language, as_json)


@assistant.command()
@click.argument("conversation")
@_to
@args.as_json
@click.pass_obj
def summary(session: Session, conversation: str, language: str | None, as_json: bool) -> None:
    """Sum up a conversation, in your own language unless --to says another."""
    _do(session, "summary", conversation, None, language, as_json)


@assistant.command()
@args.as_json
@click.pass_obj
def key(session: Session, as_json: bool) -> None:
    """Keep the endpoint's key, read from standard input or asked for. It is never in the configuration."""
    value = click.prompt("Key", hide_input=True) if sys.stdin.isatty() else args.body("-", None).strip()
    kept = str(session.secrets().store(*SECRET, value))
    if as_json:
        say.document({"kept_in": kept})
    else:
        say.line(f"kept in {kept}")


def _do(
    session: Session, task: str, conversation: str | None, words: str | None, language: str | None, as_json: bool
) -> None:
    from unibox_tui import assistant as model
    from unibox_tui.text.hiding import Hidden

    settings = session.config.assistant
    if not settings.url:
        raise Refused(
            "No assistant is set up.", hint="[assistant] in the configuration names one.", code="no_assistant"
        )
    session.config.require_trusted("The assistant")
    number = None if conversation is None else args.one(session, conversation)
    if number is None and not words:
        raise WrongUse("There is no text.", hint="--text, or a conversation.")
    lines, names, region, theirs = _known(session, number)
    wanted = language or (_own_language(session) if task == "summary" else theirs)
    if task == "translate" and words is None:
        words = next((line.text for line in reversed(lines) if line.who == "customer"), "")
    hidden = Hidden(region, names) if settings.hide else None
    said = model.messages(
        task, lines=() if words is not None else lines, text=words or "", language=wanted, hidden=hidden
    )
    secret = session.secrets().secret_of(*SECRET)

    async def ask() -> str:
        from unibox_tui.connectors.http import HttpClient

        http = HttpClient(connections=1)
        try:
            return await model.ask(http, settings, secret, said)
        finally:
            await http.aclose()

    answer = asyncio.run(ask())
    answer = answer if hidden is None else hidden.reveal(answer)
    if as_json:
        say.document({"task": task, "by": "assistant", "model": settings.model, "text": answer})
    else:
        say.text(answer)


def _known(session: Session, number: int | None) -> tuple[list[Line], list[str], str, str]:
    """(what customer and agents said to each other, the customer's names, region, language). Notes are not among it."""
    from unibox_tui.assistant import Line
    from unibox_tui.store import checking_reading, contact_reading, contacts, conversations, inboxes
    from unibox_tui.views import jsonform

    if number is None:
        return [], [], session.config.workspace.region, ""

    def read(db: Any) -> tuple[list[Line], list[str], str, str]:
        top = conversations.root(db, number)
        row = conversations.get(db, top)
        people = contact_reading.contacts_of(db, conversations.members(db, top))
        inbox = inboxes.by_id(db, row["last_inbox_id"]) if row["last_inbox_id"] else None
        language = contacts.get(db, people[0])["language"] or (inbox.language if inbox is not None else "")
        lines = [
            Line("customer" if entry["direction"] == "in" else "agent", entry["text"])
            for entry in jsonform.messages_of(db, top)
            if entry["direction"] in ("in", "out") and not entry["automatic"] and entry["state"] != "cancelled"
        ]
        region = inbox.region if inbox is not None else session.config.workspace.region
        return lines, checking_reading.names_of(db, people), region, language

    return session.read(read)


def _own_language(session: Session) -> str:
    return session.lang or session.config.ui.language or session.config.workspace.language
