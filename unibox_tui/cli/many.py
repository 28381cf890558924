"""One verb on many conversations: named, or found by a query; asked once, in short transactions, stopped by Ctrl-C."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from unibox_tui.cli import args, say
from unibox_tui.domain.errors import Refused, WrongUse

if TYPE_CHECKING:
    from unibox_tui.cli.session import Session
    from unibox_tui.desk.done import Done
    from unibox_tui.desk.undo import Walk

INTERRUPTED = 130
_OTHERS_S = 0.002  # between two transactions, so that others come in
_SHOWN_EVERY_S = 0.2


def by_query(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--query`, `--dry-run` and `--yes` of a verb that works on many."""
    options = (
        click.option("--query", metavar="QUERY", help="All conversations that this finds, instead of naming them."),
        click.option("--dry-run", is_flag=True, help="Say how many it would be, and do nothing."),
        click.option("--yes", is_flag=True, help="Do not ask."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def act(
    session: Session,
    verb: str,
    named: Sequence[str],
    *,
    query: str | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
    **arguments: Any,
) -> int:
    """Perform one action of the desk on all of them and say what it did. Returns the exit status."""
    from unibox_tui.desk import bulk
    from unibox_tui.desk.actions import Call, perform

    targets = _targets(session, named, query)
    if dry_run:
        _dry_run(verb, targets, as_json=as_json)
        return 0
    call = Call(verb, arguments)
    if query is None and len(targets) <= bulk.FROM:
        say.done(session.write(lambda tx: perform(tx, session.actor, call, targets)), as_json=as_json)
        return 0
    work = bulk.of(call, targets)
    if not targets:
        raise Refused("The query finds no conversation.", hint="`unibox ls QUERY` shows what it finds.")
    if not yes:
        _ask(verb, len(targets))
    status = 0
    shown = _Progress(len(targets))
    try:
        while not work.ended:
            before = work
            work = session.write(lambda tx: bulk.step(tx, session.actor, before))  # noqa: B023  it is called at once
            shown.at(work.at)
            time.sleep(_OTHERS_S)
    except KeyboardInterrupt:
        status = INTERRUPTED
        session.write(lambda tx: bulk.stop(tx, work))
    shown.over()
    say.done(bulk.done(work), as_json=as_json, more={"stopped": bool(status)})
    return status


def relabel(session: Session, name: str, into: str | None, *, as_json: bool) -> int:
    """Make a label one with another, or (`into` None) take it off everything."""
    from unibox_tui.desk import bulk, label_bulk

    def one(tx: Any, work: label_bulk.Relabel) -> label_bulk.Relabel:
        with bulk.Budget().spend() as enough:
            return label_bulk.step(tx, session.actor, work, enough)

    work = session.read(lambda db: label_bulk.of(db, name, into))
    shown = _Progress(work.total)
    status = 0
    try:
        while not work.ended:
            before = work
            work = session.write(lambda tx: one(tx, before))  # noqa: B023  it is called at once
            shown.at(work.at)
            time.sleep(_OTHERS_S)
    except KeyboardInterrupt:
        status = INTERRUPTED
        session.write(lambda tx: label_bulk.stop(tx, work))
    shown.over()
    say.done(label_bulk.done(work), as_json=as_json, more={"stopped": bool(status)})
    return status


def walk(session: Session, action: str | None, *, backwards: bool, as_json: bool) -> int:
    """Undo or redo, however much it was."""
    from unibox_tui.desk import bulk, undo

    def one(tx: Any, going: Walk) -> Walk:
        with bulk.Budget().spend() as enough:
            return undo.step(tx, session.actor, going, enough)

    going = session.write(lambda tx: undo.begin(tx, session.actor, action, backwards=backwards))
    shown = _Progress(going.total)
    status = 0
    try:
        while going.done is None:
            before = going
            going = session.write(lambda tx: one(tx, before))  # noqa: B023  it is called at once
            shown.at(going.at)
    except KeyboardInterrupt:
        status = INTERRUPTED
    shown.over()
    ended: Done = going.done or session.write(lambda tx: undo.broken_off(going, tx))
    say.done(ended, as_json=as_json)
    return status


def _targets(session: Session, named: Sequence[str], query: str | None) -> list[int]:
    if query is None:
        return args.resolve(session, named)
    if named:
        raise WrongUse("Either conversations or --query.")
    from unibox_tui.views import lists

    words = args.as_text(query)
    return session.read(lambda db: list(lists.ids(db, words, me=session.me, now=session.db.now(), zone=session.zone)))


def _dry_run(verb: str, targets: Sequence[int], *, as_json: bool) -> None:
    if as_json:
        say.document({"verb": verb, "matched": len(targets), "conversations": list(targets[:100]), "changed": 0})
        return
    first = ", ".join(f"#{id}" for id in targets[:10])
    say.line(f"{verb}: {len(targets):,} conversations{': ' if first else ''}{first}{' …' if len(targets) > 10 else ''}")


def _ask(verb: str, count: int) -> None:
    if not sys.stdin.isatty():
        raise Refused(
            f"{verb}: {count:,} conversations, and nobody is here to be asked.",
            hint="--dry-run shows which; --yes does it.",
            code="not_asked",
        )
    sys.stderr.write(f"{verb} {count:,} conversations? Enter does it, n leaves: ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("", "y", "yes"):
        raise Refused("Nothing was done.")


class _Progress:
    """Count, rate and time left, on one line of a terminal's stderr."""

    def __init__(self, total: int) -> None:
        self.total = total
        self._began = self._said = time.monotonic()
        self._written = False

    def at(self, done: int) -> None:
        now = time.monotonic()
        if not sys.stderr.isatty() or now - self._said < _SHOWN_EVERY_S:
            return
        self._said, self._written = now, True
        rate = done / max(now - self._began, 0.001)
        left = (self.total - done) / max(rate, 0.001)
        sys.stderr.write(f"\r{done:,} of {self.total:,}  {rate:,.0f}/s  {left:.0f} s left  Ctrl-C stops \033[K")
        sys.stderr.flush()

    def over(self) -> None:
        if self._written:
            sys.stderr.write("\r\033[K")
            sys.stderr.flush()
