"""Verbs about what came in and could not be read."""

from __future__ import annotations

import sys
from typing import Any

import click

from unibox_tui.cli import args, say
from unibox_tui.cli.session import Session
from unibox_tui.domain.errors import Refused


@click.group()
def quarantine() -> None:
    """What came in and could not be read; kept as received."""


@quarantine.command("list")
@click.option("--inbox", metavar="NAME", help="Of this inbox only.")
@args.as_json
@click.pass_obj
def list_(session: Session, inbox: str | None, as_json: bool) -> None:
    """Newest first."""
    from unibox_tui.store import inboxes
    from unibox_tui.views import quarantine as view

    def work(db: Any) -> tuple[Any, ...]:
        return view.quarantine(db, inbox=inboxes.named(db, inbox).id if inbox is not None else None)

    lines = session.read(work)
    if as_json:
        say.documents(view.as_json(one) for one in lines)
        return
    say.table([[one.id, say.time(one.received_at, session.zone), one.inbox, one.place, one.error] for one in lines])


@quarantine.command()
@click.argument("id")
@click.option("--raw", is_flag=True, help="Only the bytes as they were received.")
@args.as_json
@click.pass_obj
def show(session: Session, id: str, raw: bool, as_json: bool) -> None:
    """One payload: what is wrong with it, its headers and its beginning."""
    from unibox_tui.views import quarantine as view

    kept = session.read(lambda db: view.kept(db, id))
    body = kept.body
    if body is None and kept.segment is not None:
        from unibox_tui.sync.raw import from_segment

        body = from_segment(session.home.raw, kept.segment, kept.line.id)
    if raw:
        if sys.stdout.isatty():
            raise Refused("These bytes are not for a terminal.", hint="Send them to a file: … --raw > payload")
        sys.stdout.buffer.write(body or b"")
        return
    words = (body or b"").decode("utf-8", "replace")
    if as_json:
        say.document({**view.as_json(kept.line), "headers": kept.headers, "body": words})
        return
    say.line(f"{kept.line.id}  {kept.line.inbox}  {kept.line.place}")
    say.line(kept.line.error)
    for name, value in kept.headers.items():
        say.line(f"{name}: {value}")
    say.line()
    say.text(words[:4_000])


@quarantine.command()
@click.argument("ids", metavar="ID…", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All that are there.")
@args.as_json
@click.pass_obj
def replay(session: Session, ids: tuple[str, ...], everything: bool, as_json: bool) -> None:
    """Read it again; what can be read now leaves quarantine, as history: nobody is notified, nothing is answered."""
    from unibox_tui.sync.importing.replay import replay as again
    from unibox_tui.views import quarantine as view

    if everything == bool(ids):
        raise click.UsageError("Name payloads, or --all.")
    known = ids or tuple(one.id for one in session.read(lambda db: view.quarantine(db, limit=1_000_000)))
    results = []
    for id in known:
        result = again(session.db, id, session.full_config, session.secrets(), session.media)
        results.append(result)
        if as_json:
            say.document(result)
        else:
            say.line(f"{result['id']}  {result['outcome']}  {result['reason']}".rstrip())
    if any(result["outcome"] == "quarantined" for result in results):
        raise click.exceptions.Exit(1)


@quarantine.command()
@click.argument("ids", metavar="ID…", nargs=-1, required=True)
@args.as_json
@click.pass_obj
def dismiss(session: Session, ids: tuple[str, ...], as_json: bool) -> None:
    """Put it out of sight; it goes with the old payloads after thirty days."""
    from unibox_tui.store import asked, raw_events

    for id in ids:

        def work(tx: Any, id: str = id) -> str:
            row = raw_events.get(tx.db, id)
            if row["state"] != "quarantined":
                raise Refused(f"{row['id']} is not in quarantine but {row['state']}.")
            if row["source"] == raw_events.DELETION:
                asked.settled(tx, session.actor, row)
            else:
                raw_events.dismiss(tx, row["id"])
            return str(row["id"])

        gone = session.write(work)
        if as_json:
            say.document({"id": gone, "state": "dismissed"})
        else:
            say.line(f"{gone} dismissed")
