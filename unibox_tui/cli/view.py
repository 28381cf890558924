"""`unibox view`: saved searches among the tabs, one's own or the team's."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from unibox_tui.cli import args, say
from unibox_tui.cli.session import Session
from unibox_tui.domain.errors import NotFound, WrongUse

if TYPE_CHECKING:
    from unibox_tui.config.views import Places, Saved


def _places(session: Session) -> Places:
    from unibox_tui.config import views

    return views.places(session.home.config_folder, session.home.store)


def _all(session: Session) -> list[Saved]:
    from unibox_tui.config import views

    return views.load(session.config, _places(session))


@click.group()
def view() -> None:
    """Saved views: list, save, rename, move, remove, hand on."""


@view.command("list")
@args.as_json
@click.pass_obj
def list_(session: Session, as_json: bool) -> None:
    """All saved views, with how many conversations each has (99+ from there on)."""
    from unibox_tui.views import lists

    rows = []
    for one in _all(session):
        count = session.read(lambda db, one=one: lists.count(db, one.whole, me=session.me, now=session.db.now(), zone=session.zone))  # type: ignore[misc]  # fmt: skip
        if as_json:
            say.document({**asdict(one), "count": count})
        else:
            rows.append((one.name, one.where, one.key, "99+" if count > 99 else str(count), one.whole))
    say.table(rows)


@view.command(context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("query", nargs=-1, required=True, type=click.UNPROCESSED)
@click.option("--title", default="", help="What the tab says; empty: the name.")
@click.option("--sort", default="", help="As in wait, closes, -created.")
@click.option("--key", default="", help="A key that opens it, as in `g 2`.")
@click.option("--column", "columns", multiple=True, help="What a row says; may be repeated.")
@click.option(
    "--colour", "colours", multiple=True, metavar="QUERY=COLOUR", help="A rule: wait>2h=red. May be repeated."
)
@click.option("--hide-empty", is_flag=True, help="No tab while nothing is in it.")
@click.option("--shared", is_flag=True, help="For the whole team.")
@args.as_json
@click.pass_obj
def save(
    session: Session,
    name: str,
    query: tuple[str, ...],
    title: str,
    sort: str,
    key: str,
    columns: tuple[str, ...],
    colours: tuple[str, ...],
    hide_empty: bool,
    shared: bool,
    as_json: bool,
) -> None:
    """Keep QUERY as a view, in the place of the one of that name."""
    from unibox_tui.config.views import Rule, Saved
    from unibox_tui.config.views import save as keep

    rules = []
    for colour in map(args.as_text, colours):
        asked, equals, shade = colour.rpartition("=")
        if not equals:
            raise WrongUse(f"{colour!r} is no rule.", hint="--colour 'wait>2h=red'")
        rules.append(Rule(asked, shade))
    words = args.as_text(" ".join(query))
    one = Saved(args.as_text(name), words, args.as_text(title), key, sort, columns, tuple(rules), hide_empty, "shared" if shared else "own")  # fmt: skip
    keep(_places(session), one)
    if as_json:
        say.document(asdict(one))
    else:
        say.line(f"{one.name}: {one.whole}")


@view.command()
@click.argument("name")
@args.as_json
@click.pass_obj
def remove(session: Session, name: str, as_json: bool) -> None:
    """Take a view away; its conversations stay."""
    from unibox_tui.config import views

    views.remove(_places(session), args.as_text(name))
    _said({"name": args.as_text(name), "removed": True}, f"{name} is gone", as_json)


@view.command()
@click.argument("name")
@click.argument("new")
@args.as_json
@click.pass_obj
def rename(session: Session, name: str, new: str, as_json: bool) -> None:
    """Another name."""
    from unibox_tui.config import views

    views.rename(_places(session), args.as_text(name), args.as_text(new))
    _said({"name": args.as_text(new), "was": args.as_text(name)}, f"{name} is {new} now", as_json)


@view.command()
@click.argument("name")
@click.argument("place", type=click.IntRange(1, 99))
@args.as_json
@click.pass_obj
def move(session: Session, name: str, place: int, as_json: bool) -> None:
    """To another place among the saved views, from 1."""
    from unibox_tui.config import views

    views.move(_places(session), args.as_text(name), place)
    _said({"name": args.as_text(name), "place": place}, f"{name} is view {place} now", as_json)


@view.command()
@click.argument("names", nargs=-1)
@args.as_json
@click.pass_obj
def export(session: Session, names: tuple[str, ...], as_json: bool) -> None:
    """Write views as TOML for somebody else: those named, else all; with --json one document a line."""
    from unibox_tui.config import views

    found = [one for one in _all(session) if not names or one.name in names]
    missing = set(map(args.as_text, names)) - {one.name for one in found}
    if missing:
        raise NotFound(f"There is no view {', '.join(sorted(missing))}.", hint="`unibox view list` shows them.")
    if as_json:
        say.documents(asdict(one) for one in found)
        return
    sys.stdout.write(views.to_text(found))


@view.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--shared", is_flag=True, help="For the whole team.")
@args.as_json
@click.pass_obj
def import_(session: Session, file: str, shared: bool, as_json: bool) -> None:
    """Take in views that somebody handed on; those of the same names are replaced."""
    from unibox_tui.config import views

    text = sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    found = views.from_text(text, Path(file), "shared" if shared else "own")
    for one in found:
        views.save(_places(session), one)
    names = [one.name for one in found]
    _said({"taken": names}, f"{len(found)} views: {', '.join(names)}", as_json)


def _said(document: dict[str, Any], line: str, as_json: bool) -> None:
    if as_json:
        say.document(document)
    else:
        say.line(line)
