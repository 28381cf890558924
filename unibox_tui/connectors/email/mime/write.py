"""`Outgoing` to the bytes of a mail: UTF-8 clean, CRLF, and proof against line breaks in any field."""

from __future__ import annotations

import base64
import binascii
import hashlib
import quopri
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from email.utils import formatdate
from urllib.parse import quote

from unibox_tui.connectors.email.mime.charset import nfc
from unibox_tui.connectors.email.mime.identity import cap_references
from unibox_tui.connectors.email.mime.mail import Address

_LINE = 76
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\x85\u2028\u2029]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_LOCAL = re.compile(r"^[^\s<>()\[\],;:\\\"@\x00-\x1f\x7f]{1,64}$")
_DOMAIN = re.compile(r"^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$")
_ID = re.compile(r"^[^<>\s\x00-\x1f\x7f]{1,900}$")
_NAME = re.compile(r"^[!-9;-~]{1,76}$")
_KIND = re.compile(r"^[a-z0-9.+!#$&^_-]{1,100}/[a-z0-9.+!#$&^_-]{1,100}$")
_PLAIN_PHRASE = re.compile(r"^[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*$")
_OURS = frozenset(
    [
        "from",
        "to",
        "cc",
        "bcc",
        "subject",
        "date",
        "message-id",
        "in-reply-to",
        "references",
        "mime-version",
        "content-type",
        "content-disposition",
        "content-transfer-encoding",
        "content-id",
        "auto-submitted",
    ]
)


class BadOutgoing(ValueError):
    """A field that cannot be put into a mail. `where` names the field, `why` says what to change; neither quotes it."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"{where}: {why}")
        self.where = where
        self.why = why


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A mail to be sent. Ids are without brackets, `date_ms` is UTC epoch milliseconds.

    `quoted` is the original as `reply.quote_original` gives it; it goes under the text and the signature. `bcc` is for
    the envelope: it is never written. `auto_submitted` marks what no person wrote. `headers` are extra (name, value).
    """

    from_: Address
    to: tuple[Address, ...]
    subject: str
    text: str
    message_id: str
    date_ms: int
    cc: tuple[Address, ...] = ()
    bcc: tuple[Address, ...] = ()
    reply_to: tuple[Address, ...] = ()
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    signature: str = ""
    quoted: str = ""
    attachments: tuple[OutgoingFile, ...] = ()
    auto_submitted: bool = False
    headers: tuple[tuple[str, str], ...] = ()


def write_mail(out: Outgoing) -> bytes:
    """The mail as bytes with CRLF line ends. Raises `BadOutgoing` naming the field that cannot be written."""
    if not (out.to or out.cc or out.bcc):
        raise BadOutgoing("to", "no recipient is given")
    lines = [
        _people("From", "from", (out.from_,)),
        *(_people(title, key, people) for title, key, people in (
            ("To", "to", out.to), ("Cc", "cc", out.cc), ("Reply-To", "reply_to", out.reply_to)) if people),
        _folded("Subject", _words(_clean("subject", out.subject))),
        f"Date: {_date(out.date_ms)}",
        f"Message-ID: {_id('message_id', out.message_id)}",
    ]  # fmt: skip
    _people("Bcc", "bcc", out.bcc)  # refused like the others, then left out
    if out.in_reply_to:
        lines.append(f"In-Reply-To: {_id('in_reply_to', out.in_reply_to)}")
    if out.references:
        ids = [_id("references", one) for one in cap_references(list(out.references))]
        lines.append("References: " + "\r\n ".join(ids))
    if out.auto_submitted:
        lines += ["Auto-Submitted: auto-replied", "X-Auto-Response-Suppress: All"]
    lines += [_extra(name, value) for name, value in out.headers]
    lines.append("MIME-Version: 1.0")
    head = "\r\n".join(lines).encode("utf-8") + b"\r\n"
    return head + _body(out)


def _body(out: Outgoing) -> bytes:
    text = _text_part(_whole_text(out))
    if not out.attachments:
        return text
    parts = [text, *(_file_part(one) for one in out.attachments)]
    boundary = _boundary(out.message_id, parts)
    mark = b"--" + boundary
    joined = b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts)
    return b'Content-Type: multipart/mixed; boundary="' + boundary + b'"\r\n\r\n' + joined + mark + b"--\r\n"


def _boundary(seed: str, parts: Iterable[bytes]) -> bytes:
    """A mark that stands in none of the parts; the same mail gives the same bytes."""
    held = list(parts)
    turn = 0
    while True:
        mark = b"=_" + hashlib.sha256(f"{turn}:{seed}".encode("utf-8", "replace")).hexdigest()[:40].encode()
        if not any(mark in part for part in held):
            return mark
        turn += 1


def _whole_text(out: Outgoing) -> str:
    pieces = [_lines("text", out.text).rstrip("\n")]
    if out.signature.strip():
        pieces.append("-- \n" + _lines("signature", out.signature).strip("\n"))
    if out.quoted.strip():
        pieces.append(_lines("quoted", out.quoted).strip("\n"))
    return "\n\n".join(piece for piece in pieces if piece) + "\n"


def _lines(where: str, text: str) -> str:
    """One kind of line break and no code points that are half a character."""
    if _SURROGATE.search(text):
        raise BadOutgoing(where, "it contains broken characters (lone surrogates); type them again")
    if "\0" in text:
        raise BadOutgoing(where, "it contains a NUL character; remove it")
    return nfc(text.replace("\r\n", "\n").replace("\r", "\n"))


def _text_part(text: str) -> bytes:
    """Long lines are left to the reader's window: paragraphs travel whole and wrap everywhere."""
    data = text.replace("\n", "\r\n").encode("utf-8")
    if data.isascii() and all(len(line) <= 900 for line in data.split(b"\r\n")) and b"\r\nFrom " not in b"\r\n" + data:
        charset, encoding, body = "us-ascii", "7bit", data
    else:
        quoted = quopri.encodestring(text.encode("utf-8")).replace(b"\n", b"\r\n").replace(b"\r\nFrom ", b"\r\n=46rom ")
        quoted = b"=46rom " + quoted[5:] if quoted.startswith(b"From ") else quoted
        charset = "utf-8"
        if len(quoted) <= len(data) * 2:
            encoding, body = "quoted-printable", quoted
        else:
            encoding, body = "base64", _base64(data)
    head = f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode("ascii") + body


def _base64(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def _file_part(one: OutgoingFile) -> bytes:
    kind = one.media_type.lower()
    if not _KIND.match(kind) or kind.startswith("multipart/"):
        raise BadOutgoing("attachments", "a media type is not of the form type/subtype")
    content = one.content
    if kind.startswith("message/"):
        # A mail inside a mail may not be encoded, only its line ends are made ours; one that cannot travel as it is goes as a plain file.
        fits = b"\0" not in content and all(len(line) <= 990 for line in content.split(b"\n"))
        content = re.sub(rb"\r?\n|\r", b"\r\n", content)
        kind = kind if fits else "application/octet-stream"
    head = f"Content-Type: {kind}\r\nContent-Disposition: attachment{_file_name(one.name)}\r\n"
    if kind.startswith("message/"):
        return f"{head}Content-Transfer-Encoding: 8bit\r\n\r\n".encode("ascii") + content
    return f"{head}Content-Transfer-Encoding: base64\r\n\r\n".encode("ascii") + _base64(one.content)


def _file_name(name: str) -> str:
    """Plain where possible; else RFC 2231 in pieces, which every program of today reads."""
    clean = _clean("attachments", name)
    if not clean:
        return ""
    if clean.isascii() and len(clean) <= 60:
        escaped = clean.replace("\\", "\\\\").replace('"', '\\"')
        return f';\r\n filename="{escaped}"'
    encoded = quote(nfc(clean), safe="-._~")
    pieces = re.findall(r"(?:%[0-9A-F]{2}|[^%]){1,18}", encoded)
    if len(pieces) == 1:
        return f";\r\n filename*=utf-8''{encoded}"
    return "".join(
        f";\r\n filename*{index}*={'utf-8' + chr(39) * 2 if index == 0 else ''}{piece}"
        for index, piece in enumerate(pieces)
    )


def _clean(where: str, value: str) -> str:
    if _CONTROL.search(value):
        raise BadOutgoing(where, "it contains a line break or another control character; remove it")
    if _SURROGATE.search(value):
        raise BadOutgoing(where, "it contains broken characters (lone surrogates); type them again")
    return nfc(value.replace("\t", " ")).strip()


def _id(where: str, value: str) -> str:
    if not _ID.match(value) or _SURROGATE.search(value):
        raise BadOutgoing(where, "a message id has no brackets, spaces or control characters")
    return f"<{value}>"


def _date(date_ms: int) -> str:
    if not 0 < date_ms < 4_102_444_800_000:
        raise BadOutgoing("date_ms", "the date is not between 1970 and 2100, in milliseconds")
    return formatdate(date_ms / 1000, localtime=False)


def _extra(name: str, value: str) -> str:
    if not _NAME.match(name):
        raise BadOutgoing("headers", "a header name has letters, digits and dashes only")
    if name.lower() in _OURS:
        raise BadOutgoing("headers", f"{name} is written from its own field")
    return _folded(name, _words(_clean("headers", value)))


def wire_address(address: str, where: str = "address") -> str:
    """The address as a server takes it: an international domain in its ASCII form. Raises `BadOutgoing`."""
    local, at, domain = address.rpartition("@")
    if not at or not _LOCAL.match(local) or _SURROGATE.search(address):
        raise BadOutgoing(where, "an address is not of the form name@domain")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii") if len(domain) <= 253 else ""
        except UnicodeError:
            domain = ""
    if len(domain) > 253 or not _DOMAIN.match(domain.lower()):
        raise BadOutgoing(where, "the domain of an address is not valid")
    return f"{local}@{domain}"


def _people(title: str, where: str, people: tuple[Address, ...]) -> str:
    shown = []
    for one in people:
        name = _clean(where, one.name)
        address = wire_address(one.address, where)
        if not name:
            shown.append(address)
        elif _PLAIN_PHRASE.match(name) and "=?" not in name:
            shown.append(f"{name} <{address}>")
        elif name.isascii() and "=?" not in name and len(name) < 70:
            escaped = name.replace("\\", "\\\\").replace('"', '\\"')
            shown.append(f'"{escaped}" <{address}>')
        else:
            shown.append("\r\n ".join([*_encoded(name), f"<{address}>"]))
    return f"{title}: " + ",\r\n ".join(shown)


def _words(value: str) -> list[str]:
    """The value in pieces that may stand on lines of their own."""
    plain = value.isascii() and "=?" not in value and "  " not in value
    if plain and all(len(word) <= _LINE for word in value.split(" ")):
        return value.split(" ")
    return _encoded(value)


def _encoded(value: str) -> list[str]:
    """Encoded words of at most 75 characters, none of which cuts a letter or its marks from it."""
    words: list[str] = []
    piece = b""
    for char in value:
        data = char.encode("utf-8")
        if len(piece) + len(data) > 45:
            words.append(_encoded_word(piece))
            piece = b""
        piece += data
    words.append(_encoded_word(piece))
    return words


def _encoded_word(piece: bytes) -> str:
    return f"=?utf-8?B?{binascii.b2a_base64(piece, newline=False).decode('ascii')}?="


def _folded(name: str, words: list[str]) -> str:
    lines = [f"{name}:"]
    for word in words:
        if len(lines[-1]) + 1 + len(word) > _LINE and lines[-1] != f"{name}:":
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines)
