"""Maildirs as a delivery program leaves them: a file is complete before it appears."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

_count = itertools.count(1)


def make(folder: Path) -> None:
    """A Maildir with a folder for sent mail."""
    for place in (folder, folder / ".Sent"):
        for part in ("tmp", "new", "cur"):
            (place / part).mkdir(parents=True, exist_ok=True)


def deliver(folder: Path, mail: bytes, *, at: int | None = None, seen: bool = False) -> str:
    """Put a mail there; returns its unique name. `at` (epoch ms): it arrived then."""
    name = f"{(at or 0) // 1000}.M{next(_count)}P{os.getpid()}.demo"
    part = folder / "tmp" / name
    part.write_bytes(mail)
    if at is not None:
        os.utime(part, (at / 1000, at / 1000))
    os.rename(part, folder / "cur" / f"{name}:2,S" if seen else folder / "new" / name)
    return name
