"""winmail.dat: the files and the text that Outlook wrapped up."""

from __future__ import annotations

import struct
from typing import Any, NamedTuple

_SIGNATURE = b"\x78\x9f\x3e\x22"
# The library copies the rest of the bytes for each object: many objects in a large file would take for ever.
_MAX_COPIED = 2_000_000_000
_MAX_SIZE = 60_000_000


class Wrapped(NamedTuple):
    """`html` is bytes or str as found; `files` are (name, content)."""

    text: bytes | str
    html: bytes | str
    files: tuple[tuple[str, bytes], ...]


def unwrap(data: bytes) -> Wrapped | None:
    """What is inside, or None if it is not TNEF or too broken to be read."""
    if not data.startswith(_SIGNATURE) or len(data) > _MAX_SIZE or not _bounded(data):
        return None
    import logging

    from tnefparse import TNEF

    # It logs the mail's own words when it stumbles.
    logging.getLogger("tnefparse").setLevel(logging.CRITICAL)
    try:
        parsed = TNEF(data, do_checksum=False)
        files = tuple((_name(one), bytes(one.data)) for one in parsed.attachments if one.data)
        return Wrapped(parsed.body or b"", parsed.htmlbody or b"", files)
    except Exception:  # the library promises no class of errors; the file stays an attachment, and a problem says so
        return None


def _bounded(data: bytes) -> bool:
    offset, objects = 6, 0
    while offset + 12 < len(data):
        (length,) = struct.unpack_from("<I", data, offset + 5)
        offset += length + 11
        objects += 1
        if objects * len(data) > _MAX_COPIED:
            return False
    return True


def _name(attachment: Any) -> str:
    try:
        name = attachment.long_filename()
    except ValueError:
        name = attachment._name
    if isinstance(name, bytes):
        from unibox_tui.connectors.email.mime.charset import decode

        name = decode(name).text
    return str(name).strip("\0 ")
