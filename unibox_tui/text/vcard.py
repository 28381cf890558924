"""Contacts as vCard (2.1, 3.0, 4.0) read, and 4.0 written: name, phones, addresses, note."""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

LONGEST_LINE = 100_000
_ESCAPED = re.compile(r"\\(.)")


@dataclass(slots=True)
class Card:
    """`line`: where it begins, from 1."""

    line: int = 0
    uid: str = ""
    name: str = ""
    phones: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    note: str = ""


def read(text: str) -> Iterator[Card]:
    """All cards; what is outside of one, or of no use here, is passed over. Raises ValueError for a card that is not ended."""
    lines = _lines(text)
    card: Card | None = None
    structured = ""
    for number, line in lines:
        name, params, value = _parted(line)
        if name == "BEGIN" and value.upper() == "VCARD":
            card, structured = Card(number), ""
        elif card is None:
            continue
        elif name == "END" and value.upper() == "VCARD":
            card.name = card.name or structured
            yield card
            card = None
        elif name == "FN":
            card.name = _text(value, params)
        elif name == "N":
            parts = [_text(part, params) for part in re.split(r"(?<!\\);", value)]
            family, given = [*parts, "", ""][:2]
            structured = " ".join(part for part in (family, *parts[2:3], given) if part)
        elif name == "TEL":
            card.phones.append(_text(value, params).removeprefix("tel:"))
        elif name == "EMAIL":
            card.emails.append(_text(value, params))
        elif name == "NOTE":
            card.note = _text(value, params)
        elif name == "UID":
            card.uid = _text(value, params)
    if card is not None:
        raise ValueError(f"the card that begins in line {card.line} is not ended")


def written(uid: str, name: str, phones: Sequence[str], emails: Sequence[str], note: str = "") -> str:
    """One card, its lines folded at 75 bytes and ended as the standard says."""
    lines = ["BEGIN:VCARD", "VERSION:4.0", f"UID:urn:uuid:{uid}", f"FN:{_escaped(name)}"]
    lines += [f"TEL;VALUE=uri:tel:{_escaped(phone)}" for phone in phones]
    lines += [f"EMAIL:{_escaped(email)}" for email in emails]
    if note:
        lines.append(f"NOTE:{_escaped(note)}")
    lines.append("END:VCARD")
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Unfolded: each with the number of its first line. Quoted-printable lines go on after a `=`."""
    pending, start = "", 1
    for number, raw in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        if raw[:1] in (" ", "\t") and pending:
            pending += raw[1:]
        elif pending.endswith("=") and "QUOTED-PRINTABLE" in pending.upper().partition(":")[0]:
            pending += "\n" + raw
        else:
            if pending:
                yield start, pending[:LONGEST_LINE]
            pending, start = raw, number
    if pending:
        yield start, pending[:LONGEST_LINE]


def _parted(line: str) -> tuple[str, str, str]:
    head, _, value = line.partition(":")
    name, _, params = head.partition(";")
    return name.rpartition(".")[2].strip().upper(), params.upper(), value.strip()


def _text(value: str, params: str) -> str:
    if "QUOTED-PRINTABLE" in params:
        value = quopri.decodestring(value.encode()).decode("utf-8", "replace")
    return _ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], value).strip()


def _escaped(text: str) -> str:
    return re.sub(r"([\\,;])", r"\\\1", text).replace("\r\n", "\\n").replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    piece, size = "", 0
    for letter in line:
        width = len(letter.encode())
        if size + width > 75:
            yield piece
            piece, size = " ", 1
        piece += letter
        size += width
    yield piece
