"""Short visits to the mailbox beside the pulling connection: a copy into Sent, looking a mail of ours up, fetching one part.

Blocking functions for worker threads; IMAP and Maildir side by side. Each visit is one connection, closed at its end.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from unibox_tui.connectors.email import fetching, folders, maildir
from unibox_tui.connectors.email.mime import identity, tree
from unibox_tui.connectors.email.mime.transfer import decode
from unibox_tui.connectors.email.session import Session
from unibox_tui.connectors.email.settings import EmailSettings
from unibox_tui.connectors.errors import Misconfigured, Transient, Unparseable
from unibox_tui.domain.saying import say

DAY = 86_400
Open = Callable[[], Session]
_HEAD_BYTES = 65_536


def keep_sent(open_session: Open, settings: EmailSettings, body: bytes) -> None:
    """A copy into the Sent folder, seen. Makes the folder on a server that has none; a Maildir without one gets a copy
    only where the settings demand it. Raises errors of the tree."""
    if settings.source == "maildir":
        _keep_in_maildir(settings, body)
        return
    with open_session() as session, session.translated():
        there = session.folders()
        name = folders.sent_folder(settings, there)
        if name is None:
            personal = session.client.namespace().personal if session.has("NAMESPACE") else ()
            name = f"{personal[0][0] if personal else ''}Sent"
            session.client.create_folder(name)
        session.client.append(name, body, [b"\\Seen"])


def find_sent(open_session: Open, settings: EmailSettings, message_id: str, started_at_ms: int) -> bool:
    """Whether a mail of ours lies where sent mail is kept. Raises Transient when that cannot be told."""
    if settings.source == "maildir":
        return _find_in_maildir(settings, message_id, started_at_ms)
    day = datetime.datetime.fromtimestamp(started_at_ms / 1000 - 2 * DAY, datetime.UTC).date()
    with open_session() as session, session.translated():
        for name in folders.places_of_sent(settings, session.folders()):
            session.client.select_folder(name, readonly=True)
            if session.client.search(["SINCE", day, "HEADER", "Message-ID", f"<{message_id}>"]):
                return True
    return False


def fetch_part(open_session: Open, remote: Mapping[str, Any], limit: int) -> bytes:
    """A part that was left out of a large mail, found by its place, or by its Message-ID where the folder was renumbered.
    Raises Unparseable when the mail is gone or the part is over `limit` bytes."""
    if int(remote.get("size") or 0) > limit:
        raise Unparseable(
            f"The file has {int(remote['size']) / 1e6:.1f} MB, more than the {limit / 1e6:.1f} MB allowed."
        )
    with open_session() as session, session.translated():
        told = session.client.select_folder(remote["folder"], readonly=True)
        uids = [int(remote["uid"])] if told.get(b"UIDVALIDITY") == remote["uidvalidity"] else []
        if not uids and remote.get("message_id"):
            uids = session.client.search(["HEADER", "Message-ID", f"<{remote['message_id']}>"])
        body = fetching.one_part(session.client, uids[-1], str(remote["section"])) if uids else None
    if body is None:
        raise Unparseable(f"The mail of this file is no longer in {remote['folder']}.", code="gone")
    return decode(body, str(remote["encoding"]), is_text=False).data


def read_from_maildir(settings: EmailSettings, remote: Mapping[str, Any]) -> bytes:
    """The whole mail a pointer names. Raises Unparseable when it is gone."""
    folder = maildir.folder_path(settings, remote["folder"])
    for part in maildir.PARTS:
        for entry in os.scandir(folder / part):
            if entry.name.partition(":2,")[0] == remote["uid"]:
                return Path(entry.path).read_bytes()
    raise Unparseable(f"The mail of this file is no longer in {folder}.", code="gone")


def _keep_in_maildir(settings: EmailSettings, body: bytes) -> None:
    found = maildir.sent_path(settings)
    if found is None and settings.save_sent != "yes":
        return  # the check has said that no copies are kept
    if found is None:
        raise Misconfigured(
            say("The Maildir {maildir} has no folder for sent mail.", maildir=settings.maildir),
            hint="Name one in sent_folder.",
        )
    host = socket.gethostname().replace("/", "\\057").replace(":", "\\072")
    name = f"{int(time.time())}.M{time.time_ns() % 10**9}P{os.getpid()}.{host}"
    path = found[1]
    draft = path / "tmp" / name
    try:
        draft.parent.mkdir(exist_ok=True)
        with open(draft, "xb") as file:
            file.write(body.replace(b"\r\n", b"\n"))
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path / "cur" / f"{name}:2,S")
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise Transient(
            say("The copy cannot be written to {path}: {reason}.", path=path, reason=error.strerror)
        ) from error


def _find_in_maildir(settings: EmailSettings, message_id: str, started_at_ms: int) -> bool:
    found = maildir.sent_path(settings)
    if found is None:
        return False
    oldest = started_at_ms / 1000 - 2 * DAY
    try:
        for part in maildir.PARTS:
            for entry in os.scandir(found[1] / part):
                with contextlib.suppress(FileNotFoundError):
                    if max(entry.stat().st_mtime, entry.stat().st_ctime) >= oldest and _id_of(entry.path) == message_id:
                        return True
    except OSError as error:
        raise Transient(
            say("The Maildir cannot be read: {reason} ({path}).", reason=error.strerror, path=error.filename)
        ) from error
    return False


def _id_of(path: str) -> str | None:
    with open(path, "rb") as file:
        head = file.read(_HEAD_BYTES)
    return identity.message_id(tree.parse(head).root.headers)
