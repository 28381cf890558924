"""Tells when the configuration file is another. The folder is watched: a watch on the file dies when it is replaced."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path


async def watch(path: Path, *, stop: asyncio.Event | None = None, polling: bool | None = None) -> AsyncIterator[None]:
    """Yields once after each change of what `path` holds, until `stop` is set.

    A link is followed: both its folder and its target's are watched. The folder must exist.
    """
    from watchfiles import awatch

    real = Path(os.path.realpath(path))  # noqa: ASYNC240  once, before anything runs
    folders = {path.parent.absolute(), real.parent}
    names = {path.name, real.name}
    before = _content(path)
    changes = awatch(
        *folders,
        recursive=False,
        watch_filter=lambda _change, changed: os.path.basename(changed) in names,
        stop_event=stop,
        debounce=300,
        step=50,
        force_polling=polling,
        # What the system did not tell (before the watch began, on file systems with coarse times) is seen by looking.
        yield_on_timeout=True,
        rust_timeout=2000,
    )
    async for _ in changes:
        now = _content(path)
        if now is not None and now != before:
            before = now
            yield


def _content(path: Path) -> bytes | None:
    """None while an editor has it moved away."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
