"""unibox JSON Lines: each line checked, its files kept, then written in batches."""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from unibox_tui.domain.inbound import MessageReceived, Person
from unibox_tui.domain.policy import Capabilities
from unibox_tui.domain.words import Author, Direction, InboxState, MessageKind
from unibox_tui.store import inboxes, messages
from unibox_tui.store.database import Database, Tx
from unibox_tui.store.inboxes import InboxRow
from unibox_tui.store.interchange import records
from unibox_tui.store.interchange.records import BadLine, ms
from unibox_tui.store.interchange.writing import Writing
from unibox_tui.store.messages import StoredFile
from unibox_tui.sync.facts import Prepared, Rules, found_in
from unibox_tui.sync.importing.mails import Read
from unibox_tui.sync.importing.run import BATCH, Counts, Item, Told, batched, id_of, keep_unread
from unibox_tui.sync.importing.sources import File, Piece, pieces
from unibox_tui.sync.ingest import ingest
from unibox_tui.text.language import guess_language

LOST_INBOX = "import"


class Media(Protocol):
    """Where the files of messages are kept by their hash."""

    def put(self, data: bytes) -> tuple[str, int]: ...

    def has(self, sha: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Line:
    """One line, decoded, or what is wrong with it."""

    piece: Piece
    record: records.AnyLine | None
    error: str = ""
    files: tuple[StoredFile, ...] = ()
    missing: int = 0  # files whose bytes are nowhere


@dataclass
class LineImport:
    """`inbox` takes what names no inbox of its own."""

    db: Database
    media: Media
    rules_of: Callable[[str], Rules]
    inbox: InboxRow | None = None
    aliases: dict[str, int] = field(default_factory=dict)
    late: list[tuple[int, str]] = field(default_factory=list)

    def run(self, files: Iterable[File], counts: Counts, told: Told) -> None:
        for file in files:
            lines = (self._line(piece) for piece in pieces(file))
            for batch in batched(lines, BATCH):
                for item in self._store(batch):
                    counts.count(item)
                    told(item, counts)
                counts.files_missing += sum(line.missing for line in batch)
                counts.done += sum(len(line.piece.raw or b"") for line in batch)
                told(None, counts)
        self.finish()

    def replay(self, piece: Piece) -> Item:
        """One line that was quarantined."""
        item = self._store([self._line(piece)])[0]
        self.finish()
        return item

    def finish(self) -> None:
        """Messages that answer one which stood below them in the file."""
        for batch in batched(self.late, BATCH):
            self.db.write_now(functools.partial(_answer_late, batch))
        self.late.clear()

    # -- before the transaction --------------------------------------------------------------------------------------

    def _line(self, piece: Piece) -> Line:
        if piece.raw is None:
            return Line(piece, None, piece.error)
        try:
            record = records.decode(piece.raw)
            if isinstance(record, records.Header) and record.version > records.VERSION:
                raise BadLine(f"The file is of version {record.version}; this unibox reads {records.VERSION}.")
            if not isinstance(record, records.Message):
                return Line(piece, record)
            files, missing = self._files(record.attachments, Path(piece.file.path).parent)
            return Line(piece, record, files=files, missing=missing)
        except BadLine as error:
            return Line(piece, None, str(error))

    def _files(self, attachments: Sequence[records.Attachment], beside: Path) -> tuple[tuple[StoredFile, ...], int]:
        kept, missing = [], 0
        for one in attachments:
            sha256, size = one.sha256, one.size
            data = self._bytes(one, beside)
            if data is not None:
                sha256, size = self.media.put(data)
            elif sha256 is not None and not self.media.has(sha256):
                missing += 1
            kept.append(StoredFile(one.name, one.media_type, size, sha256, one.remote, one.inline, one.content_id))
        return tuple(kept), missing

    def _bytes(self, one: records.Attachment, beside: Path) -> bytes | None:
        """From the line itself, else from the folder beside the file; None when held already or nowhere."""
        if one.sha256 is not None and not (len(one.sha256) == 64 and set(one.sha256) <= set("0123456789abcdef")):
            raise BadLine("attachments: sha256 is 64 hexadecimal digits.")
        if one.base64 is not None:
            try:
                data = base64.b64decode(one.base64, validate=True)
            except binascii.Error:
                raise BadLine(f"attachments: {one.name!r} is not base64.") from None
        elif one.sha256 is None or self.media.has(one.sha256):
            return None
        else:
            try:
                data = (beside / "media" / one.sha256[:2] / one.sha256[2:]).read_bytes()
            except FileNotFoundError:
                return None
        if one.sha256 is not None and hashlib.sha256(data).hexdigest() != one.sha256:
            raise BadLine(f"attachments: the bytes of {one.name!r} are not those of its sha256.")
        return data

    # -- in the transaction ------------------------------------------------------------------------------------------

    def _store(self, batch: Sequence[Line]) -> list[Item]:
        """In one transaction; when one line fails in it, each alone, so that only that one is kept back."""
        try:
            return self._attempt(batch)
        except (
            BadLine,
            sqlite3.IntegrityError,
            sqlite3.DataError,
            sqlite3.InterfaceError,
            OverflowError,
            UnicodeError,
        ):
            return [self._alone(line) for line in batch]

    def _alone(self, line: Line) -> Item:
        try:
            return self._attempt([line])[0]
        except BadLine as error:
            reason = str(error)
        except (
            sqlite3.IntegrityError,
            sqlite3.DataError,
            sqlite3.InterfaceError,
            OverflowError,
            UnicodeError,
        ) as error:
            reason = f"Storing it failed: {type(error).__name__}."
        return self._attempt([Line(line.piece, None, reason)])[0]

    def _attempt(self, batch: Sequence[Line]) -> list[Item]:
        aliases = dict(self.aliases)

        def write(tx: Tx) -> tuple[list[Item], list[tuple[int, str]]]:
            writing = Writing(tx, aliases)
            items = [self._apply(writing, line) for line in batch]
            writing.finish()
            return items, writing.late

        items, late = self.db.write_now(write)
        self.aliases = aliases
        self.late += late
        return items

    def _apply(self, writing: Writing, line: Line) -> Item:
        piece, record = line.piece, line.record
        if record is None:
            read = Read(piece.file.path, piece.position, 0, {"format": "jsonl"}, error=line.error, raw=piece.raw)
            return keep_unread(writing.tx, self._keeper(writing.tx), read)
        ids: tuple[str, ...] = ()
        match record:
            case records.Header():
                new = False
            case records.Inbox():
                new = writing.inbox(record)
            case records.Agent():
                new = writing.agent(record)
            case records.Label():
                new = writing.label(record)
            case records.Contact():
                new = writing.contact(record)
            case records.Conversation():
                new = writing.conversation(record)
            case records.Join():
                new = writing.join(record)
            case records.Merge():
                new = writing.beside.merge(record)
            case records.Order():
                new = writing.beside.order(record)
            case records.Deal():
                new = writing.beside.deal(record)
            case records.Risk():
                new = writing.beside.risk(record)
            case records.Pair():
                new = writing.beside.pair(record)
            case records.Difference():
                new = writing.beside.difference(record)
            case records.Event():
                new = writing.beside.event(record)
            case records.Assignment():
                record.id = record.id or self._id(piece)
                new = writing.assignment(record)
            case records.Note():
                new, ids = self._message(writing, line, _of_note(record), piece)
            case records.Message():
                new, ids = self._message(writing, line, record, piece)
        return Item(piece.file.path, piece.position, "new" if new else "duplicate", ids)

    def _message(
        self, writing: Writing, line: Line, record: records.Message, piece: Piece
    ) -> tuple[bool, tuple[str, ...]]:
        tx = writing.tx
        if record.inbox is None and record.address is not None and self.inbox is not None:
            record.inbox = self.inbox.name
        inbox = inboxes.by_name(tx.db, record.inbox) if record.inbox is not None else None
        if record.inbox is not None and inbox is None:
            raise BadLine(f"The inbox {record.inbox} is not here; its line must come before.")
        if record.conversation is None:
            n, new = self._arrived(writing, line, record, inbox or self.inbox, piece)
        else:
            record.id = record.id or self._id(piece)
            found: tuple[tuple[str, str, str, str], ...] = ()
            if record.direction == Direction.IN and inbox is not None:
                found = found_in(record.subject, record.text, inbox.region, self.rules_of(inbox.group_name))
            n, new = writing.message(record, line.files, found)
        return new, tuple(messages.public_ids(tx.db, [n]).values())

    def _arrived(
        self, writing: Writing, line: Line, record: records.Message, inbox: InboxRow | None, piece: Piece
    ) -> tuple[int, bool]:
        """A message that names no conversation finds its place as if it had arrived."""
        if inbox is None or record.address is None:
            raise BadLine("A message without a conversation needs an inbox (or --inbox) and an address.")
        direction = record.direction
        if direction not in (Direction.IN, Direction.OUT):
            raise BadLine("A note needs a conversation.")
        event = MessageReceived(
            provider_id=record.provider_id or record.id or self._id(piece),
            person=Person(
                record.address,
                record.address_kind or ("email" if inbox.channel == "email" else "id"),
                record.contact_name,
            ),
            sent_at=ms(record.sent_at, "sent_at"),
            text=record.text,
            kind=_kind(record.kind),
            direction=Direction(direction),
            author=Author.CONTACT if direction == Direction.IN else Author.AGENT,
            author_name=record.author or "",
            author_unsure=record.author_unsure,
            hidden_text=record.hidden_text,
            subject=record.subject,
            answers=(record.answers,) if record.answers else (),
            automatic=record.automatic,
            email=record.email,
            extra=record.extra or {},
        )
        rules = self.rules_of(inbox.group_name)
        found = found_in(record.subject, record.text, inbox.region, rules)
        prepared = Prepared(event, line.files, guess_language(record.text), found)
        outcome = ingest(writing.tx, inbox.id, [prepared], rules, inert=True, cause="import")[0]
        assert outcome.n is not None
        return outcome.n, outcome.what == "new"

    def _id(self, piece: Piece) -> str:
        """The same line is the same message, however often it is imported."""
        return id_of(hashlib.sha256((piece.raw or b"").strip()).digest())

    def _keeper(self, tx: Tx) -> InboxRow:
        """The inbox whose quarantine takes a line: the one named in the call, else one made for this."""
        if self.inbox is not None:
            return self.inbox
        known = inboxes.by_name(tx.db, LOST_INBOX)
        if known is not None:
            return known
        can = Capabilities(rules=())
        id = inboxes.ensure(tx, LOST_INBOX, "api", "", "Import", "", can, state=InboxState.REMOVED)
        return inboxes.by_id(tx.db, id)


def _answer_late(batch: Sequence[tuple[int, str]], tx: Tx) -> None:
    writing = Writing(tx)
    for n, id in batch:
        writing.answer_late(n, id)


def _of_note(note: records.Note) -> records.Message:
    return records.Message(
        id=note.id,
        conversation=note.conversation,
        direction=str(Direction.NOTE),
        author_kind=str(Author.AGENT),
        author=note.author,
        sent_at=note.at,
        text=note.text,
    )


def _kind(word: str) -> MessageKind:
    try:
        return MessageKind(word)
    except ValueError:
        raise BadLine(f"kind: {word!r} is none of {', '.join(MessageKind)}.") from None
