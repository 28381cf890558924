"""Strangers' words made fit for a terminal, a file name and a spreadsheet."""

from __future__ import annotations

import re
import unicodedata

REPLACEMENT = "\ufffd"

# Marks of the Latin script pile up to any height ("zalgo"); Vietnamese never needs more than two.
_LATIN_MARKS = "\u0300-\u034e\u0350-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_THAI_MARKS = "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
_SELECTORS = "\ufe0e\ufe0f"
_MOST_LATIN_MARKS = 4
_MOST_MARKS = 8

_PICTURES = "\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_BEFORE_JOINER = _PICTURES + "\ufe0f"

_HIDDEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but tab and newline, DEL, C1
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"  # soft hyphen, joiners and fillers nobody sees
    "\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f"  # zero width, bidi
    "\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\ud800-\udfff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"  # format and tag characters
)
_ODD = re.compile(f"[{_HIDDEN}]|(?<![{_BEFORE_JOINER}])\u200d|\u200d(?![{_PICTURES}])")
_BREAK = re.compile("\r\n?|[\u2028\u2029]")
# A zero-width space is an ordinary word break between Thai letters; there it hides nothing and may go.
_THAI_BREAK = re.compile("(?<=[\u0e01-\u0e5b])\u200b+(?=[\u0e01-\u0e30\u0e32\u0e33\u0e3f-\u0e46\u0e4f-\u0e5b])")
_PILED_LATIN = re.compile(f"([{_LATIN_MARKS}{_SELECTORS}]{{{_MOST_LATIN_MARKS}}})[{_LATIN_MARKS}{_SELECTORS}]+")
_PILED = re.compile(
    f"([{_LATIN_MARKS}{_THAI_MARKS}{_SELECTORS}]{{{_MOST_MARKS}}})[{_LATIN_MARKS}{_THAI_MARKS}{_SELECTORS}]+"
)
_SUSPECT = re.compile(
    f"[{_HIDDEN}\u200d\u2028\u2029]"
    f"|[{_LATIN_MARKS}{_SELECTORS}]{{{_MOST_LATIN_MARKS + 1}}}"
    f"|[{_LATIN_MARKS}{_THAI_MARKS}{_SELECTORS}]{{{_MOST_MARKS + 1}}}"
)
_SPACES_WITH_BREAK = re.compile(r"(?<! ) *[\t\n][ \t\n]*")
_FORBIDDEN_IN_NAMES = re.compile(f'[<>:"|?*\x00-\x1f{REPLACEMENT}]+')
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,12}\Z")
_FORMULA = re.compile("[\\s\x00-\x20\u200b-\u200f\u2060\ufeff]*[=+\\-@\uff1d\uff0b\uff0d\uff20]")
_PLAIN_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?\Z", re.ASCII)


def safe(text: str) -> str:
    """`text` as it may be shown: NFC, line ends as newline, and nothing left that moves, hides or reorders.

    Newline and tab stay. Control, bidi, zero-width and tag characters and lone surrogates become a visible U+FFFD;
    piles of combining marks are cut. Thai marks, the joiner inside emoji and variation selector 16 stay.
    Applying it twice changes nothing.
    """
    if text.isascii():
        if text.isprintable() or not _ODD.search(text):
            return text
    else:
        text = unicodedata.normalize("NFC", text)
        if not _SUSPECT.search(text):
            return text
    text = _THAI_BREAK.sub("", _BREAK.sub("\n", text))
    text = unicodedata.normalize("NFC", _ODD.sub(REPLACEMENT, text))
    return _PILED.sub(r"\1", _PILED_LATIN.sub(r"\1", text))


def safe_line(text: str) -> str:
    """`safe(text)` on one line: each run of white space with a newline or tab becomes one space, the ends are bare."""
    cleaned = safe(text)
    if "\n" in cleaned or "\t" in cleaned:
        cleaned = _SPACES_WITH_BREAK.sub(" ", cleaned)
    return cleaned.strip(" ")


def safe_filename(name: str, fallback: str = "file", *, limit: int = 180) -> str:
    """A file name without path, control characters or a leading dot or dash, of at most `limit` bytes in UTF-8.

    The extension survives the cut. `fallback` is the name when nothing is left.
    """
    line = safe_line(name).replace("\\", "/")
    last = line.rstrip("/").rpartition("/")[2]
    last = _FORBIDDEN_IN_NAMES.sub("_", last).strip(" .").lstrip("-. ")
    if not last.strip("_"):
        return fallback
    if len(last.encode()) <= limit:
        return last
    found = _EXTENSION.search(last)
    extension = found[0] if found else ""
    stem = last[: len(last) - len(extension)]
    kept = stem.encode()[: limit - len(extension)].decode(errors="ignore").rstrip(" .")
    return kept + extension


def csv_cell(text: str) -> str:
    """`text` for a spreadsheet cell: what a spreadsheet would run as a formula gets an apostrophe in front."""
    if _FORMULA.match(text) and not _PLAIN_NUMBER.match(text):
        return "'" + text
    return text
