"""Verbs that take settings and secrets of inboxes: `inbox add`, `inbox secret`. Nothing is kept that was not tried."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import click

from unibox_tui.cli import args, say
from unibox_tui.cli.session import Session
from unibox_tui.connectors.settings import secret_owner
from unibox_tui.domain.errors import NotFound, Refused, WrongUse

if TYPE_CHECKING:
    from unibox_tui.connectors.contract import CheckReport
    from unibox_tui.connectors.settings import InboxSettings
    from unibox_tui.host.secrets import Secrets

T = TypeVar("T")

_secret_stdin = click.option(
    "--secret-stdin",
    is_flag=True,
    help="Read secrets from standard input: NAME=VALUE lines, or the first secret alone.",
)
_no_check = click.option("--no-check", is_flag=True, help="Do not try the credentials.")


def _refuse_others_store(session: Session) -> None:
    """The service reads settings and secrets of the account it runs as; ours it would never see."""
    from unibox_tui.host.paths import agent_name

    home = session.home
    if not home.owned_by_us():
        owner = agent_name(home.store.stat().st_uid)
        raise Refused(
            f"{home.store} is served by the account {owner}: inboxes and their secrets are kept there.",
            hint=f"Ask its keeper, or: sudo -u {owner} unibox --home … inbox add",
            code="others_store",
        )


@click.command()
@click.argument("name", required=False)
@click.option("--channel", metavar="CHANNEL", help="email, livechat, form …")
@click.option(
    "--set", "given", multiple=True, metavar="KEY=VALUE", help='A setting; may be repeated. Lists: a,b or ["a"].'
)
@click.option("--secret", "secret_names", multiple=True, metavar="NAME", help="Ask for this secret, without echo.")
@_secret_stdin
@_no_check
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
    """Add an inbox: asks for what is missing, tries the credentials, stores secrets apart from the configuration.

    --set secret_command="pass show shop" names a program that prints the secrets instead.
    """
    from unibox_tui.cli import asking
    from unibox_tui.config import editing
    from unibox_tui.connectors import registry
    from unibox_tui.sync.registering import register

    _refuse_others_store(session)
    may_ask = sys.stdin.isatty() and not secret_stdin
    channel = channel or asking.choose("Channel", tuple(registry.CHANNELS), may_ask, "--channel")
    kind = registry.settings_class(channel)
    if name is None:
        name = asking.inbox_name(session.config.channels, may_ask)
    editing.refuse_bad_name(name, session.config.channels)
    told, command = asking.command_apart(given)
    values = asking.settings(kind, asking.pairs(told, kind), may_ask)
    settings = asking.build(kind, name, {"channel": channel, **values})
    wanted = secret_names or (() if command else settings.secrets_asked)
    secrets = asking.secrets(kind, wanted, from_stdin=secret_stdin, may_ask=may_ask, needed=bool(secret_names))
    report = None
    while not no_check:
        report = try_out(session, name, settings, secrets, command)
        if report.ok or report.unagreed:
            break
        if not may_ask:
            raise Refused(_reason(report), hint="Nothing was stored; --no-check adds it anyway.")
        click.echo(_reason(report), err=True)
        change = asking.what_to_change(kind, values)
        if change == asking.STOP:
            raise Refused("The inbox was not added.", hint="Nothing was stored.")
        if change == asking.ANYWAY:
            break
        if change in settings.SECRETS:
            secrets.update(asking.secrets(kind, (change,), from_stdin=False, may_ask=True))
        else:
            values = asking.settings(kind, asking.again(kind, change, values), may_ask)
            settings = asking.build(kind, name, {"channel": channel, **values})
    session.home.prepare()
    chain = session.secrets()
    extra = {"secret_command": list(command)} if command else {}
    places = _store(chain, name, settings, secrets)
    try:
        editing.add_inbox(session.home.config, name, {"channel": channel, **values, **extra})
    except BaseException:
        for key in places:
            if secret_owner(name, settings, key) == name:
                chain.forget(name, key)
        raise

    async def able(connector: Any) -> Any:
        return connector.capabilities()

    can = with_connector(session, name, settings, able)
    row = session.write(lambda tx: register(tx, name, settings, session.config, can))
    if as_json:
        notes = list(report.notes) if report is not None else []
        say.document({**described(row), "checked": report is not None, "notes": notes, "secrets": places})
        return
    for note in report.notes if report is not None else ():
        say.line(note)
    _say_places(places)
    say.line(f"{name} was added to {session.home.config}")


@click.command()
@click.argument("name")
@click.argument("secret_names", metavar="[SECRET…]", nargs=-1)
@_secret_stdin
@_no_check
@args.as_json
@click.pass_obj
def secret(
    session: Session,
    name: str,
    secret_names: tuple[str, ...],
    secret_stdin: bool,
    no_check: bool,
    as_json: bool,
) -> None:
    """Store another password or token for an inbox there is: asked without echo, tried, and used at once."""
    from unibox_tui.cli import asking

    settings = session.full_config.inboxes.get(name)
    if settings is None:
        raise unknown(session, name)
    may_ask = sys.stdin.isatty() and not secret_stdin
    wanted = secret_names or settings.secrets_asked or settings.SECRETS[:1]
    secrets = asking.secrets(type(settings), wanted, from_stdin=secret_stdin, may_ask=may_ask)
    if not secrets:
        raise WrongUse("No secret was given.", hint="Nothing was changed.")
    report = None if no_check else try_out(session, name, settings, secrets)
    if report is not None and not (report.ok or report.unagreed):
        raise Refused(_reason(report), hint="Nothing was stored; --no-check stores it anyway.")
    places = _store(session.secrets(), name, settings, secrets)
    revive(session, name)
    if as_json:
        say.document({"name": name, "checked": report is not None, "secrets": places})
        return
    _say_places(places)


def revive(session: Session, name: str) -> None:
    """An inbox that waited for a person tries again at once."""
    from unibox_tui.domain.words import InboxState
    from unibox_tui.store import inboxes, outbox

    def unbreak(tx: Any) -> None:
        row = inboxes.by_name(tx.db, name)
        if row is not None and row.state is InboxState.BROKEN:
            inboxes.set_state(tx, row.id, InboxState.ON)
            inboxes.health(tx, row.id, error=None, hint=None, error_since=None)
            outbox.at_once(tx, row.id)

    session.write(unbreak)


def try_out(
    session: Session,
    name: str,
    settings: InboxSettings,
    secrets: dict[str, str],
    command: tuple[str, ...] = (),
) -> CheckReport:
    """Build the connector with these secrets before the chain's, and let it try. A token that the provider gives instead
    of one of them is put in its place."""
    chain = _chain(session, name, command)

    async def work(connector: Any) -> CheckReport:
        report: CheckReport = await connector.check()
        return report

    return with_connector(session, name, settings, work, chain=chain, secrets=secrets)


def with_connector(
    session: Session,
    name: str,
    settings: InboxSettings,
    work: Callable[[Any], Awaitable[T]],
    *,
    chain: Secrets | None = None,
    secrets: dict[str, str] | None = None,
    app_id: str = "",
) -> T:
    """Build the connector of one inbox, hand it to `work`, close it. `secrets` are believed before the chain's and take
    what the provider gives; without them that is stored. `app_id`: of an app that the configuration does not have yet."""
    from unibox_tui.connectors import registry
    from unibox_tui.service.tooling import Toolbox, secrets_of

    known = chain or session.secrets()
    stored = secrets_of(known, name, settings)
    at_hand = secrets if secrets is not None else {}

    def keep(key: str, value: str) -> None:
        if secrets is not None:
            secrets[key] = value
        else:
            known.store(name, key, value)

    async def run() -> T:
        toolbox = Toolbox(session.home)
        connector = registry.build(
            name,
            settings,
            lambda key: at_hand.get(key) or stored(key),
            keep,
            lambda: toolbox.tools(name, settings, session.config, keep, app_id),
        )
        try:
            return await work(connector)
        finally:
            await connector.aclose()
            await toolbox.aclose()

    return asyncio.run(run())


def _store(chain: Secrets, name: str, settings: InboxSettings, secrets: Mapping[str, str]) -> dict[str, str]:
    """Secret -> where it is kept now."""
    return {key: chain.store(secret_owner(name, settings, key), key, value) for key, value in secrets.items()}


def _chain(session: Session, name: str, command: tuple[str, ...]) -> Secrets:
    """The workspace's, with the program of an inbox that the configuration does not have yet."""
    if not command:
        return session.secrets()
    from unibox_tui.host.secrets import Secrets

    config = session.config
    commands = {**config.secret_commands, name: command}
    return Secrets(session.home.config_folder, commands=commands, use_keyring=config.secrets.keyring)


def described(row: Any) -> dict[str, Any]:
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


def unknown(session: Session, name: str) -> NotFound:
    known = ", ".join(session.config.channels)
    hint = f"There are: {known}." if known else "There is none yet; `unibox inbox add` makes one."
    return NotFound(f"No inbox is called {name!r}.", hint=hint)


def _say_places(places: Mapping[str, str]) -> None:
    for key, place in places.items():
        say.line(f"{key}: kept in {place}")


def _reason(report: CheckReport) -> str:
    return " ".join(report.notes) or "The check failed."
