"""Signs in the headers: written by a machine, sent to a list, and what the receiving server checked."""

from __future__ import annotations

import re
from typing import NamedTuple

from unibox_tui.connectors.email.mime.mail import Authentication
from unibox_tui.connectors.email.mime.tree import Headers
from unibox_tui.connectors.email.mime.words import decode_header

_BULK = ("bulk", "list", "junk")
_ANSWERED = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-response", "x-autoreply-from")
_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"^\s*(dmarc|spf|dkim)\s*(?:/\s*\d+\s*)?=\s*([a-z]+)", re.IGNORECASE)
_KNOWN = {"pass", "fail", "none", "softfail", "neutral", "policy", "temperror", "permerror"}
_LIST_ID = re.compile(r"<([^<>]{1,500})>")


class Signs(NamedTuple):
    auto_submitted: str | None
    list_id: str | None
    precedence: str | None
    is_auto: bool
    is_bulk: bool


def read_signs(headers: Headers) -> Signs:
    """The loop rules: with `is_auto` no automatic answer may ever be sent."""
    auto = _word(headers, "auto-submitted")
    precedence = _word(headers, "precedence")
    listed = headers.get("list-id")
    list_id = _list_id(listed) if listed is not None else None
    bulk = list_id is not None or precedence in _BULK or headers.get("list-unsubscribe") is not None
    return_path = headers.get("return-path")
    is_auto = (
        (auto is not None and auto != "no")
        or precedence in (*_BULK, "auto_reply", "auto-reply")
        or list_id is not None
        or headers.get("x-auto-response-suppress") is not None
        or any(headers.get(name) is not None for name in _ANSWERED)
        or (return_path is not None and return_path.strip() in (b"<>", b""))
        or headers.get("x-failed-recipients") is not None
    )
    return Signs(auto, list_id, precedence, is_auto, bulk)


def _word(headers: Headers, name: str) -> str | None:
    value = headers.get(name)
    if value is None:
        return None
    return _COMMENT.sub("", decode_header(value[:1_000])).partition(";")[0].strip().lower() or None


def _list_id(value: bytes) -> str:
    text = decode_header(value[:2_000])
    inside = _LIST_ID.search(text)
    return inside[1].strip() if inside else text[:500]


def read_authentication(headers: Headers) -> Authentication:
    """The topmost Authentication-Results only: those below it may be the sender's own."""
    value = headers.get("authentication-results")
    if value is None:
        return Authentication()
    server, *results = _COMMENT.sub(" ", decode_header(value[:16_384])).split(";")
    found: dict[str, str] = {}
    for result in results:
        match = _RESULT.match(result)
        if match:
            method, outcome = match[1].lower(), match[2].lower()
            outcome = "fail" if outcome == "hardfail" else outcome
            if outcome in _KNOWN and found.get(method) != "pass":  # one good signature of several is enough
                found[method] = outcome
    return Authentication(server.strip().split(" ")[0][:255], **found)
