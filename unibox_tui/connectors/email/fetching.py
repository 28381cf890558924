"""Mails out of one selected IMAP folder, in pieces of bounded size.

Of a mail above the size limit only headers, texts and small parts are fetched; it is put together again with a mark in
the place of each part left out, so that it is read like any other mail and its files can be fetched when asked for.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from imapclient import IMAPClient

GROUP_BYTES = 4_000_000
GROUP_MAILS = 25
TEXT_BYTES = 1_000_000  # of one text part of a mail above the limit
SMALL_PART = 100_000
SMALL_PARTS = 2_000_000  # all small parts together
MAX_PARTS = 500
_BOUNDARY = re.compile(rb'boundary="?([^";\r\n]+)', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Listed:
    """What the server tells about a mail without giving it. `arrived` is INTERNALDATE in epoch seconds."""

    uid: int
    size: int
    arrived: float


@dataclass(frozen=True, slots=True)
class Fetched:
    """`omitted`: mark -> what was left out: {"section", "encoding", "size"}."""

    uid: int
    arrived: float
    raw: bytes
    omitted: Mapping[bytes, Mapping[str, Any]] = field(default_factory=dict)


class NotGiven(Exception):
    """The server lists the mail but does not give it."""


def listed(client: IMAPClient, uids: Sequence[int]) -> list[Listed]:
    """Those of `uids` that still exist, in the same order."""
    if not uids:
        return []
    found = client.fetch(list(uids), ["RFC822.SIZE", "INTERNALDATE"])
    entries = []
    for uid in uids:
        data = found.get(uid)
        if data is None:
            continue
        arrived = data.get(b"INTERNALDATE")
        entries.append(Listed(uid, int(data.get(b"RFC822.SIZE") or 0), arrived.timestamp() if arrived else 0.0))
    return entries


def groups(mails: Sequence[Listed], limit: int) -> Iterator[list[Listed]]:
    """Runs of mails that are fetched with one command. A mail above `limit` stands alone."""
    group: list[Listed] = []
    size = 0
    for mail in mails:
        if group and (mail.size > limit or size + mail.size > GROUP_BYTES or len(group) >= GROUP_MAILS):
            yield group
            group, size = [], 0
        group.append(mail)
        size += mail.size
        if mail.size > limit:
            yield group
            group, size = [], 0
    if group:
        yield group


def fetched(client: IMAPClient, group: Sequence[Listed], limit: int) -> list[Fetched]:
    """The mails of one group. Raises NotGiven when the server withholds one of them."""
    if len(group) == 1 and group[0].size > limit:
        return [_without_large_parts(client, group[0])]
    found = client.fetch([mail.uid for mail in group], ["BODY.PEEK[]"])
    mails = []
    for mail in group:
        data = found.get(mail.uid)
        if data is None:
            continue  # deleted meanwhile
        raw = data.get(b"BODY[]")
        if raw is None:
            raise NotGiven("the server lists it but does not give it")
        mails.append(Fetched(mail.uid, mail.arrived, raw))
    return mails


def one_part(client: IMAPClient, uid: int, section: str) -> bytes | None:
    """One part, still transfer-encoded; the whole mail for an empty `section`. None: the mail is gone."""
    data = client.fetch([uid], [f"BODY.PEEK[{section}]"]).get(uid)
    found = data.get(f"BODY[{section}]".encode()) if data else None
    return bytes(found) if found is not None else None


# ---------------------------------------------------------------------------


def _without_large_parts(client: IMAPClient, mail: Listed) -> Fetched:
    data = client.fetch([mail.uid], ["BODYSTRUCTURE", "BODY.PEEK[HEADER]"]).get(mail.uid)
    if data is None or data.get(b"BODY[HEADER]") is None:
        raise NotGiven("the server lists it but does not give its headers")
    skeleton = _Skeleton(data[b"BODY[HEADER]"], data[b"BODYSTRUCTURE"])
    asked = skeleton.items()
    parts = client.fetch([mail.uid], asked).get(mail.uid, {}) if asked else {}
    return Fetched(mail.uid, mail.arrived, skeleton.build(parts), skeleton.omitted)


class _Skeleton:
    def __init__(self, header: bytes, structure: Any) -> None:
        self.header, self.structure = header, structure
        self.omitted: dict[bytes, Mapping[str, Any]] = {}
        self._mark = f"unibox-omitted-{secrets.token_hex(16)}-"
        self._kept: dict[str, bool] = {}  # section -> cut to TEXT_BYTES
        self._sections: list[str] = []
        self._small = 0
        if structure.is_multipart:
            self._walk(structure, "")
        else:
            self._decide(structure, "1")

    def items(self) -> list[str]:
        """What to ask the server for."""
        wanted = [f"BODY.PEEK[{section}.MIME]" for section in self._sections]
        return wanted + [f"BODY.PEEK[{section}]<0.{TEXT_BYTES}>" for section in self._kept]

    def build(self, parts: Mapping[bytes, Any]) -> bytes:
        if not self.structure.is_multipart:
            return self.header + self._body(self.structure, "1", parts)
        return self.header + self._multipart(self.structure, "", self.header, parts)

    def _walk(self, structure: Any, prefix: str) -> None:
        for number, part in enumerate(structure[0], 1):
            if len(self._sections) >= MAX_PARTS:
                return
            section = f"{prefix}{number}"
            self._sections.append(section)
            if part.is_multipart:
                self._walk(part, f"{section}.")
            else:
                self._decide(part, section)

    def _decide(self, part: Any, section: str) -> None:
        size = int(part[6] or 0)
        is_text = _lower(part[0]) == b"text" and not _is_attachment(part)
        if is_text or (size <= SMALL_PART and self._small + size <= SMALL_PARTS):
            self._kept[section] = size > TEXT_BYTES
            self._small += 0 if is_text else size

    def _multipart(self, structure: Any, prefix: str, header: bytes, parts: Mapping[bytes, Any]) -> bytes:
        boundary = _boundary(structure, header)
        out = [b""]
        for number, part in enumerate(structure[0], 1):
            section = f"{prefix}{number}"
            mime = parts.get(f"BODY[{section}.MIME]".encode())
            if mime is None:
                continue
            out.append(b"--" + boundary + b"\r\n" + mime)
            if part.is_multipart:
                out.append(self._multipart(part, f"{section}.", mime, parts))
            else:
                out.append(self._body(part, section, parts))
            out.append(b"\r\n")
        return b"".join(out) + b"--" + boundary + b"--\r\n"

    def _body(self, part: Any, section: str, parts: Mapping[bytes, Any]) -> bytes:
        if section in self._kept:
            body = bytes(parts.get(f"BODY[{section}]<0>".encode()) or parts.get(f"BODY[{section}]".encode()) or b"")
            return body[: body.rfind(b"\n") + 1] if self._kept[section] and b"\n" in body else body
        encoding = _lower(part[5]).decode("ascii", "replace")
        size = int(part[6] or 0)
        mark = f"{self._mark}{section}".encode()
        self.omitted[mark] = {
            "section": section,
            "encoding": encoding,
            "size": size * 3 // 4 if encoding == "base64" else size,
        }
        return base64.b64encode(mark) if encoding == "base64" else mark


def _boundary(structure: Any, header: bytes) -> bytes:
    parameters = structure[2] if len(structure) > 2 and isinstance(structure[2], tuple) else ()
    for name, value in zip(parameters[::2], parameters[1::2], strict=False):
        if _lower(name) == b"boundary" and isinstance(value, bytes):
            return value
    found = _BOUNDARY.search(header)
    return found[1].strip() if found else b"unibox-boundary"


def _is_attachment(part: Any) -> bool:
    return any(
        isinstance(entry, tuple) and entry and isinstance(entry[0], bytes) and entry[0].lower() == b"attachment"
        for entry in part[7:]
    )


def _lower(value: Any) -> bytes:
    return bytes(value).lower() if isinstance(value, bytes) else b""
