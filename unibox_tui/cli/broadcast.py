"""The verb that sends something of the shop's to everybody whom an inbox reaches."""

from __future__ import annotations

import sys

import click

from unibox_tui.cli import args, say
from unibox_tui.cli.answer import _when
from unibox_tui.cli.session import Session
from unibox_tui.domain.errors import Refused
from unibox_tui.locale import translated
from unibox_tui.text.safe import safe_line


@click.command()
@click.argument("content", metavar="ARTICLE")
@click.argument("audience", metavar="[NAME=NUMBERS…]", nargs=-1)
@click.option("--inbox", metavar="NAME", help="Through this inbox; needed where several can.")
@click.option("--title", metavar="TEXT", default="", help="What our own thread calls it.")
@click.option("--at", metavar="TIME", help="Send later: 2h, tomorrow 9, mai 8h …")
@click.option("--again", is_flag=True, help="Although the same has left before, or may have.")
@click.option("--dry-run", is_flag=True, help="Say to whom it would go and what it would cost, and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@args.as_json
@click.pass_obj
def broadcast(
    session: Session,
    content: str,
    audience: tuple[str, ...],
    inbox: str | None,
    title: str,
    at: str | None,
    again: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Send an article of a Zalo Official Account, by its id, to everybody who follows it, or to those whom ages=2,3 gender=1
    locations= cities= platform= choose (Zalo's own numbers). It leaves at most once; without `serve` it waits in the outbox."""
    from unibox_tui.desk.actions import Call, perform
    from unibox_tui.desk.broadcasts import parsed, planned
    from unibox_tui.domain.ids import now_ms

    wish = {
        "content": args.as_text(content),
        "target": parsed([args.as_text(one) for one in audience]),
        "inbox": inbox,
        "title": args.as_text(title),
        "again": again,
        **_when(session, at, False),
    }
    if dry_run or not yes:
        look = session.read(lambda db: planned(db, now_ms(), wish))
        if dry_run:
            say.document(look.data) if as_json else say.line(translated(look.summary))
            return
        _ask(translated(look.summary))
    say.done(session.write(lambda tx: perform(tx, session.actor, Call("broadcast", wish), [])), as_json=as_json)


def _ask(summary: str) -> None:
    if not sys.stdin.isatty():
        raise Refused(
            "This goes to everybody, and nobody is here to be asked.",
            hint="--dry-run shows what it would be; --yes does it.",
            code="not_asked",
        )
    sys.stderr.write(f"{safe_line(summary)}. Enter sends it, n leaves: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("", "y", "yes"):
        raise Refused("Nothing was sent.")
