"""Bytes to text whatever was declared: declared, utf-8, the inbox's list weighed by plausibility, chardet, latin-1."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from unibox_tui.connectors.email.mime import vietnamese

DEFAULT_CHARSETS = ("cp1258", "cp874", "cp1252")
_SAMPLE = 65_536
_ALIASES = {
    "ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "euc-kr": "cp949", "gb2312": "gb18030", "gbk": "gb18030",
    "gb_2312-80": "gb18030", "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext", "tis-620": "cp874", "tis620": "cp874", "iso-8859-11": "cp874",
    "windows-874": "cp874", "x-windows-874": "cp874", "dos-874": "cp874", "unicode-1-1-utf-8": "utf-8",
    "utf8mb4": "utf-8", "utf8": "utf-8", "utf-8-mac": "utf-8", "unicode-1-1-utf-7": "utf-7", "unicode": "utf-16",
    "iso-8859-8-i": "iso-8859-8", "iso-8859-8-e": "iso-8859-8", "x-gbk": "gb18030", "iso-ir-6": "ascii",
    "ansi_x3.4-1968": "ascii", "x-vietnam": "cp1258",
}  # fmt: skip
_TABLES = {"viscii": "viscii", "x-viscii": "viscii", "csviscii": "viscii"} | dict.fromkeys(
    ("tcvn", "tcvn3", "x-tcvn", "tcvn-5712", "tcvn5712-1", "x-viet-tcvn5712", "x-viet-tcvn", "tcvn3-1"), "tcvn3"
)
# Not charsets, or with a running time that is not linear.
_REFUSED = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
_ANY_BYTES = {"ascii", "iso8859-1", "cp1252"}  # what software writes when it does not know
_LONG_MARKS = re.compile(r"[^\w\s\x00-\x7f]{31,}")
_COMMON_SIGNS = frozenset("\u00a0–—‘’“”„•…€£°«»©®™·₫×½§¿¡\u200b")


class Decoded(NamedTuple):
    """`charset` is what was used; `problem` is "" or a stable word: charset-guessed, charset-wrong, bytes-damaged."""

    text: str
    charset: str
    problem: str


def nfc(text: str) -> str:
    """Normal form C in linear time: ordering a million combining marks at once would take minutes."""
    if text.isascii() or not _LONG_MARKS.search(text):
        return text if text.isascii() else unicodedata.normalize("NFC", text)
    pieces: list[str] = []
    done = 0
    for run in _LONG_MARKS.finditer(text):
        cut = run.start() + 30
        pieces.append(unicodedata.normalize("NFC", text[done:cut]))
        pieces += [unicodedata.normalize("NFC", text[at : min(at + 30, run.end())]) for at in range(cut, run.end(), 30)]
        done = run.end()
    pieces.append(unicodedata.normalize("NFC", text[done:]))
    return "".join(pieces)


@lru_cache(maxsize=256)
def codec_name(declared: str) -> str | None:
    """The canonical codec for a declared charset, or None when it is unknown or not a charset."""
    name = declared.strip().strip("\"'").lower()
    if name in _TABLES:
        return _TABLES[name]
    try:
        info = codecs.lookup(_ALIASES.get(name, name))
    except (LookupError, ValueError, TypeError):
        return None
    usable = getattr(info, "_is_text_encoding", True) and info.name.replace("-", "_") not in _REFUSED
    return info.name if usable else None


def _strict(data: bytes, codec: str) -> str | None:
    if codec == "viscii":
        return vietnamese.decode_viscii(data)
    if codec == "tcvn3":
        return vietnamese.decode_tcvn(data)
    try:
        text = data.decode(codec)
    except ValueError:
        return None
    # utf-7 lets through halves of characters, which nothing after us can store.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if codec == "utf-7" else text


def decode(data: bytes, declared: str | None = None, charsets: Sequence[str] = DEFAULT_CHARSETS) -> Decoded:
    """Decode to NFC text. Never fails; time is linear in `data`.

    A declared charset is believed unless it cannot be right: bytes that are utf-8 under a Western label, or a Western
    label under which the text is not made of letters.
    """
    codec = codec_name(declared) if declared else None
    if data.isascii() and (codec is None or codec in _ANY_BYTES or codec == "utf-8"):
        if b"\x1b" not in data and b"\0" not in data:
            return Decoded(data.decode("ascii"), "ascii", "")
        return _escaped_or_wide(data)
    problem = "charset-unknown" if declared and codec is None else ""
    if codec and codec not in _ANY_BYTES:
        text = _strict(data, codec)
        if text is not None:
            return Decoded(nfc(text).removeprefix("\ufeff"), codec, "")
        damaged = _mostly(data, codec)
        if damaged is not None:
            return Decoded(nfc(damaged), codec, "bytes-damaged")
        problem = "charset-wrong"
    if b"\0" in data[:_SAMPLE] or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        wide = _escaped_or_wide(data)
        if wide.charset.startswith("utf"):
            return wide
    text = _strict(data, "utf-8")
    if text is not None:
        wrong = "charset-wrong" if codec else problem
        return Decoded(nfc(text).removeprefix("\ufeff"), "utf-8", wrong)
    if codec in _ANY_BYTES:
        western = _strict(data, "cp1252") or data.decode("latin-1")
        if _plausible(western[:_SAMPLE], "cp1252") >= 0.85:
            return Decoded(nfc(western), "cp1252", "" if codec != "ascii" else "charset-wrong")
    guess = _guess(data, charsets)
    return guess._replace(problem=problem or guess.problem)


def _escaped_or_wide(data: bytes) -> Decoded:
    """Seven-bit bytes with escapes (iso-2022) or bytes with NULs (utf-16, utf-32 without a label)."""
    if b"\x1b$" in data or b"\x1b(" in data:
        for codec in ("iso2022_jp_ext", "iso2022_kr"):
            text = _strict(data, codec)
            if text is not None:
                return Decoded(nfc(text), codec, "charset-guessed")
    head = data[:4096]
    codec = ""
    if head[:4] in (b"\xff\xfe\0\0", b"\0\0\xfe\xff"):
        codec = "utf-32"
    elif head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        codec = "utf-16"
    elif head.count(0) * 5 >= len(head) and head.count(0) >= 4:
        codec = "utf-16-le" if head[1::2].count(0) >= head[::2].count(0) else "utf-16-be"
    if codec:
        even = len(data) - len(data) % (4 if codec == "utf-32" else 2)
        text = _strict(data[:even], codec)
        if text is not None:
            return Decoded(nfc(text), codec, "charset-guessed")
    return Decoded(data.decode("latin-1"), "latin-1", "")


def _mostly(data: bytes, codec: str) -> str | None:
    """The text with marks where bytes are damaged, if that is only a few; else the label itself was wrong."""
    text = data.decode(codec, "replace")
    beyond = sum(1 for char in text[:_SAMPLE] if char > "\x7f")
    # Whole utf-8 letters do not come about by chance; in other charsets most bytes mean something.
    share = 2 if codec == "utf-8" else 5
    return text if text[:_SAMPLE].count("\ufffd") * share <= beyond else None


def _guess(data: bytes, charsets: Sequence[str]) -> Decoded:
    sample = data[:_SAMPLE]
    best, best_score = "", 0.0
    candidates = [codec for codec in map(codec_name, charsets) if codec]
    for codec in candidates:
        text = sample.decode(codec, "replace") if codec not in ("tcvn3", "viscii") else _strict(sample, codec)
        score = _plausible(unicodedata.normalize("NFC", text or ""), codec)
        if score > best_score:
            best, best_score = codec, score
    if best_score >= 0.85:
        return Decoded(nfc(_lossy(data, best)), best, "charset-guessed")
    if "cp1258" in candidates and _plausible(vietnamese.decode_tcvn(sample), "tcvn3") >= 0.95:
        return Decoded(nfc(vietnamese.decode_tcvn(data)), "tcvn3", "charset-guessed")
    damaged = _mostly(data, "utf-8")
    if damaged is not None:
        return Decoded(nfc(damaged), "utf-8", "bytes-damaged")
    return _detected(data) or Decoded(nfc(_lossy(data, best or "latin-1")), best or "latin-1", "charset-guessed")


def _detected(data: bytes) -> Decoded | None:
    import chardet  # slow to load, seldom needed

    found = codec_name(chardet.detect(data[:_SAMPLE]).get("encoding") or "")
    text = _strict(data, found) if found else None
    return Decoded(nfc(text), found or "", "charset-guessed") if text is not None else None


def _lossy(data: bytes, codec: str) -> str:
    if codec in ("tcvn3", "viscii"):
        return _strict(data, codec) or ""
    return data.decode(codec, "replace")


def _plausible(text: str, codec: str) -> float:
    """The share of the characters beyond ASCII that a text in this charset would have (0 to 1)."""
    good = total = 0
    viet = vietnamese.letters()
    previous = " "
    for char in text:
        if char > "\x7f":
            total += 1
            if codec == "cp874":
                # Thai is not written into Latin words.
                good += "\u0e01" <= char <= "\u0e5b" and not (previous.isascii() and previous.isalpha())
            elif codec in ("cp1258", "tcvn3", "viscii"):
                good += char in viet or char in _COMMON_SIGNS
            elif char in _COMMON_SIGNS:
                # A sign inside a word is a letter of another charset.
                good += not previous.isalpha() or char in "’‘”…\u00a0—–"
            else:
                good += char.isalpha()
        previous = char
    return good / total if total else 0.0
