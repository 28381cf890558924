"""The mails that people and machines send us, as bytes."""

from __future__ import annotations

import datetime
import html
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from email.utils import format_datetime, parseaddr

from unibox_tui.domain.inbound import InboundAttachment
from unibox_tui.sandbox.files import pdf, winmail

_SMTP = policy.SMTP.clone(cte_type="8bit", refold_source="none")
_WROTE = {
    "vi": "Vào {when}, {who} đã viết:",
    "th": "เมื่อ {when} {who} เขียนว่า:",
    "en": "On {when}, {who} wrote:",
}
_SIGNED = {
    "vi": "\n\n--\n{name}\nĐã gửi từ điện thoại của tôi",
    "th": "\n\n--\n{name}\nส่งจากมือถือ",
    "en": "\n\n--\n{name}\nSent from my phone",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One mail of a customer. Ids without brackets; `answers` is what it answers (its id, its ids before, its text)."""

    name: str
    address: str
    to: str
    subject: str
    text: str
    at: int  # epoch ms
    id: str
    language: str = "en"
    style: str = ""  # quoted, html, long
    files: Sequence[InboundAttachment] = ()
    answers: Sequence[str] = ()  # ids, oldest first
    quoted: str = ""
    quoted_from: str = ""


def letter(given: Letter) -> bytes:
    """A person's mail: plain or HTML, with the history below it as programs write it, and files."""
    mail = _begun(given.name, given.address, given.to, given.subject, given.at, given.id)
    if given.answers:
        mail["In-Reply-To"] = f"<{given.answers[-1]}>"
        mail["References"] = " ".join(f"<{one}>" for one in given.answers)
    text = given.text + (_SIGNED[given.language].format(name=given.name) if given.style in ("quoted", "") else "")
    wrote = ""
    if given.quoted:
        when = datetime.datetime.fromtimestamp(given.at / 1000 - 7200, datetime.UTC).strftime("%d/%m/%Y %H:%M")
        wrote = _WROTE[given.language].format(when=when, who=given.quoted_from)
        text += f"\n\n{wrote}\n" + "\n".join(f"> {line}" for line in given.quoted.splitlines())
    if given.style == "html":
        body = "".join(f"<p>{html.escape(line)}</p>" for line in given.text.splitlines() if line)
        shop = '<p><a href="https://kho-anh.example/don/1">https://kho-anh.example/don/1</a></p>'
        old = f"<p>{html.escape(wrote)}</p><blockquote>{html.escape(given.quoted)}</blockquote>" if wrote else ""
        mail.set_content(
            f"<html><body style='font-family:sans-serif'>{body}{shop}{old}</body></html>", "html", cte="8bit"
        )
    else:
        mail.set_content(text, cte="base64" if given.style == "long" else "8bit")
    for file in given.files:
        _attach(mail, file.name, file.media_type, file.content or b"")
    return mail.as_bytes()


def bounce(original: bytes, recipient: str, reporter: str, at: int, id: str) -> bytes:
    """The report that a mail of ours reached nobody."""
    parts = (
        f"Content-Type: text/plain; charset=utf-8\n\nThis is the mail system.\n\n<{recipient}>: host mx.{reporter} said:\n"
        "    550 5.1.1 No such user here\n",
        f"Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.{reporter}\n\nFinal-Recipient: rfc822; {recipient}\n"
        "Action: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 No such user here\n",
        f"Content-Type: text/rfc822-headers\n\nMessage-ID: {header(original, 'message-id')}\nTo: <{recipient}>\n",
    )
    head = (
        f"From: Mail Delivery Subsystem <mailer-daemon@{reporter}>\nTo: {_address(original)}\n"
        f"Subject: Undelivered Mail Returned to Sender\nDate: {_date(at)}\nMessage-ID: <{id}>\nAuto-Submitted: auto-replied\n"
    )
    return _multipart(head, 'report; report-type="delivery-status"', [part.encode() for part in parts])


def away(given: Letter) -> bytes:
    """An automatic answer: somebody is on holiday."""
    mail = _begun(given.name, given.address, given.to, given.subject, given.at, given.id)
    mail["Auto-Submitted"] = "auto-replied"
    mail["X-Auto-Response-Suppress"] = "All"
    if given.answers:
        mail["In-Reply-To"] = f"<{given.answers[-1]}>"
    mail.set_content(given.text, cte="8bit")
    return mail.as_bytes()


def newsletter(given: Letter) -> bytes:
    """A mailing list that got hold of our address."""
    mail = _begun(given.name, given.address, given.to, given.subject, given.at, given.id)
    mail["List-Id"] = "Wholesale weekly <weekly.fabrics.example>"
    mail["List-Unsubscribe"] = "<https://fabrics.example/leave>"
    mail["Precedence"] = "bulk"
    mail.set_content(given.text, cte="8bit")
    return mail.as_bytes()


def forwarded(given: Letter, inner: bytes) -> bytes:
    """A colleague of another department hands on a customer's mail as a whole."""
    mail = _begun(given.name, given.address, given.to, given.subject, given.at, given.id)
    head = "".join(f"{name}: {value}\n" for name, value in mail.items())
    text = f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{given.text}\n".encode()
    return _multipart(
        head, "mixed", [text, b"Content-Type: message/rfc822\nContent-Disposition: attachment\n\n" + inner]
    )


def invitation(given: Letter) -> bytes:
    """A meeting with a place and a time, the day after tomorrow."""
    day = datetime.datetime.fromtimestamp(given.at / 1000, datetime.UTC) + datetime.timedelta(days=2)
    lines = (
        "BEGIN:VCALENDAR",
        "PRODID:-//Invented//Calendar//EN",
        "VERSION:2.0",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        f"UID:{given.id}",
        f"DTSTAMP:{day:%Y%m%dT%H%M%SZ}",
        f"DTSTART:{day:%Y%m%d}T070000Z",
        f"DTEND:{day:%Y%m%d}T080000Z",
        f"SUMMARY:{given.subject}",
        "LOCATION:Phòng họp 2",
        f"ORGANIZER;CN={given.name}:mailto:{given.address}",
        f"ATTENDEE;RSVP=TRUE:mailto:{given.to}",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    )
    mail = _begun(given.name, given.address, given.to, given.subject, given.at, given.id)
    mail.set_content(given.text, cte="8bit")
    mail.add_alternative("\r\n".join(lines), "calendar", params={"method": "REQUEST"})
    return mail.as_bytes()


def from_outlook(given: Letter) -> bytes:
    """Somebody's Outlook wrapped the file into winmail.dat."""
    mail = _begun(given.name, given.address, given.to, given.subject, given.at, given.id)
    mail.set_content(given.text, cte="8bit")
    _attach(mail, "winmail.dat", "application/ms-tnef", winmail("contract.pdf", pdf("Framework contract")))
    return mail.as_bytes()


def header(mail: bytes, name: str) -> str:
    """One header of a mail of ours, decoded; empty when it is not there."""
    return str(BytesHeaderParser(policy=policy.default).parsebytes(mail)[name] or "")


def body_text(mail: bytes) -> str:
    """What a mail of ours says, without its signature and what it quotes."""
    body = BytesParser(policy=policy.default).parsebytes(mail).get_body(("plain",))
    text = str(body.get_content()) if body is not None else ""
    kept = itertools.takewhile(lambda line: line.rstrip() != "--", text.splitlines())
    return "\n".join(line for line in kept if not line.startswith(">")).strip()


def _begun(name: str, address: str, to: str, subject: str, at: int, id: str) -> EmailMessage:
    mail = EmailMessage(policy=_SMTP)
    local, _, domain = address.partition("@")
    mail["From"] = Address(name, local, domain)
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = _date(at)
    mail["Message-ID"] = f"<{id}>"
    return mail


def _multipart(head: str, kind: str, parts: Sequence[bytes]) -> bytes:
    """Parts as they are: the library would change those that hold another mail."""
    edge = b"=_part_of_a_whole"
    lines = f'{head}MIME-Version: 1.0\nContent-Type: multipart/{kind}; boundary="{edge.decode()}"\n\n'.encode()
    body = b"".join(b"--%s\n%s\n" % (edge, part) for part in parts) + b"--%s--\n" % edge
    return (lines + body).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _address(mail: bytes) -> str:
    return parseaddr(header(mail, "from"))[1]


def _date(at: int) -> str:
    return format_datetime(datetime.datetime.fromtimestamp(at / 1000, datetime.UTC))


def _attach(mail: EmailMessage, name: str, media_type: str, content: bytes) -> None:
    main, _, sub = media_type.partition("/")
    mail.add_attachment(content, maintype=main, subtype=sub, filename=name)
