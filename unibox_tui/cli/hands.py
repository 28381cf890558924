"""Verbs of the hands: what was done, what comes back, play mode."""

from __future__ import annotations

import click

from unibox_tui.cli import args, say
from unibox_tui.cli.session import Session

OPEN = "status:open,pending -is:spam sort:wait"


@click.command("undo-list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@args.as_json
@click.pass_obj
def undo_list(session: Session, limit: int, as_json: bool) -> None:
    """What you did, newest first, with what `undo --action ID` and `redo --action ID` take."""
    from unibox_tui.views import hands

    found = session.read(lambda db: hands.deeds(db, session.me, limit))
    if as_json:
        say.documents(hands.as_json(deed) for deed in found)
        return
    rows = []
    for deed in found:
        many = "" if deed.wanted is None else f"{deed.changed:,} of {deed.wanted:,}"
        state = "under way" if deed.under_way else "undone" if deed.undone_at is not None else ""
        rows.append((say.time(deed.at, session.zone), deed.id, many, state, str(deed.summary)))
    say.table(rows)


@click.command()
@args.as_json
@click.pass_obj
def snoozed(session: Session, as_json: bool) -> None:
    """What was put away and when it returns, soonest first."""
    from unibox_tui.views import hands

    found = session.read(hands.returns)
    if as_json:
        say.documents(map(hands.as_json, found))
        return
    say.table(
        [
            (say.time(line.at, session.zone), "or a reply" if line.wakes else "then only", f"#{line.id}", line.name, line.subject or line.snippet)
            for line in found
        ]
    )  # fmt: skip


@click.command()
@click.argument("query", nargs=-1)
@click.option("--after", "passed", multiple=True, metavar="CONVERSATION", help="Pass over this one; may be repeated.")
@click.option("--claim", is_flag=True, help="Only what is nobody's or yours, and take it.")
@args.as_json
@click.pass_obj
def play(session: Session, query: tuple[str, ...], passed: tuple[str, ...], claim: bool, as_json: bool) -> None:
    """The next conversation that nobody is looking at, of those QUERY finds and by its order; you are in it for a minute."""
    from unibox_tui.desk import play as playing

    words = args.as_text(" ".join(query)) or OPEN
    over = set(args.resolve(session, passed)) if passed else set()
    done = session.write(
        lambda tx: playing.next_of(tx, session.actor, words, "cli", passed=over, claim=claim, zone=session.zone)
    )
    say.done(done, as_json=as_json)


@click.command()
@args.conversation
@click.argument("why", nargs=-1, required=True)
@args.as_json
@click.pass_obj
def skip(session: Session, conversation: str, why: tuple[str, ...], as_json: bool) -> None:
    """Pass over a conversation of play mode, and say why."""
    from unibox_tui.desk.actions import Call, perform

    target = args.one(session, conversation)
    call = Call("skip", {"why": args.as_text(" ".join(why))})
    say.done(session.write(lambda tx: perform(tx, session.actor, call, [target])), as_json=as_json)
