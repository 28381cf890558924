"""Verbs about inboxes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from unibox_tui.cli import adding, args, provider, say
from unibox_tui.cli.adding import described, try_out, unknown
from unibox_tui.cli.session import Session
from unibox_tui.domain.words import InboxState

if TYPE_CHECKING:
    from unibox_tui.views.models import HealthLine


@click.group()
def inbox() -> None:
    """Endpoints of ours: mailboxes, chat widgets, forms …"""


inbox.add_command(adding.add)
inbox.add_command(adding.secret)
inbox.add_command(provider.reconnect)
inbox.add_command(provider.discover)


@inbox.command("list")
@click.option("--removed", is_flag=True, help="Also those that were removed and live on as history.")
@args.as_json
@click.pass_obj
def list_(session: Session, removed: bool, as_json: bool) -> None:
    """The inboxes of this workspace."""
    from unibox_tui.domain.ids import now_ms
    from unibox_tui.store import inboxes
    from unibox_tui.views import health as view

    doing = {one.inbox_id: one for one in session.read(lambda db: view.health(db, now=now_ms()))}
    rows = [
        described(row) | view.standing(doing.get(row.id))
        for row in session.read(lambda db: inboxes.all_inboxes(db, removed=removed))
    ]
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
            raise unknown(session, name)
        try:
            replaced: dict[str, str] = {}
            report = try_out(session, name, configured[name], replaced)
            for key, value in replaced.items():
                session.secrets().store(name, key, value)
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
                raise unknown(session, inbox)
            inboxes.set_state(tx, row.id, state)
            if row.state is not state:
                data = {"from": str(row.state), "to": str(state)}
                events.record(tx, session.actor, f"inbox.{state}", inbox=row.id, data=data)
            return inboxes.by_id(tx.db, row.id)

        row = session.write(work)
        if as_json:
            say.document(described(row))
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
        raise unknown(session, name)
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
                " ".join(part for part in (_counts(one), _quiet(one), one.error, one.hint) if part),
            ]
            for one in lines
        ]
    )


def _quiet(line: HealthLine) -> str:
    return "Quieter than its rhythm: is it still connected?" if line.quiet_since is not None else ""


def _counts(line: HealthLine) -> str:
    """What is not nothing."""
    counts = {
        "queued": line.queued,
        "unknown": line.unknown,
        "failed": line.failed,
        "in quarantine": line.quarantined,
        "forged": line.forged,
        "errors in an hour": line.errors_1h,
    }
    said = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    return f"{said}." if said and line.error else said
