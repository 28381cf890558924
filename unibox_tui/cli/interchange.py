"""`import` and `export`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from unibox_tui.cli import args, say
from unibox_tui.cli.session import Session
from unibox_tui.domain.errors import NotFound, Refused, UniboxError, WrongUse

if TYPE_CHECKING:
    from unibox_tui.connectors.settings import InboxSettings
    from unibox_tui.store.inboxes import InboxRow
    from unibox_tui.sync.importing.run import Counts, Item

FORMATS = ("auto", "maildir", "mbox", "eml", "jsonl")


@click.command("import")
@click.argument("paths", metavar="PATH…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--inbox", "inbox_name", metavar="NAME", help="The inbox it belongs to; JSON Lines may name their own.")
@click.option("--format", "format", type=click.Choice(FORMATS), default="auto", show_default=True)
@args.as_json
@click.pass_obj
def import_(session: Session, paths: tuple[Path, ...], inbox_name: str | None, format: str, as_json: bool) -> int:
    """Take history in: Maildir, mbox, .eml files and folders, unibox JSON Lines.

    What is here already is left as it is, so an import may be run again. Nobody is notified and nothing is answered.
    """
    from unibox_tui.sync.importing import run, sources
    from unibox_tui.sync.importing.lines import LineImport
    from unibox_tui.sync.registering import rules_of

    config = session.full_config if inbox_name is not None else session.config
    formats, total = run.survey(paths, format)
    mails = any(kind != "jsonl" for kind in formats)
    if mails and inbox_name is None:
        raise WrongUse("Mails need an inbox to belong to.", hint="--inbox NAME; `unibox inbox list` shows them.")
    inbox = _inbox(session, inbox_name) if inbox_name is not None else None
    counts = run.Counts(total=total)
    told = _Progress(as_json)
    with told:
        if mails:
            assert inbox is not None
            files = (file for file in sources.find(paths, format) if file.format != "jsonl")
            run.import_mails(session.db, files, _way(session, inbox), counts, told)
        if "jsonl" in formats:
            lines = LineImport(session.db, session.media, lambda group: rules_of(group, config), inbox)
            lines.run((file for file in sources.find(paths, format) if file.format == "jsonl"), counts, told)
    if as_json:
        say.document(counts.as_json())
    else:
        missing = f", {counts.files_missing} files missing" if counts.files_missing else ""
        say.line(
            f"{counts.read} read, {counts.new} new, {counts.duplicate} duplicate, {counts.quarantined} quarantined"
            f"{missing} in {counts.seconds:.1f} s ({counts.rate:.0f}/s)"
        )
        if counts.quarantined:
            say.line("`unibox quarantine list` shows what could not be read.")
    return 0


def _inbox(session: Session, name: str) -> InboxRow:
    """The row; made when the inbox is configured and no service has run yet."""
    from unibox_tui.connectors import registry
    from unibox_tui.store import inboxes
    from unibox_tui.sync.registering import register

    settings = session.full_config.inboxes.get(name)
    row = session.read(lambda db: inboxes.by_name(db, name))
    if settings is not None and row is None:
        can = registry.build(name, settings, session.secrets().of_inbox(name)).capabilities()
        return session.write(lambda tx: register(tx, name, settings, session.full_config, can))
    if row is None:
        raise session.read(lambda db: _no_inbox(db, name))
    return row


def _no_inbox(db: Any, name: str) -> UniboxError:
    from unibox_tui.store import inboxes

    try:
        inboxes.named(db, name)
    except NotFound as error:
        return error
    raise AssertionError(name)


def _way(session: Session, inbox: InboxRow) -> Any:
    from unibox_tui.sync.importing.mails import Way
    from unibox_tui.sync.registering import rules_of

    if inbox.channel != "email":
        raise WrongUse(f"{inbox.name} is an inbox of {inbox.channel}; mails need a mail inbox.")
    settings = session.full_config.inboxes.get(inbox.name) or _settings_of(inbox)
    return Way(inbox, settings, rules_of(inbox.group_name, session.full_config), session.media.put)


def _settings_of(inbox: InboxRow) -> InboxSettings:
    """For an inbox that lives on as history only: what reading needs, which is our own addresses."""
    from unibox_tui.connectors.registry import settings_class

    aliases = list(inbox.capabilities.extra.get("aliases", ()))
    kind: Any = settings_class(inbox.channel)
    found: InboxSettings = kind(address=inbox.address, aliases=aliases, source="maildir", maildir=os.devnull)
    return found


class _Progress(contextlib.AbstractContextManager["_Progress"]):
    """JSON lines, or a bar on a terminal with rate and remaining time."""

    WIDTH = 24

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self.bar = not as_json and sys.stderr.isatty()
        self._drawn = 0.0

    def __call__(self, item: Item | None, counts: Counts) -> None:
        if item is not None:
            if self.as_json:
                say.document(item.as_json())
        elif self.bar and time.monotonic() - self._drawn > 0.1:
            self._drawn = time.monotonic()
            sys.stderr.write("\r\x1b[K" + self.text(counts))
            sys.stderr.flush()

    def text(self, counts: Counts) -> str:
        part = min(counts.done / counts.total, 1.0) if counts.total else 1.0
        full = round(part * self.WIDTH)
        left = counts.seconds_left
        remaining = "" if left is None else f"  {int(left) // 60}:{int(left) % 60:02d} left"
        troubles = f"  {counts.quarantined} quarantined" if counts.quarantined else ""
        bar = "█" * full + "░" * (self.WIDTH - full)
        return f"{bar} {part:4.0%}  {counts.read} read  {counts.rate:.0f}/s{remaining}{troubles}"

    def __exit__(self, *_: object) -> None:
        if self.bar:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _whole(session: Session) -> None:
    """Raises Refused: these lines are taken in again, so nothing in them can be masked."""
    if session.hides_phones:
        raise Refused(
            "Whole phone numbers stand in it, and [privacy] mask_phones_for names you.",
            hint="Ask a colleague who sees them, or take `unibox contact export`.",
            code="masked",
        )


@click.command()
@click.argument("query", nargs=-1)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Into this file, attachments into media/ beside it.",
)
@click.option("--with-files", is_flag=True, help="Attachments within the lines, as base64.")
@click.option("--no-files", is_flag=True, help="With --output: no attachments.")
@click.option("--events", is_flag=True, help="The log of what happened too, one line for each event.")
@args.as_json
@click.pass_obj
def export(
    session: Session,
    query: tuple[str, ...],
    output: Path | None,
    with_files: bool,
    no_files: bool,
    events: bool,
    as_json: bool,
) -> None:
    """Write the conversations that fit QUERY, or all, as unibox JSON Lines (docs/interchange.md)."""
    from unibox_tui.domain.ids import now_ms
    from unibox_tui.views import lists
    from unibox_tui.views.export import Told, export_lines

    _whole(session)
    words = args.as_text(" ".join(query))
    ids: list[int] | None = None
    if words:
        ids = session.read(lambda db: list(lists.ids(db, words, me=session.me, now=now_ms(), zone=session.zone)))
    counts = Told()
    media = session.media

    def held(sha: str) -> bytes | None:
        try:
            return media.read(sha)
        except NotFound:
            return None

    def beside(sha: str) -> bytes | None:
        assert output is not None
        return _copied(held, sha, output.parent / "media")

    async def work(target: TextIO) -> None:
        aside = beside if output is not None and not (with_files or no_files) else None
        inline = held if with_files else None
        lines = export_lines(session.db.path, ids, counts, events=events, inline=inline, aside=aside)
        async with contextlib.aclosing(lines):
            async for line in lines:
                target.write(line)

    if output is None:
        asyncio.run(work(sys.stdout))
        return
    with _written(output) as target:
        asyncio.run(work(target))
    result = {
        "path": str(output),
        "conversations": counts.conversations,
        "messages": counts.messages,
        "files": counts.files,
        "files_missing": counts.files_missing,
    }
    if as_json:
        say.document(result)
    else:
        say.line(f"{counts.conversations} conversations, {counts.messages} messages, {counts.files} files in {output}")


def _copied(held: Any, sha: str, folder: Path) -> bytes | None:
    """The file put into `folder` as the media folder has it, unless it is there."""
    from unibox_tui.host.files import PRIVATE_FOLDER, make_folder, write_new

    data: bytes | None = held(sha)
    if data is None:
        return None
    place = folder / sha[:2] / sha[2:]
    make_folder(place.parent, PRIVATE_FOLDER)
    with contextlib.suppress(FileExistsError):
        write_new(place, data)
    return data


@contextlib.contextmanager
def _written(path: Path) -> Iterator[TextIO]:
    """A file that appears under its name when it is whole; 0600, since it holds customers' words."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        descriptor = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
        with open(descriptor, "w", encoding="utf-8", newline="\n") as target:
            yield target
            target.flush()
            os.fsync(target.fileno())
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
