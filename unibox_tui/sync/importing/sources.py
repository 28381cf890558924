"""What there is to import: files found and told apart, and the pieces in them, one at a time.

No mailbox is ever held in memory, only the names of its files and one mail.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from unibox_tui.domain.errors import NotFound, WrongUse

Format = Literal["maildir", "mbox", "eml", "jsonl"]
PIECE_LIMIT = 256 * 1024 * 1024
SENT_FOLDERS = frozenset(
    ("sent", "sent items", "sent messages", "sent mail", "gesendet", "thư đã gửi", "đã gửi", "จดหมายที่ส่ง")
)
_SUFFIXES: dict[str, Format] = {
    ".eml": "eml",
    ".mbox": "mbox",
    ".mbx": "mbox",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
# "From somebody@example.com Tue Feb  3 10:11:12 2026", in the dialects of many programs.
_FROM_LINE = re.compile(rb"From \S.*\b\d{1,2}:\d{2}(?::\d{2})?\b.*\b(?:19|20)\d{2}\b")
_QUOTED_FROM = re.compile(rb">+From ")
_HEADER = re.compile(rb"[!-9;-~]+:|From ")


@dataclass(frozen=True, slots=True)
class File:
    """One file to read. `folder`: the Maildir folder or the file's own name; `sent`: it is one of sent mail."""

    path: str
    format: Format
    size: int
    mtime: float
    folder: str = ""
    sent: bool = False
    unique: str = ""  # Maildir: the name without flags


@dataclass(frozen=True, slots=True)
class Piece:
    """One mail or line. `position`: 1 for the first of its file. `raw` None: `error` says why there are no bytes."""

    file: File
    position: int
    raw: bytes | None
    error: str = ""


def find(paths: Sequence[Path], format: str = "auto") -> Iterator[File]:
    """Every file below `paths` that holds something to import, in the order of names.

    Raises NotFound for a path that is not there, WrongUse for a named file of no known kind.
    """
    for path in paths:
        if path.is_dir():
            yield from _in_folder(path, format)
        elif path.exists():
            kind = _kind(path) if format == "auto" else format
            if kind is None:
                raise WrongUse(
                    f"{path} is neither a mailbox, a mail nor JSON Lines.", hint="Name it: --format mbox, eml or jsonl."
                )
            yield _file(path, "eml" if kind == "maildir" else kind)  # type: ignore[arg-type]
        else:
            raise NotFound(f"There is no {path}.", hint="Check the path.")


def pieces(file: File) -> Iterator[Piece]:
    """What is in the file. A file that cannot be read is one piece with an error."""
    try:
        with open(file.path, "rb") as source:
            if file.format == "mbox":
                yield from _mails(file, source)
            elif file.format == "jsonl":
                yield from _lines(file, source)
            else:
                yield whole(file, source)
    except OSError as error:
        yield Piece(file, 1, None, f"The file cannot be read: {error.strerror}.")


def whole(file: File, source: BinaryIO) -> Piece:
    # Asking for a number of bytes would set that many aside.
    too_long = os.fstat(source.fileno()).st_size > PIECE_LIMIT
    return Piece(file, 1, None, _TOO_LONG) if too_long else Piece(file, 1, source.read())


_TOO_LONG = f"It is longer than {PIECE_LIMIT // (1024 * 1024)} MB."


# -- finding ---------------------------------------------------------------------------------------------------------


def _in_folder(top: Path, format: str) -> Iterator[File]:
    """The mails of all Maildirs below, oldest first, so that an answer comes after its question in whatever folder; then
    all other files by name."""
    others: list[File] = []
    maildirs: list[File] = []
    for here, folders, names in os.walk(top):
        folders.sort()
        path = Path(here)
        if "cur" in folders or "new" in folders:
            if format in ("auto", "maildir"):
                maildirs += _in_maildir(path, top)
            folders[:] = [name for name in folders if name not in ("cur", "new", "tmp")]
        for name in sorted(names):
            if name.startswith("."):
                continue
            kind = _kind(path / name, named=False) if format == "auto" else format
            if kind in ("mbox", "eml", "jsonl"):
                others.append(_file(path / name, kind))  # type: ignore[arg-type]
    yield from sorted(maildirs, key=_came_at)
    yield from others


def _came_at(file: File) -> tuple[float, str]:
    """A Maildir name begins with the second of delivery; copies of a whole Maildir keep it."""
    seconds = file.unique.partition(".")[0]
    plausible = seconds.isascii() and seconds.isdigit() and len(seconds) == 10
    return (float(seconds) if plausible else file.mtime), file.unique


def _in_maildir(folder: Path, top: Path) -> Iterator[File]:
    name = "INBOX" if folder == top else folder.name.removeprefix(".")
    sent = _is_sent(name)
    for part in ("cur", "new"):
        try:
            entries = sorted(entry.name for entry in os.scandir(folder / part) if not entry.name.startswith("."))
        except FileNotFoundError:
            continue
        for entry in entries:
            path = f"{folder}/{part}/{entry}"
            try:
                status = os.stat(path)
            except FileNotFoundError:
                continue  # moved or removed meanwhile by the program whose Maildir this is
            unique = entry.partition(":2,")[0].partition("!2,")[0]
            yield File(path, "maildir", status.st_size, status.st_mtime, name, sent, unique)


def _file(path: Path, format: Format) -> File:
    status = path.stat()
    return File(str(path), format, status.st_size, status.st_mtime, path.stem, _is_sent(path.stem))


def _is_sent(name: str) -> bool:
    """Whether a folder or mailbox of this name holds what we sent."""
    return name.replace("/", ".").rpartition(".")[2].casefold() in SENT_FOLDERS


def _kind(path: Path, *, named: bool = True) -> Format | None:
    """By suffix, else by the first bytes; `named` files may also be a mail without a suffix."""
    known = _SUFFIXES.get(path.suffix.lower())
    if known is not None:
        return known
    try:
        with open(path, "rb") as source:
            start = source.read(512).lstrip(b"\xef\xbb\xbf")
    except OSError:
        return "eml" if named else None
    if start.startswith(b"From "):
        return "mbox"
    if not named:
        return None
    if start.lstrip().startswith(b"{"):
        return "jsonl"
    return "eml" if _HEADER.match(start) else None


# -- taking apart ------------------------------------------------------------------------------------------------------


def _mails(file: File, source: BinaryIO) -> Iterator[Piece]:
    """The mails of an mbox: a From_ line after an empty one begins the next, `>From ` is undone."""
    position, size = 0, 0
    lines: list[bytes] = []
    empty_before, in_mail = True, False
    for line in source:
        if empty_before and line.startswith(b"From ") and (not in_mail or _FROM_LINE.match(line)):
            if in_mail:
                yield _mail(file, position, lines, size)
            position, size, lines, in_mail = position + 1, 0, [], True
            empty_before = False
            continue
        if not in_mail:
            if not line.strip():
                continue
            position, in_mail = 1, True  # what stands before the first From_ line is not thrown away
        size += len(line)
        if size <= PIECE_LIMIT:
            lines.append(line[1:] if _QUOTED_FROM.match(line) else line)
        empty_before = line in (b"\n", b"\r\n")
    if in_mail:
        yield _mail(file, position, lines, size)


def _mail(file: File, position: int, lines: list[bytes], size: int) -> Piece:
    if size > PIECE_LIMIT:
        return Piece(file, position, None, _TOO_LONG)
    if lines and lines[-1] in (b"\n", b"\r\n"):
        lines.pop()  # parts the mails, belongs to none
    return Piece(file, position, b"".join(lines))


def _lines(file: File, source: BinaryIO) -> Iterator[Piece]:
    position = 0
    while line := source.readline(PIECE_LIMIT + 1):
        position += 1
        if len(line) > PIECE_LIMIT and not line.endswith(b"\n"):
            while (rest := source.readline(1 << 20)) and not rest.endswith(b"\n"):
                pass
            yield Piece(file, position, None, _TOO_LONG)
        elif line.strip():
            yield Piece(file, position, line)
