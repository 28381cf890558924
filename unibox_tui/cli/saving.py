"""Files of messages, written where one wants them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from unibox_tui.cli import args, say
from unibox_tui.cli.session import Session
from unibox_tui.cli.triage import message_number
from unibox_tui.domain.errors import NotFound


@click.command()
@click.argument("id", metavar="MESSAGE|FILE")
@click.option("--to", "folder", default=".", metavar="FOLDER", help="Into this folder; else where you are.")
@args.as_json
@click.pass_obj
def save(session: Session, id: str, folder: str, as_json: bool) -> None:
    """Write all files of a message, or one by its id; never over another file."""
    from unibox_tui.store import messages

    target = Path(folder).expanduser()
    if not target.is_dir():
        raise NotFound(f"There is no folder {folder}.", hint="Name one that is there.")
    one: Any = session.read(lambda db: messages.file(db, id))
    n = None if one is not None else message_number(session, id)
    rows = [one] if n is None else session.read(lambda db: messages.files(db, n))
    if not rows:
        raise NotFound("This message has no files.")
    if waiting := [row["name"] for row in rows if row["sha256"] is None]:
        raise NotFound(f"Not here yet: {', '.join(waiting)}.", hint=f"`unibox fetch {id}` asks the provider once more.")
    saved = [
        {
            "name": row["name"],
            "size": row["size"],
            "path": str(session.media.save_as(row["sha256"], target, row["name"])),
        }
        for row in rows
    ]
    if as_json:
        say.documents(saved)
        return
    for file in saved:
        say.line(file["path"])
