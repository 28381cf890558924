"""Rules of answering letters: ids we choose, references, subjects, recipients. RFC 5322."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

REFERENCES_KEPT = 20
OUR_PREFIX = "unibox."
_REPLY = re.compile(r"^\s*(?:(?:re|sv|aw|antw|trả lời|tl|ตอบกลับ)\s*(?:\[\d+\])?\s*[:：]\s*)+", re.IGNORECASE)
_FORWARD = re.compile(r"^\s*(?:(?:fwd?|wg|chuyển tiếp|ct|ส่งต่อ)\s*[:：]\s*)+", re.IGNORECASE)

MailAddress = Mapping[str, str]
"""{"name": …, "address": …} as in the `email` JSON of a message."""


def message_id(client_ref: str, domain: str) -> str:
    """The Message-ID (without angle brackets) of what we send: chosen beforehand so that an unknown outcome can be looked up."""
    return f"{OUR_PREFIX}{client_ref}@{domain}"


def client_ref_of(message_id: str) -> str | None:
    """Our client_ref, when the Message-ID is one of ours."""
    local = message_id.strip("<> ").partition("@")[0]
    return local[len(OUR_PREFIX) :] or None if local.startswith(OUR_PREFIX) else None


def bare_subject(subject: str) -> str:
    """Without the marks of reply and forward, in the languages our customers' programs write."""
    previous = None
    while previous != subject:
        previous = subject
        subject = _FORWARD.sub("", _REPLY.sub("", subject)).strip()
    return subject


def reply_subject(subject: str) -> str:
    bare = bare_subject(subject)
    return f"Re: {bare}" if bare else "Re:"


def forward_subject(subject: str) -> str:
    return f"Fwd: {bare_subject(subject)}".strip()


def references(email: Mapping[str, Any]) -> list[str]:
    """The References of an answer to this mail: its own, then itself; long chains keep the first and the newest."""
    chain = [*email.get("references", ()), *([email["in_reply_to"]] if email.get("in_reply_to") else [])]
    if email.get("message_id"):
        chain.append(email["message_id"])
    unique = list(dict.fromkeys(chain))
    return unique if len(unique) <= REFERENCES_KEPT else [unique[0], *unique[-(REFERENCES_KEPT - 1) :]]


def recipients(
    email: Mapping[str, Any], own: Iterable[str], *, everyone: bool
) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """(to, cc) of an answer. Reply-To before From; with `everyone` also all others, never ourselves, nobody twice."""
    ours = {address.lower() for address in own}
    first = [*(email.get("reply_to") or ()), *([email["from"]] if email.get("from") else [])]
    if email.get("reply_to"):
        first = list(email["reply_to"])
    if all(entry["address"].lower() in ours for entry in first):
        first = list(email.get("to") or ())  # following up on our own mail
    taken: set[str] = set(ours)
    to = _fresh(first, taken)
    cc = _fresh([*(email.get("to") or ()), *(email.get("cc") or ())], taken) if everyone else []
    return to, cc


def _fresh(entries: Sequence[MailAddress], taken: set[str]) -> list[dict[str, str]]:
    fresh = []
    for entry in entries:
        address = entry["address"].strip()
        if address and address.lower() not in taken:
            taken.add(address.lower())
            fresh.append({"name": entry.get("name", ""), "address": address})
    return fresh
