"""Address lists as people and programs write them, in one pass over the characters."""

from __future__ import annotations

import re
from collections.abc import Sequence

from unibox_tui.connectors.email.mime import charset, words
from unibox_tui.connectors.email.mime.mail import Address

MAX_ADDRESSES = 2_000
_BARE = re.compile(r"[^\s<>\"(),;:]+@[^\s<>\"(),;:]+")
_SPACES = re.compile(r"\s+")
_ORDINARY = re.compile(r'([^"(),:;<>\\]*)<([^"(),:;<>\\]*)>\s*')


def parse_addresses(raw: bytes, charsets: Sequence[str] = charset.DEFAULT_CHARSETS) -> tuple[Address, ...]:
    """Every mailbox of a header, groups flattened, at most `MAX_ADDRESSES`. Never fails.

    Encoded words are decoded after splitting, so a comma inside a name does not make two people of one.
    """
    value = words.unfold(raw[: words.MAX_VALUE])
    text = value.decode("ascii") if value.isascii() else charset.decode(value, None, charsets).text
    found: list[Address] = []
    for entry in _entries(text):
        address = _address(entry, charsets)
        if address.name or address.address:
            found.append(address)
            if len(found) >= MAX_ADDRESSES:
                break
    return tuple(found)


class _Entry:
    """One comma-separated piece, its characters sorted by where they stood."""

    __slots__ = ("angle", "comment", "phrase")

    def __init__(self) -> None:
        self.phrase: list[str] = []
        self.angle: list[str] | None = None
        self.comment: list[str] = []


def _entries(text: str) -> list[_Entry]:
    entries = [_Entry()]
    if ordinary := _ORDINARY.fullmatch(text):  # most are: one name, one address
        entries[0].phrase, entries[0].angle = [ordinary[1]], [ordinary[2]]
        return entries
    quoted = angle = False
    depth = 0
    index = 0
    while index < len(text):
        char = text[index]
        entry = entries[-1]
        target = entry.comment if depth else entry.angle if angle and entry.angle is not None else entry.phrase
        if char == "\\" and (quoted or depth) and index + 1 < len(text):
            target.append(text[index + 1])
            index += 2
            continue
        if depth:
            depth += (char == "(") - (char == ")")
            if depth:
                target.append(char)
        elif char == '"':
            quoted = not quoted
            if angle:
                target.append(char)
        elif quoted:
            target.append(char)
        elif char == "(":
            depth = 1
        elif char == "<":
            angle, entry.angle = True, []
        elif char == ">":
            angle = False
        elif char in ",;" and not angle:
            entries.append(_Entry())
        elif char == ":" and not angle and "@" not in entry.phrase and not entry.angle:
            entry.phrase.clear()  # the name of a group
        else:
            target.append(char)
        index += 1
    return entries


def _address(entry: _Entry, charsets: Sequence[str]) -> Address:
    phrase = _readable("".join(entry.phrase), charsets)
    comment = _readable("".join(entry.comment), charsets)
    if entry.angle is not None:
        address = "".join(entry.angle).strip()
        if "@" not in address:
            bare = _BARE.search(words.decode_words(address, charsets)) or _BARE.search(phrase)
            address = bare[0] if bare else address
        return Address(phrase or comment, _domain_lower(address))
    bare = _BARE.search(phrase)
    if bare:
        rest = _SPACES.sub(" ", phrase[: bare.start()] + phrase[bare.end() :]).strip()
        return Address(rest or comment, _domain_lower(bare[0]))
    return Address(phrase, "")


def _readable(text: str, charsets: Sequence[str]) -> str:
    decoded = words.decode_words(text, charsets).strip().strip("'")
    if decoded.isprintable() and "  " not in decoded:
        return decoded.strip()
    return _SPACES.sub(" ", "".join(char if char.isprintable() else " " for char in decoded)).strip()


def _domain_lower(address: str) -> str:
    address = "".join(address.split()).strip("<>'")
    if address.startswith("@") and ":" in address:  # an old source route
        address = address.partition(":")[2]
    if address.lower().startswith("mailto:"):
        address = address[7:]
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{domain.lower()}" if at else address
