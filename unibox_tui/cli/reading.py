"""Verbs that show: ls, search, show, history."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from types import ModuleType
from typing import Any

import click

from unibox_tui.cli import args, say
from unibox_tui.cli.session import Session
from unibox_tui.domain.errors import WrongUse

LIMIT = 50
EVERYTHING = "-is:spam"

_query = click.argument("query", nargs=-1)
_limit = click.option("--limit", type=click.IntRange(min=1), default=LIMIT, show_default=True, help="At most so many.")


@click.command()
@_query
@_limit
@click.option("--all", "everything", is_flag=True, help="All there are.")
@args.as_json
@click.pass_obj
def ls(session: Session, query: tuple[str, ...], limit: int, everything: bool, as_json: bool) -> None:
    """List the conversations that fit QUERY, newest first; without one all but spam.

    As in: is:unanswered label:vip, assignee:me status:open, wait>2h, inbox:shop-a sort:wait
    """
    from unibox_tui.domain.ids import now_ms
    from unibox_tui.views import jsonform, lists

    words = args.as_text(" ".join(query)) or EVERYTHING

    def found(db: Any) -> list[int]:
        ids: Iterator[int] = lists.ids(db, words, me=session.me, now=now_ms(), zone=session.zone)
        return list(ids if everything else islice(ids, limit))

    ids = session.read(found)
    for start in range(0, len(ids), jsonform.BATCH):
        some = ids[start : start + jsonform.BATCH]
        rows = session.read(lambda db, some=some: jsonform.conversations(db, some))  # type: ignore[misc]
        if session.hides_phones:
            rows = [_masking().conversation(row) for row in rows]
        if as_json:
            say.documents(rows)
        else:
            say.table([_row(session, row) for row in rows])


def _masking() -> ModuleType:
    from unibox_tui.views import masking

    return masking


def _row(session: Session, row: dict[str, Any]) -> list[str]:
    waits = "waits" if row["waiting_since"] is not None else ""
    unread = f"{row['unread']} new" if row["unread"] else ""
    marks = " ".join(f"[{label}]" for label in row["labels"])
    return [
        f"#{row['id']}",
        say.time(row["last_message_at"], session.zone),
        row["status"],
        row["assignee"] or "-",
        " ".join(word for word in (unread, waits) if word),
        row["contact"],
        " ".join(part for part in (marks, row["subject"], "·" if row["subject"] else "", row["snippet"]) if part),
    ]


@click.command()
@click.argument("query", nargs=-1, required=True)
@_limit
@click.option("--relevance", is_flag=True, help="Best first instead of newest first.")
@args.as_json
@click.pass_obj
def search(session: Session, query: tuple[str, ...], limit: int, relevance: bool, as_json: bool) -> None:
    """Find messages by words, in Vietnamese, Thai and English, accents or not; fields narrow it as in `ls`."""
    from unibox_tui.domain.ids import now_ms
    from unibox_tui.views import jsonform
    from unibox_tui.views import search as searching

    words = args.as_text(" ".join(query))

    def work(db: Any) -> list[tuple[searching.Hit, dict[str, Any]]]:
        found = searching.search(
            db,
            words,
            me=session.me,
            now=now_ms(),
            order="relevance" if relevance else "newest",
            limit=limit,
            zone=session.zone,
        )
        messages = {row["n"]: row for row in jsonform.messages(db, [hit.n for hit in found.hits])}
        return [(hit, messages[hit.n]) for hit in found.hits if hit.n in messages]

    hits = session.read(work)
    if session.hides_phones:
        hits = [(hit, _masking().message(message)) for hit, message in hits]
    if as_json:
        say.documents({**message, "snippet": hit.snippet} for hit, message in hits)
        return
    say.table(
        [
            [f"#{hit.conversation}", say.time(hit.sent_at, session.zone), message["author"], hit.snippet]
            for hit, message in hits
        ]
    )


@click.command()
@click.argument("conversation", required=False)
@click.option("--message", metavar="ID", help="One message, by its id or the beginning of it.")
@click.option("--quotes", is_flag=True, help="With quoted history and signatures.")
@args.as_json
@click.pass_obj
def show(session: Session, conversation: str | None, message: str | None, quotes: bool, as_json: bool) -> None:
    """Show a conversation with all its messages, or one message."""
    from unibox_tui.views import jsonform

    if (conversation is None) == (message is None):
        raise WrongUse("Show what?", hint="`unibox show 10482`, or `unibox show --message ID`.")
    if message is not None:
        from unibox_tui.cli.triage import message_number

        n = message_number(session, message)
        found = session.read(lambda db: jsonform.message(db, n))
        if session.hides_phones:
            found = _masking().message(found)
        if as_json:
            say.document(found)
        else:
            _message(session, found, quotes=quotes)
        return
    assert conversation is not None
    number = args.one(session, conversation)
    head, entries = session.read(lambda db: (jsonform.conversation(db, number), list(jsonform.messages_of(db, number))))
    if session.hides_phones:
        head, entries = _masking().conversation(head), [_masking().message(entry) for entry in entries]
    if as_json:
        say.document({**head, "messages": entries})
        return
    owner = head["assignee"] or "nobody"
    say.line(f"#{head['id']}  {head['contact']}  {head['status']}  {owner}  {head['subject']}")
    for entry in entries:
        say.line()
        _message(session, entry, quotes=quotes)


def _kind(entry: dict[str, Any]) -> str:
    """What a mail says of itself that nobody should answer."""
    email = entry.get("email") or {}
    bounce = email.get("bounce")
    marks = [
        ("permanent bounce" if bounce.get("hard") else "temporary bounce") if bounce else "",
        "mailing list" if email.get("list_id") else "",
        "automatic" if entry["automatic"] and not bounce else "",
    ]
    said = ", ".join(mark for mark in marks if mark)
    return f" ({said})" if said else ""


def _people(entry: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """To and Cc of a mail, where there is more to say than who wrote."""
    email = entry.get("email") or {}
    for name, key in (("To", "to"), ("Cc", "cc"), ("Reply-To", "reply_to")):
        people = email.get(key) or []
        if people and (key != "to" or len(people) > 1 or entry["direction"] == "out"):
            yield name, ", ".join(person["address"] for person in people)


def _message(session: Session, entry: dict[str, Any], *, quotes: bool = False) -> None:
    marks = {"note": "note", "activity": "·", "out": "→", "in": "←"}
    where = f" [{entry['inbox']}]" if entry["inbox"] else ""
    state = f" ({entry['state']})" if entry["direction"] == "out" else ""
    at = say.time(entry["sent_at"], session.zone)
    say.line(f"{marks[entry['direction']]} {at} {entry['author']}{where}{state}{_kind(entry)}  {entry['id']}")
    for name, people in _people(entry):
        say.line(f"   {name}: {people}")
    if entry["reason"]:
        say.line(f"   {entry['reason']}")
    if entry["text"]:
        say.text(entry["text"])
    if entry["hidden_text"]:
        hidden = len(entry["hidden_text"].splitlines())
        say.line(f"   … {hidden} quoted or signed lines; --quotes shows them" if not quotes else "   …")
        if quotes:
            say.text(entry["hidden_text"])
    for file in entry["attachments"]:
        say.line(f"   + {file['name']} ({file['media_type']}, {file['size']} bytes)")


@click.command()
@args.conversation
@click.option("--attention", is_flag=True, help="Also who opened it, left it and typed.")
@args.as_json
@click.pass_obj
def history(session: Session, conversation: str, attention: bool, as_json: bool) -> None:
    """The whole trail: every reply, note, hand-over and change, by whom, when and why."""
    from unibox_tui.views.history import history as trail

    number = args.one(session, conversation)
    lines = session.read(lambda db: trail(db, number, attention=attention))
    if session.hides_phones:
        lines = _masking().history(lines)
    if as_json:
        say.documents(
            {"at": one.at, "who": one.who, "what": one.what, "why": one.why, "kind": one.kind, **one.extra}
            for one in lines
        )
        return
    say.table(
        [[say.time(one.at, session.zone), one.who, f"{one.what}{f' ({one.why})' if one.why else ''}"] for one in lines]
    )
