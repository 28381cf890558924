"""Files opened and written without following planted links, with modes that fit their folder."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from unibox_tui.domain.errors import Refused

PRIVATE_FOLDER = 0o700
SHARED_FOLDER = 0o3770
PRIVATE_FILE = 0o600
SHARED_FILE = 0o660


def is_shared(folder: Path) -> bool:
    """Whether a group works in this folder together: it may write, and somebody has set the setgid or sticky bit.

    A plain 0775 is only what a loose umask makes. A folder that does not exist is nobody's but ours.
    """
    try:
        mode = folder.stat().st_mode
    except FileNotFoundError:
        return False
    return bool(mode & stat.S_IWGRP and mode & (stat.S_ISGID | stat.S_ISVTX))


def make_folder(folder: Path, mode: int) -> None:
    """Make `folder` (and what is missing above it, private) with exactly this mode; one that exists stays as it is."""
    if folder.is_symlink():
        raise Refused(f"{folder} is a link; unibox works only in plain folders.", hint="`unibox doctor` explains.")
    if folder.is_dir():
        return
    if not folder.parent.is_dir():
        make_folder(folder.parent, PRIVATE_FOLDER)
    try:
        os.mkdir(folder, 0o700)
    except FileExistsError:
        if folder.is_dir():
            return
        raise Refused(f"{folder} is a file; a folder is needed there.", hint="Move it away.") from None
    if mode != 0o700:
        os.chmod(folder, mode)


def open_file(path: Path, flags: int = os.O_RDWR) -> int:
    """A descriptor of `path`, made when missing: 0660 in a shared folder, else 0600. Never follows a link.

    An existing file is opened without O_CREAT: in sticky folders Linux refuses that flag on files of colleagues.
    Raises OSError; Refused for a link.
    """
    flags |= os.O_CLOEXEC | os.O_NOFOLLOW
    flags &= ~os.O_CREAT
    for _ in range(5):
        try:
            return os.open(path, flags)
        except FileNotFoundError:
            pass
        except OSError:
            if path.is_symlink():
                raise Refused(f"{path} is a link; it is opened only as a plain file.", hint="Remove it.") from None
            raise
        _make_file(path)
    raise FileNotFoundError(f"{path} vanishes as soon as it is made")


def _make_file(path: Path) -> None:
    """Appears under its name only with its final mode, so that a colleague never meets it half made."""
    made = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = os.open(made, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        os.fchmod(descriptor, SHARED_FILE if is_shared(path.parent) else PRIVATE_FILE)
        os.link(made, path, follow_symlinks=False)
    except FileExistsError:
        pass
    finally:
        os.close(descriptor)
        os.unlink(made)


def write_atomic(path: Path, data: bytes, mode: int = PRIVATE_FILE) -> None:
    """`path` holds either what it held or all of `data`, after a power cut too."""
    made = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}.part")
    try:
        write_new(made, data, mode)
        os.replace(made, path)
    except BaseException:
        made.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_new(path: Path, data: bytes, mode: int = PRIVATE_FILE) -> None:
    """Make `path` with `data`, on disk when this returns. Raises FileExistsError; a file half written is removed."""
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        with open(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(data)
            file.flush()
            os.fsync(descriptor)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Make names in `folder` durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
