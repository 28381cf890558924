"""Is this home fit to work in? Asked at every start (`refuse_if_unsafe`) and by `unibox doctor`, which also mends.

Each check yields findings; nothing is changed until `mend` of a finding is called.
"""

from __future__ import annotations

import functools
import os
import pwd
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from unibox_tui.domain.errors import Refused
from unibox_tui.host import locks, ownership
from unibox_tui.host.findings import Finding, Level
from unibox_tui.host.mounts import file_system_of, lock_holder, process_state
from unibox_tui.host.paths import Home
from unibox_tui.store import examine

MB = 1 << 20
LITTLE_DISK = 1024 * MB
NO_DISK = 100 * MB
DAY_MS = 86_400_000
# Before this the clock was certainly never set.
_EARLIEST_S = 1_735_689_600
# fmt: off
_NETWORK = frozenset({
    "9p", "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "fuse.ceph", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs",
    "fuse.sshfs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "smb2", "smb3", "smbfs",
    "virtiofs",
})
# fmt: on


def inspect(home: Home, *, thorough: bool = False) -> list[Finding]:
    """Everything that is wrong, worst first. `thorough` reads the whole store for damage."""
    findings = [
        *ownership.folders(home),
        *ownership.links(home),
        *ownership.links_inside(home),
        *ownership.modes(home),
        *ownership.secrets(home),
        *ownership.config(home),
        *_file_system(home),
        *_disk(home),
        *_schema(home, thorough),
        *_service(home),
        *_write_lock(home),
        *_clock(home),
    ]
    order = list(Level)
    return sorted(findings, key=lambda finding: -order.index(finding.level))


def refuse_if_unsafe(home: Home) -> None:
    """Called before the store is opened. Raises Refused naming the first error."""
    for finding in (*ownership.links(home), *ownership.modes(home), *_file_system(home), *_schema(home, False)):
        if finding.level is Level.ERROR:
            raise Refused(
                f"{finding.what} {finding.why}",
                hint="`unibox doctor` explains and mends." if finding.mend else "",
                code="unsafe_home",
            )


def _file_system(home: Home) -> Iterator[Finding]:
    kind = file_system_of(_existing(home.store))
    if kind in _NETWORK:
        yield Finding(
            Level.ERROR,
            f"{home.store} is on a network file system ({kind}).",
            "Locks do not hold there, and the store breaks. Put it on a local disk of the server: [workspace] store.",
        )


def _disk(home: Home) -> Iterator[Finding]:
    free = shutil.disk_usage(_existing(home.store)).free
    if free < LITTLE_DISK:
        yield Finding(
            Level.ERROR if free < NO_DISK else Level.WARNING,
            f"{free // MB} MB are free on the disk of {home.store}.",
            "When it is full nothing can be received. Make room.",
        )


def _schema(home: Home, thorough: bool) -> Iterator[Finding]:
    path = home.database
    if not path.is_file() or path.is_symlink() or path.stat().st_size == 0:
        return
    seen = examine.examine(path, thorough=thorough)
    if seen.error:
        yield Finding(Level.ERROR, f"{path} cannot be read: {seen.error}.", _way_to_read(home, seen.spoiled))
        return
    if seen.version > seen.known_version:
        yield Finding(Level.ERROR, f"{path} was written by a newer unibox.", "Upgrade unibox on this machine.")
    elif 0 < seen.version < seen.known_version:
        yield Finding(Level.NOTE, f"{path} was written by an older unibox.", "It is brought up to date at the start.")
    for entry in seen.extra:
        planted = entry.startswith(("trigger ", "view "))
        yield Finding(
            Level.ERROR if planted else Level.WARNING,
            f"{path} holds a {entry} that unibox did not make.",
            "It runs with every reader's and writer's rights: somebody planted it."
            if planted
            else "unibox neither uses nor removes it.",
            functools.partial(examine.drop_planted, path, entry) if planted else None,
        )
    for entry in (*seen.missing, *seen.changed):
        yield Finding(
            Level.ERROR,
            f"In {path} the {entry} is {'missing' if entry in seen.missing else 'not as unibox made it'}.",
            "Somebody changed the store with another program. Restore a backup, or export and import it anew.",
        )
    for line in seen.damage:
        yield Finding(Level.ERROR, f"{path} is damaged: {line}.", "Restore it from a backup.")
    if seen.newest_at is not None and seen.newest_at > time.time_ns() // 1_000_000 + DAY_MS:
        yield Finding(
            Level.WARNING,
            "The newest event in the store is more than a day ahead of the clock.",
            "The clock was or is wrong; waiting times will be, too. Compare with: timedatectl",
        )


def _way_to_read(home: Home, spoiled: bool) -> str:
    if spoiled:
        return "Restore it from a backup."
    if shutil.disk_usage(home.store).free < MB:  # SQLite needs some to open a store at all
        return "The disk is full: make room, nothing of the store is lost."
    return f"This alone says nothing against the store: look at the disk and at the rights of {home.store}."


def _service(home: Home) -> Iterator[Finding]:
    if not home.run.is_dir() or home.service_lock.is_symlink() or not home.service_lock.exists():
        return
    note = locks.note_in(home.service_lock)
    try:
        taken = locks.is_taken(home.service_lock)
    except OSError as error:
        yield Finding(
            Level.ERROR, f"{home.service_lock} cannot be opened: {error.strerror}.", "See its mode and owner."
        )
        return
    if taken:
        yield Finding(Level.NOTE, f"A service runs{f' ({note})' if note else ''}.", "")
    elif locks.is_taken(home.apps_lock):
        yield Finding(Level.WARNING, "Apps are open, but no service runs.", "Nothing comes or goes: unibox serve")


def write_lock_holder(home: Home) -> Finding | None:
    """Who, but us, holds the store's write lock this very moment; an error when that process is stopped."""
    held = lock_holder(home.database.with_name(home.database.name + "-shm"), examine.WAL_WRITE_LOCK_BYTE)
    if held is None or held == os.getpid():
        return None
    try:
        uid = os.stat(f"/proc/{held}").st_uid
        who = pwd.getpwuid(uid).pw_name
    except (OSError, KeyError):
        uid, who = -1, "another user"
    if process_state(held) in ("T", "t"):
        return Finding(
            Level.ERROR,
            f"Process {held} of {who} is stopped and holds the store's write lock.",
            f"Nobody can write until it goes on or ends: kill -CONT {held}",
            functools.partial(os.kill, held, signal.SIGCONT) if uid == os.geteuid() or os.geteuid() == 0 else None,
        )
    return Finding(Level.NOTE, f"Process {held} of {who} is writing to the store now.", "")


def _write_lock(home: Home) -> Iterator[Finding]:
    found = write_lock_holder(home)
    if found is not None:
        yield found


def _clock(home: Home) -> Iterator[Finding]:
    now = time.time()
    if now < _EARLIEST_S:
        yield Finding(Level.ERROR, "The clock of this machine is years behind.", "Set it: timedatectl set-ntp true")
        return
    try:
        written = home.database.stat().st_mtime
    except FileNotFoundError:
        return
    if written > now + 300:
        yield Finding(
            Level.WARNING,
            "The store was last written in the future.",
            "The clock was set back; waiting times will be wrong. Compare with: timedatectl",
        )


def _existing(place: Path) -> Path:
    while not place.exists():
        place = place.parent
    return place
