"""What Linux tells under /proc about file systems, locks and processes. Elsewhere each answers that it does not know."""

from __future__ import annotations

import os
from pathlib import Path


def file_system_of(path: Path, mountinfo: str | None = None) -> str:
    """The kind of file system `path` is on (ext4, nfs4 …); empty when unknown."""
    if mountinfo is None:
        try:
            mountinfo = Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape")
        except OSError:
            return ""
    target = os.path.realpath(path)
    best, kind = -1, ""
    for line in mountinfo.splitlines():
        fields, _, after = line.partition(" - ")
        parts = fields.split()
        if len(parts) < 5 or not after:
            continue
        point = parts[4].replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
        inside = target == point or target.startswith(point.rstrip("/") + "/")
        # Of two mounts on one point the later one is on top.
        if inside and len(point) >= best:
            best, kind = len(point), after.split()[0]
    return kind


def lock_holder(path: Path, byte: int) -> int | None:
    """The process that holds a write lock on that byte of the file; None when free or unknown."""
    try:
        status = path.stat(follow_symlinks=False)
        table = Path("/proc/locks").read_text("ascii", "replace")
    except OSError:
        return None
    for line in table.splitlines():
        # 1: POSIX  ADVISORY  WRITE 1234 fd:01:131 120 120
        parts = line.split()
        if len(parts) < 8 or parts[1] != "POSIX" or parts[3] != "WRITE":
            continue
        major, minor, inode = parts[5].split(":")
        first, last = int(parts[6]), int(parts[7]) if parts[7] != "EOF" else byte
        device = os.makedev(int(major, 16), int(minor, 16))
        if int(inode) == status.st_ino and device == status.st_dev and first <= byte <= last:
            return int(parts[4])
    return None


def process_state(pid: int) -> str:
    """R, S, T (stopped), Z …; empty when there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""
