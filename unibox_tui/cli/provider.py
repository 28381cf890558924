"""Verbs that speak with a provider about inboxes: `inbox reconnect`, `inbox discover`."""

from __future__ import annotations

import os
import re
import sys
import unicodedata
from collections.abc import Container, Sequence
from typing import TYPE_CHECKING, Any

import click

from unibox_tui.cli import adding, args, say
from unibox_tui.cli.session import Session
from unibox_tui.connectors.settings import secret_owner
from unibox_tui.domain.errors import NotFound, Refused, WrongUse

if TYPE_CHECKING:
    from unibox_tui.connectors.contract import Discovered
    from unibox_tui.connectors.settings import InboxSettings


@click.command()
@click.argument("name")
@click.option("--code", metavar="CODE", help="What the provider gave after consent: the code, or the whole address.")
@args.as_json
@click.pass_obj
def reconnect(session: Session, name: str, code: str | None, as_json: bool) -> None:
    """Renew a provider's consent: prints the link to open in a browser, takes the code that comes back."""
    from unibox_tui.connectors.contract import Consents

    settings = session.full_config.inboxes.get(name)
    if settings is None:
        raise adding.unknown(session, name)
    state = _state(session, name)

    async def link(connector: Any) -> str:
        if not isinstance(connector, Consents):
            raise Refused(
                f"{name} needs no consent in a browser.", hint=f"`unibox inbox secret {name}` stores another token."
            )
        return connector.consent_url(state)

    if code is None:
        url = adding.with_connector(session, name, settings, link)
        if as_json:
            say.document({"name": name, "url": url})
            return
        say.line(f"Open this in a browser and agree: {url}")
        if not sys.stdin.isatty():
            say.line(f"Then: unibox inbox reconnect {name} --code CODE")
            return
        code = str(click.prompt("The code, or the address the browser was sent to", err=True)).strip()
    given = _code_in(code, state)

    async def take(connector: Any) -> Any:
        if not isinstance(connector, Consents):
            raise Refused(f"{name} needs no consent in a browser.")
        return await connector.take_code(given, state)

    report = adding.with_connector(session, name, settings, take)
    if not report.ok:
        raise Refused(" ".join(report.notes) or "The provider did not take the code.")
    adding.revive(session, name)
    if as_json:
        say.document({"name": name, "ok": True, "notes": list(report.notes)})
        return
    for note in report.notes:
        say.line(note)
    say.line(f"{name} is connected again")


def _state(session: Session, name: str) -> str:
    """A word that only this account could have put into the link, the same when the code comes in a second call."""
    import hashlib
    import hmac

    from unibox_tui.service.door import web_key

    return hmac.new(web_key(session.home), f"consent:{name}".encode(), hashlib.sha256).hexdigest()[:32]


def _code_in(said: str, state: str) -> str:
    """The code in an address that a browser was sent to, or the code itself. Raises WrongUse for another's answer."""
    from urllib.parse import parse_qs, urlsplit

    if "://" not in said:
        return said
    query = parse_qs(urlsplit(said).query)
    if query.get("state", [state])[0] != state:
        raise WrongUse("This address answers another request.", hint="Ask for a new link and use that one.")
    if not query.get("code"):
        raise WrongUse("There is no code in this address.", hint="It ends with code=…")
    return query["code"][0]


@click.command()
@click.option("--channel", metavar="CHANNEL", required=True, help="messenger, instagram, zalo …")
@click.option("--app", "app", metavar="APP", default="", help="The app whose token sees them: [apps.APP].")
@click.option("--app-id", metavar="ID", default="", help="Its id at the provider, for a new app.")
@click.option("--set", "given", multiple=True, metavar="KEY=VALUE", help="A setting of every inbox that is added.")
@click.option("--add", "adds", is_flag=True, help="Add all that are shown.")
@click.option("--match", metavar="TEXT", default="", help="Only those whose name or address has this.")
@click.option("--secret-stdin", is_flag=True, help="Read secrets from standard input: NAME=VALUE lines.")
@args.as_json
@click.pass_obj
def discover(
    session: Session,
    channel: str,
    app: str,
    app_id: str,
    given: tuple[str, ...],
    adds: bool,
    match: str,
    secret_stdin: bool,
    as_json: bool,
) -> None:
    """List what a token can see (Pages, numbers, accounts), and add them all with --add, each as an inbox of its own."""
    from unibox_tui.cli import asking
    from unibox_tui.config import editing
    from unibox_tui.connectors import registry
    from unibox_tui.text.fold import fold

    kind = registry.settings_class(channel)
    values = {"channel": channel, **({"app": app} if app else {}), **asking.pairs(given, kind)}
    settings = asking.build(kind, channel, values)
    wanted = tuple(name for name in kind.APP_SECRETS or kind.SECRETS)
    secrets = asking.secrets(
        kind, wanted if secret_stdin else (), from_stdin=secret_stdin, may_ask=sys.stdin.isatty(), needed=False
    )
    found = [
        one
        for one in _seen(session, settings, secrets, app, app_id)
        if fold(match) in fold(f"{one.title} {one.address}")
    ]
    known = {
        str(getattr(one, "address", "")): name
        for name, one in session.full_config.inboxes.items()
        if one.channel == channel
    }
    rows = []
    added: dict[str, tuple[dict[str, Any], Discovered]] = {}
    taken = set(session.config.channels)
    for one in found:
        name = known.get(one.address, "")
        state = "there" if name else "problem" if one.problem else "new"
        if state == "new" and adds:
            name, state = name_for(one.title or one.address, channel, taken), "added"
            taken.add(name)
            added[name] = ({**values, "title": one.title, **one.settings}, one)
        rows.append({"address": one.address, "title": one.title, "inbox": name, "state": state, "problem": one.problem})
    if added:
        session.home.prepare()
        chain = session.secrets()
        for key, value in secrets.items():
            chain.store(secret_owner(channel, settings, key), key, value)
        for name, (own, one) in added.items():
            checked = asking.build(kind, name, own)
            for key, value in one.secrets.items():
                chain.store(secret_owner(name, checked, key), key, value)
        apps = {app: {"channel": channel, "id": app_id}} if app else {}
        editing.add_inboxes(session.home.config, {name: own for name, (own, _) in added.items()}, apps)
    if as_json:
        say.documents(rows)
        return
    say.table([[row["address"], row["state"], row["inbox"], row["title"], row["problem"]] for row in rows])
    if added:
        say.line(f"{len(added)} added to {session.home.config}")


def _seen(
    session: Session, settings: InboxSettings, secrets: dict[str, str], app: str, app_id: str
) -> Sequence[Discovered]:
    from unibox_tui.connectors.contract import Discovers

    if app and app not in session.config.apps and not app_id:
        raise NotFound(
            f"There is no [apps.{app}] in {session.home.config}.", hint="Give its id at the provider: --app-id ID"
        )

    async def work(connector: Any) -> Sequence[Discovered]:
        if not isinstance(connector, Discovers):
            raise Refused(
                f"The channel {settings.channel} cannot list its endpoints.", hint="`unibox inbox add` adds one."
            )
        return await connector.discover()

    return adding.with_connector(session, f"new-{settings.channel}", settings, work, secrets=secrets, app_id=app_id)


def name_for(title: str, channel: str, taken: Container[str]) -> str:
    """A name the configuration takes, from what the provider calls it: Shop Áo Đẹp -> shop-ao-dep."""
    plain = unicodedata.normalize("NFKD", title.replace("đ", "d").replace("Đ", "D"))
    words = re.findall(r"[a-z0-9]+", plain.encode("ascii", "ignore").decode().lower())
    base = "-".join(words)[:40].strip("-") or channel
    name, number = base, 2
    while name in taken or name.startswith("app."):
        name, number = f"{base}-{number}", number + 1
    return name


@click.group()
def webhook() -> None:
    """What providers post to us."""


@webhook.command()
@click.argument("files", metavar="FILE…", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False))
@click.option("--inbox", "name", metavar="NAME", required=True, help="The inbox it is for, or one of its app.")
@click.option(
    "--headers", "headers_file", type=click.Path(exists=True, dir_okay=False), help="Its headers: NAME: VALUE lines."
)
@click.option("--no-verify", is_flag=True, help="Do not check the signature.")
@args.as_json
@click.pass_obj
def replay(
    session: Session, files: tuple[str, ...], name: str, headers_file: str | None, no_verify: bool, as_json: bool
) -> None:
    """Run recorded bodies through the real path, inert, and print the events and rows they lead to."""
    from unibox_tui.sync.importing.recorded import replay_body

    config = session.full_config
    if name not in config.inboxes:
        raise adding.unknown(session, name)
    headers = _headers(headers_file) if headers_file else {}
    failed = False
    for file in files:
        with open(file, "rb") as opened:
            body = opened.read()

        async def work(connector: Any, body: bytes = body) -> list[dict[str, Any]]:
            return await replay_body(
                session.db,
                config,
                name,
                connector,
                body,
                headers,
                session.media,
                verify=not no_verify,
                reader=lambda other: _reader(session, other),
            )

        for result in adding.with_connector(session, name, config.inboxes[name], work):
            failed = failed or result["outcome"] == "quarantined"
            if as_json:
                say.document({"file": os.fspath(file), **result})
                continue
            say.line(f"{file}  {result['inbox'] or '-'}  {result['outcome']}  {result['reason']}".rstrip())
            for event in result["events"]:
                say.line(f"  {event['kind']}  {event['outcome']}  {event['message'] or ''}".rstrip())
    if failed:
        raise click.exceptions.Exit(1)


def _reader(session: Session, name: str) -> Any:
    """A connector that only reads."""
    import dataclasses

    from unibox_tui.connectors import registry
    from unibox_tui.connectors.contract import App
    from unibox_tui.connectors.offline import offline_tools
    from unibox_tui.service.tooling import secrets_of

    config = session.full_config
    settings = config.inboxes[name]
    app = config.apps.get(getattr(settings, "app", ""))
    known = App(getattr(settings, "app", ""), app.channel, app.id, app.api) if app is not None else None
    tools = dataclasses.replace(offline_tools(), app=known)
    return registry.build(name, settings, secrets_of(session.secrets(), name, settings), tools=lambda: tools)


def _headers(path: str) -> dict[str, str]:
    """Lower-case names. Raises WrongUse naming the line."""
    found = {}
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            key, colon, value = line.partition(":")
            if not colon:
                raise WrongUse(f"{path}:{number}: this is no header.", hint="NAME: VALUE")
            found[key.strip().lower()] = value.strip()
    return found
