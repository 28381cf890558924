"""E-mail addresses and web addresses in a text."""

from __future__ import annotations

import re

from unibox_tui.text.spans import MOST_OF_A_KIND, Found

_LOCAL = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.!#$%&'*+/=?^_`{|}~-")
_LONGEST_LOCAL = 64
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}[a-z]{2,24}(?![a-z0-9])", re.IGNORECASE)
_URL = re.compile(
    r"(?<![a-z0-9])(?:https?://|www\.)[a-z0-9][!#-;=?-Z\[\]_a-z~]{1,2000}"
    r"|(?<![a-z0-9@./_-])(?:[a-z0-9](?:[a-z0-9-]{0,40}[a-z0-9])?\.){1,4}"
    r"(?:com|net|org|vn|th|info|shop|store|link|me|io|example)(?![a-z0-9-])(?!\.[a-z0-9])(?:/[!#-;=?-Z\[\]_a-z~]{0,2000})?",
    re.IGNORECASE | re.ASCII,
)
_AFTER_A_SENTENCE = ".,;:!?'*_~"
_PAIRS = {")": "(", "]": "["}


def find_emails(text: str) -> list[Found]:
    """Addresses as people type them: ASCII, a domain with a dot."""
    found: list[Found] = []
    at = text.find("@")
    while at >= 0 and len(found) < MOST_OF_A_KIND:
        start = at
        while start > 0 and at - start < _LONGEST_LOCAL and text[start - 1] in _LOCAL:
            start -= 1
        while start < at and text[start] in ".'/=*#&|{}":
            start += 1
        domain = _DOMAIN.match(text, at + 1) if start < at and text[at - 1] != "." else None
        if domain:
            raw = text[start : domain.end()]
            found.append(Found("email", raw.lower(), raw, start, domain.end(), "high"))
        at = text.find("@", at + 1)
    return found


def find_urls(text: str) -> list[Found]:
    """Web addresses; one without scheme and `www` is of low confidence. The full stop after a sentence stays out."""
    found: list[Found] = []
    for match in _URL.finditer(text):
        raw = _trimmed(match[0])
        sure = raw[:4].lower() in ("http", "www.") and "." in raw
        if "." not in raw.rstrip("."):
            continue
        value = raw if "://" in raw[:8] else f"https://{raw}"
        found.append(Found("url", value, raw, match.start(), match.start() + len(raw), "high" if sure else "low"))
        if len(found) >= MOST_OF_A_KIND:
            break
    return found


def _trimmed(raw: str) -> str:
    end = len(raw)
    while end:
        last = raw[end - 1]
        unpaired = last in _PAIRS and raw.count(last, 0, end) > raw.count(_PAIRS[last], 0, end)
        if last not in _AFTER_A_SENTENCE and not unpaired:
            break
        end -= 1
    return raw[:end]
