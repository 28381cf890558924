"""Small TOML files that belong to one agent beside config.toml: macros, views. Nobody else's hand is trusted with what
they may run, and what a person wrote into them stays where it can."""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from unibox_tui.config.reading import distrust_of
from unibox_tui.domain.errors import Conflict, Refused, UniboxError
from unibox_tui.domain.saying import say
from unibox_tui.host.files import PRIVATE_FILE, open_file, write_atomic

if TYPE_CHECKING:
    from tomlkit import TOMLDocument


class BadFile(UniboxError):
    """The file is not what it should be; names the file."""


def read(path: Path, *, runs: bool) -> Mapping[str, Any]:
    """The tables of the file; empty when there is none. `runs`: it may name what is executed, so it must be ours alone."""
    try:
        with open(path, "rb") as file:
            distrust = distrust_of(os.fstat(file.fileno())) if runs else ""
            data = file.read()
    except FileNotFoundError:
        return {}
    if distrust:
        raise Refused(say("{path} is not used: {why}", path=path, why=distrust), code="distrusted")
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadFile(
            say("{path} is not TOML: {why}.", path=path, why=error), hint="Mend it or move it away."
        ) from None


def change(
    path: Path,
    edit: Callable[[TOMLDocument], None],
    check: Callable[[Mapping[str, Any]], object],
    *,
    shared: bool = False,
) -> None:
    """Edit the file in place, comments kept; `check` sees the whole result and raises when it would be wrong. `shared`: in
    a folder of a group, where a colleague's file may be written but not replaced."""
    import tomlkit

    if shared:
        _change_shared(path, edit, check)
        return
    real = Path(os.path.realpath(path))
    before = _content(real)
    document = tomlkit.parse((before or b"").decode("utf-8-sig"))
    edit(document)
    text = tomlkit.dumps(document)
    check(tomllib.loads(text))
    mode = PRIVATE_FILE if before is None else stat.S_IMODE(real.stat().st_mode)
    real.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if _content(real) != before:
        raise Conflict(
            say("{path} was changed by somebody else just now; nothing was written.", path=path), hint="Try again."
        )
    write_atomic(real, text.encode(), mode)


def _change_shared(
    path: Path, edit: Callable[[TOMLDocument], None], check: Callable[[Mapping[str, Any]], object]
) -> None:
    import fcntl

    import tomlkit

    with open(open_file(path), "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        document = tomlkit.parse(file.read().decode("utf-8-sig"))
        edit(document)
        text = tomlkit.dumps(document)
        check(tomllib.loads(text))
        file.seek(0)
        file.write(text.encode())
        file.truncate()
        file.flush()
        os.fsync(file.fileno())


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
