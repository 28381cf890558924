"""A mail that was read to what the house works with. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from unibox_tui.connectors.email.mime.identity import date_ms
from unibox_tui.connectors.email.mime.mail import Address, Bounce, Mail, MailPart
from unibox_tui.connectors.email.settings import EmailSettings
from unibox_tui.domain.inbound import InboundAttachment, InboundEvent, MailPlace, MessageReceived, Person, Receipt
from unibox_tui.domain.words import Author, DeliveryState, Direction, MessageKind

WEEK_MS = 7 * 86_400_000
UNKNOWN_SENDER = "unknown"
# The name that writes Authentication-Results, where it is not of the IMAP server's own domain.
WRITES_RESULTS = {
    "gmail.com": ("google.com",),
    "googlemail.com": ("google.com",),
    "office365.com": ("outlook.com",),
    "outlook.com": ("outlook.com",),
}
_DELAYED = re.compile(rb"^action:[ \t]*(?:delayed|relayed|delivered|expanded)\b", re.IGNORECASE | re.MULTILINE)
_FAILED = re.compile(rb"^action:[ \t]*failed\b", re.IGNORECASE | re.MULTILINE)


def events_of(
    mail: Mail,
    settings: EmailSettings,
    *,
    raw: bytes,
    received_at: int,
    place: MailPlace | None = None,
    in_sent: bool = False,
    remote: Mapping[bytes, Mapping[str, Any]] | None = None,
    remote_all: Mapping[str, Any] | None = None,
) -> list[InboundEvent]:
    """The message, and for a bounce that names a mail of ours the receipt that says so.

    `remote`: mark that stands in the place of a part left out -> how to fetch it. `remote_all`: no bytes are handed on at
    all, each attachment becomes this pointer with its "index".
    """
    own = settings.own_addresses
    verified = mail.authentication.dmarc == "pass" and trusts(settings, mail.authentication.server)
    ours = mail.from_.address.lower() in own and not _is_forged(mail, settings, in_sent)
    customer = _other(mail, own) if ours else _sender(mail)
    if ours and customer is None:
        # A web form that mails us in our own name: the customer is who an answer would go to.
        ours, customer, verified = False, _first_foreign(mail.reply_to, own) or mail.from_, False
    assert customer is not None
    sent_at = _sent_at(mail, received_at)
    automatic = mail.is_auto or mail.is_bulk or mail.bounce is not None
    message = MessageReceived(
        provider_id=mail.message_id,
        person=Person(
            address=customer.address.lower() or UNKNOWN_SENDER,
            kind="email",
            name=customer.name,
            verified=verified and not ours,
            email=customer.address.lower() or None,
        ),
        sent_at=sent_at,
        text=mail.text,
        kind=MessageKind.MAIL,
        direction=Direction.OUT if ours else Direction.IN,
        author=Author.AGENT if ours else Author.CONTACT,
        author_name=mail.from_.name if ours else "",
        author_unsure=ours and not in_sent and not verified,
        hidden_text=mail.hidden_text,
        subject=mail.subject,
        answers=_answers(mail),
        attachments=tuple(_attachments(mail, remote or {}, remote_all)),
        automatic=automatic,
        place=place,
        email=email_json(mail),
        extra={"problems": list(mail.problems)} if mail.problems else {},
    )
    events: list[InboundEvent] = [message]
    if mail.bounce is not None and not ours and (receipt := _receipt(mail.bounce, raw, sent_at)):
        events.append(receipt)
    return events


def email_json(mail: Mail) -> dict[str, Any]:
    """The `email` object of a message, as docs/interchange.md has it. Ids without brackets."""
    return {
        "subject": mail.subject,
        "from": _person_json(mail.from_),
        "to": [_person_json(one) for one in mail.to],
        "cc": [_person_json(one) for one in mail.cc],
        "reply_to": [_person_json(one) for one in mail.reply_to],
        "message_id": mail.message_id,
        "in_reply_to": mail.in_reply_to,
        "references": list(mail.references),
        "date": mail.date_ms,
        "auto_submitted": mail.auto_submitted,
        "list_id": mail.list_id,
        "bounce": _bounce_json(mail.bounce),
        "dmarc": mail.authentication.dmarc,
    }


def trusts(settings: EmailSettings, server: str) -> bool:
    """Whether Authentication-Results of `server` were written by our own mail server and not by the sender."""
    name = server.strip().lower()
    if not name:
        return False
    if settings.auth_results_from:
        return name in (one.lower() for one in settings.auth_results_from)
    host = settings.imap_host.lower()
    for provider, writers in WRITES_RESULTS.items():
        if host == provider or host.endswith(f".{provider}"):
            return any(name == writer or name.endswith(f".{writer}") for writer in writers)
    return bool(host) and name == host


def _is_forged(mail: Mail, settings: EmailSettings, in_sent: bool) -> bool:
    return not in_sent and mail.authentication.dmarc == "fail" and trusts(settings, mail.authentication.server)


def _sender(mail: Mail) -> Address:
    if mail.from_.address:
        return mail.from_
    return next((one for one in mail.reply_to if one.address), Address(mail.from_.name, ""))


def _other(mail: Mail, own: frozenset[str]) -> Address | None:
    """Who a mail of ours went to."""
    return _first_foreign((*mail.to, *mail.cc, *mail.bcc), own)


def _first_foreign(people: Sequence[Address], own: frozenset[str]) -> Address | None:
    return next((one for one in people if one.address and one.address.lower() not in own), None)


def _answers(mail: Mail) -> tuple[str, ...]:
    """What the mail refers to, nearest first."""
    bounced = (mail.bounce.original_message_id,) if mail.bounce else ()
    named = (*bounced, mail.in_reply_to, *reversed(mail.references))
    return tuple(dict.fromkeys(one for one in named if one and one != mail.message_id))


def _sent_at(mail: Mail, received_at: int) -> int:
    """The Date header, unless it is missing or long before the mail reached the first server that stamped it."""
    stamps = (date_ms(value.rpartition(";")[2].encode()) for name, value in mail.headers if name.lower() == "received")
    arrived = next((stamp for stamp in stamps if stamp), None)
    if mail.date_ms is None:
        return arrived or received_at
    return arrived if arrived is not None and mail.date_ms < arrived - WEEK_MS else mail.date_ms


def _receipt(bounce: Bounce, raw: bytes, at: int) -> Receipt | None:
    """None for a report that a mail is only late, and for one that does not name the mail."""
    if not bounce.original_message_id:
        return None
    if not bounce.hard and _DELAYED.search(raw) and not _FAILED.search(raw):
        return None
    status = f"{bounce.status} " if bounce.status and bounce.status not in bounce.reason else ""
    return Receipt(
        DeliveryState.FAILED,
        at,
        provider_id=bounce.original_message_id,
        person_address=bounce.recipient.lower() or None,
        reason=f"{bounce.recipient}: {status}{bounce.reason}".strip(": "),
        extra={"bounce": _bounce_json(bounce)},
    )


def _attachments(
    mail: Mail, remote: Mapping[bytes, Mapping[str, Any]], remote_all: Mapping[str, Any] | None
) -> list[InboundAttachment]:
    found = []
    for index, part in enumerate(mail.attachments):
        pointer = remote.get(part.content.strip()) if remote else None
        if pointer is not None and not mail.message_id.startswith("digest:"):
            pointer = {**pointer, "message_id": mail.message_id}
        if remote_all is not None:
            pointer = {**remote_all, "index": index, "size": part.size}
        found.append(_attachment(part, pointer))
    return found


def _attachment(part: MailPart, pointer: Mapping[str, Any] | None) -> InboundAttachment:
    return InboundAttachment(
        name=part.name,
        media_type=part.media_type,
        size=int(pointer["size"]) if pointer else part.size,
        content=None if pointer else part.content,
        remote=pointer,
        content_id=part.content_id or "",
        inline=part.inline,
    )


def _person_json(person: Address) -> dict[str, str]:
    return {"name": person.name, "address": person.address}


def _bounce_json(bounce: Bounce | None) -> dict[str, Any] | None:
    if bounce is None:
        return None
    return {
        "recipient": bounce.recipient,
        "status": bounce.status,
        "reason": bounce.reason,
        "hard": bounce.hard,
    }
