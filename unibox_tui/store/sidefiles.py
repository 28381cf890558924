"""The two files SQLite keeps beside a store, `-wal` and `-shm`."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path


def beside(path: Path) -> tuple[Path, Path]:
    return path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")


def leave_ours(path: Path) -> None:
    """Leave empty ones in a store that a group shares, if the folder is ours and they are gone.

    SQLite removes them with the last connection, and whoever opens next makes them anew, as their own. Where
    fs.protected_regular is 2 nobody else can then open them, not the service either; those of the folder's owner
    everybody can. To SQLite an empty one is the same as none.
    """
    with contextlib.suppress(OSError):  # the store is gone; there is nothing to leave
        folder, store = path.parent.stat(), path.stat()
        if folder.st_uid != os.geteuid() or not store.st_mode & stat.S_IWGRP or not folder.st_mode & stat.S_ISVTX:
            return
        for one in beside(path):
            with contextlib.suppress(FileExistsError):
                descriptor = os.open(one, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
                try:
                    os.fchmod(descriptor, stat.S_IMODE(store.st_mode))
                finally:
                    os.close(descriptor)
