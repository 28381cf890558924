"""Verbs about the workspace itself: init, serve, doctor, config, demo."""

from __future__ import annotations

import sys
from typing import Any

import click

from unibox_tui.cli import args, say
from unibox_tui.cli.session import Session
from unibox_tui.domain.errors import Conflict


@click.command()
@click.option("--group", metavar="GROUP", help="Make the store one for this Unix group: a team on one machine.")
@click.option("--force", is_flag=True, help="Write the configuration anew; the old one is kept beside it.")
@args.as_json
@click.pass_obj
def init(session: Session, group: str | None, force: bool, as_json: bool) -> None:
    """Make the folders, the store and a commented configuration."""
    from unibox_tui.config.example import example_toml
    from unibox_tui.host.files import write_atomic, write_new

    home = session.home
    home.prepare(group)
    written, old = True, None
    content = example_toml(active=False).encode()
    if home.config.exists():
        if force:
            old = home.config.with_name(home.config.name + ".old")
            write_atomic(old, home.config.read_bytes())
            write_atomic(home.config, content)
        else:
            written = False
    else:
        try:
            write_new(home.config, content)
        except FileExistsError:
            raise Conflict(f"{home.config} was made by somebody else just now.", hint="Look at it.") from None
    session.write(lambda tx: None)
    if as_json:
        say.document(
            {
                "config": str(home.config),
                "config_written": written,
                "old_config": str(old) if old else None,
                "store": str(home.database),
                "shared": home.shared,
            }
        )
        return
    say.line(f"{'Wrote' if written else 'Kept'} {home.config}")
    say.line(f"The store is {home.database}")
    say.line("Next: unibox inbox add")


@click.command()
@click.option("--once", is_flag=True, help="Fetch, send what is due, and stop.")
@click.option("--with-apps", is_flag=True, hidden=True)
@args.as_json
@click.pass_obj
def serve(session: Session, once: bool, with_apps: bool, as_json: bool) -> int:
    """Run the service: it pulls, receives, sends and wakes. One per store."""
    from unibox_tui import service

    status = service.main(session.bare_home, once=once, with_apps=with_apps)
    if as_json:
        say.document({"status": status})
    return status


@click.command()
@click.option("--headless", is_flag=True, help="Without a screen.")
@click.option("--seconds", type=click.FloatRange(min=0, min_open=True), help="Stop after so long.")
@args.as_json
@click.pass_context
def demo(ctx: click.Context, headless: bool, seconds: float | None, as_json: bool) -> int:
    """A full workspace with simulated customers, through the real connectors and the real service.

    `unibox --home DIR demo` keeps it in DIR; without, all of it is gone afterwards.
    """
    from unibox_tui.sandbox import demo as sandbox

    home = ctx.find_root().params.get("home")
    language = ctx.find_root().params.get("lang") or ""
    return sandbox.main(headless=headless, seconds=seconds, json=as_json, home=home, language=language)


@click.command()
@click.option("--fix", is_flag=True, help="Mend what may be mended without asking.")
@click.option("--thorough", is_flag=True, help="Read the whole store for damage.")
@args.as_json
@click.pass_obj
def doctor(session: Session, fix: bool, thorough: bool, as_json: bool) -> int:
    """Look at folders, modes, links, the store's schema, the service and the clock."""
    from unibox_tui.host.checks import inspect
    from unibox_tui.host.findings import Finding, Level

    home = _home_or_default(session)
    findings = inspect(home, thorough=thorough)
    if home.database.exists() and not home.config.exists():
        why = "No inbox is served without it. Put back the one there was, or `unibox init` writes an empty one."
        findings.append(Finding(Level.WARNING, f"There is no configuration {home.config}.", why))
    mended: set[int] = set()
    if fix:
        for number, finding in enumerate(findings):
            if finding.mend is not None:
                finding.mend()
                mended.add(number)
    for number, finding in enumerate(findings):
        if as_json:
            say.document(
                {
                    "level": str(finding.level),
                    "what": finding.what,
                    "why": finding.why,
                    "mendable": finding.mend is not None,
                    "mended": number in mended,
                }
            )
            continue
        way = " — mended" if number in mended else " — `unibox doctor --fix` mends it" if finding.mend else ""
        say.line(f"{finding.level}: {finding.what} {finding.why}".rstrip() + way)
    if not findings and not as_json:
        say.line("All is well.")
    left = [one for number, one in enumerate(findings) if number not in mended and one.level is Level.ERROR]
    return 1 if left else 0


def _home_or_default(session: Session) -> Any:
    """The home even when its configuration cannot be read, which is then one of the findings."""
    from unibox_tui.config import ConfigError

    try:
        return session.home
    except ConfigError as error:
        for problem in error.problems:
            sys.stderr.write(f"unibox: {problem}\n")
        return session.bare_home


@click.group()
def config() -> None:
    """The configuration file."""


@config.command()
@args.as_json
@click.pass_obj
def check(session: Session, as_json: bool) -> None:
    """Read the whole configuration and say everything that is wrong with it: file, line, key and the fix."""
    from unibox_tui.cli import keys
    from unibox_tui.config import load

    path = session.bare_home.config
    found = load(path, inboxes=True)
    keys.check(session)
    if as_json:
        say.document(
            {"path": str(path), "ok": True, "inboxes": sorted(found.inboxes), "distrust": found.distrust or None}
        )
        return
    say.line(f"{path} is fine: {len(found.inboxes)} inboxes")
    if found.distrust:
        say.line(f"But nothing that runs is taken from it: {found.distrust}")
