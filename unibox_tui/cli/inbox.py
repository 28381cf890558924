"""Verbs about inboxes."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from unibox_tui.cli import args, say
from unibox_tui.cli.session import Session
from unibox_tui.domain.errors import NotFound, Refused, WrongUse
from unibox_tui.domain.words import InboxState

if TYPE_CHECKING:
    from unibox_tui.connectors.contract import CheckReport
    from unibox_tui.connectors.settings import InboxSettings


@click.group()
def inbox() -> None:
    """Endpoints of ours: mailboxes, chat widgets, forms …"""


@inbox.command()
@click.argument("name", required=False)
@click.option("--channel", metavar="CHANNEL", help="email, livechat, form …")
@click.option(
    "--set", "given", multiple=True, metavar="KEY=VALUE", help='A setting; may be repeated. Lists: a,b or ["a"].'
)
@click.option("--secret", "secret_names", multiple=True, metavar="NAME", help="Ask for this secret, without echo.")
@click.option(
    "--secret-stdin",
    is_flag=True,
    help="Read secrets from standard input: NAME=VALUE lines, or the first secret alone.",
)
@click.option("--no-check", is_flag=True, help="Do not try the credentials.")
@args.as_json
@click.pass_obj
def add(
    session: Session,
    name: str | None,
    channel: str | None,
    given: tuple[str, ...],
    secret_names: tuple[str, ...],
    secret_stdin: bool,
    no_check: bool,
    as_json: bool,
) -> None:
    """Add an inbox: asks for what is missing, tries the credentials, stores secrets apart from the configuration."""
    from unibox_tui.cli import asking
    from unibox_tui.config import editing
    from unibox_tui.connectors import registry
    from unibox_tui.sync.registering import register

    may_ask = sys.stdin.isatty() and not secret_stdin
    channel = channel or asking.choose("Channel", tuple(registry.CHANNELS), may_ask, "--channel")
    name = name or asking.text("Name of the inbox (shop-a)", may_ask, "the name as an argument")
    if name in session.config.channels:
        raise WrongUse(f"There is an inbox {name!r} already.", hint="Choose another name, or `unibox inbox remove` it.")
    kind = registry.settings_class(channel)
    values = asking.settings(kind, asking.pairs(given, kind), may_ask)
    settings = asking.build(kind, name, {"channel": channel, **values})
    secrets = asking.secrets(kind, secret_names, from_stdin=secret_stdin, may_ask=may_ask)
    report = None
    if not no_check:
        report = _check(session, name, settings, secrets)
        if not report.ok:
            raise Refused(
                " ".join(report.notes) or "The check failed.", hint="Nothing was stored; --no-check adds it anyway."
            )
    session.home.prepare()
    chain = session.secrets()
    places = {key: chain.store(name, key, value) for key, value in secrets.items()}
    editing.add_inbox(session.home.config, name, {"channel": channel, **values})
    connector = registry.build(name, settings, chain.of_inbox(name))
    row = session.write(lambda tx: register(tx, name, settings, session.config, connector.capabilities()))
    if as_json:
        notes = list(report.notes) if report is not None else []
        say.document({**_described(row), "checked": report is not None, "notes": notes, "secrets": places})
        return
    for note in report.notes if report is not None else ():
        say.line(note)
    for key, place in places.items():
        say.line(f"{key}: kept in {place}")
    say.line(f"{name} was added to {session.home.config}")


def _check(session: Session, name: str, settings: InboxSettings, secrets: Mapping[str, str]) -> CheckReport:
    """Build the connector with these secrets before the chain's, and let it try."""
    from unibox_tui.connectors import registry

    chain = session.secrets()

    async def work() -> CheckReport:
        connector = registry.build(name, settings, lambda key: secrets.get(key) or chain.secret_of(name, key))
        try:
            report: CheckReport = await connector.check()
            return report
        finally:
            await connector.aclose()

    return asyncio.run(work())


@inbox.command("list")
@click.option("--removed", is_flag=True, help="Also those that were removed and live on as history.")
@args.as_json
@click.pass_obj
def list_(session: Session, removed: bool, as_json: bool) -> None:
    """The inboxes of this workspace."""
    from unibox_tui.store import inboxes

    rows = [_described(row) for row in session.read(lambda db: inboxes.all_inboxes(db, removed=removed))]
    known = {row["name"] for row in rows}
    waiting = [name for name in session.config.channels if name not in known]
    for name in waiting:
        rows.append(
            {**dict.fromkeys(rows[0] if rows else ("name", "channel", "state", "title", "address")), "name": name}
        )
        rows[-1] |= {"channel": session.config.channels[name], "state": "new", "title": name, "address": ""}
    if as_json:
        say.documents(rows)
        return
    say.table([[row["name"], row["channel"], row["state"], row["address"] or "", row["title"] or ""] for row in rows])


@inbox.command()
@click.argument("names", metavar="[NAME…]", nargs=-1)
@args.as_json
@click.pass_obj
def check(session: Session, names: tuple[str, ...], as_json: bool) -> None:
    """Try the credentials of these inboxes, or of all."""
    from unibox_tui.connectors.errors import ConnectorError

    configured = session.full_config.inboxes
    failed = False
    for name in names or tuple(configured):
        if name not in configured:
            raise _unknown(session, name)
        try:
            report = _check(session, name, configured[name], {})
            ok, notes = report.ok, list(report.notes)
        except ConnectorError as error:
            ok, notes = False, [f"{error.message} {error.hint}".strip()]
        failed = failed or not ok
        if as_json:
            say.document({"name": name, "ok": ok, "notes": notes})
        else:
            say.line(f"{name}: {'ok' if ok else 'failed'}")
            for note in notes:
                say.line(f"  {note}")
    if failed:
        raise click.exceptions.Exit(1)


def _state_verb(name: str, state: InboxState, help: str) -> click.Command:
    @click.command(name, help=help)
    @click.argument("inbox")
    @args.as_json
    @click.pass_obj
    def verb(session: Session, inbox: str, as_json: bool) -> None:
        from unibox_tui.store import events, inboxes

        def work(tx: Any) -> Any:
            row = inboxes.named(tx.db, inbox)
            if row.state is InboxState.REMOVED:
                raise _unknown(session, inbox)
            inboxes.set_state(tx, row.id, state)
            if row.state is not state:
                data = {"from": str(row.state), "to": str(state)}
                events.record(tx, session.actor, f"inbox.{state}", inbox=row.id, data=data)
            return inboxes.by_id(tx.db, row.id)

        row = session.write(work)
        if as_json:
            say.document(_described(row))
        else:
            say.line(f"{row.name} is {'on' if state is InboxState.ON else 'paused'}")

    return verb


pause = _state_verb("pause", InboxState.PAUSED, "Neither fetch nor send until it is resumed.")
resume = _state_verb("resume", InboxState.ON, "Fetch and send again.")
inbox.add_command(pause)
inbox.add_command(resume)


@inbox.command()
@click.argument("name")
@click.option("--keep-secrets", is_flag=True, help="Leave its passwords where they are.")
@args.as_json
@click.pass_obj
def remove(session: Session, name: str, keep_secrets: bool, as_json: bool) -> None:
    """Stop using an inbox. Its conversations stay."""
    from unibox_tui.config import editing
    from unibox_tui.connectors import registry
    from unibox_tui.connectors.settings import secret_fields
    from unibox_tui.store import inboxes

    channel = session.config.channels.get(name)
    row = session.read(lambda db: inboxes.by_name(db, name))
    if channel is None and (row is None or row.state is InboxState.REMOVED):
        raise _unknown(session, name)
    if channel is not None:
        editing.remove_inbox(session.home.config, name)
    forgotten: list[str] = []
    if channel is not None and not keep_secrets:
        chain = session.secrets()
        for key in secret_fields(registry.settings_class(channel)):
            forgotten += chain.forget(name, key)
    if row is not None:
        id = row.id
        session.write(lambda tx: inboxes.set_state(tx, id, InboxState.REMOVED))
    if as_json:
        say.document({"name": name, "state": "removed", "secrets_removed": len(forgotten)})
    else:
        say.line(f"{name} is removed; its conversations stay")


@click.command()
@args.as_json
@click.pass_obj
def health(session: Session, as_json: bool) -> None:
    """How each inbox is doing, and what to do where something is wrong."""
    import dataclasses

    from unibox_tui.domain.ids import now_ms
    from unibox_tui.views import health as view

    lines = session.read(lambda db: view.health(db, now=now_ms()))
    if as_json:
        say.documents(dataclasses.asdict(one) for one in lines)
        return
    say.table(
        [
            [
                one.name,
                view.kind(one),
                say.time(one.last_inbound_at, session.zone),
                f"{one.queued} queued, {one.unknown} unknown, {one.failed} failed, {one.quarantined} in quarantine",
                " ".join(part for part in (one.error, one.hint) if part),
            ]
            for one in lines
        ]
    )


def _described(row: Any) -> dict[str, Any]:
    return {
        "name": row.name,
        "channel": row.channel,
        "group": row.group_name,
        "title": row.title,
        "address": row.address,
        "state": str(row.state),
        "region": row.region,
        "language": row.language,
    }


def _unknown(session: Session, name: str) -> NotFound:
    known = ", ".join(session.config.channels) or "none yet; `unibox inbox add` makes one"
    return NotFound(f"No inbox is called {name!r}.", hint=f"There are: {known}.")
