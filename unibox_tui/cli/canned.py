"""Verbs about stored answers."""

from __future__ import annotations

from typing import Any

import click

from unibox_tui.cli import args, say
from unibox_tui.cli.session import Session


@click.group()
def canned() -> None:
    """Stored answers, found in the composer by /shortcut."""


@canned.command("list")
@args.as_json
@click.pass_obj
def list_(session: Session, as_json: bool) -> None:
    """Those of the team, your own, and those of the configuration file."""
    from unibox_tui.desk import canned as desk

    filed = [
        desk.Canned(one.shortcut, one.text, one.title, one.language or None, "", one.scope)
        for one in session.config.canned
    ]
    found = session.read(lambda db: desk.listed(db, session.me, filed))
    found.sort(key=lambda one: one.shortcut)
    if as_json:
        say.documents(
            {
                "shortcut": one.shortcut,
                "title": one.title,
                "text": one.text,
                "language": one.language,
                "scope": "team" if one.scope == "team" else "me",
                "id": one.id or None,
            }
            for one in found
        )
        return
    say.table([[f"/{one.shortcut}", one.title, " ".join(one.text.split())] for one in found])


@canned.command()
@click.argument("shortcut")
@args.words
@args.text_file
@click.option("--title", default="", help="What it is about.")
@click.option("--language", type=click.Choice(["vi", "th", "en"]), help="Only for customers of this language.")
@click.option("--own", is_flag=True, help="For yourself instead of the team.")
@args.as_json
@click.pass_obj
def add(
    session: Session,
    shortcut: str,
    text: str | None,
    file: str | None,
    title: str,
    language: str | None,
    own: bool,
    as_json: bool,
) -> None:
    """Store an answer, or replace the one of this shortcut. {name}, {given}, {title}, {agent}, {number}, {inbox} are filled in."""
    from unibox_tui.desk import canned as desk

    words = args.body(text, file)

    def work(tx: Any) -> str:
        return desk.add(
            tx, session.me, args.as_text(shortcut), words, title=args.as_text(title), language=language, own=own
        )

    id = session.write(work)
    _said(shortcut, id, "stored", as_json)


@canned.command()
@click.argument("shortcut")
@click.option("--own", is_flag=True, help="Your own instead of the team's.")
@args.as_json
@click.pass_obj
def remove(session: Session, shortcut: str, own: bool, as_json: bool) -> None:
    """Remove a stored answer."""
    from unibox_tui.desk import canned as desk

    session.write(lambda tx: desk.drop(tx, session.me, args.as_text(shortcut), own=own))
    _said(shortcut, None, "removed", as_json)


def _said(shortcut: str, id: str | None, what: str, as_json: bool) -> None:
    name = shortcut.strip().lstrip("/")
    if as_json:
        say.document({"shortcut": name, "id": id, "state": what})
    else:
        say.line(f"/{name} {what}")
