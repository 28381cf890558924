"""What the database could not take in time: one fsynced file per raw event, beside it, drained in order."""

from __future__ import annotations

import base64
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from unibox_tui.domain.errors import Refused

MOST_BYTES = 1 << 29
MOST_FILES = 50_000


class SpoolFull(Exception):
    """Nothing more may be taken until the database works again."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A raw event on its way into the store. `id` sorts by arrival; saving one id twice changes nothing."""

    id: str
    inbox_id: int
    source: str
    headers: Mapping[str, str]
    body: bytes
    received_at: int
    state: str = "new"
    error: str | None = None


class Spool:
    """A folder of ours alone (0700). Methods block; call them in a worker thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
            raise Refused(
                f"{folder} is not a folder of this account alone.", hint="Move it away; the service makes it anew."
            )
        self._sizes: dict[str, int] = {}
        for entry in sorted(folder.iterdir()):
            if entry.suffix == ".part":
                entry.unlink()  # never acknowledged
            elif entry.suffix == ".json":
                self._sizes[entry.name] = entry.stat().st_size

    def __len__(self) -> int:
        return len(self._sizes)

    def keep(self, arrival: Arrival) -> None:
        """On disk when this returns. Raises SpoolFull or OSError."""
        fields: dict[str, Any] = {**asdict(arrival), "body": base64.b64encode(arrival.body).decode()}
        content = json.dumps(fields, ensure_ascii=False).encode()
        if len(self._sizes) >= MOST_FILES or sum(self._sizes.values()) + len(content) > MOST_BYTES:
            raise SpoolFull
        name = f"{arrival.id}.json"
        part = self.folder / f"{arrival.id}.part"
        descriptor = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.rename(self.folder / name)
        self._sync_folder()
        self._sizes[name] = len(content)

    def oldest(self, most: int) -> list[Arrival]:
        """The first `most` in order of arrival. A file that cannot be read is set aside as `.broken`, never deleted."""
        arrivals = []
        for name in sorted(self._sizes)[:most]:
            try:
                fields = json.loads((self.folder / name).read_bytes())
                arrivals.append(Arrival(**{**fields, "body": base64.b64decode(fields["body"])}))
            except (ValueError, KeyError, TypeError):
                (self.folder / name).rename(self.folder / f"{name}.broken")
                self._sizes.pop(name, None)
        return arrivals

    def forget(self, ids: list[str]) -> None:
        """They are in the store."""
        for id in ids:
            (self.folder / f"{id}.json").unlink(missing_ok=True)
            self._sizes.pop(f"{id}.json", None)

    def _sync_folder(self) -> None:
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
