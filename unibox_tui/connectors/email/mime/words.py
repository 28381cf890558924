"""Header values to text: raw 8-bit, encoded words (RFC 2047) as they are really written, and folding."""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence

from unibox_tui.connectors.email.mime import charset

MAX_VALUE = 65_536
# No closing mark is needed at the end of the value: some software cuts there.
_WORD = re.compile(r"=\?([^?\s]{1,64})\?([bBqQ])\?([^?]*)(?:\?=|\?$|$)")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]+")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]+")


def unfold(raw: bytes) -> bytes:
    """One line: the line breaks of folding removed, the white space kept."""
    line = raw.strip(b" \t\r\n")
    return _FOLD.sub(b"", line) if b"\n" in line else line


def decode_header(raw: bytes, charsets: Sequence[str] = charset.DEFAULT_CHARSETS) -> str:
    """Readable text of one header value; at most `MAX_VALUE` bytes of it are looked at. Never fails."""
    value = unfold(raw[:MAX_VALUE])
    if value.isascii() and b"=?" not in value and b"\x1b" not in value:
        text = value.decode("ascii")
    else:
        text = decode_words(charset.decode(value, None, charsets).text, charsets)
    return text.strip() if text.isprintable() else _CONTROL.sub(" ", text.replace("\t", " ")).strip()


def decode_words(text: str, charsets: Sequence[str] = charset.DEFAULT_CHARSETS) -> str:
    """Replace each encoded word. Neighbours of one charset are joined as bytes first: letters are split across them."""
    if "=?" not in text:
        return text
    out: list[str] = []
    pending = bytearray()
    pending_charset = ""
    done = 0

    def flush() -> None:
        if pending:
            out.append(charset.decode(bytes(pending), pending_charset, charsets).text)
            pending.clear()

    for match in _WORD.finditer(text):
        between = text[done : match.start()]
        name = match[1].partition("*")[0].lower()
        adjacent = not between.strip() and done > 0
        if not (adjacent and name == pending_charset):
            flush()
        if not adjacent:
            out.append(between)
        pending_charset = name
        pending += _base64(match[3]) if match[2] in "bB" else _quoted(match[3])
        done = match.end()
    flush()
    out.append(text[done:])
    return charset.nfc("".join(out))


def _base64(text: str) -> bytes:
    clean = _NOT_BASE64.sub("", text)
    clean = clean[: len(clean) - (len(clean) % 4 == 1)]
    return binascii.a2b_base64(clean + "=" * (-len(clean) % 4))


def _quoted(text: str) -> bytes:
    return binascii.a2b_qp(text.encode("utf-8", "surrogatepass"), header=True)
