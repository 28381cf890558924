"""Rules of answering letters: ids we choose, references, subjects, recipients, the quoted original. RFC 5322."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Any

REFERENCES_KEPT = 20
_REPLY = r"re|aw|sv|antw|tr|trả lời|tl|hồi âm|phản hồi|ตอบกลับ|ตอบ"
_FORWARD = r"fwd?|fw|wg|chuyển tiếp|ct|ส่งต่อ"
_PREFIX = re.compile(
    rf"^\s*(?:(?P<reply>{_REPLY})|(?P<forward>{_FORWARD}))\s*(?:\[\d{{1,3}}\]|\(\d{{1,3}}\))?\s*[:：]", re.IGNORECASE
)
_UNSAFE_IN_ID = re.compile(r"[^A-Za-z0-9._~-]+")
_SPACES = re.compile(r"\s+")
_LINE_BREAKS = re.compile(r"\r\n|\r")

MailAddress = Mapping[str, str]
"""{"name": …, "address": …} as in the `email` JSON of a message."""


def new_message_id(domain: str, client_ref: str) -> str:
    """Our own Message-ID without brackets, the same for the same send, so that a lost answer can be looked up.

    Raises ValueError when the domain or the reference is empty.
    """
    if not domain.strip() or not client_ref.strip():
        raise ValueError("a message id needs the domain of the inbox and the reference of the send")
    host = domain.strip().rpartition("@")[2].lower()
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    local = _UNSAFE_IN_ID.sub("-", client_ref).strip(".-")
    if local != client_ref or len(local) > 100:  # what was replaced must not make two sends one
        local = f"{local[:60]}.{hashlib.sha256(client_ref.encode('utf-8', 'replace')).hexdigest()[:24]}"
    return f"{local}@{_UNSAFE_IN_ID.sub('-', host)}"


def bare_subject(subject: str) -> str:
    """The subject without Re, Fwd, Trả lời, TL, ตอบกลับ and the like, however many."""
    for _ in range(50):
        match = _PREFIX.match(subject)
        if not match:
            break
        subject = subject[match.end() :]
    return _SPACES.sub(" ", subject).strip()


def reply_subject(subject: str) -> str:
    """`Re: ` once. A forward mark is part of what is answered and stays."""
    rest = subject
    for _ in range(50):
        match = _PREFIX.match(rest)
        if not match or match["forward"]:
            break
        rest = rest[match.end() :]
    return f"Re: {_SPACES.sub(' ', rest).strip()}".strip()


def forward_subject(subject: str) -> str:
    """`Fwd: ` once."""
    return f"Fwd: {bare_subject(subject)}".strip()


def quote_original(
    *, name: str, address: str, date_ms: int | None, text: str, language: str = "en", zone: tzinfo | None = None
) -> str:
    """The original under one line saying who wrote when, in `language` (en, vi, th; others get en).

    `zone` None: the machine's.
    """
    who = _SPACES.sub(" ", f"{name} <{address}>" if name and address else name or address).strip()
    lines = _LINE_BREAKS.sub("\n", text).strip("\n").split("\n")
    marked = "\n".join(f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in lines)
    return f"{_attribution(who, date_ms, language, zone)}\n{marked}"


def forward_head(email: Mapping[str, Any], date_ms: int | None, *, zone: tzinfo | None = None) -> str:
    """The lines above what is forwarded, as every mail program knows them. `zone` None: the machine's."""
    when = datetime.fromtimestamp(date_ms / 1000, zone).astimezone(zone) if date_ms is not None else None
    lines = {
        "From": _listed([email["from"]] if email.get("from") else []),
        "Date": f"{when:%Y-%m-%d %H:%M %z}" if when else "",
        "Subject": email.get("subject") or "",
        "To": _listed(email.get("to") or ()),
        "Cc": _listed(email.get("cc") or ()),
    }
    said = [f"{name}: {_SPACES.sub(' ', value).strip()}" for name, value in lines.items() if value]
    return "\n".join(["---------- Forwarded message ----------", *said])


def _listed(people: Iterable[MailAddress]) -> str:
    """`Lan <lan@x.example>, minh@x.example`"""
    found = ((person.get("name") or "", person["address"]) for person in people)
    return ", ".join(f"{name} <{address}>" if name else address for name, address in found)


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _attribution(who: str, date_ms: int | None, language: str, zone: tzinfo | None) -> str:
    when = datetime.fromtimestamp(date_ms / 1000, zone).astimezone(zone) if date_ms is not None else None
    if language == "vi":
        return f"Vào {when:%H:%M, %d/%m/%Y}, {who} đã viết:" if when else f"{who} đã viết:"
    if language == "th":
        return f"เมื่อ {when:%d/%m/%Y %H:%M} {who} เขียนว่า:" if when else f"{who} เขียนว่า:"
    if when is None:
        return f"{who} wrote:"
    return f"On {when.day} {_MONTHS[when.month - 1]} {when:%Y at %H:%M}, {who} wrote:"


DIGESTED = "digest:"  # begins what stands for the Message-ID a mail came without; nobody else knows it


def in_reply_to(email: Mapping[str, Any]) -> str | None:
    """The In-Reply-To of an answer to this mail; None where it came without a Message-ID."""
    id = email.get("message_id")
    return str(id) if id and not str(id).startswith(DIGESTED) else None


def references(email: Mapping[str, Any]) -> list[str]:
    """The References of an answer to this mail: its own, then itself; long chains keep the first and the newest."""
    chain = [*email.get("references", ()), *([email["in_reply_to"]] if email.get("in_reply_to") else [])]
    if email.get("message_id"):
        chain = [id for id in chain if id != email["message_id"]] + [email["message_id"]]
    unique = [id for id in dict.fromkeys(chain) if id and len(id) <= 900 and not id.startswith(DIGESTED)]
    return unique if len(unique) <= REFERENCES_KEPT else [unique[0], *unique[-(REFERENCES_KEPT - 1) :]]


def recipients(
    email: Mapping[str, Any], own: Iterable[str], *, everyone: bool
) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """(to, cc) of an answer. Reply-To before From; with `everyone` also all others, never ourselves, nobody twice."""
    ours = {address.lower() for address in own}
    sender = email.get("from")
    taken: set[str] = set(ours)
    if sender and sender["address"].lower() in ours:  # following up on a mail of our own
        to = _fresh(email.get("to") or (), taken)
        return to, _fresh(email.get("cc") or (), taken) if everyone else []
    to = _fresh(email.get("reply_to") or (), taken) or _fresh([sender] if sender else [], taken)
    cc = _fresh([*(email.get("to") or ()), *(email.get("cc") or ())], taken) if everyone else []
    return to, cc


def each_once(entries: Sequence[MailAddress], *, besides: Sequence[MailAddress] = ()) -> list[dict[str, str]]:
    """The entries that are addresses, nobody twice and nobody of `besides`."""
    return _fresh(entries, {entry["address"].strip().lower() for entry in besides})


def _fresh(entries: Sequence[MailAddress], taken: set[str]) -> list[dict[str, str]]:
    fresh = []
    for entry in entries:
        address = entry["address"].strip()
        if "@" in address and address.lower() not in taken:
            taken.add(address.lower())
            fresh.append({"name": entry.get("name", ""), "address": address})
    return fresh
