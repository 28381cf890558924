"""Signed words: who a visitor is, which file they uploaded, and what a site vouches for. HMAC-SHA256 throughout."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import re
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unibox_tui.domain.errors import Refused

VISITOR_DAYS = 180
RENEW_AFTER_DAYS = 7
UPLOAD_HOURS = 24
FILE_LINK_MS = 86_400_000
_DAY = 86_400_000
KNOWN_USER_MS = _DAY


@dataclass(frozen=True, slots=True)
class Visitor:
    """`id` is the identity's address. `user` is the site's own name of a logged-in customer; then the site vouches."""

    id: str
    user: str | None = None

    @property
    def verified(self) -> bool:
        return self.user is not None


class Tokens:
    """All tokens of one service, each bound to an inbox and a use by its derived key."""

    def __init__(self, key: bytes) -> None:
        if len(key) < 32:
            raise ValueError("the token key has at least 32 bytes")
        self._key = key

    def _sign(self, use: str, inbox: str, body: str) -> str:
        derived = hmac.new(self._key, f"{use}\0{inbox}".encode(), hashlib.sha256).digest()
        return _b64(hmac.new(derived, body.encode(), hashlib.sha256).digest())

    def _make(self, use: str, inbox: str, payload: dict[str, Any]) -> str:
        body = _b64(json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode())
        return f"{body}.{self._sign(use, inbox, body)}"

    def _read(self, use: str, inbox: str, token: str, now: int) -> dict[str, Any] | None:
        if len(token) > 4_000 or not token.isascii():
            return None
        body, _, signature = token.partition(".")
        if not hmac.compare_digest(signature, self._sign(use, inbox, body)):
            return None
        payload: dict[str, Any] = json.loads(_unb64(body))
        return payload if now < int(payload["e"]) else None

    def visitor(self, inbox: str, visitor: Visitor, now: int) -> str:
        life = KNOWN_USER_MS if visitor.verified else VISITOR_DAYS * _DAY
        return self._make("visitor", inbox, {"v": visitor.id, "u": visitor.user, "i": now, "e": now + life})

    def read_visitor(self, inbox: str, token: str, now: int) -> tuple[Visitor, bool] | None:
        """(the visitor, whether the token should be renewed); None when forged, of another inbox or expired."""
        payload = self._read("visitor", inbox, token, now)
        if payload is None:
            return None
        return Visitor(payload["v"], payload["u"]), now - int(payload["i"]) > RENEW_AFTER_DAYS * _DAY

    def upload(self, inbox: str, visitor: Visitor, file: dict[str, Any], now: int) -> str:
        """A reference to uploaded bytes that only this visitor may put into a message."""
        return self._make("upload", inbox, {"v": visitor.id, "f": file, "e": now + UPLOAD_HOURS * 3_600_000})

    def read_upload(self, inbox: str, visitor: Visitor, reference: str, now: int) -> dict[str, Any] | None:
        payload = self._read("upload", inbox, reference, now)
        if payload is None or payload["v"] != visitor.id:
            return None
        file: dict[str, Any] = payload["f"]
        return file


def file_link(key: bytes, sha256: str, name: str, media_type: str, now: int) -> str:
    """The path of a file of ours that a provider may fetch for a day; nothing else of the media store is reached by it."""
    payload = {"h": sha256, "t": media_type, "e": now + FILE_LINK_MS}
    ending = re.search(r"\.[A-Za-z0-9]{1,8}$", name)
    return f"/m/{Tokens(key)._make('file', '', payload)}/file{ending[0].lower() if ending else ''}"


def read_file_link(tokens: Tokens, token: str, now: int) -> tuple[str, str] | None:
    """(hash, media type); None when forged or too old."""
    payload = tokens._read("file", "", token, now)
    return None if payload is None else (str(payload["h"]), str(payload["t"]))


def new_visitor() -> Visitor:
    return Visitor("v-" + secrets.token_urlsafe(16))


def vouched(identity_secret: str, user: str, given: str) -> Visitor | None:
    """The logged-in customer `user`, if the site's HMAC-SHA256(identity_secret, user) in hex is right."""
    right = hmac.new(identity_secret.encode(), user.encode(), hashlib.sha256).hexdigest()
    return (
        Visitor(f"u-{user}", user)
        if hmac.compare_digest(right.encode(), given.lower().encode("utf-8", "replace"))
        else None
    )


def make_or_read_key(path: Path) -> bytes:
    """The service's token key: 32 random bytes in a file only its account reads. Losing it only starts visitors anew."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(file.fileno())
            key = file.read(1_000)
        if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
            raise Refused(
                f"{path} can be read by others.", hint=f"Take it away: rm {path}; a new one is made."
            ) from None
        if len(key) < 32:
            raise Refused(f"{path} is too short.", hint=f"Take it away: rm {path}; a new one is made.") from None
        return key
    key = secrets.token_bytes(32)
    with os.fdopen(descriptor, "wb") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    return key


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
