"""Files of messages, named by what they hold (`media/ab/cdef…`, SHA-256). Kept once, never changed, never executed."""

from __future__ import annotations

import hashlib
import os
import re
import time
from pathlib import Path
from typing import BinaryIO

from unibox_tui.domain.errors import NotFound, UniboxError, WrongUse
from unibox_tui.domain.saying import say
from unibox_tui.host.files import (
    PRIVATE_FILE,
    PRIVATE_FOLDER,
    SHARED_FOLDER,
    is_shared,
    make_folder,
    sync_folder,
    write_new,
)

_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_SHARED_MEDIA = 0o640
_PART = ".part-"
_STALE_S = 3600


class DamagedFile(UniboxError):
    """The bytes on disk are not those that were kept."""


class MediaStore:
    """The media folder of one store. All methods are plain and quick; large files belong on a worker thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, data: bytes) -> tuple[str, int]:
        """Keep `data`; (sha256, size). On disk when this returns; the same bytes twice are one file."""
        sha = hashlib.sha256(data).hexdigest()
        path = self.path(sha)
        shared = is_shared(self.folder)
        make_folder(self.folder, SHARED_FOLDER if shared else PRIVATE_FOLDER)
        if not path.parent.is_dir():
            make_folder(path.parent, SHARED_FOLDER if shared else PRIVATE_FOLDER)
            sync_folder(self.folder)
        if not self._holds(path, len(data)):
            part = path.with_name(f"{_PART}{os.getpid()}-{os.urandom(6).hex()}")
            try:
                write_new(part, data, _SHARED_MEDIA if shared else PRIVATE_FILE)
                os.replace(part, path)
            except BaseException:
                part.unlink(missing_ok=True)
                raise
            sync_folder(path.parent)
        return sha, len(data)

    def put_file(self, path: Path) -> str:
        """Keep a copy of a file that is on disk already; its hash."""
        return self.put(path.read_bytes())[0]

    def path_of(self, sha: str) -> Path:
        """Where these bytes are. Raises FileNotFoundError."""
        path = self.path(sha)
        if not path.is_file():
            raise FileNotFoundError(sha)
        return path

    def path(self, sha: str) -> Path:
        """Where these bytes are or would be. Raises WrongUse for what is no hash."""
        if not _SHA256.fullmatch(sha):
            raise WrongUse("A file is named by its SHA-256, 64 hexadecimal digits.")
        return self.folder / sha[:2] / sha[2:]

    def has(self, sha: str) -> bool:
        path = self.path(sha)
        return path.is_file() and not path.is_symlink()

    def open(self, sha: str) -> BinaryIO:
        """The bytes as a stream. Raises NotFound."""
        path = self.path(sha)
        try:
            return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC), "rb")
        except FileNotFoundError:
            raise NotFound(
                say("The file {sha}… is not in {folder}.", sha=sha[:12], folder=self.folder),
                hint="Restore the media folder from its backup.",
            ) from None

    def read(self, sha: str) -> bytes:
        """The bytes, compared with their hash. Raises NotFound, DamagedFile."""
        with self.open(sha) as file:
            data = file.read()
        if hashlib.sha256(data).hexdigest() != sha:
            raise DamagedFile(
                say("The file {path} is damaged: it is not what was received.", path=self.path(sha)),
                hint="Restore it from a backup.",
                code="damaged_file",
            )
        return data

    def save_as(self, sha: str, folder: Path, name: str) -> Path:
        """Write a copy for a person: under a safe form of `name` in `folder`, 0600, never over another file."""
        from unibox_tui.text.safe import safe_filename

        data = self.read(sha)
        make_folder(folder, PRIVATE_FOLDER)
        wanted = Path(safe_filename(name))
        for attempt in range(1, 10_000):
            path = folder / (wanted.name if attempt == 1 else f"{wanted.stem} ({attempt}){wanted.suffix}")
            try:
                write_new(path, data, PRIVATE_FILE)
            except FileExistsError:
                continue
            return path
        raise UniboxError(
            say("{folder} is full of files named {name}.", folder=folder, name=wanted.name),
            hint="Clear it, or save elsewhere.",
        )

    def remove(self, sha: str) -> bool:
        """Erase these bytes; False when they were not there. Whoever calls it knows that nothing names them any more."""
        path = self.path(sha)
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        sync_folder(path.parent)
        return True

    def sweep(self) -> int:
        """Remove what a killed process left half written an hour ago or longer; returns how many."""
        removed = 0
        before = time.time() - _STALE_S
        for part in self.folder.glob(f"??/{_PART}*"):
            try:
                if part.lstat().st_mtime < before:
                    part.unlink()
                    removed += 1
            except (FileNotFoundError, PermissionError):
                continue
        return removed

    @staticmethod
    def _holds(path: Path, size: int) -> bool:
        try:
            status = os.stat(path, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return status.st_size == size and not path.is_symlink()
