"""Arguments that several verbs share: conversations, texts, files, `--json`."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from unibox_tui.domain.errors import WrongUse

if TYPE_CHECKING:
    from collections.abc import Callable

    from unibox_tui.cli.session import Session
    from unibox_tui.store.messages import StoredFile

TEXT_BYTES = 4_000_000

as_json: Callable[[Any], Any] = click.option(
    "--json", "as_json", is_flag=True, help="JSON, one document or one per line."
)
conversation: Callable[[Any], Any] = click.argument("conversation", metavar="CONVERSATION")
conversations: Callable[[Any], Any] = click.argument("conversations", metavar="CONVERSATION…", nargs=-1, required=True)
words: Callable[[Any], Any] = click.argument("text", metavar="[TEXT|-]", required=False)
text_file: Callable[[Any], Any] = click.option(
    "--file", "file", type=click.Path(exists=True, dir_okay=False), help="Take the text from this file."
)
attach: Callable[[Any], Any] = click.option(
    "--attach",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False),
    help="Send this file along; may be repeated.",
)


def resolve(session: Session, said: str | Sequence[str]) -> list[int]:
    """Numbers of the conversations named: 10482, #10482, the uid; several in one word with commas. Raises NotFound."""
    from unibox_tui.store.conversations import named

    pieces = [said] if isinstance(said, str) else list(said)
    names = [name for piece in pieces for name in piece.split(",") if name.strip()]
    if not names:
        raise WrongUse("Which conversation?", hint="Its number, as in 10482 or '#10482'.")
    return list(dict.fromkeys(session.read(lambda db: [named(db, name) for name in names])))


def one(session: Session, said: str) -> int:
    found = resolve(session, said)
    if len(found) != 1:
        raise WrongUse("This works on one conversation at a time.")
    return found[0]


def body(argument: str | None, file: str | None, *, needed: bool = True) -> str:
    """The text of the argument, of stdin for `-`, or of `--file`; NFC, line ends as newline."""
    if argument is not None and file is not None:
        raise WrongUse("The text is given twice.", hint="Either as an argument or with --file.")
    if file is not None:
        with open(file, "rb") as source:
            words = _decoded(source.read(TEXT_BYTES + 1), file)
    elif argument == "-":
        words = _decoded(sys.stdin.buffer.read(TEXT_BYTES + 1), "standard input")
    elif argument is not None:
        words = as_text(argument)
    elif needed:
        raise WrongUse("There is no text.", hint="As an argument, `-` for standard input, or --file.")
    else:
        return ""
    return unicodedata.normalize("NFC", words.replace("\r\n", "\n"))


def as_text(argument: str) -> str:
    """An argument the shell handed over; raises WrongUse when it was not UTF-8."""
    if any("\ud800" <= character <= "\udfff" for character in argument):
        raise WrongUse("An argument is not UTF-8.", hint="Set a UTF-8 locale, as LANG=C.UTF-8.")
    return argument


def kept(session: Session, paths: Sequence[str]) -> tuple[StoredFile, ...]:
    """These files, put into the media folder."""
    import mimetypes
    from pathlib import Path

    from unibox_tui.store.messages import StoredFile
    from unibox_tui.text.safe import safe_filename

    files = []
    for path in map(Path, paths):
        sha256, size = session.media.put(path.read_bytes())
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        files.append(StoredFile(safe_filename(path.name), kind, size, sha256))
    return tuple(files)


def _decoded(data: bytes, where: str) -> str:
    if len(data) > TEXT_BYTES:
        raise WrongUse(f"The text of {where} is too long.", hint=f"At most {TEXT_BYTES // 1_000_000} MB.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise WrongUse(f"The text of {where} is not UTF-8.", hint="Convert it with iconv.") from None
