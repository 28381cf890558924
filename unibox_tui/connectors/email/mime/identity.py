"""What tells mails apart and ties them together: Message-ID, References, dates, the digest of a mail without an id."""

from __future__ import annotations

import hashlib
import re
from email.utils import mktime_tz, parsedate_tz

from unibox_tui.connectors.email.mime.tree import Headers, Part
from unibox_tui.connectors.email.mime.words import unfold

MAX_REFERENCES = 100
_ID = re.compile(rb"<([^<>\s]{1,990})>")
_BARE_ID = re.compile(rb"^[^<>\s\x00-\x1f\x7f]{1,990}$")
_DIGESTED = ("date", "from", "sender", "to", "cc", "subject", "in-reply-to", "references", "content-type")
_SPACE = re.compile(rb"\s+")
_LATEST_MS = 4_102_444_800_000  # 2100; a clock beyond is broken


def message_id(headers: Headers) -> str | None:
    """The Message-ID without brackets, or None where it is missing or invalid."""
    return next((found for value in headers.all("message-id") if (found := one_id(value))), None)


def one_id(value: bytes) -> str | None:
    """The first id in a header value. Without brackets it must be one word with an @ in it."""
    line = unfold(value[:4_096])
    inside = _ID.search(line)
    if inside:
        return _text(inside[1])
    return _text(line) if _BARE_ID.match(line) and b"@" in line else None


def many_ids(value: bytes) -> list[str]:
    """Every id of a header value in order, each once."""
    line = unfold(value)
    found = _ID.findall(line) or [word for word in line.split() if b"@" in word and _BARE_ID.match(word)]
    return list(dict.fromkeys(map(_text, found)))


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def cap_references(ids: list[str]) -> tuple[str, ...]:
    """The first, which names the thread, and the newest."""
    if len(ids) <= MAX_REFERENCES:
        return tuple(ids)
    return (ids[0], *ids[-(MAX_REFERENCES - 1) :])


def digest(raw: bytes, root: Part) -> str:
    """`digest:<sha256>` over what every copy shares: no trace headers, one line end, no blank end."""
    sha = hashlib.sha256()
    for name in _DIGESTED:
        for value in root.headers.all(name):
            sha.update(name.encode() + b":" + _SPACE.sub(b" ", value).strip() + b"\n")
    sha.update(b"\n" + raw[root.start :].replace(b"\r\n", b"\n").rstrip(b"\n"))
    return f"digest:{sha.hexdigest()}"


def date_ms(value: bytes | None) -> int | None:
    """A Date header as UTC epoch milliseconds; None when it is missing, unreadable, before 1970 or after 2100."""
    if not value:
        return None
    try:
        parsed = parsedate_tz(unfold(value[:200]).decode("ascii", "replace"))
        moment = mktime_tz(parsed) * 1000 if parsed else None
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return int(moment) if moment is not None and 0 < moment < _LATEST_MS else None
