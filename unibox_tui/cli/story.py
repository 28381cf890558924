"""The verb `story`: a customer's whole life over all channels."""

from __future__ import annotations

from typing import Any

import click

from unibox_tui.cli import args, say
from unibox_tui.cli.session import Session

LIMIT = 60


@click.command()
@click.argument("said", metavar="CONTACT")
@click.option("--channel", default="", metavar="NAME", help="Only this channel or inbox: zalo, ZA, shop-a.")
@click.option("--date", "day", metavar="DAY", help="From this day on: 12/10, 2026-10-12, mon, yesterday, 3d.")
@click.option("--search", "words", metavar="WORDS", help="Only messages that hold these words, newest first.")
@click.option("--before", metavar="ID", help="Older than this message: its id or the beginning of it.")
@click.option("--after", metavar="ID", help="Newer than this message.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=LIMIT, show_default=True, help="At most so many.")
@args.as_json
@click.pass_obj
def story(
    session: Session,
    said: str,
    channel: str,
    day: str | None,
    words: str | None,
    before: str | None,
    after: str | None,
    limit: int,
    as_json: bool,
) -> None:
    """All messages, calls and notes of a customer in time order, over all channels and conversations.

    Without --date, --before or --after the newest ones. A CONTACT is its number, an address, a phone number, or '#10482'
    for the customer of a conversation.
    """
    from unibox_tui.cli.contact import who
    from unibox_tui.cli.triage import message_number
    from unibox_tui.domain.errors import WrongUse
    from unibox_tui.domain.ids import now_ms
    from unibox_tui.views import jsonform
    from unibox_tui.views import story as view

    if sum(given is not None for given in (day, before, after)) > 1:
        raise WrongUse("From where?", hint="One of --date, --before and --after.")
    if words is not None and (day is not None or after is not None):
        raise WrongUse("A search goes from new to old.", hint="Only --before goes with --search.")
    number = who(session, said)
    older = message_number(session, before) if before else None
    newer = message_number(session, after) if after else None
    if day is not None:
        newer = view.place(args.as_text(day), now_ms(), session.zone) - 1

    def read(db: Any) -> list[dict[str, Any]]:
        if words is None:
            found = view.window(db, number, channel=channel, before_n=older, after_n=newer, limit=limit)
            return jsonform.messages(db, found.ns)
        hits = view.hits(db, number, args.as_text(words), before_n=older, channel=channel, limit=limit)
        return jsonform.messages(db, hits)

    rows = session.read(read)
    if session.hides_phones:
        from unibox_tui.views import masking

        rows = [masking.message(row) for row in rows]
    if as_json:
        say.documents(rows)
        return
    for row in rows:
        say.line(_head(session, row))
        say.text(row["text"])


def _head(session: Session, row: dict[str, Any]) -> str:
    mark = {"note": "note", "activity": "·", "out": "→", "in": "←"}[row["direction"]]
    where = f"[{row['inbox']}]" if row["inbox"] else ""
    said = (mark, say.time(row["sent_at"], session.zone), f"#{row['conversation_id']}", row["author"], where)
    return "  ".join(part for part in said if part)
