"""What answering cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from unibox_tui.cli import args, say
from unibox_tui.cli.session import Session
from unibox_tui.domain.errors import WrongUse
from unibox_tui.domain.saying import say as says

if TYPE_CHECKING:
    from unibox_tui.store.costs import Sum


@click.command()
@click.option(
    "--by", type=click.Choice(["channel", "inbox", "agent", "customer"]), default="channel", show_default=True
)
@click.option("--since", metavar="TIME", default="30d", show_default=True, help="2026-11-01, 1/11, yesterday, 30d …")
@click.option("--until", metavar="TIME", help="Not that day itself; empty: now.")
@args.as_json
@click.pass_obj
def costs(session: Session, by: Any, since: str, until: str | None, as_json: bool) -> None:
    """What our answers cost, as far as the providers told, else as expected; the dearest first."""
    from unibox_tui.store import costs as kept

    start = _time(session, since)
    end = _time(session, until) if until else None
    found = session.read(lambda db: kept.sums(db, by, since=start, until=end))
    if as_json:
        say.documents(_document(one, by) for one in found)
        return
    say.table([[one.key or "–", _amount(one), f"{one.messages}", f"{one.free}", f"{one.unknown}"] for one in found])


def _time(session: Session, said: str) -> int:
    from unibox_tui.domain.ids import now_ms
    from unibox_tui.domain.query import span
    from unibox_tui.views.query import values

    moment = values.moment(said)
    if moment is None:
        raise WrongUse(says("“{said}” is no time.", said=said), hint="2026-11-01, 1/11, yesterday, 30d …")
    return span(moment, now_ms())[0]


def _document(one: Sum, by: str) -> dict[str, Any]:
    from unibox_tui.domain.money import MICRO

    return {
        by: one.key,
        "amount": one.amount / MICRO,
        "currency": one.currency or None,
        "messages": one.messages,
        "free": one.free,
        "unknown": one.unknown,
    }


def _amount(one: Sum) -> str:
    from unibox_tui.domain.money import MICRO

    return f"{one.amount / MICRO:,.4f}".rstrip("0").rstrip(".") + (f" {one.currency}" if one.currency else "")
