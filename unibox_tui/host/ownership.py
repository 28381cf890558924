"""Checks of who owns and may open what: links, modes, groups, secrets, the configuration file."""

from __future__ import annotations

import functools
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from unibox_tui.host.files import PRIVATE_FILE, PRIVATE_FOLDER, SHARED_FILE, SHARED_FOLDER
from unibox_tui.host.findings import Finding, Level
from unibox_tui.host.paths import STORE_FOLDERS, Home, agent_name

_MOST_LINKS = 20  # named one by one
_PROTECTED = Path("/proc/sys/fs/protected_regular")


def _files(home: Home) -> list[Path]:
    database = home.database
    return [
        database,
        database.with_name(database.name + "-wal"),
        database.with_name(database.name + "-shm"),
        home.bell,
        home.service_lock,
        home.apps_lock,
    ]


def folders(home: Home) -> Iterator[Finding]:
    for folder in (home.store, *(home.store / name for name in STORE_FOLDERS)):
        if not folder.exists() and not folder.is_symlink():
            yield Finding(Level.NOTE, f"{folder} does not exist.", "It is made at the first start.", home.prepare)


def links(home: Home) -> Iterator[Finding]:
    for path in (*_files(home), *(home.store / name for name in STORE_FOLDERS)):
        if path.is_symlink():
            yield Finding(
                Level.ERROR,
                f"{path} is a link to {os.readlink(path)!r}.",
                f"Somebody may have planted it to lead your writes elsewhere. Look at it, then: rm {path}",
            )


def links_inside(home: Home) -> Iterator[Finding]:
    """Links among what is kept in files. It looks at every one, so it is the doctor's and not each start's."""
    found = 0
    for name in ("media", "raw", "spool"):
        folder = home.store / name
        for place, inner, files in os.walk(folder):
            for path in (Path(place, entry) for entry in (*inner, *files)):
                if path.is_symlink():
                    found += 1
                    if found > _MOST_LINKS:
                        return
                    yield Finding(
                        Level.ERROR,
                        f"{path} is a link to {os.readlink(path)!r}.",
                        f"unibox makes none here: it would show or send another file. Look at it, then: rm {path}",
                    )


def modes(home: Home) -> Iterator[Finding]:
    if not home.store.is_dir():
        return
    shared = home.shared
    folder_mode = SHARED_FOLDER if shared else PRIVATE_FOLDER
    file_mode = SHARED_FILE if shared else PRIVATE_FILE
    owner, group = home.store.stat().st_uid, home.store.stat().st_gid
    folders = [home.store, *(home.store / name for name in STORE_FOLDERS)]
    for path in (*folders, *_files(home)):
        try:
            status = path.lstat()
        except FileNotFoundError:
            continue
        if stat.S_ISLNK(status.st_mode):
            continue
        is_folder = stat.S_ISDIR(status.st_mode)
        yield from _mode(path, status, folder_mode if is_folder else file_mode, shared)
        if shared and status.st_gid != group:
            yield Finding(
                Level.ERROR,
                f"{path} belongs to another group than its store.",
                f"Colleagues cannot work with it. Mend it: chgrp --reference={home.store} {path}",
                functools.partial(os.chown, path, -1, group) if _ours(status) else None,
            )
        if not shared and status.st_uid != owner:
            yield Finding(
                Level.ERROR,
                f"{path} belongs to {agent_name(status.st_uid)}, its store to {agent_name(owner)}.",
                f"One of them cannot work with it. Mend it: chown {agent_name(owner)} {path}",
                functools.partial(os.chown, path, owner, -1) if os.geteuid() == 0 else None,
            )
    if not shared and os.geteuid() not in (owner, 0):
        yield Finding(
            Level.ERROR,
            f"{home.store} belongs to {agent_name(owner)}; you are {agent_name()}.",
            "A store of several accounts lives in a folder of mode 3770: docs, “Running on a shared server”.",
        )
    if shared:
        yield from _owners(home)


def _mode(path: Path, status: os.stat_result, wanted: int, shared: bool) -> Iterator[Finding]:
    mode = stat.S_IMODE(status.st_mode)
    if mode == wanted:
        return
    is_folder = stat.S_ISDIR(status.st_mode)
    level = Level.ERROR
    if mode & (0o002 if is_folder else 0o007):
        why = "Everybody on this machine can get at the customers' words."
    elif shared and is_folder and not mode & stat.S_ISVTX:
        why = "Without the sticky bit any colleague can put another file in the store's place."
    elif shared:
        why = "Colleagues can only read it, or not reach it at all."
    elif ~mode & wanted:
        why = "This account itself cannot work with it."
    else:
        level, why = Level.WARNING, "Others can look inside; share a store on purpose, with mode 3770, or not at all."
    yield Finding(
        level,
        f"{path} has mode {mode:04o}, not {wanted:04o}.",
        f"{why} Mend it: chmod {wanted:04o} {path}",
        functools.partial(os.chmod, path, wanted) if _ours(status) else None,
    )


def _owners(home: Home) -> Iterator[Finding]:
    """Linux may refuse to open with O_CREAT, as SQLite does, what neither we nor the folder's owner made."""
    try:
        guarded = int(_PROTECTED.read_text()) >= 2
    except (OSError, ValueError):
        return
    owner = home.store.stat().st_uid
    for path in _files(home)[:3]:
        try:
            uid = path.lstat().st_uid
        except FileNotFoundError:
            continue
        if guarded and uid != owner:
            yield Finding(
                Level.ERROR,
                f"{path} belongs to {agent_name(uid)}, its folder to {agent_name(owner)}.",
                "With fs.protected_regular=2 this machine lets nobody else write it. Let the account that runs the "
                f"service own both: chown {agent_name(owner)} {path}",
                functools.partial(os.chown, path, owner, -1) if os.geteuid() == 0 else None,
            )


def secrets(home: Home) -> Iterator[Finding]:
    folder = home.config_folder / "secrets"
    if not folder.is_dir():
        return
    for path, wanted in [(folder, 0o700), *((entry, 0o600) for entry in sorted(folder.iterdir()))]:
        status = path.lstat()
        if stat.S_IMODE(status.st_mode) & 0o077 and not stat.S_ISLNK(status.st_mode):
            yield Finding(
                Level.ERROR,
                f"{path} can be read by others.",
                f"The secret may be known: change it with its provider. Mend it: chmod {wanted:o} {path}",
                functools.partial(os.chmod, path, wanted) if _ours(status) else None,
            )


def config(home: Home) -> Iterator[Finding]:
    try:
        status = home.config.stat()
    except FileNotFoundError:
        return
    mode = stat.S_IMODE(status.st_mode)
    if status.st_uid not in (os.geteuid(), 0):
        yield Finding(
            Level.WARNING,
            f"{home.config} belongs to {agent_name(status.st_uid)}.",
            "Nothing that runs a program is taken from it. Use a copy of your own.",
        )
    elif mode & 0o022:
        yield Finding(
            Level.WARNING,
            f"{home.config} has mode {mode:04o}: others can write it.",
            f"Nothing that runs a program is taken from it. Mend it: chmod go-w {home.config}",
            functools.partial(os.chmod, home.config, mode & ~0o022) if _ours(status) else None,
        )


def _ours(status: os.stat_result) -> bool:
    return os.geteuid() in (status.st_uid, 0)
