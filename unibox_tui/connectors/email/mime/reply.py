"""What a reply takes from the mail it answers: subject, recipients, references, the quoted original, an id of ours."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from datetime import UTC, datetime, tzinfo

from unibox_tui.connectors.email.mime.identity import cap_references
from unibox_tui.connectors.email.mime.mail import Address, Mail

_REPLY = r"re|aw|sv|antw|tr|trả lời|tl|hồi âm|phản hồi|ตอบกลับ|ตอบ"
_FORWARD = r"fwd?|fw|wg|chuyển tiếp|ct|ส่งต่อ"
_PREFIX = re.compile(
    rf"^\s*(?:(?P<reply>{_REPLY})|(?P<forward>{_FORWARD}))\s*(?:\[\d{{1,3}}\]|\(\d{{1,3}}\))?\s*[:：]", re.IGNORECASE
)
_UNSAFE_IN_ID = re.compile(r"[^A-Za-z0-9._~-]+")
_SPACES = re.compile(r"\s+")
_LINE_BREAKS = re.compile(r"\r\n|\r")


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
    *, name: str, address: str, date_ms: int | None, text: str, language: str = "en", zone: tzinfo = UTC
) -> str:
    """The original under one line saying who wrote when, in `language` (en, vi, th; others get en)."""
    who = _SPACES.sub(" ", f"{name} <{address}>" if name and address else name or address).strip()
    lines = _LINE_BREAKS.sub("\n", text).strip("\n").split("\n")
    marked = "\n".join(f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in lines)
    return f"{_attribution(who, date_ms, language, zone)}\n{marked}"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _attribution(who: str, date_ms: int | None, language: str, zone: tzinfo) -> str:
    when = datetime.fromtimestamp(date_ms / 1000, zone) if date_ms is not None else None
    if language == "vi":
        return f"Vào {when:%H:%M, %d/%m/%Y}, {who} đã viết:" if when else f"{who} đã viết:"
    if language == "th":
        return f"เมื่อ {when:%d/%m/%Y %H:%M} {who} เขียนว่า:" if when else f"{who} เขียนว่า:"
    if when is None:
        return f"{who} wrote:"
    return f"On {when.day} {_MONTHS[when.month - 1]} {when:%Y at %H:%M}, {who} wrote:"


def reply_recipients(
    mail: Mail, own_addresses: Collection[str], reply_all: bool
) -> tuple[tuple[Address, ...], tuple[Address, ...]]:
    """(to, cc) of a reply: Reply-To before From, ourselves left out, nobody twice.

    Answering a mail of our own goes on to the people it went to.
    """
    own = {address.casefold() for address in own_addresses}
    seen: set[str] = set()

    def fresh(people: Collection[Address]) -> tuple[Address, ...]:
        kept = []
        for one in people:
            key = one.address.casefold()
            if "@" in key and key not in own and key not in seen:
                seen.add(key)
                kept.append(one)
        return tuple(kept)

    if mail.from_.address.casefold() in own:
        to = fresh(mail.to)
        return to, fresh(mail.cc) if reply_all else ()
    to = fresh(mail.reply_to) or fresh((mail.from_,))
    return to, fresh((*mail.to, *mail.cc)) if reply_all else ()


def references_for(parent: Mail) -> tuple[str, ...]:
    """The References of an answer to `parent`: its own chain and itself, the first and the newest kept."""
    if parent.message_id.startswith("digest:"):
        return parent.references
    chain = parent.references or ((parent.in_reply_to,) if parent.in_reply_to else ())
    ids = list(dict.fromkeys(one for one in (*chain, parent.message_id) if one and len(one) <= 900))
    if ids and ids[-1] != parent.message_id and parent.message_id in ids:
        ids.remove(parent.message_id)
        ids.append(parent.message_id)
    return cap_references(ids)
