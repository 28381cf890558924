"""A mail's bytes to `Mail`. Pure, never fails on what strangers send, and takes time in proportion to the size."""

from __future__ import annotations

import re
from collections.abc import Sequence

from unibox_tui.connectors.email.mime import identity, tree
from unibox_tui.connectors.email.mime.addresses import parse_addresses
from unibox_tui.connectors.email.mime.body import Body, Collector
from unibox_tui.connectors.email.mime.bounce import Letter, read_bounce
from unibox_tui.connectors.email.mime.charset import DEFAULT_CHARSETS
from unibox_tui.connectors.email.mime.loops import read_authentication, read_signs
from unibox_tui.connectors.email.mime.mail import Address, Mail, UnreadableMail
from unibox_tui.connectors.email.mime.words import decode_header
from unibox_tui.text.quotes import Quoted, split_quotes

MAX_HEADERS = 1_000
MAX_SHOWN_VALUE = 8_192
_FORWARDED_DEEP = 3  # mails inside mails that are rendered as text; deeper ones stay files
_FORWARD_SUBJECT = re.compile(r"^\s*(?:fwd?|fw|chuyển tiếp|ct|ส่งต่อ)\s*[:：]", re.IGNORECASE)


def read_mail(raw: bytes, *, charsets: Sequence[str] = DEFAULT_CHARSETS) -> Mail:
    """Read one mail. `charsets` are tried for bytes that declare none, by plausibility and then in order.

    Raises `UnreadableMail` only where there is nothing: no bytes, or neither a header nor a body.
    """
    return _read(raw, charsets, 0)


def _read(raw: bytes, charsets: Sequence[str], level: int) -> Mail:
    if not raw.strip(b"\0 \t\r\n"):
        raise UnreadableMail("the mail is empty")
    parsed = tree.parse(raw.lstrip(b"\r\n"), charsets)
    headers = parsed.root.headers
    collector = Collector(parsed, charsets, lambda content: _rendered(content, charsets, level + 1))
    collector.collect(parsed.root)
    body = collector.body
    if not headers.lines and not body.texts and not body.attachments:
        raise UnreadableMail("the mail has neither headers nor a body")
    problems = dict.fromkeys((*parsed.problems, *body.problems))

    subject = _one(headers, "subject", charsets)
    from_ = next(iter(_people(headers, "from", charsets) or _people(headers, "sender", charsets)), Address())
    if not from_.address:
        problems["sender-missing"] = None
    message_id = identity.message_id(headers)
    if message_id is None:
        problems["message-id-missing"] = None
        message_id = identity.digest(parsed.raw, parsed.root)
    answered = [one for value in headers.all("in-reply-to")[:1] for one in identity.many_ids(value)]
    references = [one for value in headers.all("references")[:1] for one in identity.many_ids(value)]
    if len(references) > identity.MAX_REFERENCES:
        problems["references-cut"] = None
    date = identity.date_ms(headers.get("date"))
    if date is None:
        problems["date-missing" if headers.get("date") is None else "date-broken"] = None
    if len(headers.lines) > MAX_HEADERS:
        problems["headers-cut"] = None

    whole, quoted = _words(body, subject)
    signs = read_signs(headers)
    bounce = read_bounce(
        Letter(headers, subject, from_.address, whole, body.reports, body.returned, (*references, *answered))
    )
    return Mail(
        message_id=message_id,
        subject=subject,
        from_=from_,
        date_ms=date,
        text=quoted.visible,
        hidden_text=quoted.hidden,
        in_reply_to=answered[0] if answered else None,
        references=identity.cap_references(references),
        reply_to=_people(headers, "reply-to", charsets),
        to=_people(headers, "to", charsets),
        cc=_people(headers, "cc", charsets),
        bcc=_people(headers, "bcc", charsets),
        html_present=body.html_present,
        attachments=tuple(body.attachments),
        auto_submitted=signs.auto_submitted,
        list_id=signs.list_id,
        precedence=signs.precedence,
        is_auto=signs.is_auto or bounce is not None or body.receipt,
        is_bulk=signs.is_bulk,
        bounce=bounce,
        calendar=body.calendar,
        delivered_to=_delivered_to(headers, charsets),
        authentication=read_authentication(headers),
        headers=tuple(
            (name, decode_header(value[:MAX_SHOWN_VALUE], charsets)) for name, value in headers.lines[:MAX_HEADERS]
        ),
        problems=tuple(problems),
    )


def _one(headers: tree.Headers, name: str, charsets: Sequence[str]) -> str:
    value = headers.get(name)
    return decode_header(value, charsets) if value is not None else ""


def _people(headers: tree.Headers, name: str, charsets: Sequence[str]) -> tuple[Address, ...]:
    """All of a header's addresses; a header that is wrongly there twice counts twice, within reason."""
    found: list[Address] = []
    for value in headers.all(name)[:10]:
        found.extend(parse_addresses(value, charsets))
    return tuple(dict.fromkeys(found))


def _delivered_to(headers: tree.Headers, charsets: Sequence[str]) -> tuple[str, ...]:
    found: list[str] = []
    for name in ("delivered-to", "x-original-to", "envelope-to", "x-delivered-to"):
        for value in headers.all(name)[:20]:
            found.extend(one.address for one in parse_addresses(value, charsets) if one.address)
    return tuple(dict.fromkeys(found))


def _words(body: Body, subject: str) -> tuple[str, Quoted]:
    """The whole text, and the same parted into visible and hidden, an invitation's lines under the visible ones."""
    pieces = [piece.strip("\n") for piece in body.texts]
    if not pieces:
        forwarded = next((part.text for part in body.attachments if part.text), None)
        pieces = [forwarded] if forwarded else []
        quoted = Quoted("\n\n".join(pieces), "")
    else:
        quoted = split_quotes("\n\n".join(pieces), forwarded=_FORWARD_SUBJECT.match(subject) is not None)
    if body.calendar is not None:
        quoted = quoted._replace(visible="\n\n".join(filter(None, (quoted.visible, body.calendar.text))))
    return "\n\n".join(pieces), quoted


def _rendered(content: bytes, charsets: Sequence[str], level: int) -> tuple[str, str | None]:
    """(subject, text) of a mail inside a mail; no text where it is nested too deep or empty."""
    if level > _FORWARDED_DEEP:
        return "", None
    try:
        mail = _read(content, charsets, level)
    except UnreadableMail:
        return "", None
    shown = ("From", "Date", "To", "Cc", "Subject")
    values = {name.lower(): value for name, value in reversed(mail.headers)}
    head = "\n".join(f"{name}: {values[name.lower()]}" for name in shown if values.get(name.lower()))
    return mail.subject, "\n\n".join(filter(None, (head, mail.text, mail.hidden_text)))
