"""Content-Transfer-Encoding undone, damage and all."""

from __future__ import annotations

import binascii
import re
from typing import NamedTuple

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_NOISE = bytes(set(range(256)) - set(_ALPHABET))
_BLANK = b" \t\r\n"
_PADDED_END = re.compile(rb"=[=\s]*")
_UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} [^\r\n]+\r?\n", re.MULTILINE)


class Content(NamedTuple):
    data: bytes
    problem: str


def decode(body: bytes, encoding: str, *, is_text: bool) -> Content:
    """The decoded bytes and "" or one of base64-damaged, uuencode-damaged, encoding-unknown. Never fails, linear."""
    name = encoding.partition(";")[0].strip().strip("\"'").lower()
    if name == "base64":
        return _base64(body, is_text)
    if name in ("quoted-printable", "quotedprintable"):
        return Content(binascii.a2b_qp(body), "")
    if name in ("x-uuencode", "x-uue", "uuencode"):
        return _uuencode(body)
    known = name in ("", "7bit", "8bit", "binary", "7-bit", "8-bit")
    return Content(body, "" if known else "encoding-unknown")


def _base64(body: bytes, is_text: bool) -> Content:
    problem = "" if not body.translate(None, _ALPHABET + _BLANK) else "base64-damaged"
    if problem and is_text and body.lstrip()[:200].split(b"\n", 1)[0].strip().count(b" ") >= 2:
        return Content(body, problem)  # labelled base64, written as plain words
    pieces: list[bytes] = []
    done = 0
    # Several encoded pieces may follow one another, each with its own padding.
    for padding in _PADDED_END.finditer(body):
        if padding.start() < done:
            continue
        pieces.append(_piece(body[done : padding.start()]))
        done = padding.end()
        if is_text and len(body) - done < 16_384 and body[done:].translate(None, _ALPHABET + b"\r\n"):
            pieces.append(b"\n" + body[done:])  # a footer that a list server put after the encoded text
            return Content(b"".join(pieces), "base64-damaged")
        if len(pieces) > 1_000:
            problem = "base64-damaged"
            break
    pieces.append(_piece(body[done:]))
    return Content(b"".join(pieces), problem)


def _piece(body: bytes) -> bytes:
    clean = body.translate(None, _NOISE + b"=")
    clean = clean[: len(clean) - (len(clean) % 4 == 1)]
    return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))


def _uuencode(body: bytes) -> Content:
    begin = _UU_BEGIN.search(body)
    if not begin:
        return Content(body, "uuencode-damaged")
    out: list[bytes] = []
    problem = "uuencode-damaged"
    for line in body[begin.end() :].splitlines():
        if line.strip() == b"end":
            problem = ""
            break
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            length = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0
            try:
                out.append(binascii.a2b_uu(line[:length]))
            except binascii.Error:
                return Content(b"".join(out), problem)
    return Content(b"".join(out), problem)
