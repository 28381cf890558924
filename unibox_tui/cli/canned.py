"""Verbs about stored answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from unibox_tui.cli import args, say
from unibox_tui.cli.session import Session
from unibox_tui.domain.errors import NotFound, WrongUse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from unibox_tui.desk.canned import Canned

_language = click.option(
    "--language", type=click.Choice(["vi", "th", "en"]), help="Only for customers of this language."
)
_FORMATS = (".toml", ".csv")


@click.group()
def canned() -> None:
    """Stored answers, found in the composer by /shortcut.

    In their texts {given}, {customer}, {title} … are filled in, {if title=chị}…{else}…{end} chooses, {|size} is a hole to
    fill by hand, {|} a place for the caret, a line of --- begins another message.
    """


def filed(session: Session) -> list[Canned]:
    """Those of the configuration file; paths of their files as they lie beside it."""
    from unibox_tui.desk.canned import Canned

    folder = (session.config.path or session.bare_home.config).parent
    return [
        Canned(
            one.shortcut,
            one.text,
            one.title,
            one.language or None,
            "",
            one.scope,
            one.group,
            dict(one.variants),
            one.buttons,
            tuple(str(folder / file) for file in one.files),
        )
        for one in session.config.canned
    ]


def every(session: Session) -> list[Canned]:
    from unibox_tui.desk import canned as desk

    found = session.read(lambda db: desk.listed(db, session.me, filed(session)))
    return sorted(found, key=lambda one: (one.group, one.shortcut, one.language or ""))


@canned.command("list")
@click.argument("words", required=False)
@args.as_json
@click.pass_obj
def list_(session: Session, words: str | None, as_json: bool) -> None:
    """Those of the team, the inboxes, your own, and those of the configuration file; those that hold WORDS."""
    from unibox_tui.desk import canned as desk

    found = every(session)
    if words:
        found = desk.matching(found, args.as_text(words))
    if as_json:
        say.documents(_document(one) for one in found)
        return
    rows = [[f"/{one.shortcut}", _scope(one), one.group, one.title, " ".join(one.text.split())] for one in found]
    say.table(rows)


@canned.command()
@click.argument("shortcut")
@click.option("--for", "conversation", metavar="CONVERSATION", help="As it would go to this customer now.")
@args.as_json
@click.pass_obj
def show(session: Session, shortcut: str, conversation: str | None, as_json: bool) -> None:
    """Show one with its variants; with --for, what would be sent, and which variant that is."""

    if conversation is None:
        found = [one for one in every(session) if one.shortcut == args.as_text(shortcut).lstrip("/")]
        if not found:
            raise NotFound(
                f"There is no canned reply /{shortcut.lstrip('/')}.", hint="`unibox canned list` shows them."
            )
        if as_json:
            say.documents(_document(one) for one in found)
            return
        for one in found:
            say.line(f"/{one.shortcut}  {_scope(one)}  {one.language or ''}  {one.title}".rstrip())
            for kind, text in {"": one.text, **one.variants}.items():
                if kind:
                    say.line(f"   [{kind}]")
                say.text(text)
        return
    made = prepared(session, args.one(session, conversation), args.as_text(shortcut))
    if as_json:
        say.document(
            {**_document(made.entry), "text": made.text, "variant": made.variant or None, "missing": made.missing}
        )
        return
    if made.variant:
        say.line(f"[{made.variant}]")
    say.text(made.text)
    if made.missing:
        say.line(f"   needs {', '.join(made.missing)}")


def prepared(session: Session, conversation: int, shortcut: str, inbox: str | None = None) -> Any:
    """One as it would go in this conversation through this inbox, or the one an answer would take. A `desk.canned.Ready`."""
    from unibox_tui.desk import canned as desk
    from unibox_tui.store import inboxes
    from unibox_tui.views.ways import ways

    def read(db: Any) -> desk.Ready:
        offered = ways(db, conversation, now=session.db.now())
        name = inbox or (offered[0].inbox if offered else None)
        kind = desk.kind_of(inboxes.named(db, name).capabilities) if name else "chat"
        known = desk.variables(db, conversation, session.me, particle=session.config.ui.particle)
        entries = desk.listed(db, session.me, filed(session), inbox=name, language=known["language"] or None)
        return desk.ready(desk.named(entries, shortcut), known, kind)

    return session.read(read)


@canned.command("save")
@click.argument("shortcut")
@args.words
@args.text_file
@click.option("--title", default="", help="What it is about.")
@_language
@click.option("--own", is_flag=True, help="For yourself instead of the team.")
@click.option("--inbox", metavar="NAME", help="Only for answers through this inbox.")
@click.option("--group", default="", help="The group it is listed under.")
@click.option("--chat", default="", help="Another text for chats.")
@click.option("--sms", default="", help="Another text for SMS.")
@click.option("--mail", default="", help="Another text for mails.")
@click.option("--button", "buttons", multiple=True, help="A quick reply; numbered lines where the channel has none.")
@args.attach
@args.as_json
@click.pass_obj
def save(
    session: Session,
    shortcut: str,
    text: str | None,
    file: str | None,
    title: str,
    language: str | None,
    own: bool,
    inbox: str | None,
    group: str,
    chat: str,
    sms: str,
    mail: str,
    buttons: tuple[str, ...],
    attach: tuple[str, ...],
    as_json: bool,
) -> None:
    """Store an answer, or replace the one of this shortcut, scope and language."""
    from unibox_tui.desk.canned import Canned

    if own and inbox:
        raise WrongUse("Either --own or --inbox.")
    variants = {"chat": args.as_text(chat), "sms": args.as_text(sms), "mail": args.as_text(mail)}
    entry = Canned(
        args.as_text(shortcut),
        args.body(text, file, needed=not attach),
        args.as_text(title),
        language,
        scope="me" if own else f"inbox:{inbox}" if inbox else "team",
        group=args.as_text(group),
        variants={kind: words for kind, words in variants.items() if words},
        buttons=tuple(args.as_text(button) for button in buttons),
        files=attach,
    )
    _said(shortcut, _stored(session, [entry])[0], "stored", as_json)


canned.add_command(save, "add")


@canned.command()
@click.argument("shortcut")
@click.option("--own", is_flag=True, help="Your own instead of the team's.")
@click.option("--inbox", metavar="NAME", help="The one of this inbox.")
@_language
@args.as_json
@click.pass_obj
def remove(session: Session, shortcut: str, own: bool, inbox: str | None, language: str | None, as_json: bool) -> None:
    """Remove a stored answer, of all languages unless one is named."""
    from unibox_tui.desk.actions import Call, perform

    scope = "me" if own else f"inbox:{inbox}" if inbox else "team"
    call = Call("canned_remove", {"shortcut": args.as_text(shortcut), "scope": scope, "language": language})
    session.write(lambda tx: perform(tx, session.actor, call, ()))
    _said(shortcut, None, "removed", as_json)


@canned.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@args.as_json
@click.pass_obj
def import_(session: Session, file: str, as_json: bool) -> None:
    """Take in answers from a .toml or .csv file, all or none; those of the same shortcut, scope and language are replaced."""
    from unibox_tui.desk import canned_exchange as exchange

    source = Path(file)
    words = args.body(None, file)
    entries = exchange.from_csv(words) if _format(source) == ".csv" else exchange.from_toml(words)
    folder = source.parent
    beside = [replace(one, files=tuple(str(_beside(folder, str(name))) for name in one.files)) for one in entries]
    stored = _stored(session, beside)
    if as_json:
        say.document({"stored": len(stored)})
    else:
        say.line(f"{len(stored)} stored")


@canned.command("export")
@click.argument("file", type=click.Path(dir_okay=False, exists=False), required=False)
@click.option("--format", "shape", type=click.Choice(["toml", "csv"]), help="Without a file: TOML.")
@args.as_json
@click.pass_obj
def export(session: Session, file: str | None, shape: str | None, as_json: bool) -> None:
    """Write those of the store to a .toml or .csv file, or to standard output; files are put into a folder beside it.

    With --json and no file: {"text"}, with one {"path", "written"}.
    """
    from unibox_tui.desk import canned_exchange as exchange

    target = None if file is None else Path(file)
    wanted = f".{shape}" if shape else ".toml" if target is None else _format(target)
    entries = [one for one in every(session) if one.id]
    if target is None and any(one.files for one in entries):
        raise WrongUse("Some of them hold files.", hint="Export to a file: the files are put beside it.")
    if target is not None:
        entries = [
            replace(one, files=tuple(_put_beside(session, target, held) for held in one.files)) for one in entries
        ]
    text = exchange.to_csv(entries) if wanted == ".csv" else exchange.to_toml(entries)
    if target is None:
        if as_json:
            say.document({"text": text})
        else:
            click.echo(text, nl=False)
        return
    target.write_bytes(text.encode())
    if as_json:
        say.document({"path": str(target), "written": len(entries)})
        return
    say.line(f"{len(entries)} written to {target}")


# -- parts ---------------------------------------------------------------------------------------------------------------


def _stored(session: Session, entries: Sequence[Canned]) -> list[str]:
    from unibox_tui.desk.actions import Call, perform

    ready = [replace(one, files=tuple(_held(session, str(path)) for path in one.files)) for one in entries]

    def work(tx: Any) -> list[str]:
        calls = [Call("canned_save", {"entry": one}) for one in ready]
        return [str(perform(tx, session.actor, call, ()).data["id"]) for call in calls]

    return session.write(work)


def _held(session: Session, path: str) -> dict[str, Any]:
    (file,) = args.kept(session, [path])
    return {"name": file.name, "media_type": file.media_type, "size": file.size, "sha256": file.sha256}


def _beside(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise NotFound(f"The file {name} is not beside it.", hint="Paths are read from the folder of the file.")
    return path


def _put_beside(session: Session, target: Path, held: Any) -> str:
    folder = target.with_name(f"{target.stem}-files")
    return f"{folder.name}/{session.media.save_as(held['sha256'], folder, held['name']).name}"


def _format(path: Path) -> str:
    if path.suffix.lower() not in _FORMATS:
        raise WrongUse(f"{path.name} is neither .toml nor .csv.", hint="Name it so, or use --format.")
    return path.suffix.lower()


def _scope(one: Canned) -> str:
    return "me" if one.scope.startswith("agent:") else one.scope


def _document(one: Canned) -> dict[str, Any]:
    return {
        "shortcut": one.shortcut,
        "title": one.title,
        "group": one.group,
        "text": one.text,
        "variants": dict(one.variants),
        "buttons": list(one.buttons),
        "files": [file if isinstance(file, str) else file["name"] for file in one.files],
        "language": one.language,
        "scope": _scope(one),
        "used": one.used,
        "id": one.id or None,
    }


def _said(shortcut: str, id: str | None, what: str, as_json: bool) -> None:
    name = shortcut.strip().lstrip("/")
    if as_json:
        say.document({"shortcut": name, "id": id, "state": what})
    else:
        say.line(f"/{name} {what}")
