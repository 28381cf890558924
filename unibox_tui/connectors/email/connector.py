"""The mail connector: what the contract asks for, put together from the rooms beside it."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
import traceback
from collections.abc import AsyncIterator, Callable, Generator, Mapping, Sequence
from typing import Any

from unibox_tui.connectors.contract import (
    Batch,
    CheckReport,
    Connector,
    Cursor,
    FetchesMedia,
    Item,
    ParsesRaw,
    PullsEvents,
    Reconciles,
    SecretOf,
    SendRequest,
    SendResult,
)
from unibox_tui.connectors.email import errands, folders, maildir, sendmail
from unibox_tui.connectors.email.convert import events_of
from unibox_tui.connectors.email.fetching import Fetched
from unibox_tui.connectors.email.imap import ImapPull, Memory, place_words
from unibox_tui.connectors.email.mime.mail import UnreadableMail
from unibox_tui.connectors.email.mime.read import read_mail
from unibox_tui.connectors.email.oauth import TokenSource
from unibox_tui.connectors.email.outgoing import Envelope, envelope, message_id_of
from unibox_tui.connectors.email.session import Session
from unibox_tui.connectors.email.settings import EmailSettings
from unibox_tui.connectors.email.smtp import SmtpSender
from unibox_tui.connectors.email.worker import Worker
from unibox_tui.connectors.errors import ConnectorError, Misconfigured, Unparseable
from unibox_tui.domain.inbound import InboundEvent, MailPlace
from unibox_tui.domain.policy import Capabilities, SendRule
from unibox_tui.domain.saying import say

__all__ = ["EmailConnector", "EmailSettings"]

ATTACHMENT_LIMIT = 18_000_000  # base64 makes it the 25 MB that most servers take
COPY_TRIES = 2
COPY_WAIT = 5.0  # at the end, for copies on their way into Sent
log = logging.getLogger(__name__)


class EmailConnector:
    """`keep_secret(name, value)` stores a refresh token that the provider replaced; `run_command` runs `sendmail`."""

    channel = "email"
    KEEPS_SECRETS = True

    def __init__(
        self,
        name: str,
        settings: EmailSettings,
        secret_of: SecretOf,
        *,
        keep_secret: Callable[[str, str], None] | None = None,
        run_command: sendmail.RunCommand = sendmail.run_command,
    ) -> None:
        self.name, self.settings, self._secret_of = name, settings, secret_of
        self._tokens = TokenSource(settings, secret_of, keep_secret)
        self._run_command = run_command
        self._memory = Memory()
        self._stop = threading.Event()
        self._pulling: set[Session] = set()
        # A thread each, so that a slow copy into Sent holds up neither a reply nor a file somebody wants to see.
        self._visits = Worker(f"mail errands {name}")
        self._files = Worker(f"mail files {name}")
        self._secrets = Worker(f"mail secrets {name}")
        self._copies: set[asyncio.Task[None]] = set()

    # -- core -----------------------------------------------------------------------------------------------------

    def capabilities(self) -> Capabilities:
        return Capabilities(
            attachments=True,
            attachment_limit=ATTACHMENT_LIMIT,
            subject=True,
            cc=True,
            quotes=True,
            receipts=("sent",),
            idempotent=False,
            starts=True,
            address_kind="email",
            rules=(SendRule("always", None, ("text", "attachment")),),
            undo_send_ms=int(self.settings.undo_send_seconds * 1000),
            extra={
                "address": self.settings.address,
                "aliases": list(self.settings.aliases),
                "quote_original": self.settings.quote_original,
                "number_in_subject": self.settings.number_in_subject,
            },
        )

    async def check(self) -> CheckReport:
        notes: list[str] = []
        ok = True
        for visit in (self._check_reading, self._check_sending):
            try:
                notes += await visit()
            except ConnectorError as error:
                ok = False
                notes.append(f"{error.message} {error.hint}".strip())
        return CheckReport(ok, self.settings.address, tuple(notes))

    async def send(self, request: SendRequest) -> SendResult:
        mail = await envelope(request, self.settings, int(time.time() * 1000))
        extra: dict[str, Any] = {}
        if self.settings.sendmail:
            await sendmail.send(self.settings.sendmail, mail, request.before_first_byte, self._run_command)
        else:
            extra["answer"] = await self._smtp().send(mail, request.before_first_byte)
        if self.settings.saves_sent:
            copy = asyncio.create_task(self._keep_copy(mail), name=f"copy into Sent {self.name}")
            self._copies.add(copy)
            copy.add_done_callback(self._copies.discard)
        return SendResult(mail.message_id, at=int(time.time() * 1000), extra=extra)

    async def aclose(self) -> None:
        """Ends pulling at once; copies that are on their way into Sent get a few seconds."""
        self._stop.set()
        for session in list(self._pulling):
            session.break_off()
        if self._copies:
            await asyncio.wait(self._copies, timeout=COPY_WAIT)
        for worker in (self._visits, self._files, self._secrets):
            worker.end()

    # -- abilities ------------------------------------------------------------------------------------------------

    async def pull(self, cursors: Mapping[str, Cursor]) -> AsyncIterator[Batch]:
        stop = threading.Event()
        sessions: list[Session] = []
        batches = self._imap_batches if self.settings.source == "imap" else self._maildir_batches
        stream = batches(cursors, _Any(stop, self._stop), sessions)
        worker = Worker(f"mail {self.name}")
        try:
            while (batch := await worker.call(lambda: next(stream, None))) is not None:
                yield batch
        finally:
            stop.set()
            for session in sessions:
                session.break_off()
            worker.post(stream.close)
            worker.end()

    def parse(self, body: bytes, headers: Mapping[str, str]) -> Sequence[InboundEvent]:
        """`headers` may say where the mail was found: folder, uidvalidity, uid, received_at (epoch ms), sent ("1")."""
        place = None
        if headers.get("uid"):
            place = MailPlace(headers.get("folder", ""), int(headers.get("uidvalidity") or 0), headers["uid"])
        return self._events(
            body, place, received_at=int(headers.get("received_at") or 0), in_sent=headers.get("sent") == "1"
        )

    async def reconcile(self, request: SendRequest, started_at: int) -> SendResult | None:
        message_id = message_id_of(request, self.settings)
        found = await self._visits.call(lambda: errands.find_sent(self._session, self.settings, message_id, started_at))
        return SendResult(message_id, at=started_at) if found else None

    async def fetch(self, remote: Mapping[str, Any], limit: int) -> bytes:
        if remote.get("kind") == "maildir":
            return await self._files.call(lambda: self._from_maildir(remote, limit))
        return await self._files.call(lambda: errands.fetch_part(self._session, remote, limit))

    # -- pulling, in the worker's thread --------------------------------------------------------------------------

    def _imap_batches(
        self, cursors: Mapping[str, Cursor], stop: _Any, sessions: list[Session]
    ) -> Generator[Batch, None, None]:
        session = self._session()
        sessions.append(session)
        self._pulling.add(session)
        try:
            with session, session.translated():
                there = session.folders()
                sent = folders.sent_folder(self.settings, there)
                pull = ImapPull(
                    session, self.settings, lambda mail, place: self._imap_item(mail, place, sent), self._memory, stop
                )
                yield from pull.batches(cursors)
        except ConnectorError:
            if not stop.is_set():
                raise
        finally:
            self._pulling.discard(session)

    def _maildir_batches(
        self, cursors: Mapping[str, Cursor], stop: _Any, sessions: list[Session]
    ) -> Generator[Batch, None, None]:
        found = maildir.sent_path(self.settings)
        sent = found[0] if found else None
        pull = maildir.MaildirPull(
            self.settings, lambda raw, place, arrived: self._maildir_item(raw, place, arrived, sent), stop
        )
        yield from pull.batches(cursors)

    def _imap_item(self, mail: Fetched, place: MailPlace, sent: str | None) -> Item:
        pointer = {"kind": "imap", "folder": place.folder, "uidvalidity": place.uidvalidity, "uid": place.uid}
        remote = {mark: {**pointer, **part} for mark, part in mail.omitted.items()}
        return self._item(mail.raw, place, mail.arrived, sent, remote=remote)

    def _maildir_item(self, raw: bytes, place: MailPlace, arrived: float, sent: str | None) -> Item:
        large = len(raw) > self.settings.message_size_limit
        pointer = {"kind": "maildir", "folder": place.folder, "uid": place.uid} if large else None
        return self._item(raw, place, arrived, sent, remote_all=pointer)

    def _item(self, raw: bytes, place: MailPlace, arrived: float, sent: str | None, **remote: Any) -> Item:
        words = place_words(place.folder, place.uidvalidity, place.uid)
        try:
            events = self._events(raw, place, received_at=int(arrived * 1000), in_sent=place.folder == sent, **remote)
        except Unparseable as error:
            return Item(raw=raw, place=words, error=error.message)
        except Exception as error:  # a hole in the reading must not stop the next mail
            log.error("%s: a mail could not be read: %s", self.name, _where(error))
            return Item(raw=raw, place=words, error=f"Reading it failed ({type(error).__name__}).")
        return Item(tuple(events), raw, words)

    def _events(
        self, raw: bytes, place: MailPlace | None, *, received_at: int, in_sent: bool, **remote: Any
    ) -> list[InboundEvent]:
        try:
            mail = read_mail(raw, charsets=self.settings.charsets)
        except UnreadableMail as error:
            raise Unparseable(f"It is not a mail: {error.reason}.") from error
        return events_of(
            mail,
            self.settings,
            raw=raw,
            received_at=received_at or int(time.time() * 1000),
            place=place,
            in_sent=in_sent,
            **remote,
        )

    # -- errands --------------------------------------------------------------------------------------------------

    def _session(self) -> Session:
        return Session(self.settings, self._secret_of, self._tokens)

    def _smtp(self) -> SmtpSender:
        if not self.settings.smtp_host:
            raise Misconfigured(
                say("{address} has no way to send.", address=self.settings.address),
                hint="Set smtp_host, or sendmail to a command.",
            )
        return SmtpSender(self.settings, self._secret_of, self._tokens, self._secrets.call)

    async def _keep_copy(self, mail: Envelope) -> None:
        """The mail is sent; whatever happens to the copy is no concern of it."""
        for attempt in range(COPY_TRIES):
            try:
                await self._visits.call(lambda: errands.keep_sent(self._session, self.settings, mail.body))
                return
            except ConnectorError as error:
                log.warning("%s: no copy in Sent (%s): %s", self.name, attempt + 1, error.message)
            except Exception as error:
                log.warning("%s: no copy in Sent: %s", self.name, type(error).__name__)

    def _from_maildir(self, remote: Mapping[str, Any], limit: int) -> bytes:
        mail = read_mail(errands.read_from_maildir(self.settings, remote), charsets=self.settings.charsets)
        index = int(remote["index"])
        if index >= len(mail.attachments):
            raise Unparseable("The mail of this file has changed.", code="gone")
        part = mail.attachments[index]
        if part.size > limit:
            raise Unparseable(f"The file has {part.size / 1e6:.1f} MB, more than the {limit / 1e6:.1f} MB allowed.")
        return part.content

    async def _check_reading(self) -> list[str]:
        if self.settings.source == "maildir":
            paths = [maildir.folder_path(self.settings, name) for name in self.settings.folders]
            sent = maildir.sent_path(self.settings)
            return [f"Maildir {path}: found." for path in paths] + [
                f"Sent mail is kept in {sent[1]}." if sent else "There is no folder for sent mail; no copies are kept."
            ]
        return await self._visits.call(self._check_imap)

    def _check_imap(self) -> list[str]:
        settings = self.settings
        with self._session() as session, session.translated():
            there = session.folders()
            watched = folders.watched(settings, there)
            sent = folders.sent_folder(settings, there)
            told = session.client.folder_status(watched[0], ["MESSAGES"])
            listens = "announces new mail" if session.has("IDLE") else f"is asked every {settings.poll_seconds:g} s"
        notes = [
            f"IMAP {settings.imap_host}:{settings.imap_port_used}: login works, {told[b'MESSAGES']} mails in {watched[0]}.",
            f"Watching {', '.join(watched)}; the server {listens}.",
        ]
        if settings.saves_sent:
            notes.append(
                f"Replies are kept in {sent}." if sent else "There is no folder for sent mail yet; it is made."
            )
        return notes

    async def _check_sending(self) -> list[str]:
        if self.settings.sendmail:
            import shutil

            command = self.settings.sendmail[0]
            if shutil.which(command) is None:
                raise Misconfigured(
                    say("The command {command} is not found.", command=command), hint="Check `sendmail`."
                )
            return [f"Replies are sent by {command}."]
        return [await self._smtp().check()]


class _Any(threading.Event):
    """Set when it or another is; `wait` looks at the other a few times a second."""

    def __init__(self, *others: threading.Event) -> None:
        super().__init__()
        self._others = others

    def is_set(self) -> bool:
        return super().is_set() or any(other.is_set() for other in self._others)

    def wait(self, timeout: float | None = None) -> bool:
        end = None if timeout is None else time.monotonic() + timeout
        while not self.is_set():
            left = 0.25 if end is None else min(0.25, end - time.monotonic())
            if left <= 0:
                return False
            super().wait(left)
        return True


def _where(error: BaseException) -> str:
    """The kind and place of an error, without its text, which may quote the mail."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {last.name}, line {last.lineno}"


def _claims(connector: EmailConnector) -> None:
    """mypy checks that it is what it says."""
    _core: Connector = connector
    _pulls: PullsEvents = connector
    _parses: ParsesRaw = connector
    _reconciles: Reconciles = connector
    _fetches: FetchesMedia = connector
