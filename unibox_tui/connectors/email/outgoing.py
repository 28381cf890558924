"""A send request to the bytes of a mail and the envelope around it. Pure but for reading the files."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from unibox_tui.connectors.contract import SendRequest
from unibox_tui.connectors.email.mime.mail import Address
from unibox_tui.connectors.email.mime.write import BadOutgoing, Outgoing, OutgoingFile, wire_address, write_mail
from unibox_tui.connectors.email.settings import EmailSettings
from unibox_tui.connectors.errors import SendRejected
from unibox_tui.domain.mail import new_message_id
from unibox_tui.domain.saying import say


@dataclass(frozen=True, slots=True)
class Envelope:
    """`recipients` as servers take them, each once; `utf8`: an address needs SMTPUTF8."""

    message_id: str
    sender: str
    recipients: tuple[str, ...]
    body: bytes = field(repr=False)
    utf8: bool = False


def message_id_of(request: SendRequest, settings: EmailSettings) -> str:
    """Made beforehand by whoever queued the mail; the same for every attempt either way."""
    given = str(request.options.get("message_id") or "").strip().strip("<>")
    return given or new_message_id(settings.address, request.client_ref)


async def envelope(request: SendRequest, settings: EmailSettings, now_ms: int) -> Envelope:
    """Raises SendRejected when it cannot be written, naming the field and what to change."""
    options = request.options
    to = _people(options.get("to")) or (Address("", request.destination),)
    cc, bcc = _people(options.get("cc")), _people(options.get("bcc"))
    files = [
        OutgoingFile(file.name, _media_type(file.name, file.media_type), await file.read()) for file in request.files
    ]
    out = Outgoing(
        from_=Address(settings.name or settings.title, settings.address),
        to=to,
        cc=cc,
        bcc=bcc,
        subject=str(options.get("subject") or ""),
        text=request.text,
        message_id=message_id_of(request, settings),
        date_ms=now_ms,
        in_reply_to=_bare(options.get("in_reply_to")),
        references=tuple(one for one in map(_bare, options.get("references") or ()) if one),
        signature=settings.signature.removeprefix("-- \n"),
        quoted=str(options.get("quote") or ""),
        attachments=tuple(files),
        auto_submitted=bool(options.get("auto")),
    )
    try:
        body = write_mail(out)
        recipients = tuple(dict.fromkeys(wire_address(one.address) for one in (*to, *cc, *bcc)))
        sender = wire_address(settings.address)
    except BadOutgoing as error:
        raise SendRejected(say("The mail cannot be written: {error}.", error=error), code="content") from error
    return Envelope(
        out.message_id, sender, recipients, body, utf8=not all(one.isascii() for one in (sender, *recipients))
    )


def _people(given: Iterable[Mapping[str, Any]] | None) -> tuple[Address, ...]:
    return tuple(Address(str(one.get("name") or ""), str(one["address"])) for one in given or () if one.get("address"))


def _bare(value: Any) -> str | None:
    return str(value).strip().strip("<>") or None if value else None


def _media_type(name: str, given: str) -> str:
    return given if "/" in given else mimetypes.guess_type(name)[0] or "application/octet-stream"
