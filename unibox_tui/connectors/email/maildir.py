"""Reading a Maildir that mbsync, offlineimap or a delivery agent fills. Nothing in it is moved, renamed or flagged by us.

What is new is told by a file's ctime, which the kernel sets when a file is linked or renamed into place and no program can
set back; so a cursor is one number and a start with 100,000 files parses none of them again. A change of flags gives a file
a new ctime and so a repeat, which the store knows by its Message-ID. After a start the last hour is read again, in case the
clock was set back meanwhile; while running, what was handed out in the last day is remembered by name.

live     {"ctime", "born", "at"}: done up to this ctime (ns); `born`: when the folder was first met; older mail is history.
history  {"top", "before", "done", "days", "finished"}: of the files with a ctime up to `top`, those from `before` (mtime in
         ns, name) on are done, newest first.

Blocking; `MaildirPull.batches()` runs in the inbox's own thread.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from unibox_tui.connectors.contract import Batch, Cursor, Item
from unibox_tui.connectors.email.cursors import DAY, OLD, history_stream, live_stream
from unibox_tui.connectors.email.settings import EmailSettings
from unibox_tui.connectors.email.watching import Watcher
from unibox_tui.connectors.errors import Misconfigured, Transient
from unibox_tui.domain.inbound import MailPlace, MessageReceived
from unibox_tui.domain.saying import say

GROUP_MAILS = 25
GROUP_BYTES = 4_000_000
START_MARGIN_NS = 3600 * 10**9
RUN_MARGIN_NS = 86_400 * 10**9
BORN_MARGIN = 3600.0
REMEMBER_SECONDS = 20.0
PARTS = ("new", "cur")

ToItem = Callable[[bytes, MailPlace, float], Item]
"""raw, place, arrival in epoch seconds -> item"""


class File(NamedTuple):
    """One mail. `name` is the unique part, without flags; it stays when the file moves from new to cur."""

    ctime: int
    name: str
    path: str
    mtime: int
    size: int


def folder_path(settings: EmailSettings, folder: str) -> Path:
    """INBOX is the Maildir itself; others are Maildir++ (`.Sent`) or plain subfolders. Raises Misconfigured."""
    root = Path(settings.maildir).expanduser()
    choices = [root] if folder.upper() == "INBOX" else [root / f".{folder.replace('/', '.')}", root / folder]
    if folder.upper() == "INBOX":
        choices.append(root / "INBOX")
    for path in choices:
        if all((path / part).is_dir() for part in PARTS):
            return path
    if not root.is_dir():
        raise Misconfigured(
            say("There is no Maildir at {root}.", root=root), code="folder", hint="Check `maildir`; run mbsync once."
        )
    known = ", ".join(sorted(folders(root))[:30])
    raise Misconfigured(
        say("The Maildir {root} has no folder {folder!r}.", root=root, folder=folder),
        code="folder",
        hint=say("There are: {names}.", names=known) if known else say("There is no folder yet."),
    )


def folders(root: Path) -> list[str]:
    found = ["INBOX"] if (root / "cur").is_dir() else []
    with contextlib.suppress(OSError):
        found += [entry.name.removeprefix(".") for entry in os.scandir(root) if os.path.isdir(f"{entry.path}/cur")]
    return found


def sent_path(settings: EmailSettings) -> tuple[str, Path] | None:
    """Name and path of the folder of sent mail; None when there is none. Raises Misconfigured for a named one that is missing."""
    if settings.sent_folder:
        return settings.sent_folder, folder_path(settings, settings.sent_folder)
    for name in ("Sent", "Sent Items", "Sent Mail", "INBOX.Sent"):
        with contextlib.suppress(Misconfigured):
            return name, folder_path(settings, name)
    return None


@dataclass
class _Folder:
    name: str
    path: Path
    live: dict[str, Any]
    history: dict[str, Any]
    recent: dict[str, int] = field(default_factory=dict)  # handed out lately: name -> ctime
    left: list[str] | None = None  # names still to read as history, oldest first
    total: int = 0
    stamps: tuple[int, ...] = ()  # mtimes of new and cur at the last full look
    kept_at: float = 0.0


class MaildirPull:
    def __init__(self, settings: EmailSettings, to_item: ToItem, stop: threading.Event) -> None:
        self.settings, self.to_item, self.stop = settings, to_item, stop

    def batches(self, cursors: Mapping[str, Cursor]) -> Iterator[Batch]:
        """Until `stop`. A file that vanishes while it is read was renamed or deleted; the next look finds out."""
        try:
            yield from self._batches(cursors)
        except PermissionError as error:
            raise Misconfigured(
                say("The Maildir cannot be read: {path}.", path=error.filename),
                hint="The service needs the right to read it.",
            ) from error
        except OSError as error:
            raise Transient(
                say(
                    "The Maildir cannot be read: {reason} ({path}).",
                    reason=error.strerror,
                    path=error.filename,
                )
            ) from error

    def _batches(self, cursors: Mapping[str, Cursor]) -> Iterator[Batch]:
        names = dict.fromkeys(self.settings.folders)
        if self.settings.watch_sent and (sent := sent_path(self.settings)):
            names.setdefault(sent[0])
        watched = [_Folder(name, folder_path(self.settings, name), {}, {}) for name in names]
        with Watcher([str(folder.path / part) for folder in watched for part in PARTS], self.stop) as watcher:
            for folder in watched:
                self._open(folder, cursors)
                yield self._live_batch(folder, phase="connected")
            look_at = 0.0
            while not self.stop.is_set():
                if time.monotonic() >= look_at:
                    for folder in watched:
                        yield from self._news(folder, self._look(folder))
                    look_at = time.monotonic() + self.settings.poll_seconds
                behind = next((folder for folder in watched if not folder.history["finished"]), None)
                if behind is not None:
                    yield from self._piece_of_history(behind)
                else:
                    yield Batch("", phase="listening")
                paths = watcher.wait(0 if behind is not None else look_at - time.monotonic())
                for folder in watched:
                    yield from self._news(folder, self._named(folder, paths))

    def _open(self, folder: _Folder, cursors: Mapping[str, Cursor]) -> None:
        live, history = dict(cursors.get(live_stream(folder.name)) or {}), cursors.get(history_stream(folder.name))
        days = self.settings.backfill_days
        if not live:
            newest = max((file.ctime for file in _files(folder.path)), default=0)
            live = {"ctime": newest, "born": time.time(), "at": time.time()}
            folder.recent = {
                file.name: file.ctime for file in _files(folder.path) if file.ctime > newest - RUN_MARGIN_NS
            }
        folder.live = live
        folder.history = dict(history or {})
        if not history:
            folder.history = {"top": live["ctime"], "before": None, "done": 0, "days": days, "finished": days == 0}
        elif history["days"] is not None and (days is None or days > history["days"]):
            folder.history |= {"before": None, "done": 0, "days": days, "finished": False}

    # -- new mail -------------------------------------------------------------------------------------------------

    def _look(self, folder: _Folder) -> list[File]:
        """All files that may be new, when anything changed in the folders at all."""
        stamps = tuple(os.stat(folder.path / part).st_mtime_ns for part in PARTS)
        if stamps == folder.stamps:
            return []
        margin = RUN_MARGIN_NS if folder.stamps else START_MARGIN_NS
        after = folder.live["ctime"] - margin
        found = [file for file in _files(folder.path) if file.ctime > after and not self._is_before_us(folder, file)]
        # A file that comes within the same tick as this look changes no stamp: look again next time.
        folder.stamps = stamps if time.time_ns() - max(stamps) > 2 * 10**9 else (0,)
        return found

    @staticmethod
    def _is_before_us(folder: _Folder, file: File) -> bool:
        """It was there when the folder was first met, and the history brings it, or is not wanted."""
        history = folder.history
        return bool(file.ctime <= history["top"] and (history["days"] == 0 or not history["finished"]))

    def _named(self, folder: _Folder, paths: set[str]) -> list[File]:
        """The files that the watcher named."""
        ours = (path for path in paths if os.path.dirname(os.path.dirname(path)) == str(folder.path))
        return [file for path in ours if (file := _file(path))]

    def _news(self, folder: _Folder, candidates: list[File]) -> Iterator[Batch]:
        fresh = {file.name: file for file in candidates if file.name not in folder.recent}
        for group in _groups(sorted(fresh.values())):
            old: list[Item] = []
            new: list[Item] = []
            for file in group:
                folder.recent[file.name] = file.ctime
                if item := self._item(folder, file):
                    (old if self._is_history(folder, file, item) else new).append(item)
            folder.live["ctime"] = max(folder.live["ctime"], group[-1].ctime)
            if old:
                yield Batch(live_stream(folder.name), tuple(old), inert=True)
            yield self._live_batch(folder, tuple(new))
        now = time.time()
        if not 0 <= now - folder.kept_at < REMEMBER_SECONDS:
            folder.live["at"], folder.kept_at = now, now
            limit = folder.live["ctime"] - RUN_MARGIN_NS
            folder.recent = {name: ctime for name, ctime in folder.recent.items() if ctime > limit}
            yield self._live_batch(folder)

    def _is_history(self, folder: _Folder, file: File, item: Item) -> bool:
        if file.mtime / 1e9 < folder.live["born"] - BORN_MARGIN:
            return True
        sent = next((event.sent_at / 1000 for event in item.events if isinstance(event, MessageReceived)), None)
        return sent is not None and sent < folder.live["at"] - OLD

    # -- history --------------------------------------------------------------------------------------------------

    def _piece_of_history(self, folder: _Folder) -> Iterator[Batch]:
        history = folder.history
        if folder.left is None:
            folder.left = self._names_of_history(folder)
            folder.total = history["done"] + len(folder.left)
        size, last = 0, None
        items: list[Item] = []
        paths: dict[str, str] | None = None
        while folder.left and len(items) < GROUP_MAILS and size < GROUP_BYTES:
            name = folder.left.pop()
            history["done"] += 1
            part, _, name = name.partition("/")
            file = _file(str(folder.path / part / name))
            if file is None:
                paths = paths if paths is not None else {f.name: f.path for f in _files(folder.path)}
                moved = paths.get(_unique(name))
                file = _file(moved) if moved else None
            if file is not None and (item := self._item(folder, file)):
                items.append(item)
                size += file.size
                last = [file.mtime, file.name]
        history["before"] = last or history["before"]
        history["finished"] = not folder.left
        yield Batch(
            history_stream(folder.name),
            tuple(items),
            dict(history),
            inert=True,
            phase="" if history["finished"] else "backfill",
            progress=None if history["finished"] else (history["done"], folder.total),
        )

    def _names_of_history(self, folder: _Folder) -> list[str]:
        history = folder.history
        days, before = history["days"], tuple(history["before"]) if history["before"] else None
        oldest = 0 if days is None else int((time.time() - days * DAY) * 1e9)
        found = [
            (file.mtime, file.name, f"{os.path.basename(os.path.dirname(file.path))}/{os.path.basename(file.path)}")
            for file in _files(folder.path)
            if file.ctime <= history["top"] and file.mtime >= oldest
        ]
        found.sort()
        return [path for mtime, name, path in found if before is None or (mtime, name) < before]

    # -- small things ---------------------------------------------------------------------------------------------

    def _item(self, folder: _Folder, file: File) -> Item | None:
        try:
            raw = Path(file.path).read_bytes()
        except FileNotFoundError:
            folder.recent.pop(file.name, None)
            folder.stamps = (0,)
            return None
        return self.to_item(raw, MailPlace(folder.name, 0, file.name), file.mtime / 1e9)

    def _live_batch(self, folder: _Folder, items: tuple[Item, ...] = (), phase: str = "") -> Batch:
        return Batch(live_stream(folder.name), items, dict(folder.live), phase=phase)


def _files(folder: Path) -> Iterator[File]:
    for part in PARTS:
        with os.scandir(folder / part) as entries:
            for entry in entries:
                if not entry.name.startswith(".") and (file := _file(entry.path)):
                    yield file


def _file(path: str) -> File | None:
    try:
        told = os.stat(path)
    except FileNotFoundError:
        return None
    if os.path.basename(path).startswith(".") or not os.path.isfile(path):
        return None
    return File(told.st_ctime_ns, _unique(os.path.basename(path)), path, told.st_mtime_ns, told.st_size)


def _unique(name: str) -> str:
    return name.partition(":2,")[0]


def _groups(files: list[File]) -> Iterator[list[File]]:
    group: list[File] = []
    size = 0
    for file in files:
        if group and (len(group) >= GROUP_MAILS or size + file.size > GROUP_BYTES):
            yield group
            group, size = [], 0
        group.append(file)
        size += file.size
    if group:
        yield group
